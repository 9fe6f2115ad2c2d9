"""What opens a parcel without an account: the link in the label's QR code, and the short code printed below it."""

import base64
import binascii
import hmac
import unicodedata
from datetime import timedelta
from uuid import UUID

CODE_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, which thumbs and eyes mistake."""

CODE_LENGTH = 10
GROUPS = (slice(0, 3), slice(3, 6), slice(6, 10))
TOKEN_LENGTH = 43
GUESSES_COUNT_FOR = timedelta(minutes=10)
_MEANT = str.maketrans("OIL", "011")


def token(secret: bytes, shipment: UUID, turn: int) -> str:
    """What stands in the link: 43 characters, the shipment's id and a signature. `turn` counts how often it was renewed."""
    return base64.urlsafe_b64encode(shipment.bytes + _signature(secret, shipment, turn)).decode().rstrip("=")


def read_token(text: str) -> UUID | None:
    """The shipment that a token names, true or not; None for what can't be one."""
    try:
        raw = base64.b64decode(text + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return UUID(bytes=raw[:16]) if len(text) == TOKEN_LENGTH and len(raw) == 32 else None


def is_token(secret: bytes, text: str, shipment: UUID, turn: int) -> bool:
    """Is it this shipment's, of this turn? Takes as long for a nearly right one as for any other."""
    return hmac.compare_digest(text.encode(), token(secret, shipment, turn).encode())


def read_code(typed: object) -> str | None:
    """The short code that somebody typed: small letters, gaps, dashes, O for 0, I or L for 1, digits of any script. None if it is none."""
    text = typed[:100].upper() if isinstance(typed, str) else ""
    signs = (str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)
    code = "".join(sign for sign in signs if sign.isalnum()).translate(_MEANT)
    return code if len(code) == CODE_LENGTH and set(code) <= set(CODE_SIGNS) else None


def spaced(code: str) -> str:
    """As it is printed: `4F7-9QM-2XKD`."""
    return "-".join(code[group] for group in GROUPS)


def _signature(secret: bytes, shipment: UUID, turn: int) -> bytes:
    turned = turn.to_bytes(4) if turn else b""  # what was printed before links could be renewed stays true
    return hmac.digest(secret, b"courier/" + shipment.bytes + turned, "sha256")[:16]

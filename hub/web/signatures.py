"""How carriers prove that a call is theirs: each scheme over the raw body, compared in constant time. Raises Refusal `bad_signature`."""

from __future__ import annotations

import base64
import hmac
import re
import unicodedata
from collections.abc import Mapping
from datetime import timedelta

from hub import clock
from hub.errors import Refusal

FRESH_FOR = timedelta(minutes=5)


def ours(secret: str, headers: Mapping[str, str], raw: bytes) -> None:
    """`Anou-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256(secret, "<t>." + raw)>`, at most 5 minutes old."""
    found = re.fullmatch(r"t=(\d{1,12}),\s*v1=([0-9a-fA-F]{64})", headers.get("anou-signature", "").strip())
    if found is None:
        raise Refusal("bad_signature")
    at, given = found.groups()
    right = hmac.digest(secret.encode(), at.encode() + b"." + raw, "sha256").hex()
    old = abs(clock.now().timestamp() - int(at)) > FRESH_FOR.total_seconds()
    if not hmac.compare_digest(right, given.lower()) or old:
        raise Refusal("bad_signature")


def aftership(secret: str, headers: Mapping[str, str], raw: bytes) -> None:
    """`aftership-hmac-sha256: <base64 HMAC-SHA256(secret, raw)>`."""
    right = base64.b64encode(hmac.digest(secret.encode(), raw, "sha256"))
    _equal(right, headers.get("aftership-hmac-sha256", ""))


def easypost(secret: str, headers: Mapping[str, str], raw: bytes) -> None:
    """`X-Hmac-Signature: hmac-sha256-hex=<hex HMAC-SHA256(secret in NFKD, raw)>`."""
    key = unicodedata.normalize("NFKD", secret).encode()
    right = f"hmac-sha256-hex={hmac.digest(key, raw, 'sha256').hex()}".encode()
    _equal(right, headers.get("x-hmac-signature", ""))


def _equal(right: bytes, given: str) -> None:
    if not hmac.compare_digest(right, given.strip().encode("utf-8", "replace")):
        raise Refusal("bad_signature")

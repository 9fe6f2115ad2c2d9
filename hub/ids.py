"""Identifiers: UUIDs that sort by the time they were made, so that indexes grow at their end."""

from __future__ import annotations

import secrets
from hashlib import sha256
from uuid import UUID

import msgspec
import uuid_utils

_encode = msgspec.json.Encoder().encode


def new_id() -> UUID:
    """A new UUIDv7."""
    return UUID(int=uuid_utils.uuid7().int)


def uuid_or_none(text: object) -> UUID | None:
    """The UUID that `text` writes, or None when it writes none."""
    try:
        return text if isinstance(text, UUID) else UUID(str(text))
    except ValueError:
        return None


def text(identifier: UUID) -> str:
    """`str(identifier)`, in a third of its time: the hot path writes several a message."""
    return _encode(identifier)[1:-1].decode()


def short(identifier: object) -> str:
    """An id as people write it on a paper or a transfer: its end, which is random; it begins with the time it was made."""
    return str(identifier)[-8:].upper()


def new_token() -> str:
    """43 URL-safe characters nobody can guess."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What is stored of a token: SHA-256 in hex."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

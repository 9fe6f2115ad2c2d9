"""Ed25519, by the `cryptography` library: making a key, signing, verifying. Keys and signatures are small hex digits.

A private key is the seed of 32 bytes, 64 digits; a public key 64 digits too; a signature 128.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.rules.passports import is_hex


class BadKey(ValueError):
    """What is configured is not a private key; the text is one line for people."""


def new_key() -> str:
    """A private key that nobody has."""
    return secrets.token_hex(32)


def public_key(private: str) -> str:
    """The public key of a private one. Raises BadKey."""
    return _private(private).public_key().public_bytes_raw().hex()


def sign(private: str, content: bytes) -> str:
    """The signature of these bytes. Raises BadKey."""
    return _private(private).sign(content).hex()


def verified(public: str, signature: str, content: bytes) -> bool:
    """Did the holder of this key sign exactly these bytes?"""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), content)
    except (InvalidSignature, ValueError):  # ValueError: 32 bytes that are no point of the curve
        return False
    return True


def _private(text: str) -> Ed25519PrivateKey:
    if not is_hex(text, 64):
        raise BadKey("ANOU_PASSPORT_KEY is not a key: 64 hexadecimal digits, as `anou passport key` prints them")
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text))

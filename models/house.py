"""What the house itself remembers: its epoch, its secret, and the answers already given."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class House(Model):
    """The single row made with the database."""

    id = fields.SmallIntField(primary_key=True, generated=False)
    epoch = fields.UUIDField()  # named in `welcome`: another epoch means another database
    secret = fields.BinaryField()  # 32 bytes: what links without a stored token are signed with

    class Meta:
        table = "house"


class Answer(Model):
    """The first answer to an `Idempotency-Key`, stored with what the request changed."""

    id = fields.BigIntField(primary_key=True)
    scope = fields.CharField(max_length=120)  # who asked, and for what
    key = fields.CharField(max_length=200)
    body = fields.TextField(null=True)  # JSON; null while the first request is still at work
    at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "answer"
        unique_together = (("scope", "key"),)
        indexes = (("at",),)


class WrongGuess(Model):
    """How often somebody tried a courier's link or code that opens nothing."""

    who = fields.CharField(max_length=64, primary_key=True)  # hash of an address, or of the parcel whose courier it was
    since = fields.DatetimeField()
    times = fields.IntField()

    class Meta:
        table = "wrong_guess"

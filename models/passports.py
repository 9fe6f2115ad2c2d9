"""Passports: signed certificates of pieces, and the public keys they are checked with. Neither is ever changed."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class PassportKey(Model):
    """A public key with which passports were signed, published for ever."""

    id = fields.CharField(max_length=16, primary_key=True)  # hub.rules.passports.key_id
    public_key = fields.CharField(max_length=64)  # hex
    since = fields.DatetimeField()

    class Meta:
        table = "passport_key"


class Passport(Model):
    """What was signed of one order's piece. Everybody may see it, so nothing in this row speaks of the buyer."""

    id = fields.CharField(max_length=22, primary_key=True)  # 128 random bits: it stands in the QR, and is not to be guessed
    order: Any = fields.OneToOneField("models.Order", related_name=False, on_delete=fields.RESTRICT)
    certificate = fields.TextField()  # canonical JSON, the very characters that were signed
    signature = fields.CharField(max_length=128)  # hex
    key: Any = fields.ForeignKeyField("models.PassportKey", related_name=False, on_delete=fields.RESTRICT)
    media: Any = ArrayField(element_type="uuid", default=list)  # its photos, which everybody may see from then on
    issued_at = fields.DatetimeField()

    order_id: Any
    key_id: Any

    class Meta:
        table = "passport"


class Withdrawal(Model):
    """A steward's word that a passport is not to be believed any more. A row beside it: the passport itself never changes."""

    id = fields.BigIntField(primary_key=True)
    passport: Any = fields.OneToOneField("models.Passport", related_name=False, on_delete=fields.RESTRICT)
    reason: Any = fields.TextField()  # as everybody reads it
    by: Any = fields.ForeignKeyField("models.Person", related_name=False, on_delete=fields.RESTRICT)
    at = fields.DatetimeField()

    passport_id: Any
    by_id: Any

    class Meta:
        table = "passport_withdrawal"

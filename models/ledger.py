"""The ledger: transfers and their postings, added and never changed (migration 0003 makes the database refuse)."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Transfer(Model):
    """Money that moved between accounts. Its postings sum to zero per currency, checked by the database at commit."""

    id = fields.UUIDField(primary_key=True)
    key = fields.CharField(max_length=200, unique=True)  # what happened, once: "advance/<order>", "payment/bank/REF"
    kind = fields.CharField(max_length=24)  # hub.rules.ledger.Kind
    order: Any = fields.ForeignKeyField("models.Order", null=True, related_name="transfers", on_delete=fields.RESTRICT)
    lines = fields.SmallIntField()  # how many postings it has: none can be added later
    by: Any = fields.ForeignKeyField("models.Person", null=True, related_name=False, on_delete=fields.RESTRICT)
    occurred_at = fields.DatetimeField()

    order_id: Any
    by_id: Any

    class Meta:
        table = "transfer"
        indexes = (("order_id", "occurred_at"),)


class Posting(Model):
    """One line of a transfer: minor units, positive into the account, negative out of it."""

    id = fields.BigIntField(primary_key=True)
    transfer: Any = fields.ForeignKeyField("models.Transfer", related_name="postings", on_delete=fields.RESTRICT)
    account = fields.CharField(max_length=80)  # `coop_commission`, `order_escrow/<order>`, `artisan_payable/<person>` ...
    amount = fields.BigIntField()
    currency = fields.CharField(max_length=3)

    transfer_id: Any

    class Meta:
        table = "posting"
        indexes = (("account", "currency"), ("transfer_id",))


class Payment(Model):
    """Money a buyer sent, as it was recorded; a reference counts once per method."""

    id = fields.UUIDField(primary_key=True)
    order: Any = fields.ForeignKeyField("models.Order", related_name="payments", on_delete=fields.RESTRICT)
    transfer: Any = fields.OneToOneField("models.Transfer", related_name=False, on_delete=fields.RESTRICT)
    method = fields.CharField(max_length=30)  # bank_transfer cash money_order ...
    reference = fields.CharField(max_length=100)
    amount = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    by: Any = fields.ForeignKeyField("models.Person", null=True, related_name=False, on_delete=fields.RESTRICT)
    at = fields.DatetimeField()

    order_id: Any
    transfer_id: Any
    by_id: Any

    class Meta:
        table = "payment"
        unique_together = (("method", "reference"),)
        indexes = (("order_id", "at"),)


class Rate(Model):
    """What one whole unit of a currency is worth in dirhams, as a steward set it; the newest counts."""

    id = fields.BigIntField(primary_key=True)
    currency = fields.CharField(max_length=3)
    dirhams = fields.DecimalField(max_digits=18, decimal_places=8)
    by: Any = fields.ForeignKeyField("models.Person", null=True, related_name=False, on_delete=fields.RESTRICT)
    at = fields.DatetimeField()

    by_id: Any

    class Meta:
        table = "rate"
        indexes = (("currency", "at"),)

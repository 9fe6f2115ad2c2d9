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
    undoes: Any = fields.OneToOneField("models.Transfer", null=True, related_name=False, on_delete=fields.RESTRICT)  # of a reversal
    note: Any = fields.TextField(null=True)  # why, of a reversal
    by: Any = fields.ForeignKeyField("models.Person", null=True, related_name=False, on_delete=fields.RESTRICT)
    occurred_at = fields.DatetimeField()

    order_id: Any
    undoes_id: Any
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
    """Money a buyer sent, as it was recorded; a reference counts once, and anew after it was undone (`take`)."""

    id = fields.UUIDField(primary_key=True)
    order: Any = fields.ForeignKeyField("models.Order", related_name="payments", on_delete=fields.RESTRICT)
    transfer: Any = fields.OneToOneField("models.Transfer", related_name=False, on_delete=fields.RESTRICT)
    method = fields.CharField(max_length=30)  # of hub.rules.payments.METHODS, or a provider's name
    reference = fields.CharField(max_length=100)
    take = fields.SmallIntField(default=0)  # how often this reference was undone before
    amount = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    by: Any = fields.ForeignKeyField("models.Person", null=True, related_name=False, on_delete=fields.RESTRICT)
    at = fields.DatetimeField()

    order_id: Any
    transfer_id: Any
    by_id: Any

    class Meta:
        table = "payment"
        unique_together = (("method", "reference", "take"),)
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


class ProviderEvent(Model):
    """What a payment provider told: each of its events once, with what became of it."""

    id = fields.UUIDField(primary_key=True)
    provider = fields.CharField(max_length=20)
    event = fields.CharField(max_length=160)  # the provider's own id of it
    verdict = fields.CharField(max_length=16)  # hub.rules.payments.Verdict
    named = fields.CharField(max_length=100)  # the order it names, if it is one or not
    order: Any = fields.ForeignKeyField("models.Order", null=True, related_name=False, on_delete=fields.RESTRICT)
    reference = fields.CharField(max_length=100)  # the payment's own id at the provider
    amount = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    at = fields.DatetimeField()
    settled_at = fields.DatetimeField(null=True)
    settled_by: Any = fields.ForeignKeyField("models.Person", null=True, related_name=False, on_delete=fields.RESTRICT)
    note: Any = fields.TextField(null=True)

    order_id: Any
    settled_by_id: Any

    class Meta:
        table = "provider_event"
        unique_together = (("provider", "event"),)


class Refund(Model):
    """Money on its way back to a buyer: a part of one transfer into `refund_in_flight`, along one payment's way."""

    id = fields.UUIDField(primary_key=True)
    order: Any = fields.ForeignKeyField("models.Order", related_name="refunds", on_delete=fields.RESTRICT)
    transfer: Any = fields.ForeignKeyField("models.Transfer", related_name=False, on_delete=fields.RESTRICT)
    payment: Any = fields.ForeignKeyField("models.Payment", null=True, related_name="refunds", on_delete=fields.RESTRICT)
    provider = fields.CharField(max_length=20)  # hub.actions.providers
    amount = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    state = fields.CharField(max_length=10)  # hub.rules.payments.RefundState
    reference: Any = fields.CharField(max_length=100, null=True)  # the provider's id of it, or a steward's slip
    reason: Any = fields.TextField(null=True)  # why it failed
    confirmed: Any = fields.ForeignKeyField("models.Transfer", null=True, related_name=False, on_delete=fields.RESTRICT)
    begun_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    ended_by: Any = fields.ForeignKeyField("models.Person", null=True, related_name=False, on_delete=fields.RESTRICT)

    order_id: Any
    transfer_id: Any
    payment_id: Any
    confirmed_id: Any
    ended_by_id: Any

    class Meta:
        table = "refund"
        indexes = (("order_id",), ("state", "begun_at"))


class Destination(Model):
    """Where an artisan is paid, from `at` on; the newest counts, and none is ever changed."""

    id = fields.BigIntField(primary_key=True)
    person: Any = fields.ForeignKeyField("models.Person", related_name="destinations", on_delete=fields.RESTRICT)
    way = fields.CharField(max_length=8)  # hub.rules.payouts.Way
    name = fields.CharField(max_length=120)  # as the bank or the post office knows them
    account = fields.CharField(max_length=40)  # RIB, IBAN, or a phone in E.164
    by: Any = fields.ForeignKeyField("models.Person", related_name=False, on_delete=fields.RESTRICT)
    at = fields.DatetimeField()

    person_id: Any
    by_id: Any

    class Meta:
        table = "destination"
        indexes = (("person_id", "id"),)


class PayoutBatch(Model):
    """What one file for a bank or a post office holds."""

    id = fields.UUIDField(primary_key=True)
    currency = fields.CharField(max_length=3)
    by: Any = fields.ForeignKeyField("models.Person", related_name=False, on_delete=fields.RESTRICT)
    at = fields.DatetimeField()

    by_id: Any

    class Meta:
        table = "payout_batch"
        indexes = (("at",),)


class Payout(Model):
    """One line of a batch: what one artisan is sent, and where, as it stood when the batch was made."""

    id = fields.UUIDField(primary_key=True)
    batch: Any = fields.ForeignKeyField("models.PayoutBatch", related_name="lines", on_delete=fields.RESTRICT)
    person: Any = fields.ForeignKeyField("models.Person", related_name="payouts", on_delete=fields.RESTRICT)
    amount = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    way = fields.CharField(max_length=8)
    name = fields.CharField(max_length=120)
    account = fields.CharField(max_length=40)
    reference = fields.CharField(max_length=20, unique=True)  # what stands on the slip
    state = fields.CharField(max_length=10)  # hub.rules.payouts.PayoutState
    sent: Any = fields.OneToOneField("models.Transfer", related_name=False, on_delete=fields.RESTRICT)
    ended: Any = fields.OneToOneField("models.Transfer", null=True, related_name=False, on_delete=fields.RESTRICT)
    returned: Any = fields.OneToOneField("models.Transfer", null=True, related_name=False, on_delete=fields.RESTRICT)  # after it arrived
    reason: Any = fields.TextField(null=True)  # why it came back
    ended_at = fields.DatetimeField(null=True)
    ended_by: Any = fields.ForeignKeyField("models.Person", null=True, related_name=False, on_delete=fields.RESTRICT)

    batch_id: Any
    person_id: Any
    sent_id: Any
    ended_id: Any
    returned_id: Any
    ended_by_id: Any

    class Meta:
        table = "payout"
        indexes = (("batch_id",), ("person_id",), ("state",))

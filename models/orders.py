"""Orders: what acceptance opens, where the making stands, and what was shown of it."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class Order(Model):
    """The accepted terms, copied, and the stage of the making. What was paid is in the ledger, never here."""

    id = fields.UUIDField(primary_key=True)
    thread: Any = fields.ForeignKeyField("models.Thread", related_name="orders", on_delete=fields.RESTRICT)
    quote: Any = fields.OneToOneField("models.Quote", related_name="order", on_delete=fields.RESTRICT)
    version = fields.IntField()  # of the quote that was accepted
    terms: Any = fields.JSONField()
    buyer: Any = fields.ForeignKeyField("models.Person", related_name=False, on_delete=fields.RESTRICT)
    artisan: Any = fields.ForeignKeyField("models.Person", related_name=False, on_delete=fields.RESTRICT)
    helped_by: Any = fields.ForeignKeyField("models.Person", null=True, related_name=False, on_delete=fields.RESTRICT)
    pieces: Any = ArrayField(element_type="uuid", default=list)  # one-of-a-kind products held by this order
    title = fields.TextField()  # the first item's words
    craft = fields.CharField(max_length=20)
    stage = fields.CharField(max_length=10)  # hub.rules.orders.Stage
    disputed = fields.BooleanField(default=False)

    # frozen totals, in minor units of `currency`
    currency = fields.CharField(max_length=3)
    total = fields.BigIntField()
    deposit = fields.BigIntField()
    artisan_share = fields.BigIntField()
    commission = fields.BigIntField()
    shipping = fields.BigIntField()

    # when each stage was reached
    opened_at = fields.DatetimeField()
    waits_from = fields.DatetimeField(null=True)  # since when the deposit is awaited anew: a payment was undone
    reminded_at = fields.DatetimeField(null=True)  # of a deposit that had not come
    making_at = fields.DatetimeField(null=True)
    made_at = fields.DatetimeField(null=True)
    inspected_at = fields.DatetimeField(null=True)
    shipped_at = fields.DatetimeField(null=True)
    delivered_at = fields.DatetimeField(null=True)
    completed_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)

    has_passport = fields.BooleanField(default=False, db_default=False)  # so that those without are found (index of migration 0016)
    promised_by = fields.DateField(null=True)
    ask_until = fields.DateField(null=True)  # the new promise that the artisan asks for, not answered yet
    ask_reason: Any = fields.TextField(null=True)
    ask_pause: Any = fields.JSONField(null=True)  # {from, until}, where a pause is what they ask for
    pause: Any = fields.JSONField(null=True)  # {from, until, reason}: the last one agreed
    cancel_asked = fields.CharField(max_length=8, null=True)  # the side that wishes to cancel
    cancel_reason: Any = fields.TextField(null=True)
    finished: Any = fields.JSONField(null=True)  # {width_cm, length_cm, weight_g, media, at}, by the maker
    inspection: Any = fields.JSONField(null=True)  # {passed, reason, width_cm, length_cm, weight_g, media, by, at}

    thread_id: Any
    quote_id: Any
    buyer_id: Any
    artisan_id: Any
    helped_by_id: Any

    class Meta:
        table = "orders"  # `order` is a word of SQL's own
        indexes = (("thread_id", "opened_at"), ("stage", "opened_at"), ("stage", "delivered_at"), ("artisan_id", "opened_at"))


class Progress(Model):
    """A step of the making, with something to show for it."""

    id = fields.BigIntField(primary_key=True)
    order: Any = fields.ForeignKeyField("models.Order", related_name="steps", on_delete=fields.RESTRICT)
    step = fields.CharField(max_length=20)  # hub.rules.crafts
    note: Any = fields.TextField(null=True)
    media: Any = ArrayField(element_type="uuid", default=list)
    at = fields.DatetimeField()

    order_id: Any

    class Meta:
        table = "progress"
        indexes = (("order_id", "at"),)


class Dispute(Model):
    """What a buyer found wrong, and how a steward resolved it."""

    id = fields.BigIntField(primary_key=True)
    order: Any = fields.ForeignKeyField("models.Order", related_name="disputes", on_delete=fields.RESTRICT)
    reason = fields.TextField()
    media: Any = ArrayField(element_type="uuid", default=list)
    at = fields.DatetimeField()
    outcome = fields.CharField(max_length=16, null=True)  # hub.rules.orders.Outcome
    amount = fields.BigIntField(null=True)  # given back, in minor units of the order's currency
    bears = fields.BigIntField(null=True)  # of what goes back after release, what the artisan agreed to bear at most
    note: Any = fields.TextField(null=True)
    resolved_by: Any = fields.ForeignKeyField("models.Person", null=True, related_name=False, on_delete=fields.RESTRICT)
    resolved_at = fields.DatetimeField(null=True)

    order_id: Any
    resolved_by_id: Any

    class Meta:
        table = "dispute"
        indexes = (("order_id", "at"),)

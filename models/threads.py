"""Threads and who is in them. The timeline itself (table `event`) belongs to `hub/journal.py`."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Thread(Model):
    id = fields.UUIDField(primary_key=True)
    buyer: Any = fields.ForeignKeyField("models.Person", related_name=False)
    artisan: Any = fields.ForeignKeyField("models.Person", related_name=False)
    product: Any = fields.ForeignKeyField("models.Product", null=True, related_name=False)
    last_seq = fields.BigIntField(default=0)  # the head: number of the newest event
    roster = fields.IntField(default=1)  # grows whenever somebody joins or leaves
    created_at = fields.DatetimeField(auto_now_add=True)
    moved_at = fields.DatetimeField(auto_now_add=True)  # time of the newest event

    buyer_id: Any
    artisan_id: Any
    product_id: Any

    class Meta:
        table = "thread"


class Participation(Model):
    """A person's membership of a thread, with how far everything reached them."""

    id = fields.BigIntField(primary_key=True)
    thread: Any = fields.ForeignKeyField("models.Thread", related_name="participations")
    person: Any = fields.ForeignKeyField("models.Person", related_name="participations")
    role = fields.CharField(max_length=10)  # buyer artisan mentor steward
    from_seq = fields.BigIntField(default=0)  # events up to here are not theirs to see
    got = fields.BigIntField(default=0)  # delivered to a device of theirs up to here
    read = fields.BigIntField(default=0)
    joined_at = fields.DatetimeField(auto_now_add=True)
    left_at = fields.DatetimeField(null=True)

    thread_id: Any
    person_id: Any

    class Meta:
        table = "participation"
        unique_together = (("thread", "person"),)
        indexes = (("person_id", "thread_id"),)

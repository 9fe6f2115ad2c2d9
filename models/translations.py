"""A human's (or a machine's) rendering of one event into one language."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Translation(Model):
    id = fields.BigIntField(primary_key=True)
    thread: Any = fields.ForeignKeyField("models.Thread", related_name=False)
    seq = fields.BigIntField()  # of the event rendered
    lang = fields.CharField(max_length=8)
    text = fields.TextField()
    by: Any = fields.ForeignKeyField("models.Person", null=True, related_name=False)
    source = fields.CharField(max_length=8, default="human")  # human machine
    state = fields.CharField(max_length=10, default="relayed")  # draft relayed disputed
    created_at = fields.DatetimeField(auto_now_add=True)

    thread_id: Any
    by_id: Any

    class Meta:
        table = "translation"
        indexes = (("thread_id", "seq"),)

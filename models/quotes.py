"""Quotes: a chain of immutable versions, of which only the newest can be answered."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Quote(Model):
    """A wish, and what became of it. Migration 0003 allows one `open` or `late` quote per thread."""

    id = fields.UUIDField(primary_key=True)
    thread: Any = fields.ForeignKeyField("models.Thread", related_name="quotes", on_delete=fields.RESTRICT)
    status = fields.CharField(max_length=12)  # hub.rules.quotes.QuoteStatus
    awaiting = fields.CharField(max_length=8, null=True)  # buyer artisan
    version = fields.IntField(default=0)  # number of the newest version; 0 while it is only a wish
    wish: Any = fields.JSONField(null=True)  # hub.rules.terms.Wish.plain()
    valid_until = fields.DatetimeField(null=True)  # of the newest version
    expired_at = fields.DatetimeField(null=True)
    helped_by: Any = fields.ForeignKeyField("models.Person", null=True, related_name=False, on_delete=fields.RESTRICT)
    reason: Any = fields.TextField(null=True)  # why it was declined
    created_at = fields.DatetimeField()
    moved_at = fields.DatetimeField()

    thread_id: Any
    helped_by_id: Any

    class Meta:
        table = "quote"
        indexes = (("thread_id", "created_at"), ("status", "valid_until"))


class QuoteVersion(Model):
    """One edition of the terms, never changed: a trigger of migration 0003 sees to it."""

    id = fields.BigIntField(primary_key=True)
    quote: Any = fields.ForeignKeyField("models.Quote", related_name="versions", on_delete=fields.RESTRICT)
    version = fields.IntField()
    by: Any = fields.ForeignKeyField("models.Person", related_name=False, on_delete=fields.RESTRICT)
    side = fields.CharField(max_length=8)  # buyer artisan: whose hand wrote it
    terms: Any = fields.JSONField()  # hub.rules.terms.frozen()
    terms_hash = fields.CharField(max_length=64)
    at = fields.DatetimeField()

    quote_id: Any
    by_id: Any

    class Meta:
        table = "quote_version"
        unique_together = (("quote", "version"),)

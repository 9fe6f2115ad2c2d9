"""Rows by a statement of our own, for what is looked up with every request and for long lists: there the ORM's way of
writing a statement, and of making an object of each cell, costs several times what the database's answer does."""

from __future__ import annotations

from typing import Any, TypeVar

from asyncpg import Record
from tortoise import connections
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.models import Model

from hub.unit import services

Row = TypeVar("Row", bound=Model)


async def fetch(query: str, *values: Any) -> list[Record]:
    """The rows, seen from inside the transaction at work if there is one: an action shows what became of it."""
    client = connections.get("default")
    if isinstance(client, TransactionalDBClient):
        return list((await client.execute_query(query, list(values)))[1])
    return await services().journal.pool.fetch(query, *values)


def row(model: type[Row], record: Record) -> Row:
    """The model's object, made of a record that has all of its columns (and perhaps others)."""
    return model._init_from_db(**record)


async def models(model: type[Row], query: str, *values: Any) -> list[Row]:
    """Objects of one model, by a statement that selects all of its columns."""
    return [row(model, record) for record in await fetch(query, *values)]

"""Payouts: who is owed what, where they are paid, and the lines of a batch."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from hub import clock, rows
from hub.rules import sheets
from hub.rules.ledger import artisan_payable
from hub.rules.payouts import PayoutState, Way, written
from hub.views.ledger import money
from models.ledger import Destination, Payout, PayoutBatch

_OWED = """
SELECT substr(account, 17)::uuid AS person, sum(amount)::bigint AS owed FROM posting
WHERE account LIKE 'artisan_payable/%' AND currency = $1 GROUP BY account HAVING sum(amount) >= $2 ORDER BY owed DESC, account LIMIT $3
"""
_READY = """
SELECT o.owed, d.* FROM (
  SELECT substr(account, 17)::uuid AS person, sum(amount)::bigint AS owed FROM posting
  WHERE account LIKE 'artisan_payable/%' AND currency = $1 GROUP BY account HAVING sum(amount) >= $2
) AS o CROSS JOIN LATERAL (SELECT * FROM destination WHERE person_id = o.person ORDER BY id DESC LIMIT 1) AS d
ORDER BY o.owed DESC, o.person LIMIT $3
"""
_OWED_TO = "SELECT coalesce(sum(amount), 0)::bigint AS owed FROM posting WHERE account = $1 AND currency = $2"
_PLACES = "SELECT DISTINCT ON (person_id) * FROM destination WHERE person_id = ANY($1::uuid[]) ORDER BY person_id, id DESC"
_BATCHES = """
SELECT b.id, b.currency, b.at, count(*) AS lines, sum(p.amount)::bigint AS total, count(*) FILTER (WHERE p.state = 'sent') AS waiting
FROM payout_batch b JOIN payout p ON p.batch_id = b.id GROUP BY b.id ORDER BY (count(*) FILTER (WHERE p.state = 'sent') > 0) DESC, b.at DESC
LIMIT $1
"""
HEAD = ("reference", "name", "way", "account", "amount", "currency", "message")


async def owed(currency: str, minimum: int, most: int) -> dict[UUID, int]:
    """Artisan -> minor units, who is owed most first."""
    return {row["person"]: row["owed"] for row in await rows.fetch(_OWED, currency, minimum, most)}


async def ready(currency: str, minimum: int, most: int) -> list[tuple[Destination, int]]:
    """Of those who are owed as much, where each is paid who has said so, and how much: who is owed most first."""
    found = await rows.fetch(_READY, currency, minimum, most)
    # a Record's own iterator gives values, so its keys are asked for
    return [(rows.row(Destination, {name: row[name] for name in row.keys() if name != "owed"}), row["owed"]) for row in found]  # noqa: SIM118


async def owed_to(person: Any, currency: str) -> int:
    """What this artisan is owed, in minor units; below zero when they owe."""
    [row] = await rows.fetch(_OWED_TO, artisan_payable(person), currency)
    return int(row["owed"])


async def destinations(people: Collection[UUID]) -> dict[UUID, Destination]:
    """Where each is paid now; those who have not said are not in it."""
    found = await rows.models(Destination, _PLACES, list(people))
    return {row.person_id: row for row in found}


def destination(row: Destination) -> dict[str, Any]:
    """`{way, name, account, by, at}`, the account as people write it."""
    return {
        "way": row.way, "name": row.name, "account": written(Way(row.way), row.account), "by": str(row.by_id), "at": clock.iso(row.at)
    }


async def batches(most: int) -> list[dict[str, Any]]:
    """The newest batches, those with lines in flight first."""
    return [
        {
            "id": str(row["id"]), "currency": row["currency"], "at": clock.iso(row["at"]), "lines": row["lines"],
            "waiting": row["waiting"], "total": money(row["total"], row["currency"]),
        }
        for row in await rows.fetch(_BATCHES, most)
    ]


async def batch(row: PayoutBatch) -> dict[str, Any]:
    """A batch and its lines."""
    lines = await rows.models(Payout, "SELECT * FROM payout WHERE batch_id = $1 ORDER BY reference", row.id)
    return {
        "id": str(row.id), "currency": row.currency, "by": str(row.by_id), "at": clock.iso(row.at),
        "total": money(sum(one.amount for one in lines), row.currency),
        "waiting": sum(one.state == PayoutState.SENT for one in lines), "lines": [line(one) for one in lines],
    }


def line(row: Payout) -> dict[str, Any]:
    """One line of a batch."""
    return {
        "id": str(row.id), "batch": str(row.batch_id), "person": str(row.person_id), "name": row.name, "way": row.way,
        "account": written(Way(row.way), row.account), "money": money(row.amount, row.currency), "reference": row.reference,
        "state": row.state, "reason": row.reason, "ended_at": clock.iso(row.ended_at) if row.ended_at else None,
    }


def sheet(found: dict[str, Any], cooperative: str) -> str:
    """The batch as the file that a bank or a post office takes: the lines still in flight."""
    lines = [
        (one["reference"], one["name"], one["way"], one["account"], sheets.amount(**_minor(one["money"])), one["money"]["currency"],
         f"{cooperative} {one['reference']}")
        for one in found["lines"] if one["state"] == PayoutState.SENT
    ]  # fmt: skip
    return sheets.BOM + sheets.lines([HEAD, *lines])


def _minor(value: dict[str, Any]) -> dict[str, Any]:
    return {"minor": value["amount"], "currency": value["currency"]}

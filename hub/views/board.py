"""The steward's board: what waits for whom, in columns of bounded length."""

from __future__ import annotations

import asyncio
from typing import Any

from asyncpg import Record

from hub import clock, rows
from hub.rules.orders import Stage
from hub.rules.shipments import EXPORT_PAPERS, REPORTS_LOOKED_AT, STALE_AFTER
from hub.views import labels, on_the_way, orders
from models.orders import Order
from models.people import Person

COLUMN = 50  # orders shown of each column, those that wait longest
LIVING = tuple(stage.value for stage in Stage if stage not in orders.ENDED)

_WAITING = """
SELECT o.* FROM orders o JOIN (
    SELECT id, row_number() OVER (PARTITION BY CASE WHEN disputed THEN 'disputed' ELSE stage END ORDER BY opened_at) AS place
    FROM orders WHERE stage = ANY($1::text[]) OR disputed
) AS columns USING (id) WHERE columns.place <= $2 ORDER BY o.opened_at
"""
# Whoever waits for a paper hears nothing, and knows why.
_SILENT = """
SELECT id FROM shipment WHERE living AND heard_at < $1 AND NOT (status = 'pending' AND starts_with(coalesce(reason, ''), $2))
ORDER BY heard_at LIMIT $3
"""
_UNMATCHED = """
SELECT carrier, tracking_number, max(received_at) AS received_at FROM carrier_report
WHERE shipment_id IS NULL AND worked_at IS NOT NULL AND received_at > $1
GROUP BY carrier, tracking_number ORDER BY max(received_at) DESC LIMIT $2
"""


async def board(person: Person, locale: str) -> dict[str, Any]:
    """`{deposit, making, inspection, balance, shipment, travelling, delivered, astray, disputed: [order, briefly], stale: [shipment id],
    labels: [as hub/views/labels.py], troubled: how many parcels, unmatched: [{carrier, tracking_number, received_at}]}`."""
    now = clock.now()
    waiting, silent, unmatched, unsure, troubled = await asyncio.gather(
        rows.models(Order, _WAITING, list(LIVING), COLUMN),
        rows.fetch(_SILENT, now - STALE_AFTER, EXPORT_PAPERS, COLUMN),
        rows.fetch(_UNMATCHED, now - REPORTS_LOOKED_AT, COLUMN),
        labels.stuck(),
        on_the_way.troubled(),
    )
    seen = await orders.briefly(person, waiting, locale)
    by_stage: dict[str, list[dict[str, Any]]] = {stage: [] for stage in LIVING}
    for one in seen:
        if not one["disputed"]:
            by_stage[one["stage"]].append(one)
    return {
        "deposit": by_stage["opened"], "making": by_stage["making"], "inspection": by_stage["made"],
        "balance": [one for one in by_stage["inspected"] if one["money"]["due"]["amount"] > 0],
        "shipment": [one for one in by_stage["inspected"] if one["money"]["due"]["amount"] == 0],
        "travelling": by_stage["shipped"],
        "delivered": [one for one in by_stage["delivered"] if one["there"]],
        "astray": [one for one in by_stage["delivered"] if not one["there"]],
        "disputed": [one for one in seen if one["disputed"]],
        "stale": [str(row["id"]) for row in silent],
        "labels": unsure,
        "troubled": troubled,
        "unmatched": [_unmatched(row) for row in unmatched],
    }


def _unmatched(row: Record) -> dict[str, Any]:
    """A tracking number nobody knows, and when a carrier reported on it last."""
    return {"carrier": row["carrier"], "tracking_number": row["tracking_number"], "received_at": clock.iso(row["received_at"])}

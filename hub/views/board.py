"""The steward's board: what waits for whom, in columns of bounded length."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tortoise import connections

from hub import clock
from hub.rules.orders import Stage
from hub.rules.shipments import STALE_AFTER
from hub.views import orders
from models.orders import Order
from models.people import Person
from models.shipments import CarrierReport, Shipment

COLUMN = 50  # orders shown of each column, those that wait longest
UNMATCHED_FOR = timedelta(days=30)
LIVING = tuple(stage.value for stage in Stage if stage not in orders.ENDED)

_WAITING = """
SELECT id FROM (
    SELECT id, row_number() OVER (PARTITION BY CASE WHEN disputed THEN 'disputed' ELSE stage END ORDER BY opened_at) AS place
    FROM orders WHERE stage = ANY($1::text[]) OR disputed
) AS columns WHERE place <= $2
"""


async def board(person: Person, locale: str) -> dict[str, Any]:
    """`{deposit, making, inspection, balance, shipment, travelling, delivered, disputed: [order], stale: [shipment id],
    unmatched: [{carrier, tracking_number, received_at}]}`."""
    ids = [row["id"] for row in await connections.get("default").execute_query_dict(_WAITING, [list(LIVING), COLUMN])]
    seen = await orders.seen_by(person, await Order.filter(id__in=ids).order_by("opened_at"), locale)
    by_stage: dict[str, list[dict[str, Any]]] = {stage: [] for stage in LIVING}
    for one in seen:
        if not one["disputed"]:
            by_stage[one["stage"]].append(one)
    silent = await Shipment.filter(living=True, heard_at__lt=clock.now() - STALE_AFTER).order_by("heard_at").limit(COLUMN)
    return {
        "deposit": by_stage["opened"], "making": by_stage["making"], "inspection": by_stage["made"],
        "balance": [one for one in by_stage["inspected"] if one["money"]["due"]["amount"] > 0],
        "shipment": [one for one in by_stage["inspected"] if one["money"]["due"]["amount"] == 0],
        "travelling": by_stage["shipped"], "delivered": by_stage["delivered"],
        "disputed": [one for one in seen if one["disputed"]],
        "stale": [str(shipment.id) for shipment in silent],
        "unmatched": await _unmatched(),
    }


async def _unmatched() -> list[dict[str, Any]]:
    """What carriers reported of tracking numbers nobody knows."""
    since = clock.now() - UNMATCHED_FOR
    found = await CarrierReport.filter(shipment_id=None, received_at__gt=since).order_by("-received_at").limit(COLUMN)
    return [
        {"carrier": report.carrier, "tracking_number": report.tracking_number, "received_at": clock.iso(report.received_at)}
        for report in found
    ]

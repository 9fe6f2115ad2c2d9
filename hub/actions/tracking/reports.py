"""What carriers report by themselves: kept first, in one insert, and worked on after. The row is the truth, a job only wakes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hub import access
from hub.actions.tracking.scans import Scan, record
from hub.rules import shipments as rules
from hub.unit import Unit, verb
from models.shipments import Shipment

RECYCLED_AFTER = timedelta(days=30)  # an ended shipment still hears late news of its number for this long


@verb
async def carrier_reports(
    u: Unit, carrier: str, event_id: str, tracking_number: str, scans: Sequence[Scan], body: str
) -> dict[str, Any]:
    """A carrier's signed call: `{stored, known}`. The same `event_id` takes effect once; a number nobody knows is kept.

    When a kept report comes again, its number may be known by then: it is then taken up.
    """
    number = rules.plain_number(tracking_number)
    found = await _by_number(u, carrier, number)
    fresh = await u.connection.execute_query_dict(
        "INSERT INTO carrier_report (carrier, event_id, tracking_number, body, shipment_id, received_at)"
        " VALUES ($1, $2, $3, $4::jsonb, $5, $6) ON CONFLICT (carrier, event_id) DO UPDATE SET shipment_id = EXCLUDED.shipment_id"
        " WHERE carrier_report.shipment_id IS NULL AND EXCLUDED.shipment_id IS NOT NULL RETURNING id",
        [carrier, event_id, number, body, found.id if found else None, u.now],
    )
    if found is None:
        if fresh:
            u.hint(await access.stewards(), "board")
        return {"stored": 0, "known": False}
    return {"stored": await record(u, found, scans) if fresh else 0, "known": True}


async def _by_number(u: Unit, carrier: str, number: str) -> Shipment | None:
    """The shipment that a carrier speaks of: a living one of its own; an aggregator (`generic`) speaks for any carrier."""
    recent = [
        row
        for row in await Shipment.filter(tracking_number=number).order_by("-booked_at").limit(20)
        if row.living or (row.delivered_at and u.now - row.delivered_at < RECYCLED_AFTER)
    ]
    own = [row for row in recent if row.carrier == carrier]
    others = recent if carrier == "generic" else []
    for rows in (own, others):
        living = [row for row in rows if row.living]
        if len(living) == 1 or (not living and rows):
            return await access.hold_shipment(u, (living or rows)[0].id)
    return None

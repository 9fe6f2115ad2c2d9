"""What is wrong with a parcel is kept beside it: after every scan, and by the clock when time alone makes it so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tortoise import connections

from hub import access, clock
from hub.rules import trouble as rules
from hub.rules.shipments import Source, Status
from hub.unit import Unit, verb
from hub.views.shipments import observed
from models.shipments import Checkpoint, Shipment

BATCH = 500  # of one round of the clock
SCANS = 200  # of one shipment that are looked at, the newest
_DUE = "SELECT id FROM shipment WHERE living AND look_at <= $1 ORDER BY look_at LIMIT $2"
_CARRIERS = (Source.CARRIER_HOOK, Source.CARRIER_POLL)


def weigh(row: Shipment, scans: Sequence[Checkpoint], u: Unit) -> None:
    """Set `trouble` and `look_at` by everything known; the caller saves."""
    journey = rules.Journey(
        Status(row.status), row.booked_at, row.heard_at, row.reason, row.eta, row.pickup_until, rules.papers_since(map(observed, scans)),
        numbered=row.tracking_number is not None, reported=any(scan.source in _CARRIERS for scan in scans),
    )
    row.trouble, row.look_at = rules.trouble(journey, u.now).value, rules.look_again(journey, u.now)


async def waiting() -> list[UUID]:
    """Shipments with which something more may be wrong by now, those first that have waited longest."""
    found = await connections.get("default").execute_query_dict(_DUE, [clock.now(), BATCH])
    return [row["id"] for row in found]


@verb
async def look(u: Unit, shipment_id: UUID) -> dict[str, Any]:
    """Is something wrong with it now? The head office's board is told when that has changed; a second time does nothing."""
    row = await access.hold_shipment(u, shipment_id)
    before = row.trouble
    scans = await Checkpoint.filter(shipment_id=row.id).using_db(u.connection).order_by("-at").limit(SCANS)
    weigh(row, scans, u)
    await row.save(using_db=u.connection, update_fields=["trouble", "look_at"])
    if row.trouble != before:
        u.hint(await access.stewards(), "board")
    return {"trouble": row.trouble}

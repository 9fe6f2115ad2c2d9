"""What became of a journey: how long it took, remembered for those that go the same way; the day a carrier expects it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from hub.rules import arrival
from hub.rules.shipments import Checkpoint, Status
from hub.unit import Unit
from models.shipments import Journey, Shipment

_REMEMBER = """
INSERT INTO journey (shipment_id, carrier, village, country, days, delivered_at)
SELECT s.id, s.carrier, p.village, o.terms->'ship_to'->>'country', $2, $3
FROM shipment s JOIN orders o ON o.id = s.order_id JOIN person p ON p.id = o.artisan_id WHERE s.id = $1
ON CONFLICT (shipment_id) DO UPDATE SET days = excluded.days, delivered_at = excluded.delivered_at
"""


async def remember(u: Unit, row: Shipment, scans: Collection[Checkpoint]) -> None:
    """A shipment that is delivered, or was a moment ago, in the same transaction: every scan may change how long it took."""
    days = arrival.days_taken(scans, row.delivered_at) if row.status == Status.DELIVERED and row.delivered_at else None
    if days is None:
        await Journey.filter(shipment_id=row.id).using_db(u.connection).delete()
    else:
        await u.connection.execute_query(_REMEMBER, [row.id, min(days, 32_767), row.delivered_at])


def expect(row: Shipment, eta: date | None, said_at: datetime) -> bool:
    """Take a carrier's day over into the row, if it said nothing newer before; True when the day is another one now."""
    eta = arrival.believable(eta, row.booked_at)
    if eta is None or (row.eta_at and row.eta_at > said_at):
        return False
    changed, row.eta, row.eta_at = row.eta != eta, eta, said_at
    return changed

"""Tracking numbers: in use by one living shipment of a carrier at a time, for carriers give them out again."""

from __future__ import annotations

from hub.unit import Unit
from models.shipments import Shipment

_CLAIM = "SELECT pg_advisory_xact_lock(hashtextextended('number/' || $1, 0))"


async def claim(u: Unit, number: str) -> None:
    """One after the other, until commit: whoever books this number, and whoever finds that nobody has."""
    await u.connection.execute_query_dict(_CLAIM, [number])


async def give_up(u: Unit, row: Shipment) -> None:
    """A shipment that had ended is on its way again. If another has its number by now, the number stays there.

    What its courier or a steward says of it is true all the same; a steward sees that it has no number, and may give it one.
    """
    if row.tracking_number is None:
        return
    await claim(u, row.tracking_number)
    others = Shipment.filter(carrier=row.carrier, tracking_number=row.tracking_number, living=True).exclude(id=row.id)
    if await others.using_db(u.connection).exists():
        row.tracking_number = None

"""What a booking's form proposes: what the hub knows already."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hub import clock
from hub.rules import sending as rules
from hub.rules.clocks import day_at_home
from hub.rules.orders import Size
from models.orders import Order
from models.shipments import Shipment


def proposal(row: Order) -> dict[str, Any]:
    """`{parcel, customs, today}`: from the inspection, what the maker measured, or the accepted terms."""
    measured, item = row.inspection or row.finished or {}, row.terms["items"][0]
    size = Size(*(measured.get(side) or item.get(side) for side in ("width_cm", "length_cm")))
    customs = rules.declared(row.terms["ship_to"]["country"], row.title, row.total, row.shipping, row.currency)
    return {
        "parcel": asdict(rules.proposed(size, measured.get("weight_g"))), "customs": asdict(customs) if customs else None,
        "today": day_at_home(clock.now()).isoformat(),
    }


async def door(row: Order) -> dict[str, Any]:
    """Where the order's parcels were brought last, as `hub.rules.sending.Door`; all None where no booking said it."""
    last = await Shipment.filter(order_id=row.id, door__not_isnull=True).order_by("-booked_at").first()
    return dict(last.door) if last else asdict(rules.Door())

"""A piece leaves the village: its shipment is booked, and what papers it waits for is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from hub import access, events
from hub.actions import orders
from hub.actions.tracking import numbers, reports
from hub.actions.tracking.scans import record
from hub.actions.tracking.watch import weigh
from hub.errors import Refusal
from hub.ids import new_id
from hub.rules import orders as order_rules
from hub.rules import sending as rules
from hub.rules.orders import OrderVerb, Stage
from hub.rules.sending import Box, Customs, Door
from hub.rules.shipments import OWN_LEG, Scan, Source, Status, check_tracking_number
from hub.unit import Unit, verb
from hub.views import orders as order_view
from hub.views import shipments as view
from models.orders import Order
from models.shipments import Parcel, Shipment

MOST_SHIPMENTS = 10  # of one order


@dataclass(frozen=True, slots=True)
class Booking:
    """By whom it travels, when it is fetched, what customs are told."""

    carrier: str
    service: str | None = None
    tracking_number: str | None = None
    pickup_from: datetime | None = None
    pickup_until: datetime | None = None
    customs: Customs | None = None
    further: bool = False  # one more beside those that are on their way
    door: Door | None = None


@verb
async def book(u: Unit, order_id: Any, booking: Booking, boxes: Sequence[Box]) -> dict[str, Any]:
    """The order, or the rest of it, is dispatched: paid in full, in at least one parcel. Its label carries the courier's link.

    Raises Refusal `balance_missing`, `parcel_needed`, `order_moved`, `bad_tracking_number`, `number_used`, `bad_pickup`,
    `too_many_shipments`, `not_allowed`.
    """
    held = await orders.hold(u, order_id, "book_shipment")
    stage = await ready(held, booking, boxes)
    return await view.shipment(await dispatch(held, stage, booking, boxes), held.place, u.person.locale)


async def ready(held: orders.Held, booking: Booking, boxes: Sequence[Box]) -> Stage:
    """The stage that this booking leads to, if it may be made now. Raises Refusal as `book`."""
    row = held.row
    stage = held.stage if await _sent_before(held, booking.further) else await held.moves(OrderVerb.SHIP)
    async with held.showing():
        order_rules.check_ship(missing=order_view.standing(row, held.sums).total_missing, parcels=len(boxes))
        rules.check_pickup(booking.pickup_from, booking.pickup_until, held.u.now)
    return stage


async def dispatch(held: orders.Held, stage: Stage, booking: Booking, boxes: Sequence[Box], label: UUID | None = None) -> Shipment:
    """Make the shipment, say it in the thread, tell the screens. `label`: the purchase that it travels with."""
    u, row = held.u, held.row
    shipment = await _booked(u, row.id, booking, booking.customs or declared(row), boxes, label)
    if stage is not held.stage:
        held.reaches(stage)
        await row.save(using_db=u.connection)
    await u.say(row.thread_id, events.ShipmentBooked(
        shipment=str(shipment.id), order=str(row.id), carrier=booking.carrier, tracking_number=shipment.tracking_number,
        parcels=len(boxes),
    ))
    await orders.tell(u, row)
    return shipment


def declared(row: Order) -> Customs | None:
    """What customs are told of an order unless its booking says it better."""
    return rules.declared(row.terms["ship_to"]["country"], row.title, row.total, row.shipping, row.currency)


async def _sent_before(held: orders.Held, further: bool) -> bool:
    """Is it on its way already, and may more be sent? Whoever books again without meaning to has overlooked the first
    shipment, unless that one was called off."""
    if held.stage is not Stage.SHIPPED:
        return False
    sent = await Shipment.filter(order_id=held.row.id).using_db(held.u.connection)
    if len(sent) >= MOST_SHIPMENTS:
        raise Refusal("too_many_shipments")
    return further or all(shipment.status == Status.CANCELLED for shipment in sent)


async def _booked(
    u: Unit, order_id: Any, booking: Booking, customs: Customs | None, boxes: Sequence[Box], label: UUID | None
) -> Shipment:
    shipment = Shipment(
        id=new_id(), order_id=order_id, carrier=booking.carrier, service=booking.service,
        tracking_number=check_tracking_number(booking.tracking_number) if booking.tracking_number else None,
        status=Status.PENDING.value, booked_by_id=u.person.id, booked_at=u.now, heard_at=u.now, pickup_from=booking.pickup_from,
        pickup_until=booking.pickup_until, customs=asdict(customs) if customs else None, carrier_label=label,
        door=asdict(booking.door) if booking.door else None,
    )
    weigh(shipment, [], u)
    if shipment.tracking_number:
        await numbers.claim(u, shipment.tracking_number)
    try:
        await shipment.save(using_db=u.connection, force_create=True)
    except IntegrityError:
        raise Refusal("number_used", fields={"tracking_number": "number_used"}) from None
    parcels = [Parcel(shipment_id=shipment.id, number=place, **asdict(box)) for place, box in enumerate(boxes, 1)]
    await Parcel.bulk_create(parcels, using_db=u.connection)
    await reports.wake(u, shipment)
    return shipment


@verb
async def papers(u: Unit, shipment_id: Any, reason: str | None, note: str | None) -> dict[str, Any]:
    """A steward says for which export paper the parcel waits; None: they are all there.

    Raises Refusal `not_found`, `not_allowed`, `on_its_way`, `unknown_paper`.
    """
    row, place = await access.lock_shipment(u, shipment_id)
    place.need("correct_shipment")
    rules.check_papers(Status(row.status), reason)
    await record(u, row, [Scan(Status.PENDING, Source.STEWARD, note=note, code=OWN_LEG, reason=reason)])
    return await view.shipment(row, place, u.person.locale)

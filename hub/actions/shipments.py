"""What happens to a shipment: booked, scanned by its courier or corrected by a steward, delivered with proof.

What carriers tell comes by `hub/actions/tracking/`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tortoise.exceptions import IntegrityError

from hub import access, clock, events
from hub.actions import media as pictures
from hub.actions import orders
from hub.actions.tracking.scans import record
from hub.config import config
from hub.errors import Refusal
from hub.ids import new_id
from hub.rules import orders as order_rules
from hub.rules import shipments as rules
from hub.rules.orders import OrderVerb, Stage
from hub.rules.shipments import Scan as Scan  # as callers of these verbs know it
from hub.rules.shipments import Source, Status
from hub.unit import Actor, Unit, verb
from hub.views import orders as order_view
from hub.views import shipments as view
from models.media import MediaThread
from models.shipments import Parcel, Shipment

POSITION_EVERY = timedelta(seconds=5)
_heard: dict[str, datetime] = {}  # shipment -> its last position passed on by this process


@dataclass(frozen=True, slots=True)
class Box:
    """A parcel's size and weight."""

    length_cm: int
    width_cm: int
    height_cm: int
    weight_g: int


@verb
async def book(
    u: Unit, order_id: Any, carrier: str, service: str | None, tracking_number: str | None, boxes: Sequence[Box]
) -> dict[str, Any]:
    """The order is dispatched: paid in full, and in at least one parcel. Its label carries the courier's link.

    Raises Refusal `balance_missing`, `parcel_needed`, `order_moved`, `bad_tracking_number`, `number_used`, `not_allowed`.
    """
    held = await orders.hold(u, order_id, "book_shipment")
    row, again = held.row, await _may_send_again(held)
    stage = held.stage if again else await held.moves(OrderVerb.SHIP)
    async with held.showing():
        order_rules.check_ship(missing=order_view.standing(row, held.sums).total_missing, parcels=len(boxes))
    number = rules.check_tracking_number(tracking_number) if tracking_number else None
    shipment = Shipment(
        id=new_id(), order_id=row.id, carrier=carrier, service=service, tracking_number=number, status=Status.PENDING.value,
        booked_by_id=u.person.id, booked_at=u.now, heard_at=u.now,
    )
    try:
        await shipment.save(using_db=u.connection, force_create=True)
    except IntegrityError:
        raise Refusal("number_used", fields={"tracking_number": "number_used"}) from None
    await Parcel.bulk_create(
        [
            Parcel(
                shipment_id=shipment.id, number=place, length_cm=box.length_cm, width_cm=box.width_cm, height_cm=box.height_cm,
                weight_g=box.weight_g,
            )
            for place, box in enumerate(boxes, 1)
        ],
        using_db=u.connection,
    )
    if not again:
        held.reaches(stage)
        await row.save(using_db=u.connection)
    await u.say(row.thread_id, events.ShipmentBooked(
        shipment=str(shipment.id), order=str(row.id), carrier=carrier, tracking_number=number, parcels=len(boxes)
    ))
    await orders.tell(u, row)
    return await view.shipment(shipment, held.place, u.person.locale)


async def _may_send_again(held: orders.Held) -> bool:
    """A shipped order whose carrier was called off may be sent with another."""
    if held.stage is not Stage.SHIPPED:
        return False
    return not await Shipment.filter(order_id=held.row.id).exclude(status=Status.CANCELLED.value).exists()


@verb
async def courier_scans(u: Unit, token: str, scan: Scan, name: str | None = None) -> dict[str, Any]:
    """The courier records where the parcel is. Who took it may come along with `delivered`, or afterwards as proof.

    Raises Refusal `not_found`, `link_expired`.
    """
    row = await _by_token(u, token)
    if name:
        _prove(row, name, rules.true_time(scan.at, u.now, row.booked_at))
    await record(u, row, [scan])
    return await view.for_courier(row, _locale())


async def prove(actor: Actor, token: str, name: str, content: bytes | None, at: datetime | None) -> dict[str, Any]:
    """Who took the parcel, perhaps with a photo or a drawn signature; it is delivered, if that was not said yet.

    Raises Refusal `not_found`, `link_expired`, `not_a_picture`, `picture_too_large`.
    """
    if not content:
        return await _proved(actor, token, name, None, at)
    async with pictures.laid(content) as picture:
        return await _proved(actor, token, name, picture, at)


@verb
async def _proved(u: Unit, token: str, name: str, picture: pictures.Laid | None, at: datetime | None) -> dict[str, Any]:
    row = await _by_token(u, token)
    if picture:
        media = await pictures.keep(u, picture, "proof")
        await MediaThread.create(media_id=media.id, thread_id=row.order.thread_id, using_db=u.connection)
        row.proof_media_id = media.id
    _prove(row, name, rules.true_time(at, u.now, row.booked_at))
    arrived = [] if row.status == Status.DELIVERED else [Scan(Status.DELIVERED, Source.COURIER_LINK, at=at)]
    await record(u, row, arrived)
    return await view.for_courier(row, _locale())


@verb
async def correct(u: Unit, shipment_id: Any, scan: Scan) -> dict[str, Any]:
    """A steward's own word, which stands above every other. Raises Refusal `not_found`, `not_allowed`."""
    row = await access.hold_shipment(u, shipment_id)
    place = await access.place(u.person, row.order.thread_id)
    if not place.may("see_shipment"):
        raise Refusal("not_found")
    place.need("correct_shipment")
    await record(u, row, [scan])
    return await view.shipment(row, place, u.person.locale)


async def position(token: str, lat: float, lon: float, accuracy_m: float | None, at: datetime | None) -> dict[str, Any]:
    """Where the courier is now, to the thread's people only: at most every 5 s, never stored.

    Raises Refusal `not_found`, `link_expired`, `bad_form`.
    """
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        raise Refusal("bad_form", fields={"lat": "bad_position", "lon": "bad_position"})
    row = await access.parcel(token)
    now, key = clock.now(), str(row.id)
    if key in _heard and now - _heard[key] < POSITION_EVERY:
        return {"shipment": key, "passed_on": False}
    _heard[key] = now
    for old in [other for other, heard in _heard.items() if now - heard > POSITION_EVERY]:
        del _heard[old]
    frame = {
        "t": "position", "shipment": key, "lat": round(lat, 6), "lon": round(lon, 6), "accuracy_m": accuracy_m,
        "at": clock.iso(rules.true_time(at, now)),
    }
    return await _pass_on(Actor(scope="courier"), row, frame)


@verb
async def _pass_on(u: Unit, row: Shipment, frame: dict[str, Any]) -> dict[str, Any]:
    u.signal(await access.people_of(row.order.thread_id), frame, thread=row.order.thread_id)
    return {"shipment": str(row.id), "passed_on": True}


async def _by_token(u: Unit, token: str) -> Shipment:
    return await access.hold_shipment(u, (await access.parcel(token)).id)


def _prove(row: Shipment, name: str, at: datetime) -> None:
    row.proof_name, row.proof_at = name, at


def _locale() -> str:
    return config().default_locale

"""Labels bought from carriers. The intention is written down first, the carrier is asked outside any transaction and once, and
what it said is kept before anything is booked with it. Whatever ends in between is found by a steward."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import obstore
import structlog
from tortoise import connections

from hub import access, clock
from hub.actions import carriers, orders, sending
from hub.actions import media as pictures
from hub.actions.carriers import Bought, Carrier, Declined, Unanswered
from hub.actions.sending import Booking
from hub.errors import Refusal
from hub.ids import new_id, uuid_or_none
from hub.rules import labels as rules
from hub.rules.clocks import day_at_home
from hub.rules.labels import Label
from hub.rules.sending import Address, Box, Consignment
from hub.unit import Actor, Unit, verb
from hub.views import labels as label_view
from hub.views import shipments as view
from models.orders import Order
from models.people import Person
from models.shipments import CarrierLabel

log = structlog.get_logger("labels")

LONGEST_S = 60.0  # for the carrier, all in all; below hub.rules.labels.ANSWERED_BY
AGAIN_S = (0.0, 1.0, 3.0, 9.0)  # a label that is paid for is written down as soon as the database is there again
_CLAIM = "UPDATE carrier_label SET called_at = $2 WHERE id = $1 AND state = 'asked' AND called_at IS NULL RETURNING id"
_DOUBT = """
UPDATE carrier_label SET state = CASE WHEN called_at IS NULL THEN 'refused' ELSE 'unsure' END, ended_at = $2
WHERE state = 'asked' AND asked_at < $1 RETURNING id
"""
_at_work: set[asyncio.Task[dict[str, Any]]] = set()


class Plan(msgspec.Struct):
    """What is to be booked once the label is there, as it is kept."""

    booking: Booking
    boxes: list[Box]
    receiver: Address


def seller(name: str) -> Carrier:
    """Raises Refusal `no_labels`."""
    found = carriers.named(name)
    if found is None or found.sender is None:
        raise Refusal("no_labels", fields={"carrier": "no_labels"})
    return found


def consignment(carrier: Carrier, row: Order, booking: Booking, boxes: Sequence[Box], receiver: Address) -> Consignment:
    """What this carrier is told."""
    assert carrier.sender
    day = day_at_home(booking.pickup_from or clock.now())
    return Consignment(carrier.sender, receiver, tuple(boxes), booking.customs or sending.declared(row), day)


async def buy(actor: Actor, order_id: Any, booking: Booking, boxes: Sequence[Box], receiver: Address) -> dict[str, Any]:
    """Buy a label at the booking's carrier and book with its number: the shipment.

    Raises Refusal as `sending.book`, and `no_labels`, `label_pending` (one is being bought), `carrier_declined`, `carrier_silent`
    (nothing was bought), `label_unsure` (it may have been).
    """
    carrier = seller(booking.carrier)
    asked = await _intend(actor, order_id, booking, boxes, receiver)
    label_id = UUID(asked["label"])
    if not await connections.get("default").execute_query_dict(_CLAIM, [label_id, clock.now()]):
        return await _already(actor, label_id)
    work = asyncio.create_task(_bought(Actor(actor.person), carrier, label_id))
    _at_work.add(work)  # it goes on when the request is gone: the carrier has been asked
    work.add_done_callback(_at_work.discard)
    return await asyncio.shield(work)


@verb
async def _intend(u: Unit, order_id: Any, booking: Booking, boxes: Sequence[Box], receiver: Address) -> dict[str, Any]:
    held = await orders.hold(u, order_id, "book_shipment")
    held.place.need("buy_label")
    await sending.ready(held, booking, boxes)
    states = [state.value for state in rules.OPEN]
    if await CarrierLabel.filter(order_id=held.row.id, state__in=states).using_db(u.connection).exists():
        raise Refusal("label_pending")
    name, service = new_id(), booking.service or ""
    await CarrierLabel.create(
        id=name, order_id=held.row.id, carrier=booking.carrier, service=service, reference=rules.reference(str(name)),
        state=Label.ASKED.value, booking=msgspec.to_builtins(Plan(booking, list(boxes), receiver)), asked_by_id=u.person.id,
        asked_at=u.now, using_db=u.connection,
    )
    return {"label": str(name)}


async def _already(actor: Actor, label_id: UUID) -> dict[str, Any]:
    """What became of a purchase that was asked for with this key before."""
    row = await CarrierLabel.get(id=label_id)
    if row.shipment_id and actor.person:
        shipment, place = await access.shipment(actor.person, row.shipment_id)
        return await view.shipment(shipment, place, actor.person.locale)
    if row.state == Label.CALLED_OFF:  # its words are a steward's
        raise Refusal("label_ended")
    if row.state == Label.REFUSED:
        raise Refusal("carrier_declined", fields={"carrier": row.words}) if row.words else Refusal("carrier_silent")
    raise Refusal("label_unsure" if row.state == Label.UNSURE else "label_pending")


async def _bought(actor: Actor, carrier: Carrier, label_id: UUID) -> dict[str, Any]:
    row = await CarrierLabel.get(id=label_id).select_related("order")
    plan = msgspec.convert(row.booking, Plan)
    what = consignment(carrier, row.order, plan.booking, plan.boxes, plan.receiver)
    try:
        async with asyncio.timeout(LONGEST_S):
            found = await carrier.label(what, row.service, row.reference)
    except Declined as no:
        await _ended(actor, label_id, Label.REFUSED, str(no))
        raise Refusal("carrier_declined", fields={"carrier": str(no)} if str(no) else None) from no
    except Unanswered as fault:
        log.warning("carrier_silent", label=str(label_id), carrier=row.carrier, fault=str(fault))
        await _ended(actor, label_id, Label.REFUSED, "")
        raise Refusal("carrier_silent") from fault
    except Exception as fault:
        log.warning("label_unsure", label=str(label_id), carrier=row.carrier, reference=row.reference, fault=repr(fault))
        await _ended(actor, label_id, Label.UNSURE, str(fault)[:300] or type(fault).__name__)
        raise Refusal("label_unsure") from fault
    await _kept(actor, label_id, found)
    return await _booked(actor, label_id)


@verb
async def _ended(u: Unit, label_id: UUID, state: Label, words: str) -> dict[str, Any]:
    """Only from `asked`: meanwhile a steward may have said how it went."""
    facts = {"state": state.value, "words": words or None, "ended_at": u.now}
    return await _written(u, label_id, [Label.ASKED], facts)


@verb
async def _paid(u: Unit, label_id: UUID, facts: dict[str, Any]) -> dict[str, Any]:
    return await _written(u, label_id, [Label.ASKED, Label.UNSURE], facts | {"state": Label.BOUGHT.value})


async def _written(u: Unit, label_id: UUID, before: list[Label], facts: dict[str, Any]) -> dict[str, Any]:
    """The head office's boards look again."""
    states = [state.value for state in before]
    changed = await CarrierLabel.filter(id=label_id, state__in=states).using_db(u.connection).update(**facts)
    u.hint(await access.stewards(), "board")
    return {"written": changed}


async def _kept(actor: Actor, label_id: UUID, found: Bought) -> None:
    """It is paid for: written down, whatever else is broken."""
    log.info("label_bought", label=str(label_id), tracking_number=found.tracking_number, carrier_shipment=found.shipment_id)
    facts = {
        "tracking_number": found.tracking_number, "carrier_shipment": found.shipment_id,
        "price": found.price.amount if found.price else None, "currency": found.price.currency if found.price else None,
        "printable": await _laid(label_id, found.label),
    }
    for pause in AGAIN_S:
        await asyncio.sleep(pause)
        try:
            await _paid(actor, label_id, facts)
            return
        except Exception:
            log.exception("label_not_written", label=str(label_id), tracking_number=found.tracking_number)
    raise Refusal("label_unsure")


async def _laid(label_id: UUID, content: bytes | None) -> bool:
    """Is the PDF in the store? Without it the shipment is booked all the same: the carrier prints labels too."""
    if not content:
        return False
    try:
        await obstore.put_async(pictures.store(), _path(label_id), content)
    except Exception:
        log.exception("label_not_stored", label=str(label_id))
        return False
    return True


def _path(label_id: UUID) -> str:
    return f"labels/{label_id}.pdf"


@verb
async def take_up(u: Unit, label_id: Any, number: str | None = None) -> dict[str, Any]:
    """A steward books with a label that was found to be paid for, by the number that stands at the carrier: the shipment.

    What was sent by hand in the meantime does not hinder it. Raises Refusal `not_found`, `not_allowed`, `label_pending`,
    `label_ended`, `number_needed`, and as `sending.book`.
    """
    return await _dispatched(u, label_id, number, further=True)


@verb
async def _booked(u: Unit, label_id: UUID) -> dict[str, Any]:
    """With the label that was just bought."""
    return await _dispatched(u, label_id, None)


async def _dispatched(u: Unit, label_id: Any, number: str | None, **changes: Any) -> dict[str, Any]:
    held, row = await _hold(u, label_id)
    rules.check_taken_up(Label(row.state), row.asked_at, u.now, number)
    plan = msgspec.convert(row.booking, Plan)
    booking = replace(plan.booking, tracking_number=number or row.tracking_number, service=_spoken(row), **changes)
    if booking.pickup_until and booking.pickup_until <= u.now:
        booking = replace(booking, pickup_from=None, pickup_until=None)
    stage = await sending.ready(held, booking, plan.boxes)
    shipment = await sending.dispatch(held, stage, booking, plan.boxes, row.id if row.printable else None)
    row.state, row.shipment_id, row.ended_at, row.tracking_number = Label.BOOKED.value, shipment.id, u.now, shipment.tracking_number
    await row.save(using_db=u.connection)
    return await view.shipment(shipment, held.place, u.person.locale)


@verb
async def doubt(u: Unit) -> dict[str, Any]:
    """The clock: of those whose asker has not been heard of for too long, the ones that were never asked for are free again, the
    others wait for a steward. How many."""
    found = await u.connection.execute_query_dict(_DOUBT, [u.now - rules.ANSWERED_BY, u.now])
    if found:
        u.hint(await access.stewards(), "board")
    return {"doubted": len(found)}


@verb
async def call_off(u: Unit, label_id: Any, note: str | None) -> dict[str, Any]:
    """A steward has looked: nothing was bought, or it was given back to the carrier. The order may be booked anew.

    Raises Refusal `not_found`, `not_allowed`, `label_pending`, `label_ended`, `reason_needed`.
    """
    held, row = await _hold(u, label_id)
    rules.check_called_off(Label(row.state), row.asked_at, u.now, note)
    row.state, row.ended_at, row.words = Label.CALLED_OFF.value, u.now, note
    await row.save(using_db=u.connection)
    await orders.tell(u, held.row)
    return label_view.label(row, u.person.locale)


async def _hold(u: Unit, label_id: Any) -> tuple[orders.Held, CarrierLabel]:
    """The purchase, with its order's thread held. Raises Refusal."""
    row = await _there(label_id)
    held = await orders.hold(u, row.order_id, "book_shipment")
    held.place.need("buy_label")
    return held, await CarrierLabel.filter(id=row.id).using_db(u.connection).select_for_update().get()


async def _there(label_id: Any) -> CarrierLabel:
    row = await CarrierLabel.get_or_none(id=found) if (found := uuid_or_none(label_id)) else None
    if row is None:
        raise Refusal("not_found")
    return row


def _spoken(row: CarrierLabel) -> str:
    carrier = carriers.named(row.carrier)
    return carrier.spoken(row.service) if carrier else row.service


async def pdf(person: Person, label_id: Any) -> bytes:
    """The carrier's own PDF. Raises Refusal `not_found`, `not_allowed`."""
    row = await _there(label_id)
    _, place = await access.order(person, row.order_id)
    place.need("see_label")
    try:
        found = await obstore.get_async(pictures.store(), _path(row.id))
    except FileNotFoundError as fault:
        raise Refusal("not_found") from fault
    return bytes(await found.bytes_async())

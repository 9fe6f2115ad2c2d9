"""The only doors to records. Each either lets this person in, or answers as if the thing did not exist.

`lock_*` doors, and `hold_*` doors for what happens whoever asks, lock the thread's row first, then the rest: always the same
order. They are for units; the others read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from hub import clock, rows
from hub.errors import Refusal
from hub.ids import uuid_or_none
from hub.rules import couriers
from hub.rules.people import Relation, Role, may
from hub.rules.quotes import Side
from hub.rules.shipments import ended_at, link_expires_at
from hub.unit import Unit
from models.house import House
from models.orders import Order
from models.people import Person
from models.quotes import Quote
from models.shipments import Shipment
from models.threads import Participation, Thread

Row = TypeVar("Row")
RELATIONS = {
    "buyer": Relation.BUYER_SIDE,
    "artisan": Relation.ARTISAN_SIDE,
    "mentor": Relation.HELPER,
    "steward": Relation.STEWARD,
}
"""A participant's role -> what `hub/rules/people.py` calls it."""
SEAT = """
SELECT p.*, t.buyer_id, t.artisan_id, t.product_id, t.last_seq, t.roster, t.created_at, t.moved_at
FROM participation p JOIN thread t ON t.id = p.thread_id WHERE p.thread_id = $1 AND p.person_id = $2 AND p.left_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Seat:
    """A thread, and the place a person has in it."""

    thread: Thread
    participation: Participation

    @property
    def role(self) -> str:
        """buyer, artisan, mentor or steward."""
        return str(self.participation.role)

    @property
    def side(self) -> str | None:
        """`buyer` or `artisan` for the two who deal with each other, None for helpers."""
        return self.role if self.role in ("buyer", "artisan") else None

    @property
    def relation(self) -> Relation:
        """As `hub/rules/people.py` names it."""
        return RELATIONS[self.role]


async def thread(person: Person, thread_id: Any) -> Seat:
    """The thread, for one of its participants. Raises Refusal `unknown_thread`."""
    return await _seat(person.id, uuid_or_none(thread_id))


async def lock_thread(u: Unit, thread_id: Any) -> Seat:
    """The same inside a unit, holding the thread's row until commit."""
    found = uuid_or_none(thread_id)
    if found is None:
        raise Refusal("unknown_thread")
    await hold_thread(u, found)
    return await _seat(u.person.id, found)


async def hold_thread(u: Unit, thread_id: UUID) -> Thread:
    """Lock a thread's row, whoever asks: for verbs that the clock, a carrier or a steward does."""
    row = await Thread.filter(id=thread_id).using_db(u.connection).select_for_update().first()
    if row is None:
        raise Refusal("unknown_thread")
    return row


async def _seat(person: UUID, thread_id: UUID | None) -> Seat:
    if thread_id is None:
        raise Refusal("unknown_thread")
    found = await rows.fetch(SEAT, thread_id, person)
    if not found:
        raise Refusal("unknown_thread")
    [seat] = found
    return Seat(rows.row(Thread, dict(seat) | {"id": thread_id}), rows.row(Participation, seat))


async def people_of(thread_id: UUID) -> list[str]:
    """Ids of everyone who is in the thread now."""
    rows = await Participation.filter(thread_id=thread_id, left_at=None).values_list("person_id", flat=True)
    return [str(row) for row in rows]


# Records of a thread: its people see them, and stewards do


@dataclass(frozen=True, slots=True)
class Place:
    """What a person is to the thread of a record, and so what they may do with it."""

    relation: Relation
    roles: tuple[str, ...]

    @property
    def side(self) -> Side | None:
        """The side they are of; None for helpers and stewards."""
        return {Relation.BUYER_SIDE: Side.BUYER, Relation.ARTISAN_SIDE: Side.ARTISAN}.get(self.relation)

    def may(self, verb: str) -> bool:
        """As the table of `hub/rules/people.py` says."""
        return may(verb, self.roles, self.relation)

    def need(self, verb: str) -> None:
        """Raises Refusal `not_allowed`."""
        if not self.may(verb):
            raise Refusal("not_allowed")


def seated(seat: Seat, person: Person) -> Place:
    """The place of somebody who sits in the thread."""
    return Place(RELATIONS[seat.role], tuple(person.roles))


NOBODY = Place(Relation.NONE, ())
"""The clock, a carrier, a courier: they see nothing of their own."""

async def place(person: Person, thread_id: UUID) -> Place:
    """This person's place in a thread, in it or not."""
    return (await places(person, [thread_id]))[thread_id]


async def places(person: Person, thread_ids: Iterable[UUID]) -> dict[UUID, Place]:
    """The same for several threads, in one query."""
    rows = await Participation.filter(thread_id__in=set(thread_ids), person_id=person.id, left_at=None).values_list(
        "thread_id", "role"
    )
    roles = tuple(person.roles)
    elsewhere = Place(Relation.STEWARD if Role.STEWARD in roles else Relation.NONE, roles)
    found = {thread_id: Place(RELATIONS[role], roles) for thread_id, role in rows}
    return {thread_id: found.get(thread_id, elsewhere) for thread_id in thread_ids}


async def quote(person: Person, quote_id: Any) -> tuple[Quote, Place]:
    """The quote, for the thread's people and stewards. Raises Refusal `not_found`."""
    row = await _quote(quote_id)
    return row, await _seeing("see_quote", person, row.thread_id)


async def lock_quote(u: Unit, quote_id: Any) -> tuple[Quote, Place]:
    """The same inside a unit, holding the thread's row."""
    thread_id = (await _quote(quote_id)).thread_id
    await hold_thread(u, thread_id)
    at = await _seeing("see_quote", u.person, thread_id)
    return await _quote(quote_id), at


async def hold_quote(u: Unit, quote_id: Any) -> Quote:
    """The quote with its thread's row held, whoever asks."""
    await hold_thread(u, (await _quote(quote_id)).thread_id)
    return await _quote(quote_id)


async def order(person: Person, order_id: Any) -> tuple[Order, Place]:
    """The order, for the thread's people and stewards. Raises Refusal `not_found`."""
    row = await _order(order_id)
    return row, await _seeing("see_order", person, row.thread_id)


async def lock_order(u: Unit, order_id: Any) -> tuple[Order, Place]:
    """The same inside a unit, holding the thread's row."""
    thread_id = (await _order(order_id)).thread_id
    await hold_thread(u, thread_id)
    at = await _seeing("see_order", u.person, thread_id)
    return await _order(order_id), at


async def any_order(order_id: Any) -> Order:
    """The order, for what happens by itself. Raises Refusal `not_found`."""
    return await _order(order_id)


async def hold_order(u: Unit, order_id: Any) -> Order:
    """The order with its thread's row held, whoever asks."""
    await hold_thread(u, (await _order(order_id)).thread_id)
    return await _order(order_id)


async def shipment(person: Person, shipment_id: Any) -> tuple[Shipment, Place]:
    """The shipment (and its `order`), for the thread's people and stewards. Raises Refusal `not_found`."""
    row = await _shipment(shipment_id)
    return row, await _seeing("see_shipment", person, row.order.thread_id)


async def lock_shipment(u: Unit, shipment_id: Any) -> tuple[Shipment, Place]:
    """The same inside a unit, holding the thread's row."""
    row = await hold_shipment(u, shipment_id)
    return row, await _seeing("see_shipment", u.person, row.order.thread_id)


async def hold_shipment(u: Unit, shipment_id: Any) -> Shipment:
    """The shipment (and its `order`) with the thread's row held, whoever asks."""
    await hold_thread(u, (await _shipment(shipment_id)).order.thread_id)
    return await _shipment(shipment_id)


# The courier's link: its own key to one shipment, no account. It is not stored but derived, so that a label can be
# printed again.


async def courier_tokens(shipments: Iterable[Shipment]) -> dict[UUID, str]:
    """What stands in the link `/c/<token>` of each shipment."""
    secret = await _house_secret()
    return {row.id: couriers.token(secret, row.id, row.link_turn) for row in shipments}


async def parcel(token: str) -> Shipment:
    """The shipment (and its `order`) that a courier's link opens: Refusal `not_found` for every link that opens nothing."""
    named = couriers.read_token(token)
    row = await Shipment.filter(id=named).select_related("order").first() if named else None
    secret = await _house_secret()
    if row is None or not couriers.is_token(secret, token, row.id, row.link_turn) or _has_ended(row):
        raise Refusal("not_found")
    return row


async def lock_parcel(u: Unit, token: str) -> Shipment:
    """The same inside a unit, holding the thread's row: a link that was renewed while it was waited for opens nothing."""
    row = await parcel(token)
    held = await hold_shipment(u, row.id)
    if held.link_turn != row.link_turn or _has_ended(held):
        raise Refusal("not_found")
    return held


async def parcel_by_code(typed: Any) -> Shipment:
    """The shipment that a label's short code opens. Who guesses is counted by the caller: 50 bits alone keep nobody out."""
    code = couriers.read_code(typed)
    row = await Shipment.get_or_none(courier_code=code) if code else None
    if row is None or _has_ended(row):
        raise Refusal("not_found")
    return row


def _has_ended(row: Shipment) -> bool:
    ends = link_expires_at(ended_at(row.living, row.delivered_at, row.heard_at))
    return ends is not None and clock.now() >= ends


async def _house_secret() -> bytes:
    return bytes((await House.get(id=1)).secret)


async def stewards() -> list[str]:
    """Ids of everyone in the head office."""
    rows = await Person.filter(roles__contains=[Role.STEWARD.value]).limit(200).values_list("id", flat=True)
    return [str(row) for row in rows]


async def _seeing(verb: str, person: Person, thread_id: UUID) -> Place:
    found = await place(person, thread_id)
    if not found.may(verb):
        raise Refusal("not_found")
    return found


async def _quote(quote_id: Any) -> Quote:
    found = uuid_or_none(quote_id)
    return _there(await Quote.get_or_none(id=found) if found else None)


async def _order(order_id: Any) -> Order:
    found = uuid_or_none(order_id)
    return _there(await Order.get_or_none(id=found) if found else None)


async def _shipment(shipment_id: Any) -> Shipment:
    found = uuid_or_none(shipment_id)
    return _there(await Shipment.filter(id=found).select_related("order").first() if found else None)


def _there(row: Row | None) -> Row:
    if row is None:
        raise Refusal("not_found")
    return row

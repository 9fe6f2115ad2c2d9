"""Every kind of event a timeline can hold: a typed struct, its name, and what happened in one line.

An event is a fact that was committed under a number in its thread. Its `data` carries ids, and what a card needs to be
drawn without asking again. Adding a field with a default is allowed; renaming or removing one is not.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

Id = Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
Money = Annotated[
    dict[str, Any],  # minor units, and an ISO 4217 code
    Meta(
        extra_json_schema={
            "properties": {"amount": {"type": "integer"}, "currency": {"type": "string"}},
            "required": ["amount", "currency"],
        }
    ),
]


class Event(msgspec.Struct, omit_defaults=True, kw_only=True):
    """Base of all events; `kind` is the name on the wire."""

    kind_name: ClassVar[str]

    def encoded(self) -> str:
        """The `data` of the event, as JSON."""
        return msgspec.json.encode(self).decode()


class Joined(Event):
    """`person` came into the thread as `role`."""

    kind_name = "joined"
    person: Id
    role: str
    called_by: Id | None = None


class Left(Event):
    """`person` is no longer in the thread."""

    kind_name = "left"
    person: Id
    role: str
    removed_by: Id | None = None


class Message(Event):
    """Somebody's words, photos or voice."""

    kind_name = "message"
    kind: str  # text photo voice
    body: str | None = None
    media: tuple[Id, ...] = ()
    lang: str | None = None
    reply_to: int | None = None


class Edited(Event):
    """The words of message `seq` are now `body`."""

    kind_name = "edited"
    seq: int
    body: str


class Removed(Event):
    """The author took message `seq` back; its words are gone from the store."""

    kind_name = "removed"
    seq: int


class Translated(Event):
    """Event `seq` was rendered into `lang`."""

    kind_name = "translated"
    seq: int
    lang: str
    text: str
    source: str = "human"


class QuoteEvent(Event, kw_only=True):
    """What every event of a quote carries: the version it is about, as a card shows it."""

    kind_name = "quote"
    quote: Id
    version: int
    status: str
    awaiting: str | None = None
    side: str | None = None  # whose hand moved: buyer, artisan; None: the clock
    title: str | None = None
    terms_hash: str | None = None
    total: Money | None = None
    making_days: int | None = None
    reason: str | None = None
    changed: list[str] = []  # names of the terms that differ from the version before


class QuoteRequested(QuoteEvent):
    kind_name = "quote.requested"
    wish: dict[str, Any] = {}


class QuoteOffered(QuoteEvent):
    kind_name = "quote.offered"


class QuoteCountered(QuoteEvent):
    kind_name = "quote.countered"


class QuoteRevised(QuoteEvent):
    kind_name = "quote.revised"


class QuoteAccepted(QuoteEvent):
    kind_name = "quote.accepted"
    order: Id | None = None
    late: bool = False
    helped_by: Id | None = None  # a helper in the thread who read it to them


class QuoteDeclined(QuoteEvent):
    kind_name = "quote.declined"


class QuoteWithdrawn(QuoteEvent):
    kind_name = "quote.withdrawn"


class QuoteExpired(QuoteEvent):
    kind_name = "quote.expired"


class OrderEvent(Event, kw_only=True):
    """What every event of an order carries."""

    kind_name = "order"
    order: Id
    stage: str
    title: str | None = None


class OrderOpened(OrderEvent):
    kind_name = "order.opened"
    quote: Id
    total: Money
    deposit: Money
    promised_by: str | None = None  # known at once where there is no deposit


class OrderReminded(OrderEvent):
    """Two days without the deposit: `due` is missing of it, `lapses_at` is when the order ends without it."""

    kind_name = "order.reminded"
    due: Money
    lapses_at: str


class OrderPaid(OrderEvent):
    """Money arrived: `amount` now, `paid` in all, `due` still missing for the next step."""

    kind_name = "order.paid"
    amount: Money
    paid: Money
    due: Money
    promised_by: str | None = None
    advance: Money | None = None  # for wool, to the artisan


class OrderUnpaid(OrderEvent):
    """A payment had been recorded by mistake: `amount` is undone, `paid` is what remains, `due` is missing for the next step."""

    kind_name = "order.unpaid"
    amount: Money
    paid: Money
    due: Money
    reason: str


class OrderProgress(OrderEvent):
    kind_name = "order.progress"
    step: str
    media: list[Id] = []
    note: str | None = None


class OrderExtended(OrderEvent):
    kind_name = "order.extended"
    until: str  # what the promise becomes
    reason: str | None = None
    state: str = "asked"  # asked agreed refused
    pause_from: str | None = None  # where it is a pause: its first day, and the day on which work goes on
    pause_until: str | None = None


class OrderMade(OrderEvent):
    kind_name = "order.made"
    media: list[Id] = []
    width_cm: int | None = None
    length_cm: int | None = None
    weight_g: int | None = None


class OrderInspected(OrderEvent):
    kind_name = "order.inspected"
    passed: bool
    reason: str | None = None
    media: list[Id] = []


class OrderCancelled(OrderEvent):
    kind_name = "order.cancelled"
    reason: str | None = None
    state: str = "done"  # asked done kept


class OrderCompleted(OrderEvent):
    kind_name = "order.completed"
    by_clock: bool = False


class OrderDisputed(OrderEvent):
    kind_name = "order.disputed"
    reason: str
    media: list[Id] = []


class OrderResolved(OrderEvent):
    kind_name = "order.resolved"
    outcome: str
    amount: Money | None = None
    note: str | None = None


class ShipmentBooked(Event):
    kind_name = "shipment.booked"
    shipment: Id
    order: Id
    carrier: str
    tracking_number: str | None = None
    parcels: int = 1


class ShipmentCheckpoint(Event, kw_only=True):
    kind_name = "shipment.checkpoint"
    shipment: Id
    order: Id
    status: str  # of this checkpoint
    shipment_status: str  # derived from all of them
    happened_at: str
    place: str | None = None
    note: str | None = None
    source: str
    name: str | None = None  # who took it, with proof of delivery


def _leaves(base: type[Event]) -> list[type[Event]]:
    subclasses = base.__subclasses__()
    return [leaf for sub in subclasses for leaf in _leaves(sub)] if subclasses else [base]


KINDS: dict[str, type[Event]] = {event.kind_name: event for event in _leaves(Event)}

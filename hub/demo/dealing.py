"""Plays the demo's deals by the verbs that people use, each at its time: so events, ledger and parcels are as they would be."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from hub import access, clock, jobs, unit
from hub.actions import orders, quotes, sending, shipments, threads
from hub.actions.tracking.scans import record
from hub.bus import Bus
from hub.config import Config
from hub.demo import people
from hub.demo.deals import STEPS, Deal, Papers, Parcel, Scan
from hub.journal import Journal
from hub.rules import crafts
from hub.rules import sending as sending_rules
from hub.rules import shipments as rules
from hub.rules.orders import Size
from hub.unit import Actor, Unit, verb
from hub.views import orders as view
from models.catalogue import Product
from models.people import Person
from models.shipments import Shipment

SHIPPING = 6_500  # minor units, to anywhere
LEARNED = 0.02  # days after a scan: half an hour


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays, with which pieces. `picture(maker, product, purpose, step)` gives a photograph's id."""

    folk: Mapping[str, Person]
    pieces: Mapping[str, Product]
    picture: Callable[[Person, str, str, str], Awaitable[str]]
    handed_over: bytes | None = None


@asynccontextmanager
async def at_work(config: Config) -> AsyncIterator[None]:
    """With what verbs need beside the database; open screens are told of what happens."""
    bus = Bus(config.redis_url, "demo", config.bell_channels)
    journal = Journal(config, bus)
    await bus.start()
    await journal.start()
    unit.use(journal, bus)
    try:
        yield
    finally:
        await journal.stop()
        await bus.stop()
        await jobs.close()


async def play(cast: Cast, deal: Deal) -> Played:
    """Everything of a deal, as far as it has come."""
    played = Played(cast, deal)
    for step in (played.agree, played.deposit, played.make, played.inspect, played.balance, played.send, played.close)[: _reached(deal)]:
        await step()
    return played


def _reached(deal: Deal) -> int:
    """How many steps are taken: deposit awaited after the first; what is delivered was sent, and is closed or disputed."""
    return {"delivered": 6 + bool(deal.wrong), "completed": 7}.get(deal.reach, STEPS.index(deal.reach) + 1)


def _ago(days: float) -> AbstractContextManager[None]:
    """Let it be so many days ago, or now where that is still to come."""
    return clock.shifted(timedelta(days=-max(0.0, days)))


class Played:
    """One deal at play. `order` is its id, `parcels` those of its shipments, once there are some."""

    def __init__(self, cast: Cast, deal: Deal) -> None:
        self.cast, self.deal = cast, deal
        self.piece = cast.pieces[deal.product]
        self.buyer = cast.folk[deal.buyer]
        self.artisan = next(one for one in cast.folk.values() if one.id == self.piece.artisan_id)
        self.steward = cast.folk["khadija"]
        self.order, self.thread = "", ""
        self.parcels: list[str] = []

    async def agree(self) -> None:
        """The buyer wishes, the artisan offers, the buyer says yes."""
        with _ago(self.deal.accepted + 0.4):
            self.thread = (await threads.open_thread(Actor(self.buyer), None, str(self.piece.id)))["id"]
            await quotes.request(Actor(self.buyer), self.thread, self._wish())
        with _ago(self.deal.accepted + 0.1):
            quote = await quotes.offer(Actor(self.artisan), self.thread, self._terms())
        with _ago(self.deal.accepted):
            agreed = await quotes.accept(Actor(self.buyer), quote["id"], quote["version"], quote["terms_hash"])
        self.order = agreed["order"]

    async def deposit(self) -> None:
        """The first part is there, and making starts; what was shown of it until now."""
        with _ago(self.deal.accepted * 0.97):
            await self._pay("deposit")
        shown = crafts.steps(self.piece.craft)[: self.deal.progress]
        for number, step in enumerate(shown, 1):
            with _ago(self.deal.accepted - (self.deal.accepted - self.deal.made) * number / (len(shown) + 1)):
                photo = await self.cast.picture(self.artisan, self.deal.product, "progress", step)
                await orders.progress(Actor(self.artisan), self.order, step, [photo], None)

    async def make(self) -> None:
        """Finished, as agreed."""
        with _ago(self.deal.made):
            photo = await self.cast.picture(self.artisan, self.deal.product, "finished", "finished")
            await orders.made(Actor(self.artisan), self.order, [photo], self._size(), self._weight())

    async def inspect(self) -> None:
        """Passed by the head office."""
        with _ago(self.deal.made - 0.4):
            await orders.inspect(Actor(self.steward), self.order, True, self._size(), self._weight(), None, [])

    async def balance(self) -> None:
        """The rest is there."""
        with _ago(self.deal.made - 0.8):
            await self._pay("balance")

    async def send(self) -> None:
        """The parcels leave, and are where their scans say."""
        happened = [(parcel.booked, number, partial(self._book, parcel)) for number, parcel in enumerate(self.deal.parcels)]
        for number, parcel in enumerate(self.deal.parcels):
            happened += [(papers.ago, number, partial(self._papers, number, papers)) for papers in parcel.papers]
            happened += [(scan.ago - LEARNED, number, partial(self._scanned, number, scan)) for scan in parcel.scans]
        for ago, _, happens in sorted(happened, key=lambda one: -one[0]):
            with _ago(ago):
                await happens()

    async def close(self) -> None:
        """The buyer is content, or is not."""
        with _ago(min(scan.ago for parcel in self.deal.parcels for scan in parcel.scans) - 1):
            if self.deal.wrong:
                await orders.dispute(Actor(self.buyer), self.order, self.deal.wrong, [])
            else:
                await orders.confirm(Actor(self.buyer), self.order)

    # the words and figures of the verbs

    def _wish(self) -> dict[str, Any]:
        return {"description": self._title(), "product": str(self.piece.id), "quantity": self.deal.quantity, "ship_to": self._place()}

    def _terms(self) -> dict[str, Any]:
        item = {
            "description": self._title(), "product": str(self.piece.id), "quantity": self.deal.quantity, "unit_price": self.piece.price,
            "width_cm": self.piece.width_cm, "length_cm": self.piece.length_cm, "materials": self.piece.materials,
            "colours": self.piece.colours,
        }
        return {
            "items": [item], "shipping": SHIPPING, "currency": self.piece.currency, "making_days": self.piece.making_days,
            "deposit_percent": 30, "ship_to": self._place(),
        }

    def _title(self) -> str:
        return str(self.piece.title.get(self.buyer.locale) or self.piece.title["fr"])

    def _place(self) -> dict[str, str]:
        place = people.PLACES[people.BY_KEY[self.deal.buyer].place]
        return {"country": place.country, "city": place.name.fr.partition(",")[0]}

    def _size(self) -> Size:
        return Size(self.piece.width_cm, self.piece.length_cm)

    def _weight(self) -> int:
        return (self.piece.weight_g or 1_000) * self.deal.quantity

    async def _pay(self, part: str) -> None:
        row, place = await access.order(self.steward, self.order)
        due = (await view.order(row, place, "fr"))["money"]["due"]["amount"]
        await orders.pay(Actor(self.steward), self.order, due, row.currency, f"{part}-{self.order[-8:]}", "bank_transfer")

    async def _book(self, parcel: Parcel) -> None:
        start, end = sending_rules.window((clock.now() + timedelta(days=1)).date(), "morning")
        further = bool(self.parcels)
        door = people.DOORS.get(people.BY_KEY[self.deal.buyer].place)
        booking = sending.Booking(
            parcel.carrier, tracking_number=parcel.number, pickup_from=start, pickup_until=end, further=further, door=door,
        )
        booked = await sending.book(Actor(self.steward), self.order, booking, [sending_rules.proposed(self._size(), self._weight())])
        self.parcels.append(str(booked["id"]))

    async def _papers(self, number: int, papers: Papers) -> None:
        await sending.papers(Actor(self.steward), self.parcels[number], papers.reason, papers.note)

    async def _scanned(self, number: int, scan: Scan) -> None:
        at, shipment, taken_by = clock.now() - timedelta(days=LEARNED), self.parcels[number], self.deal.parcels[number].taken_by
        if scan.status == rules.Status.DELIVERED and taken_by:
            [token] = (await access.courier_tokens([await Shipment.get(id=shipment)])).values()
            await shipments.prove(Actor(scope="demo"), token, shipments.Proof(taken_by, self.cast.handed_over, at=at))
            return
        told = rules.Scan(
            rules.Status(scan.status), rules.Source(scan.source), at, place=scan.place, note=scan.note, code=scan.code, reason=scan.reason,
        )
        await _record(Actor(self.steward if scan.source == rules.Source.STEWARD else None), shipment, told)


@verb
async def _record(u: Unit, shipment_id: str, scan: rules.Scan) -> dict[str, Any]:
    """What a carrier would have told."""
    return {"new": await record(u, await access.hold_shipment(u, shipment_id), [scan])}

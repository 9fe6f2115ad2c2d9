"""What every verb of an order begins and ends with: the door, the table, the record, the thread, the screens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hub import access, rows
from hub.access import NOBODY, Place
from hub.actions import media as pictures
from hub.config import config
from hub.errors import showing
from hub.events import Event
from hub.rules import orders as rules
from hub.rules import shipments as parcels
from hub.rules.orders import Actor, OrderVerb, Size, Stage
from hub.rules.shipments import Status
from hub.unit import Unit
from hub.views import ledger
from hub.views import orders as view
from hub.views.ledger import Sums
from hub.views.turns import acting
from models.orders import Order

_SENT = "SELECT status FROM shipment WHERE order_id = $1"


@dataclass(slots=True)
class Held:
    """An order whose thread is locked, the place of whoever acts on it, and where its money stands."""

    u: Unit
    row: Order
    place: Place
    sums: Sums

    @property
    def stage(self) -> Stage:
        """Where the making stands."""
        return Stage(self.row.stage)

    async def view(self) -> dict[str, Any]:
        """As it stands, for whoever asks."""
        person = self.u.actor.person
        return await view.order(self.row, self.place, person.locale if person else config().default_locale)

    def showing(self) -> Any:
        """A rule's conflict inside carries the order as it stands."""
        return showing(self.view)

    async def moves(self, verb: OrderVerb, *, by: Actor | None = None) -> Stage:
        """The stage this verb leads to, by the table of `hub/rules/orders.py`. Raises Refusal with the order as it stands."""
        async with self.showing():
            return rules.move(self.stage, verb, by=by or acting(self.place), disputed=self.row.disputed)

    def reaches(self, stage: Stage) -> None:
        """The order is at `stage` from now on."""
        self.row.stage = stage.value
        setattr(self.row, "cancelled_at" if stage is Stage.CANCELLED else view.TIMES[stage], self.u.now)

    async def says(self, event: type[Event], **facts: Any) -> dict[str, Any]:
        """Save, say it in the thread, tell the screens; the order as it stands now."""
        await self.row.save(using_db=self.u.connection)
        await self.u.say(
            self.row.thread_id, event(order=str(self.row.id), stage=self.row.stage, title=self.row.title, **facts)
        )
        await tell(self.u, self.row)
        return await self.view()

    async def show(self, media: list[str]) -> None:
        """Let the thread's people see these pictures. Raises Refusal `media_missing`."""
        if media:
            await pictures.show_in(self.u, media, self.row.thread_id)

    @property
    def agreed(self) -> list[Size]:
        """The sizes that the terms name."""
        sizes = [Size(item["width_cm"], item["length_cm"]) for item in self.row.terms["items"]]
        return [size for size in sizes if size]

    @property
    def is_maker(self) -> bool:
        """Is it whoever acts who made the piece?"""
        return self.u.actor.person is not None and self.u.actor.person.id == self.row.artisan_id


async def hold(u: Unit, order_id: Any, verb: str) -> Held:
    """The order, for somebody who may do `verb`. Raises Refusal `not_found`, `not_allowed`."""
    row, place = await access.lock_order(u, order_id)
    place.need(verb)
    return Held(u, row, place, (await ledger.sums([row.id]))[row.id])


async def hold_for_clock(u: Unit, order_id: Any) -> Held:
    """The order, for what happens by itself."""
    row = await access.hold_order(u, order_id)
    return Held(u, row, NOBODY, (await ledger.sums([row.id]))[row.id])


async def all_there(order_id: UUID) -> bool:
    """Has everything arrived that the order travels in, and is it there still?"""
    return parcels.all_there(Status(row["status"]) for row in await rows.fetch(_SENT, order_id))


async def tell(u: Unit, row: Order, *shipments: UUID) -> None:
    """The screens of the two sides, their helpers and the head office look again, at the order and the cards of these
    shipments; the artisan's money and the books too."""
    stewards = await access.stewards()
    everybody = {*await access.people_of(row.thread_id), *stewards}
    for topic in (f"order:{row.id}", *(f"card:{shipment}" for shipment in shipments)):
        u.hint(everybody, topic)
    u.hint(stewards, "board")
    u.hint({str(row.artisan_id), *map(str, stewards)}, "money")


def promise(row: Order) -> str | None:
    """The promised day."""
    return row.promised_by.isoformat() if row.promised_by else None

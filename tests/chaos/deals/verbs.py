"""Each verb of the tables, done to the hub and to the model. A new verb is a method here and a rule in `machine.py`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from hub import access, clock
from hub.actions import orders, quotes, sending, shipments
from hub.actions.shipments import Scan
from hub.rules.orders import Outcome, Size
from hub.rules.sending import Box
from hub.rules.shipments import Source, Status
from hub.unit import Actor
from models.shipments import Shipment
from tests.chaos.check import Broken
from tests.chaos.deals import disputes, undoing
from tests.chaos.deals import orders as table
from tests.chaos.deals import quotes as quote_table
from tests.chaos.deals.quotes import OTHER, Offer, Quote
from tests.chaos.deals.undoing import Paid
from tests.chaos.deals.world import Deed, Model, World
from workers.orders import complete_orders, lapse_orders, remind_orders
from workers.quotes import expire_quotes

BOX = Box(90, 40, 40, 12_500)


def terms(world: World, wanted: Offer | None) -> dict[str, Any]:
    """As a person sends them; None: terms that can't be."""
    found = wanted or Offer(0, 0, 101, 0, 1)
    item: dict[str, Any] = {"description": "Tapis", "quantity": 1, "unit_price": found.price, "width_cm": found.width, "length_cm": 300}
    if found.sells or found.width != 200:  # the piece itself, or the same in another size
        item |= {"product": str(world.piece.id)}
    return {
        "items": [item], "shipping": found.shipping, "currency": "EUR", "making_days": found.days, "deposit_percent": found.percent,
        "ship_to": {"country": "FR"}, "valid_until": clock.iso(clock.now() + timedelta(hours=found.hours)),
    }  # fmt: skip


class Verbs:
    """What the people of a world can do."""

    def __init__(self, world: World) -> None:
        self.world = world

    # Quotes

    def _expiring(self, talk: int, only: int | None = None) -> Deed:
        now = clock.now()

        def first(model: Model) -> None:
            for number, quote in enumerate(model.talks[talk].quotes):
                if only in (None, number) and quote.due(now):
                    quote_table.expire(model.talks[talk], quote, now)

        return first

    async def request(self, talk: int, who: str, good: bool, **fate: Any) -> None:
        wish = {"description": "Un tapis" if good else ""}
        await self.world.do(
            "request", talk, who, lambda actor: quotes.request(actor, self._thread(talk), wish),
            lambda model: quote_table.request(model.talks[talk], who, good), what=good, **fate,
        )  # fmt: skip

    async def offer(self, talk: int, who: str, wanted: Offer | None, **fate: Any) -> None:
        now, sent = clock.now(), terms(self.world, wanted)
        await self.world.do(
            "offer", talk, who, lambda actor: quotes.offer(actor, self._thread(talk), sent),
            lambda model: quote_table.offer(model.talks[talk], who, wanted, now), first=self._expiring(talk), what=wanted, **fate,
        )  # fmt: skip

    async def answer(self, verb: str, talk: int, at: int, who: str, stale: str, wanted: Offer | None, **fate: Any) -> None:
        """Accept, decline, withdraw, confirm, counter, revise. `stale`: which part of what they saw is old, or missing."""
        quote = self._quote(talk, at)
        version: int | None = len(quote.versions) - (stale == "version")
        mark = ("0" * 64 if stale == "hash" else quote.hashes[-1] if quote.hashes else "0" * 64) if verb == "accept" else None
        if stale == "missing" or verb == "confirm":
            version = None
        now, sent, fields = clock.now(), terms(self.world, wanted), (version, mark)
        call: Callable[[Actor], Awaitable[Any]] = {
            "accept": lambda actor: quotes.accept(actor, quote.id, *fields),
            "decline": lambda actor: quotes.decline(actor, quote.id, version, "Non"),
            "withdraw": lambda actor: quotes.withdraw(actor, quote.id, version),
            "confirm": lambda actor: quotes.confirm(actor, quote.id),
            "counter": lambda actor: quotes.counter(actor, quote.id, version, sent),
            "revise": lambda actor: quotes.revise(actor, quote.id, version, sent),
        }[verb]

        def deed(model: Model) -> None:
            within, one = model.talks[talk], model.talks[talk].quotes[at]
            quote_table.answers(within, one, verb, who, version, mark, now)
            if verb in ("counter", "revise"):
                (quote_table.counter if verb == "counter" else quote_table.revise)(within, one, who, wanted, now)
            elif verb in ("decline", "withdraw"):
                quote_table.ends(within, one, "declined" if verb == "decline" else "withdrawn")
            else:
                self._agrees(model, talk, at, now)

        name = f"quote {verb}"
        await self.world.do(name, talk, who, call, deed, first=self._expiring(talk, at), what=(at, stale, wanted), **fate)

    def _agrees(self, model: Model, talk: int, at: int, now: Any) -> None:
        within, quote = model.talks[talk], model.talks[talk].quotes[at]
        if quote.status == "expired":
            quote.goes("late", OTHER[str(quote.awaiting)])
            within.said["quote.accepted"] += 1
            return
        agreed = quote.versions[-1][1]
        if agreed.sells and not model.free:
            raise quote_table.No("piece_taken")
        quote.goes("accepted", None)
        order = table.Order(agreed, at, len(quote.versions), "opened", now, holds=agreed.sells)
        if not agreed.deposit:
            order.begins(now)
        within.orders.append(order)
        within.said.update(("quote.accepted", "order.opened"))

    async def expire(self, talk: int, at: int) -> None:
        quote, now = self._quote(talk, at), clock.now()
        await self.world.do(
            "quote expire", talk, "clock", lambda actor: quotes.expire(actor, quote.id),
            lambda model: quote_table.expire(model.talks[talk], model.talks[talk].quotes[at], now), what=at,
        )  # fmt: skip

    # Orders

    async def _order(
        self, verb: str, talk: int, at: int, who: str, hub: Callable[[Actor, Any], Awaitable[Any]], deed: Callable[..., None], *facts: Any,
        **fate: Any,
    ) -> None:  # fmt: skip
        order = self.world.model.talks[talk].orders[at]
        await self.world.do(
            verb, talk, who, lambda actor: hub(actor, order.id),
            lambda model: deed(model.talks[talk], model.talks[talk].orders[at], who, *facts), what=(at, *facts), **fate,
        )  # fmt: skip

    async def pay(self, talk: int, at: int, who: str, amount: int, currency: str, reference: str, **fate: Any) -> None:
        sent, now = f"{self.world.number}-{reference}", clock.now()

        def deed(model: Model) -> None:
            one = model.talks[talk]
            table.pay(one, one.orders[at], who, amount, currency, reference.lower() not in model.references, now)
            model.references.add(reference.lower())
            one.orders[at].payments.append(Paid(amount, reference.lower()))

        order = self.world.model.talks[talk].orders[at]
        await self.world.do(
            "pay", talk, who, lambda actor: orders.pay(actor, order.id, amount, currency, sent, "cash"), deed,
            what=(at, amount, currency, reference), **fate,
        )  # fmt: skip

    async def undo_payment(self, talk: int, at: int, who: str, which: int, reason: str | None, **fate: Any) -> None:
        now, order = clock.now(), self.world.model.talks[talk].orders[at]
        [row] = await self.world.db.fetch("SELECT id FROM payment WHERE order_id = $1 ORDER BY at, id OFFSET $2 LIMIT 1", order.id, which)

        def deed(model: Model) -> None:
            one = model.talks[talk].orders[at]
            undoing.undo(model.talks[talk], one, who, which, reason, now)
            model.references.discard(one.payments[which].reference)

        await self.world.do(
            "undo_payment", talk, who, lambda actor: orders.undo_payment(actor, order.id, row["id"], reason), deed,
            what=(at, which, reason), **fate,
        )  # fmt: skip

    async def progress(self, talk: int, at: int, who: str, fault: str | None, **fate: Any) -> None:
        step, note = "melting" if fault == "not_in_this_craft" else "dyeing", None if fault == "nothing_to_show" else "Voilà"
        await self._order(
            "progress", talk, at, who, lambda actor, order: orders.progress(actor, order, step, [], note), table.progress, fault, **fate
        )

    async def ask_extension(self, talk: int, at: int, who: str, days: int, reason: str | None, **fate: Any) -> None:
        now = clock.now()
        until = (self.world.model.talks[talk].orders[at].promised or now.date()) + timedelta(days=days)
        await self._order(
            "ask extension", talk, at, who, lambda actor, order: orders.ask_extension(actor, order, until, reason),
            table.ask_extension, until, reason, now, **fate,
        )  # fmt: skip

    async def ask_pause(self, talk: int, at: int, who: str, ahead: int, days: int, reason: str | None, **fate: Any) -> None:
        now = clock.now()
        start = now.date() + timedelta(days=ahead)
        end = start + timedelta(days=days)
        await self._order(
            "ask pause", talk, at, who, lambda actor, order: orders.ask_pause(actor, order, start, end, reason), table.ask_pause,
            start, end, reason, now, **fate,
        )  # fmt: skip

    async def bear(self, talk: int, at: int, who: str, amount: int, **fate: Any) -> None:
        await self._order("bear", talk, at, who, lambda actor, order: orders.bear(actor, order, amount), disputes.bear, amount, **fate)

    async def answer_extension(self, talk: int, at: int, who: str, agree: bool, **fate: Any) -> None:
        await self._order(
            "answer extension", talk, at, who, lambda actor, order: orders.answer_extension(actor, order, agree),
            table.answer_extension, agree, **fate,
        )  # fmt: skip

    async def made(self, talk: int, at: int, who: str, fault: str | None, **fate: Any) -> None:
        agreed = self.world.model.talks[talk].orders[at].terms.width
        width = {None: agreed, "off": agreed * 106 // 100 + 1, "measure_needed": None}.get(fault, agreed)
        media = [] if fault == "photo_needed" else [self.world.photo]
        weight = None if fault == "weight_needed" else 12_000
        await self._order(
            "made", talk, at, who, lambda actor, order: orders.made(actor, order, media, Size(width, 300), weight), table.made,
            fault, **fate,
        )  # fmt: skip

    async def inspect(self, talk: int, at: int, who: str, passed: bool, reason: str | None, **fate: Any) -> None:
        await self._order(
            "inspect", talk, at, who, lambda actor, order: orders.inspect(actor, order, passed, Size(), None, reason, []),
            table.inspect, passed, reason, **fate,
        )  # fmt: skip

    async def ship(self, talk: int, at: int, who: str, boxes: int, **fate: Any) -> None:
        await self._order(
            "ship", talk, at, who, lambda actor, order: sending.book(actor, order, sending.Booking("local"), [BOX] * boxes), table.ship,
            boxes, **fate,
        )  # fmt: skip

    async def deliver(self, talk: int, at: int, who: str, **fate: Any) -> None:
        """By the courier's link when `who` is the courier; only for what was booked."""
        shipment = self.world.model.talks[talk].orders[at].shipment
        if shipment is None:
            return
        token = (await access.courier_tokens([await Shipment.get(id=shipment)]))[shipment]

        async def hub(actor: Actor, order: Any) -> Any:
            if who == "courier":
                return await shipments.courier_scans(actor, token, Scan(Status.DELIVERED, Source.COURIER_LINK))
            return await shipments.correct(actor, shipment, Scan(Status.DELIVERED, Source.STEWARD))

        def deed(talk_: Any, order: Any, who_: str, now: Any) -> None:
            if who == "courier" and order.arrived_at and now >= order.arrived_at + timedelta(days=30):
                raise quote_table.No("not_found")
            table.deliver(talk_, order, who_, now)

        await self._order("deliver", talk, at, who, hub, deed, clock.now(), **fate)

    async def confirm(self, talk: int, at: int, who: str, **fate: Any) -> None:
        await self._order("confirm", talk, at, who, orders.confirm, table.confirm, clock.now(), **fate)

    async def lapse(self, talk: int, at: int) -> None:
        def deed(one: Any, order: Any, who: str, now: Any) -> None:
            table.lapse(one, order, now)

        await self._order("lapse", talk, at, "clock", orders.lapse, deed, clock.now())

    async def cancel(self, talk: int, at: int, who: str, reason: str | None, **fate: Any) -> None:
        await self._order(
            "cancel", talk, at, who, lambda actor, order: orders.cancel(actor, order, reason), table.cancel, reason, clock.now(), **fate
        )

    async def dispute(self, talk: int, at: int, who: str, reason: str | None, **fate: Any) -> None:
        await self._order(
            "dispute", talk, at, who, lambda actor, order: orders.dispute(actor, order, reason, []), disputes.dispute, reason,
            clock.now(), **fate,
        )  # fmt: skip

    async def resolve(self, talk: int, at: int, who: str, outcome: str, amount: int | None, **fate: Any) -> None:
        await self._order(
            "resolve", talk, at, who, lambda actor, order: orders.resolve(actor, order, Outcome(outcome), amount, "Voilà"),
            disputes.resolve, outcome, amount, clock.now(), **fate,
        )  # fmt: skip

    # The clock

    async def worker(self) -> None:
        """The worker does all that is due, at whatever time it comes to it, and counts right. Raises Broken."""
        world, now, wanted = self.world, clock.now(), [0, 0, 0, 0]
        world.steps["worker"] += 1
        world.trace.append("worker")
        for talk in world.model.talks:
            for quote in talk.quotes:
                if quote.due(now):
                    quote_table.expire(talk, quote, now)
                    wanted[0] += 1
            for order in talk.orders:
                wanted[1] += _done(lambda talk=talk, order=order: table.lapse(talk, order, now))
                wanted[2] += _done(lambda talk=talk, order=order: table.confirm(talk, order, "clock", now))
                wanted[3] += _done(lambda talk=talk, order=order: table.remind(talk, order, now))
        got = [await expire_quotes({}), await lapse_orders({}), await complete_orders({}), await remind_orders({})]
        if got != wanted:
            raise Broken([f"the worker expired, lapsed, completed and reminded {got}, {wanted} were due"])
        await world.look([world.model])

    def _thread(self, talk: int) -> Any:
        return self.world.threads[talk]

    def _quote(self, talk: int, at: int) -> Quote:
        return self.world.model.talks[talk].quotes[at]


def _done(deed: Callable[[], None]) -> int:
    try:
        deed()
    except quote_table.No:
        return 0
    return 1

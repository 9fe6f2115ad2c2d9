"""The usual course of a deal: who is right for a verb, and what happens next when nobody errs."""

from __future__ import annotations

from typing import Any

from tests.chaos.deals.quotes import Offer
from tests.chaos.deals.verbs import Verbs
from tests.chaos.deals.world import World

USUAL = Offer(90_000, 5_000, 30, 10, 168)
RIGHT = {
    "pay": "steward", "progress": "artisan", "ask_extension": "artisan", "answer_extension": "buyer", "made": "artisan",
    "inspect": "steward", "ship": "steward", "deliver": "steward", "confirm": "buyer", "dispute": "buyer", "resolve": "steward",
}  # fmt: skip


def right(world: World, verb: str, talk: int, at: int, who: str) -> str:
    """Whose verb it is, where `who` is "right"."""
    if who != "right":
        return who
    if verb in RIGHT and not (verb == "confirm" and not world.model.talks[talk].orders):
        return RIGHT[verb]
    quote = world.model.talks[talk].quotes[at]
    if verb in ("revise", "withdraw") and quote.versions:
        return quote.versions[-1][0]
    return quote.awaiting or "buyer"


async def usual(verbs: Verbs, talk: int, terms: Offer | None) -> None:
    """The next thing that is awaited in this thread; a new offer when nothing is."""
    within = verbs.world.model.talks[talk]
    order: Any = within.orders[-1] if within.orders else None
    at, nothing = len(within.orders) - 1, {"key": None}
    if order and order.disputed:
        return await verbs.resolve(talk, at, "steward", "release", None)
    if order and order.stage not in ("completed", "cancelled"):
        if order.stage == "opened" or (order.stage == "inspected" and order.due):
            return await verbs.pay(talk, at, "steward", order.due, "EUR", f"usual{len(verbs.world.trace)}")
        if order.stage == "making":
            return await verbs.made(talk, at, "artisan", None)
        if order.stage == "made":
            return await verbs.inspect(talk, at, "steward", order.measured_well, "Trop large")
        if order.stage == "inspected":
            return await verbs.ship(talk, at, "artisan", 1)
        if order.stage == "shipped":
            return await verbs.deliver(talk, at, "courier")
        return await verbs.confirm(talk, at, "buyer", **nothing)
    current = within.current()
    if current and current.status in ("open", "late") and not (current.status == "open" and not current.versions):
        verb, number = "confirm" if current.status == "late" else "accept", within.quotes.index(current)
        return await verbs.answer(verb, talk, number, str(current.awaiting), "", None)
    return await verbs.offer(talk, "artisan", terms or USUAL)

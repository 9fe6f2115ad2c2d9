"""The usual course of a deal: who is right for a verb, and what happens next when nobody errs."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from hub import clock
from tests.chaos.deals.limits import limits
from tests.chaos.deals.quotes import Offer
from tests.chaos.deals.verbs import Verbs
from tests.chaos.deals.world import World

USUAL = Offer(90_000, 5_000, 30, 10, 168)
THE_PIECE = Offer(90_000, 0, 30, 1, 168, sells=True)
LARGE = Offer(1_234_567, 5_001, 33, 100, 24)
RIGHT = {
    "pay": "steward", "undo_payment": "steward", "progress": "artisan", "ask_extension": "artisan", "ask_pause": "artisan",
    "bear": "artisan", "answer_extension": "buyer", "made": "artisan",
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
    turn = len(verbs.world.trace)  # grows with each step: what is refused now is done otherwise next time
    if order and order.disputed:
        return await verbs.resolve(talk, at, "steward", "release" if turn % 3 else "partial_refund", order.paid // 2)
    if order and order.stage not in ("completed", "cancelled"):
        if order.stage == "opened" or (order.stage == "inspected" and order.due):
            return await verbs.pay(talk, at, "steward", order.due, "EUR", f"usual{turn}")
        if order.stage == "making":
            return await verbs.made(talk, at, "artisan", None if turn % 5 else "off")
        if order.stage == "made":
            return await verbs.inspect(talk, at, "steward", order.measured_well or turn % 2 == 0, "Trop large")
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


# Astray: what people do beside the usual course, at the stage where it matters

EVERYBODY = ("buyer", "artisan", "mentor", "steward", "stranger")
SOON = timedelta(minutes=2)
REASONS = ("Voilà", "Voilà", None)
AT: dict[str, tuple[str, ...]] = {
    # stage: the verbs that say something else there than "it has moved on"
    "opened": ("pay", "undo_payment", "cancel", "lapse"),
    "making": (
        "pay", "undo_payment", "undo_payment", "progress", "ask_extension", "ask_pause",
        "answer_extension", "made", "made", "cancel", "resolve",
    ),
    "made": ("inspect", "inspect", "inspect", "dispute", "resolve", "pay", "undo_payment"),
    "inspected": ("ship", "ship", "pay", "undo_payment", "dispute", "resolve"),
    "shipped": ("deliver", "dispute", "resolve", "pay", "undo_payment"),
    "delivered": ("confirm", "dispute", "dispute", "resolve", "resolve", "pay"),
    "completed": ("dispute", "dispute", "bear", "bear", "resolve", "resolve", "deliver", "confirm"),
    "cancelled": ("cancel", "pay", "undo_payment"),
}


async def astray(verbs: Verbs, talk: int, chance: Random, fate: dict[str, Any]) -> None:
    """Something that may be said at this stage, by somebody, mostly whoever is right, with whatever may be wrong with it."""
    within = verbs.world.model.talks[talk]
    current = within.current()
    if within.orders and (chance.random() < 0.8 or current is None):
        return await _of_order(verbs, talk, chance, fate)
    if current is None:
        return await verbs.request(talk, chance.choice(("buyer", "buyer", *EVERYBODY)), chance.random() < 0.7, **fate)
    verb = chance.choice(("accept", "counter", "counter", "revise", "decline", "withdraw", "confirm", "request"))
    at = len(within.quotes) - 1 if chance.random() < 0.3 else within.quotes.index(current)
    who = right(verbs.world, verb, talk, at, chance.choice(("right", "right", "right", *EVERYBODY)))
    if verb == "request":
        return await verbs.request(talk, who, True, **fate)
    stale = chance.choice(("", "", "", "", "version", "hash", "missing"))
    return await verbs.answer(verb, talk, at, who, stale, chance.choice((USUAL, THE_PIECE, LARGE, None)), **fate)


async def _of_order(verbs: Verbs, talk: int, chance: Random, fate: dict[str, Any]) -> None:
    orders = verbs.world.model.talks[talk].orders
    at = len(orders) - 1 if chance.random() < 0.9 else chance.randrange(len(orders))
    order = orders[at]
    verb = chance.choice(AT[order.stage])
    verb = "pay" if verb == "undo_payment" and not order.payments else verb
    if verb == "lapse":
        return await verbs.lapse(talk, at)
    who = chance.choice(("right", "right", "right", *EVERYBODY))
    who = chance.choice(("buyer", "artisan", "steward")) if verb == "cancel" and who == "right" else right(verbs.world, verb, talk, at, who)
    reason = chance.choice(REASONS)
    facts: dict[str, tuple[Any, ...]] = {
        "pay": (
            order.due * chance.choice((0, 1, 2, 2)) // 2 + chance.choice((0, 0, 1, 777, 200_000)),
            chance.choice(("EUR", "EUR", "EUR", "MAD")), chance.choice("abcdefABCDEF"),
        ),
        "undo_payment": (chance.randrange(max(1, len(order.payments))), reason),
        "progress": (chance.choice((None, "not_in_this_craft", "nothing_to_show")),),
        "ask_extension": (chance.choice((7, 30, 0, 400)), reason),
        "ask_pause": (chance.choice((0, 3, 3, -1)), chance.choice((7, 30, 0, 400)), reason),
        "bear": (chance.choice((0, 1, 5_000, order.terms.artisan, order.terms.artisan + 1)),),
        "answer_extension": (chance.random() < 0.5,),
        "made": (chance.choice(("off", "off", "photo_needed", "weight_needed", "measure_needed")),),
        "inspect": (chance.random() < 0.5, reason),
        "ship": (chance.choice((0, 1)),),
        "cancel": (reason,),
        "dispute": (reason,),
        "resolve": (
            chance.choice(("release", "refund", "partial_refund", "partial_refund")),
            chance.choice((None, 0, 1, 5_000, order.paid // 2, order.paid - 1, order.terms.total - 1, order.terms.total + 1, 200_000)),
        ),
    }  # fmt: skip
    return await getattr(verbs, verb)(talk, at, who, *facts.get(verb, ()), **fate)


async def at_a_limit(verbs: Verbs, talk: int, chance: Random) -> None:
    """The clock jumps to a second past a limit of this thread, or a minute before it, and somebody does what it is the limit of."""
    ahead = [(limit, probe) for within, limit, probe in limits(verbs.world.model) if within == talk and limit - clock.now() > SOON]
    if not ahead:
        return await verbs.worker()
    limit, (verb, at, who) = chance.choice(ahead)
    verbs.world.later(limit - clock.now() + chance.choice((timedelta(seconds=1), timedelta(minutes=-1))))
    if verb in ("expire", "lapse", "confirm") and chance.random() < 0.6:
        return await verbs.worker()
    if verb == "accept":
        return await verbs.answer(verb, talk, at, who, "", None)
    facts = {"cancel": ("Trop tard",), "dispute": ("Trop petit",)}.get(verb, ())
    return await getattr(verbs, verb)(talk, at, *((who,) if verb not in ("expire", "lapse") else ()), *facts)

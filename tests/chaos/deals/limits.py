"""The moments at which something of a thread becomes possible, or is no longer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from tests.chaos.deals.quotes import LATE, OTHER

Probe = tuple[str, int, str]  # the verb that it is the limit of, its quote or order, by whom
OF_STAGE = {"opened": (timedelta(hours=72), "lapse", "clock"), "delivered": (timedelta(days=14), "confirm", "clock"),
            "completed": (timedelta(days=30), "dispute", "buyer")}  # fmt: skip


def limits(model: Any) -> Iterator[tuple[int, datetime, Probe]]:
    """Of each thread, by its number."""
    for number, talk in enumerate(model.talks):
        for at, quote in enumerate(talk.quotes):
            if quote.status in ("open", "expired"):
                yield number, quote.until, ("expire", at, "clock")
                yield number, quote.until, ("accept", at, quote.awaiting)
                yield number, quote.until + LATE, ("accept", at, quote.awaiting)
        for at, order in enumerate(talk.orders):
            reached = {"opened": order.opened_at, "delivered": order.delivered_at, "completed": order.completed_at}.get(order.stage)
            if order.stage == "opened" and not order.reminded:
                yield number, order.opened_at + timedelta(hours=48), ("lapse", at, "clock")
            if reached:
                after, verb, who = OF_STAGE[order.stage]
                yield number, reached + after, (verb, at, who)
            elif order.stage == "making":
                patience = order.promised + timedelta(days=14)
                who = OTHER[order.cancel_asked] if order.cancel_asked else "buyer"
                yield number, datetime.combine(patience, time(), UTC), ("cancel", at, who)

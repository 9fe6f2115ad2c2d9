"""The clock's part: a quote expires to the minute, and every answer to it finds it expired."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from hub import access, clock, events
from hub.actions.quotes.held import Overdue, save, say
from hub.errors import Refusal
from hub.ids import uuid_or_none
from hub.rules import quotes as rules
from hub.rules.quotes import QuoteStatus, QuoteVerb, Side
from hub.unit import Actor, Unit, verb
from models.quotes import Quote, QuoteVersion

CLOCK = Actor(scope="clock")
BATCH = 500  # quotes that one round of the clock looks at
P = ParamSpec("P")


def answering(
    run: Callable[Concatenate[Actor, Any, P], Awaitable[dict[str, Any]]],
) -> Callable[Concatenate[Actor, Any, P], Awaitable[dict[str, Any]]]:
    """An answer to a quote that has expired finds it expired, in the thread too, whether or not the worker lived."""

    @functools.wraps(run)
    async def answer(actor: Actor, quote_id: Any, /, *args: P.args, **kwargs: P.kwargs) -> dict[str, Any]:
        return await after_the_clock(lambda: run(actor, quote_id, *args, **kwargs), id=uuid_or_none(quote_id))

    return answer


async def after_the_clock(answer: Callable[[], Awaitable[dict[str, Any]]], **which: UUID | None) -> dict[str, Any]:
    """The clock has what is its own first; also when the last minute ended while the answer waited for its turn."""
    await expire_due(**which)
    try:
        return await answer()
    except Overdue:
        await expire_due(**which)
        return await answer()


@verb
async def expire(u: Unit, quote_id: Any) -> dict[str, Any]:
    """The clock's: from the minute of `valid_until`. Raises Refusal `not_yet`, `quote_moved`."""
    row = await access.hold_quote(u, quote_id)
    move = rules.move(
        QuoteStatus(row.status), QuoteVerb.EXPIRE, side=None, awaiting=Side(row.awaiting) if row.awaiting else None,
        author_side=None, valid_until=row.valid_until, now=u.now,
    )
    row.expired_at = u.now
    await save(u, row, move)
    newest = await QuoteVersion.get(quote_id=row.id, version=row.version)
    await say(u, row, newest, events.QuoteExpired)
    return {"id": str(row.id), "status": row.status}


async def overdue() -> list[UUID]:
    """Quotes whose time is up and that nobody wrote down yet, the oldest first."""
    due = Quote.filter(status=QuoteStatus.OPEN, valid_until__lte=clock.now())
    return list(await due.order_by("valid_until").limit(BATCH).values_list("id", flat=True))  # type: ignore[arg-type]  # flat: ids, not rows


async def expire_due(**which: UUID | None) -> None:
    """Let the clock have what is its own before somebody answers."""
    if None in which.values():
        return
    due = await Quote.filter(status=QuoteStatus.OPEN, valid_until__lte=clock.now(), **which).first()
    if due is None:
        return
    try:
        await expire(CLOCK, due.id)
    except Refusal as refusal:
        if refusal.code not in ("quote_moved", "not_yet"):  # somebody was faster
            raise

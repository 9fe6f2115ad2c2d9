"""What is answered: accepted, also late, declined, withdrawn. "What happens when a buyer accepts" is `accept`, below."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hub import events
from hub.actions import orders
from hub.actions.quotes.expiring import answering
from hub.actions.quotes.held import Held, hold, save, say
from hub.errors import Refusal
from hub.ids import new_id, uuid_or_none
from hub.rules.quotes import Move, QuoteStatus, QuoteVerb
from hub.unit import Unit, verb
from models.threads import Participation


@answering
@verb
async def accept(
    u: Unit, quote_id: Any, version: int | None, terms_hash: str | None, helped_by: Any = None
) -> dict[str, Any]:
    """The side awaited says yes to that version and no other; the order opens in the same instant.

    An acceptance that arrives up to 12 h after expiry waits for the other side's `confirm`. Raises Refusal
    `stale_version`, `piece_taken`, `quote_moved`, `quote_expired`, `not_your_turn`, `not_allowed`, `bad_form`.
    """
    held = await hold(u, quote_id, "accept")
    held.needs(version=version, terms_hash=terms_hash)
    await held.answers(version, terms_hash)
    move = await held.moves(QuoteVerb.ACCEPT)
    helper = await _helper(held, helped_by)
    if move.status is QuoteStatus.LATE:
        held.row.helped_by_id = helper  # remembered until the other side lets it count
        return await held.becomes(move, events.QuoteAccepted, late=True, helped_by=_text(helper))
    return await _agreed(held, move, helper, late=False)


@answering
@verb
async def confirm(u: Unit, quote_id: Any) -> dict[str, Any]:
    """The other side lets a late acceptance count; the order opens. Raises Refusal."""
    held = await hold(u, quote_id, "confirm_late")
    return await _agreed(held, await held.moves(QuoteVerb.CONFIRM), held.row.helped_by_id, late=True)


@answering
@verb
async def decline(u: Unit, quote_id: Any, version: int | None = None, reason: str | None = None) -> dict[str, Any]:
    """The side awaited says no. Raises Refusal."""
    held = await hold(u, quote_id, "decline")
    await held.answers(version)
    move = await held.moves(QuoteVerb.DECLINE)
    held.row.reason = reason
    return await held.becomes(move, events.QuoteDeclined, reason=reason)


@answering
@verb
async def withdraw(u: Unit, quote_id: Any, version: int | None = None) -> dict[str, Any]:
    """The side that wrote the newest version takes it back. Raises Refusal."""
    held = await hold(u, quote_id, "withdraw")
    await held.answers(version)
    return await held.becomes(await held.moves(QuoteVerb.WITHDRAW), events.QuoteWithdrawn)


async def _agreed(held: Held, move: Move, helper: UUID | None, *, late: bool) -> dict[str, Any]:
    """The quote is accepted and its order opens, both or neither."""
    assert held.newest
    order, pieces = new_id(), await orders.reserve(held.u, held.newest.terms, held.view)
    await save(held.u, held.row, move)
    side = held.place.side.value if held.place.side else None
    await say(
        held.u, held.row, held.newest, events.QuoteAccepted, side=side, order=str(order), late=late, helped_by=_text(helper)
    )
    await orders.open_for(held.u, order, held.row, held.newest, helper, pieces)
    return await held.view()


async def _helper(held: Held, helped_by: Any) -> UUID | None:
    """The helper of this thread with whose help it was accepted. Raises Refusal `bad_form`."""
    if not helped_by:
        return None
    helper = uuid_or_none(helped_by)
    here = Participation.filter(
        thread_id=held.row.thread_id, person_id=helper, left_at=None, role__in=["mentor", "steward"]
    )
    if helper is None or not await here.exists():
        raise Refusal("bad_form", fields={"helped_by": "not_an_id"})
    return helper


def _text(found: UUID | None) -> str | None:
    return str(found) if found else None

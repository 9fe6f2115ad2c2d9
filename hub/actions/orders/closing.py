"""How an order ends: cancelled, lapsed, or delivered and confirmed, with the money where it belongs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from hub import clock, events, rows
from hub.access import NOBODY
from hub.actions import ledger
from hub.actions.orders.held import Held, all_there, hold, hold_for_clock
from hub.actions.orders.opening import release_pieces
from hub.errors import Refusal
from hub.rules import ledger as money_rules
from hub.rules import orders as rules
from hub.rules.ledger import Kind
from hub.rules.orders import Actor, Cancel, OrderVerb, Stage
from hub.rules.refused import Refused
from hub.unit import Unit, verb
from hub.views import ledger as money_view
from hub.views import orders as view
from models.orders import Order

BATCH = 500  # orders that one round of the clock looks at
LAPSED = "No deposit arrived in time"
_SILENT = """
SELECT o.id FROM orders o WHERE o.stage = 'delivered' AND o.delivered_at <= $1 AND NOT o.disputed AND (
  SELECT bool_and(s.status = 'delivered') FROM shipment s WHERE s.order_id = o.id AND s.status <> 'cancelled'
) ORDER BY o.delivered_at LIMIT $2
"""


@verb
async def cancel(u: Unit, order_id: Any, reason: str | None) -> dict[str, Any]:
    """Cancel, or ask the other side to agree, by the matrix of `hub/rules/orders.py`. Raises Refusal."""
    held = await hold(u, order_id, "cancel")
    await held.moves(OrderVerb.CANCEL)
    row, side = held.row, held.place.side
    async with held.showing():
        answer = rules.may_cancel(
            held.stage, side=side, steward=True, other_agreed=bool(side and row.cancel_asked == side.other),
            promised_by=row.promised_by, today=u.now.date(), reason=reason or "",
        )
    if answer is Cancel.NOW:
        return await _cancelled(held, reason or row.cancel_reason)
    assert side
    if row.cancel_asked == side:
        return await held.view()
    row.cancel_asked, row.cancel_reason = side.value, reason
    return await held.says(events.OrderCancelled, reason=reason, state="asked")


@verb
async def keep(u: Unit, order_id: Any) -> dict[str, Any]:
    """The order goes on: the side that was asked to cancel says no, or the one that asked thinks again.

    Raises Refusal `order_moved` when nobody asked, `not_allowed`.
    """
    held = await hold(u, order_id, "cancel")
    if held.place.side is None:
        raise Refusal("not_allowed")
    await held.moves(OrderVerb.CANCEL)
    async with held.showing():
        if held.row.cancel_asked is None:
            raise Refused("order_moved")
    held.row.cancel_asked = held.row.cancel_reason = None
    return await held.says(events.OrderCancelled, state="kept")


@verb
async def remind(u: Unit, order_id: Any) -> dict[str, Any]:
    """The clock's: no deposit in 48 hours. Once. Raises Refusal `not_yet`, `order_moved`."""
    held = await hold_for_clock(u, order_id)
    row, missing = held.row, view.standing(held.row, held.sums).deposit_missing
    await held.moves(OrderVerb.REMIND, by=Actor.CLOCK)
    rules.check_remind(view.waits_from(row), u.now, missing, reminded=row.reminded_at is not None)
    row.reminded_at = u.now
    lapses = clock.iso(rules.lapses_at(view.waits_from(row)))
    return await held.says(events.OrderReminded, due=money_view.money(missing, row.currency), lapses_at=lapses)


@verb
async def lapse(u: Unit, order_id: Any) -> dict[str, Any]:
    """The clock's: no deposit in 72 hours. Raises Refusal `not_yet`, `order_moved`."""
    held = await hold_for_clock(u, order_id)
    await held.moves(OrderVerb.LAPSE, by=Actor.CLOCK)
    rules.check_lapse(view.waits_from(held.row), u.now, view.standing(held.row, held.sums).deposit_missing)
    return await _cancelled(held, LAPSED)


@verb
async def confirm(u: Unit, order_id: Any) -> dict[str, Any]:
    """The buyer (or the clock, after 14 days) confirms: the artisan, the cooperative and shipping get theirs.

    Raises Refusal `order_moved`, `disputed`, `not_allowed`, `not_yet`, `escrow_short`.
    """
    by_clock = u.actor.person is None
    held = await hold_for_clock(u, order_id) if by_clock else await hold(u, order_id, "confirm")
    by = Actor.CLOCK if by_clock else Actor.BUYER
    stage = await held.moves(OrderVerb.CONFIRM, by=by)
    rules.check_confirm(by, held.row.delivered_at or u.now, u.now, there=await all_there(held.row.id))
    async with held.showing():
        await release(held)
    held.reaches(stage)
    return await held.says(events.OrderCompleted, by_clock=by_clock)


async def deliver(u: Unit, row: Order) -> None:
    """The shipment says that it has arrived; its own checkpoint tells the thread. When it had turned back after a first
    delivery, the buyer's fourteen days begin anew."""
    held = Held(u, row, NOBODY, money_view.NOTHING)
    held.reaches(held.stage if held.stage is Stage.DELIVERED else await held.moves(OrderVerb.DELIVER, by=Actor.SHIPMENT))
    await row.save(using_db=u.connection)


async def release(held: Held) -> None:
    """Everyone gets their share; the escrow is empty afterwards. Raises Refused `escrow_short`."""
    row, sums = held.row, held.sums
    lines = money_rules.transfer_completed(
        row.id, row.artisan_id, view.shares(row, sums), row.currency, escrow=sums.escrow, advanced=sums.advanced
    )
    await ledger.post(held.u, Kind.COMPLETED, f"completed/{row.id}", lines, order=row)


async def refund_all(held: Held) -> None:
    """What the buyer paid goes back, from the loss fund where it was already advanced."""
    row, sums = held.row, held.sums
    if sums.escrow + sums.advanced == 0:
        return
    lines = money_rules.transfer_refund(row.id, row.currency, escrow=sums.escrow, advanced=sums.advanced)
    await ledger.post(held.u, Kind.REFUND, f"refund/{row.id}", lines, order=row)


async def _cancelled(held: Held, reason: str | None) -> dict[str, Any]:
    await refund_all(held)
    await release_pieces(held)
    held.reaches(Stage.CANCELLED)
    row = held.row
    row.cancel_reason, row.cancel_asked, row.ask_until, row.ask_reason, row.ask_pause = reason, None, None, None, None
    return await held.says(events.OrderCancelled, reason=reason)


async def waiting() -> list[UUID]:
    """Orders without their deposit after 48 hours and not yet 72, of which nobody was reminded, the oldest first."""
    now = clock.now()
    early, lapsed = now - rules.REMIND_AFTER, now - rules.LAPSE_AFTER
    waits = Q(waits_from__lte=early, waits_from__gt=lapsed) | Q(waits_from=None, opened_at__lte=early, opened_at__gt=lapsed)
    found = Order.filter(waits, stage=Stage.OPENED.value, reminded_at=None)
    return list(await found.order_by("opened_at").limit(BATCH).values_list("id", flat=True))  # type: ignore[arg-type]  # flat: ids, not rows


async def lapsing() -> list[UUID]:
    """Orders that have waited more than 72 hours for their deposit, the oldest first."""
    since = clock.now() - rules.LAPSE_AFTER
    found = Order.filter(Q(waits_from__lte=since) | Q(waits_from=None, opened_at__lte=since), stage=Stage.OPENED.value)
    found = found.order_by("opened_at").limit(BATCH)
    return list(await found.values_list("id", flat=True))  # type: ignore[arg-type]  # flat: ids, not rows


async def silent() -> list[UUID]:
    """Orders delivered more than 14 days ago that no buyer confirmed or disputed, the oldest first.

    Those whose parcel has turned back since are the stewards'.
    """
    since = clock.now() - rules.COMPLETE_AFTER
    return [order for [order] in await rows.fetch(_SILENT, since, BATCH)]

"""A payment that was recorded by mistake is undone: by its opposite, in sight of both sides."""

from __future__ import annotations

from typing import Any

from hub import events
from hub.actions import ledger, providers
from hub.actions.orders.held import Held, hold
from hub.errors import Refusal
from hub.ids import uuid_or_none
from hub.rules import promises
from hub.rules.ledger import Kind
from hub.rules.orders import Actor, OrderVerb
from hub.rules.payments import Purse, Recorded, undoing
from hub.unit import Unit, verb
from hub.views import ledger as money_view
from hub.views import orders as view
from hub.views import payouts
from hub.views.ledger import money
from models.ledger import Payment, Refund, Transfer
from models.orders import Progress


@verb
async def undo_payment(u: Unit, order_id: Any, payment_id: Any, reason: str | None) -> dict[str, Any]:
    """A steward takes back what was written down by mistake. An order that it alone had begun waits for its deposit again.

    Raises Refusal `not_found`, `not_allowed`, and those of `undoing` in `hub/rules/payments.py`.
    """
    held = await hold(u, order_id, "undo_payment")
    found = uuid_or_none(payment_id)
    payment = await Payment.get_or_none(id=found, order_id=held.row.id) if found else None
    if payment is None:
        raise Refusal("not_found")
    await ledger.one_at_a_time(u)
    async with held.showing():
        waits_again = undoing(
            held.stage, await _recorded(held, payment), await _money(held), begun=await _begun(held), disputed=held.row.disputed,
            reason=reason or "",
        )
    if waits_again:
        await _wait_again(held)
    await ledger.undo(u, payment.transfer_id, order=held.row, note=reason)
    return await _told(held, payment, str(reason))


async def _recorded(held: Held, payment: Payment) -> Recorded:
    return Recorded(
        payment.amount, by_hand=providers.of_method(payment.method) == providers.MANUAL.name,
        undone=bool(await ledger.undone(held.u, [payment.transfer_id])),
        given_back=await Refund.filter(payment_id=payment.id).using_db(held.u.connection).exists(),
    )


async def _money(held: Held) -> Purse:
    row, sums = held.row, held.sums
    owed = await payouts.owed_to(row.artisan_id, row.currency)
    return Purse(sums.received, sums.escrow, sums.advanced, owed, row.deposit, row.total)


async def _begun(held: Held) -> bool:
    """Has anybody done anything since the deposit came: shown a step, asked for time or to cancel, agreed to another day?"""
    row = held.row
    since = row.making_at.date() if row.making_at else None
    moved = since is None or row.promised_by != promises.promised_by(since, row.terms["making_days"])
    asked = row.ask_until or row.cancel_asked or row.pause or row.finished or row.inspection
    return bool(asked) or moved or await Progress.filter(order_id=row.id).using_db(held.u.connection).exists()


async def _wait_again(held: Held) -> None:
    """As it was before the deposit: the advance goes back, no day is promised, and the buyer has the whole time to pay anew."""
    row, u = held.row, held.u
    advances = await Transfer.filter(order_id=row.id, kind=Kind.ADVANCE.value).using_db(u.connection)
    gone = await ledger.undone(u, [one.id for one in advances])
    for advance in advances:
        if advance.id not in gone:
            await ledger.undo(u, advance.id, order=row)
    row.stage = (await held.moves(OrderVerb.UNDO_DEPOSIT, by=Actor.LEDGER)).value
    row.waits_from, row.reminded_at, row.making_at, row.promised_by = u.now, None, None, None


async def _told(held: Held, payment: Payment, reason: str) -> dict[str, Any]:
    row = held.row
    held.sums = (await money_view.sums([row.id]))[row.id]
    u, due = held.u, view.standing(row, held.sums).due
    u.hint([str(row.artisan_id)], "money")
    return await held.says(
        events.OrderUnpaid, amount=money(payment.amount, row.currency), paid=money(held.sums.paid, row.currency),
        due=money(due, row.currency), reason=reason,
    )

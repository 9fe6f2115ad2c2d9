"""Something is wrong with the piece: a dispute blocks the release of the money until a steward resolves it."""

from __future__ import annotations

from typing import Any

from hub import events
from hub.actions import ledger
from hub.actions.orders.closing import refund_all, release
from hub.actions.orders.held import Held, hold, tell
from hub.actions.orders.opening import release_pieces
from hub.rules import ledger as money_rules
from hub.rules import orders as rules
from hub.rules.ledger import Kind
from hub.rules.orders import OrderVerb, Outcome, Stage
from hub.unit import Unit, verb
from hub.views import ledger as money_view
from hub.views.ledger import money
from models.orders import Dispute


@verb
async def dispute(u: Unit, order_id: Any, reason: str | None, media: list[str]) -> dict[str, Any]:
    """The buyer says what is wrong. Raises Refusal `order_moved`, `disputed`, `dispute_too_late`, `reason_needed` ..."""
    held = await hold(u, order_id, "dispute")
    await held.moves(OrderVerb.DISPUTE)
    async with held.showing():
        rules.check_dispute(held.stage, completed_at=held.row.completed_at, now=u.now, reason=reason or "")
    await held.show(media)
    await Dispute.create(order_id=held.row.id, reason=reason, media=media, at=u.now, using_db=u.connection)
    held.row.disputed = True
    return await held.says(events.OrderDisputed, reason=str(reason), media=media)


@verb
async def bear(u: Unit, order_id: Any, amount: int) -> dict[str, Any]:
    """The artisan agrees that up to `amount` of what goes back, once they have been paid, comes from their next payout.

    It may be taken back, with nothing, until the dispute is resolved. Raises Refusal `not_disputed`, `bad_amount`, `not_allowed`.
    """
    held = await hold(u, order_id, "bear")
    brought = await money_view.brought(held.row)
    async with held.showing():
        money_rules.check_bearing(amount, brought=brought, disputed=held.row.disputed, released=held.stage is Stage.COMPLETED)
    await Dispute.filter(order_id=held.row.id, resolved_at=None).using_db(u.connection).update(bears=amount)
    await tell(u, held.row)
    return await held.view()


@verb
async def resolve(u: Unit, order_id: Any, outcome: Outcome, amount: int | None, note: str | None) -> dict[str, Any]:
    """A steward settles it: release, partial refund, or refund on return; `amount` in minor units.

    Raises Refusal `not_disputed`, `bad_amount`, `escrow_short` (more than the escrow still holds), `not_allowed`.
    """
    held = await hold(u, order_id, "resolve")
    await held.moves(OrderVerb.RESOLVE)
    before = held.stage
    async with held.showing():
        price = held.sums.paid if before is Stage.COMPLETED else held.row.total - held.sums.refunded
        back = rules.check_resolution(outcome, amount=amount, paid=held.sums.paid, price=price)
        stage = rules.after_resolution(before, outcome)
        await _settle(held, outcome, back, stage)
    if stage is not before:
        held.reaches(stage)
    held.row.disputed = False
    await Dispute.filter(order_id=held.row.id, resolved_at=None).using_db(u.connection).update(
        outcome=outcome.value, amount=back, note=note, resolved_by_id=u.person.id, resolved_at=u.now
    )
    refunded = money(back, held.row.currency) if back else None
    return await held.says(events.OrderResolved, outcome=outcome.value, amount=refunded, note=note)


async def _settle(held: Held, outcome: Outcome, back: int, stage: Stage) -> None:
    """The postings of a resolution. Raises Refused `escrow_short`, `bad_amount`."""
    row = held.row
    if held.stage is Stage.COMPLETED:
        await _after_release(held, back)
    elif outcome is Outcome.REFUND:
        await refund_all(held)
        await release_pieces(held)
    else:
        if back:
            lines = money_rules.transfer_partial_refund(row.id, back, row.currency, escrow=held.sums.escrow)
            await _post(held, Kind.PARTIAL_REFUND, lines)
            held.sums = (await money_view.sums([row.id]))[row.id]
        if stage is Stage.COMPLETED:
            await release(held)


async def _after_release(held: Held, back: int) -> None:
    """From the next payout what the artisan agreed to bear, the rest from the loss fund."""
    row, dispute = held.row, await Dispute.filter(order_id=held.row.id, resolved_at=None).order_by("-id").first()
    borne = min(back, (dispute.bears if dispute else 0) or 0)
    if borne:
        lines = money_rules.transfer_refund_from_payout(row.artisan_id, borne, row.currency, consent=True)
        await _post(held, Kind.REFUND_FROM_PAYOUT, lines)
    if back > borne:
        await _post(held, Kind.REFUND_FROM_LOSS_FUND, money_rules.transfer_refund_from_loss_fund(back - borne, row.currency))


async def _post(held: Held, kind: Kind, lines: list[money_rules.Posting]) -> None:
    """An order may be disputed more than once: the dispute's number is part of the key."""
    number = await Dispute.filter(order_id=held.row.id).count()
    await ledger.post(held.u, kind, f"{kind}/{held.row.id}/{number}", lines, order=held.row)

"""Money on its way back to a buyer: asked of its provider, confirmed, or failed and given back by hand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hub import access
from hub.actions import ledger, providers
from hub.actions.providers import Given, Returned
from hub.errors import Refusal
from hub.ids import uuid_or_none
from hub.rules import ledger as money_rules
from hub.rules.ledger import Kind
from hub.rules.payments import RefundState, next_refund_state
from hub.rules.people import may
from hub.unit import Actor, Unit, verb
from hub.views.refunds import by_hand, shown
from models.ledger import Refund
from models.orders import Order

BATCH = 200  # refunds that one round of the clock asks for
REFERENCE = 100  # characters


async def waiting() -> list[UUID]:
    """Refunds whose provider has not been asked yet, the oldest first."""
    found = Refund.filter(state=RefundState.WAITING.value).exclude(provider=providers.MANUAL.name).order_by("begun_at").limit(BATCH)
    return list(await found.values_list("id", flat=True))  # type: ignore[arg-type]  # flat: ids, not rows


async def give_back(actor: Actor, refund_id: Any) -> dict[str, Any]:
    """Ask the provider that took the money, outside of any transaction: its id for a refund makes a repeated one harmless.

    Raises Refusal `unavailable`, for another try.
    """
    row = await Refund.filter(id=uuid_or_none(refund_id)).select_related("payment").first()
    if row is None or row.state != RefundState.WAITING or row.payment is None:
        return {"asked": False}
    try:
        provider = providers.named(row.provider)
    except Refusal:
        return {"asked": False}  # no key is set any more: a steward gives it back by hand
    given = await provider.refund(str(row.id), row.payment.reference, row.amount, row.currency)
    return await _told(actor, row.id, given) if given else {"asked": False}


async def heard(actor: Actor, told: Returned) -> dict[str, Any]:
    """The provider says how one of our refunds stands; others' are not ours to follow."""
    found = uuid_or_none(told.refund)
    if found is None or not await Refund.exists(id=found):
        return {"posted": False}
    return await _told(actor, found, Given(told.reference, told.state, told.reason))


@verb
async def _told(u: Unit, refund_id: UUID, given: Given) -> dict[str, Any]:
    row, order = await _held(u, refund_id)
    if row.provider == providers.MANUAL.name:
        return {"posted": False}  # a steward has given it back by hand meanwhile
    state = next_refund_state(RefundState(row.state), given.state)
    if state is None:
        return {"posted": False}
    row.reference = given.reference or row.reference
    if state is RefundState.CONFIRMED:
        await _confirmed(u, row, order, f"refund_confirmed/{row.id}")
    elif state is RefundState.FAILED:
        await _failed(u, row, order, given.reason)
    else:
        row.state = state.value
    await row.save(using_db=u.connection)
    await _tell(u, order)
    return {"posted": True}


@verb
async def confirm(u: Unit, refund_id: Any, reference: str) -> dict[str, Any]:
    """A steward has given it back by hand, and says by which reference. The same tap again does nothing.

    Raises Refusal `not_allowed`, `not_found`, `refund_ended`.
    """
    if not may("end_refund", u.person.roles):
        raise Refusal("not_allowed")
    row, order = await _held(u, uuid_or_none(refund_id))
    if row.state == RefundState.CONFIRMED and row.reference == reference:
        return shown(row)
    if not by_hand(row):
        raise Refusal("refund_ended", current=shown(row))
    row.reference, row.ended_by_id, row.provider = reference, u.person.id, providers.MANUAL.name
    await _confirmed(u, row, order, f"refund_confirmed/{row.id}/by_hand")
    await row.save(using_db=u.connection)
    await _tell(u, order)
    return shown(row)


async def _held(u: Unit, refund_id: UUID | None) -> tuple[Refund, Order]:
    found = await Refund.get_or_none(id=refund_id) if refund_id else None
    if found is None:
        raise Refusal("not_found")
    order = await access.hold_order(u, found.order_id)
    return await Refund.get(id=found.id, using_db=u.connection), order


async def _confirmed(u: Unit, row: Refund, order: Order, key: str) -> None:
    lines = money_rules.transfer_refund_confirmed(row.amount, row.currency)
    row.confirmed_id = await ledger.post(u, Kind.REFUND_CONFIRMED, key, lines, order=order)
    row.state, row.ended_at = RefundState.CONFIRMED.value, u.now


async def _failed(u: Unit, row: Refund, order: Order, reason: str | None) -> None:
    """In flight again if it was believed to be there; from here on a steward gives it back."""
    if row.confirmed_id:
        await ledger.undo(u, row.confirmed_id, order=order, note=reason)
    row.state, row.reason, row.confirmed_id, row.ended_at = RefundState.FAILED.value, reason, None, None


async def _tell(u: Unit, order: Order) -> None:
    u.hint({*await access.stewards(), *await access.people_of(order.thread_id)}, f"order:{order.id}")
    u.hint(await access.stewards(), "money")

"""Money arrives for an order: escrowed in full, and making starts once the deposit is there."""

from __future__ import annotations

from typing import Any

from hub import events
from hub.actions import ledger
from hub.actions.orders.held import Held, hold, promise
from hub.actions.orders.opening import start_making
from hub.config import config
from hub.errors import Refusal
from hub.ids import new_id
from hub.rules import ledger as rules
from hub.rules.ledger import Kind
from hub.rules.orders import Stage
from hub.rules.refused import Refused
from hub.unit import Unit, verb
from hub.views import ledger as money_view
from hub.views import orders as view
from hub.views.ledger import money
from models.ledger import Payment

LARGEST = 10**12  # minor units


@verb
async def pay(u: Unit, order_id: Any, amount: int, currency: str, reference: str, method: str) -> dict[str, Any]:
    """A steward records money that arrived: `amount` in minor units of the order's currency.

    Too little keeps waiting, and `money.due` says how much is missing; too much is escrowed. A reference counts once per
    method. Raises Refusal `reference_used`, `bad_amount`, `mixed_currencies`, `order_moved`, `not_allowed`.
    """
    held = await hold(u, order_id, "record_payment")
    row = held.row
    async with held.showing():
        if held.stage in view.ENDED:
            raise Refused("order_moved")
        if currency != row.currency:
            raise Refused("mixed_currencies", {"currency": "unknown_currency"})
        if not 0 < amount < LARGEST:
            raise Refused("bad_amount", {"amount": "too_small" if amount <= 0 else "too_large"})
    await _receive(held, amount, reference, method)
    advance = await _begin(held)
    standing = view.standing(row, held.sums)
    return await held.says(
        events.OrderPaid, amount=money(amount, currency), paid=money(held.sums.paid, currency), due=money(standing.due, currency),
        promised_by=promise(row), advance=money(advance, currency) if advance else None,
    )


async def _receive(held: Held, amount: int, reference: str, method: str) -> None:
    """Into escrow, once for its reference, in capitals or not. Raises Refusal `reference_used`."""
    u, row = held.u, held.row
    lines = rules.transfer_received(row.id, amount, row.currency)
    once = reference.encode().lower().decode()  # bytes: only ASCII, so that it grows no longer than the key may be
    transfer = await ledger.post(u, Kind.RECEIVED, f"payment/{method}/{once}", lines, order=row)
    if transfer is None:
        raise Refusal("reference_used", fields={"reference": "reference_used"}, current=await held.view())
    await Payment.create(
        id=new_id(), order_id=row.id, transfer_id=transfer, method=method, reference=reference, amount=amount, currency=row.currency,
        by_id=u.person.id, at=u.now, using_db=u.connection,
    )
    held.sums = (await money_view.sums([row.id]))[row.id]


async def _begin(held: Held) -> int:
    """Making starts when the deposit is full, with an advance for wool; what was advanced, in minor units."""
    row = held.row
    if held.stage is not Stage.OPENED or view.standing(row, held.sums).deposit_missing:
        return 0
    await start_making(held)
    advance = rules.wool_advance(row.artisan_share, held.sums.escrow, config().advance_percent)
    if advance:
        lines = rules.transfer_advance(row.id, row.artisan_id, advance, row.currency, escrow=held.sums.escrow)
        await ledger.post(held.u, Kind.ADVANCE, f"advance/{row.id}", lines, order=row)
    return advance

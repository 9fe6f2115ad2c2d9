"""Money arrives for an order: escrowed in full, and making starts once the deposit is there."""

from __future__ import annotations

from itertools import count
from typing import Any

from hub import access, clock, events
from hub.actions import ledger, providers
from hub.actions.orders.held import Held, hold, hold_for_clock, promise, tell
from hub.actions.orders.opening import start_making
from hub.actions.providers import Arrived, Bill
from hub.config import config
from hub.errors import Refusal
from hub.ids import new_id, uuid_or_none
from hub.rules import ledger as rules
from hub.rules import payments as rules_of_payments
from hub.rules.ledger import Kind
from hub.rules.orders import Stage
from hub.rules.payments import LARGEST, METHODS, Verdict
from hub.rules.refused import Refused
from hub.unit import Unit, verb
from hub.views import ledger as money_view
from hub.views import orders as view
from hub.views.ledger import money
from models.ledger import Payment, ProviderEvent, Transfer
from models.orders import Order
from models.people import Person


@verb
async def pay(u: Unit, order_id: Any, amount: int, currency: str, reference: str, method: str) -> dict[str, Any]:
    """A steward records money that arrived: `amount` in minor units of the order's currency.

    Too little keeps waiting, and `money.due` says how much is missing; too much is escrowed. A reference counts once, by
    whichever of the METHODS it came. Raises Refusal `reference_used`, `bad_form`, `bad_amount`, `mixed_currencies`,
    `order_moved`, `not_allowed`.
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
    await _record(held, amount, reference, method)
    return await _came(held, amount)


async def check_out(person: Person, order_id: Any) -> dict[str, Any]:
    """A page of the provider's on which the buyer pays what is due now: the deposit, then the balance. Nothing is written:
    money counts when the provider says that it has arrived.

    Raises Refusal `not_found`, `not_allowed`, `nothing_due`, `no_checkout`, `unavailable`.
    """
    row, place = await access.order(person, order_id)
    place.need("check_out")
    sums = (await money_view.sums([row.id]))[row.id]
    due = 0 if row.stage in view.ENDED else view.standing(row, sums).due
    if due <= 0:
        raise Refusal("nothing_due")
    bill = Bill(
        order=str(row.id), title=row.title, amount=due, currency=row.currency, locale=person.locale,
        back=f"{config().base}/orders/{row.id}", key=f"{row.id}/{sums.received}/{due}/{clock.now():%Y-%m-%d}/{person.locale}",
    )
    page = await (providers.by_card() or providers.MANUAL).check_out(bill)
    return {"url": page.url, "money": money(due, row.currency)}


@verb
async def arrived(u: Unit, provider: str, told: Arrived) -> dict[str, Any]:
    """A provider says that money has arrived: each of its events once, each payment once.

    What can't be posted (`hub/rules/payments.py`) is kept for a steward; what comes after the order's end goes straight back.
    """
    fresh = await u.connection.execute_query_dict(
        "INSERT INTO provider_event (id, provider, event, verdict, named, reference, amount, currency, at)"
        " VALUES ($1, $2, $3, '', $4, $5, $6, $7, $8) ON CONFLICT (provider, event) DO NOTHING RETURNING id",
        [new_id(), provider, told.event, told.order, told.reference, _storable(told.amount), told.currency, u.now],
    )
    if not fresh:
        return {"posted": False, "verdict": "replayed"}
    found = uuid_or_none(told.order)
    held = await hold_for_clock(u, found) if found and await Order.exists(id=found) else None
    verdict = rules_of_payments.verdict(
        order_currency=held.row.currency if held else None, ended=bool(held and held.stage in view.ENDED),
        known=await Payment.filter(method=provider, reference=told.reference).using_db(u.connection).exists(),
        amount=told.amount, currency=told.currency,
    )
    settled = None if verdict in rules_of_payments.UNPOSTED else u.now
    await ProviderEvent.filter(id=fresh[0]["id"]).using_db(u.connection).update(
        verdict=verdict.value, order_id=held.row.id if held else None, settled_at=settled
    )
    u.hint(await access.stewards(), "money")
    if held and verdict in (Verdict.POSTED, Verdict.RETURNED):
        await _receive(held, told.amount, told.reference, provider, f"payment/{provider}/{told.event}")
        await (_came(held, told.amount) if verdict is Verdict.POSTED else _return(held, told.amount, told.event))
    return {"posted": settled is not None and verdict is not Verdict.KNOWN, "verdict": verdict.value}


def _storable(amount: int) -> int:
    return amount if abs(amount) < 2**63 else 0


async def _return(held: Held, amount: int, event: str) -> None:
    """Into the escrow of an order that has ended, and straight out again."""
    lines = rules.transfer_partial_refund(held.row.id, amount, held.row.currency, escrow=amount)
    await ledger.post(held.u, Kind.PARTIAL_REFUND, f"returned/{event}", lines, order=held.row)
    await tell(held.u, held.row)


async def _came(held: Held, amount: int) -> dict[str, Any]:
    """The thread hears of it, and making starts if the deposit is full."""
    row, currency = held.row, held.row.currency
    advance = await _begin(held)
    standing = view.standing(row, held.sums)
    return await held.says(
        events.OrderPaid, amount=money(amount, currency), paid=money(held.sums.paid, currency), due=money(standing.due, currency),
        promised_by=promise(row), advance=money(advance, currency) if advance else None,
    )


async def _record(held: Held, amount: int, reference: str, method: str) -> None:
    """What a steward writes down: once for its reference, in capitals or not. Raises Refusal `reference_used`."""
    once = reference.encode().lower().decode()  # bytes: only ASCII, so that it grows no longer than the key may be
    if method not in METHODS:
        raise Refusal("bad_form", fields={"method": "unknown"})  # a provider's money is told of by it alone
    take = await _take(held, once)
    if take is None or not await _receive(held, amount, reference, method, _key(providers.MANUAL.name, once, take), take):
        raise Refusal("reference_used", fields={"reference": "reference_used"}, current=await held.view())


async def _take(held: Held, once: str) -> int | None:
    """How often payments of this reference were undone: it counts anew then, on whichever order it belongs to. None while
    one stands. Earlier keys were each method's own, and count as well."""
    for take in count():
        keys = [_key(way, once, take) for way in (providers.MANUAL.name, *METHODS)]
        found = await Transfer.filter(key__in=keys).using_db(held.u.connection).values_list("id", flat=True)
        if not found:
            return take
        if len(await ledger.undone(held.u, found)) < len(found):
            return None
    raise AssertionError("unreachable")


def _key(way: str, once: str, take: int) -> str:
    return f"{take}/payment/{way}/{once}" if take else f"payment/{way}/{once}"


async def _receive(held: Held, amount: int, reference: str, method: str, key: str, take: int = 0) -> bool:
    """Into escrow, once for its key."""
    u, row = held.u, held.row
    lines = rules.transfer_received(row.id, amount, row.currency)
    transfer = await ledger.post(u, Kind.RECEIVED, key, lines, order=row)
    if transfer is None:
        return False
    await Payment.create(
        id=new_id(), order_id=row.id, transfer_id=transfer, method=method, reference=reference, take=take, amount=amount,
        currency=row.currency, by_id=u.actor.person.id if u.actor.person else None, at=u.now, using_db=u.connection,
    )
    held.sums = (await money_view.sums([row.id]))[row.id]
    return True


async def _begin(held: Held) -> int:
    """Making starts when the deposit is full, with an advance for wool; what was advanced, in minor units."""
    row = held.row
    if held.stage is not Stage.OPENED or view.standing(row, held.sums).deposit_missing:
        return 0
    await start_making(held)
    advance = rules.wool_advance(row.artisan_share, held.sums.escrow, config().advance_percent)
    if advance:
        lines = rules.transfer_advance(row.id, row.artisan_id, advance, row.currency, escrow=held.sums.escrow)
        await ledger.post(held.u, Kind.ADVANCE, await _advance_key(held), lines, order=row)
    return advance


async def _advance_key(held: Held) -> str:
    """One for each time that the making starts: it starts again after the deposit that began it was undone."""
    before = await Transfer.filter(order_id=held.row.id, kind=Kind.ADVANCE.value).using_db(held.u.connection).count()
    return f"advance/{held.row.id}/{before + 1}" if before else f"advance/{held.row.id}"

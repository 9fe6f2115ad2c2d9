"""What happens to money: transfers are added, never changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from hub import access, clock, jobs
from hub.actions import providers
from hub.errors import Refusal
from hub.ids import new_id, uuid_or_none
from hub.rules import ledger as rules
from hub.rules.ledger import Kind
from hub.rules.money import EXPONENTS, check_rate
from hub.rules.payments import Came, RefundState, ways_back
from hub.rules.people import may
from hub.unit import Unit, verb
from models.ledger import Payment, Posting, ProviderEvent, Rate, Refund, Transfer
from models.orders import Order


async def post(
    u: Unit, kind: Kind, key: str, postings: Sequence[rules.Posting], *, order: Order | None = None, occurred_at: datetime | None = None,
    undoes: Any = None, note: str | None = None,
) -> Any:
    """Write one transfer; its id, or None when `key` happened before (it then stays as it was).

    What it puts in flight to a buyer is followed from here on: a `refund` for each payment that gives back.
    """
    assert rules.balanced(postings), f"{kind} {key} does not balance"
    by = u.actor.person.id if u.actor.person else None
    fresh = await u.connection.execute_query_dict(
        "INSERT INTO transfer (id, key, kind, order_id, lines, by_id, occurred_at, undoes_id, note)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " ON CONFLICT (key) DO NOTHING RETURNING id",
        [new_id(), key, kind.value, order.id if order else None, len(postings), by, occurred_at or u.now, undoes, note],
    )
    if not fresh:
        return None
    transfer_id = fresh[0]["id"]
    await Posting.bulk_create(
        [Posting(transfer_id=transfer_id, account=line.account, amount=line.amount, currency=line.currency) for line in postings],
        using_db=u.connection,
    )
    if order and kind is not Kind.REVERSAL:
        back = sum(line.amount for line in postings if line.account == rules.REFUND_IN_FLIGHT)
        await _give_back(u, order, transfer_id, back)
    return transfer_id


async def post_all(u: Unit, kind: Kind, posted: Mapping[str, Sequence[rules.Posting]]) -> dict[str, Any]:
    """Write transfers of no order that never happened before, by their keys; their ids by the same."""
    assert all(map(rules.balanced, posted.values())), f"{kind} does not balance"
    by = u.actor.person.id if u.actor.person else None
    made = {key: new_id() for key in posted}
    await Transfer.bulk_create(
        [Transfer(id=made[key], key=key, kind=kind.value, lines=len(lines), by_id=by, occurred_at=u.now) for key, lines in posted.items()],
        using_db=u.connection,
    )
    await Posting.bulk_create(
        [Posting(transfer_id=made[key], account=line.account, amount=line.amount, currency=line.currency)
         for key, lines in posted.items() for line in lines],
        using_db=u.connection,
    )  # fmt: skip
    return made


async def undo(u: Unit, transfer_id: Any, *, order: Order | None = None, note: str | None = None) -> Any:
    """Write the opposite of a transfer, which it names; its id, or None when that was undone before."""
    posted = await Posting.filter(transfer_id=transfer_id).using_db(u.connection).order_by("id")
    lines = rules.transfer_reversal([rules.Posting(line.account, line.amount, line.currency) for line in posted])
    return await post(u, Kind.REVERSAL, f"undone/{transfer_id}", lines, order=order, undoes=transfer_id, note=note)


async def undone(u: Unit, transfers: Collection[Any]) -> set[Any]:
    """Those of them that a later one undoes."""
    found = Transfer.filter(undoes_id__in=list(transfers)).using_db(u.connection)
    return set(await found.values_list("undoes_id", flat=True))


async def one_at_a_time(u: Unit) -> None:
    """Until commit: whoever sends, changes or takes back what artisans are owed sees what the one before has left of it.

    A refund from the next payout does not wait here: it may leave an artisan owing, and the next payout is smaller by it.
    """
    await u.connection.execute_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", ["payouts"])


async def _give_back(u: Unit, order: Order, transfer_id: Any, amount: int) -> None:
    """Along the payments by which it came, the newest first; those recorded by mistake brought nothing."""
    if amount <= 0:
        return
    payments = await Payment.filter(order_id=order.id).using_db(u.connection).order_by("at", "id")
    mistaken = await undone(u, [payment.transfer_id for payment in payments])
    payments = [payment for payment in payments if payment.transfer_id not in mistaken]
    gone = await Refund.filter(order_id=order.id).using_db(u.connection).values_list("payment_id", "amount")
    came = [Came(payment, payment.amount - sum(part for to, part in gone if to == payment.id)) for payment in payments]
    for payment, part in ways_back(amount, came):
        provider = providers.of_method(payment.method) if payment else providers.MANUAL.name
        row = await Refund.create(
            id=new_id(), order_id=order.id, transfer_id=transfer_id, payment_id=payment.id if payment else None, provider=provider,
            amount=part, currency=order.currency, state=RefundState.WAITING.value, begun_at=u.now, using_db=u.connection,
        )
        if provider != providers.MANUAL.name:
            u.later(jobs.GIVE_BACK, refund=str(row.id))


@verb
async def set_rate(u: Unit, currency: Any, rate: str, *, sure: bool) -> dict[str, Any]:
    """A steward says what one whole unit of `currency` is worth in dirhams; it counts for versions from now on.

    Raises Refusal `not_allowed`, `bad_form`, `bad_rate`, `rate_far`.
    """
    if not may("see_ledger", u.person.roles):
        raise Refusal("not_allowed")
    code = str(currency or "").strip().upper()
    if code not in EXPONENTS or code == "MAD":
        raise Refusal("bad_form", fields={"currency": "unknown_currency"})
    dirhams = check_rate(rate, await kept_rate(code), sure=sure)
    await Rate.create(currency=code, dirhams=dirhams, by_id=u.person.id, at=u.now, using_db=u.connection)
    u.hint(await access.stewards(), "money")
    return {"currency": code, "rate": str(dirhams), "at": clock.iso(u.now)}


async def kept_rate(currency: str) -> Decimal | None:
    """What a rate is compared with."""
    found = await Rate.filter(currency=currency).order_by("-at", "-id").first()
    return Decimal(found.dirhams) if found else None


@verb
async def pay_shipping(u: Unit, currency: str, amount: int, reference: str) -> dict[str, Any]:
    """A carrier's invoice was paid, from what orders set aside for shipping. Raises Refusal `reference_used`, `not_allowed` ..."""
    return await _bill(u, Kind.SHIPPING_PAID, rules.transfer_shipping_paid(amount, currency), reference)


@verb
async def record_fee(u: Unit, currency: str, amount: int, reference: str) -> dict[str, Any]:
    """What a bank or a provider kept for its work: the cooperative bears it. Raises Refusal as above."""
    return await _bill(u, Kind.FEE, rules.transfer_fee(amount, currency), reference)


async def _bill(u: Unit, kind: Kind, lines: list[rules.Posting], reference: str) -> dict[str, Any]:
    """Once for its reference, in capitals or not."""
    if not may("pay_out", u.person.roles):
        raise Refusal("not_allowed")
    if await post(u, kind, f"{kind}/{reference.lower()}", lines, note=reference) is None:
        raise Refusal("reference_used", fields={"reference": "reference_used"})
    u.hint(await access.stewards(), "money")
    return {"kind": kind.value, "reference": reference}


@verb
async def settle(u: Unit, event_id: Any, note: str) -> dict[str, Any]:
    """A steward has dealt with money that a provider holds and that fits no order; `note` says how. The same again does nothing.

    Raises Refusal `not_allowed`, `not_found`, `event_settled`.
    """
    if not may("see_ledger", u.person.roles):
        raise Refusal("not_allowed")
    found = uuid_or_none(event_id)
    row = await ProviderEvent.filter(id=found).using_db(u.connection).select_for_update().first() if found else None
    if row is None:
        raise Refusal("not_found")
    if row.settled_at and row.note != note:
        raise Refusal("event_settled")
    if not row.settled_at:
        row.settled_at, row.settled_by_id, row.note = u.now, u.person.id, note
        await row.save(using_db=u.connection, update_fields=["settled_at", "settled_by_id", "note"])
    u.hint(await access.stewards(), "money")
    return {"id": str(row.id), "settled": True}

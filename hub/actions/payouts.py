"""Money on its way to artisans: where each is paid, batches for a bank or a post office, and what became of each line."""

from __future__ import annotations

from typing import Any

from hub import access
from hub.actions import ledger
from hub.config import config
from hub.errors import Refusal, showing
from hub.ids import new_id, uuid_or_none
from hub.rules import ledger as money_rules
from hub.rules import payouts as rules
from hub.rules.ledger import Kind
from hub.rules.money import EXPONENTS, Money, check_rate
from hub.rules.payouts import PayoutState
from hub.rules.people import Role, may
from hub.unit import Unit, verb
from hub.views import payouts as view
from hub.views import rates
from models.ledger import Destination, Payout, PayoutBatch
from models.people import Person

KINDS = {
    PayoutState.CONFIRMED: Kind.PAYOUT_CONFIRMED, PayoutState.BOUNCED: Kind.PAYOUT_BOUNCED, PayoutState.RETURNED: Kind.PAYOUT_RETURNED,
}  # fmt: skip
MOST_LINES = 1_000  # of one batch; those who are owed most come first


@verb
async def set_destination(u: Unit, person_id: Any, way: str | None, name: str, account: str) -> dict[str, Any]:
    """Where an artisan is paid from now on, by themselves or by a steward for them. What was before stays on record.

    Raises Refusal `not_found`, `not_allowed`, `bad_destination`.
    """
    found = uuid_or_none(person_id)
    own = found == u.person.id
    if not may("see_own_money" if own else "set_destination", u.person.roles):
        raise Refusal("not_allowed")
    artisan = u.person if own else await Person.get_or_none(id=found) if found else None
    if artisan is None or Role.ARTISAN not in artisan.roles:
        raise Refusal("not_found")
    kind, number = rules.check_destination(way, name, account)
    row = await Destination.create(
        person_id=artisan.id, way=kind.value, name=name, account=number, by_id=u.person.id, at=u.now, using_db=u.connection
    )
    u.hint({str(artisan.id), *await access.stewards()}, "money")
    return view.destination(row)


@verb
async def prepare(u: Unit, currency: str, minimum: int | None) -> dict[str, Any]:
    """A batch of what artisans are owed in this currency, at least `minimum` minor units each (None: the house's, which
    is in dirhams): all of it, for everyone who has said where to be paid. A second batch at the same time waits, and finds nothing left.

    Raises Refusal `not_allowed`, `bad_form`, `nothing_owed`.
    """
    _need(u)
    if currency not in EXPONENTS:
        raise Refusal("bad_form", fields={"currency": "unknown_currency"})
    await ledger.one_at_a_time(u)
    least = await rates.of_dirhams(config().payout_minimum, currency) if minimum is None else minimum
    ready = await view.ready(currency, max(1, least), MOST_LINES)
    if not ready:
        raise Refusal("nothing_owed")
    batch = await PayoutBatch.create(id=new_id(), currency=currency, by_id=u.person.id, at=u.now, using_db=u.connection)
    await _send(u, batch, ready)
    u.hint({*(str(place.person_id) for place, _ in ready), *await access.stewards()}, "money")
    return await view.batch(batch)


async def _send(u: Unit, batch: PayoutBatch, ready: list[tuple[Destination, int]]) -> None:
    """All lines at once: nobody else's payouts move meanwhile."""
    numbers = await u.connection.execute_query_dict("SELECT nextval('payout_number') AS n FROM generate_series(1, $1::int)", [len(ready)])
    lines = [
        Payout(
            id=new_id(), batch_id=batch.id, person_id=place.person_id, amount=amount, currency=batch.currency, way=place.way,
            name=place.name, account=place.account, reference=f"ANOU-{number['n']:06d}", state=PayoutState.SENT.value,
        )
        for (place, amount), number in zip(ready, numbers, strict=True)
    ]  # fmt: skip
    sent = await ledger.post_all(u, Kind.PAYOUT_SENT, {
        f"payout_sent/{line.id}": money_rules.transfer_payout_sent(line.person_id, line.amount, line.currency, payable=line.amount)
        for line in lines
    })  # fmt: skip
    for line in lines:
        line.sent_id = sent[f"payout_sent/{line.id}"]
    await Payout.bulk_create(lines, using_db=u.connection)


@verb
async def confirm(u: Unit, line_id: Any) -> dict[str, Any]:
    """It has arrived. Raises Refusal `not_allowed`, `not_found`, `line_ended`."""
    row = await _line(u, line_id)
    return await _ends(u, row, PayoutState.CONFIRMED, money_rules.transfer_payout_confirmed(row.amount, row.currency), None)


@verb
async def bounce(u: Unit, line_id: Any, reason: str | None) -> dict[str, Any]:
    """It has come back, and is owed again. Raises Refusal `not_allowed`, `not_found`, `line_ended`."""
    row = await _line(u, line_id)
    return await _ends(
        u, row, PayoutState.BOUNCED, money_rules.transfer_payout_bounced(row.person_id, row.amount, row.currency), reason
    )


@verb
async def come_back(u: Unit, line_id: Any, reason: str) -> dict[str, Any]:
    """It had arrived, and the bank sent it back later: it is owed again. Raises Refusal as `bounce`."""
    row = await _line(u, line_id)
    return await _ends(
        u, row, PayoutState.RETURNED, money_rules.transfer_payout_returned(row.person_id, row.amount, row.currency), reason
    )


async def _line(u: Unit, line_id: Any) -> Payout:
    """A line of a batch, its row locked."""
    _need(u)
    found = uuid_or_none(line_id)
    row = await Payout.filter(id=found).using_db(u.connection).select_for_update().first() if found else None
    if row is None:
        raise Refusal("not_found")
    if row.person_id == u.person.id:
        raise Refusal("not_allowed")  # nobody says of their own money that it came
    return row


async def _ends(u: Unit, row: Payout, state: PayoutState, lines: list[money_rules.Posting], reason: str | None) -> dict[str, Any]:
    async def current() -> dict[str, Any]:
        return view.line(row)

    async with showing(current):
        if not rules.ends_as(PayoutState(row.state), state):
            return view.line(row)
    if state is PayoutState.RETURNED:
        row.returned_id = await ledger.post(u, KINDS[state], f"payout_returned/{row.id}", lines, note=reason)
    else:
        row.ended_id = await ledger.post(u, KINDS[state], f"payout_ended/{row.id}", lines, note=reason)
    row.state, row.reason, row.ended_at, row.ended_by_id = state.value, reason, u.now, u.person.id
    await row.save(using_db=u.connection)
    u.hint({str(row.person_id), *await access.stewards()}, "money")
    return view.line(row)


@verb
async def exchange(u: Unit, currency: str, typed: str, *, sure: bool) -> dict[str, Any]:
    """What artisans are owed in `currency` becomes dirhams, at the rate the bank gave for one whole unit. Whoever types it
    changes nothing of their own.

    Raises Refusal `not_allowed`, `bad_form`, `bad_rate`, `rate_far`, `nothing_owed`.
    """
    _need(u)
    if currency not in EXPONENTS or currency == "MAD":
        raise Refusal("bad_form", fields={"currency": "unknown_currency"})
    rate = check_rate(typed, await ledger.kept_rate(currency), sure=sure)
    await ledger.one_at_a_time(u)
    turn, changed = new_id(), set()
    for person, amount in (await view.owed(currency, 1, MOST_LINES)).items():
        bought = Money(amount, currency).converted("MAD", rate)
        if bought.amount > 0 and person != u.person.id:
            lines = money_rules.transfer_exchange(person, (amount, currency), (bought.amount, "MAD"))
            await ledger.post(u, Kind.EXCHANGE, f"exchange/{turn}/{person}", lines)
            changed.add(str(person))
    if not changed:
        raise Refusal("nothing_owed")
    u.hint(changed | set(map(str, await access.stewards())), "money")
    return {"currency": currency, "rate": str(rate), "people": len(changed)}


def _need(u: Unit) -> None:
    if not may("pay_out", u.person.roles):
        raise Refusal("not_allowed")

"""What happens to money: transfers are added, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from hub import clock
from hub.errors import Refusal
from hub.ids import new_id
from hub.rules import ledger as rules
from hub.rules.ledger import Kind
from hub.rules.money import EXPONENTS
from hub.rules.people import may
from hub.unit import Unit, verb
from models.ledger import Posting, Rate
from models.orders import Order

LARGEST_RATE = Decimal(100_000)


async def post(
    u: Unit, kind: Kind, key: str, postings: Sequence[rules.Posting], *, order: Order, occurred_at: datetime | None = None
) -> Any:
    """Write one transfer of an order; its id, or None when `key` happened before (it then stays as it was)."""
    assert rules.balanced(postings), f"{kind} {key} does not balance"
    by = u.actor.person.id if u.actor.person else None
    fresh = await u.connection.execute_query_dict(
        "INSERT INTO transfer (id, key, kind, order_id, lines, by_id, occurred_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (key) DO NOTHING RETURNING id",
        [new_id(), key, kind.value, order.id, len(postings), by, occurred_at or u.now],
    )
    if not fresh:
        return None
    transfer_id = fresh[0]["id"]
    await Posting.bulk_create(
        [Posting(transfer_id=transfer_id, account=line.account, amount=line.amount, currency=line.currency) for line in postings],
        using_db=u.connection,
    )
    return transfer_id


@verb
async def set_rate(u: Unit, currency: Any, rate: Any) -> dict[str, Any]:
    """A steward says what one unit of a currency is worth in dirhams, for quotes written from now on.

    Raises Refusal `not_allowed`, `bad_form`.
    """
    if not may("see_ledger", u.person.roles):
        raise Refusal("not_allowed")
    code = str(currency or "").strip().upper()
    if code not in EXPONENTS or code == "MAD":
        raise Refusal("bad_form", fields={"currency": "unknown_currency"})
    try:
        dirhams = Decimal(str(rate).replace(",", ".").strip())
    except InvalidOperation:
        dirhams = Decimal(0)
    if not (dirhams.is_finite() and 0 < dirhams < LARGEST_RATE and round(dirhams, 8) == dirhams):
        raise Refusal("bad_form", fields={"rate": "not_whole"})
    await Rate.create(currency=code, dirhams=dirhams, by_id=u.person.id, at=u.now, using_db=u.connection)
    return {"currency": code, "rate": str(dirhams), "at": clock.iso(u.now)}

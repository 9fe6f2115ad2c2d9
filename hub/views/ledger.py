"""Money: what the ledger says of orders. Balances are sums of postings, never stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from hub import clock, rows
from hub.rules import ledger as rules
from hub.rules.money import Money
from models.ledger import Posting, Rate, Transfer
from models.orders import Order

LIMIT = 500  # transfers shown of one order


def money(amount: int, currency: str) -> dict[str, Any]:
    """Minor units and an ISO 4217 code, as every answer writes them."""
    return {"amount": amount, "currency": currency}


@dataclass(frozen=True, slots=True)
class Sums:
    """What moved for one order so far, in minor units of its currency."""

    received: int = 0
    refunded: int = 0  # on its way back or there
    advanced: int = 0  # to the artisan, before completion
    escrow: int = 0
    reduced: int = 0  # by partial refunds before the release: what the shares bear

    @property
    def paid(self) -> int:
        """Received less refunded."""
        return self.received - self.refunded


NOTHING = Sums()

_SUMS = """
SELECT t.order_id,
  coalesce(-sum(p.amount) FILTER (WHERE coalesce(u.kind, t.kind) = 'received' AND p.account = 'external_cash'), 0)::bigint AS received,
  coalesce(sum(p.amount) FILTER (WHERE p.account = 'refund_in_flight' AND p.amount > 0 AND t.kind <> 'reversal'), 0)::bigint AS refunded,
  coalesce(sum(p.amount) FILTER (WHERE coalesce(u.kind, t.kind) = 'advance' AND p.account LIKE 'artisan_payable/%'), 0)::bigint AS advanced,
  coalesce(sum(p.amount) FILTER (WHERE p.account LIKE 'order_escrow/%'), 0)::bigint AS escrow,
  coalesce(sum(p.amount) FILTER (
    WHERE t.kind = 'partial_refund' AND t.key NOT LIKE 'returned/%' AND p.account = 'refund_in_flight'), 0)::bigint AS reduced
FROM transfer t JOIN posting p ON p.transfer_id = t.id LEFT JOIN transfer u ON u.id = t.undoes_id
WHERE t.order_id = ANY($1::uuid[]) GROUP BY t.order_id
"""
_BROUGHT = """
SELECT coalesce(sum(p.amount), 0)::bigint FROM transfer t JOIN posting p ON p.transfer_id = t.id WHERE t.order_id = $1 AND p.account = $2
"""
RATES = "SELECT DISTINCT ON (currency) currency, dirhams, at FROM rate ORDER BY currency, at DESC, id DESC"
"""The rates that are in force."""


async def sums(orders: Collection[UUID]) -> dict[UUID, Sums]:
    """Of each order; those without a transfer have NOTHING."""
    if not orders:
        return {}
    found = {row["order_id"]: Sums(*row[1:]) for row in await rows.fetch(_SUMS, orders)}
    return {order: found.get(order, NOTHING) for order in orders}


async def brought(order: Order) -> int:
    """What the order has brought its artisan so far, in minor units: less what they bore of it, more than their share never."""
    [[amount]] = await rows.fetch(_BROUGHT, order.id, rules.artisan_payable(order.artisan_id))
    return int(amount)


async def of_order(order: Order) -> dict[str, Any]:
    """The order's transfers, oldest first, and the balances they add up to."""
    transfers = await Transfer.filter(order_id=order.id).order_by("occurred_at", "id").limit(LIMIT).prefetch_related("postings")
    # `postings` is the other end of a relation, which the ORM adds
    lines = {transfer.id: sorted(transfer.postings, key=lambda line: line.id) for transfer in transfers}  # type: ignore[attr-defined]
    return {
        "order": str(order.id),
        "transfers": [
            {
                "id": str(transfer.id), "kind": transfer.kind, "key": transfer.key, "occurred_at": clock.iso(transfer.occurred_at),
                "by": str(transfer.by_id) if transfer.by_id else None, "undoes": str(transfer.undoes_id) if transfer.undoes_id else None,
                "note": transfer.note,
                "postings": [_posting(line) for line in lines[transfer.id]],
            }
            for transfer in transfers
        ],
        "balances": rules.balances(
            rules.Posting(line.account, line.amount, line.currency) for posted in lines.values() for line in posted
        ),
    }


def _posting(posting: Posting) -> dict[str, Any]:
    return {"account": posting.account, "amount": posting.amount, "currency": posting.currency}


async def rate(currency: str) -> dict[str, str | int] | None:
    """The exchange into dirhams to freeze into a quote: `{currency, rate, at}`; None when nobody set a rate."""
    if currency == "MAD":
        return None
    found = await Rate.filter(currency=currency).order_by("-at", "-id").first()
    return {"currency": "MAD", "rate": f"{found.dirhams.normalize():f}", "at": clock.iso(found.at)} if found else None


def dirhams(amount: int, currency: str, exchange: dict[str, Any] | None) -> dict[str, Any] | None:
    """`amount` in dirhams, at the rate frozen with it; None when there was none."""
    if currency == "MAD":
        return money(amount, currency)
    if not exchange or exchange.get("currency") != "MAD":
        return None
    return money(Money(amount, currency).converted("MAD", Decimal(str(exchange["rate"]))).amount, "MAD")

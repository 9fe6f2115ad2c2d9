"""The head office's money page: the trial balance, what waits, the rates; and the books as an accountant takes them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from hub import clock, rows
from hub.rules import ledger as rules
from hub.rules import sheets
from hub.rules.payments import UNPOSTED
from hub.views import payouts
from hub.views.ledger import RATES, money
from hub.views.refunds import shown as refund_shown
from models.ledger import Refund

COLUMN = 50  # things shown of each sort, those that wait longest; of those who are owed, so many in each currency
BATCHES = 20
PAGE = 1_000  # postings read at a time

ACCOUNTS = (
    "external_cash", "order_escrow", "artisan_payable", "coop_commission", "shipping_payable", "payout_in_flight", "refund_in_flight",
    "loss_fund", "payment_fees", "fx",
)  # fmt: skip
"""In the order of the trial balance."""

_BALANCE = """
SELECT split_part(account, '/', 1) AS account, currency, sum(amount)::bigint AS amount FROM posting GROUP BY 1, 2
"""
_PAID = """
SELECT o.id, o.title, o.stage, o.currency, o.total, o.deposit, s.received FROM orders o CROSS JOIN LATERAL (
    SELECT coalesce(-sum(p.amount), 0)::bigint AS received FROM transfer t JOIN posting p ON p.transfer_id = t.id
    LEFT JOIN transfer u ON u.id = t.undoes_id
    WHERE t.order_id = o.id AND coalesce(u.kind, t.kind) = 'received' AND p.account = 'external_cash') AS s
WHERE o.stage IN ('opened', 'making', 'made', 'inspected', 'shipped', 'delivered')
AND (s.received > o.total OR (s.received > 0 AND s.received < o.deposit) OR (s.received > o.deposit AND s.received < o.total))
ORDER BY o.opened_at LIMIT $1
"""
_UNSETTLED = """
SELECT id, provider, verdict, named, order_id, reference, amount, currency, at FROM provider_event
WHERE settled_at IS NULL AND verdict = ANY($1::text[]) ORDER BY at LIMIT $2
"""
_REFUNDS = "SELECT * FROM refund WHERE state IN ('waiting', 'asked', 'failed') ORDER BY (state = 'failed') DESC, begun_at LIMIT $1"
_OWED = """
SELECT substr(o.account, 17)::uuid AS person, o.currency, o.owed, p.name,
    EXISTS (SELECT 1 FROM destination d WHERE d.person_id = p.id) AS placed
FROM (SELECT account, currency, sum(amount)::bigint AS owed,
        row_number() OVER (PARTITION BY currency ORDER BY sum(amount) DESC, account) AS place
      FROM posting WHERE account LIKE 'artisan_payable/%' GROUP BY account, currency HAVING sum(amount) <> 0) AS o
JOIN person p ON p.id = substr(o.account, 17)::uuid WHERE o.place <= $1 ORDER BY o.currency, o.owed DESC
"""
_POSTINGS = """
SELECT p.id, t.id AS transfer, t.occurred_at, t.kind, t.order_id, p.account, p.amount, p.currency,
    coalesce(paid.reference, sent.reference, ended.reference, returned.reference, back.reference,
        CASE WHEN t.kind IN ('fee', 'shipping_paid') THEN coalesce(t.note, substr(t.key, length(t.kind) + 2)) END) AS reference
FROM transfer t JOIN posting p ON p.transfer_id = t.id
LEFT JOIN payment paid ON paid.transfer_id = coalesce(t.undoes_id, t.id) LEFT JOIN payout sent ON sent.sent_id = t.id
LEFT JOIN payout ended ON ended.ended_id = t.id LEFT JOIN payout returned ON returned.returned_id = t.id
LEFT JOIN refund back ON back.confirmed_id = t.id
WHERE t.occurred_at >= $1 AND (t.occurred_at, t.id, p.id) > ($1, $2, $3) AND t.occurred_at < $4
ORDER BY t.occurred_at, t.id, p.id LIMIT $5
"""
HEAD = ("date", "transfer", "kind", "order", "account", "debit", "credit", "currency", "reference")


async def books() -> dict[str, Any]:
    """`{balances: [{currency, accounts: [{account, amount}], sum}], over, under, unsettled, refunds, owed, batches, rates}`."""
    balances, paid, unsettled, refunds, owed, batches, rates = await asyncio.gather(
        rows.fetch(_BALANCE), rows.fetch(_PAID, COLUMN), rows.fetch(_UNSETTLED, [str(one) for one in UNPOSTED], COLUMN),
        rows.models(Refund, _REFUNDS, COLUMN), rows.fetch(_OWED, COLUMN), payouts.batches(BATCHES), rows.fetch(RATES),
    )
    standing = [_standing(row) for row in paid]
    return {
        "balances": _balances(balances),
        "over": [one for one in standing if one["over"]["amount"]], "under": [one for one in standing if one["missing"]["amount"]],
        "unsettled": [_event(row) for row in unsettled], "refunds": [refund_shown(row) for row in refunds],
        "owed": [
            {"person": str(row["person"]), "name": row["name"], "money": money(row["owed"], row["currency"]), "placed": row["placed"]}
            for row in owed
        ],
        "batches": batches,
        "rates": [{"currency": row["currency"], "rate": f"{row['dirhams'].normalize():f}", "at": clock.iso(row["at"])} for row in rates],
    }


def _balances(found: list[Any]) -> list[dict[str, Any]]:
    sums: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in found:
        sums[row["currency"]][row["account"]] = row["amount"]
    return [
        {
            "currency": currency, "sum": money(sum(accounts.values()), currency),
            "accounts": [{"account": name, "money": money(accounts[name], currency)} for name in ACCOUNTS if name in accounts],
        }
        for currency, accounts in sorted(sums.items())
    ]


def _standing(row: Any) -> dict[str, Any]:
    stands = rules.standing(total=row["total"], deposit=row["deposit"], paid=row["received"])
    return {
        "order": str(row["id"]), "title": row["title"], "stage": row["stage"], "paid": money(stands.paid, row["currency"]),
        "missing": money(stands.due, row["currency"]), "over": money(stands.over, row["currency"]),
    }


def _event(row: Any) -> dict[str, Any]:
    return {
        "id": str(row["id"]), "provider": row["provider"], "verdict": row["verdict"], "named": row["named"],
        "order": str(row["order_id"]) if row["order_id"] else None, "reference": row["reference"], "amount": row["amount"],
        "currency": row["currency"], "at": clock.iso(row["at"]),
    }


def period(first: date, last: date) -> tuple[datetime, datetime]:
    """Both days included, in UTC."""
    begins = datetime.combine(first, time(), UTC)
    return begins, datetime.combine(last, time(), UTC) + timedelta(days=1)


async def exported(begins: datetime, ends: datetime) -> AsyncIterator[str]:
    """One row for each posting, a page at a time: what came to an account is its credit, what left it its debit."""
    yield sheets.BOM + sheets.lines([HEAD])
    at, transfer, posting = begins, UUID(int=0), 0
    while found := await rows.fetch(_POSTINGS, at, transfer, posting, ends, PAGE):
        yield sheets.lines(_line(row) for row in found)
        at, transfer, posting = (found[-1][name] for name in ("occurred_at", "transfer", "id"))


def _line(row: Any) -> tuple[object, ...]:
    side = sheets.amount(abs(row["amount"]), row["currency"])
    debit, credit = ("", side) if row["amount"] > 0 else (side, "")
    return (
        clock.iso(row["occurred_at"]), row["transfer"], row["kind"], row["order_id"], row["account"], debit, credit, row["currency"],
        row["reference"],
    )  # fmt: skip

"""An artisan's money: what is coming, what is theirs already, what was paid, and for which piece."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from hub import clock, rows
from hub.rules import payouts as rules
from hub.rules.ledger import Shares, artisan_payable, reduced
from hub.rules.payouts import Earned, PayoutState
from hub.views import media, payouts
from hub.views.ledger import RATES, dirhams, money
from models.ledger import Payout
from models.people import Person

PIECES = 50  # orders shown, the newest
PAID = 30  # payouts shown, the newest
EARNED = 1_000  # moments of earning looked at, the newest

_EARNED = """
SELECT t.order_id, t.occurred_at AS at, p.amount, p.currency FROM posting p JOIN transfer t ON t.id = p.transfer_id
WHERE p.account = $1 AND t.order_id IS NOT NULL ORDER BY t.occurred_at DESC, p.id DESC LIMIT $2
"""
_OWED = "SELECT currency, sum(amount)::bigint AS amount FROM posting WHERE account = $1 GROUP BY currency HAVING sum(amount) <> 0"
_PIECES = """
SELECT id, thread_id, title, craft, stage, currency, artisan_share, terms, finished, promised_by, opened_at, (
  SELECT p.media_id FROM thread t JOIN product_photo p ON p.product_id = t.product_id
  WHERE t.id = orders.thread_id ORDER BY p.position LIMIT 1
) AS about FROM orders WHERE artisan_id = $1 AND (stage <> 'cancelled' OR id = ANY($3::uuid[])) ORDER BY opened_at DESC LIMIT $2
"""
_COMING = """
SELECT o.id, o.currency, o.artisan_share, o.commission, o.shipping,
  coalesce(sum(p.amount) FILTER (WHERE p.account = $2), 0)::bigint AS brought,
  coalesce(sum(p.amount) FILTER (WHERE t.kind = 'partial_refund' AND p.account = 'refund_in_flight'), 0)::bigint AS reduced
FROM orders o LEFT JOIN transfer t ON t.order_id = o.id LEFT JOIN posting p ON p.transfer_id = t.id
WHERE o.artisan_id = $1 AND o.stage NOT IN ('completed', 'cancelled') GROUP BY o.id
"""
_SENT = """
SELECT currency, sum(amount)::bigint AS amount FROM payout WHERE person_id = $1 AND state = 'sent' GROUP BY currency ORDER BY currency
"""
_PAYOUTS = """
SELECT p.*, b.at AS sent_at FROM payout p JOIN payout_batch b ON b.id = p.batch_id WHERE p.person_id = $1 ORDER BY b.at DESC LIMIT $2
"""


async def of_artisan(person: Person) -> dict[str, Any]:
    """`{owed, coming, under_way, mad, pieces, paid, destination}`; the first three are lists of money, one for each currency,
    and `mad` has each of them in dirhams."""
    account = artisan_payable(person.id)
    earned, owed, sent, places, rates = await asyncio.gather(
        rows.fetch(_EARNED, account, EARNED), rows.fetch(_OWED, account), rows.fetch(_PAYOUTS, person.id, PAID),
        payouts.destinations([person.id]), rows.fetch(RATES),
    )
    found, living, under_way = await asyncio.gather(
        rows.fetch(_PIECES, person.id, PIECES, list({row["order_id"] for row in earned})),
        rows.fetch(_COMING, person.id, account), rows.fetch(_SENT, person.id),
    )
    brought: defaultdict[UUID, int] = defaultdict(int)
    for row in earned:
        brought[row["order_id"]] += row["amount"]
    photos = await media.photos({one for row in found if (one := _photo(row))})
    coming = {row["id"]: _coming(row) for row in living}
    pieces = [_piece(row, brought[row["id"]], coming.get(row["id"], 0), photos) for row in found]
    place = places.get(person.id)
    sums = {
        "owed": [money(row["amount"], row["currency"]) for row in owed],
        "coming": _sums(money(coming[row["id"]], row["currency"]) for row in living),
        "under_way": [money(row["amount"], row["currency"]) for row in under_way],
    }
    return sums | {
        "mad": {name: _in_dirhams(amounts, {row["currency"]: row["dirhams"] for row in rates}) for name, amounts in sums.items()},
        "pieces": pieces, "paid": _paid(sent, earned, {piece["order"]: piece for piece in pieces}),
        "destination": payouts.destination(place) if place else None,
    }


def _in_dirhams(amounts: Sequence[dict[str, Any]], rates: dict[str, Any]) -> dict[str, Any] | None:
    """All of it at today's rates; None where there is none for a part, or nothing at all."""
    parts = [dirhams(one["amount"], one["currency"], _rate(rates.get(one["currency"]))) for one in amounts]
    return money(sum(part["amount"] for part in parts if part), "MAD") if parts and all(parts) else None


def _rate(found: Any) -> dict[str, Any] | None:
    return {"currency": "MAD", "rate": found} if found else None


def _coming(row: Record) -> int:
    """What a living order will still bring: the share as it stands after what a dispute took of it."""
    shares = Shares(row["artisan_share"], row["commission"], row["shipping"])
    return max(0, reduced(shares, row["reduced"]).artisan - int(row["brought"]))


def _piece(row: Record, brought: int, coming: int, photos: dict[str, Any]) -> dict[str, Any]:
    """One order: what it brings in all, what of that is theirs already, what is still to come."""
    terms = _json(row["terms"])
    shares = {"share": row["artisan_share"], "brought": brought, "coming": coming}
    return {
        "order": str(row["id"]), "title": row["title"], "craft": row["craft"], "stage": row["stage"],
        "promised_by": row["promised_by"].isoformat() if row["promised_by"] else None, "photo": photos.get(_photo(row) or ""),
        "mad": dirhams(coming or brought, row["currency"], terms.get("exchange")),
    } | {name: money(amount, row["currency"]) for name, amount in shares.items()}


def _photo(row: Record) -> str | None:
    """Of the finished piece, else of what was agreed, else of the one they talked about: whoever does not read knows it by this."""
    shown = (_json(row["finished"]) or {}).get("media") or _json(row["terms"]).get("media") or [row["about"]]
    return str(shown[0]) if shown[0] else None


def _json(value: Any) -> Any:
    """A column of JSON, which a reader's connection gives as text."""
    return msgspec.json.decode(value) if isinstance(value, str) else value


def _paid(sent: Sequence[Record], earned: Sequence[Record], pieces: dict[str, Any]) -> list[dict[str, Any]]:
    """Payouts, newest first, each with the pieces it was for."""
    there = [row for row in reversed(sent) if PayoutState(row["state"]) not in rules.CAME_BACK]
    made_for: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for currency in {row["currency"] for row in earned}:
        own = [row for row in there if row["currency"] == currency] or [row for row in there if row["currency"] == "MAD"]
        moments = [Earned(str(row["order_id"]), row["amount"], row["at"]) for row in reversed(earned) if row["currency"] == currency]
        for row, orders in zip(own, rules.covered([one["sent_at"] for one in own], moments), strict=True):
            made_for[row["id"]] += [
                {"order": order, "title": pieces[order]["title"], "photo": pieces[order]["photo"], "craft": pieces[order]["craft"],
                 "money": money(amount, currency)} for order, amount in orders.items() if order in pieces and amount
            ]  # fmt: skip
    return [_payout(row, made_for[row["id"]]) for row in sent]


def _payout(row: Record, pieces: list[dict[str, Any]]) -> dict[str, Any]:
    # a Record's own iterator gives values, so its keys are asked for
    shown = payouts.line(rows.row(Payout, {name: row[name] for name in row.keys() if name != "sent_at"}))  # noqa: SIM118
    kept = {name: shown[name] for name in ("id", "way", "account", "money", "reference", "state", "ended_at")}
    return kept | {"at": clock.iso(row["sent_at"]), "for": pieces}


def _sums(amounts: Any) -> list[dict[str, Any]]:
    found: defaultdict[str, int] = defaultdict(int)
    for one in amounts:
        found[one["currency"]] += one["amount"]
    return [money(amount, currency) for currency, amount in sorted(found.items()) if amount]

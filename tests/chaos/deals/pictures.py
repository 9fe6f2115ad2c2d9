"""What the database holds of a few threads, as one value, and what must be true of it whatever happened."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from tests.chaos.deals.quotes import Talk

QUOTES = """
SELECT q.thread_id, q.id, q.status, q.awaiting, q.version, q.valid_until,
  coalesce(array_agg(v.version ORDER BY v.version) FILTER (WHERE v.id IS NOT NULL), '{}') AS numbers,
  coalesce(array_agg(v.terms_hash ORDER BY v.version) FILTER (WHERE v.id IS NOT NULL), '{}') AS hashes,
  coalesce(array_agg(v.side ORDER BY v.version) FILTER (WHERE v.id IS NOT NULL), '{}') AS sides
FROM quote q LEFT JOIN quote_version v ON v.quote_id = q.id WHERE q.thread_id = ANY($1) GROUP BY q.id ORDER BY q.created_at, q.id
"""
ORDERS = """
SELECT o.*, o.terms = v.terms AS same_terms,
  (o.total, o.deposit, o.artisan_share, o.commission, o.shipping)::text = ((v.terms #>> '{totals,total}')::bigint,
   (v.terms #>> '{totals,deposit}')::bigint, (v.terms #>> '{totals,artisan}')::bigint, (v.terms #>> '{totals,cooperative}')::bigint,
   (v.terms #>> '{totals,shipping}')::bigint)::text AS same_sums,
  (SELECT status FROM quote WHERE id = o.quote_id) AS of_quote, (SELECT id FROM shipment s WHERE s.order_id = o.id LIMIT 1) AS shipment
FROM orders o LEFT JOIN quote_version v ON v.quote_id = o.quote_id AND v.version = o.version
WHERE o.thread_id = ANY($1) ORDER BY o.opened_at, o.id
"""
MONEY = """
SELECT t.order_id, split_part(p.account, '/', 1), sum(p.amount)::bigint FROM transfer t JOIN posting p ON p.transfer_id = t.id
WHERE t.order_id = ANY($1) GROUP BY 1, 2
"""
CROOKED = """
SELECT t.key FROM transfer t JOIN posting p ON p.transfer_id = t.id WHERE t.order_id = ANY($1)
GROUP BY t.id, p.currency HAVING sum(p.amount) <> 0
"""
SAID = """
SELECT thread_id, kind, count(*), count(*) FILTER (WHERE kind = 'quote.accepted' AND data->>'order' IS NOT NULL) FROM event
WHERE thread_id = ANY($1) GROUP BY 1, 2
"""
FREE = "SELECT available FROM product WHERE id = $1"
VERSIONS = "SELECT v.terms::text, v.terms_hash FROM quote_version v JOIN quote q ON q.id = v.quote_id WHERE q.thread_id = ANY($1)"
NOWHERE = {"external_cash", "order_escrow"}


class Picture:
    """One look. `wrong` says in words what may never be."""

    def __init__(self, threads: list[Any]) -> None:
        self.quotes: dict[Any, list[Any]] = {thread: [] for thread in threads}
        self.orders: dict[Any, list[Any]] = {thread: [] for thread in threads}
        self.said: dict[Any, dict[str, int]] = {thread: {} for thread in threads}
        self.accounts: dict[Any, dict[str, int]] = {}
        self.opened: dict[Any, int] = dict.fromkeys(threads, 0)
        self.free = True
        self.crooked: list[str] = []

    @classmethod
    async def taken(cls, db: Any, threads: list[Any], piece: Any) -> Picture:
        made = cls(threads)
        for row in await db.fetch(QUOTES, threads):
            made.quotes[row["thread_id"]].append(row)
        for row in await db.fetch(ORDERS, threads):
            made.orders[row["thread_id"]].append(row)
        ids = [row["id"] for rows in made.orders.values() for row in rows]
        made.accounts = {one: {} for one in ids}
        for order, account, amount in await db.fetch(MONEY, ids) if ids else ():
            if amount:
                made.accounts[order][account] = amount
        made.crooked = [row[0] for row in await db.fetch(CROOKED, ids)] if ids else []
        for thread, kind, count, opened in await db.fetch(SAID, threads):
            made.said[thread][kind] = count
            made.opened[thread] += opened
        made.free = await db.fetchval(FREE, piece)
        return made

    def facts(self, thread: Any) -> Any:
        """The same form as `foretold`."""
        ids = [row["id"] for row in self.quotes[thread]]
        return {
            "quotes": [(row["status"], row["awaiting"], row["version"], list(row["sides"])) for row in self.quotes[thread]],
            "orders": [
                (
                    ids.index(row["quote_id"]), row["version"], row["stage"], row["disputed"], bool(row["pieces"]), row["promised_by"],
                    row["ask_until"], _days(row["ask_pause"]), _days(row["pause"]), row["reminded_at"] is not None,
                    row["cancel_asked"], row["total"], row["deposit"], row["artisan_share"], row["commission"],
                    row["shipping"],
                )
                for row in self.orders[thread]
            ],
            "money": [self.accounts[row["id"]] for row in self.orders[thread]],
            "said": self.said[thread],
        }  # fmt: skip

    def wrong(self) -> list[str]:
        """The invariants, from the rows alone."""
        found = [f"{key} does not sum to zero" for key in self.crooked]
        for thread, quotes in self.quotes.items():
            living = [row["id"] for row in quotes if row["status"] in ("open", "late")]
            if len(living) > 1:
                found.append(f"thread {thread} has {len(living)} live quotes")
            for row in quotes:
                if list(row["numbers"]) != list(range(1, row["version"] + 1)):
                    found.append(f"quote {row['id']} has the versions {row['numbers']}")
            accepted = sorted(row["id"] for row in quotes if row["status"] == "accepted")
            if accepted != sorted(row["quote_id"] for row in self.orders[thread]):
                found.append(f"thread {thread}: the accepted quotes are not those with an order")
            if self.opened[thread] != len(self.orders[thread]) or self.said[thread].get("order.opened", 0) != len(self.orders[thread]):
                found.append(f"thread {thread} tells of {self.opened[thread]} orders and has {len(self.orders[thread])}")
        found += [problem for rows in self.orders.values() for row in rows for problem in self._order(row)]
        holding = [row["id"] for rows in self.orders.values() for row in rows if row["pieces"] and row["stage"] != "cancelled"]
        if len(holding) > 1 or self.free is bool(holding):
            found.append(f"the piece is {'free' if self.free else 'taken'}, and held by {holding}")
        return found

    def _order(self, row: Any) -> list[str]:
        found, sums = [], self.accounts[row["id"]]
        if not (row["same_terms"] and row["same_sums"]):
            found.append(f"order {row['id']} does not have the terms that were accepted")
        escrow = sums.get("order_escrow", 0)
        if escrow < 0 or (escrow and row["stage"] in ("completed", "cancelled")):
            found.append(f"order {row['id']} is {row['stage']} with {escrow} in escrow")
        elsewhere = sum(amount for account, amount in sums.items() if account not in NOWHERE)
        if -sums.get("external_cash", 0) != elsewhere + escrow:
            found.append(f"order {row['id']}: what was paid in is not where it belongs: {sums}")
        return found


def _days(pause: str | None) -> tuple[date, date] | None:
    found = json.loads(pause) if pause else None
    return (date.fromisoformat(found["from"]), date.fromisoformat(found["until"])) if found else None


def foretold(talk: Talk) -> Any:
    """What the model says that the rows must be."""
    return {
        "quotes": [(quote.status, quote.awaiting, len(quote.versions), [side for side, _ in quote.versions]) for quote in talk.quotes],
        "orders": [
            (
                one.quote, one.version, one.stage, one.disputed, one.terms.sells, one.promised, one.ask_until, one.ask_pause,
                one.pause, one.reminded, one.cancel_asked,
                one.terms.total, one.terms.deposit, one.terms.artisan, one.terms.cooperative, one.terms.shipping,
            )
            for one in talk.orders
        ],
        "money": [one.accounts() for one in talk.orders],
        "said": dict(talk.said),
    }  # fmt: skip


async def falsely_marked(db: Any, threads: list[Any]) -> list[str]:
    """Versions whose fingerprint is not that of their terms."""
    found = []
    for text, mark in await db.fetch(VERSIONS, threads):
        canonical = json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if hashlib.sha256(canonical.encode()).hexdigest() != mark:
            found.append(f"a version has the fingerprint {mark} and other terms")
    return found

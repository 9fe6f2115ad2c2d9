"""Quotes, as one person sees them."""

from __future__ import annotations

import asyncio
from datetime import datetime
from itertools import pairwise
from typing import Any

from hub import clock, rows
from hub.access import Place
from hub.rules import terms as rules_terms
from hub.rules.quotes import QuoteStatus, Side, choices, status_now
from hub.views import catalogue, ledger, media, rates
from models.quotes import Quote, QuoteVersion
from models.threads import Thread

CURRENT = """
SELECT * FROM quote WHERE thread_id = $1 ORDER BY status IN ('open', 'late') DESC, created_at DESC, id DESC LIMIT 1
"""
NEWER = "SELECT 1 FROM quote WHERE thread_id = $1 AND created_at > $2 LIMIT 1"
MOST_VERSIONS = 200  # of one quote, the newest
VERSIONS = """
SELECT * FROM (SELECT * FROM quote_version WHERE quote_id = $1 ORDER BY version DESC LIMIT $2) AS newest ORDER BY version
"""
ORDER = "SELECT id, helped_by_id FROM orders WHERE quote_id = $1"
TOTALS = ("total", "artisan", "cooperative", "shipping", "deposit", "balance")


async def quote(row: Quote, place: Place, locale: str) -> dict[str, Any]:
    """The quote with its versions, and the piece it is about; `may` and `mad` are this person's."""
    return await _bare(row, place) | {"about": await _about(row, locale)}


async def _bare(row: Quote, place: Place) -> dict[str, Any]:
    now = clock.now()
    versions, order, overtaken = await asyncio.gather(
        rows.models(QuoteVersion, VERSIONS, row.id, MOST_VERSIONS), rows.fetch(ORDER, row.id), newer(row, now)
    )
    newest = versions[-1] if versions else None
    [(order_id, helped_by)] = order or [(None, None)]
    status = status_now(QuoteStatus(row.status), row.valid_until, now)
    awaiting = Side(row.awaiting) if row.awaiting else None
    may = choices(
        status, side=place.side, awaiting=awaiting, author_side=Side(newest.side) if newest else None, valid_until=row.valid_until,
        now=now, newest=not overtaken, expired_at=row.expired_at,
    )
    shown = {item for version in versions for item in version.terms["media"]} | set((row.wish or {}).get("media", ()))
    photos = await media.photos(shown)
    return {
        "id": str(row.id), "thread": str(row.thread_id), "status": str(status), "awaiting": row.awaiting, "version": row.version,
        "terms": newest.terms if newest else None, "terms_hash": newest.terms_hash if newest else None,
        "totals": totals(newest.terms) if newest else None,
        "mad": _mad(newest) if newest and place.side is Side.ARTISAN else None,
        "display": _display(newest) if newest and place.side is Side.BUYER else None,
        "versions": _versions(versions),
        "wish": row.wish | {"photos": _shown(row.wish["media"], photos)} if row.wish else None,
        "photos": _shown(newest.terms["media"], photos) if newest else [],
        "valid_until": clock.iso(row.valid_until) if row.valid_until else None,
        "reason": row.reason,
        "order": str(order_id) if order_id else None,
        "helped_by": str(helped_by) if helped_by else None,
        "may": [verb.value for verb in may if verb != "request"],
    }


async def current(thread_id: Any, place: Place) -> dict[str, Any] | None:
    """The thread's quote that counts: the one awaiting an answer, or else the newest. Its piece is the thread's `about`."""
    row = await current_row(thread_id)
    return await _bare(row, place) if row else None


async def current_row(thread_id: Any) -> Quote | None:
    """The row of the same."""
    return next(iter(await rows.models(Quote, CURRENT, thread_id)), None)


async def newer(row: Quote, now: datetime) -> bool:
    """Was there another wish or quote in the thread after this one? (An open one is live whatever is wished beside it.)"""
    if (row.status == QuoteStatus.OPEN and row.valid_until and now < row.valid_until) or row.status == QuoteStatus.LATE:
        return False
    return bool(await rows.fetch(NEWER, row.thread_id, row.created_at))


def totals(terms: dict[str, Any]) -> dict[str, Any]:
    """The open-book price of frozen terms: each part as money."""
    return {name: ledger.money(terms["totals"][name], terms["currency"]) for name in TOTALS}


def title(terms: dict[str, Any]) -> str:
    """What it is about, in the words of its first item."""
    return str(terms["items"][0]["description"])


def _versions(versions: list[QuoteVersion]) -> list[dict[str, Any]]:
    changes = [changed(old.terms, new.terms) for old, new in pairwise(versions)]
    return [
        {
            "version": version.version, "by": str(version.by_id), "side": version.side, "at": clock.iso(version.at),
            "terms": version.terms, "terms_hash": version.terms_hash, "totals": totals(version.terms),
            "changes": [
                {"term": change.term, "item": change.item_index, "before": change.before, "after": change.after} for change in changed
            ],
        }
        for version, changed in zip(versions, [[], *changes], strict=False)
    ]


def changed(old: dict[str, Any], new: dict[str, Any]) -> list[rules_terms.Difference]:
    """What a version changed. Each has its own last day to answer, shown as the time left: that is no change of terms."""
    return [change for change in rules_terms.differences(old, new) if change.term != "valid_until"]


def _mad(newest: QuoteVersion) -> dict[str, Any] | None:
    terms = newest.terms
    return ledger.dirhams(terms["totals"]["artisan"], terms["currency"], terms["exchange"])


def _display(newest: QuoteVersion) -> dict[str, Any] | None:
    totals = newest.terms["totals"]
    return rates.shown(newest.terms, {name: totals[name] for name in ("total", "deposit")})


def _shown(ids: list[str], photos: dict[str, Any]) -> list[dict[str, Any]]:
    return [photos[item] for item in ids if item in photos]


async def _about(row: Quote, locale: str) -> dict[str, Any] | None:
    """The piece that the thread is about."""
    return await catalogue.piece((await Thread.get(id=row.thread_id)).product_id, locale)

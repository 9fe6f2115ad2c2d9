"""Everything on the way, what is in trouble first, as the head office sees it; and the numbers that belong to nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from hub import clock, i18n, rows
from hub.errors import N_, Refusal
from hub.ids import uuid_or_none
from hub.rules.sending import HOME
from hub.rules.shipments import REPORT_TRIES, REPORTS_LOOKED_AT
from hub.rules.trouble import Trouble
from hub.views import shipments
from hub.views.reasons import why

PAGE = 50
MOST = 20  # of what belongs to nothing
COUNTED = 1_000  # more than so many are not told apart

_JOURNEYS = """
SELECT s.*, o.title, o.terms->'ship_to'->>'country' AS country, o.terms->'ship_to'->>'city' AS city, a.village, a.name AS maker,
    last.place, rest.until AS rests_until
FROM (
    SELECT id, order_id, carrier, tracking_number, status, reason, heard_at, booked_at, eta, trouble FROM shipment
    WHERE living AND (trouble, heard_at, id) > ($1, $2, $3) ORDER BY trouble, heard_at, id LIMIT $4
) AS s JOIN orders o ON o.id = s.order_id JOIN person a ON a.id = o.artisan_id LEFT JOIN carrier_rest rest USING (carrier)
LEFT JOIN LATERAL (SELECT place FROM checkpoint WHERE shipment_id = s.id AND place IS NOT NULL ORDER BY at DESC LIMIT 1) AS last ON true
ORDER BY s.trouble, s.heard_at, s.id
"""
_TROUBLED = "SELECT count(*) AS many FROM (SELECT 1 FROM shipment WHERE living AND trouble < $1 LIMIT $2) AS seen"
_RESTING = """
SELECT r.carrier, r.until, (
    SELECT count(*) FROM (SELECT 1 FROM shipment WHERE carrier = r.carrier AND living AND tracking_number IS NOT NULL LIMIT $1) AS seen
) AS parcels FROM carrier_rest r ORDER BY r.carrier LIMIT $2
"""
_UNMATCHED = """
SELECT carrier, tracking_number, max(received_at) AS received_at, count(*) AS times FROM carrier_report
WHERE shipment_id IS NULL AND worked_at IS NOT NULL AND received_at > $1
GROUP BY carrier, tracking_number ORDER BY max(received_at) DESC LIMIT $2
"""
_FAILED = """
SELECT id, carrier, tracking_number, received_at FROM carrier_report WHERE worked_at IS NULL AND tries >= $1 ORDER BY received_at LIMIT $2
"""
_UNNUMBERED = """
SELECT s.id, s.carrier, s.booked_at, o.title, o.terms->'ship_to'->>'country' AS country, o.terms->'ship_to'->>'city' AS city,
    (SELECT count(*) FROM (SELECT 1 FROM shipment x WHERE x.order_id = s.order_id AND x.booked_at <= s.booked_at LIMIT $2) AS so) AS nth,
    (SELECT count(*) FROM (SELECT 1 FROM shipment x WHERE x.order_id = s.order_id LIMIT $2) AS so) AS many
FROM (
    SELECT id, order_id, carrier, booked_at FROM shipment WHERE living AND tracking_number IS NULL ORDER BY booked_at DESC LIMIT $1
) AS s JOIN orders o ON o.id = s.order_id ORDER BY s.booked_at DESC
"""
FIRST = (-1, datetime(2000, 1, 1, tzinfo=UTC), UUID(int=0))

WORDS: dict[Trouble, str] = {
    Trouble.LOST: N_("Lost"),
    Trouble.DAMAGED: N_("Damaged"),
    Trouble.RETURNING: N_("Comes back"),
    Trouble.FAILED: N_("Not handed over"),
    Trouble.CUSTOMS: N_("At customs"),
    Trouble.HELD: N_("Held up"),
    Trouble.SILENT: N_("No news for five days"),
    Trouble.LATE: N_("Later than expected"),
    Trouble.DELAYED: N_("Delayed"),
    Trouble.PAPERS: N_("Papers awaited very long"),
    Trouble.UNREPORTED: N_("Nobody reports on its number"),
}


async def journeys(after: str | None, locale: str) -> dict[str, Any]:
    """`{journeys, next, troubled, resting: [{carrier, until, parcels}], unmatched: [{carrier, tracking_number, received_at, times}],
    failed: [{id, carrier, tracking_number, received_at}], unnumbered: [{id, carrier, title, to, booked_at, nth, many}]}`, each the
    `nth` of the `many` shipments of its order; a page has PAGE journeys, `next` is what `after` it the following one
    begins with. Raises Refusal `bad_request`.
    """
    now = clock.now()
    found, many, resting, unmatched, failed, unnumbered = await asyncio.gather(
        rows.fetch(_JOURNEYS, *_place(after), PAGE + 1),
        troubled(),
        rows.fetch(_RESTING, COUNTED, MOST),
        rows.fetch(_UNMATCHED, now - REPORTS_LOOKED_AT, MOST),
        rows.fetch(_FAILED, REPORT_TRIES, MOST),
        rows.fetch(_UNNUMBERED, MOST, MOST),
    )
    shown = found[:PAGE]
    return {
        "journeys": [_journey(row, locale) for row in shown], "next": _name(shown[-1]) if len(found) > PAGE else None, "troubled": many,
        "resting": [dict(row) | {"until": clock.iso(row["until"]) if row["until"] else None} for row in resting],
        "unmatched": [dict(row) | {"received_at": clock.iso(row["received_at"])} for row in unmatched],
        "failed": [dict(row) | {"received_at": clock.iso(row["received_at"])} for row in failed],
        "unnumbered": [_unnumbered(row) for row in unnumbered],
    }


async def troubled() -> int:
    """How many living parcels something is wrong with, COUNTED at most."""
    [row] = await rows.fetch(_TROUBLED, Trouble.NONE.value, COUNTED)
    return int(row["many"])


def _unnumbered(row: Record) -> dict[str, Any]:
    return {
        "id": str(row["id"]), "carrier": row["carrier"], "title": row["title"], "to": {"city": row["city"], "country": row["country"]},
        "booked_at": clock.iso(row["booked_at"]), "nth": row["nth"], "many": row["many"],
    }


def _journey(row: Record, locale: str) -> dict[str, Any]:
    kind = Trouble(row["trouble"])
    return {
        "id": str(row["id"]), "order": str(row["order_id"]), "title": row["title"], "maker": row["maker"],
        "from": {"city": row["village"], "country": HOME}, "to": {"city": row["city"], "country": row["country"]},
        "carrier": row["carrier"], "tracking_number": row["tracking_number"], "carrier_rests": row["rests_until"] is not None,
        "status": row["status"], "reason": row["reason"], "label": shipments.label(row["status"], locale),
        "why": why(row["reason"], locale), "place": row["place"],
        "booked_at": clock.iso(row["booked_at"]), "heard_at": clock.iso(row["heard_at"]),
        "eta": row["eta"].isoformat() if row["eta"] else None,
        "trouble": None if kind is Trouble.NONE else _trouble(kind, locale),
    }


def _trouble(kind: Trouble, locale: str) -> dict[str, Any]:
    return {"kind": kind.name.lower(), "rank": kind.value, "label": i18n.words(locale, WORDS[kind])}


def _name(row: Record) -> str:
    """Where a page ended: what is wrong, since when nothing was heard, which."""
    return f"{row['trouble']}_{row['heard_at'].astimezone(UTC).isoformat()}_{row['id']}"


def _place(after: str | None) -> tuple[int, datetime, UUID]:
    if after is None:
        return FIRST
    kind, _, rest = after.partition("_")
    heard, _, shipment = rest.partition("_")
    found = uuid_or_none(shipment)
    try:
        if found is None or not (kind.isascii() and kind.isdigit() and len(kind) < 4):
            raise ValueError
        return int(kind), clock.parse(heard.replace(" ", "+")), found
    except ValueError:
        raise Refusal("bad_request") from None

"""What carriers report by themselves: kept first, in one insert, and worked on after. The row is the truth, a job only wakes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec
from tortoise import connections

from hub import access, clock, jobs, rows
from hub.actions.tracking import numbers
from hub.actions.tracking.journeys import expect
from hub.actions.tracking.scans import of_parcel, record
from hub.errors import Refusal
from hub.rules import shipments as rules
from hub.rules.people import may
from hub.rules.shipments import Scan
from hub.unit import Unit, verb
from models.shipments import CarrierReport, Shipment

AGGREGATORS = frozenset({"generic", "aftership", "easypost"})  # they speak for carriers of any name
RECYCLED_AFTER = timedelta(days=30)  # an ended shipment still hears late news of its number for this long
LEFT_ALONE = timedelta(seconds=20)  # whoever has just kept a report is about to work on it, or has woken somebody
BATCH = 500  # of one round of the clock
WOKEN = 200  # reports of one number that come alive when it is booked, the newest
AT_ONCE = 10  # of them; the clock wakes the others

_NAMED = """
SELECT o.opened_at FROM shipment s JOIN orders o ON o.id = s.order_id WHERE s.tracking_number = $1 AND s.living AND (s.carrier = $2 OR $3)
"""
_KEEP = """
INSERT INTO carrier_report (carrier, event_id, tracking_number, body, scans, eta, received_at, tries)
VALUES ($1, $2, $3, $4::jsonb, $5::jsonb, $6, $7, 0)
ON CONFLICT (carrier, event_id) DO UPDATE SET
    tracking_number = excluded.tracking_number, body = excluded.body, scans = excluded.scans, eta = excluded.eta,
    received_at = excluded.received_at, worked_at = NULL, tries = 0
WHERE carrier_report.shipment_id IS NULL
RETURNING id
"""
_HANDED_OUT = """
UPDATE carrier_report SET tries = tries + 1 WHERE id IN (
    SELECT id FROM carrier_report WHERE worked_at IS NULL AND received_at < $1 AND tries < $2
    ORDER BY received_at LIMIT $3 FOR UPDATE SKIP LOCKED
) RETURNING id
"""
_WAKE = """
UPDATE carrier_report SET worked_at = NULL, tries = 0 WHERE id IN (
    SELECT id FROM carrier_report WHERE tracking_number = $2 AND (carrier = $1 OR carrier = ANY($3::text[]))
    AND shipment_id IS NULL AND worked_at IS NOT NULL AND received_at > $4 ORDER BY received_at DESC LIMIT $5
) RETURNING id
"""
_GIVEN_UP = "SELECT 1 AS one FROM carrier_report WHERE id = ANY($1::bigint[]) AND worked_at IS NULL AND tries >= $2 LIMIT 1"


@dataclass(frozen=True, slots=True)
class Report:
    """One call of a carrier in our words; the same `event_id` takes effect once."""

    event_id: str
    tracking_number: str
    scans: list[Scan]
    eta: date | None = None


async def check_times(carrier: str, report: Report) -> None:
    """Raises Refusal `bad_form` for scans of the future, or from before the order of the parcel that has this number now."""
    opened = [row["opened_at"] for row in await rows.fetch(_NAMED, _number(report), carrier, carrier in AGGREGATORS)]
    now = clock.now()
    first = min(opened, default=now - timedelta(days=36_500))
    wrong = {f"checkpoints.{place}.at": rules.astray(scan.at, now, first) for place, scan in enumerate(report.scans) if scan.at}
    bad = {field: reason for field, reason in wrong.items() if reason}
    if bad:
        raise Refusal("bad_form", fields=bad)


async def keep(carrier: str, report: Report, body: str) -> int | None:
    """The number under which it is kept, to be worked on; None when this event was heard before.

    When a kept report of a number that nobody knew comes again, the number may be known by then, or mended by the carrier: what
    it says now is kept, and worked on anew.
    """
    scans = msgspec.json.encode(report.scans).decode()
    found = await connections.get("default").execute_query_dict(
        _KEEP, [carrier, report.event_id, _number(report), body, scans, report.eta, clock.now()]
    )
    return int(found[0]["id"]) if found else None


@verb
async def take(u: Unit, report_id: int) -> dict[str, Any]:
    """Work on a kept report: `{stored, known}`, how many scans were new, and is its number known. A second time does nothing."""
    row = await CarrierReport.filter(id=report_id).select_for_update().first()
    if row is None or row.worked_at:
        return {"stored": 0, "known": row is not None and row.shipment_id is not None}
    found = await _by_number(u, row.carrier, row.tracking_number)
    if found is None:
        await numbers.claim(u, row.tracking_number)  # somebody may be booking it just now
        found = await _by_number(u, row.carrier, row.tracking_number)
    stored = 0
    if found:
        expect(found, row.eta, row.received_at)
        stored = await record(u, found, of_parcel(msgspec.convert(row.scans, list[Scan]), found.order.opened_at))
    row.shipment_id, row.worked_at = found.id if found else None, u.now
    await row.save(using_db=u.connection, update_fields=["shipment_id", "worked_at"])
    if found is None:
        u.hint(await access.stewards(), "board")
    return {"stored": stored, "known": found is not None}


async def waiting() -> list[int]:
    """Reports that nobody has worked on for a while, the oldest first; each is handed out a limited number of times."""
    found = await connections.get("default").execute_query_dict(_HANDED_OUT, [clock.now() - LEFT_ALONE, rules.REPORT_TRIES, BATCH])
    return sorted(int(row["id"]) for row in found)


async def wake(u: Unit, row: Shipment) -> None:
    """What was reported of this shipment's number before anybody knew it is worked on, now that somebody does."""
    if row.tracking_number is None:
        return
    values = [row.carrier, row.tracking_number, sorted(AGGREGATORS), u.now - rules.REPORTS_LOOKED_AT, WOKEN]
    for found in (await u.connection.execute_query_dict(_WAKE, values))[:AT_ONCE]:
        u.later(jobs.TAKE_REPORT, report=found["id"])


@verb
async def again(u: Unit, report_id: int) -> dict[str, Any]:
    """A steward has a report worked on once more that failed too often. Raises Refusal `not_allowed`, `not_found`."""
    if not may("correct_shipment", u.person.roles):
        raise Refusal("not_allowed")
    if not await CarrierReport.filter(id=report_id, worked_at=None).using_db(u.connection).update(tries=0):
        raise Refusal("not_found")
    u.later(jobs.TAKE_REPORT, report=report_id)
    u.hint(await access.stewards(), "board")
    return {"report": report_id}


@verb
async def look(u: Unit, report_ids: list[int]) -> dict[str, Any]:
    """The board is told of reports that nobody will try any more."""
    if await u.connection.execute_query_dict(_GIVEN_UP, [report_ids, rules.REPORT_TRIES]):
        u.hint(await access.stewards(), "board")
    return {}


def _number(report: Report) -> str:
    return rules.plain_number(report.tracking_number)


async def _by_number(u: Unit, carrier: str, number: str) -> Shipment | None:
    """The shipment that a carrier speaks of: a living one of its own; an aggregator speaks for any carrier."""
    recent = [
        row
        for row in await Shipment.filter(tracking_number=number).order_by("-booked_at").limit(20)
        if (ended := rules.ended_at(row.living, row.delivered_at, row.heard_at)) is None or u.now - ended < RECYCLED_AFTER
    ]
    own = [row for row in recent if row.carrier == carrier]
    others = recent if carrier in AGGREGATORS else []
    for rows_ in (own, others):
        living = [row for row in rows_ if row.living]
        if len(living) == 1 or (not living and rows_):
            held = await access.hold_shipment(u, (living or rows_)[0].id)
            return held if held.tracking_number == number else None  # it was given another while its row was waited for
    return None

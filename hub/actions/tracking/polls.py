"""Asking carriers where their parcels are. The database says which are due; whoever asks holds a lease, so a crash loses nothing.

Each carrier is asked by a job of its own, so many calls at once, for a bounded time: one that is slow or down holds up none but
its own parcels. One that does not answer several times in a row is left alone for a while, by every worker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from tortoise import connections

from hub import access, clock
from hub.actions import carriers
from hub.actions.carriers import Carrier, News, Unanswered
from hub.actions.tracking.journeys import expect
from hub.actions.tracking.scans import of_parcel, record, unknown
from hub.database import DOWN
from hub.errors import Refusal
from hub.rules import shipments as rules
from hub.unit import Actor, Unit, verb
from models.shipments import CarrierRest

log = structlog.get_logger("polls")

ASKER = Actor(scope="poll")
SHIFT_S = 18.0  # of one job, with the last call's deadline below the worker's time-out
LEASE = timedelta(minutes=2)  # longer than a call and its storing may take
PATIENCE = 5  # calls in a row without an answer

_CLAIM = """
UPDATE shipment SET poll_at = $2 + $3::interval FROM orders o WHERE o.id = shipment.order_id AND shipment.id IN (
    SELECT s.id FROM shipment s
    WHERE s.carrier = $1 AND s.living AND s.tracking_number IS NOT NULL AND coalesce(s.poll_at, s.booked_at) <= $2
    ORDER BY coalesce(s.poll_at, s.booked_at) LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING shipment.id, shipment.tracking_number, shipment.silent_polls, shipment.eta, o.opened_at
"""
_NEXT = "UPDATE shipment SET poll_at = $2, silent_polls = $3 WHERE id = $1 AND tracking_number = $4"  # not of one that was given another
_REST = """
INSERT INTO carrier_rest (carrier, faults, until) VALUES ($1, 1, $2) ON CONFLICT (carrier) DO UPDATE SET
faults = carrier_rest.faults + 1, until = $2
"""


async def ask(name: str, within: float = SHIFT_S) -> int:
    """Ask the carrier `name` about its parcels that are due, for `within` seconds at most; how many were asked.

    One that was left alone is asked about a single parcel first.
    """
    carrier = carriers.named(name)
    rest = await CarrierRest.get_or_none(carrier=name)
    if carrier is None or (rest and rest.until and rest.until > clock.now()):
        return 0
    shift = _Shift(name, carrier, asyncio.get_running_loop().time() + within, rest.faults if rest else 0)
    if rest:
        shift.patience = 1
        if not await shift.one() or shift.over:
            return shift.asked
        await _answers(ASKER, name)
        shift.patience, shift.rests = PATIENCE, 0
    await asyncio.gather(*(shift.work() for _ in range(carrier.at_once)))
    return shift.asked


@dataclass(slots=True)
class _Shift:
    """One carrier being asked for a while."""

    name: str
    carrier: Carrier
    until: float
    rests: int  # one after the other, before this
    patience: int = PATIENCE
    faults: int = field(default=0)  # in a row
    asked: int = 0
    over: bool = False

    async def work(self) -> None:
        """One of those who ask at the same time."""
        while not self.over and asyncio.get_running_loop().time() < self.until and await self.one():
            pass

    async def one(self) -> bool:
        """Ask about the parcel that has waited longest; False when none is due."""
        now = clock.now()
        found = await _all(_CLAIM, self.name, now, LEASE)
        if not found:
            return False
        [due] = found
        self.asked += 1
        try:
            news = (await self.carrier.track([due["tracking_number"]]))[due["tracking_number"]]
            self.faults = 0
            await _heard(due, news)
        except Unanswered as fault:
            log.info("carrier_silent", carrier=self.name, fault=str(fault))
            await _again(due)
            await self._fault()
        except (*DOWN, Refusal):
            raise
        except Exception:
            log.exception("poll_fault", carrier=self.name, shipment=str(due["id"]))
            await _again(due)
        return True

    async def _fault(self) -> None:
        self.faults += 1
        if self.faults < self.patience or self.over:
            return
        self.over = True
        await _rests(ASKER, self.name, clock.now() + rules.rest_after(self.rests))
        log.warning("carrier_rests", carrier=self.name, rests=self.rests + 1)


async def _heard(due: dict[str, Any], news: News) -> None:
    """Without news, one statement; with news (a scan, or another day of arrival), an action of its own."""
    now = clock.now()
    scans = of_parcel(news.scans, due["opened_at"])
    if (news.eta and news.eta != due["eta"]) or await unknown(due["id"], scans, now):
        await _told(ASKER, due["id"], due["tracking_number"], News(scans, news.eta))
        return
    silent = min(due["silent_polls"] + 1, 100)
    await _all(_NEXT, due["id"], now + rules.poll_after(silent), silent, due["tracking_number"])


@verb
async def _told(u: Unit, shipment_id: UUID, number: str, news: News) -> dict[str, Any]:
    """What the carrier said of `number`; nothing, if the parcel was given another while the carrier thought about it."""
    row = await access.hold_shipment(u, shipment_id)
    if row.tracking_number != number:
        return {"stored": 0}
    another_day = expect(row, news.eta, u.now)
    stored = await record(u, row, news.scans)
    row.silent_polls = 0 if stored or another_day else min(row.silent_polls + 1, 100)
    row.poll_at = u.now + rules.poll_after(row.silent_polls)
    await row.save(using_db=u.connection, update_fields=["poll_at", "silent_polls"])
    return {"stored": stored}


@verb
async def _rests(u: Unit, carrier: str, until: datetime) -> dict[str, Any]:
    """It is left alone for a while, and the head office sees it."""
    await u.connection.execute_query_dict(_REST, [carrier, until])
    u.hint(await access.stewards(), "board")
    return {}


@verb
async def _answers(u: Unit, carrier: str) -> dict[str, Any]:
    await CarrierRest.filter(carrier=carrier).using_db(u.connection).delete()
    u.hint(await access.stewards(), "board")
    return {}


async def _again(due: dict[str, Any]) -> None:
    """Nothing was learned. Not at once: a parcel that can't be asked about would stand before all others."""
    await _all(_NEXT, due["id"], clock.now() + rules.FIRST_POLL, due["silent_polls"], due["tracking_number"])


async def _all(query: str, *values: Any) -> Sequence[dict[str, Any]]:
    return list(await connections.get("default").execute_query_dict(query, list(values)))

"""What happens to a shipment on its way: scanned by a courier, a carrier or a steward, delivered with proof."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from hub import access, clock, events
from hub.actions import media as pictures
from hub.actions import orders
from hub.config import config
from hub.errors import Refusal
from hub.rules import shipments as rules
from hub.rules.orders import Stage
from hub.rules.shipments import Source, Status
from hub.unit import Actor, Unit, verb
from hub.views import shipments as view
from models.media import MediaThread
from models.shipments import Checkpoint, Shipment

SCANS = 2_000  # of one shipment that are looked at, the newest: more than any carrier sends
POSITION_EVERY = timedelta(seconds=5)
RECYCLED_AFTER = timedelta(days=30)  # an ended shipment still hears late news of its number for this long
_heard: dict[str, datetime] = {}  # shipment -> its last position passed on by this process


@dataclass(frozen=True, slots=True)
class Scan:
    """What somebody reports: `at` is when it happened, None for now; `reason` one of the rules' or nothing."""

    status: Status
    source: Source
    at: datetime | None = None
    place: str | None = None
    note: str | None = None
    code: str | None = None
    reason: str | None = None


@verb
async def courier_scans(u: Unit, token: str, scan: Scan, name: str | None = None) -> dict[str, Any]:
    """The courier records where the parcel is. Who took it may come along with `delivered`, or afterwards as proof.

    Raises Refusal `not_found`, `link_expired`.
    """
    row = await _by_token(u, token)
    if name:
        _prove(row, name, rules.true_time(scan.at, u.now, row.booked_at))
    await record(u, row, [scan])
    return await view.for_courier(row, _locale())


async def prove(actor: Actor, token: str, name: str, content: bytes | None, at: datetime | None) -> dict[str, Any]:
    """Who took the parcel, perhaps with a photo or a drawn signature; it is delivered, if that was not said yet.

    Raises Refusal `not_found`, `link_expired`, `not_a_picture`, `picture_too_large`.
    """
    if not content:
        return await _proved(actor, token, name, None, at)
    async with pictures.laid(content) as picture:
        return await _proved(actor, token, name, picture, at)


@verb
async def _proved(u: Unit, token: str, name: str, picture: pictures.Laid | None, at: datetime | None) -> dict[str, Any]:
    row = await _by_token(u, token)
    if picture:
        media = await pictures.keep(u, picture, "proof")
        await MediaThread.create(media_id=media.id, thread_id=row.order.thread_id, using_db=u.connection)
        row.proof_media_id = media.id
    _prove(row, name, rules.true_time(at, u.now, row.booked_at))
    arrived = [] if row.status == Status.DELIVERED else [Scan(Status.DELIVERED, Source.COURIER_LINK, at=at)]
    await record(u, row, arrived)
    return await view.for_courier(row, _locale())


@verb
async def correct(u: Unit, shipment_id: Any, scan: Scan) -> dict[str, Any]:
    """A steward's own word, which stands above every other. Raises Refusal `not_found`, `not_allowed`."""
    row = await access.hold_shipment(u, shipment_id)
    place = await access.place(u.person, row.order.thread_id)
    if not place.may("see_shipment"):
        raise Refusal("not_found")
    place.need("correct_shipment")
    await record(u, row, [scan])
    return await view.shipment(row, place, u.person.locale)


async def position(token: str, lat: float, lon: float, accuracy_m: float | None, at: datetime | None) -> dict[str, Any]:
    """Where the courier is now, to the thread's people only: at most every 5 s, never stored.

    Raises Refusal `not_found`, `link_expired`, `bad_form`.
    """
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        raise Refusal("bad_form", fields={"lat": "bad_position", "lon": "bad_position"})
    row = await access.parcel(token)
    now, key = clock.now(), str(row.id)
    if key in _heard and now - _heard[key] < POSITION_EVERY:
        return {"shipment": key, "passed_on": False}
    _heard[key] = now
    for old in [other for other, heard in _heard.items() if now - heard > POSITION_EVERY]:
        del _heard[old]
    frame = {
        "t": "position", "shipment": key, "lat": round(lat, 6), "lon": round(lon, 6), "accuracy_m": accuracy_m,
        "at": clock.iso(rules.true_time(at, now)),
    }
    return await _pass_on(Actor(scope="courier"), row, frame)


@verb
async def _pass_on(u: Unit, row: Shipment, frame: dict[str, Any]) -> dict[str, Any]:
    u.signal(await access.people_of(row.order.thread_id), frame, thread=row.order.thread_id)
    return {"shipment": str(row.id), "passed_on": True}


@verb
async def carrier_reports(
    u: Unit, carrier: str, event_id: str, tracking_number: str, scans: Sequence[Scan], body: str
) -> dict[str, Any]:
    """A carrier's signed call: `{stored, known}`. The same `event_id` takes effect once; a number nobody knows is kept.

    When a kept report comes again, its number may be known by then: it is then taken up.
    """
    number = rules.plain_number(tracking_number)
    found = await _by_number(u, carrier, number)
    fresh = await u.connection.execute_query_dict(
        "INSERT INTO carrier_report (carrier, event_id, tracking_number, body, shipment_id, received_at)"
        " VALUES ($1, $2, $3, $4::jsonb, $5, $6) ON CONFLICT (carrier, event_id) DO UPDATE SET shipment_id = EXCLUDED.shipment_id"
        " WHERE carrier_report.shipment_id IS NULL AND EXCLUDED.shipment_id IS NOT NULL RETURNING id",
        [carrier, event_id, number, body, found.id if found else None, u.now],
    )
    if found is None:
        if fresh:
            u.hint(await access.stewards(), "board")
        return {"stored": 0, "known": False}
    return {"stored": await record(u, found, scans) if fresh else 0, "known": True}


async def _by_number(u: Unit, carrier: str, number: str) -> Shipment | None:
    """The shipment that a carrier speaks of: a living one of its own; an aggregator (`generic`) speaks for any carrier."""
    recent = [
        row
        for row in await Shipment.filter(tracking_number=number).order_by("-booked_at").limit(20)
        if row.living or (row.delivered_at and u.now - row.delivered_at < RECYCLED_AFTER)
    ]
    own = [row for row in recent if row.carrier == carrier]
    others = recent if carrier == "generic" else []
    for rows in (own, others):
        living = [row for row in rows if row.living]
        if len(living) == 1 or (not living and rows):
            return await access.hold_shipment(u, (living or rows)[0].id)
    return None


async def _by_token(u: Unit, token: str) -> Shipment:
    return await access.hold_shipment(u, (await access.parcel(token)).id)


def _prove(row: Shipment, name: str, at: datetime) -> None:
    row.proof_name, row.proof_at = name, at


def _locale() -> str:
    return config().default_locale


async def record(u: Unit, row: Shipment, scans: Sequence[Scan]) -> int:
    """Add the scans that are new, derive the status from everything known, tell the thread; how many were new.

    The same scan reported twice is one. It is an event of the thread at the time it is learned; `happened_at` says when
    it was.
    """
    fresh = await _added(u, row, scans)
    known = await Checkpoint.filter(shipment_id=row.id).order_by("-at").limit(SCANS)
    status, reason = rules.derive(_observed(scan) for scan in known)
    arrived = status is Status.DELIVERED and row.status != Status.DELIVERED
    row.status, row.reason, row.living = status.value, reason, rules.is_living(status)
    if fresh:
        row.heard_at = u.now
    if arrived:
        row.delivered_at = max(scan.at for scan in known if scan.status == Status.DELIVERED)
    await row.save(using_db=u.connection)
    if arrived and row.order.stage == Stage.SHIPPED and await _all_there(u, row):
        await orders.deliver(u, row.order)
    for scan in fresh:
        await _say(u, row, scan)
    await orders.tell(u, row.order)
    return len(fresh)


async def _all_there(u: Unit, row: Shipment) -> bool:
    others = await Shipment.filter(order_id=row.order_id).using_db(u.connection).values_list("status", flat=True)
    return rules.all_there(Status(str(status)) for status in others)


async def _added(u: Unit, row: Shipment, scans: Sequence[Scan]) -> list[Checkpoint]:
    """Those not known yet, stored; the thread's row is held, so nobody adds the same meanwhile."""
    if not scans:
        return []
    given = {checkpoint.sameness: checkpoint for checkpoint in reversed([_checkpoint(u, row, scan) for scan in scans])}
    rows = await Checkpoint.filter(shipment_id=row.id, sameness__in=list(given)).values_list("sameness", flat=True)
    known = {str(sameness) for sameness in rows}
    fresh = sorted((one for sameness, one in given.items() if sameness not in known), key=lambda one: one.at)
    await Checkpoint.bulk_create(fresh, using_db=u.connection)
    return fresh


def _checkpoint(u: Unit, row: Shipment, scan: Scan) -> Checkpoint:
    booked_at = row.booked_at if scan.source is Source.COURIER_LINK else None  # carriers may know it before we do
    found = Checkpoint(
        shipment_id=row.id, at=rules.true_time(scan.at, u.now, booked_at), received_at=u.now, status=scan.status.value, reason=scan.reason,
        place=scan.place, note=scan.note, source=scan.source.value, code=scan.code,
        by_id=u.actor.person.id if u.actor.person else None, sameness="",
    )
    found.sameness = sha256(repr(rules.same(_observed(found))).encode()).hexdigest()
    return found


def _observed(scan: Checkpoint) -> rules.Checkpoint:
    """A stored scan as the rules read it."""
    return rules.Checkpoint(scan.at.astimezone(UTC), Status(scan.status), Source(scan.source), scan.place, scan.code, scan.reason)


async def _say(u: Unit, row: Shipment, scan: Checkpoint) -> None:
    await u.say(row.order.thread_id, events.ShipmentCheckpoint(
        shipment=str(row.id), order=str(row.order_id), status=scan.status, shipment_status=row.status, happened_at=clock.iso(scan.at),
        place=scan.place, note=scan.note, source=scan.source, name=row.proof_name if scan.status == Status.DELIVERED else None,
    ))

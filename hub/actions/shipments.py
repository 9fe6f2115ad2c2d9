"""What happens to a shipment on its way: scanned by its courier or corrected by a steward, delivered with proof.

What carriers tell comes by `hub/actions/tracking/`.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from hub import access, clock
from hub.actions import media as pictures
from hub.actions.tracking.scans import record
from hub.config import config
from hub.errors import Refusal
from hub.rules import shipments as rules
from hub.rules.shipments import Scan as Scan  # as callers of these verbs know it
from hub.rules.shipments import Source, Status
from hub.unit import Actor, Unit, verb
from hub.views import shipments as view
from models.media import MediaThread
from models.shipments import Shipment

POSITION_EVERY = timedelta(seconds=5)
_heard: dict[str, datetime] = {}  # shipment -> its last position passed on by this process


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
    """A steward's own word, which stands above every other: so its time is not mended but has to be right.

    Raises Refusal `not_found`, `not_allowed`, `bad_form`.
    """
    row = await access.hold_shipment(u, shipment_id)
    place = await access.place(u.person, row.order.thread_id)
    if not place.may("see_shipment"):
        raise Refusal("not_found")
    place.need("correct_shipment")
    if scan.at and (why := rules.astray(scan.at, u.now, row.order.opened_at)):
        raise Refusal("bad_form", fields={"at": why})
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


async def _by_token(u: Unit, token: str) -> Shipment:
    return await access.hold_shipment(u, (await access.parcel(token)).id)


def _prove(row: Shipment, name: str, at: datetime) -> None:
    row.proof_name, row.proof_at = name, at


def _locale() -> str:
    return config().default_locale

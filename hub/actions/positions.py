"""Where a courier is now: passed on to the thread's people, never stored, gone when the courier says so.

Valkey holds only that something was passed on a moment ago, so that the limit is one for all nodes; never where it was.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from redis.exceptions import RedisError

from hub import access, clock
from hub.config import config
from hub.errors import Refusal
from hub.rules import shipments as rules
from hub.rules.places import Point
from hub.unit import Actor, Unit, services, verb
from hub.views import journeys
from models.shipments import Shipment

COURIER = Actor(scope="courier")
_heard: dict[str, float] = {}  # shipment -> when this process last passed its position on


async def share(token: str, here: Point, accuracy_m: float | None, at: datetime | None) -> dict[str, Any]:
    """Where the courier is now, to the thread's people only; at most so often, else `passed_on` is false.

    Raises Refusal `not_found`, `bad_form`, `sharing_ended`.
    """
    if not here.there:
        raise Refusal("bad_form", fields={"lat": "bad_position", "lon": "bad_position"})
    if accuracy_m is not None and not (math.isfinite(accuracy_m) and accuracy_m >= 0):
        raise Refusal("bad_form", fields={"accuracy_m": "too_small"})
    row = await access.parcel(token)
    if not row.living:
        raise Refusal("sharing_ended")
    if not await _its_turn(str(row.id)):
        return {"shipment": str(row.id), "passed_on": False}
    frame = {
        "t": "position", "shipment": str(row.id), "lat": round(here.lat, 6), "lon": round(here.lon, 6), "accuracy_m": accuracy_m,
        "at": _moment(at), **await journeys.whereabouts(row, here),
    }
    return await _pass_on(COURIER, row, frame)


async def stop(token: str, at: datetime | None) -> dict[str, Any]:
    """The courier shares no longer: whoever saw them sees them no more. A second time says nothing.

    Raises Refusal `not_found`.
    """
    row = await access.parcel(token)
    if not await _was_seen(str(row.id)):
        return {"shipment": str(row.id), "passed_on": False}
    return await _pass_on(COURIER, row, {"t": "position", "shipment": str(row.id), "at": _moment(at), "gone": True})


@verb
async def _pass_on(u: Unit, row: Shipment, frame: dict[str, Any]) -> dict[str, Any]:
    u.signal(await access.people_of(row.order.thread_id), frame, thread=row.order.thread_id)
    return {"shipment": str(row.id), "passed_on": True}


def _moment(at: datetime | None) -> str:
    return clock.iso(rules.true_time(at, clock.now()))


async def _its_turn(shipment: str) -> bool:
    """Has nothing of this parcel been passed on for a while, here or by another node? Then it is noted that now it is."""
    now, every = monotonic(), config().position_every_s
    for old in [other for other, heard in _heard.items() if now - heard >= every]:
        del _heard[old]
    if shipment in _heard:
        return False
    _heard[shipment] = now
    bus = services().bus
    if not bus.healthy:
        return True
    try:
        async with bus.commands.pipeline(transaction=False) as line:
            line.set(f"position:{shipment}", 1, nx=True, px=timedelta(seconds=every))
            line.set(f"position:{shipment}:seen", 1, px=timedelta(seconds=config().position_silent_s))
            return bool((await line.execute())[0])
    except (RedisError, OSError, TimeoutError):
        return True  # this process's own memory has to do


async def _was_seen(shipment: str) -> bool:
    """Was a position passed on since the last stop? Where nobody can tell, yes."""
    bus = services().bus
    if not bus.healthy:
        return True
    try:
        return bool(await bus.commands.delete(f"position:{shipment}:seen"))
    except (RedisError, OSError, TimeoutError):
        return True

"""The bell's line to Valkey: silent for long while nothing happens, and alive all the same."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

import pytest
import redis.asyncio as redis

from hub import bus as bell
from hub.bus import Bus
from tests.services import TestServices

LOOK_S, LATE_S = 0.5, 0.002  # between two looks; by which a look is late


def clock(looks_at: float = LOOK_S + LATE_S) -> Any:
    """As an idle hub reads it: the beginning, a look, the pong a little later, and then looks that are late by as little each."""
    first = [100.0, 100.0 + looks_at, 100.0 + looks_at + 1.5 * LATE_S]
    later = (100.0 + number * looks_at for number in count(2))
    return lambda: first.pop(0) if first else next(later)


async def test_an_idle_line_is_not_taken_for_a_dead_one(services: TestServices, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pong comes a little after its ping, so that the next look finds the line almost, but not quite, silent for long enough."""
    monkeypatch.setattr(bell, "PING_S", LOOK_S)
    monkeypatch.setattr(bell, "monotonic", clock())
    client: Any = redis.Redis.from_url(services.redis_url)
    line = client.connection_pool.make_connection()
    await line.connect()
    bus = Bus(services.redis_url, "idle", 1)
    await bus._subscribe(line)
    watching = asyncio.create_task(bus._watch(line, asyncio.create_task(bus._read(line))))
    try:
        await asyncio.wait([watching], timeout=8 * LOOK_S)
        assert not watching.done(), watching.exception()
    finally:
        watching.cancel()
        await asyncio.wait([watching])
        await line.disconnect()
        await client.aclose()
        await bus.commands.aclose()

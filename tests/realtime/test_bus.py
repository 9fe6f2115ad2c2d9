"""The bell's line to Valkey: silent for long while nothing happens, and alive all the same."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import pytest
import redis.asyncio as redis

from hub import bus as bell
from hub.bus import Bus
from tests.services import TestServices


class Slow:
    """A line to Valkey on which each answer takes a moment of its own."""

    def __init__(self, line: Any) -> None:
        self.line, self.chance = line, Random(20261126)
        self.send_command = line.send_command

    async def read_response(self) -> Any:
        answer = await self.line.read_response()
        await asyncio.sleep(self.chance.uniform(0, 0.004))
        return answer


async def test_an_idle_line_is_not_taken_for_a_dead_one(services: TestServices, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pong comes a little after its ping, so that the next look finds the line almost, but not quite, silent for long enough."""
    monkeypatch.setattr(bell, "PING_S", 0.02)
    client: Any = redis.Redis.from_url(services.redis_url)
    line = Slow(client.connection_pool.make_connection())
    await line.line.connect()
    await line.send_command("SUBSCRIBE", "nothing")
    bus = Bus(services.redis_url, "idle", 1)
    watching = asyncio.create_task(bus._watch(line, asyncio.create_task(bus._read(line))))
    try:
        await asyncio.wait([watching], timeout=4)
        assert not watching.done(), watching.exception()
    finally:
        watching.cancel()
        await asyncio.wait([watching])
        await line.line.disconnect()
        await client.aclose()
        await bus.commands.aclose()


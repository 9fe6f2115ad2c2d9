"""Who is typing where: an expiring signal, never stored."""

from __future__ import annotations

import asyncio

from hub.bus import Bus
from hub.config import Config
from realtime import frames
from realtime.connection import Connection


class Typists:
    """Who is typing where: passed on at most every 3 s, over after 6 s without another word."""

    def __init__(self, config: Config, bus: Bus) -> None:
        self._config, self._bus = config, bus
        self._active: dict[tuple[Connection, str], asyncio.TimerHandle] = {}
        self._passed: dict[tuple[Connection, str], float] = {}

    def typing(self, connection: Connection, thread: str, people: tuple[str, ...], on: bool) -> None:
        """A participant says that they are writing, or that they stopped."""
        key, loop = (connection, thread), asyncio.get_running_loop()
        if timer := self._active.pop(key, None):
            timer.cancel()
        if on:
            self._active[key] = loop.call_later(self._config.typing_s, self.typing, connection, thread, people, False)
            if loop.time() - self._passed.get(key, -1e9) < self._config.typing_every_s:
                return
            self._passed[key] = loop.time()
        elif timer is None:
            return
        to = tuple(person for person in people if person != connection.person_id)
        frame = frames.body(frames.Typing(thread, connection.person_id, on))
        self._bus.ring("echo", thread=thread, to=to, frame=frame)

    def went(self, connection: Connection, people: dict[str, tuple[str, ...]]) -> None:
        """A connection is gone: so is its typing."""
        for key in [key for key in self._active if key[0] is connection]:
            self.typing(connection, key[1], people.get(key[1], ()), False)
        for key in [key for key in self._passed if key[0] is connection]:
            del self._passed[key]

    def stop(self) -> None:
        """Nobody types any more."""
        for timer in self._active.values():
            timer.cancel()

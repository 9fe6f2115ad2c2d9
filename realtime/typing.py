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
        self._typing: dict[Connection, dict[str, _Typing]] = {}

    def typing(self, connection: Connection, thread: str, people: tuple[str, ...], on: bool) -> None:
        """A participant says that they are writing, or that they stopped."""
        known = self._typing.get(connection, {}).get(thread)
        if on:
            if known is None:
                known = self._typing.setdefault(connection, {})[thread] = _Typing()
            self._begin(known, connection, thread, people)
        elif known:
            self._end(known, connection, thread, people)

    def _begin(self, known: _Typing, connection: Connection, thread: str, people: tuple[str, ...]) -> None:
        loop = asyncio.get_running_loop()
        if known.timer:
            known.timer.cancel()
        known.timer = loop.call_later(self._config.typing_s, self._end, known, connection, thread, people)
        if loop.time() - known.passed >= self._config.typing_every_s:
            known.passed, known.shown = loop.time(), True
            self._tell(connection, thread, people, True)

    def _end(self, known: _Typing, connection: Connection, thread: str, people: tuple[str, ...]) -> None:
        if known.timer:
            known.timer.cancel()
        known.timer = None
        if known.shown:  # whoever goes on and off within 3 s was not shown again, and need not be taken away again
            known.shown = False
            self._tell(connection, thread, people, False)

    def _tell(self, connection: Connection, thread: str, people: tuple[str, ...], on: bool) -> None:
        to = tuple(person for person in people if person != connection.person_id)
        self._bus.ring("echo", thread=thread, to=to, frame=frames.body(frames.Typing(thread, connection.person_id, on)))

    def went(self, connection: Connection, people: dict[str, tuple[str, ...]]) -> None:
        """A connection is gone: so is its typing."""
        for thread, known in self._typing.pop(connection, {}).items():
            self._end(known, connection, thread, people.get(thread, ()))

    def stop(self) -> None:
        """Nobody types any more."""
        for threads in self._typing.values():
            for known in threads.values():
                if known.timer:
                    known.timer.cancel()


class _Typing:
    """One person's typing in one thread, from one connection."""

    __slots__ = ("passed", "shown", "timer")

    def __init__(self) -> None:
        self.passed = -1e9  # when it was last passed on
        self.shown = False  # to the others, just now
        self.timer: asyncio.TimerHandle | None = None

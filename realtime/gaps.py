"""Gaps: what the bells did not tell is read from the log, but not before the bells had a moment to tell it.

Between two nodes bells cross: number 12 arrives while 11 is still on its way. So a timeline is read only when it has been
waiting at the same number for a while; one that moves is left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from time import monotonic
from typing import Any

import structlog

from hub.database import DOWN
from realtime.timeline import Timeline

log = structlog.get_logger("gaps")

HOLD_S = 0.2  # how long a timeline may wait for a bell
LOOK_S = 0.05  # between two looks at those that wait
RETRY_S = 1.0


class Gaps:
    """Timelines of which more is known to exist than was passed on, each with the number it waits at and since when."""

    def __init__(self, fill: Callable[[Timeline], Awaitable[None]], start: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._fill, self._start = fill, start
        self._waiting: dict[Timeline, tuple[int, float]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def behind(self, timeline: Timeline, seq: int) -> None:
        """The event `seq` of this timeline exists, and something before it was not passed on yet."""
        timeline.known = max(timeline.known, seq)
        if timeline not in self._waiting:
            self._wait(timeline, monotonic())

    def forget(self, timeline: Timeline) -> None:
        """Nobody here follows it any more."""
        self._waiting.pop(timeline, None)

    def stop(self) -> None:
        """Nothing is read any more."""
        if self._timer:
            self._timer.cancel()

    def _wait(self, timeline: Timeline, since: float) -> None:
        self._waiting[timeline] = timeline.last, since
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def _look(self) -> None:
        self._timer = None
        waiting, self._waiting, now = self._waiting, {}, monotonic()
        for timeline, (last, since) in waiting.items():
            if timeline.last >= timeline.known:
                continue
            if timeline.last != last:
                self._wait(timeline, now)
            elif now - since < HOLD_S:
                self._wait(timeline, since)
            else:
                self._start(self._read(timeline))

    async def _read(self, timeline: Timeline) -> None:
        try:
            await self._fill(timeline)
        except DOWN as fault:
            log.warning("gap_not_filled", thread=timeline.id, fault=repr(fault))
            if timeline.followers:
                self._wait(timeline, monotonic() - HOLD_S + RETRY_S)

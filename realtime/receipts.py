"""Watermarks: delivered up to here, read up to here. Outside the log, monotonic, written together about once a second."""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from hub.bus import Bus
from hub.config import Config
from hub.database import BUSY, DOWN
from realtime import frames
from realtime.fanout import Fanout
from realtime.store import Store

log = structlog.get_logger("receipts")

KEPT = 100_000  # marks kept while the database does not answer
RETRY_S = 1.0


class Receipts:
    """Marks of this node's people on their way to the database, and from there to the other participants."""

    def __init__(self, config: Config, store: Store, bus: Bus, fanout: Fanout) -> None:
        self._config, self._store, self._bus, self._fanout = config, store, bus, fanout
        self._marks: dict[tuple[str, str], tuple[int, int]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writing = asyncio.Lock()

    def mark(self, thread: str, person: str, *, got: int = 0, read: int = 0) -> None:
        """Note it. What was read has arrived, too."""
        key = (thread, person)
        before = self._marks.get(key, (0, 0))
        if len(self._marks) < KEPT or key in self._marks:
            self._marks[key] = (max(before[0], got, read), max(before[1], read))
            self._later(self._config.receipts_s)

    def _later(self, wait: float) -> None:
        if self._timer is None and not self._writing.locked():  # whoever writes looks again when it is done
            self._timer = asyncio.get_running_loop().call_later(wait, lambda: self._fanout.start(self.flush()))

    async def flush(self) -> None:
        """Write what was noted; those that moved are told to the thread's people."""
        self._timer = None
        async with self._writing:
            written = await self._write()
        if self._marks:
            self._later(self._config.receipts_s if written else RETRY_S)

    async def _write(self) -> bool:
        """Did the database take it? If not, it is noted again."""
        marks, self._marks = self._marks, {}
        rows = [(thread, person, got, read) for (thread, person), (got, read) in sorted(marks.items())]
        try:
            moved = await self._store.mark(rows)
        except (*DOWN, *BUSY) as fault:
            log.warning("receipts_wait", count=len(rows), fault=repr(fault))
            for thread, person, got, read in rows:
                self.mark(thread, person, got=got, read=read)
            return False
        for row in moved:
            frame = frames.body(frames.Receipt(row.thread, row.person, row.got, row.read))
            self._bus.ring("signal", thread=row.thread, to=tuple(row.people), frame=frame)
        return True

    async def stop(self) -> None:
        """The last ones, if the database takes them in time."""
        if self._timer:
            self._timer.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._config.db_timeout):
                await self.flush()
        if self._timer:
            self._timer.cancel()

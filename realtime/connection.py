"""One browser: what waits to be written to it, what it follows, and how it is closed.

There is no task here. Frames are heard from the protocol class of `realtime.wire` as they arrive, and what is pushed in
one turn of the event loop is written as one frame at its end. A client that does not read never makes anyone wait: its
queue is bounded, and beyond the bound it is told heads instead of events.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Protocol
from uuid import UUID

from hub.config import Config
from models.people import Person
from realtime import frames, protocol
from realtime.frames import CONTROL, EVENT, SIGNAL, Out
from realtime.limits import Allowance, Strikes
from realtime.protocol import JOINED

ROOM = 64 * 1024  # bytes waiting, beyond which replays and pages wait
FRAME = 64 * 1024  # bytes in one frame, where it is in our hands
SIGNALS = 32  # frames waiting behind a full socket, beyond which signals are dropped
JOINING = 1 << 62  # mark of a thread that is still being replayed: nothing live yet
WAITING, RESUMING, LIVE = 0, 1, 2  # stages: no hello yet, catching up, welcomed


class Wire(Protocol):
    """The socket, as `realtime.wire` gives it."""

    paused: bool  # the other side does not read as fast as we write

    def write_text(self, body: bytes) -> None: ...
    def finish(self, code: int, reason: str) -> None: ...
    def abort(self) -> None: ...
    def unread(self) -> int: ...


class Hall(Protocol):
    """The node, as far as a connection needs it."""

    def heard(self, connection: Connection, text: bytes | None) -> None: ...
    def lost(self, connection: Connection) -> None: ...
    def flush_later(self, connection: Connection) -> None: ...
    def fell_behind(self, connection: Connection, threads: set[str]) -> None: ...
    def reads_again(self, connection: Connection) -> None: ...


class Connection:
    """A signed-in socket. `follows` maps each followed thread to the last event that needs no live copy."""

    __slots__ = (
        "_behind", "_hall", "_out", "_scheduled", "_size", "_waiters", "allowance", "bad", "closed", "early", "ended", "fetches", "focus",
        "follows", "leaving", "line", "moved", "outstanding", "person", "person_id", "progress", "session", "slot", "stage", "stopwatch",
        "too_fast", "wire",
    )  # fmt: skip

    def __init__(self, hall: Hall, wire: Wire, person: Person, session: str, config: Config) -> None:
        loop = asyncio.get_running_loop()
        self.wire, self.person, self.session = wire, person, session
        self.person_id = str(person.id)
        self.ended: asyncio.Future[None] = loop.create_future()
        self.follows: dict[str, int] = {}
        self.moved: set[str] | None = None  # threads whose head this client has yet to be told
        self.stage = WAITING
        self.closed = self.leaving = False
        self.focus: UUID | None = None
        self.outstanding = 0  # sends without an answer
        self.line: asyncio.Task[None] | None = None  # sends that must wait for one another
        self.early: list[protocol.Send] | None = None  # what it said before it was live
        self.fetches: list[protocol.Fetch] | None = None
        self.stopwatch: asyncio.TimerHandle | None = None  # runs until hello
        self.slot = 0  # where the wheel of beats has it
        self.progress: tuple[int, float] | None = None  # bytes unread and since when, while the socket is full
        self.allowance = Allowance(config.frames_per_minute, config.frames_burst, monotonic())
        self.bad: Strikes | None = None
        self.too_fast: Strikes | None = None
        self._hall = hall
        self._behind = (config.behind_frames, config.behind_bytes)
        self._out: list[Out] = []
        self._size = 0
        self._scheduled = False
        self._waiters: list[asyncio.Future[None]] | None = None

    # What the socket tells us

    def heard(self, text: bytes | None) -> None:
        """A frame arrived; None stands for a binary one."""
        if not self.closed and not self.leaving:  # what comes after `bye` is sent again, to another node
            self._hall.heard(self, text)

    def writable(self) -> None:
        """The socket takes bytes again."""
        self.progress = None
        self.flush()
        if self.moved:
            self._hall.reads_again(self)

    def lost(self) -> None:
        """The socket is gone."""
        self._end()

    # Writing

    def push(self, item: Out) -> None:
        """Queue a frame; it leaves at the end of this turn of the loop. Never waits."""
        if self.closed or (item.sort == SIGNAL and (self.stage != LIVE or (self.wire.paused and len(self._out) >= SIGNALS))):
            return
        self._out.append(item)
        self._size += len(item.body)
        if self.wire.paused:
            if len(self._out) > self._behind[0] or self._size > self._behind[1]:
                self._fall_behind()
        elif len(self._out) >= JOINED or self._size >= FRAME:
            self.flush()
        elif not self._scheduled:
            self._scheduled = True
            self._hall.flush_later(self)

    def _fall_behind(self) -> None:
        """Forget the events that wait, and follow their threads no longer: `head` will say how far they came."""
        kept = [item for item in self._out if item.sort == CONTROL]
        dropped = {item.thread for item in self._out if item.sort == EVENT}
        self._out, self._size = kept, sum(len(item.body) for item in kept)
        if len(kept) > self._behind[0] or self._size > self._behind[1]:
            self.close(protocol.TOO_SLOW, "too slow")
        else:
            self._hall.fell_behind(self, dropped)

    def forget_thread(self, thread: str) -> None:
        """Not one more event of this thread, not even those that wait."""
        if any(item.thread == thread for item in self._out):
            self._out = [item for item in self._out if item.thread != thread]
            self._size = sum(len(item.body) for item in self._out)
        if self.moved:
            self.moved.discard(thread)

    def flush(self) -> None:
        """Write what waits, joined into frames of at most 64 objects, as long as the socket takes it."""
        self._scheduled = False
        while self._out and not self.wire.paused and not self.closed:
            if len(self._out) == 1:
                batch, self._out, self._size = self._out, [], 0
            else:
                batch = self._batch()
            self.wire.write_text(
                batch[0].body if len(batch) == 1 else b"[" + b",".join([item.body for item in batch]) + b"]"
            )
        if self._waiters and (self.closed or (self._size < ROOM and not self.wire.paused)):
            self._wake()

    def _batch(self) -> list[Out]:
        """What goes into the next frame: all that waits, if it fits."""
        waiting = self._out
        if len(waiting) <= JOINED and self._size + len(waiting) <= FRAME:
            self._out, self._size = [], 0
            return waiting
        count = size = 0
        for item in waiting[:JOINED]:
            size += len(item.body) + 1
            if count and size > FRAME:
                break
            count += 1
        batch = waiting[:count]
        del waiting[:count]
        self._size -= sum(len(item.body) for item in batch)
        return batch

    async def room(self) -> None:
        """Wait until this client reads: for those who would otherwise fill its queue by themselves."""
        while not self.closed and (self._size >= ROOM or self.wire.paused):
            waiter = asyncio.get_running_loop().create_future()
            self._waiters = [*(self._waiters or ()), waiter]
            await waiter

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters or [], None
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    # Closing

    def close(self, code: int, reason: str = "") -> None:
        """Write what waits, then the close frame."""
        if self.closed:
            return
        self.flush()
        if not self.closed:
            self.wire.finish(code, reason)
            self._end()

    def leave(self, min_ms: int, max_ms: int) -> None:
        """The hub goes down: say so, answer what was asked, close."""
        if self.closed or self.leaving:
            return
        self.leaving = True
        self.push(frames.out(frames.Bye(protocol.DRAINING, min_ms, max_ms)))
        if not self.outstanding:
            self.close(protocol.DRAINING, "draining")

    def answered(self) -> None:
        """One send less without an answer."""
        self.outstanding -= 1
        if self.leaving and not self.outstanding:
            self.close(protocol.DRAINING, "draining")

    def _end(self) -> None:
        if self.closed:
            return
        self.closed = True
        if self.stopwatch:
            self.stopwatch.cancel()
            self.stopwatch = None
        self._out = []
        self._size = 0
        self._wake()
        if not self.ended.done():
            self.ended.set_result(None)
        self._hall.lost(self)

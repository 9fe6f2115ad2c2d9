"""What happens on a node by the clock: beats, stuck sockets, and the search for whatever the bells did not tell."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import structlog

from hub import clock
from hub.config import Config
from hub.database import DOWN
from realtime import frames
from realtime.connection import Connection
from realtime.fanout import Fanout
from realtime.presence import Presence
from realtime.store import Store

log = structlog.get_logger("sweep")

SLOTS = 128
PER_BEAT = 100  # turns of the wheel between two beats
SKEW = timedelta(seconds=30)  # how far apart the clocks of two nodes may be
STUCK_LOOKS = 20  # looks at a full socket before it counts as stuck
RETRY_S = 1.0


class Wheel:
    """One timer for the beats of all connections: every 25 s, give or take a tenth."""

    def __init__(self, config: Config) -> None:
        self._turn_s = config.beat_s / PER_BEAT
        self._slots: list[set[Connection]] = [set() for _ in range(SLOTS)]
        self._at = 0

    def add(self, connection: Connection) -> None:
        """The first beat is due in one beat's time, the others follow."""
        connection.slot = (self._at + random.randint(PER_BEAT * 9 // 10, PER_BEAT * 11 // 10)) % SLOTS
        self._slots[connection.slot].add(connection)

    def drop(self, connection: Connection) -> None:
        """It has ended; whatever hangs on it is let go of now, and not when its beat would have been due."""
        self._slots[connection.slot].discard(connection)

    async def run(self) -> None:
        """Turn for ever."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + self._turn_s, loop.time() - 1)
            await asyncio.sleep(max(0.0, due - loop.time()))
            self._at = (self._at + 1) % SLOTS
            slot, self._slots[self._at] = self._slots[self._at], set()
            try:
                while slot:
                    connection = slot.pop()
                    self.add(connection)
                    connection.push(frames.BEAT)  # the last: it may close the connection
            finally:
                for connection in slot:  # a fault at one of them does not stop the beats of the others
                    self.add(connection)


class Sweep:
    """Compares this node with the database, and its sockets with the clock."""

    def __init__(self, config: Config, store: Store, fanout: Fanout, presence: Presence) -> None:
        self._config, self._store, self._fanout, self._presence = config, store, fanout, presence
        self._force = asyncio.Event()
        self._doubt = asyncio.Event()
        self._since = clock.now()
        self._told: dict[tuple[str, str], int] = {}

    async def recovered(self) -> None:
        """The bus is back: look at once for what was missed, and for who was sent away meanwhile."""
        self._force.set()
        self._doubt.set()

    async def run(self) -> None:
        """Every 10 s, and whenever forced."""
        while True:
            await _called(self._force, self._config.sweep_s)
            try:
                await self.sweep()
                await self._presence.compare()
            except DOWN as fault:
                log.warning("sweep_failed", fault=repr(fault))
                asyncio.get_running_loop().call_later(RETRY_S, self._force.set)
            except Exception:
                log.exception("sweep_fault")

    async def sweep(self) -> None:
        """Fill what is behind; tell heads of other threads that moved."""
        since, begun = self._since - SKEW, clock.now()
        heads = await self._store.last_seqs(list(self._fanout.timelines))
        for thread, head in heads.items():
            timeline = self._fanout.timelines.get(thread)
            if timeline and timeline.last < 0:  # somebody follows it whose first word has no answer yet
                timeline.last = head
            elif timeline and timeline.last < head:
                self._fanout.gaps.behind(timeline, head)
        told = {}
        for thread, person, head in await self._store.moved(since, list(self._fanout.people)):
            told[thread, person] = head
            if self._told.get((thread, person)) != head:
                for connection in self._fanout.people.get(person, ()):
                    if thread not in connection.follows:
                        self._fanout.heads.moved(connection, thread)
        self._told, self._since = told, begun

    async def recheck(self) -> None:
        """At least every 5 minutes, and whenever in doubt: are sessions still alive, and people still in what they follow?"""
        while True:
            await _called(self._doubt, self._config.recheck_s)
            try:
                await self._recheck()
            except DOWN as fault:
                log.warning("recheck_failed", fault=repr(fault))
                asyncio.get_running_loop().call_later(RETRY_S, self._doubt.set)
            except Exception:
                log.exception("recheck_fault")

    async def _recheck(self) -> None:
        connections = self._fanout.connections()
        for session in await self._store.ended(list({connection.session for connection in connections})):
            self._fanout.revoke(session)
        pairs = {(thread, connection.person_id) for connection in connections for thread in connection.follows}
        for thread, person in await self._store.strangers(list(pairs)):
            self._fanout.remove([person], thread)

    async def stuck(self) -> None:
        """Abort sockets from which the other side took nothing for 10 s."""
        while True:
            await asyncio.sleep(self._config.stuck_s / STUCK_LOOKS)
            self._abort_stuck(asyncio.get_running_loop().time())  # a call: between two looks nobody's connection is held

    def _abort_stuck(self, now: float) -> None:
        for connection in self._fanout.connections():
            if not connection.wire.paused:
                continue
            unread = connection.wire.unread()
            if connection.progress is None or connection.progress[0] != unread:
                connection.progress = (unread, now)
            elif now - connection.progress[1] >= self._config.stuck_s:
                log.info("stuck", person=connection.person_id)
                connection.wire.abort()


async def _called(event: asyncio.Event, within: float) -> None:
    """Wait until called, and a little less than `within` seconds at most, so that nodes don't ask at the same moment."""
    try:
        async with asyncio.timeout(within * random.uniform(0.9, 1.0)):
            await event.wait()
    except TimeoutError:
        pass
    event.clear()

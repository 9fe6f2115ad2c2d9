"""Catching up: what was missed is read from the log, then the live events take over, without a hole or a double.

The trick is in the order. First the connection is entered as a follower whose mark lets nothing live through; then the
head is asked, then the log is read until it is level with what this node has passed on. In that same instant, with no
`await` in between, the mark is set: everything above it comes live, everything up to it was replayed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import structlog
from msgspec import Raw

from hub import clock
from hub.config import Config
from hub.database import DOWN
from hub.errors import Refusal
from hub.journal import Said
from realtime import frames, limits, protocol
from realtime.connection import FRAME, JOINING, LIVE, Connection
from realtime.fanout import Fanout
from realtime.frames import EVENT, Out
from realtime.presence import Presence
from realtime.protocol import PAGE
from realtime.store import Standing, Store
from realtime.timeline import Timeline

log = structlog.get_logger("resume")

T = TypeVar("T")


class Resume:
    """Replays and pages for the connections of this node."""

    def __init__(self, config: Config, store: Store, fanout: Fanout, presence: Presence, node: str) -> None:
        self._config, self._store, self._fanout, self._presence, self._node = config, store, fanout, presence, node
        self.epoch = ""
        self._limits = limits.told(config)

    async def hello(self, connection: Connection, frame: protocol.Hello, live: Callable[[], None]) -> None:
        """Welcome, the missing events of each listed thread, synced; `live` is called once welcome was said.

        Waits for a database that does not answer.
        """
        positions = {str(thread): seq for thread, seq in frame.threads.items()}
        foreign = frame.epoch is not None and frame.epoch != self.epoch
        for thread in positions:
            self._fanout.follow(connection, thread)
        person, store = connection.person.id, self._store
        known = await self._patiently(connection, lambda: asyncio.gather(store.own(person), store.standing(person, [*frame.threads])))
        if connection.closed or known is None:
            return
        own, standings = known
        heads = [frames.ThreadHead(str(head.thread), head.head, head.read, head.unread) for head in own]
        connection.push(frames.out(self._welcome(connection, heads)))
        connection.stage = LIVE
        live()
        if connection.moved:
            self._fanout.heads.tell(connection)
        if foreign:
            connection.push(frames.out(frames.Reset("epoch")))
        synced = {}
        for thread, seq in positions.items():
            standing = standings.get(thread)
            if standing is None or thread not in connection.follows:
                self._fanout.unfollow(connection, thread)
                connection.push(frames.out(frames.Reset("unknown_thread", thread)))
                continue
            level = await self._catch_up(connection, standing, 0 if foreign else seq)
            if level is not None:
                synced[thread] = level
        if connection.closed:  # on the way: who is gone must not count as having come
            return
        connection.push(frames.out(frames.Synced(synced)))
        self._presence.came(connection)
        await self._presence.introduce(connection, list(synced))

    def _welcome(self, connection: Connection, heads: list[frames.ThreadHead]) -> frames.Welcome:
        now, person, config = clock.iso(clock.now()), connection.person_id, self._config
        return frames.Welcome(connection.session, person, self._node, self.epoch, now, config.beat_s, self._limits, heads)

    async def _catch_up(self, connection: Connection, standing: Standing, seq: int) -> int | None:
        """Replay one listed thread; its number when it went live, None when it did not."""
        thread, head = standing.thread, standing.head
        timeline = self._fanout.timelines[str(thread)]
        self._fanout.settle(timeline, head, standing.people)
        if seq > head:
            connection.push(frames.out(frames.Reset("ahead", str(thread))))
            seq = 0
        else:
            self._part(connection, standing, seq)
        return await self.replay(connection, timeline, max(seq, standing.floor))

    def _part(self, connection: Connection, standing: Standing, seq: int) -> None:
        """Whoever went and was called back from now on has a copy to which nothing will ever join: what lies between is not theirs."""
        if 0 < seq < standing.floor:
            connection.push(frames.out(frames.Reset("from_now", str(standing.thread))))

    async def replay(self, connection: Connection, timeline: Timeline, seq: int) -> int | None:
        """Send what the log has above `seq`, then go live. None: the connection closed, or follows no longer."""
        thread = UUID(timeline.id)
        while self._still(connection, timeline):
            if seq >= timeline.last:
                connection.follows[timeline.id] = seq
                return seq
            since = seq
            page = await self._patiently(connection, lambda after=since: self._store.after(thread, after, PAGE))  # type: ignore[misc]
            for said in page or ():
                await connection.room()
                if not self._still(connection, timeline):
                    return None
                connection.push(Out(said.frame(), EVENT, timeline.id))
                seq = said.seq
            if page is not None and not page:
                log.error("log_behind_bell", thread=timeline.id, seq=seq, last=timeline.last)
                timeline.last = seq
        return None

    def _still(self, connection: Connection, timeline: Timeline) -> bool:
        """Is this the timeline that the connection follows? It may have let go meanwhile, and taken the thread up anew."""
        return not connection.closed and timeline.id in connection.follows and self._fanout.timelines.get(timeline.id) is timeline

    async def _patiently(self, connection: Connection, ask: Callable[[], Awaitable[T]]) -> T | None:
        """The answer, however long the database takes to come back; None once the client has gone."""
        wait = 0.2
        while not connection.closed:
            try:
                return await ask()
            except DOWN as fault:
                log.warning("resume_waits", fault=repr(fault))
                await asyncio.sleep(wait)
                wait = min(wait * 2, 2.0)
        return None

    async def fetch(self, connection: Connection, frame: protocol.Fetch) -> None:
        """Answer with a page, and follow the thread from its head on. Raises Refusal."""
        thread, person = str(frame.thread), connection.person.id
        fresh = thread not in connection.follows
        timeline = self._fanout.follow(connection, thread, JOINING if fresh else connection.follows[thread])
        try:
            standing = (await self._store.standing(person, [frame.thread])).get(thread)
            if standing is None:
                raise Refusal("unknown_thread")
            page, more = await self._page(frame, standing)
        except BaseException:
            if fresh:
                self._fanout.unfollow(connection, thread)
            raise
        if thread not in connection.follows:
            raise Refusal("unknown_thread")
        self._part(connection, standing, frame.after or 0)
        self._fanout.settle(timeline, standing.head, standing.people)
        head = max(standing.head, *(said.seq for said in page), 0)
        events, cut = _fitting([said.frame() for said in page], newest=frame.before is not None)
        connection.push(frames.out(frames.Events(frame.ref, thread, events, more or cut, head), thread))
        if fresh:
            await self.replay(connection, timeline, head)
            await self._presence.introduce(connection, [thread])

    async def _page(self, frame: protocol.Fetch, standing: Standing) -> tuple[list[Said], bool]:
        """The events asked for, and whether there are more in that direction."""
        floor = standing.floor
        if frame.after is not None:
            page = await self._store.after(frame.thread, max(frame.after, floor), frame.limit)
            return page, len(page) == frame.limit and page[-1].seq < standing.head
        page = await self._store.before(frame.thread, frame.before or 0, frame.limit, floor)
        return page, bool(page) and page[0].seq > floor + 1


def _fitting(events: list[bytes], *, newest: bool) -> tuple[list[Raw], bool]:
    """As many as go into one frame (at least one), from the end that was asked for; were some left out?"""
    kept: list[Raw] = []
    size = 0
    for event in reversed(events) if newest else events:
        size += len(event) + 1
        if kept and size > FRAME - 512:
            break
        kept.append(Raw(event))
    return (kept[::-1] if newest else kept), len(kept) < len(events)

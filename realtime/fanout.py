"""From a bell to the connections of this node: each thread's events in order, to those who follow; heads to the others.

A `Timeline` exists for each thread that somebody here follows, and remembers the last event passed on. A bell that came
early is held for a moment, then the gap is read from the log. Who receives an event is decided by the people its bell
names (or, for what is read from the log, by those who are in the thread at that moment), never by who follows alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import structlog

from hub.bus import Bell
from hub.tasks import end
from realtime import frames, protocol
from realtime.connection import JOINING, LIVE, Connection
from realtime.frames import EVENT, SIGNAL, Out
from realtime.gaps import Gaps
from realtime.heads import Heads
from realtime.limits import FOLLOWS
from realtime.store import Store
from realtime.timeline import Timeline

log = structlog.get_logger("fanout")

PAGE = 200
HELD = 256  # events of one thread that came before their turn


class Fanout:
    """Who is connected here, what they follow, and what they have yet to be told."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.people: dict[str, tuple[Connection, ...]] = {}
        self.timelines: dict[str, Timeline] = {}
        self.members: dict[str, set[str]] = {}  # person -> followed threads they are in
        self.revoked: dict[str, float] = {}  # sessions that ended a moment ago
        self.here: Callable[[str, bool], None] = lambda person, here: None  # what a `here` bell means
        self.heads = Heads(store, self.start)
        self.gaps = Gaps(self.fill, self.start)
        self._tasks: set[asyncio.Task[None]] = set()

    # Who is connected

    def enter(self, connection: Connection) -> None:
        """A connection that was accepted."""
        self.people[connection.person_id] = (*self.people.get(connection.person_id, ()), connection)

    def exit(self, connection: Connection) -> bool:
        """A connection that is gone; True when it was the person's last one here."""
        left = tuple(other for other in self.people.get(connection.person_id, ()) if other is not connection)
        if left:
            self.people[connection.person_id] = left
        else:
            self.people.pop(connection.person_id, None)
        self.heads.forget(connection)
        for thread in list(connection.follows):
            self.unfollow(connection, thread)
        return not left

    def connections(self) -> list[Connection]:
        """Everybody here."""
        return [connection for held in self.people.values() for connection in held]

    # Following

    def follow(self, connection: Connection, thread: str, mark: int = JOINING) -> Timeline:
        """Take the thread up: live above `mark`, or nothing yet while it is replayed."""
        timeline = self.timelines.get(thread)
        if connection.closed:  # what it said last runs after it was taken out: nobody would ever take it out again
            return timeline or Timeline(thread)
        if timeline is None:
            timeline = self.timelines[thread] = Timeline(thread)
        if thread not in connection.follows:
            if len(connection.follows) >= FOLLOWS:
                self.unfollow(connection, next(iter(connection.follows)))
            timeline.followers += 1
        connection.follows[timeline.id] = mark
        return timeline

    def unfollow(self, connection: Connection, thread: str) -> None:
        """Nothing live from this thread any more."""
        if connection.follows.pop(thread, None) is None:
            return
        timeline = self.timelines[thread]
        timeline.followers -= 1
        if not timeline.followers:
            del self.timelines[thread]
            self.gaps.forget(timeline)
            self._seat(timeline, ())

    def _seat(self, timeline: Timeline, people: tuple[str, ...]) -> None:
        """The people of a followed thread are these now."""
        for person in timeline.people:
            threads = self.members.get(person)
            if threads and person not in people:
                threads.discard(timeline.id)
                if not threads:
                    del self.members[person]
        for person in people:
            self.members.setdefault(person, set()).add(timeline.id)
        timeline.people = people

    def settle(self, timeline: Timeline, head: int, people: tuple[str, ...]) -> None:
        """What the database says of a followed thread: begin there, or look for what the bells did not tell."""
        if self.timelines.get(timeline.id) is not timeline:  # nobody follows it any more, or somebody anew
            return
        if people and people != timeline.people:
            self._seat(timeline, people)
        if timeline.last < 0:
            timeline.last = head
        elif timeline.last < head:
            self.gaps.behind(timeline, head)

    # Bells

    def deliver(self, bell: Bell) -> None:
        """Every bell of every node comes here."""
        sort = bell.sort
        if sort == "event":
            self._event(bell.thread, bell.seq, bell.to, Out(bell.frame, EVENT, bell.thread))
        elif sort == "moved":
            self._moved(bell.thread, bell.seq, bell.to)
        elif sort == "signal":
            self._signal(bell.to, Out(bell.frame, SIGNAL))
        elif sort == "echo":
            self.echo(bell.thread, bell.to, Out(bell.frame, SIGNAL))
        elif sort == "here":
            self.here(bell.frame.decode(), bool(bell.seq))
        elif sort == "left":
            self.remove(bell.to, bell.thread)
        elif sort == "revoked":
            self.revoke(bell.frame.decode())

    def _event(self, thread: str, seq: int, to: tuple[str, ...], item: Out) -> None:
        timeline = self.timelines.get(thread)
        if timeline is None:
            for person in to:
                for connection in self.people.get(person, ()):
                    self.heads.moved(connection, thread)
            return
        if timeline.last < 0:
            timeline.last = seq - 1
        if seq == timeline.last + 1:
            self._emit(timeline, seq, to, item)
            if timeline.held:
                self._release(timeline)
        elif seq > timeline.last:
            if timeline.held is None:
                timeline.held = {}
            if len(timeline.held) < HELD:  # while the gap can't be read; the log has the rest
                timeline.held[seq] = (item, to)
            self.gaps.behind(timeline, seq)

    def _moved(self, thread: str, seq: int, to: tuple[str, ...]) -> None:
        """An event that was stored a while ago, perhaps by a call whose answer was lost: whoever does not have it reads it."""
        timeline = self.timelines.get(thread)
        if timeline is None:
            for person in to:
                for connection in self.people.get(person, ()):
                    self.heads.moved(connection, thread)
        elif timeline.last < seq:
            self.gaps.behind(timeline, seq)

    def _emit(self, timeline: Timeline, seq: int, to: tuple[str, ...], item: Out) -> None:
        """The next event of this thread, to everyone of `to` who is here."""
        timeline.last = seq
        if to is not timeline.people and to != timeline.people:
            self._seat(timeline, to)
        thread = timeline.id
        for person in to:
            for connection in self.people.get(person, ()):
                mark = connection.follows.get(thread)
                if mark is None:
                    self.heads.moved(connection, thread)
                elif seq > mark:
                    connection.push(item)

    def _release(self, timeline: Timeline) -> None:
        """What was held and is next now; forget what came twice."""
        held = timeline.held or {}
        while found := held.pop(timeline.last + 1, None):
            self._emit(timeline, timeline.last + 1, found[1], found[0])
        timeline.held = {seq: item for seq, item in held.items() if seq > timeline.last} or None

    def _signal(self, to: tuple[str, ...], item: Out) -> None:
        for person in to:
            for connection in self.people.get(person, ()):
                connection.push(item)

    def echo(self, thread: str, to: tuple[str, ...], item: Out) -> None:
        """A signal for those of `to` who follow this thread."""
        for person in to:
            for connection in self.people.get(person, ()):
                if thread in connection.follows:
                    connection.push(item)

    def remove(self, people: Iterable[str], thread: str) -> None:
        """These people are out of the thread: not one event more, and the local copy is to be forgotten."""
        for person in people:
            for connection in self.people.get(person, ()):
                connection.forget_thread(thread)
                self.unfollow(connection, thread)
                if connection.stage == LIVE:  # one that resumes is told at this thread's turn
                    connection.push(frames.out(frames.Reset("left", thread)))

    def revoke(self, session: str) -> None:
        """This session ended: so do its sockets."""
        now = asyncio.get_running_loop().time()
        self.revoked = {other: at for other, at in self.revoked.items() if now - at < 10} | {session: now}
        for connection in self.connections():
            if connection.session == session:
                connection.close(protocol.SIGNED_OUT, "signed out")

    async def fill(self, timeline: Timeline) -> None:
        """Pass on whatever the log holds beyond `last`. Raises what a database that does not answer raises."""
        while timeline.followers:
            since = timeline.last
            said, people = await self._store.missed(timeline.id, since, PAGE)
            if not timeline.followers:  # the last one left meanwhile: who is seated now would never be taken out again
                return
            for event in said:
                if event.seq == timeline.last + 1:
                    self._emit(timeline, event.seq, people, Out(event.frame(), EVENT, timeline.id))
            self._release(timeline)
            if timeline.last >= timeline.known or timeline.last == since:  # a page that brings nothing will bring nothing again
                return

    # Tasks of this node

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine beside everything else; a fault is logged, not lost."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()):
            log.error("task_fault", exc_info=fault)

    async def stop(self) -> None:
        """End what runs beside."""
        self.heads.stop()
        self.gaps.stop()
        await end(self._tasks)

"""Who is here, and who is typing: expiring, never stored in the log.

Each node keeps a hash `here:<node>` in Valkey, person -> number of connections, that expires unless the node lives. So a
node that dies takes its people with it, and an idle connection costs nothing. Comings and goings are told by bells named
`here`; every node turns them into frames for those who follow a thread of that person. Going is told after a grace, for
flaky networks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog
from redis.exceptions import RedisError

from hub.bus import Bus, lives
from hub.config import Config
from realtime import frames
from realtime.connection import LIVE, Connection
from realtime.fanout import Fanout
from realtime.frames import SIGNAL, Out
from realtime.store import chunks

log = structlog.get_logger("presence")

NODES, PREFIX = "nodes", "here:"
ALIVE_S = 30  # a node that was not heard of for this long is gone
ASK_S = 0.5  # how long anybody waits for Valkey's answer about presence
WRITE_S = 0.2  # changes of one moment are written together
FAULTS = (RedisError, OSError, TimeoutError)


class Presence:
    """People of this node, told to the others; and people of the others."""

    def __init__(self, config: Config, bus: Bus, fanout: Fanout) -> None:
        self._config, self._bus, self._fanout = config, bus, fanout
        self._key = PREFIX + bus.node
        self._begun = False
        self._others: tuple[str, ...] = ()  # keys of the other living nodes
        self._shown: set[str] = set()  # people of followed threads who were last told to be here
        self._leaving: dict[str, asyncio.TimerHandle] = {}
        self._changed: set[str] = set()
        self._write_timer: asyncio.TimerHandle | None = None
        fanout.here = self._told

    # Comings and goings on this node

    def came(self, connection: Connection) -> None:
        """A connection is live."""
        person = connection.person_id
        self._note(person)
        if timer := self._leaving.pop(person, None):
            timer.cancel()
        elif sum(other.stage == LIVE for other in self._fanout.people.get(person, ())) == 1:
            self._bus.ring("here", to=(), seq=1, frame=person.encode())

    def went(self, connection: Connection) -> None:
        """A connection is gone; also one that never was live: it was counted, and the person's live one may have gone before it."""
        person = connection.person_id
        self._note(person)
        if person not in self._fanout.people and person not in self._leaving:
            later = asyncio.get_running_loop().call_later
            self._leaving[person] = later(self._config.grace_s, lambda: self._fanout.start(self._gone(person)))

    async def _gone(self, person: str) -> None:
        self._leaving.pop(person, None)
        if person not in self._fanout.people and not await self.here([person]):
            self._bus.ring("here", to=(), seq=0, frame=person.encode())

    # Bells

    def _told(self, person: str, here: bool) -> None:
        if not here and person in self._fanout.people:
            self._bus.ring("here", to=(), seq=1, frame=person.encode())
        elif here != (person in self._shown):
            self._show(person, here)

    def _show(self, person: str, here: bool) -> None:
        """Tell everyone who follows a thread of this person."""
        threads = self._fanout.members.get(person, ())
        (self._shown.add if here and threads else self._shown.discard)(person)
        for thread in threads:
            timeline = self._fanout.timelines[thread]
            others = tuple(other for other in timeline.people if other != person)
            self._fanout.echo(thread, others, _frame(thread, person, here))

    async def introduce(self, connection: Connection, threads: Iterable[str]) -> None:
        """Tell a connection who is here of the people of `threads`, which it follows from now on."""
        people = {
            thread: [person for person in timeline.people if person != connection.person_id]
            for thread in threads
            if thread in connection.follows and (timeline := self._fanout.timelines.get(thread))
        }
        here = await self.here({person for found in people.values() for person in found})
        self._shown |= here & self._fanout.members.keys()
        for thread, found in people.items():
            for person in found:
                if person in here and thread in connection.follows:
                    connection.push(_frame(thread, person, True))

    # Everybody

    async def here(self, people: Iterable[str]) -> set[str]:
        """Those of `people` who have a connection on any node. With Valkey dead: on this one."""
        asked = list(people)
        found = {person for person in asked if person in self._fanout.people or person in self._leaving}
        missing = [person for person in asked if person not in found]
        if not missing or not self._others:
            return found
        try:
            async with asyncio.timeout(ASK_S):
                for part in chunks(missing):
                    pipe = self._bus.commands.pipeline(transaction=False)
                    for key in self._others:
                        pipe.hmget(key, list(part))
                    for counts in await pipe.execute():
                        found |= {person for person, count in zip(part, counts, strict=True) if count}
        except FAULTS as fault:
            log.warning("presence_unknown", fault=repr(fault))
        return found

    async def count(self, person: str) -> int:
        """How many connections this person has on other nodes. What a node had that was killed a moment ago is not counted."""
        if not self._others or not self._bus.healthy:
            return 0
        try:
            async with asyncio.timeout(ASK_S):
                pipe = self._bus.commands.pipeline(transaction=False)
                pipe.pubsub_numsub(*(lives(key.removeprefix(PREFIX)) for key in self._others))
                for key in self._others:
                    pipe.hget(key, person)
                listeners, *counts = await pipe.execute()
                return sum(int(count or 0) for (_, living), count in zip(listeners, counts, strict=True) if living)
        except FAULTS:
            return 0

    # Valkey

    def _note(self, person: str) -> None:
        self._changed.add(person)
        if self._write_timer is None:
            self._write_timer = asyncio.get_running_loop().call_later(WRITE_S, lambda: self._fanout.start(self._write()))

    async def _write(self) -> None:
        self._write_timer = None
        changed, self._changed = self._changed, set()
        counts = {person: len(self._fanout.people.get(person, ())) for person in changed}
        try:
            pipe = self._bus.commands.pipeline(transaction=False)
            if there := {person: count for person, count in counts.items() if count}:
                pipe.hset(self._key, mapping=there)
            if gone := [person for person, count in counts.items() if not count]:
                pipe.hdel(self._key, *gone)
            await pipe.execute()
        except FAULTS:
            self._changed |= changed  # with the next pulse

    async def run(self) -> None:
        """A pulse every 10 s, whatever becomes of the database."""
        while True:
            await asyncio.sleep(self._config.sweep_s)
            await self.pulse()

    async def pulse(self) -> None:
        """Show Valkey that this node lives, and see who else does."""
        try:
            pipe = self._bus.commands.pipeline(transaction=False)
            if not self._begun:
                pipe.delete(self._key)  # left by a process of this name that was killed
            pipe.sadd(NODES, self._key)
            pipe.expire(self._key, ALIVE_S)
            pipe.smembers(NODES)
            *_, known, members = await pipe.execute()
            self._begun = True
            if not known:  # the first time, or Valkey has forgotten everything
                pipe = self._bus.commands.pipeline(transaction=False)
                pipe.hset(self._key, mapping={"": 0})
                pipe.expire(self._key, ALIVE_S)
                await pipe.execute()
                self._changed |= self._fanout.people.keys()
            others = sorted({str(key, "utf-8") for key in members} - {self._key})
            self._others = await self._living(others) if others else ()
        except FAULTS:
            return
        if self._changed:
            await self._write()

    async def _living(self, nodes: list[str]) -> tuple[str, ...]:
        """Those of the nodes that are alive; the others are forgotten."""
        asked = self._bus.commands.pipeline(transaction=False)
        for key in nodes:
            asked.exists(key)
        alive = dict(zip(nodes, await asked.execute(), strict=True))
        if dead := [key for key, lives in alive.items() if not lives]:
            pipe = self._bus.commands.pipeline(transaction=False)
            pipe.srem(NODES, *dead)
            await pipe.execute()
        return tuple(key for key, lives in alive.items() if lives)

    async def compare(self) -> None:
        """What bells did not tell: who of the followed threads' people came or went."""
        people = set(self._fanout.members)
        here = await self.here(people) if self._bus.healthy else people & self._shown
        for person in (here - self._shown) | (self._shown & people) - here:
            self._show(person, person in here)
        self._shown &= here

    async def stop(self) -> None:
        """Take this node's people out; the others find out with their next sweep."""
        for timer in self._leaving.values():
            timer.cancel()
        if self._write_timer:
            self._write_timer.cancel()
        try:
            async with asyncio.timeout(1):
                pipe = self._bus.commands.pipeline(transaction=False)
                pipe.delete(self._key)
                pipe.srem(NODES, self._key)
                await pipe.execute()
        except FAULTS:
            return


def _frame(thread: str, person: str, here: bool) -> Out:
    return Out(frames.body(frames.Presence(thread, person, here)), SIGNAL, thread)

"""The sockets of one hub node, put together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog

from hub.bus import Bus
from hub.config import Config
from hub.journal import Journal
from hub.tasks import end, going
from models.people import Person
from realtime import protocol
from realtime.connection import Connection, Wire
from realtime.endpoint import Endpoint
from realtime.fanout import Fanout
from realtime.presence import Presence
from realtime.receipts import Receipts
from realtime.resume import Resume
from realtime.store import Store
from realtime.sweep import Sweep, Wheel
from realtime.talk import Talk
from realtime.typing import Typists

log = structlog.get_logger("node")


class Realtime:
    """Connections, and everything that reaches them. `endpoint` is the ASGI app for `/ws`."""

    def __init__(self, config: Config, journal: Journal, bus: Bus) -> None:
        self._config, self._bus = config, bus
        self._store = Store(journal)
        self.fanout = Fanout(self._store)
        self.presence = Presence(config, bus, self.fanout)
        self._typists = Typists(config, bus)
        self._receipts = Receipts(config, self._store, bus, self.fanout)
        self._resume = Resume(config, self._store, self.fanout, self.presence, bus.node)
        self._talk = Talk(config, self.fanout, self._resume, self._receipts, self._typists)
        self._wheel = Wheel(config)
        self.sweep = Sweep(config, self._store, self.fanout, self.presence)
        self._unflushed: list[Connection] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.endpoint = Endpoint(config, self)

    # The node's life

    async def start(self) -> None:
        """Read the epoch, begin to listen to bells and to the clock. The journal must have been started."""
        self._loop = asyncio.get_running_loop()  # asking for it costs a system call before Python 3.12
        self._resume.epoch = await self._store.epoch()
        self._bus.deliver = self.fanout.deliver
        self._bus.recovered = self.sweep.recovered
        await self.presence.pulse()
        clocks = (self._wheel.run, self.presence.run, self.sweep.run, self.sweep.recheck, self.sweep.stuck)
        self._tasks = [asyncio.create_task(going(clock)) for clock in clocks]

    async def stop(self) -> None:
        """Write what is left, end what runs. The journal and the bus are stopped after this."""
        await end(self._tasks)
        for connection in self.fanout.connections():
            connection.close(protocol.RESTARTING, "restarting")
        self._typists.stop()
        await self._receipts.stop()  # before what runs beside is ended: a write of watermarks may be among it
        await self.fanout.stop()
        await self.presence.stop()

    async def here(self, people: Iterable[str]) -> set[str]:
        """Those of these people (ids) who are here now, on any node."""
        return await self.presence.here(people)

    # Connections

    async def crowded(self, person: Person) -> bool:
        """Does this person have all the connections they may have? On all nodes, as far as is known."""
        elsewhere = await self.presence.count(str(person.id))
        return len(self.fanout.people.get(str(person.id), ())) + elsewhere >= self._config.connections_per_person

    def admit(self, wire: Wire, person: Person, session: str) -> Connection:
        """A connection for a signed-in socket; it must say hello within 10 s."""
        connection = Connection(self, wire, person, session, self._config)
        later = asyncio.get_running_loop().call_later
        connection.stopwatch = later(self._config.hello_s, connection.close, protocol.BROKEN, "no hello")
        self.fanout.enter(connection)
        self._wheel.add(connection)
        return connection

    def ended(self, session: str) -> bool:
        """Did this session end a moment ago, perhaps after it was looked up?"""
        return session in self.fanout.revoked

    def heard(self, connection: Connection, text: bytes | None) -> None:
        """A frame of a client."""
        self._talk.hear(connection, text)

    def lost(self, connection: Connection) -> None:
        """A connection has ended."""
        people = {thread: self.fanout.timelines[thread].people for thread in connection.follows}
        self._typists.went(connection, people)
        self.fanout.exit(connection)
        self._wheel.drop(connection)
        self.presence.went(connection)

    def fell_behind(self, connection: Connection, threads: set[str]) -> None:
        """A client reads too slowly: heads instead of events, until it fetches."""
        for thread in threads:
            self.fanout.unfollow(connection, thread)
            self.fanout.heads.moved(connection, thread)

    def reads_again(self, connection: Connection) -> None:
        """A client that was too slow takes bytes again."""
        self.fanout.heads.tell(connection)

    def flush_later(self, connection: Connection) -> None:
        """Write what waits for this connection at the end of this turn of the loop: an event and the answer to its send
        leave in the same frame."""
        if not self._unflushed:
            self._loop.call_soon(self._flush)
        self._unflushed.append(connection)

    def _flush(self) -> None:
        connections, self._unflushed = self._unflushed, []
        for connection in connections:
            try:
                connection.flush()
            except Exception:  # the others' frames leave all the same, and they are not mute from now on
                log.exception("flush_fault", person=connection.person_id)

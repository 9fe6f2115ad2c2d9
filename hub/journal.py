"""The only writer (and reader) of timelines: numbers, stores, group-commits, then rings.

Messages are the hot path and have a lane of their own (`hub/lane.py`), which gathers what arrives while the previous commit
is in flight. Every other verb goes through `hub/unit.py`, which writes its events with `write` in its own transaction. The
row lock on the thread is held to commit, so commit order is number order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import structlog

from hub import clock
from hub.bus import Bus
from hub.config import Config
from hub.database import DOWN
from hub.errors import Refusal
from hub.events import Event
from hub.ids import text
from hub.lane import Lane, Stored, Waiting
from hub.readers import Readers
from hub.rosters import Rosters

log = structlog.get_logger("journal")

AFTER = "SELECT thread_id, seq, by_id, at, kind, data, cid FROM event WHERE thread_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"
BEFORE = (
    "SELECT thread_id, seq, by_id, at, kind, data, cid FROM event"
    " WHERE thread_id = $1 AND seq < $2 AND seq > $4 ORDER BY seq DESC LIMIT $3"
)

# Others' events that call for a look, of what a place `p` in a thread has not read: up to 100.
UNREAD = """
CROSS JOIN LATERAL (SELECT count(*) AS unread FROM (
    SELECT 1 FROM event e
    WHERE e.thread_id = p.thread_id AND e.seq > greatest(p.read, p.from_seq) AND e.by_id IS DISTINCT FROM p.person_id
      AND e.kind NOT IN ('joined', 'left', 'edited', 'removed', 'translated') LIMIT 100) AS fresh) AS u
"""
HEAD = """
SELECT p.thread_id, t.last_seq, p.got, p.read, u.unread FROM participation p JOIN thread t ON t.id = p.thread_id :unread
WHERE p.person_id = $1 AND p.thread_id = $2 AND p.left_at IS NULL
""".replace(":unread", UNREAD)
HEADS = """
SELECT p.thread_id, p.last_seq, p.got, p.read, u.unread FROM (
    SELECT q.*, t.last_seq, t.moved_at FROM participation q JOIN thread t ON t.id = q.thread_id
    WHERE q.person_id = $1 AND q.left_at IS NULL ORDER BY t.moved_at DESC LIMIT $2) AS p
:unread ORDER BY p.moved_at DESC
""".replace(":unread", UNREAD)


class _Frame(msgspec.Struct, tag_field="t", tag="event", omit_defaults=True):
    thread: UUID | str
    seq: int
    by: UUID | str | None
    at: str
    kind: str
    data: msgspec.Raw
    cid: UUID | str | None = None


_encode = msgspec.json.Encoder().encode


class Said(NamedTuple):
    """One stored event, as every reader sees it; `data` is JSON text."""

    thread: UUID
    seq: int
    by: UUID | None
    at: datetime
    kind: str
    data: str
    cid: UUID | None
    roster: int = 0

    def fields(self) -> dict[str, Any]:
        """The event as `docs/protocol.md` writes it, without `t`."""
        found: dict[str, Any] = {
            "thread": str(self.thread),
            "seq": self.seq,
            "by": str(self.by) if self.by else None,
            "at": clock.iso(self.at),
            "kind": self.kind,
            "data": msgspec.json.decode(self.data),
        }
        if self.cid:
            found["cid"] = str(self.cid)
        return found

    def frame(self) -> bytes:
        """The `event` frame: encoded once, forwarded to everyone as it is."""
        at, data = clock.iso(self.at), msgspec.Raw(self.data.encode())
        return _encode(_Frame(self.thread, self.seq, self.by, at, self.kind, data, self.cid))


class Head(NamedTuple):
    """How far a thread has come, and how far this person has; `unread` is counted up to 100."""

    thread: UUID
    head: int
    got: int
    read: int
    unread: int


class Journal:
    """Timelines of this process."""

    def __init__(self, config: Config, bus: Bus) -> None:
        self._config, self._bus = config, bus
        self.pool = Readers(config)  # connections for reading timelines, here, in views and in `realtime`
        self._rosters = Rosters()
        self._lane = Lane(config, self._rosters, self._ring)

    async def start(self) -> None:
        """Open a connection for reading; those of the lane are opened when it first writes."""
        await self.pool.start()

    async def stop(self) -> None:
        """Finish what is being written, then close."""
        await self._lane.close(self._config.db_timeout)
        await self.pool.stop()

    # Messages: the hot lane

    async def append(self, thread: UUID, person: UUID, cid: UUID, data: bytes) -> Stored:
        """Store a message (its `data` as JSON), durable when this returns.

        Raises Refusal `unknown_thread` (not a participant), `overloaded`, `unavailable` (perhaps stored: send again
        with the same `cid`).
        """
        answer: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        self.submit(text(thread), text(person), text(cid), data, lambda found: _settle(answer, found))
        return await answer

    def submit(
        self, thread: str, person: str, cid: str, data: bytes, told: Callable[[Stored | Refusal], None]
    ) -> None:
        """The same for a socket, which has no task to spare for each message: `told` hears the answer, after the bell.

        Ids are canonical text. Raises Refusal `overloaded` at once.
        """
        self._lane.submit(Waiting(thread, person, cid, data, told))

    def _ring(self, waiting: Waiting, stored: Stored, people: tuple[str, ...]) -> None:
        if stored.dup:  # stored by an earlier call, whose answer (and bell) may have been lost
            self._bus.ring("moved", thread=waiting.thread, seq=stored.seq, to=people)
            return
        at, data = clock.iso(stored.at), msgspec.Raw(waiting.data)
        frame = _encode(_Frame(waiting.thread, stored.seq, waiting.person, at, "message", data, waiting.cid))
        self._bus.ring("event", thread=waiting.thread, seq=stored.seq, to=people, frame=frame)

    # Every other event: written inside a unit's transaction

    async def write(self, connection: Any, thread: UUID, by: UUID | None, event: Event, at: datetime) -> Said:
        """Number and store `event` in the transaction of `connection` (an ORM client); announce it after commit."""
        data = event.encoded()
        rows = await connection.execute_query_dict(
            "WITH bumped AS (UPDATE thread SET last_seq = last_seq + 1, moved_at = $4 WHERE id = $1 RETURNING id, last_seq, roster)"
            " INSERT INTO event (thread_id, seq, by_id, at, kind, data)"
            " SELECT id, last_seq, $2::uuid, $4, $3, $5::jsonb FROM bumped"
            " RETURNING seq, (SELECT roster FROM bumped) AS roster",
            [thread, by, event.kind_name, at, data],
        )
        return Said(thread, rows[0]["seq"], by, at, event.kind_name, data, None, rows[0]["roster"])

    async def announce(self, said: Sequence[Said]) -> None:
        """Ring for events whose transaction has been committed. A failure is logged: the sweep will find them."""
        try:
            people = await self._rosters.people(self.pool, {text(event.thread): event.roster for event in said})
        except DOWN as fault:
            log.warning("bell_not_rung", fault=repr(fault))
            return
        for event in said:
            thread = text(event.thread)
            self._bus.ring("event", thread=thread, seq=event.seq, to=people[thread], frame=event.frame())

    # Reading

    async def after(self, thread: UUID, seq: int, limit: int) -> list[Said]:
        """Up to `limit` events above `seq`, ascending."""
        return await self._read(AFTER, thread, seq, limit)

    async def before(self, thread: UUID, seq: int, limit: int, floor: int = 0) -> list[Said]:
        """The `limit` events just below `seq` (and above `floor`), ascending."""
        return (await self._read(BEFORE, thread, seq, limit, floor))[::-1]

    async def one(self, thread: UUID, seq: int) -> Said | None:
        """The event with this number, if there is one."""
        found = await self._read(AFTER, thread, seq - 1, 1)
        return found[0] if found and found[0].seq == seq else None

    async def _read(self, query: str, *values: Any) -> list[Said]:
        return [Said(*row) for row in await self.pool.fetch(query, *values)]

    async def heads(self, person: UUID, limit: int) -> list[Head]:
        """How far this person's threads have come: the `limit` most recently moved ones."""
        return [Head(*row) for row in await self.pool.fetch(HEADS, person, limit)]

    async def head(self, person: UUID, thread: UUID) -> Head | None:
        """How far one of them has come; None when they are not in it."""
        found = await self.pool.fetch(HEAD, person, thread)
        return Head(*found[0]) if found else None


def _settle(answer: asyncio.Future[Stored], found: Stored | Refusal) -> None:
    if answer.done():
        return
    if isinstance(found, Refusal):
        answer.set_exception(found)
    else:
        answer.set_result(found)

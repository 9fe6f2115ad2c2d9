"""The only writer (and reader) of timelines: numbers, stores, group-commits, then rings.

Messages are the hot path and have a lane of their own: `append` gathers what arrives while the previous commit is in
flight and hands it to Postgres as one call of `journal_append` (models/migrations), which locks the threads in a fixed
order, checks membership, recognises repeated client ids, numbers and inserts. Every other verb goes through
`hub/unit.py`, which writes its events with `write` in its own transaction. The row lock on the thread is held to
commit, so commit order is number order.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import msgspec
import structlog

from hub import clock
from hub.bus import Bus
from hub.config import Config
from hub.database import DOWN
from hub.errors import Refusal
from hub.events import Event
from hub.lane import REPEATED, STORED, STRANGER, Lane, Stored, Waiting
from hub.readers import Readers

log = structlog.get_logger("journal")

BATCH = 256  # messages in one commit
WAITING = 5_000  # messages waiting in one lane before new ones are refused as `overloaded`
ROSTERS = 50_000  # threads whose people are remembered
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
    thread: UUID
    seq: int
    by: UUID | None
    at: str
    kind: str
    data: msgspec.Raw
    cid: UUID | None = None


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

    def frame(self) -> str:
        """The `event` frame: encoded once, forwarded to everyone as it is."""
        at, data = clock.iso(self.at), msgspec.Raw(self.data.encode())
        return _encode(_Frame(self.thread, self.seq, self.by, at, self.kind, data, self.cid)).decode()


class Head(NamedTuple):
    """How far a thread has come, and how far this person has; `unread` is counted up to 100."""

    thread: UUID
    head: int
    got: int
    read: int
    unread: int


class Journal:
    """Timelines of this process. A thread is always in the same lane, so its messages keep their order."""

    def __init__(self, config: Config, bus: Bus) -> None:
        self._config, self._bus = config, bus
        self.pool = Readers(config)  # connections for reading timelines, here, in views and in `realtime`
        self._lanes = [Lane(config) for _ in range(config.lane_pool)]
        self._tasks: set[asyncio.Task[None]] = set()
        self._rosters: OrderedDict[UUID, tuple[int, tuple[str, ...]]] = OrderedDict()

    async def start(self) -> None:
        """Open the connections for reading; each lane opens its own when it first writes."""
        await self.pool.start()

    async def stop(self) -> None:
        """Finish what is being written, then close."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._config.db_timeout)
        await asyncio.gather(*(lane.close() for lane in self._lanes))
        await self.pool.stop()

    # Messages: the hot lane

    async def append(self, thread: UUID, person: UUID, cid: UUID, data: str) -> Stored:
        """Store a message (its `data` as JSON), durable when this returns.

        Raises Refusal `unknown_thread` (not a participant), `overloaded`, `unavailable` (perhaps stored: send again
        with the same `cid`).
        """
        return await self.submit(thread, person, cid, data)

    def submit(self, thread: UUID, person: UUID, cid: UUID, data: str) -> asyncio.Future[Stored]:
        """The same for a socket, which has no task to spare for each message. Raises Refusal `overloaded` at once."""
        lane = self._lanes[thread.int % len(self._lanes)]
        if len(lane.waiting) >= WAITING:
            raise Refusal("overloaded", after_ms=1000)
        answer: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        lane.waiting.append(Waiting(thread, person, cid, data, answer))
        if not lane.flushing:
            lane.flushing = True
            task = asyncio.create_task(self._flush(lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return answer

    async def _flush(self, lane: Lane) -> None:
        try:
            while lane.waiting:
                batch = lane.waiting[:BATCH]
                del lane.waiting[:BATCH]
                await self._commit(lane, batch)
        finally:
            lane.flushing = False

    async def _commit(self, lane: Lane, batch: list[Waiting]) -> None:
        """Write one batch; whatever happens, everyone in it gets an answer."""
        try:
            rows = await lane.write(batch)
            people = await self._people({batch[row[0] - 1].thread: row[4] for row in rows if row[1] == STORED})
        except asyncpg.DataError:  # one message the database can't hold must not take the others with it
            if len(batch) > 1:
                for waiting in batch:
                    await self._commit(lane, [waiting])
            else:
                _refuse(batch, "bad_frame")
            return
        except Exception as fault:
            log.warning("batch_failed", size=len(batch), fault=repr(fault))
            if not isinstance(fault, DOWN):
                log.exception("batch_fault")
            _refuse(batch, "unavailable")
            return
        for number, outcome, seq, at, _roster in rows:
            waiting = batch[number - 1]
            if outcome == STORED:
                said = Said(waiting.thread, seq, waiting.person, at, "message", waiting.data, waiting.cid)
                self._bus.ring("event", thread=said.thread, seq=seq, to=people[said.thread], frame=said.frame())
            if waiting.answer.done():
                continue
            if outcome == STRANGER:
                waiting.answer.set_exception(Refusal("unknown_thread"))
            else:
                waiting.answer.set_result(Stored(seq, at, outcome == REPEATED))

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
            people = await self._people({event.thread: event.roster for event in said})
        except DOWN as fault:
            log.warning("bell_not_rung", fault=repr(fault))
            return
        for event in said:
            self._bus.ring("event", thread=event.thread, seq=event.seq, to=people[event.thread], frame=event.frame())

    async def _people(self, threads: dict[UUID, int]) -> dict[UUID, tuple[str, ...]]:
        """Who is in each thread, remembered for as long as the thread's roster number stays the same."""
        unknown = [thread for thread, roster in threads.items() if self._rosters.get(thread, (0,))[0] != roster]
        if unknown:
            rows = await self.pool.fetch(
                "SELECT t.id, t.roster, array_agg(p.person_id::text) FROM thread t JOIN participation p ON p.thread_id = t.id"
                " WHERE t.id = ANY($1) AND p.left_at IS NULL GROUP BY t.id",
                unknown,
            )
            for thread, roster, people in rows:
                self._rosters[thread] = (roster, tuple(people))
            while len(self._rosters) > ROSTERS:
                self._rosters.popitem(last=False)
        return {thread: self._rosters[thread][1] if thread in self._rosters else () for thread in threads}

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


def _refuse(batch: list[Waiting], code: str) -> None:
    for waiting in batch:
        if not waiting.answer.done():
            waiting.answer.set_exception(Refusal(code, after_ms=2000 if code == "unavailable" else None))

"""The lane of the journal: what waits to be written, and the connections that write it, in one call and one commit each.

A batch goes the short way (`journal_post`) as far as nothing about it is out of the ordinary: its authors are known to be
in their threads, and no client id stands there twice. The database confirms both, or refuses the call as a whole; then,
and for whatever is odd from the start, the long way (`journal_append`) judges message by message. Both are in
models/migrations. All messages of one thread in one batch go the same way, so that they keep their order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg
import msgspec
import structlog

from hub import clock
from hub.config import Config
from hub.database import DOWN, credentials, server_settings
from hub.errors import Refusal
from hub.rosters import Roster, Rosters

log = structlog.get_logger("journal")

BATCH = 256  # messages in one commit
WAITING = 10_000  # messages waiting before new ones are refused as `overloaded`
LONG_S = 0.025  # a commit that takes longer gets one beside it; two at a time cost a third more each than one after the other
MANY, BREATH_S = 8, 0.001  # after so many answers, so long: those who say the next thing at once come into one commit, not two
RETRY_S = 8.0  # how long a batch is tried again while the database does not answer
POST = "SELECT journal_post($1, $2, $3, $4, $5, $6, $7, $8, $9)"
APPEND = "SELECT ord, outcome, seq, at, roster FROM journal_append($1, $2, $3, $4, $5)"
REPEATED, STRANGER = 1, 2  # outcomes of journal_append, besides 0
# The functions' statements are planned once a connection, not once a call: by index only, for a plan made while the
# tables are small must still be right when they are large.
PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan"} | {
    f"enable_{way}": "off" for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin")
}


class Stored(NamedTuple):
    """The answer to `append`: where the message stands, and whether it stood there already."""

    seq: int
    at: datetime
    dup: bool


class Waiting(msgspec.Struct):
    """A message without a number yet; `told` hears its answer, at once and without waiting."""

    thread: str
    person: str
    cid: str
    data: bytes
    told: Callable[[Stored | Refusal], None]


Ring = Callable[[Waiting, Stored, tuple[str, ...]], None]
Write = Callable[[list[Waiting]], Awaitable[list[Waiting]]]  # answers what it wrote, returns what is left
Groups = list[tuple[Roster, list[Waiting]]]  # of each thread: its people as they were confirmed, and what they say


class Lane:
    """What waits to be written, and who writes it: one commit at a time, in which everything that waits goes along.

    Only when a commit takes long (a slow disk, a thread whose row somebody holds) does a second one begin beside it, with
    messages of other threads: a thread is never in two commits at once, so its messages keep their order.
    """

    def __init__(self, config: Config, rosters: Rosters, ring: Ring) -> None:
        self._idle = [Writer(config, rosters, ring) for _ in range(config.lane_pool)]
        self._waiting: list[Waiting] = []
        self._busy: set[str] = set()  # threads in a commit that is under way
        self._flushing: set[asyncio.Task[None]] = set()
        self._late: set[Writer] = set()  # those whose commit takes long

    def submit(self, waiting: Waiting) -> None:
        """Write it with the next commit. Raises Refusal `overloaded`."""
        if len(self._waiting) >= WAITING:
            raise Refusal("overloaded", after_ms=1000)
        self._waiting.append(waiting)
        if len(self._late) == len(self._flushing):
            self._begin()

    async def close(self, within: float) -> None:
        """Finish what is being written, then give the connections back."""
        if self._flushing:
            await asyncio.wait(self._flushing, timeout=within)
        await asyncio.gather(*(writer.close() for writer in self._idle))

    def _begin(self) -> None:
        if self._waiting and self._idle:
            task = asyncio.create_task(self._flush(self._idle.pop()))
            self._flushing.add(task)

    async def _flush(self, writer: Writer) -> None:
        loop = asyncio.get_running_loop()
        try:
            while batch := self._next():
                threads = {waiting.thread for waiting in batch}
                self._busy |= threads
                long = loop.call_later(LONG_S, self._takes_long, writer)
                try:
                    await writer.commit(batch)
                finally:
                    long.cancel()
                    self._late.discard(writer)
                    self._busy -= threads
                if len(batch) >= MANY:
                    await asyncio.sleep(BREATH_S)
        finally:  # in the same breath as the look that found nothing: what is submitted next begins a commit again
            self._idle.append(writer)
            self._flushing -= {asyncio.current_task()}

    def _takes_long(self, writer: Writer) -> None:
        self._late.add(writer)
        self._begin()

    def _next(self) -> list[Waiting]:
        """The next batch: the oldest messages of threads that are in no other commit."""
        if not self._busy:
            batch = self._waiting[:BATCH]
            del self._waiting[:BATCH]
            return batch
        batch = [waiting for waiting in self._waiting if waiting.thread not in self._busy][:BATCH]
        taken = set(map(id, batch))
        self._waiting = [waiting for waiting in self._waiting if id(waiting) not in taken]
        return batch


class Writer:
    """One connection, and how a batch is written through it; opened again when it was lost."""

    def __init__(self, config: Config, rosters: Rosters, ring: Ring) -> None:
        self._config, self._rosters, self._ring = config, rosters, ring
        self._connection: asyncpg.Connection | None = None

    async def close(self) -> None:
        """Give the connection back, within three seconds."""
        if self._connection and not self._connection.is_closed():
            try:
                await self._connection.close(timeout=3)
            except DOWN:
                self._connection.terminate()

    async def commit(self, batch: list[Waiting]) -> None:
        """Write one batch; whatever happens, everyone in it gets an answer."""
        await self._commit(batch, asyncio.get_running_loop().time() + RETRY_S)

    async def _commit(self, batch: list[Waiting], deadline: float) -> None:
        if odd := await self._answered(self._post, batch, deadline):
            await self._answered(self._append, odd, deadline)

    async def _answered(self, write: Write, batch: list[Waiting], deadline: float) -> list[Waiting]:
        try:
            return await self._patiently(write, batch, deadline)
        except asyncpg.DataError:  # one message the database can't hold must not take the others with it
            await self._one_by_one(batch, deadline)
        except Exception as fault:
            log.warning("batch_failed", size=len(batch), fault=repr(fault))
            if not isinstance(fault, DOWN):
                log.exception("batch_fault")
            for waiting in batch:
                _tell(waiting, Refusal("unavailable", after_ms=2000))
        return []

    async def _one_by_one(self, batch: list[Waiting], deadline: float) -> None:
        if len(batch) == 1:
            _tell(batch[0], Refusal("bad_frame"))
            return
        for waiting in batch:
            await self._commit([waiting], deadline)

    async def _patiently(self, write: Write, batch: list[Waiting], deadline: float) -> list[Waiting]:
        """Trying again after a lost connection is safe: client ids take effect once."""
        while True:
            try:
                return await write(batch)
            except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, *DOWN) as fault:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(0.25 if isinstance(fault, DOWN) else 0.01)

    async def _open(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(
                **credentials(self._config.database_url),
                timeout=self._config.db_timeout,
                command_timeout=self._config.db_timeout + 2,
                server_settings=server_settings(self._config) | PLANNED_ONCE,
            )
        return self._connection

    # The short way

    async def _post(self, batch: list[Waiting]) -> list[Waiting]:
        """Store what is ordinary, and tell everyone; what is left for the long way."""
        connection = await self._open()
        groups: dict[str, list[Waiting]] = {}
        for waiting in batch:
            groups.setdefault(waiting.thread, []).append(waiting)
        if unknown := [thread for thread in groups if self._rosters.get(thread) is None]:
            await self._rosters.load(connection, unknown)
        plain, odd = self._sorted(groups)
        if not plain:
            return odd
        moment = clock.now()
        try:
            bases = await connection.fetchval(POST, *self._columns(plain), moment)
        except (asyncpg.UniqueViolationError, asyncpg.RaiseError):
            return batch
        self._tell(plain, bases, moment)
        return odd

    def _sorted(self, groups: dict[str, list[Waiting]]) -> tuple[Groups, list[Waiting]]:
        """The threads in which nothing is odd, by id; and the messages of the others."""
        plain, odd = [], []
        for thread in sorted(groups):
            group, roster = groups[thread], self._rosters.get(thread)
            once = len(group) == 1 or len({(one.person, one.cid) for one in group}) == len(group)
            if once and roster and all(waiting.person in roster.people for waiting in group):
                plain.append((roster, group))
            else:
                odd += group
        return plain, odd

    def _columns(self, plain: Groups) -> tuple[list[Any], ...]:
        """The arguments of `journal_post` but for the moment."""
        messages = [waiting for _, group in plain for waiting in group]
        return (
            [group[0].thread for _, group in plain],
            [len(group) for _, group in plain],
            [roster.number for roster, _ in plain],
            [slot for slot, (_, group) in enumerate(plain, 1) for _ in group],
            [place for _, group in plain for place in range(1, len(group) + 1)],
            [waiting.person for waiting in messages],
            [waiting.cid for waiting in messages],
            [waiting.data.decode() for waiting in messages],
        )

    def _tell(self, plain: Groups, bases: list[int], moment: datetime) -> None:
        for (roster, group), base in zip(plain, bases, strict=True):
            for seq, waiting in enumerate(group, base + 1):
                _tell(waiting, Stored(seq, moment, False), self._ring, roster.people)

    # The long way

    async def _append(self, batch: list[Waiting]) -> list[Waiting]:
        connection = await self._open()
        rows = await connection.fetch(
            APPEND,
            [w.thread for w in batch], [w.person for w in batch], [w.cid for w in batch], [w.data.decode() for w in batch], clock.now(),
        )  # fmt: skip
        stored = {batch[row[0] - 1].thread: row[4] for row in rows if row[1] != STRANGER}
        people = await self._rosters.people(connection, stored)
        for number, outcome, seq, at, _roster in rows:
            waiting = batch[number - 1]
            if outcome == STRANGER:
                _tell(waiting, Refusal("unknown_thread"))
            else:
                _tell(waiting, Stored(seq, at, outcome == REPEATED), self._ring, people[waiting.thread])
        return []


def _tell(waiting: Waiting, answer: Stored | Refusal, ring: Ring | None = None, people: tuple[str, ...] = ()) -> None:
    """Ring for what was stored, then answer. A fault of whoever listens is theirs: the others are answered all the same."""
    try:
        if ring and isinstance(answer, Stored):
            ring(waiting, answer, people)
        waiting.told(answer)
    except Exception:
        log.exception("answer_fault", thread=waiting.thread)

"""One action = one transaction. What it said is announced after commit, never before.

`@verb` turns `async def accept(u: Unit, quote_id, ...) -> dict` into `await accept(actor, quote_id, ...)`. Each call
runs in a task of its own that a cancelled request does not take with it: cancelling in the middle of BEGIN or COMMIT
would leak a pooled connection, or leave the caller not knowing. With an `Idempotency-Key` the answer is stored in the
same transaction, and the same key gets it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

import msgspec
import structlog
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from hub import clock, jobs
from hub.bus import Bus
from hub.config import config
from hub.database import BUSY, DOWN
from hub.errors import Refusal
from hub.events import Event
from hub.journal import Journal, Said
from hub.rules.refused import Refused
from models.people import Person

log = structlog.get_logger("unit")

TRIES = 4  # of a transaction that lost a deadlock
P = ParamSpec("P")
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a person, or nobody (a courier's link, a carrier, the clock) with a `scope` of its own."""

    person: Person | None = None
    key: str | None = None  # the request's Idempotency-Key
    scope: str = ""  # whose keys these are, when there is no person

    def scoped(self, verb: str) -> str:
        """Keys of different people and of different verbs don't meet."""
        return f"{self.person.id if self.person else self.scope}:{verb}"


@dataclass(slots=True)
class Services:
    """What a unit needs of its process; set once by the composition root."""

    journal: Journal
    bus: Bus
    turns: asyncio.Semaphore  # units at work at once: a few connections are left for reading


_services: list[Services] = []
_at_work: set[asyncio.Task[Answer]] = set()


def use(journal: Journal, bus: Bus) -> None:
    """Give this process's units their journal and bus."""
    _services[:] = [Services(journal, bus, asyncio.Semaphore(max(1, config().db_pool - 3)))]


def services() -> Services:
    """This process's journal and bus."""
    assert _services, "hub.unit.use() was not called"
    return _services[0]


@dataclass(slots=True)
class Unit:
    """One transaction at work: what it writes, and what it will say once it is committed."""

    actor: Actor
    connection: Any
    now: datetime
    said: list[Said] = field(default_factory=list)
    after: list[Callable[[], None]] = field(default_factory=list)
    jobs: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def person(self) -> Person:
        """The person who asks. Raises Refusal `signed_out` when there is none."""
        if self.actor.person is None:
            raise Refusal("signed_out")
        return self.actor.person

    async def say(self, thread: UUID, event: Event, *, by: UUID | None = None) -> int:
        """Add `event` to the timeline of `thread` (whose row this unit has locked); its number."""
        author = by or (self.actor.person.id if self.actor.person else None)
        said = await services().journal.write(self.connection, thread, author, event, self.now)
        self.said.append(said)
        return said.seq

    def hint(self, people: Iterable[UUID | str], topic: str) -> None:
        """After commit, tell these people's screens that something named `topic` changed."""
        to = tuple(sorted(str(person) for person in people))
        frame = msgspec.json.encode({"t": "hint", "topic": topic})
        self.after.append(lambda: services().bus.ring("signal", to=to, frame=frame))

    def signal(
        self, people: Iterable[UUID | str], frame: dict[str, Any], *, thread: UUID | str = "", sort: str = "signal"
    ) -> None:
        """After commit, send an ephemeral frame to these people."""
        to, body = tuple(sorted(str(person) for person in people)), msgspec.json.encode(frame)
        self.after.append(lambda: services().bus.ring(sort, thread=str(thread), to=to, frame=body))

    def later(self, job: str, **arguments: Any) -> None:
        """After commit, wake the background job `job`. The truth is a row: a lost wake-up is found by its cron."""
        self.jobs.append((job, arguments))


def verb(
    function: Callable[Concatenate[Unit, P], Awaitable[Answer]],
) -> Callable[Concatenate[Actor, P], Awaitable[Answer]]:
    """Run `function` as one unit: one transaction, shielded, once per Idempotency-Key. Raises Refusal."""
    name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"

    @functools.wraps(function)
    async def run(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> Answer:
        work = asyncio.create_task(_tried(name, actor, lambda u: function(u, *args, **kwargs)))
        _at_work.add(work)  # the loop alone would not keep it once the request is gone
        work.add_done_callback(_at_work.discard)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            work.add_done_callback(_unheard)
            raise

    return run


def _unheard(work: asyncio.Task[Answer]) -> None:
    """Nobody waits for this unit's answer any more: a refusal concerns nobody then, a fault is still ours."""
    fault = None if work.cancelled() else work.exception()
    if fault and not isinstance(fault, Refusal):
        log.error("unit_fault", exc_info=fault)


async def finished(within: float) -> None:
    """Wait, `within` seconds at most, for units whose requests are gone: before the connections are closed under them."""
    if _at_work:
        await asyncio.wait(_at_work, timeout=within)


async def _tried(name: str, actor: Actor, body: Callable[[Unit], Awaitable[Answer]]) -> Answer:
    for attempt in range(TRIES):
        try:
            answer, unit = await _once(name, actor, body)
        except Refused as refused:
            raise Refusal.of(refused) from refused
        except BUSY:
            if attempt == TRIES - 1:
                raise Refusal("unavailable", after_ms=1000) from None
            await asyncio.sleep(0.02 * 2**attempt)
        except (*DOWN, OperationalError) as fault:
            lost = isinstance(fault.__cause__, BUSY)  # a deadlock, as the ORM wraps it
            if lost and attempt < TRIES - 1:
                await asyncio.sleep(0.02 * 2**attempt)
                continue
            log.warning("unit_failed", verb=name, fault=repr(fault))
            if not (lost or _is_down(fault)):
                raise
            raise Refusal("unavailable", after_ms=2000) from fault
        else:
            if unit:
                await _announce(unit)
            return answer
    raise AssertionError("unreachable")


def _is_down(fault: BaseException) -> bool:
    return (
        isinstance(fault, DOWN)
        or isinstance(fault.__cause__, DOWN)
        or (bool(fault.args) and isinstance(fault.args[0], DOWN))
    )


@contextlib.asynccontextmanager
async def _turn() -> AsyncIterator[None]:
    """One of the transactions that may be at work. Raises TimeoutError after `pool_wait`: better a no than a queue."""
    turns = services().turns
    async with asyncio.timeout(config().pool_wait):
        await turns.acquire()
    try:
        yield
    finally:
        turns.release()


async def _once(name: str, actor: Actor, body: Callable[[Unit], Awaitable[Answer]]) -> tuple[Answer, Unit | None]:
    async with _turn(), in_transaction() as connection:
        unit = Unit(actor, connection, clock.now())
        if actor.key is None:
            return await body(unit), unit
        scope, key = actor.scoped(name), actor.key[:200]
        fresh = await connection.execute_query_dict(
            "INSERT INTO answer (scope, key, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id",
            [scope, key, unit.now],
        )
        if not fresh:
            [row] = await connection.execute_query_dict(
                "SELECT body FROM answer WHERE scope = $1 AND key = $2", [scope, key]
            )
            return msgspec.json.decode(row["body"]), None
        answer = await body(unit)
        await connection.execute_query_dict(
            "UPDATE answer SET body = $2 WHERE id = $1", [fresh[0]["id"], msgspec.json.encode(answer).decode()]
        )
        return answer, unit


async def _announce(unit: Unit) -> None:
    if unit.said:
        await services().journal.announce(unit.said)
    for ring in unit.after:
        ring()
    for job, arguments in unit.jobs:
        await jobs.later(job, **arguments)

"""Is everything as promised? The database against itself, and against what every client was told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg

from hub.database import DOWN, credentials
from tests.chaos.client import Client
from tests.chaos.history import Entry

MANY = 20  # faults that are told in full

EVENTS = (
    "SELECT thread_id::text, seq, coalesce(cid::text, ''), coalesce(by_id::text, ''), coalesce(data->>'body', '') FROM event"
    " WHERE thread_id = ANY($1::uuid[]) ORDER BY thread_id, seq"
)
HEADS = "SELECT id::text, last_seq FROM thread WHERE id = ANY($1::uuid[])"


class Broken(AssertionError):
    """A promise was not kept; `problems` says which, one line each."""

    def __init__(self, problems: list[str]) -> None:
        more = f"\n... and {len(problems) - MANY} more" if len(problems) > MANY else ""
        super().__init__("\n".join(problems[:MANY]) + more)
        self.problems = problems


class Log:
    """What the database holds of some threads."""

    def __init__(self, events: dict[str, list[Entry]], heads: dict[str, int]) -> None:
        self.events, self.heads = events, heads

    @classmethod
    async def read(cls, url: str, threads: Sequence[str]) -> Log:
        """In one look."""
        connection = await asyncpg.connect(**credentials(url))
        try:
            events: dict[str, list[Entry]] = {thread: [] for thread in threads}
            async with connection.transaction(isolation="repeatable_read"):
                for thread, *rest in await connection.fetch(EVENTS, threads):
                    events[thread].append(Entry(*rest))
                heads = {row[0]: row[1] for row in await connection.fetch(HEADS, threads)}
        finally:
            await connection.close()
        return cls(events, heads)

    def problems(self) -> list[str]:
        """Holes, doubles, a head that is not the last number."""
        found = []
        for thread, events in self.events.items():
            numbers = [event.seq for event in events]
            if numbers != list(range(1, len(events) + 1)):
                odd = next(n for n, (a, b) in enumerate(zip([*numbers, 0], range(1, len(events) + 2), strict=True), 1) if a != b)
                found.append(f"{thread}: the numbers in the database are not 1..{len(events)}: wrong from {odd}")
            if self.heads.get(thread) != len(events):
                found.append(f"{thread}: its head is {self.heads.get(thread)}, and it has {len(events)} events")
            keys = [(event.by, event.cid) for event in events if event.cid]
            if len(keys) != len(set(keys)):
                found.append(f"{thread}: {len(keys) - len(set(keys))} messages are stored twice")
        return found


def client_problems(client: Client, log: Log) -> list[str]:
    """Where this client's history, or what was acknowledged to it, is not what the database has."""
    found = []
    name = str(client)
    for thread, history in client.histories.items():
        stored = log.events[thread][history.floor :]
        if history.entries != stored:
            found.append(f"{name}, thread {thread}: {_difference(history.entries, stored)}")
        found += [f"{name}, thread {thread}: told {first}, later {second}" for first, second in history.differs]
    for message in client.outbox.acknowledged:
        events = log.events.get(message.thread, [])
        there = events[message.seq - 1] if 0 < message.seq <= len(events) else None
        if there is None or (there.cid, there.by, there.body) != (message.cid, client.who.id, message.body):
            found.append(f"{name}: {message.cid} was acknowledged as {message.seq} of {message.thread}, where there is {there}")
        if message.refused:
            found.append(f"{name}: {message.cid}: {message.refused}")
    return found


def _difference(told: list[Entry], stored: list[Entry]) -> str:
    for mine, right in zip(told, stored, strict=False):
        if mine != right:
            return f"has {mine}, the database {right}"
    return f"has {len(told)} events, the database {len(stored)}"


def _threads(clients: Sequence[Client]) -> list[str]:
    return sorted({thread for client in clients for thread in client.histories} | {m.thread for c in clients for m in c.outbox.written})


async def verify(
    url: str, clients: Sequence[Client], *, stops: Sequence[int] = (), resets: Sequence[str] = (), refusals: Sequence[str] = ()
) -> dict[str, Any]:
    """Compare; figures of the run. What may have happened besides: close codes that end a client, resets, refused messages.

    Raises Broken.
    """
    log = await Log.read(url, _threads(clients))
    problems = log.problems()
    for client in clients:
        problems += client_problems(client, log)
        name = str(client)
        if client.stopped is not None and client.stopped not in stops:
            problems.append(f"{name} was closed with {client.stopped}")
        problems += [f"{name} could not make sense of a frame: {fault}" for fault in client.faults]
        problems += [f"{name} was reset: {why}" for why in client.resets if why not in resets]
        problems += [f"{name}: refused with {m.refused}: {m.cid}" for m in client.outbox.refusals if m.refused not in refusals]
        if client.outbox.waiting() and client.stopped is None:
            problems.append(f"{name}: {client.outbox.waiting()} messages were never answered")
    if problems:
        raise Broken(problems)
    return {
        "clients": len(clients),
        "threads": len(log.events),
        "events": sum(map(len, log.events.values())),
        "acknowledged": sum(len(client.outbox.acknowledged) for client in clients),
        "as dup": sum(message.dup for client in clients for message in client.outbox.acknowledged),
        "told": sum(len(history.entries) for client in clients for history in client.histories.values()),
        "told twice": sum(history.doubles for client in clients for history in client.histories.values()),
        "told early": sum(history.early for client in clients for history in client.histories.values()),
        "lines lost": sum(len(client.closes) for client in clients),
        "longest away, s": round(max((wait for client in clients for wait in client.waits), default=0.0), 1),
        "errors": dict(sum((client.errors for client in clients), start=type(clients[0].errors)())) if clients else {},
    }


async def converge(url: str, clients: Sequence[Client], within: float) -> float:
    """Wait until nothing is unanswered and everybody has come to the head of each of their threads; the seconds it took."""
    loop = asyncio.get_running_loop()
    begun, threads = loop.time(), _threads(clients)
    behind: list[str] = ["nobody was asked"]
    connection = await asyncpg.connect(**credentials(url))
    try:
        while behind:
            if loop.time() - begun > within:
                raise Broken([f"not converged within {within:g} s:", *behind])
            await asyncio.sleep(0.05)
            if unanswered := [client for client in clients if client.stopped is None and client.outbox.waiting()]:
                behind = [f"{client}: {client.outbox.waiting()} messages without an answer" for client in unanswered]
                continue
            try:
                heads = {row[0]: row[1] for row in await connection.fetch(HEADS, threads)}
            except DOWN:
                connection = await asyncpg.connect(**credentials(url))
                continue
            behind = [
                f"{client}: {history.last} of {heads.get(thread)} in {thread}"
                for client in clients
                if client.stopped is None
                for thread, history in client.histories.items()
                if history.last < heads.get(thread, 0)
            ]
        return round(loop.time() - begun, 2)
    finally:
        await connection.close()

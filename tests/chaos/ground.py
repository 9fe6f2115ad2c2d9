"""What every scenario stands on: a database, a bus, hub nodes as processes, people, and clients that remember.

From the command everything is started for the scenario alone and synced to disk; under pytest the session's services are
used, with a database of its own, except for those that the scenario itself stops (`own`).
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import asyncpg

from hub import database
from hub.config import Config
from hub.database import credentials
from tests.chaos import check, folk, services
from tests.chaos.client import ORIGIN, Client
from tests.chaos.folk import Talk
from tests.chaos.nodes import Node, Nodes, free_port
from tests.chaos.nursery import Nursery, nursery
from tests.services import TestServices

RATE = 1_000_000  # frames a minute: the load is not what is tested here


class Ground:
    """`chance` is the scenario's only source of chance; `postgres` and `valkey` are there when they are its own."""

    def __init__(self, seed: int, config: Config, folder: Path, nursery: Nursery) -> None:
        self.seed, self.config, self.folder = seed, config, folder
        self.chance = Random(seed)
        self.postgres: services.Service | None = None
        self.valkey: services.Service | None = None
        self.nodes = Nodes(folder, nursery)
        self.clients: list[Client] = []
        self._tasks: list[asyncio.Task[Any]] = []

    # Hub nodes

    async def node(self, port: int = 0, **settings: Any) -> Node:
        """A hub node that serves; at `port` when it takes the place of another."""
        return await self.nodes.start(replace(self.config, port=port or free_port(), **settings))

    # People

    async def talks(self, count: int, size: int = 2) -> list[Talk]:
        """`count` threads of `size` new people each."""
        connection = await self.connect()
        try:
            return await folk.talks(connection, count, size)
        finally:
            await connection.close()

    async def connect(self) -> Any:
        """A connection to the database, of asyncpg."""
        return await asyncpg.connect(**credentials(self.config.database_url))

    def client(self, who: folk.Someone, roads: Sequence[str], threads: Iterable[str] | dict[str, int], **more: Any) -> Client:
        """A page of this person; not started yet."""
        made = Client(who, roads, threads, f"{self.seed} {len(self.clients)}", **more)
        self.clients.append(made)
        return made

    def audience(self, talks: Sequence[Talk], roads: Sequence[str], **more: Any) -> list[Client]:
        """A page for everybody in these threads, at a road of their own first, spread over `roads`."""
        return [self.client(one, roads, [talk.thread], **more) for talk in talks for one in talk.people]

    async def enter(self, clients: Sequence[Client], within: float = 60.0, at_once: int = 100) -> None:
        """Let them all open their pages, and wait until each is level."""
        for begin in range(0, len(clients), at_once):
            part = clients[begin : begin + at_once]
            for client in part:
                client.start()
            await until(lambda part=part: all(client.level for client in part), within, "everybody to be synced")  # type: ignore[misc]

    def beside(self, work: Any) -> asyncio.Task[Any]:
        """Run something beside the scenario; cancelled at its end."""
        task = asyncio.create_task(work)
        self._tasks.append(task)
        return task

    async def chatter(self, clients: Sequence[Client], rate: float, *, burst: int = 1, waiting: int = 50) -> None:
        """For ever: `rate` times a second `burst` people say something; whoever has `waiting` without an answer is silent."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + 1 / rate, loop.time() - 1)
            await asyncio.sleep(max(0.0, due - loop.time()))
            for client in self.chance.sample(clients, burst):
                if client.histories and client.outbox.waiting() < waiting:
                    client.say(self.chance.choice(list(client.histories)))

    # The end

    async def converge(self, within: float, clients: Sequence[Client] | None = None) -> float:
        """Wait until everything written is stored and everybody has all of it; the seconds it took. Raises Broken."""
        return await check.converge(self.config.database_url, self.clients if clients is None else clients, within)

    async def verify(self, **expected: Any) -> dict[str, Any]:
        """Compare every client's history with the database; figures. Raises Broken."""
        return await check.verify(self.config.database_url, self.clients, **expected)

    async def close(self) -> None:
        """Everybody goes, everything ends."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(client.stop() for client in self.clients))
        await self.nodes.stop()


async def until(true: Callable[[], bool], within: float, what: str) -> float:
    """Wait for it; the seconds it took. Raises Broken."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while not true():
        if loop.time() - begun > within:
            raise check.Broken([f"waited {within:g} s in vain for {what}"])
        await asyncio.sleep(0.02)
    return loop.time() - begun


@asynccontextmanager
async def ground(
    seed: int, *, session: TestServices | None = None, own: Collection[str] = (), nodes: Nursery | None = None, keep: bool = False
) -> AsyncIterator[Ground]:
    """The ground of one scenario. `own`: which of `postgres` and `valkey` it stops itself; `nodes`: where its nodes come from, if lent."""
    _many_sockets()
    async with AsyncExitStack() as stack:
        folder = await stack.enter_async_context(services.folder(keep))
        if nodes is None:
            nodes = await stack.enter_async_context(nursery())
        postgres = valkey = None
        if session is None or "postgres" in own:
            postgres = await stack.enter_async_context(services.postgres(folder))
            database_url = postgres.url
        else:
            database_url = await stack.enter_async_context(session.clone())
        if session is None or "valkey" in own:
            valkey = await stack.enter_async_context(services.valkey(folder))
            redis_url = valkey.url
        else:
            await session.forget()
            redis_url = session.redis_url
        config = Config(
            data=folder, database_url=database_url, redis_url=redis_url, origins=(ORIGIN,),
            frames_per_minute=RATE, frames_burst=RATE,
        )  # fmt: skip
        if postgres:
            await database.migrate(config)
        made = Ground(seed, config, folder, nodes)
        made.postgres, made.valkey = postgres, valkey
        stack.push_async_callback(made.close)
        yield made


def _many_sockets() -> None:
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)

"""A served hub node, and people of the cooperative with browsers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hub import clock, config, ids
from hub.app import create
from hub.bus import Bus
from models.people import Person, Session
from models.threads import Participation, Thread
from realtime import Realtime, server
from tests.realtime.browser import Browser
from tests.services import TestServices

ROOT = Path(__file__).parent.parent.parent
FAST = {
    "hello_s": 1.0, "beat_s": 1.0, "sweep_s": 0.5, "recheck_s": 0.5, "grace_s": 0.3, "typing_s": 0.6, "typing_every_s": 0.4,
    "receipts_s": 0.05, "stuck_s": 1.0, "drain_s": 0.5, "frames_per_minute": 60_000, "frames_burst": 10_000,
}  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Someone:
    """A signed-in person."""

    id: UUID
    session: UUID
    token: str


class Node:
    """A hub node served in this process, on a real port."""

    def __init__(self, settings: config.Config) -> None:
        self.config = settings
        self.port = settings.port
        self.app = create(settings)
        self.server = server.server(self.app, settings)
        self._listener = server.listening_socket(settings)
        self._serving: asyncio.Task[None] | None = None
        self._browsers: list[Browser] = []

    @property
    def realtime(self) -> Realtime:
        return self.app.state.realtime

    @property
    def bus(self) -> Bus:
        return self.realtime._bus

    async def start(self) -> None:
        self._serving = asyncio.create_task(self.server._serve([self._listener]))  # serve() would take the test run's signals
        while not self.server.started:
            await asyncio.sleep(0.01)
            if self._serving.done():
                self._serving.result()

    async def stop(self) -> None:
        self.server.should_exit = True
        if self._serving:
            await self._serving
        self._listener.close()

    async def open(self, who: Someone, **options: Any) -> Browser:
        """A browser of this person, which has not said hello yet."""
        browser = await Browser.open(self.port, who.token, **options)
        self._browsers.append(browser)
        return browser

    async def browser(self, who: Someone, *threads: UUID, **more: Any) -> Browser:
        """A browser of this person that follows `threads` from their beginning (or from `at={thread: seq}`)."""
        browser = await self.open(who)
        await browser.hello(more.pop("at", {}) | dict.fromkeys(threads, 0), **more)
        return browser

    async def leave(self) -> None:
        """Close every page."""
        await asyncio.gather(*(browser.leave() for browser in self._browsers))
        self._browsers.clear()


@pytest.fixture
async def serving(database: config.Config) -> AsyncIterator[Callable[..., Awaitable[Node]]]:
    """`await serving(setting=value)`: a node with fast clocks; stopped at the end."""
    nodes: list[Node] = []

    async def serve(**settings: Any) -> Node:
        node = Node(replace(database, port=free_port(), **FAST | settings))
        nodes.append(node)
        await node.start()
        return node

    try:
        yield serve
    finally:
        for node in nodes:
            await node.stop()
            await node.leave()


@pytest.fixture(scope="module")
async def node(services: TestServices, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """One node with fast clocks for a whole module. Not to be mixed with `serving`: a process has one database at a time."""
    await services.forget()
    async with services.clone() as url:
        settings = config.Config(
            data=tmp_path_factory.mktemp("data"), database_url=url, redis_url=services.redis_url, development=True, port=free_port()
        )
        node = Node(replace(settings, **FAST))
        await node.start()
        yield node
        await node.stop()


async def someone(name: str, roles: tuple[str, ...] = ()) -> Someone:
    """A new person, signed in on one device."""
    person = await Person.create(id=ids.new_id(), name=name, roles=list(roles), locale="en", reads=["en"])
    return await device(Someone(person.id, person.id, ""))


async def device(who: Someone) -> Someone:
    """The same person, signed in on one more device."""
    token, session = ids.new_token(), ids.new_id()
    await Session.create(
        id=session, person_id=who.id, token_hash=ids.hashed(token), device="test", expires_at=clock.now() + timedelta(days=1)
    )
    return Someone(who.id, session, token)


async def conversation(buyer: Someone, artisan: Someone, *helpers: Someone, from_seq: int = 0) -> UUID:
    """A thread of these people."""
    thread = await Thread.create(id=ids.new_id(), buyer_id=buyer.id, artisan_id=artisan.id)
    for who, role in [(buyer, "buyer"), (artisan, "artisan"), *((helper, "mentor") for helper in helpers)]:
        await Participation.create(
            thread_id=thread.id, person_id=who.id, role=role, from_seq=from_seq if role == "mentor" else 0
        )
    return UUID(str(thread.id))


@dataclass
class Story:
    """Claire and Fatima, who talk; Ahmed, who does not take part."""

    claire: Someone
    fatima: Someone
    ahmed: Someone
    thread: UUID


@pytest.fixture
async def story(node: Node) -> AsyncIterator[Story]:
    """Three people and a thread of two of them."""
    yield await tell_story()
    await node.leave()


async def tell_story() -> Story:
    claire, fatima, ahmed = await someone("Claire"), await someone("Fatima"), await someone("Ahmed", ("mentor",))
    return Story(claire, fatima, ahmed, await conversation(claire, fatima))


@contextlib.asynccontextmanager
async def another_node(settings: config.Config, **changes: Any) -> AsyncIterator[int]:
    """A further hub node in a process of its own; its port."""
    other = replace(settings, port=free_port(), **changes)
    environment = os.environ | other.environment()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "hub", "serve", env=environment, cwd=ROOT)
    try:
        async with asyncio.timeout(20):
            while True:
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", other.port), 1).close()
                    break
                await asyncio.sleep(0.05)
        yield other.port
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 15)

"""10: requests that vanish, cancelled at every await of the send path while others write. Nothing leaks, nothing is stored twice.

A request is cancelled while it waits for the first time, then the second ... until it gets through; then the next sort of
request. What its task awaits is cancelled with it, as when a server gives a request up. The hub is in this process.
"""

from __future__ import annotations

import asyncio
import gc
import types
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx

from hub.actions import threads
from hub.errors import Refusal
from hub.sessions import COOKIE
from hub.unit import Actor, services
from models.media import Media
from models.people import Person
from tests.chaos.check import Broken
from tests.chaos.folk import Talk
from tests.chaos.ground import Ground
from tests.chaos.leaks import Leaks
from tests.chaos.nodes import free_port
from tests.chaos.scenarios import scenario
from tests.realtime.browser import Browser
from tests.realtime.conftest import Node

BREATH = 200  # cancellations between two looks at what they left behind
MOST_AWAITS = 400  # of one request; more would mean that it does not end
WORDS = b'{"kind":"text","body":"x"}'
PICTURE = {"purpose": "message", "width": 1, "height": 1, "sha256": ""}


@types.coroutine
def cancelled_at(number: int, work: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """Await `work`; while it waits for the `number`-th time, the task is cancelled."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    fault: BaseException | None = None
    while True:
        try:
            awaited = work.send(None) if fault is None else work.throw(fault)
        except StopIteration as done:
            return done.value
        number -= 1
        if number == 0:
            loop.call_soon(task.cancel)
        fault = None
        try:
            yield awaited
        except BaseException as thrown:
            fault = thrown


class Requests:
    """The sorts of requests that are cancelled, all in one thread: of a buyer, an artisan, and a mentor who comes and goes."""

    def __init__(self, talk: Talk, people: list[Person], client: httpx.AsyncClient, picture: str, port: int) -> None:
        self._thread, self._people, self._who = UUID(talk.thread), people, talk.people
        self._client, self._picture, self._port = client, picture, port
        self.cids: dict[UUID, UUID] = {}  # of every message tried -> its author
        self.answered: dict[UUID, int] = {}  # those that got a number

    def sorts(self) -> dict[str, Callable[[], Coroutine[Any, Any, Any]]]:
        """By name."""
        return {
            "journal.append": self._append, "threads.send": self._send, "threads.send with a picture": self._show,
            "POST messages": self._post, "POST participants": self._call, "DELETE participants": self._leave,
            "verb with a key": self._keyed, "GET events": self._read, "GET thread": self._page, "socket": self._speak,
        }  # fmt: skip

    def _cid(self, author: int = 0) -> UUID:
        cid = uuid4()
        self.cids[cid] = self._people[author].id
        return cid

    async def _append(self) -> None:
        cid = self._cid()
        self.answered[cid] = (await services().journal.append(self._thread, self.cids[cid], cid, WORDS)).seq

    async def _send(self) -> None:
        cid = self._cid(1)
        self.answered[cid] = (await threads.send(self._people[1], self._thread, cid, "text", "x")).seq

    async def _show(self) -> None:
        cid = self._cid()
        self.answered[cid] = (await threads.send(self._people[0], self._thread, cid, "photo", None, [self._picture])).seq

    async def _post(self) -> None:
        cid = self._cid()
        answer = await self._client.post(f"/threads/{self._thread}/messages", json={"cid": str(cid), "body": "x"})
        self.answered[cid] = _right(answer, 201).json()["seq"]

    async def _call(self) -> None:
        _right(await self._client.post(f"/threads/{self._thread}/participants", json={"person": self._who[2].id}), 200, 201)

    async def _leave(self) -> None:
        _right(await self._client.delete(f"/threads/{self._thread}/participants/{self._who[2].id}"), 200, 404)

    async def _keyed(self) -> None:
        actor = Actor(self._people[0], str(uuid4()))
        first = await threads.call(actor, self._thread, self._who[2].id)
        if await threads.call(actor, self._thread, self._who[2].id) != first:
            raise Broken(["the same key got another answer"])

    async def _read(self) -> None:
        _right(await self._client.get(f"/threads/{self._thread}/events?after=0&limit=3"), 200)

    async def _page(self) -> None:
        _right(await self._client.get(f"/threads/{self._thread}"), 200)

    async def _speak(self) -> None:
        browser = await Browser.open(self._port, self._who[0].token)
        try:
            await browser.hello({self._thread: max(self.answered.values(), default=0)})
            cid = self._cid()
            self.answered[cid] = (await browser.answer(await browser.say(self._thread, "x", cid=cid)))["seq"]
            await browser.ask("fetch", thread=self._thread, after=0, limit=200)
        finally:
            browser.vanish()

    async def repeat(self) -> None:
        """Send again whatever was cancelled: each is there once, under the number it was given. Raises Broken."""
        for cid, author in self.cids.items():
            stored = await services().journal.append(self._thread, author, cid, WORDS)
            if cid in self.answered and (not stored.dup or stored.seq != self.answered[cid]):
                raise Broken([f"{cid} was acknowledged as {self.answered[cid]}, and is {stored}"])
            self.answered[cid] = stored.seq
        if len(set(self.answered.values())) != len(self.cids):
            raise Broken(["two messages have one number"])


def _right(answer: httpx.Response, *wanted: int) -> httpx.Response:
    if answer.status_code not in wanted:
        raise Broken([f"{answer.request.method} {answer.request.url} answered {answer.status_code}: {answer.text[:200]}"])
    return answer


@asynccontextmanager
async def _serving(at: Ground) -> AsyncIterator[Node]:
    """A hub in this process."""
    node = Node(replace(at.config, port=free_port(), development=True))
    await node.start()
    try:
        yield node
    finally:
        for client in at.clients:
            await client.stop()
        await node.stop()


@asynccontextmanager
async def _requests(node: Node, talk: Talk) -> AsyncIterator[Requests]:
    """Requests of these people, each in the task that asks, as the server runs them."""
    await Person.filter(id=talk.people[2].id).update(roles=["mentor"])
    people = [await Person.get(id=who.id) for who in talk.people]
    picture = await Media.create(id=uuid4(), owner_id=people[0].id, **PICTURE)
    base = f"http://127.0.0.1:{node.port}"
    headers = {"Origin": base, "Accept": "application/json", "Cookie": f"{COOKIE}={talk.people[0].token}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(node.app), base_url=base, headers=headers) as client:
        yield Requests(talk, people, client, str(picture.id), node.port)


async def _vanish(at: Ground, made: Requests, count: int, look: Callable[[], Coroutine[Any, Any, None]]) -> Counter[str]:
    """Cancel `count` requests; how many of each sort."""
    gone: Counter[str] = Counter()
    while gone.total() < count:
        for name, sort in made.sorts().items():
            at_await = 1
            while await _cut(sort(), at_await) and gone.total() < count:
                gone[name] += 1
                at_await += 1
                if at_await > MOST_AWAITS:
                    raise Broken([f"{name} waits for ever"])
                if at.chance.random() < 0.3:  # not always one behind the other
                    cuts = (_cut(sort(), at.chance.randint(1, at_await)) for _ in range(3))
                    gone[name] += sum(await asyncio.gather(*cuts))
                if gone.total() // BREATH > (gone.total() - 4) // BREATH:
                    await look()
    return gone


async def _cut(request: Coroutine[Any, Any, Any], at_await: int) -> bool:
    """Cancel a request at this await; False when it was answered before."""
    task = asyncio.create_task(cancelled_at(at_await, request))
    await asyncio.wait([task])
    if task.cancelled():
        return True
    if (fault := task.exception()) and not (isinstance(fault, Refusal) and fault.code == "not_found"):
        raise fault
    return False


@scenario("cancel", 10, "10,000 requests are cancelled, at each of their awaits: nothing leaks, nothing is stored twice")
async def cancel(at: Ground, full: bool) -> dict[str, Any]:
    """Two people go on talking over their sockets, except while what was left behind is looked for."""
    [talk] = await at.talks(1, 3)
    faults: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context))
    try:
        async with _serving(at) as node:
            return await _played(at, node, talk, 10_000 if full else 300, faults)
    finally:
        asyncio.get_running_loop().set_exception_handler(None)


async def _played(at: Ground, node: Node, talk: Talk, count: int, faults: list[dict[str, Any]]) -> dict[str, Any]:
    clients = [at.client(who, [_url(node)], [talk.thread]) for who in talk.people[:2]]
    await at.enter(clients)
    leaks, talking = Leaks(node, len(clients)), at.beside(at.chatter(clients, 50))

    async def look() -> None:
        nonlocal talking
        talking.cancel()
        await at.converge(10)
        await leaks.none()
        talking = at.beside(at.chatter(clients, 50))

    async with _requests(node, talk) as made:
        gone = await _vanish(at, made, count, look)
        await look()
        talking.cancel()
        await made.repeat()
    await at.converge(10)
    await leaks.none()
    gc.collect()
    if found := [fault for fault in faults if not _of_the_driver(fault)]:
        raise Broken([f"nobody heard of {fault}" for fault in found])
    return await at.verify() | {"cancelled": gone.total()} | dict(gone)


def _of_the_driver(fault: dict[str, Any]) -> bool:
    """Cancelled while it connects, asyncpg leaves the future of its TLS question behind: noise, and no connection."""
    return isinstance(fault.get("exception"), ConnectionError) and "connection_lost" in str(fault["exception"])


def _url(node: Node) -> str:
    return f"ws://127.0.0.1:{node.port}/ws"

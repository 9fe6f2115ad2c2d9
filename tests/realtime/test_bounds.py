"""What a single client can cost: memory is bounded wherever something waits, and whoever is gone is let go."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
from collections.abc import Awaitable, Callable

import asyncpg
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.exceptions import ConnectionClosed
from websockets.server import ServerProtocol

from hub.actions import threads as actions
from hub.bus import PENDING, Bell
from hub.database import credentials
from hub.unit import Actor
from models.people import Person
from models.threads import Participation
from realtime.connection import Connection
from realtime.frames import EVENT
from realtime.limits import FETCHES
from realtime.wire import HubProtocol
from tests.chaos.client import ORIGIN
from tests.chaos.raw import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Raw, frame, handshake
from tests.realtime.conftest import Node, Someone, someone, tell_story
from tests.realtime.test_limits import flood, sleeper

Serving = Callable[..., Awaitable[Node]]


async def test_a_client_that_vanished_is_let_go(serving: Serving) -> None:
    """No FIN, no reset, nothing: only that a ping has no answer."""
    node = await serving(ping_s=0.3, pong_s=0.3)
    claire, fatima = await node.browser(await someone("Claire")), await node.browser(await someone("Fatima"))
    assert len(node.realtime.fanout.people) == 2
    claire.socket.transport.pause_reading()  # type: ignore[attr-defined]
    async with asyncio.timeout(3):
        while len(node.realtime.fanout.people) > 1:
            await asyncio.sleep(0.05)
    await fatima.tell("ping", n=1)
    await fatima.until("pong")
    claire.vanish()


async def test_a_client_that_asks_and_never_reads_is_closed(serving: Serving) -> None:
    """Answers can't be left out as events can: beyond the bound the connection goes."""
    node = await serving(stuck_s=30.0)
    story = await tell_story()
    fatima = await sleeper(node, story.fatima, story.thread)
    [connection] = node.realtime.fanout.people[str(story.fatima.id)]
    with contextlib.suppress(ConnectionClosed):
        for number in range(8000):
            await fatima.send(json.dumps({"t": "ping", "n": f"{number} " + "x" * 120}))
            if connection.closed:
                break
            assert len(connection._out) <= 257 and connection._size <= 257 * 1024
            await asyncio.sleep(0)
        async with asyncio.timeout(10):
            while True:
                await fatima.recv()
    assert fatima.close_code == 4113
    assert str(story.fatima.id) not in node.realtime.fanout.people


async def bare(node: Node, who: Someone) -> Raw:
    """A welcomed socket that takes as little as possible."""
    found = await Raw.open(node.port, who.token, frame(TEXT, b'{"t":"hello","device":"d","threads":{}}'), small=True)
    assert await found.until(b'"synced"')
    return found


async def test_a_hello_that_is_followed_by_nonsense_leaves_nothing(serving: Serving) -> None:
    """In one breath: the connection has ended before its hello is taken up, and nobody would untie its threads a second time."""
    node = await serving(origins=(ORIGIN,))
    story = await tell_story()
    hello = json.dumps({"t": "hello", "device": "d", "threads": {str(story.thread): 0}}).encode()
    page = await Raw.open(node.port, story.claire.token, frame(TEXT, hello) + frame(BINARY, b"?"))
    await page.until((4000).to_bytes(2), within=5)
    await asyncio.sleep(0.2)
    assert not node.realtime.fanout.people and not node.realtime.fanout.timelines


async def test_whoever_pings_and_never_reads_costs_no_memory(serving: Serving) -> None:
    """Pongs would be written past every bound, and keep the socket from counting as stuck."""
    node = await serving(origins=(ORIGIN,), stuck_s=1.0)
    claire = await someone("Claire")
    page = await bare(node, claire)
    page.pause()
    [connection] = node.realtime.fanout.people[str(claire.id)]
    async with asyncio.timeout(10):
        while not connection.closed and await page.send(frame(PING, b"x" * 125) * 500):
            assert connection.wire.unread() < 2**20
    assert connection.closed


async def test_fragments_of_nothing_cost_no_memory(serving: Serving) -> None:
    node = await serving(origins=(ORIGIN,))
    claire = await someone("Claire")
    page = await bare(node, claire)
    await page.send(frame(TEXT, b'{"t":"ping",', fin=False))
    for _ in range(20):
        await page.send(frame(CONTINUATION, b"", fin=False) * 1000)
    await page.send(frame(CONTINUATION, b'"n":', fin=False) + frame(PING, b"between") + frame(CONTINUATION, b"", fin=False))
    while (PONG, b"between") not in await page.frames():
        pass
    [connection] = node.realtime.fanout.people[str(claire.id)]
    assert [len(part) for part in connection.wire.frames] == [len(b'{"t":"ping","n":')]  # type: ignore[attr-defined]
    await page.send(frame(CONTINUATION, b"7}"))
    assert await page.until(b'{"t":"pong","n":7}', within=5)
    page.cut()


async def test_whoever_is_gone_is_let_go_of_at_once(serving: Serving) -> None:
    """Not when garbage is looked for, and not when their next beat would have been due."""
    node = await serving(beat_s=60.0, origins=(ORIGIN,))
    story = await tell_story()
    hello = frame(TEXT, b'{"t":"hello","device":"d","threads":{"%s":0}}' % str(story.thread).encode())
    half = frame(TEXT, b"x" * 60_000)[:50_000]
    gc.collect()
    gc.disable()
    try:
        for last in (b"", half, frame(CLOSE, b"\x03\xe8"), frame(3, b"no such frame"), frame(TEXT, b"\xff"), frame(BINARY, b"x")):
            line = await Raw.open(node.port, story.fatima.token, hello + last)
            await (line.until(b"synced") if last in (b"", half) else line.ended())
            line.cut()
        refused = await Raw.connect(node.port)
        assert await refused.ask(handshake(node.port, story.fatima.token, (b"https://elsewhere.example",))) == 403
        refused.cut()
        async with asyncio.timeout(5):
            while node.server.server_state.connections:
                await asyncio.sleep(0.01)
        async with asyncio.timeout(5):  # the last resume may still be at work
            while theirs():
                await asyncio.sleep(0.05)
    finally:
        gc.enable()


def theirs() -> list[object]:
    """Whatever belongs to a connection, and is held by something."""
    kinds = (Connection, HubProtocol, HttpToolsProtocol, ServerProtocol)
    return [held for held in gc.get_objects() if isinstance(held, kinds)]


async def test_fetches_that_wait_are_bounded(serving: Serving) -> None:
    node = await serving()
    story = await tell_story()
    claire = await node.browser(story.claire, story.thread)
    blocker = await asyncpg.connect(**credentials(node.config.database_url))
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE participation IN ACCESS EXCLUSIVE MODE")
        for number in range(FETCHES + 10):
            await claire.tell("fetch", ref=number, thread=story.thread, after=0, limit=1)
        await claire.until("error", count=10, code="overloaded", retry=True)
        assert not claire.of("events")
    await blocker.close()
    await claire.until("events", ref=FETCHES - 1)
    assert [frame["ref"] for frame in claire.of("events")] == list(range(FETCHES))


async def test_who_leaves_while_the_log_is_read_leaves_no_seat(serving: Serving) -> None:
    node = await serving(sweep_s=60.0)
    story, bells = await tell_story(), list[Bell]()
    node.bus.deliver = bells.append  # type: ignore[method-assign]
    claire, fatima = await node.browser(story.claire), await node.browser(story.fatima, story.thread)
    for _ in range(2):
        await claire.answer(await claire.say(story.thread))
    await claire.leave()
    blocker = await asyncpg.connect(**credentials(node.config.database_url))
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE event IN ACCESS EXCLUSIVE MODE")
        node.realtime.fanout.deliver([bell for bell in bells if bell.sort == "event"][-1])  # the first is to be read
        async with asyncio.timeout(5):
            while not await blocker.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'event'::regclass"):
                await asyncio.sleep(0.02)
            await fatima.leave()
            while node.realtime.fanout.timelines:
                await asyncio.sleep(0.02)
    await blocker.close()
    async with asyncio.timeout(5):
        while node.realtime.fanout._tasks:
            await asyncio.sleep(0.02)
    assert node.realtime.fanout.members == {}


async def test_bells_that_nobody_takes_are_bounded(serving: Serving) -> None:
    node = await serving(redis_url="redis://127.0.0.1:1")
    claire = await node.browser(await someone("Claire"))
    for _ in range(PENDING + 5000):
        node.bus.ring("signal", to=("nobody",), frame=b"{}")
    assert len(node.bus._pending) == PENDING
    await claire.tell("ping", n=1)
    await claire.until("pong")


async def test_what_waits_for_a_slow_reader_goes_with_their_place(serving: Serving) -> None:
    """A removed helper gets what the line already holds, and not one event more."""
    node = await serving(stuck_s=30.0)
    story = await tell_story()
    await Participation.create(thread_id=story.thread, person_id=story.ahmed.id, role="mentor")
    claire, ahmed = await node.browser(story.claire, story.thread), await sleeper(node, story.ahmed, story.thread)
    [connection] = node.realtime.fanout.people[str(story.ahmed.id)]
    while not any(item.sort == EVENT for item in connection._out):
        await flood(claire, story.thread, 50)
    await actions.leave(Actor(await Person.get(id=story.claire.id)), story.thread, story.ahmed.id)
    assert not any(item.sort == EVENT for item in connection._out)
    head = len(claire.seqs(story.thread))
    seen: list[int] = []
    async with asyncio.timeout(5):
        while True:
            found = json.loads(await ahmed.recv())
            frames = found if isinstance(found, list) else [found]
            seen += [frame["seq"] for frame in frames if frame["t"] == "event"]
            if [frame for frame in frames if frame["t"] == "reset" and frame["why"] == "left"]:
                break
    assert seen == list(range(1, len(seen) + 1)) and len(seen) < head
    await ahmed.close()


async def test_a_page_that_waits_for_a_slow_reader_goes_with_their_place(serving: Serving) -> None:
    """They asked while they were a helper, and the answer stands in their queue when they no longer are."""
    node = await serving(stuck_s=30.0)
    story = await tell_story()
    await Participation.create(thread_id=story.thread, person_id=story.ahmed.id, role="mentor")
    await flood(await node.browser(story.claire, story.thread), story.thread, 50)
    ahmed = await sleeper(node, story.ahmed, story.thread)
    [connection] = node.realtime.fanout.people[str(story.ahmed.id)]
    blocker = await asyncpg.connect(**credentials(node.config.database_url))
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE participation IN ACCESS EXCLUSIVE MODE")
        await ahmed.send(json.dumps({"t": "fetch", "ref": 1, "thread": str(story.thread), "after": 0, "limit": 50}))
        hint = b'{"t":"hint","topic":"inbox","more":"%s"}' % (b"x" * 30_000)
        while not connection.wire.paused:
            node.realtime.fanout.deliver(Bell("signal", "", "", 0, (str(story.ahmed.id),), hint))
            await asyncio.sleep(0.01)
        assert connection.fetches
    await blocker.close()
    async with asyncio.timeout(5):
        while not any(item.thread == str(story.thread) for item in connection._out):
            await asyncio.sleep(0.01)
    await actions.leave(Actor(await Person.get(id=story.claire.id)), story.thread, story.ahmed.id)
    async with asyncio.timeout(5):
        while True:
            frames = json.loads(await ahmed.recv())
            for found in frames if isinstance(frames, list) else [frames]:
                assert found["t"] != "events"
                if found["t"] == "reset":
                    return await ahmed.close()

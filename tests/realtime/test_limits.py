"""Limits in force, each with a node of its own: rates, clocks, readers that are slow or stuck, and going down."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import websockets
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from hub import clock
from hub.database import credentials
from models.people import Session
from models.threads import Participation
from realtime.fanout import PAGE
from tests.realtime.browser import Browser
from tests.realtime.conftest import Node, Someone, device, someone, tell_story

Serving = Callable[..., Awaitable[Node]]


async def test_hello_must_come_within_its_time(serving: Serving) -> None:
    node = await serving(hello_s=0.2)
    browser = await node.open(await someone("Claire"))
    await browser.tell("hello", threads="no hello at all", ref=1)  # does not stop the clock
    assert await browser.closed() == 4000
    assert browser.of("error", code="bad_frame", ref=1)


async def test_beats(serving: Serving) -> None:
    node = await serving(beat_s=0.4)
    browser = await node.browser(await someone("Claire"))
    loop = asyncio.get_running_loop()
    await browser.until("beat")
    begun = loop.time()
    await browser.until("beat", count=3)
    assert 0.6 < loop.time() - begun < 1.1


async def test_the_rate(serving: Serving) -> None:
    node = await serving(frames_per_minute=120, frames_burst=30)
    story = await tell_story()
    claire = await node.browser(story.claire, story.thread)
    for _ in range(40):
        await claire.tell("fetch", ref="resume", thread=story.thread, after=0, limit=1)  # never counted
    refs = [await claire.say(story.thread) for _ in range(30)]
    assert all([(await claire.answer(ref))["t"] == "ok" for ref in refs])
    error = await claire.answer(await claire.say(story.thread))
    assert (error["code"], error["retry"]) == ("rate", True) and 0 < error["after_ms"] <= 500
    await claire.tell("ping", n="dropped")
    await asyncio.sleep(error["after_ms"] / 1000 + 0.05)
    assert (await claire.answer(await claire.say(story.thread)))["t"] == "ok"
    assert not claire.of("pong")
    for _ in range(3):
        await claire.say(story.thread)
    assert await claire.closed() == 4108


async def test_frames_that_nobody_knows_count_too(serving: Serving) -> None:
    node = await serving(frames_per_minute=120, frames_burst=30)
    claire = await node.browser(await someone("Claire"))
    for _ in range(40):
        await claire.tell("dance", steps=3)
    assert await claire.closed() == 4108
    assert not claire.of("error")


async def test_a_reader_that_does_not_read_is_told_heads(serving: Serving) -> None:
    node = await serving(stuck_s=20.0)
    story = await tell_story()
    claire, fatima = await node.browser(story.claire, story.thread), await sleeper(node, story.fatima, story.thread)
    await flood(claire, story.thread, 3000)
    [connection] = node.realtime.fanout.people[str(story.fatima.id)]
    assert str(story.thread) not in connection.follows
    assert connection._size <= 256 * 1024 and len(connection._out) <= 256
    assert connection.wire.transport.get_write_buffer_size() <= 512 * 1024  # type: ignore[attr-defined]

    seen: list[int] = []
    async with asyncio.timeout(10):
        while not [frame for frame in await frames_of(fatima) if _note(frame, seen) and frame["head"] == 3000]:
            pass
    assert seen == list(range(1, len(seen) + 1)) and len(seen) < 3000

    await fatima.send(json.dumps({"t": "fetch", "ref": 1, "thread": str(story.thread), "after": 2990, "limit": 200}))
    async with asyncio.timeout(5):
        while not (pages := [frame for frame in await frames_of(fatima) if frame["t"] == "events"]):
            pass
    assert [event["seq"] for event in pages[0]["events"]] == list(range(2991, 3001))
    await claire.say(story.thread)
    async with asyncio.timeout(5):
        while not [frame for frame in await frames_of(fatima) if frame["t"] == "event" and frame["seq"] == 3001]:
            pass
    await fatima.close()


async def test_a_stuck_socket_is_aborted_and_others_do_not_wait(serving: Serving) -> None:
    node = await serving(stuck_s=1.0)
    story = await tell_story()
    claire, fatima = await node.browser(story.claire, story.thread), await sleeper(node, story.fatima, story.thread)
    phone = await node.browser(story.fatima, story.thread)
    await flood(claire, story.thread, 1000)
    assert await phone.seen(story.thread, 1000) == list(range(1, 1001))
    async with asyncio.timeout(4):
        while len(node.realtime.fanout.people[str(story.fatima.id)]) > 1:
            await asyncio.sleep(0.05)
    await phone.tell("ping", n=1)
    await phone.until("pong")
    fatima.transport.abort()


async def test_a_slow_reader_is_not_a_stuck_one(serving: Serving) -> None:
    node = await serving(stuck_s=1.0)
    story = await tell_story()
    claire, fatima = await node.browser(story.claire, story.thread), await sleeper(node, story.fatima, story.thread)
    flooding = asyncio.create_task(flood(claire, story.thread, 2000))
    for _ in range(15):
        await asyncio.sleep(0.2)
        await frames_of(fatima)
    await flooding
    assert len(node.realtime.fanout.people[str(story.fatima.id)]) == 1
    fatima.transport.abort()


async def test_going_down_loses_nothing(serving: Serving) -> None:
    node = await serving()
    story = await tell_story()
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima, story.thread)

    async def speak() -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await claire.say(story.thread)
                await asyncio.sleep(0.002)

    speaking = asyncio.create_task(speak())
    await claire.until("ok", count=20)
    await fatima.tell("read", thread=story.thread, seq=20)
    await fatima.tell("ping", n=1)
    await fatima.until("pong")  # so the hub has heard what was read
    await node.stop()
    await speaking
    for browser in (claire, fatima):
        assert await browser.closed() == 4200
        [bye] = browser.of("bye")
        assert bye["code"] == 4200 and 0 <= bye["min_ms"] <= bye["max_ms"] <= 10_000
    connection = await asyncpg.connect(**credentials(node.config.database_url))
    stored = {row[0] for row in await connection.fetch("SELECT seq FROM event WHERE thread_id = $1", story.thread)}
    read = await connection.fetchval("SELECT read FROM participation WHERE person_id = $1", story.fatima.id)
    await connection.close()
    assert {frame["seq"] for frame in claire.of("ok")} <= stored and read == 20


async def test_whoever_comes_while_it_goes_down_is_sent_on(serving: Serving) -> None:
    node = await serving()
    node.server.server_state.draining = True  # type: ignore[attr-defined]
    browser = await node.open(await someone("Claire"))
    assert await browser.closed() == 4200
    assert browser.of("bye", code=4200)


async def test_many_are_sent_away_in_batches(serving: Serving) -> None:
    node = await serving(drain_s=1.0)
    people = [await someone(f"Buyer {number}") for number in range(20)]
    browsers = await asyncio.gather(*(node.browser(who) for who in people for _ in range(8)))
    begun = asyncio.get_running_loop().time()
    await node.stop()
    assert 0.7 < asyncio.get_running_loop().time() - begun < 4
    assert [await browser.closed() for browser in browsers] == [4200] * 160


async def test_without_valkey_one_node_still_delivers(serving: Serving) -> None:
    node = await serving(redis_url="redis://127.0.0.1:1")
    story = await tell_story()
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima, story.thread)
    assert (await claire.answer(await claire.say(story.thread)))["seq"] == 1
    assert await fatima.seen(story.thread, 1) == [1]
    await claire.until("presence", here=True, person=story.fatima.id)


async def test_a_page_that_brings_nothing_is_not_read_for_ever(serving: Serving) -> None:
    node = await serving(sweep_s=60.0)
    story = await tell_story()
    claire = await node.browser(story.claire)
    await flood(claire, story.thread, PAGE + 50)
    timeline = node.realtime.fanout.timelines[str(story.thread)]
    timeline.last = -1  # not known yet
    async with asyncio.timeout(2):
        await node.realtime.fanout.fill(timeline)


async def test_what_was_read_is_written_before_the_node_goes(serving: Serving) -> None:
    """Also when it was on its way, and held up, as the node went down."""
    node = await serving()
    story = await tell_story()
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima, story.thread)
    await claire.answer(await claire.say(story.thread))
    blocker = await asyncpg.connect(**credentials(node.config.database_url))
    async with blocker.transaction():
        await blocker.execute("SELECT 1 FROM participation WHERE person_id = $1 FOR UPDATE", story.fatima.id)
        await fatima.tell("read", thread=story.thread, seq=1)
        await asyncio.sleep(0.3)
        stopping = asyncio.create_task(node.stop())
        await asyncio.sleep(1.5)
    await stopping
    assert await blocker.fetchval("SELECT read FROM participation WHERE person_id = $1", story.fatima.id) == 1
    await blocker.close()


async def test_while_the_database_is_stuck(serving: Serving) -> None:
    """Sockets stay open, what was sent is answered afterwards, and who says hello meanwhile is served then."""
    node = await serving()
    story = await tell_story()
    claire, fatima = await node.browser(story.claire, story.thread), await node.open(story.fatima)
    blocker = await asyncpg.connect(**credentials(node.config.database_url))
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE thread, participation IN ACCESS EXCLUSIVE MODE")
        refs = [await claire.say(story.thread) for _ in range(20)]
        await fatima.tell("hello", device="d", threads={str(story.thread): 0})
        await asyncio.sleep(1.0)
        await claire.tell("ping", n=1)
        await claire.until("pong", n=1, within=0.5)
        assert not claire.of("ok", "error") and not fatima.of("welcome")
    assert [(await claire.answer(ref))["seq"] for ref in refs] == list(range(1, 21))
    assert await fatima.seen(story.thread, 20) == list(range(1, 21))
    await blocker.close()


async def test_who_was_sent_away_unheard_is_found_when_the_bus_recovers(serving: Serving) -> None:
    """Long before the next look at sessions and memberships is due, and also if the database does not answer at first."""
    node = await serving(recheck_s=60.0, db_timeout=0.3)
    story = await tell_story()
    await Participation.create(thread_id=story.thread, person_id=story.ahmed.id, role="mentor")
    phone = await device(story.fatima)
    lost, kept, ahmed = await node.browser(phone), await node.browser(story.fatima), await node.browser(story.ahmed, story.thread)
    await Session.filter(id=phone.session).update(revoked_at=clock.now())
    await Participation.filter(person_id=story.ahmed.id).update(left_at=clock.now())
    blocker = await asyncpg.connect(**credentials(node.config.database_url))
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE session IN ACCESS EXCLUSIVE MODE")
        await node.realtime.sweep.recovered()
        await asyncio.sleep(0.5)
    await blocker.close()
    assert await lost.closed(within=3) == 4001
    await ahmed.until("reset", thread=story.thread, why="left", within=2)
    await kept.tell("ping", n=1)
    await kept.until("pong")


# Readers that we hold still


async def sleeper(node: Node, who: Someone, thread: UUID, *, level: bool = True) -> ClientConnection:
    """A socket with a small buffer, welcomed and (unless it sleeps at once) level, that reads only when asked to."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(("127.0.0.1", node.port))
    found = await websockets.connect(
        f"ws://127.0.0.1:{node.port}/ws", sock=line, origin=f"http://127.0.0.1:{node.port}", subprotocols=["hub.v1"],
        additional_headers={"Cookie": f"anou_session={who.token}"}, compression=None, max_queue=1,
    )  # fmt: skip
    await found.send(json.dumps({"t": "hello", "device": "d", "threads": {str(thread): 0}}))
    while level and not [frame for frame in await frames_of(found) if frame["t"] == "synced"]:
        pass
    return found


async def frames_of(socket: ClientConnection) -> list[dict[str, Any]]:
    """The objects of the next frame."""
    found = json.loads(await socket.recv())
    return found if isinstance(found, list) else [found]


def _note(frame: dict[str, Any], seen: list[int]) -> bool:
    if frame["t"] == "event":
        seen.append(frame["seq"])
    return bool(frame["t"] == "head")


async def flood(browser: Browser, thread: UUID, count: int) -> None:
    """Say a lot, 50 at a time."""
    for _ in range(0, count, 50):
        since = len(browser.frames)
        for _ in range(50):
            await browser.say(thread, "x" * 400)
        await browser.until("ok", count=50, since=since)

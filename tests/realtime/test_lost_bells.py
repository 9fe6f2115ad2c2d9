"""Bells may be lost, doubled or late: the log is right, and everyone comes to see it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from uuid import uuid4

import pytest
from redis import asyncio as redis

from hub.actions import threads as actions
from hub.bus import TOGETHER, Bell, _encode
from hub.tasks import going
from hub.unit import Actor
from models.people import Person
from realtime.fanout import HELD
from tests.realtime.browser import quiet
from tests.realtime.conftest import Node, Story


@pytest.fixture
def bells(node: Node) -> Iterator[list[Bell]]:
    """Bells are caught here instead of being delivered."""
    caught: list[Bell] = []
    deliver, node.bus.deliver = node.bus.deliver, caught.append
    yield caught
    node.bus.deliver = deliver


async def test_all_lost(node: Node, story: Story, bells: list[Bell]) -> None:
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima, story.thread)
    inbox = await node.browser(story.fatima)
    for _ in range(10):
        assert (await claire.answer(await claire.say(story.thread)))["t"] == "ok"
    for browser in (claire, fatima):
        assert await browser.seen(story.thread, 10, within=2) == list(range(1, 11))
    await inbox.until("head", thread=story.thread, head=10, within=2)


async def test_all_lost_and_the_bus_recovers(node: Node, story: Story, bells: list[Bell]) -> None:
    fatima, claire = await node.browser(story.fatima, story.thread), await node.browser(story.claire)
    await claire.answer(await claire.say(story.thread))
    await node.realtime.sweep.recovered()
    await fatima.seen(story.thread, 1, within=0.4)


async def test_lost_doubled_and_reordered(node: Node, story: Story, bells: list[Bell]) -> None:
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima, story.thread)
    for _ in range(60):
        await claire.answer(await claire.say(story.thread))
    chance = random.Random(11)
    events = [bell for bell in bells if bell.sort == "event" for _ in range(chance.choice((0, 1, 1, 1, 2)))]
    chance.shuffle(events)
    for bell in events:
        node.realtime.fanout.deliver(bell)
        if chance.random() < 0.3:
            await asyncio.sleep(0.005)
    for browser in (claire, fatima):
        assert await browser.seen(story.thread, 60) == list(range(1, 61))


async def test_an_early_bell_waits_a_moment_for_the_one_before(node: Node, story: Story, bells: list[Bell]) -> None:
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima, story.thread)
    for _ in range(3):
        await claire.answer(await claire.say(story.thread))
    first, second, third = [bell for bell in bells if bell.sort == "event"]
    for bell in (third, first):
        node.realtime.fanout.deliver(bell)
    await quiet(0.01)
    assert fatima.seqs(story.thread) == [1]
    node.realtime.fanout.deliver(second)
    assert await fatima.seen(story.thread, 3) == [1, 2, 3]


async def test_a_gap_is_read_from_the_log(node: Node, story: Story, bells: list[Bell]) -> None:
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima, story.thread)
    for _ in range(5):
        await claire.answer(await claire.say(story.thread))
    node.realtime.fanout.deliver([bell for bell in bells if bell.sort == "event"][-1])
    assert await fatima.seen(story.thread, 5, within=0.45) == [1, 2, 3, 4, 5]


async def test_what_is_sent_again_is_rung_for(node: Node, story: Story, bells: list[Bell]) -> None:
    """It was stored, but the answer was lost, and the bell with it: whoever missed it reads it, without waiting for a sweep."""
    claire, fatima, cid = await node.browser(story.claire), await node.browser(story.fatima, story.thread), uuid4()
    zohra = await node.browser(story.fatima)
    await claire.answer(await claire.say(story.thread, cid=cid))
    assert not fatima.seqs(story.thread)
    assert (await claire.answer(await claire.say(story.thread, cid=cid)))["dup"]
    node.realtime.fanout.deliver(bells[-1])
    assert bells[-1].sort == "moved"
    assert await fatima.seen(story.thread, 1, within=0.45) == [1]
    await zohra.until("head", thread=story.thread, head=1, within=0.45)


async def test_what_comes_before_its_turn_is_held_within_bounds(node: Node, story: Story) -> None:
    fatima = await node.browser(story.fatima, story.thread)
    timeline, people = node.realtime.fanout.timelines[str(story.thread)], (str(story.fatima.id),)
    for seq in range(10, 1000):
        node.realtime.fanout.deliver(Bell("event", "elsewhere", str(story.thread), seq, people, b"{}"))
    assert len(timeline.held or ()) == HELD
    assert not fatima.seqs(story.thread)


async def test_what_is_read_from_the_log_is_not_for_who_came_later(node: Node, story: Story, bells: list[Bell]) -> None:
    """Ahmed was called in from now on, and speaks before this node has passed on what was before him."""
    claire, ahmed = await node.browser(story.claire, story.thread), await node.browser(story.ahmed)
    for _ in range(5):
        await claire.answer(await claire.say(story.thread, "not for Ahmed"))
    await actions.call(Actor(await Person.get(id=story.claire.id)), story.thread, story.ahmed.id, True)
    assert (await ahmed.answer(await ahmed.say(story.thread)))["seq"] == 7
    node.realtime.fanout.deliver([bell for bell in bells if bell.sort == "event"][-1])
    assert await claire.seen(story.thread, 7, within=2) == [1, 2, 3, 4, 5, 6, 7]
    assert await ahmed.seen(story.thread, 7, within=2) == [6, 7]


async def test_whoever_repeats_a_message_hears_what_came_after_it(node: Node, story: Story, bells: list[Bell]) -> None:
    claire, cid = await node.browser(story.claire), uuid4()
    await claire.answer(await claire.say(story.thread, cid=cid))
    await claire.leave()
    fatima = await node.browser(story.fatima)
    claire = await node.browser(story.claire)  # its list did not name the thread
    await fatima.answer(await fatima.say(story.thread))
    again = await claire.answer(await claire.say(story.thread, cid=cid))
    assert (again["seq"], again["dup"]) == (1, True)
    assert await claire.seen(story.thread, 2, within=2) == [2]


async def test_people_who_came_unseen_are_noticed(node: Node, story: Story, bells: list[Bell]) -> None:
    claire = await node.browser(story.claire, story.thread)
    fatima = await node.browser(story.fatima, story.thread)
    await claire.until("presence", here=True, person=story.fatima.id, within=2)
    await fatima.leave()
    await claire.until("presence", here=False, person=story.fatima.id, within=3)


async def test_a_bell_that_breaks_something_takes_nothing_with_it(node: Node, story: Story) -> None:
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima, story.thread)
    deliver, node.bus.deliver = node.bus.deliver, broken
    try:
        refs = [await claire.say(story.thread) for _ in range(5)]
        assert [(await claire.answer(ref))["seq"] for ref in refs] == [1, 2, 3, 4, 5]
        await from_elsewhere(node, Bell("signal", "other", "", 0, (str(story.claire.id),), b'{"t":"hint","topic":"inbox"}'))
        await quiet(0.2)
    finally:
        node.bus.deliver = deliver
    assert await fatima.seen(story.thread, 5, within=2) == [1, 2, 3, 4, 5]
    await from_elsewhere(node, Bell("signal", "other", "", 0, (str(story.claire.id),), b'{"t":"hint","topic":"board"}'))
    await claire.until("hint", topic="board", within=1)
    assert node.bus.healthy and not claire.of("hint", topic="inbox")


def broken(bell: Bell) -> None:
    raise LookupError(bell.sort)


async def from_elsewhere(node: Node, bell: Bell) -> None:
    """Publish as another node would."""
    client = redis.Redis.from_url(node.bus.url)
    await client.publish(node.bus.channels[0], b"other\n" + _encode([bell]))
    await client.aclose()


async def test_a_bell_that_cannot_be_published_does_not_silence_the_node(node: Node, story: Story) -> None:
    """Those in one message with it are lost, those behind it are not: nobody need ring again for them."""
    heard = redis.Redis.from_url(node.bus.url).pubsub()
    await heard.subscribe(*node.bus.channels)
    node.bus.ring("signal", to=("\ud800",))
    for _ in range(TOGETHER):
        node.bus.ring("signal", to=("nobody",), frame=b"after")
    message = None
    async with asyncio.timeout(4):
        while not (message and b"after" in message["data"]):
            message = await heard.get_message(ignore_subscribe_messages=True, timeout=0.2)
    await heard.aclose()


async def test_a_clock_that_breaks_goes_on() -> None:
    runs = asyncio.Semaphore(0)

    async def clock() -> None:
        runs.release()
        raise LookupError("nobody thought of this")

    task = asyncio.create_task(going(clock))
    async with asyncio.timeout(3):
        await runs.acquire()
        await runs.acquire()
    task.cancel()

"""Here and typing: told to those who follow, gone after a while, never stored."""

from __future__ import annotations

import asyncio

from hub.bus import Bus
from hub.config import Config
from hub.journal import Journal
from realtime.fanout import Fanout
from realtime.presence import Presence
from realtime.store import Store
from tests.realtime.browser import quiet
from tests.realtime.conftest import Node, Story
from tests.services import TestServices


async def test_coming_and_going(node: Node, story: Story) -> None:
    claire, ahmed = await node.browser(story.claire, story.thread), await node.browser(story.ahmed)
    inbox = await node.browser(story.claire)
    fatima = await node.browser(story.fatima, story.thread)
    wanted = {"thread": story.thread, "person": story.fatima.id}
    await claire.until("presence", here=True, **wanted)
    await fatima.until("presence", here=True, thread=story.thread, person=story.claire.id)
    assert not fatima.of("presence", person=story.fatima.id)
    await fatima.leave()
    await quiet(0.1)
    assert not claire.of("presence", here=False)
    await claire.until("presence", here=False, **wanted, within=2)
    assert not ahmed.of("presence") and not inbox.of("presence")


async def test_a_short_loss_is_not_told(node: Node, story: Story) -> None:
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima, story.thread)
    await claire.until("presence", here=True)
    fatima.vanish()
    await fatima.closed()
    fatima = await node.browser(story.fatima, story.thread)
    await quiet(0.6)
    assert len(claire.of("presence")) == 1
    assert await node.realtime.here([str(story.fatima.id), str(story.ahmed.id)]) == {str(story.fatima.id)}


async def test_one_of_two_devices(node: Node, story: Story) -> None:
    claire, phone, laptop = [await node.browser(who, story.thread) for who in (story.claire, story.fatima, story.fatima)]
    await phone.leave()
    await quiet(0.6)
    assert [frame["here"] for frame in claire.of("presence")] == [True]
    await laptop.leave()
    await claire.until("presence", here=False)


async def test_who_follows_later_is_told_too(node: Node, story: Story) -> None:
    fatima, claire = await node.browser(story.fatima), await node.browser(story.claire)
    await claire.ask("fetch", thread=story.thread, after=0, limit=1)
    await claire.until("presence", here=True, person=story.fatima.id)
    await fatima.leave()
    await claire.until("presence", here=False, person=story.fatima.id)


async def test_typing_ends_by_itself(node: Node, story: Story) -> None:
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima, story.thread)
    other = await node.browser(story.claire)
    await fatima.tell("typing", thread=story.thread, on=True)
    await claire.until("typing", thread=story.thread, person=story.fatima.id, on=True)
    begun = asyncio.get_running_loop().time()
    await claire.until("typing", on=False)
    assert 0.3 < asyncio.get_running_loop().time() - begun < 1.2
    assert not fatima.of("typing") and not other.of("typing")


async def test_typing_is_passed_on_now_and_then(node: Node, story: Story) -> None:
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima, story.thread)
    for _ in range(10):
        await fatima.tell("typing", thread=story.thread, on=True)
    await fatima.tell("typing", thread=story.thread, on=False)
    await claire.until("typing", on=False)
    for on in (True, False, True, False, True):
        await fatima.tell("typing", thread=story.thread, on=on)
    await quiet(0.1)
    assert [frame["on"] for frame in claire.of("typing")] == [True, False]
    await quiet(0.4)
    await fatima.tell("typing", thread=story.thread, on=True)
    await claire.until("typing", on=True, count=2)
    await claire.until("typing", on=False, count=2)


async def test_typing_ends_with_the_line(node: Node, story: Story) -> None:
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima, story.thread)
    await fatima.tell("typing", thread=story.thread, on=True)
    await claire.until("typing", on=True)
    fatima.vanish()
    await claire.until("typing", on=False, within=0.4)


async def test_what_a_killed_node_had_does_not_count(node: Node, story: Story) -> None:
    valkey, person = node.bus.commands, str(story.claire.id)
    await valkey.hset("here:ghost", mapping={person: 10})
    await valkey.sadd("nodes", "here:ghost")
    await node.realtime.presence.pulse()
    await node.browser(story.claire)
    line = valkey.pubsub()
    try:
        await line.subscribe("node:ghost")
        await line.get_message(timeout=1)
        assert await (await node.open(story.claire)).closed() == 4010
    finally:
        await line.aclose()
        await valkey.delete("here:ghost")
        await node.realtime.presence.pulse()


async def test_a_node_started_again_under_its_name_has_nobody(services: TestServices) -> None:
    """It was killed a moment ago: what it had in Valkey must not be kept alive by its successor."""
    bus = Bus(services.redis_url, "hub1", 1)
    presence = Presence(Config(), bus, Fanout(Store(Journal(Config(), bus))))
    try:
        await bus.commands.hset("here:hub1", mapping={"somebody": 3})
        await presence.pulse()
        assert not await bus.commands.hexists("here:hub1", "somebody")
        await bus.commands.hset("here:hub1", mapping={"claire": 1})
        await presence.pulse()
        assert await bus.commands.hexists("here:hub1", "claire")
        await presence.stop()
    finally:
        await bus.commands.aclose()

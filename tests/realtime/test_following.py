"""What a connection is told: events of what it follows, heads of the rest, nothing of what it is not in."""

from __future__ import annotations

import asyncio

from hub import clock
from hub.actions import threads as actions
from hub.unit import Actor
from models.people import Person
from models.threads import Participation, Thread
from tests.realtime.browser import quiet
from tests.realtime.conftest import Node, Story


async def actor(who: object) -> Actor:
    return Actor(await Person.get(id=who))


async def test_other_threads_move_by_head(node: Node, story: Story) -> None:
    claire, fatima = await node.browser(story.claire), await node.browser(story.fatima)
    for _ in range(20):
        await claire.say(story.thread)
    await fatima.until("head", thread=story.thread, head=20, unread=20)
    assert len(fatima.of("head")) < 8  # coalesced
    assert not fatima.of("event")


async def test_fetching_is_following(node: Node, story: Story) -> None:
    claire, fatima = await node.browser(story.claire), await node.browser(story.fatima)
    await claire.answer(await claire.say(story.thread))
    page = await fatima.ask("fetch", thread=story.thread, after=0, limit=10)
    assert [event["seq"] for event in page["events"]] == [1]
    await claire.say(story.thread)
    assert await fatima.seen(story.thread, 2) == [2]


async def test_fetching_old_pages_is_following_too(node: Node, story: Story) -> None:
    claire, fatima = await node.browser(story.claire), await node.browser(story.fatima)
    for _ in range(5):
        await claire.answer(await claire.say(story.thread))
    await fatima.ask("fetch", thread=story.thread, before=3, limit=10)
    await claire.say(story.thread)
    assert await fatima.seen(story.thread, 6) == [6]


async def test_fetching_while_others_speak_leaves_no_hole(node: Node, story: Story) -> None:
    claire, fatima = await node.browser(story.claire), await node.browser(story.fatima)
    for number in range(300):
        await claire.say(story.thread)
        if number == 100:
            fetched = asyncio.create_task(fatima.ask("fetch", thread=story.thread, after=0, limit=200))
        if number % 40 == 0:
            await claire.until("ok", count=number + 1)
    page = await fetched
    head = page["head"]
    assert [event["seq"] for event in page["events"]] == list(range(1, len(page["events"]) + 1))
    await claire.say(story.thread)  # the page may have been as long in coming as all of that was in being said
    assert await fatima.seen(story.thread, 301) == list(range(head + 1, 302))


async def test_sending_is_following(node: Node, story: Story) -> None:
    claire, fatima = await node.browser(story.claire), await node.browser(story.fatima)
    await claire.answer(await claire.say(story.thread))
    await claire.until("event", seq=1)
    await fatima.answer(await fatima.say(story.thread))
    assert await fatima.seen(story.thread, 2) == [2]
    await claire.say(story.thread)
    assert await fatima.seen(story.thread, 3) == [2, 3]


async def test_what_is_said_before_welcome_is_said_after_it(node: Node, story: Story) -> None:
    claire, fatima = await node.open(story.claire), await node.browser(story.fatima, story.thread)
    await claire.tell("hello", device="d", threads={})
    refs = [await claire.say(story.thread, str(number)) for number in range(3)]
    assert [(await claire.answer(ref))["seq"] for ref in refs] == [1, 2, 3]
    assert claire.frames[0]["t"] == "welcome"
    await fatima.say(story.thread)
    assert await claire.seen(story.thread, 4) == [1, 2, 3, 4]


async def test_a_new_thread_is_announced(node: Node, story: Story) -> None:
    ahmed, claire = await node.browser(story.ahmed), await node.browser(story.claire)
    await Person.filter(id=story.ahmed.id).update(roles=["artisan"])
    await Person.filter(id=story.claire.id).update(roles=["buyer"])
    opened = await actions.open_thread(await actor(story.claire.id), story.ahmed.id)
    for browser in (ahmed, claire):
        await browser.until("head", thread=opened["id"], head=0, unread=0)


async def test_being_called_in_and_sent_out(node: Node, story: Story) -> None:
    claire, ahmed = await node.browser(story.claire, story.thread), await node.browser(story.ahmed)
    second = await node.browser(story.ahmed)
    await claire.answer(await claire.say(story.thread))
    assert not ahmed.of("head")
    await actions.call(await actor(story.claire.id), story.thread, story.ahmed.id)
    await ahmed.until("head", thread=story.thread, head=2)
    await claire.until("event", seq=2, kind="joined")
    page = await ahmed.ask("fetch", thread=story.thread, after=0, limit=10)
    assert [event["kind"] for event in page["events"]] == ["message", "joined"]
    await claire.say(story.thread)
    await ahmed.seen(story.thread, 3)
    await second.until("head", head=3)

    await actions.leave(await actor(story.claire.id), story.thread, story.ahmed.id)
    await claire.until("event", seq=4, kind="left")
    await claire.answer(await claire.say(story.thread))
    for browser in (ahmed, second):
        await browser.until("reset", thread=story.thread, why="left")
    await quiet(0.8)  # as long as a sweep, too
    assert ahmed.seqs(story.thread) == [3] and not ahmed.of("head", head=5) and not second.of("head", head=5)
    assert (await ahmed.ask("fetch", thread=story.thread, after=0, limit=10))["code"] == "unknown_thread"
    assert (await ahmed.answer(await ahmed.say(story.thread)))["code"] == "unknown_thread"


async def test_a_removal_that_was_not_told_is_found(node: Node, story: Story) -> None:
    thread = story.thread
    await Participation.create(thread_id=thread, person_id=story.ahmed.id, role="mentor")
    ahmed, claire = await node.browser(story.ahmed, thread), await node.browser(story.claire, thread)
    await Participation.filter(thread_id=thread, person_id=story.ahmed.id).update(left_at=clock.now())
    await Thread.filter(id=thread).update(roster=2)
    await claire.answer(await claire.say(thread))  # the bell names who is in the thread now
    await claire.seen(thread, 1)
    await ahmed.until("reset", thread=thread, why="left", within=2)
    assert not ahmed.of("event")


async def test_positions_and_hints_reach_every_connection(node: Node, story: Story) -> None:
    first, second, other = [await node.browser(who) for who in (story.claire, story.claire, story.fatima)]
    node.bus.ring("signal", to=(str(story.claire.id),), frame=b'{"t":"hint","topic":"inbox"}')
    for browser in (first, second):
        await browser.until("hint", topic="inbox")
    await quiet(0.1)
    assert not other.of("hint")


async def test_nothing_comes_before_welcome(node: Node, story: Story) -> None:
    """A connection that has not said hello is told nothing; one that has, is welcomed first."""
    claire, silent = await node.browser(story.claire, story.thread), await node.open(story.fatima)
    await claire.answer(await claire.say(story.thread))
    node.bus.ring("signal", to=(str(story.fatima.id),), frame=b'{"t":"hint","topic":"inbox"}')
    await quiet(0.3)
    assert not [frame for frame in silent.frames if frame["t"] != "beat"]


async def test_a_thread_is_let_go_when_nobody_follows(node: Node, story: Story) -> None:
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima, story.thread)
    assert node.realtime.fanout.timelines[str(story.thread)].followers == 2
    await claire.leave()
    await fatima.leave()
    await quiet(0.1)
    assert str(story.thread) not in node.realtime.fanout.timelines
    assert str(story.claire.id) not in node.realtime.fanout.members

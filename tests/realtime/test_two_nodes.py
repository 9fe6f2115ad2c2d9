"""Two nodes on one bus, the second in a process of its own: to people they are one hub."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from hub.actions import threads as actions
from hub.unit import Actor
from models.people import Person
from models.threads import Participation
from tests.realtime.browser import Browser, closing, quiet
from tests.realtime.conftest import Node, Someone, Story, another_node, device


@pytest.fixture(scope="module")
async def other(node: Node) -> AsyncIterator[int]:
    """The port of the second node."""
    async with another_node(node.config) as port:
        await node.realtime.presence.pulse()
        yield port


async def over_there(port: int, who: Someone, *threads: object) -> Browser:
    browser = await Browser.open(port, who.token)
    await browser.hello(dict.fromkeys(threads, 0))  # type: ignore[misc]
    return browser


async def test_a_conversation_across_nodes(node: Node, other: int, story: Story) -> None:
    claire, fatima = await node.browser(story.claire, story.thread), await over_there(other, story.fatima, story.thread)
    assert claire.of("welcome")[0]["node"] != fatima.of("welcome")[0]["node"]
    async with closing(fatima):
        for turn in range(20):
            speaker = (claire, fatima)[turn % 2]
            assert (await speaker.answer(await speaker.say(story.thread)))["seq"] == turn + 1
        refs = [(speaker, await speaker.say(story.thread)) for _ in range(25) for speaker in (claire, fatima)]
        seqs = {(await speaker.answer(ref))["seq"] for speaker, ref in refs}
        assert seqs == set(range(21, 71))
        for browser in (claire, fatima):
            assert await browser.seen(story.thread, 70) == list(range(1, 71))
        assert claire.of("event") == fatima.of("event")


async def test_a_cid_takes_effect_once_on_both(node: Node, other: int, story: Story) -> None:
    claire, there = await node.browser(story.claire, story.thread), await over_there(other, story.claire, story.thread)
    async with closing(there):
        cids = [uuid4() for _ in range(30)]
        refs = [(browser, await browser.say(story.thread, cid=cid)) for cid in cids for browser in (claire, there)]
        answers = [await browser.answer(ref) for browser, ref in refs]
        assert sum(not answer["dup"] for answer in answers) == 30
        assert {answer["seq"] for answer in answers} == set(range(1, 31))


async def test_signals_cross(node: Node, other: int, story: Story) -> None:
    claire, fatima = await node.browser(story.claire, story.thread), await over_there(other, story.fatima, story.thread)
    async with closing(fatima):
        await claire.until("presence", here=True, person=story.fatima.id, within=2)
        await fatima.until("presence", here=True, person=story.claire.id, within=2)
        await fatima.tell("typing", thread=story.thread, on=True)
        await claire.until("typing", on=True, person=story.fatima.id)
        await claire.answer(await claire.say(story.thread))
        await fatima.tell("read", thread=story.thread, seq=1)
        await claire.until("receipt", read=1)
        await quiet(0.3)
        assert await node.realtime.here([str(story.fatima.id), str(story.ahmed.id)]) == {str(story.fatima.id)}
    await claire.until("presence", here=False, person=story.fatima.id, within=3)


async def test_a_person_who_changes_nodes_never_goes(node: Node, other: int, story: Story) -> None:
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima, story.thread)
    there = await over_there(other, story.fatima, story.thread)
    async with closing(there):
        await quiet(0.4)
        await fatima.leave()
        await quiet(0.8)
        assert {frame["here"] for frame in claire.of("presence")} == {True}


async def test_the_eleventh_connection_counts_both(node: Node, other: int, story: Story) -> None:
    there = [await over_there(other, story.claire) for _ in range(6)]
    async with closing(*there):
        await quiet(0.4)
        for _ in range(4):
            await node.browser(story.claire)
        assert await (await node.open(story.claire)).closed() == 4010
        await there.pop().leave()
        await quiet(0.4)
        await node.browser(story.claire)


async def test_revocation_and_removal_cross(node: Node, other: int, story: Story) -> None:
    phone = await device(story.ahmed)
    await Participation.create(thread_id=story.thread, person_id=story.ahmed.id, role="mentor")
    ahmed, lost = await over_there(other, story.ahmed, story.thread), await over_there(other, phone, story.thread)
    claire = await node.browser(story.claire, story.thread)
    async with closing(ahmed, lost):
        node.bus.ring("revoked", to=(str(story.ahmed.id),), frame=str(phone.session).encode())
        assert await lost.closed(within=1) == 4001
        await actions.leave(Actor(await Person.get(id=story.claire.id)), story.thread, story.ahmed.id)
        await ahmed.until("reset", thread=story.thread, why="left", within=1)
        await claire.answer(await claire.say(story.thread))
        await quiet()
        assert not ahmed.of("event", seq=2)


async def test_other_threads_move_by_head_across(node: Node, other: int, story: Story) -> None:
    claire, fatima = await node.browser(story.claire), await over_there(other, story.fatima)
    async with closing(fatima):
        await asyncio.gather(*(claire.say(story.thread) for _ in range(5)))
        await fatima.until("head", thread=story.thread, head=5, unread=5)


async def test_a_line_that_never_said_hello_does_not_keep_somebody_here(node: Node, other: int, story: Story) -> None:
    """It was counted when the person's other line ended, and ends itself without ever having been live."""
    claire, phone = await node.browser(story.claire, story.thread), await over_there(other, story.fatima, story.thread)
    await claire.until("presence", here=True, person=story.fatima.id)
    async with closing(await Browser.open(other, story.fatima.token)):
        await phone.leave()
        await quiet(0.4)  # it has been written down that one is left
    await claire.until("presence", here=False, person=story.fatima.id, within=3)

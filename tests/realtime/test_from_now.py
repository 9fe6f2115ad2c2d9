"""Sent out and called back "from now on" while no bell rang: a client that keeps the protocol comes to where its thread begins."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest

from hub.actions import threads as actions
from hub.unit import Actor
from models.people import Person
from models.threads import Participation
from tests.chaos import folk
from tests.chaos.client import ORIGIN
from tests.chaos.phone import Phone
from tests.realtime.conftest import Node, Someone, tell_story

Serving = Callable[..., Awaitable[Node]]


@contextmanager
def silence(node: Node) -> Iterator[None]:
    """Bells are lost."""
    deliver, node.bus.deliver = node.bus.deliver, lambda bell: None
    try:
        yield
    finally:
        node.bus.deliver = deliver


async def phone_of(node: Node, who: Someone, thread: str) -> Phone:
    """A phone that follows the thread from its beginning, and is level."""
    someone = folk.Someone(str(who.id), str(who.session), who.token)
    phone = Phone(someone, [f"ws://127.0.0.1:{node.port}/ws"], [thread], 0)
    phone.start()
    async with asyncio.timeout(5):
        while not phone.level:
            await asyncio.sleep(0.01)
    return phone


async def reaches(phone: Phone, thread: str, seq: int) -> None:
    async with asyncio.timeout(3):
        while not phone.level or phone.busy or phone.last != {thread: seq}:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("comes_back", [True, False])
@pytest.mark.parametrize("said", [0, 3])
async def test_called_back_unheard(serving: Serving, said: int, comes_back: bool) -> None:
    """Whether their copy holds something or nothing yet, and whether they come back or only stay: nothing is said afterwards."""
    node = await serving(origins=(ORIGIN,))
    story = await tell_story()
    await Participation.create(thread_id=story.thread, person_id=story.ahmed.id, role="mentor")
    claire, by, thread = await node.browser(story.claire), Actor(await Person.get(id=story.claire.id)), str(story.thread)
    ahmed = await phone_of(node, story.ahmed, thread)
    try:
        for _ in range(said):
            await claire.answer(await claire.say(story.thread))
        await reaches(ahmed, thread, said)
        with silence(node):
            await actions.leave(by, thread, story.ahmed.id)
            await claire.answer(await claire.say(story.thread, "not for Ahmed"))
            await actions.call(by, thread, story.ahmed.id, True)
            if comes_back:
                ahmed.drop()
            await reaches(ahmed, thread, said + 3)
        history = ahmed.histories[thread]
        assert (history.floor, [entry.seq for entry in history.entries]) == (said + 2, [said + 3])
        await claire.answer(await claire.say(story.thread))
        await reaches(ahmed, thread, said + 4)
    finally:
        await ahmed.stop()

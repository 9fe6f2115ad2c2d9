"""Watermarks: forward only, never beyond the head, and only among the people of the thread."""

from __future__ import annotations

from models.threads import Participation
from tests.realtime.browser import quiet
from tests.realtime.conftest import Node, Story


async def marks(story: Story, who: object) -> tuple[int, int]:
    seat = await Participation.get(thread_id=story.thread, person_id=who)
    return seat.got, seat.read


async def test_everyone_in_the_thread_is_told(node: Node, story: Story) -> None:
    claire, fatima, phone = [await node.browser(who, story.thread) for who in (story.claire, story.fatima, story.fatima)]
    inbox, ahmed = await node.browser(story.claire), await node.browser(story.ahmed)
    for _ in range(3):
        await claire.answer(await claire.say(story.thread))
    await fatima.tell("got", thread=story.thread, seq=3)
    wanted = {"thread": story.thread, "person": story.fatima.id}
    for browser in (claire, fatima, phone, inbox):
        await browser.until("receipt", got=3, read=0, **wanted)
    await fatima.tell("read", thread=story.thread, seq=2)
    for browser in (claire, fatima, phone, inbox):
        await browser.until("receipt", got=3, read=2, **wanted)
    assert await marks(story, story.fatima.id) == (3, 2)
    assert not ahmed.of("receipt")


async def test_they_never_go_back_nor_beyond_the_head(node: Node, story: Story) -> None:
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima, story.thread)
    for _ in range(5):
        await claire.answer(await claire.say(story.thread))
    await fatima.tell("read", thread=story.thread, seq=4)
    await claire.until("receipt", got=4, read=4)  # what was read has arrived
    for seq in (1, 3):
        await fatima.tell("read", thread=story.thread, seq=seq)
        await fatima.tell("got", thread=story.thread, seq=seq)
    await quiet(0.2)
    await fatima.tell("got", thread=story.thread, seq=2**62)
    await claire.until("receipt", got=5, read=4)
    assert await marks(story, story.fatima.id) == (5, 4)
    assert len(claire.of("receipt")) == 2


async def test_strangers_leave_no_mark(node: Node, story: Story) -> None:
    claire, ahmed = await node.browser(story.claire, story.thread), await node.browser(story.ahmed)
    await claire.answer(await claire.say(story.thread))
    await ahmed.tell("read", thread=story.thread, seq=1)
    await quiet(0.2)
    assert not claire.of("receipt") and not ahmed.of("error")


async def test_unread_falls(node: Node, story: Story) -> None:
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima)
    for _ in range(4):
        await claire.answer(await claire.say(story.thread))
    await fatima.tell("read", thread=story.thread, seq=3)
    await claire.until("receipt", read=3)
    again = await node.open(story.fatima)
    welcome = await again.hello()
    assert welcome["threads"] == [{"thread": str(story.thread), "head": 4, "read": 3, "unread": 1}]


async def test_many_marks_are_one_receipt(node: Node, story: Story) -> None:
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima, story.thread)
    for _ in range(30):
        await claire.answer(await claire.say(story.thread))
    for seq in range(1, 31):
        await fatima.tell("got", thread=story.thread, seq=seq)
    await claire.until("receipt", got=30)
    assert len(claire.of("receipt")) <= 3

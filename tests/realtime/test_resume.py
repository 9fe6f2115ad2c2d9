"""Coming back: what was missed, once, in order, and then live without a hole or a double."""

from __future__ import annotations

import asyncio
import json
import random
from uuid import UUID, uuid4

from hub.bus import Bell
from models.threads import Participation
from tests.realtime.browser import Browser, quiet
from tests.realtime.conftest import Node, Someone, Story, conversation, someone
from tests.realtime.test_limits import flood, frames_of, sleeper


async def talk(node: Node, who: Someone, thread: UUID, count: int, first: int = 1) -> None:
    """Let somebody say so many things."""
    browser = await node.browser(who, at={thread: 0} if first == 1 else {})
    for number in range(first, first + count):
        ref = await browser.say(thread, f"{number}")
        if number % 50 == 0:
            await browser.answer(ref)
    await browser.answer(ref)
    await browser.leave()


async def test_missing_events_then_synced(node: Node, story: Story) -> None:
    await talk(node, story.claire, story.thread, 7)
    fatima = await node.open(story.fatima)
    await fatima.hello({story.thread: 3})
    kinds = [frame["t"] for frame in fatima.frames if frame["t"] in ("welcome", "event", "synced")]
    assert kinds == ["welcome", "event", "event", "event", "event", "synced"]
    assert fatima.seqs(story.thread) == [4, 5, 6, 7]
    assert fatima.of("synced")[0]["threads"] == {str(story.thread): 7}
    assert fatima.of("welcome")[0]["threads"] == [{"thread": str(story.thread), "head": 7, "read": 0, "unread": 7}]


async def test_nothing_is_missing(node: Node, story: Story) -> None:
    await talk(node, story.claire, story.thread, 2)
    fatima = await node.browser(story.fatima, at={story.thread: 2})
    claire = await node.browser(story.claire, at={story.thread: 2})
    await claire.say(story.thread)
    assert await fatima.seen(story.thread, 3) == [3]


async def test_a_gap_of_a_thousand(node: Node, story: Story) -> None:
    await talk(node, story.claire, story.thread, 1000)
    fatima = await node.browser(story.fatima, story.thread)
    assert fatima.seqs(story.thread) == list(range(1, 1001))


async def test_another_epoch_forgets_everything(node: Node, story: Story) -> None:
    await talk(node, story.claire, story.thread, 3)
    fatima = await node.open(story.fatima)
    welcome = await fatima.hello({story.thread: 2}, epoch=str(uuid4()))
    order = [frame["t"] for frame in fatima.frames if frame["t"] in ("welcome", "reset", "event", "synced")]
    assert order == ["welcome", "reset", "event", "event", "event", "synced"]
    assert fatima.of("reset")[0] == {"t": "reset", "why": "epoch"}
    again = await node.open(story.fatima)
    await again.hello({story.thread: 2}, epoch=welcome["epoch"])
    assert not again.of("reset") and again.seqs(story.thread) == [3]


async def test_a_client_ahead_of_the_log(node: Node, story: Story) -> None:
    other = await conversation(story.fatima, story.ahmed)
    await talk(node, story.claire, story.thread, 3)
    await talk(node, story.fatima, other, 2)
    fatima = await node.browser(story.fatima, at={story.thread: 9, other: 1})
    assert fatima.of("reset") == [{"t": "reset", "why": "ahead", "thread": str(story.thread)}]
    assert fatima.seqs(story.thread) == [1, 2, 3] and fatima.seqs(other) == [2]


async def test_threads_that_are_not_theirs(node: Node, story: Story) -> None:
    await talk(node, story.claire, story.thread, 3)
    unknown = uuid4()
    ahmed = await node.browser(story.ahmed, story.thread, unknown)
    assert {frame["thread"] for frame in ahmed.of("reset", why="unknown_thread")} == {str(story.thread), str(unknown)}
    assert not ahmed.of("event") and ahmed.of("synced")[0]["threads"] == {}
    claire = await node.browser(story.claire)
    await claire.answer(await claire.say(story.thread))
    await quiet(0.2)
    assert not ahmed.of("event", "head")


async def test_what_was_before_a_helper_came_is_not_theirs(node: Node, story: Story) -> None:
    await talk(node, story.claire, story.thread, 5)
    await Participation.create(thread_id=story.thread, person_id=story.ahmed.id, role="mentor", from_seq=3)
    ahmed = await node.browser(story.ahmed, story.thread)
    assert ahmed.seqs(story.thread) == [4, 5]
    page = await ahmed.ask("fetch", thread=story.thread, after=0, limit=10)
    assert [event["seq"] for event in page["events"]] == [4, 5]
    page = await ahmed.ask("fetch", thread=story.thread, before=5, limit=10)
    assert [event["seq"] for event in page["events"]] == [4] and page["more"] is False


async def test_a_helper_called_back_from_now_on_is_told_that_their_copy_joins_to_nothing(node: Node, story: Story) -> None:
    """Else they would wait for ever for the events between, which are not theirs."""
    await talk(node, story.claire, story.thread, 5)
    await Participation.create(thread_id=story.thread, person_id=story.ahmed.id, role="mentor", from_seq=3)
    ahmed = await node.browser(story.ahmed, at={story.thread: 2})
    order = [(frame["t"], frame.get("why") or frame.get("seq")) for frame in ahmed.of("reset", "event")]
    assert order == [("reset", "from_now"), ("event", 4), ("event", 5)]
    await ahmed.ask("fetch", thread=story.thread, after=1, limit=10)
    assert len(ahmed.of("reset", why="from_now", thread=story.thread)) == 2
    again = await node.browser(story.ahmed, at={story.thread: 3})
    assert again.seqs(story.thread) == [4, 5] and not again.of("reset")


async def test_two_hundred_threads(node: Node) -> None:
    claire = await someone("Claire")
    threads = [await conversation(claire, await someone("Artisan")) for _ in range(12)]
    writer = await node.browser(claire)
    for thread in threads:
        await writer.answer(await writer.say(thread))
    late = await node.browser(claire, *threads, *(uuid4() for _ in range(188)))
    assert {(frame["thread"], frame["seq"]) for frame in late.of("event")} == {(str(thread), 1) for thread in threads}
    assert len(late.of("welcome")[0]["threads"]) == 12


async def test_resuming_while_others_speak(node: Node, story: Story) -> None:
    """Fatima loses her line again and again while Claire and Fatima's other phone speak; nothing is missed or seen twice."""
    total, last, chance = 600, 0, random.Random(7)
    seen: list[int] = []
    speaker = asyncio.create_task(talk(node, story.claire, story.thread, total))
    async with asyncio.timeout(30):
        while last < total:
            browser = await node.open(story.fatima)
            await browser.tell("hello", device="d", threads={str(story.thread): last})
            await asyncio.sleep(chance.random() * 0.15)
            browser.vanish()
            await browser.closed()
            for seq in browser.seqs(story.thread):
                assert seq == last + 1, (seq, last)
                seen.append(seq)
                last = seq
    await speaker
    assert seen == list(range(1, total + 1))


async def test_many_join_while_others_speak(node: Node, story: Story) -> None:
    speaker = asyncio.create_task(talk(node, story.claire, story.thread, 400))
    browsers: list[Browser] = []
    for _ in range(8):
        browser = await node.open(story.fatima)
        await browser.tell("hello", device="d", threads={str(story.thread): 0})
        browsers.append(browser)
        await asyncio.sleep(0.03)
    await speaker
    for browser in browsers:
        assert await browser.seen(story.thread, 400) == list(range(1, 401))


async def test_pages_of_events(node: Node, story: Story) -> None:
    await talk(node, story.claire, story.thread, 25)
    fatima = await node.browser(story.fatima)

    async def page(**wanted: int) -> tuple[list[int], bool, int]:
        found = await fatima.ask("fetch", thread=story.thread, **wanted)
        return [event["seq"] for event in found["events"]], found["more"], found["head"]

    assert await page(after=0, limit=10) == (list(range(1, 11)), True, 25)
    assert await page(after=20, limit=5) == ([21, 22, 23, 24, 25], False, 25)
    assert await page(after=20, limit=200) == ([21, 22, 23, 24, 25], False, 25)
    assert await page(after=25, limit=5) == ([], False, 25)
    assert await page(after=99, limit=5) == ([], False, 25)
    assert await page(before=11, limit=4) == ([7, 8, 9, 10], True, 25)
    assert await page(before=3, limit=10) == ([1, 2], False, 25)
    assert await page(before=1, limit=10) == ([], False, 25)
    assert await page(before=10**9, limit=2) == ([24, 25], True, 25)
    for wrong in ({}, {"after": 1, "before": 3}):
        assert (await fatima.ask("fetch", thread=story.thread, limit=5, **wrong))["code"] == "bad_frame"


async def test_a_page_fits_a_frame(node: Node, story: Story) -> None:
    claire = await node.browser(story.claire)
    for _ in range(20):
        await claire.answer(await claire.say(story.thread, "ⵣ" * 4000))
    fatima = await node.browser(story.fatima)
    page = await fatima.ask("fetch", thread=story.thread, after=0, limit=200)
    assert page["more"] and [event["seq"] for event in page["events"]] == list(range(1, len(page["events"]) + 1))
    page = await fatima.ask("fetch", thread=story.thread, before=21, limit=200)
    assert page["more"] and page["events"][-1]["seq"] == 20
    assert all(len(text.encode()) <= 65536 for text in fatima.texts)
    seqs: list[int] = []
    while not seqs or page["more"]:
        page = await fatima.ask("fetch", thread=story.thread, after=seqs[-1] if seqs else 0, limit=200)
        seqs += [event["seq"] for event in page["events"]]
    assert seqs == list(range(1, 21))


async def test_a_replay_that_was_overtaken_says_nothing_more(node: Node, story: Story) -> None:
    """While it waits for a slow reader, the thread is let go of and taken up anew: what it has still in hand would come late, or twice."""
    thread, fatima = str(story.thread), str(story.fatima.id)
    claire = await node.browser(story.claire, story.thread)
    await flood(claire, story.thread, 1500)
    await claire.leave()
    page = await sleeper(node, story.fatima, story.thread, level=False)
    timelines = node.realtime.fanout.timelines
    async with asyncio.timeout(10):
        while not [one for one in node.realtime.fanout.people.get(fatima, ()) if one._waiters and thread in one.follows]:
            await asyncio.sleep(0.01)
    node.realtime.fanout.deliver(Bell("left", "", thread, 0, (fatima,), b""))
    assert thread not in timelines
    await page.send(json.dumps({"t": "send", "ref": 1, "thread": thread, "cid": str(uuid4()), "kind": "text", "body": "still here"}))
    async with asyncio.timeout(10):
        while thread not in timelines:
            await asyncio.sleep(0.01)
        frames = []
        while not any(frame["t"] == "synced" for frame in frames) or not any(frame.get("seq") == 1501 for frame in frames):
            frames += await frames_of(page)
    reset = next(at for at, frame in enumerate(frames) if frame["t"] == "reset")
    assert [frame["seq"] for frame in frames[reset:] if frame["t"] == "event"] == [1501]
    assert [frame["threads"] for frame in frames if frame["t"] == "synced"] == [{}]
    await page.close()

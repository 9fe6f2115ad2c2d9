"""Limits in force, each with a node of its own: rates, clocks, readers that are slow or stuck, and going down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tests.realtime.conftest import Node, someone, tell_story

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

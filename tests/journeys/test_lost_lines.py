"""Lines that go dead without a word, hubs that die in the middle of a message or go down: each message once, in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import expect

from hub.config import Config
from tests.house import House
from tests.journeys.lines import Hub, Line
from tests.journeys.people import PATIENCE_MS, Someone, without_reload

pytestmark = pytest.mark.timeout(90)
Opens = Callable[..., Awaitable[list[Someone]]]


@pytest.fixture
async def house(database: Config, line: Line) -> AsyncIterator[House]:
    """A hub to which that line leads."""
    async with line.to_a_hub(database) as found:
        yield found


async def is_stored(house: House, path: str, words: str) -> None:
    """The hub has committed it."""
    client = await house.client("claire")
    for _ in range(100):
        events = (await client.get(f"{path}/events", params={"after": "0"})).json()["events"]
        if any(event["data"].get("body") == words for event in events):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{words} was not stored")


async def test_the_network_goes_between_commit_and_answer(house: House, line: Line, opens: Opens) -> None:
    path = f"/threads/{await house.thread()}"
    (claire,) = await opens(path, "claire")
    (fatima,) = await opens(path, "fatima", base=line.base)
    async with without_reload(claire, fatima):
        line.deaf = True
        await fatima.says_at_once("stored, but she does not know", "not even sent")
        await is_stored(house, path, "stored, but she does not know")
        await fatima.sees_state("stored, but she does not know", "waiting")
        await fatima.context.set_offline(True)
        line.deaf = False
        await fatima.context.set_offline(False)
        for person in (claire, fatima):
            await person.reads_exactly("stored, but she does not know", "not even sent")
        await fatima.sees_state("not even sent", "read")
        assert await fatima.unsent() == 0


async def test_a_tab_that_slept_on_a_dead_line(house: House, line: Line, opens: Opens) -> None:
    """No close, no error: the line is dead, and only the clock tells."""
    path = f"/threads/{await house.thread()}"
    (claire,) = await opens(path, "claire")
    (fatima,) = await opens(path, "fatima", base=line.base)
    await fatima.page.clock.install()
    await fatima.goes(path)
    await fatima.is_live()
    async with without_reload(claire, fatima):
        line.dead = True
        await claire.says_at_once("Êtes-vous là ?")
        await claire.sees_state("Êtes-vous là ?", "sent")
        line.dead = False  # for new connections: the old one lost a byte and never speaks again
        await asyncio.sleep(0.5)
        assert await fatima.page.locator(".message").count() == 0
        await fatima.page.clock.fast_forward(36_000)
        await fatima.reads_exactly("Êtes-vous là ?")

        line.dead = True
        await claire.says_at_once("Toujours ?")
        await claire.sees_state("Toujours ?", "sent")
        line.dead = False
        await fatima.says_at_once("oui")
        for _ in range(4):  # whoever asks something of a dead line notices it sooner than in 35 s: a ping, and no pong
            await asyncio.sleep(0.3)  # on a busy machine it is asked a moment later
            await fatima.page.clock.fast_forward(5_500)
        for person in (claire, fatima):
            await person.reads_exactly("Êtes-vous là ?", "Toujours ?", "oui")


async def test_the_hub_dies_between_commit_and_answer(house: House, line: Line, opens: Opens) -> None:
    path = f"/threads/{await house.thread()}"
    (claire,) = await opens(path, "claire")
    async with Hub.serving(house.config) as dying:
        line.to = dying.config.port
        (fatima,) = await opens(path, "fatima", base=line.base)
        async with without_reload(claire, fatima):
            line.deaf = True
            await fatima.says_at_once("committed", "not even sent")
            await claire.reads_exactly("committed")
            await fatima.sees_state("committed", "waiting")
            await dying.is_killed()
            line.deaf = False
            line.to = house.config.port  # another node is there
            for person in (claire, fatima):
                await person.reads_exactly("committed", "not even sent")
            assert await fatima.unsent() == 0


async def test_the_hub_goes_down_in_the_middle_of_a_conversation(house: House, line: Line, opens: Opens) -> None:
    path = f"/threads/{await house.thread()}"
    (claire,) = await opens(path, "claire")
    async with Hub.serving(house.config) as leaving:
        line.to = leaving.config.port
        (fatima,) = await opens(path, "fatima", base=line.base)
        async with without_reload(claire, fatima):
            said = [f"{number}" for number in range(8)]
            down = asyncio.create_task(fatima.says_at_once(*said))
            await claire.sees("0")
            line.to = house.config.port
            await leaving.goes_down()
            await down
            for person in (claire, fatima):
                await person.reads_exactly(*said)
            await fatima.sees_no("Pas de réseau")


async def test_a_page_that_is_opened_again_and_again(house: House, line: Line, opens: Opens) -> None:
    """Both write, she opens the page anew at any moment, the line breaks now and then: nothing twice, nothing lost."""
    path = f"/threads/{await house.thread()}"
    (claire,) = await opens(path, "claire")
    (fatima,) = await opens(path, "fatima", base=line.base)
    hers = [f"elle {number}" for number in range(12)]
    theirs = [f"lui {number}" for number in range(12)]

    async def claire_writes() -> None:
        for words in theirs:
            await claire.says_at_once(words)

    writing = asyncio.create_task(claire_writes())
    for number, words in enumerate(hers):
        await fatima.says_at_once(words)
        if number % 3 == 1:
            line.cut()
        if number % 3 == 2:
            await fatima.goes(path)
    await writing
    for person in (claire, fatima):
        await expect(person.page.locator(".message[data-seq]")).to_have_count(len(hers) + len(theirs), timeout=PATIENCE_MS)
    for person in (claire, fatima):
        read = await person.messages()
        assert [words for words in read if words in hers] == hers
        assert [words for words in read if words in theirs] == theirs
    assert await claire.messages() == await fatima.messages()
    assert await fatima.unsent() == 0

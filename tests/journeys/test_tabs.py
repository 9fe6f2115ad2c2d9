"""One person, several pages: one draft, one outbox, nothing twice; pages that were put away, crowded out, or are somebody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest
from playwright.async_api import expect

from hub.config import Config
from hub.sessions import COOKIE
from tests.house import House, jpeg, serving
from tests.journeys.people import PATIENCE_MS, Someone, without_reload

pytestmark = pytest.mark.timeout(90)
Opens = Callable[..., Awaitable[list[Someone]]]


@pytest.fixture
async def house(request: pytest.FixtureRequest, database: Config) -> AsyncIterator[House]:
    """A hub; `param`: for how many connections a person."""
    async with serving(replace(database, connections_per_person=getattr(request, "param", 10))) as found:
        yield found


async def test_two_tabs_and_the_other_side(house: House, opens: Opens) -> None:
    path = f"/threads/{await house.thread()}"
    claire, one = await opens(path, "claire", "fatima")
    two = await one.another_tab(path)
    async with without_reload(claire, one, two):
        await one.context.set_offline(True)
        said = [f"{number}" for number in range(6)]
        for number, words in enumerate(said):
            await (one, two)[number % 2].says_at_once(words)
        for tab in (one, two):
            await tab.reads_exactly(*said)
            await tab.sees_state("5", "waiting")
        await one.context.set_offline(False)
        for person in (claire, one, two):
            await person.reads_exactly(*said)
        for tab in (one, two):
            await tab.sees_state("5", "read")
            assert await tab.unsent() == 0

        await one.says_at_once("x" * 4_001)  # refused in one tab, edited in the other
        for tab in (one, two):
            await tab.sees_state("xxxx", "refused")
        await two.taps("Modifier")
        await one.reads_exactly(*said)
        await two.says_at_once("short")
        for person in (claire, one, two):
            await person.reads_exactly(*said, "short")


async def test_a_draft_is_the_same_in_every_tab(house: House, opens: Opens) -> None:
    path = f"/threads/{await house.thread()}"
    (one,) = await opens(path, "fatima")
    two = await one.another_tab(path)
    fields = [tab.page.get_by_role("textbox", name="Message") for tab in (one, two)]
    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    await fields[0].press_sequentially("half a sen")
    await expect(fields[1]).to_have_value("half a sen")
    await fields[1].press_sequentially("tence")
    await two.page.locator("thread-composer [type=file]").set_input_files([photo])  # type: ignore[arg-type]
    await expect(one.page.locator(".composer-photos img")).to_have_count(1)
    await one.goes(path)
    await expect(fields[0]).to_have_value("half a sentence", timeout=PATIENCE_MS)
    await expect(one.page.locator(".composer-photos img")).to_have_count(1)
    await one.says_at_once("half a sentence")
    for tab, field in ((one, fields[0]), (two, fields[1])):
        await tab.reads_exactly("half a sentence")
        await expect(field).to_have_value("")
        await expect(tab.page.locator(".composer-photos img")).to_have_count(0)


async def test_read_in_one_tab_is_read_in_the_others(house: House, opens: Opens) -> None:
    path = f"/threads/{await house.thread()}"
    claire, inbox = await opens(path, "claire", "fatima")
    await inbox.goes("/threads")
    await inbox.is_live()
    await claire.says_at_once("one", "two")
    counts = inbox.page.locator(".inbox-row .count, unread-count")
    for count in await counts.all():
        await expect(count).to_have_text("2", timeout=PATIENCE_MS)
    await inbox.another_tab(path)
    for count in await counts.all():
        await expect(count).to_have_text("", timeout=PATIENCE_MS)
    await claire.sees_state("two", "read")


async def test_a_page_that_was_put_away(house: House, opens: Opens) -> None:
    """As browsers with a back-forward cache do: it lets go of its line, and takes up where it was when it is shown again."""
    path = f"/threads/{await house.thread()}"
    claire, fatima = await opens(path, "claire", "fatima")
    turn = "name => dispatchEvent(new PageTransitionEvent(name, {persisted: true}))"
    async with without_reload(claire, fatima):
        await claire.says_at_once("before")
        await fatima.reads_exactly("before")
        await fatima.page.evaluate(turn, "pagehide")
        await claire.says_at_once("meanwhile")
        await claire.sees_state("meanwhile", "sent")
        assert await fatima.page.locator(".message").count() == 1
        await fatima.page.evaluate(turn, "pageshow")
        await fatima.reads_exactly("before", "meanwhile")


@pytest.mark.parametrize("house", [2], indirect=True)
async def test_too_many_pages(house: House, opens: Opens) -> None:
    """One too many says so and stays quiet; what is written on it leaves all the same."""
    path = f"/threads/{await house.thread()}"
    claire, fatima = await opens(path, "claire", "fatima")
    await fatima.another_tab(path)
    crowded = Someone("fatima", house.base, fatima.context, await fatima.context.new_page(), fatima.touches, fatima.troubles)
    await crowded.page.clock.install()
    await crowded.goes(path)
    await crowded.sees("Trop de pages d’Anou sont ouvertes")
    await crowded.page.clock.fast_forward(9_000)
    await crowded.says_at_once("over HTTP")
    await claire.reads_exactly("over HTTP")
    await crowded.sees_state("over HTTP", "sent")


async def test_somebody_else_signs_in_on_this_device(house: House, opens: Opens) -> None:
    """What one wrote is never sent as the other, and their page is gone."""
    path = f"/threads/{await house.thread()}"
    claire, fatima = await opens(path, "claire", "fatima")
    cookie = {"name": COOKIE, "url": house.base}
    await claire.context.set_offline(True)
    await claire.says_at_once("from Claire")
    await claire.sees_state("from Claire", "waiting")
    await claire.context.add_cookies([cookie | {"value": await house.token("fatima")}])  # type: ignore[list-item]
    await claire.context.set_offline(False)
    await expect(claire.page.locator("body")).to_have_attribute("data-person", str(house.folk["fatima"].id), timeout=PATIENCE_MS)
    await fatima.says_at_once("from Fatima")
    await claire.reads_exactly("from Fatima")
    await claire.is_known(house)
    await claire.goes(path)
    for person in (claire, fatima):
        await person.reads_exactly("from Fatima", "from Claire")
    await expect(claire.message("from Claire")).to_have_attribute("data-own", "")

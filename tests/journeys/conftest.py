"""Browsers for the journeys: one Chromium a run, a profile of its own for each person."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, async_playwright

from tests.house import House
from tests.journeys.lines import Line
from tests.journeys.people import LAPTOP, ONCE_AND_IN_ORDER, PHONE, Someone

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--use-fake-device-for-media-stream"]
Invite = Callable[..., Awaitable[Someone]]


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium where it is installed, Playwright's own otherwise."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield browser
        await browser.close()


@pytest.fixture
async def invite(chromium: Browser, house: House) -> AsyncIterator[Invite]:
    """`await invite("fatima", PHONE)`: her phone, signed in by link. Nobody's page may have complained at the end."""
    devices: list[BrowserContext] = []
    people: list[Someone] = []

    async def open_device(name: str, device: dict[str, Any] = LAPTOP, *, known: bool = True) -> Someone:
        context = await chromium.new_context(**device, locale="fr-FR", timezone_id="Africa/Casablanca")
        await context.add_init_script(ONCE_AND_IN_ORDER)
        devices.append(context)
        people.append(Someone(name, house.base, context, await context.new_page(), touches="has_touch" in device))
        if known:
            await people[-1].comes_in(house)
        return people[-1]

    yield open_device
    for context in devices:
        await context.close()
    assert [trouble for person in people for trouble in person.troubles] == []


@pytest.fixture
async def opens(invite: Invite, house: House) -> Callable[..., Awaitable[list[Someone]]]:
    """`await opens(path, "claire", "fatima")`: this page on their devices, signed in since yesterday; `base`: by which way."""

    async def open_page(path: str, *names: str, base: str = "") -> list[Someone]:
        people = []
        for name in names:
            person = await invite(name, LAPTOP if name == "claire" else PHONE, known=False)
            person.base = base or house.base
            await person.is_known(house)
            await person.goes(path)
            people.append(person)
        for person in people:
            await person.is_live()
        return people

    return open_page


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    """Between a phone and the hub, where a module's `house` says so (`Line.to_a_hub`)."""
    async with Line.laid() as found:
        yield found


@pytest.fixture
async def fatima(invite: Invite) -> Someone:
    """A weaver at her phone."""
    return await invite("fatima", PHONE)


@pytest.fixture
async def ahmed(invite: Invite) -> Someone:
    """A mentor at his phone."""
    return await invite("ahmed", PHONE)


@pytest.fixture
async def claire(invite: Invite) -> Someone:
    """A buyer at her laptop."""
    return await invite("claire", LAPTOP)


@pytest.fixture
async def khadija(invite: Invite) -> Someone:
    """The head office, at its laptop."""
    return await invite("khadija", LAPTOP)


@pytest.fixture
async def courier(invite: Invite) -> Someone:
    """Somebody with a phone and no account."""
    return await invite("courier", PHONE, known=False)

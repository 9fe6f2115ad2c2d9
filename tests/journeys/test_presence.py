"""Who is here: said only while it is known."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest
from playwright.async_api import expect

from hub.config import Config
from tests.house import House, serving
from tests.journeys.people import PATIENCE_MS, Someone

pytestmark = pytest.mark.timeout(90)
Opens = Callable[..., Awaitable[list[Someone]]]


@pytest.fixture
async def house(database: Config) -> AsyncIterator[House]:
    """A hub that tells soon who went."""
    async with serving(replace(database, grace_s=0.3)) as found:
        yield found


async def test_somebody_goes_while_the_line_is_down(house: House, opens: Opens) -> None:
    """Nobody told: without a line no dot is shown, and with a new one it is gone; whoever stayed, or came, is here."""
    path = f"/threads/{await house.thread()}"
    claire, fatima = await opens(path, "claire", "fatima")
    dot = fatima.page.locator(f"presence-dot[data-person='{house.folk['claire'].id}']")
    await expect(dot).to_have_attribute("data-here", "", timeout=PATIENCE_MS)

    await fatima.context.set_offline(True)
    await fatima.sees("Pas de réseau")
    await expect(dot).to_be_hidden()
    await fatima.context.set_offline(False)
    await fatima.is_live()
    await expect(dot).to_be_visible()
    await fatima.page.wait_for_timeout(5_000)
    await expect(dot).to_have_attribute("data-here", "")

    await fatima.context.set_offline(True)
    await fatima.sees("Pas de réseau")
    await claire.page.close()
    await fatima.page.wait_for_timeout(1_000)
    await fatima.context.set_offline(False)
    await fatima.is_live()
    await expect(dot).not_to_have_attribute("data-here", "", timeout=PATIENCE_MS)
    await opens(path, "claire")
    await expect(dot).to_have_attribute("data-here", "", timeout=PATIENCE_MS)

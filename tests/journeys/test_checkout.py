"""Claire pays by card: from the order's page to the provider's, and back to an order that is being made."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Route, expect

from hub.config import Config
from tests.deals import Deal
from tests.house import House
from tests.journeys.people import PHONE
from tests.providers import Peer, paying_house, peer


@pytest.fixture
async def stripe() -> AsyncIterator[Peer]:
    async with peer() as found:
        yield found


@pytest.fixture
async def house(database: Config, stripe: Peer) -> AsyncIterator[House]:
    async with paying_house(database, stripe) as found:
        yield found


async def test_claire_pays_the_deposit_on_her_phone(house: House, stripe: Peer, invite: Callable[..., Awaitable[Any]]) -> None:
    deal = await Deal.begun(house)
    order = await deal.order()
    claire = await invite("claire", PHONE)

    async def their_page(route: Route) -> None:  # nothing of this machine calls Stripe: their page is drawn here
        await stripe.pays(route.request.url)
        await route.fulfill(content_type="text/html", body=f'<a href="{house.base}/orders/{order["id"]}">Merci</a>')

    await claire.page.route("https://checkout.stripe.com/**", their_page)
    await claire.page.goto(f"{house.base}/orders/{order['id']}")
    await claire.page.get_by_role("button", name="Payer 285 € par carte").click()
    await claire.page.get_by_role("link", name="Merci").click()
    await expect(claire.page.locator(".order-card")).to_have_attribute("data-stage", "making", timeout=10_000)
    await expect(claire.page.get_by_role("button", name="par carte")).to_have_count(0)

"""Khadija asks carriers for their prices, taps one, and buys its label: at the laptop of the head office, and on a phone."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Page, expect

from hub.config import use
from tests.deals import Deal
from tests.house import House
from tests.journeys.people import LAPTOP, PHONE
from tests.mydhl_peer import mydhl
from tests.web.test_labels import configured, line, paid
from tests.workers.test_polls import closed

SEEN = os.environ.get("ANOU_SEEN")  # a folder: pictures of the pages are put there


async def drawn(page: Page, name: str) -> None:
    if SEEN:
        await page.screenshot(path=f"{SEEN}/{name}.png", full_page=True)
    wide, room = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= room, f"{name} is {wide} wide"


@pytest.mark.parametrize("device", [LAPTOP, PHONE], ids=["laptop", "phone"])
async def test_khadija_buys_a_label(house: House, invite: Callable[..., Awaitable[Any]], device: dict[str, Any]) -> None:
    async with mydhl() as peer:
        configured(dhl=line(peer.url), away=line(closed()))
        deal = await Deal.begun(house)
        url = await paid(deal)
        khadija = await invite("khadija", device)
        page = khadija.page
        await page.goto(f"{house.base}{url}/ship")
        await page.get_by_label("Code postal").fill("69001")
        await page.get_by_role("button", name="Demander les prix").click()
        await expect(page.locator("[data-carrier=dhl] [data-service]")).to_have_count(2, timeout=10_000)
        await expect(page.locator("[data-carrier=away]")).to_contain_text("ne répond pas")
        await page.get_by_role("button", name="ECONOMY SELECT").click()
        await expect(page.locator("[name=carrier]:checked")).to_have_value("dhl")
        await expect(page.locator("[name=service]")).to_have_value("mydhl_economy_select")
        await drawn(page, f"prices-{device['viewport']['width']}")
        await page.get_by_role("button", name="Réserver").last.click()
        await expect(page.locator("[data-error='to.street']")).not_to_be_empty()
        await page.get_by_label("Rue et numéro").fill("1 rue de la Paix")
        await page.get_by_role("button", name="Réserver").last.click()
        await page.wait_for_url(f"{house.base}{url}", timeout=10_000)
        await expect(page.get_by_text("1234567890")).to_be_visible()
        await expect(page.get_by_role("link", name="Imprimer l’étiquette du transporteur")).to_be_visible()
        assert len(peer.sold) == 1
        khadija.troubles[:] = [trouble for trouble in khadija.troubles if "400" not in trouble]  # the street that was missing
        await page.goto(f"{house.base}{url}/shipment/labels")
        await drawn(page, f"labels-{device['viewport']['width']}")


async def test_a_label_that_may_have_been_bought_waits_on_the_board(house: House, invite: Callable[..., Awaitable[Any]]) -> None:
    async with mydhl() as peer:
        configured(dhl=line(peer.url))
        deal = await Deal.begun(house)
        url, peer.answer = await paid(deal), (201, b"<html>")
        body = {"carrier": "dhl", "service": "mydhl_economy_select", "label": True, "to": {"street": "1 rue"},
                "parcels": [{"length_cm": 90, "width_cm": 40, "height_cm": 40, "weight_g": 12_500}]}  # fmt: skip
        assert (await deal.khadija.post(f"{url}/shipment", json=body)).status_code == 409
        khadija = await invite("khadija", PHONE)
        page = khadija.page
        await page.goto(f"{house.base}/board")
        await drawn(page, "board")
        await page.locator("[data-column=labels] a").click()
        await drawn(page, "unsure")
        await page.get_by_label("Ce que dit le transporteur").fill("Rien chez DHL")
        await page.get_by_role("button", name="Elle ne sert pas").click()
        await expect(page.get_by_text("Non utilisée")).to_be_visible(timeout=10_000)


async def test_without_carriers_the_form_is_as_it_was(house: House, invite: Callable[..., Awaitable[Any]]) -> None:
    use(replace(house.config, carriers=""))
    deal: Deal = await Deal.begun(house)
    url = await paid(deal)
    khadija = await invite("khadija", PHONE)
    await khadija.page.goto(f"{house.base}{url}/ship")
    await expect(khadija.page.locator("rate-asker")).to_have_count(0)

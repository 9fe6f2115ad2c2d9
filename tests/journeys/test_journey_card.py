"""A parcel's journey on open pages: one card in the conversation that grows and moves, a timeline on the order; no reload."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from playwright.async_api import Browser, Locator, Request, expect

from hub import clock
from hub.sessions import COOKIE
from tests.deals import Deal, parcels
from tests.house import House
from tests.journeys.people import LAPTOP, PHONE, Someone, without_reload
from workers import tracking

Opens = Callable[..., Awaitable[list[Someone]]]
SECOND_MS = 1_000
ODD = (5, 0, 11, 2, 8, 1, 10, 3, 7, 4, 9, 6)  # hours after the pickup, in the order in which they are told


async def scanned(deal: Deal, shipment: dict[str, Any], place: str, hours_ago: float = 0, status: str = "in_transit") -> None:
    """A steward's word about the parcel."""
    at = clock.iso(clock.now() - timedelta(hours=hours_ago))
    await deal.post(deal.khadija, f"/shipments/{shipment['id']}/checkpoints", {"status": status, "location": place, "at": at})


async def talks(deal: Deal, words: str, many: int) -> None:
    """So many messages of some height."""
    for number in range(many):
        await deal.post(deal.fatima, f"/threads/{deal.thread}/messages", {"kind": "text", "body": f"{words} {number}\n" * 4})


def cards(person: Someone) -> Locator:
    return person.page.locator(".log .journey")


def asked(person: Someone, path: str) -> list[str]:
    """From now on what this page asks of an address with this in it."""
    found: list[str] = []

    def note(request: Request) -> None:
        if path in request.url:
            found.append(request.url)

    person.page.on("request", note)
    return found


async def test_twelve_checkpoints_in_odd_order_are_one_card(house: House, opens: Opens) -> None:
    deal = await Deal.begun(house)
    _, shipment = await deal.shipped()
    claire, fatima = await opens(f"/threads/{deal.thread}", "claire", "fatima")
    await expect(cards(claire)).to_have_count(1)
    fetched = asked(claire, "/shipments/")
    async with without_reload(claire, fatima):
        for hour in ODD:
            await scanned(deal, shipment, f"Place {hour}", 12 - hour)
        for person in (claire, fatima):
            await expect(cards(person).locator("header")).to_contain_text("Place 11", timeout=SECOND_MS)
            await expect(cards(person)).to_have_count(1)
            await expect(person.page.locator(".log .event[data-shipment]:not([hidden])")).to_have_count(1)
        await expect(claire.page.locator(".log .journey details li b")).to_have_count(13)
        last = (await deal.events())[-1]["seq"]
        await expect(claire.page.locator(f"#e{last} .journey")).to_be_visible()
        assert len(fetched) <= 6, fetched  # one for what comes in one breath; twelve steps took longer than one


async def test_it_moves_down_to_the_news_and_is_noticed(house: House, opens: Opens) -> None:
    deal = await Deal.begun(house)
    await talks(deal, "Avant", 15)
    _, shipment = await deal.shipped()
    await talks(deal, "Ligne", 15)
    [claire] = await opens(f"/threads/{deal.thread}", "claire")
    box, summary = claire.page.locator(".log-box"), cards(claire).locator("summary")
    await summary.scroll_into_view_if_needed()
    await claire.touch(summary)
    await expect(claire.page.locator(".log-newer")).to_be_hidden()
    line = claire.page.locator(".event:has(+ [data-kind='shipment.booked'])")  # what is above stays
    await expect(line).to_be_in_viewport()
    before = await line.bounding_box()
    async with without_reload(claire):
        await scanned(deal, shipment, "Casablanca")
        await expect(cards(claire).locator("header")).to_contain_text("Casablanca", timeout=SECOND_MS)
        await expect(claire.page.locator(".log-newer")).to_be_visible()
        after = await line.bounding_box()
        assert before and after and abs(before["y"] - after["y"]) < 3, (before, after)
        await expect(cards(claire).locator("details")).to_have_attribute("open", "")
        await claire.touch(claire.page.locator(".log-newer"))
        await expect(cards(claire)).to_be_in_viewport()
        assert await box.evaluate("one => one.scrollTop") == 0
        await deal.post(deal.fatima, f"/threads/{deal.thread}/messages", {"kind": "text", "body": "Bien !"})
        await claire.sees("Bien !")
        await scanned(deal, shipment, "Tanger")
        await expect(claire.page.locator(".log .event:not([hidden])").last).to_contain_text("Tanger", timeout=SECOND_MS)


async def test_two_shipments_are_two_cards_and_paging_up_brings_none_twice(house: House, opens: Opens) -> None:
    deal = await Deal.begun(house)
    order, first = await deal.shipped()
    second = await deal.post(deal.khadija, f"/orders/{order['id']}/shipment", parcels() | {"further": True})
    await scanned(deal, first, "Azilal", 3, "picked_up")
    await scanned(deal, second, "Demnate", 3, "picked_up")
    await talks(deal, "Ligne", 90)
    [claire] = await opens(f"/threads/{deal.thread}", "claire")
    await expect(cards(claire)).to_have_count(0)
    async with without_reload(claire):
        await scanned(deal, first, "Marrakech", 2)
        await expect(cards(claire).locator("header")).to_contain_text("Marrakech", timeout=SECOND_MS)
        while await claire.page.locator("earlier-link").count():
            await claire.page.locator(".log-box").evaluate("one => { one.scrollTop = -one.scrollHeight }")
            await claire.page.wait_for_timeout(100)
        await expect(cards(claire)).to_have_count(2)
        await expect(claire.page.locator(f".event[data-shipment='{second['id']}']:not([hidden]) header")).to_contain_text("Demnate")
        await expect(claire.page.locator(f".event[data-shipment='{first['id']}']:not([hidden]) header")).to_contain_text("Marrakech")
        await expect(claire.page.locator(".log .event[data-kind='shipment.booked']")).to_have_count(2)


async def test_a_line_that_was_lost_brings_all_of_it_as_one_card(house: House, opens: Opens) -> None:
    deal = await Deal.begun(house)
    _, shipment = await deal.shipped()
    [claire] = await opens(f"/threads/{deal.thread}", "claire")
    await claire.context.set_offline(True)
    await expect(claire.page.locator("connection-state[data-state=live]")).to_have_count(0)
    for hour in ODD:
        await scanned(deal, shipment, f"Place {hour}", 12 - hour)
    fetched = asked(claire, "/shipments/")
    async with without_reload(claire):
        await claire.context.set_offline(False)
        await claire.is_live()
        await expect(cards(claire).locator("header")).to_contain_text("Place 11")
        await expect(cards(claire)).to_have_count(1)
        await claire.page.wait_for_timeout(500)
        assert len(fetched) == 1, fetched  # twelve events, one request


async def test_without_scripts_it_is_the_same_card(house: House, invite: Callable[..., Awaitable[Someone]]) -> None:
    deal = await Deal.begun(house)
    _, shipment = await deal.shipped()
    await scanned(deal, shipment, "Azilal", 3, "picked_up")
    await scanned(deal, shipment, "Casablanca")
    claire = await invite("claire", LAPTOP | {"java_script_enabled": False}, known=False)
    await claire.is_known(house)
    await claire.goes(f"/threads/{deal.thread}")
    await expect(cards(claire)).to_have_count(1)
    await expect(cards(claire).locator("header")).to_contain_text("Casablanca")


async def test_the_order_page_follows_with_the_clocks_of_both_ends(house: House, invite: Callable[..., Awaitable[Someone]]) -> None:
    deal = await Deal.begun(house)
    order, shipment = await deal.shipped()
    people = []
    for name, device in (("claire", LAPTOP), ("fatima", PHONE)):
        person = await invite(name, device, known=False)
        await person.is_known(house)
        await person.goes(f"/orders/{order['id']}")
        await person.is_live()
        people.append(person)
    async with without_reload(*people):
        await scanned(deal, shipment, "Casablanca", 2)
        await scanned(deal, shipment, "Azilal", 9, "picked_up")
        for person in people:
            steps = person.page.locator(".shipment .stage-line > li")
            await expect(steps.first).to_contain_text("Casablanca", timeout=SECOND_MS)
            await expect(steps).to_have_count(3)


async def test_where_a_country_has_several_zones_it_is_the_readers_own_with_its_name(house: House, chromium: Browser) -> None:
    deal = await Deal.begun(house)
    order = await deal.inspected(ship_to={"country": "US", "city": "Springfield"})
    await deal.pay(order, order["money"]["due"]["amount"], "BALANCE")
    shipment = await deal.post(deal.khadija, f"/orders/{order['id']}/shipment", parcels())
    await deal.post(deal.khadija, f"/shipments/{shipment['id']}/checkpoints", {"status": "in_transit", "at": "2026-11-20T12:00:00Z"})
    for zone, shown, home in (("America/Chicago", "06:00 heure du centre nord-américain", " Maroc"), ("Africa/Casablanca", "", "")):
        context = await chromium.new_context(**LAPTOP, locale="fr-FR", timezone_id=zone)
        await context.add_cookies([{"name": COOKIE, "value": await house.token("claire"), "url": house.base}])
        page = await context.new_page()
        await page.goto(f"{house.base}/orders/{order['id']}")
        await expect(page.locator(".shipment .stage-line > li").first).to_contain_text("ven. 20 nov. 12:00" + home)
        clock_there = page.locator(".shipment own-clock").first
        await expect(clock_there).to_have_text(shown, use_inner_text=False)
        await context.close()


async def test_the_head_office_sees_trouble_rise_without_asking(house: House, opens: Opens) -> None:
    deal = await Deal.begun(house)
    order, first = await deal.shipped()
    second = await deal.post(deal.khadija, f"/orders/{order['id']}/shipment", parcels() | {"further": True})
    await scanned(deal, first, "Tanger", 2)
    [khadija] = await opens("/board/journeys", "khadija")
    rows = khadija.page.locator(".journey-row")
    async with without_reload(khadija):
        await expect(rows).to_have_count(2)
        link = f"/c/{second['courier_link'].rpartition('/')[2]}/checkpoints"
        await deal.post(await house.client(), link, {"status": "delivery_failed", "location": "Lyon"})
        await expect(rows.first).to_have_attribute("data-trouble", "failed", timeout=SECOND_MS)
        await expect(rows.first).to_contain_text("Lyon")
        with clock.shifted(timedelta(days=5, minutes=1)):
            await tracking.look_at_parcels({})
            await expect(rows.last).to_have_attribute("data-trouble", "silent", timeout=SECOND_MS)
    await khadija.taps("Dire où il est", rows.first)
    await khadija.arrives(r"/shipments/[^/]+\?correct=1")
    form = khadija.page.locator("#correct")
    await expect(form).to_have_attribute("open", "")
    await khadija.ticks("En attente")
    await khadija.page.get_by_label("Pourquoi").select_option(label="La douane demande des papiers")
    await khadija.writes("Où ?", "Roissy")
    await khadija.taps("Le dire", form)
    await khadija.sees("La douane demande des papiers", "Roissy")

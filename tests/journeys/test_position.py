"""A courier shows where they are: the bead on the buyer's open page moves, and is gone when it should be."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from playwright.async_api import Locator, expect

from hub import clock
from hub.config import Config
from hub.web import pages
from tests.deals import Deal
from tests.house import House, serving
from tests.journeys.people import Someone, without_reload

EVERY_S, SILENT_S = 0.4, 2.5  # seconds
NEAR = "Le livreur est près de \u2068{}\u2069"  # a name keeps its own direction
AZILAL, MID_SEA, NEAR_LYON = (31.96, -6.57), (39.2, -1.4), (45.7, 4.8)
SQUARE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c636060f8ff1f00030301ff4b2f1d4b0000000049454e44ae426082"
)


@dataclass
class Tiles:
    """Where squares of a map are served, and who asked for what: path and Referer."""

    address: str
    asked: list[tuple[str, str]]


@pytest.fixture
async def tiles() -> AsyncIterator[Tiles]:
    """A server of squares on this machine."""
    asked: list[tuple[str, str]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            referer = re.search(r"(?im)^referer: (\S+)", head)
            asked.append((head.split()[1], referer[1] if referer else ""))
            head = f"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {len(SQUARE)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + SQUARE)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield Tiles(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked)


@pytest.fixture
async def house(database: Config, tiles: Tiles) -> AsyncIterator[House]:
    """A hub with short clocks and a map; its templates know them, too."""
    pages.environment.cache_clear()
    changed = replace(database, position_every_s=EVERY_S, position_silent_s=SILENT_S, map_tiles=tiles.address + "/{z}/{x}/{y}.png")
    async with serving(changed) as found:
        yield found
    pages.environment.cache_clear()


async def on_the_way(house: House) -> tuple[Deal, str, str]:
    """A deal whose parcel was collected: the paths of the order and of the courier's link."""
    deal = await Deal.begun(house)
    order, shipment = await deal.shipped()
    link = f"/c/{shipment['courier_link'].rpartition('/')[2]}"
    await deal.post(await house.client(), f"{link}/checkpoints", {"status": "picked_up", "location": "Azilal"})
    return deal, f"/orders/{order['id']}", link


async def at(courier: Someone, where: tuple[float, float]) -> None:
    await courier.context.set_geolocation({"latitude": where[0], "longitude": where[1], "accuracy": 20})


async def allowed(courier: Someone) -> None:
    await courier.context.grant_permissions(["geolocation"], origin=courier.base)


async def shares(house: House, claire: Someone, courier: Someone, where: tuple[float, float]) -> tuple[Deal, str]:
    """Claire has her order open when the courier begins to share where they are: the deal, and the courier's link."""
    deal, order, link = await on_the_way(house)
    await claire.goes(order)
    await claire.is_live()
    await allowed(courier)
    await at(courier, where)
    await courier.goes(link)
    await courier.taps("Montrer où je suis")
    return deal, link


def bead(person: Someone) -> Locator:
    return person.page.locator(".route-bead")


async def along(person: Someone) -> float:
    return float((await person.page.locator("route-line").evaluate("line => line.style.getPropertyValue('--along')")).rstrip("%") or -1)


async def moves_beyond(person: Someone, before: float) -> float:
    """Seconds until the bead stands further on."""
    begun = time.monotonic()
    while await along(person) <= before:
        assert time.monotonic() < begun + 6, "the bead stays"
        await asyncio.sleep(0.02)
    return time.monotonic() - begun


async def test_the_bead_moves_on_the_buyers_open_page_and_goes_with_the_courier(house: House, claire: Someone, courier: Someone) -> None:
    _, order, link = await on_the_way(house)
    await claire.goes(order)
    await claire.is_live()
    await courier.goes(link)
    await expect(bead(claire)).to_be_hidden()
    async with without_reload(claire):
        await allowed(courier)
        await at(courier, AZILAL)
        await courier.taps("Montrer où je suis")
        await courier.sees("On voit où vous êtes.", "Rien n’en est gardé")
        await claire.sees(NEAR.format("Azilal"), "vu maintenant")
        await expect(bead(claire)).to_be_visible()
        start, waits = await along(claire), []
        for where in (MID_SEA, NEAR_LYON):
            await asyncio.sleep(EVERY_S)
            before = await along(claire)
            await at(courier, where)
            waits.append(await moves_beyond(claire, before))
            if where is MID_SEA:
                await claire.sees("Le livreur est entre")
        assert max(waits) < 1 + EVERY_S, waits
        assert start == pytest.approx(25, abs=1) and await along(claire) == pytest.approx(75, abs=4)
        await claire.sees(NEAR.format("Lyon"))
        await courier.goes("/products")  # the page is left, by a link or an address
        await expect(bead(claire)).to_be_hidden(timeout=1_500)
        await claire.sees_no("Le livreur est")


async def test_the_button_ends_it_and_a_reload_of_the_page_does_not(house: House, claire: Someone, courier: Someone) -> None:
    await shares(house, claire, courier, AZILAL)
    await expect(bead(claire)).to_be_visible()
    await courier.page.reload()  # as the steps of the page do
    await courier.sees("On voit où vous êtes.")
    await expect(bead(claire)).to_be_visible()
    await courier.taps("Arrêter")
    await courier.sees("Plus personne ne voit où vous êtes.")
    await expect(bead(claire)).to_be_hidden(timeout=1_500)
    await courier.page.reload()
    await asyncio.sleep(2 * EVERY_S)
    await expect(bead(claire)).to_be_hidden()


async def test_a_page_that_comes_back_tells_the_truth(house: House, claire: Someone, courier: Someone) -> None:
    """Out of the browser's own memory, in which this run's browser keeps no page: so it is told as it would be there."""
    await shares(house, claire, courier, AZILAL)
    await expect(bead(claire)).to_be_visible()
    for name in ("pagehide", "pageshow"):
        await courier.page.evaluate("name => dispatchEvent(new PageTransitionEvent(name, {persisted: true}))", name)
    await courier.sees("Plus personne ne voit où vous êtes.", "Montrer où je suis")
    await expect(bead(claire)).to_be_hidden(timeout=1_500)
    await courier.page.reload()
    await courier.sees("Montrer où je suis")
    await asyncio.sleep(2 * EVERY_S)
    await expect(bead(claire)).to_be_hidden()


async def test_a_phone_without_a_network_is_seen_no_more_and_says_so(house: House, claire: Someone, courier: Someone) -> None:
    await shares(house, claire, courier, AZILAL)
    await expect(bead(claire)).to_be_visible()
    await courier.context.set_offline(True)
    await at(courier, MID_SEA)
    await courier.sees("Pas de réseau : personne ne vous voit")
    await expect(bead(claire)).to_be_hidden(timeout=SILENT_S * 1_000 + 2_500)
    await courier.context.set_offline(False)
    await expect(bead(claire)).to_be_visible(timeout=4_000)
    await courier.sees("On voit où vous êtes.")


async def test_a_place_that_is_lost_is_looked_for_and_said_to_be(house: House, claire: Someone, courier: Someone) -> None:
    await shares(house, claire, courier, AZILAL)
    await courier.sees("On voit où vous êtes.")
    panel = courier.page.locator(".share-position-on .notice")
    await expect(panel).to_have_class("notice good")
    await courier.context.set_geolocation(None)
    await courier.sees("On cherche où vous êtes")
    await expect(panel).to_have_class("notice wait")
    await expect(bead(claire)).to_be_hidden(timeout=SILENT_S * 1_000 + 2_500)
    await at(courier, AZILAL)
    await courier.sees("On voit où vous êtes.")
    await expect(panel).to_have_class("notice good")
    await expect(bead(claire)).to_be_visible()


async def test_a_card_that_is_drawn_anew_keeps_the_bead(house: House, claire: Someone, courier: Someone) -> None:
    deal, link = await shares(house, claire, courier, NEAR_LYON)
    await claire.sees(NEAR.format("Lyon"))
    await deal.post(await house.client(), f"{link}/checkpoints", {"status": "in_transit", "location": "Casablanca"})
    await expect(claire.page.locator(".route li")).to_have_count(3)
    await expect(bead(claire)).to_be_visible(timeout=500)


async def test_what_was_under_way_when_they_stopped_is_not_drawn(house: House, claire: Someone) -> None:
    _, order, link = await on_the_way(house)
    await claire.goes(order)
    await claire.is_live()
    phone, before = await house.client(), clock.iso(clock.now())
    for body in ({"lat": 31.96, "lon": -6.57}, {"stop": True}):
        assert (await phone.post(f"{link}/position", json=body)).json()["passed_on"]
    await asyncio.sleep(EVERY_S)
    assert (await phone.post(f"{link}/position", json={"lat": 31.96, "lon": -6.57, "at": before})).json()["passed_on"]
    await asyncio.sleep(0.5)
    await expect(bead(claire)).to_be_hidden()
    assert (await phone.post(f"{link}/position", json={"lat": 31.96, "lon": -6.57})).json()["passed_on"]
    await expect(bead(claire)).to_be_visible(timeout=1_000)


async def test_delivery_ends_it(house: House, claire: Someone, courier: Someone) -> None:
    deal, link = await shares(house, claire, courier, AZILAL)
    await expect(bead(claire)).to_be_visible()
    await deal.post(await house.client(), f"{link}/proof", {"name": "Claire"})  # from another phone
    await expect(bead(claire)).to_have_count(0)
    await at(courier, MID_SEA)
    await courier.sees("Ce colis n’est plus en route")
    assert courier.troubles.pop().endswith("409 (Conflict)")
    await courier.page.reload()
    await expect(courier.page.locator("share-position")).to_have_count(0)


async def test_a_phone_that_does_not_tell_is_said_in_words(house: House, courier: Someone) -> None:
    _, _, link = await on_the_way(house)
    await courier.goes(link)
    await courier.taps("Montrer où je suis")
    await courier.sees("Ce téléphone ne dit pas à la page où il est")
    await expect(courier.page.get_by_role("button", name="Montrer où je suis")).to_be_visible()


async def test_a_map_is_asked_for_only_by_whoever_opens_it(house: House, tiles: Tiles, claire: Someone, courier: Someone) -> None:
    _, order, link = await on_the_way(house)
    await claire.goes(order)
    await claire.is_live()
    await expect(claire.page.locator(".route-map")).to_be_hidden()
    await allowed(courier)
    await at(courier, AZILAL)
    await courier.goes(link)
    await courier.taps("Montrer où je suis")
    await expect(bead(claire)).to_be_visible()
    assert tiles.asked == []
    await claire.taps("Sur la carte")
    await claire.sees("© OpenStreetMap")
    drawn = "() => [...document.querySelectorAll('.tile-map-squares img')].filter(one => one.complete && one.naturalWidth).length === 9"
    await claire.page.wait_for_function(drawn)
    around = {f"/12/{x}/{y}.png" for x in (1972, 1973, 1974) for y in (1662, 1663, 1664)}
    assert {path for path, _ in tiles.asked} == around
    await claire.touch(claire.page.get_by_role("button", name="Plus près"))
    await claire.page.wait_for_function(drawn)
    assert len(tiles.asked) == 18, "nothing is asked for twice"
    assert {referer for _, referer in tiles.asked} == {house.base + "/"}, "they may know whose page it is, and no more"

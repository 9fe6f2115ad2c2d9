"""Where a courier is reaches the people of the thread on every node, and nobody else; it leaves no trace in the timeline."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from tests.deals import Deal
from tests.house import House
from tests.realtime.browser import Browser, closing, quiet
from tests.realtime.conftest import another_node

HERE = {"lat": 33.589886, "lon": -7.603869, "accuracy_m": 25}


async def opened(house: House, *keys: str, port: int = 0) -> list[Browser]:
    """A page of each of them, following nothing."""
    pages = [await Browser.open(port or house.config.port, await house.token(key)) for key in keys]
    for page in pages:
        await page.hello()
    return pages


async def collected(deal: Deal) -> tuple[dict[str, Any], str]:
    """A shipment that has left the village, and its courier's link."""
    _, shipment = await deal.shipped()
    link = f"/c/{shipment['courier_link'].rpartition('/')[2]}"
    await deal.post(await deal.house.client(), f"{link}/checkpoints", {"status": "picked_up", "location": "Azilal"})
    return shipment, link


async def test_the_people_of_the_thread_see_the_courier_and_nobody_else(house: House) -> None:
    deal = await Deal.begun(house)
    shipment, link = await collected(deal)
    await deal.call("ahmed")
    await deal.call("brahim")
    left = f"/threads/{deal.thread}/participants/{(await house.person('brahim')).id}"
    assert (await deal.claire.delete(left)).status_code == 200
    inside, outside = await opened(house, "claire", "fatima", "ahmed"), await opened(house, "ellen", "brahim", "khadija")
    head = (await deal.claire.get(f"/threads/{deal.thread}")).json()["head"]
    async with closing(*inside, *outside):
        courier = await house.client()
        await deal.post(courier, f"{link}/position", HERE | {"at": "2026-01-01T00:00:00Z"})
        for page in inside:
            frame = await page.until("position", shipment=shipment["id"], within=1)
            assert frame == {"t": "position", "shipment": shipment["id"], "at": frame["at"], "along": 0.061, "near": None} | HERE
        await deal.post(courier, f"{link}/position", {"stop": True})
        for page in inside:
            assert set(await page.until("position", gone=True, within=1)) == {"t", "shipment", "at", "gone"}
        await quiet()
        assert [frame for page in outside for frame in page.of("position", "event", "head", "hint")] == []
        assert [frame for page in inside for frame in page.of("event", "head", "hint")] == []
    assert (await deal.claire.get(f"/threads/{deal.thread}")).json()["head"] == head
    for url in ("/threads", f"/threads/{deal.thread}/events?after=0&limit=200"):
        assert "33.58" not in (await deal.claire.get(url)).text


async def test_what_can_not_be_placed_is_passed_on_without_a_place_on_the_route(house: House) -> None:
    fatima = await house.person("fatima")
    fatima.village = "Ighrem n'Ougdal"
    await fatima.save()
    deal = await Deal.begun(house)
    _, shipment = await deal.shipped()
    [claire] = await opened(house, "claire")
    async with closing(claire):
        await deal.post(await house.client(), f"/c/{shipment['courier_link'].rpartition('/')[2]}/position", HERE)
        assert (await claire.until("position", within=1))["along"] is None


async def test_the_courier_on_one_node_and_the_buyer_on_another(house: House) -> None:
    deal = await Deal.begun(house)
    shipment, link = await collected(deal)
    async with another_node(house.config, base_url=house.base) as port:
        headers = {"Origin": house.base, "Accept": "application/json"}
        there = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, verify=False)
        [claire], courier = await opened(house, "claire"), await house.client()
        house.clients.append(there)
        async with closing(claire):
            first, second = await there.post(f"{link}/position", json=HERE), await courier.post(f"{link}/position", json=HERE)
            assert [answer.json()["passed_on"] for answer in (first, second)] == [True, False], "one limit for both"
            frame = await claire.until("position", shipment=shipment["id"], within=1)
            assert (frame["lat"], frame["along"]) == (HERE["lat"], 0.061)
            assert (await courier.post(f"{link}/position", json={"stop": True})).json()["passed_on"], "what the other passed on"
            await claire.until("position", gone=True, within=1)
            assert not (await there.post(f"{link}/position", json={"stop": True})).json()["passed_on"]
            await asyncio.sleep(5)
            assert (await courier.post(f"{link}/position", json=HERE)).json()["passed_on"]

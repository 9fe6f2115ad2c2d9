"""Where a courier is: taken from whoever holds the link, passed on now and then, refused once the parcel is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from hub.actions import positions
from hub.config import Config, config, use
from hub.unit import services
from models.shipments import Shipment
from tests.deals import Deal, refused
from tests.house import House, serving

EVERY_S = 0.3
HERE = {"lat": 31.96, "lon": -6.57, "accuracy_m": 12}


@pytest.fixture
async def house(database: Config) -> AsyncIterator[House]:
    async with serving(replace(database, position_every_s=EVERY_S)) as found:
        yield found


@pytest.fixture
async def courier(house: House) -> tuple[httpx.AsyncClient, str]:
    """The link of a parcel that was booked, and somebody who holds it."""
    _, shipment = await (await Deal.begun(house)).shipped()
    return await house.client(), f"/c/{shipment['courier_link'].rpartition('/')[2]}"


async def passed_on(courier: tuple[httpx.AsyncClient, str], **body: Any) -> bool:
    client, link = courier
    answer = await client.post(f"{link}/position", json=body)
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["passed_on"])


async def test_only_now_and_then(courier: tuple[httpx.AsyncClient, str]) -> None:
    assert [await passed_on(courier, **HERE) for _ in range(3)] == [True, False, False]
    await asyncio.sleep(EVERY_S)
    assert await passed_on(courier, **HERE)


async def test_another_node_has_the_same_limit(courier: tuple[httpx.AsyncClient, str]) -> None:
    """What this process remembers is forgotten, as if the next one were asked."""
    assert await passed_on(courier, **HERE)
    positions._heard.clear()
    assert not await passed_on(courier, **HERE)
    assert await services().bus.commands.keys("position:*")
    await asyncio.sleep(EVERY_S)
    positions._heard.clear()
    assert await passed_on(courier, **HERE)


async def test_without_valkey_each_process_has_its_own(courier: tuple[httpx.AsyncClient, str]) -> None:
    await services().bus.commands.aclose()
    services().bus.commands.connection_pool.connection_kwargs["port"] = 1  # where nobody answers
    await services().bus.commands.connection_pool.disconnect()
    assert [await passed_on(courier, **HERE) for _ in range(2)] == [True, False]
    await asyncio.sleep(EVERY_S)
    assert await passed_on(courier, **HERE)
    services().bus.healthy = False
    assert [await passed_on(courier, stop=True) for _ in range(2)] == [True, True]


async def test_a_stop_is_said_once_and_at_any_time(courier: tuple[httpx.AsyncClient, str]) -> None:
    assert not await passed_on(courier, stop=True), "nobody saw anything"
    assert await passed_on(courier, **HERE)
    assert [await passed_on(courier, stop="true") for _ in range(3)] == [True, False, False]


@pytest.mark.parametrize(
    "bad",
    [
        {"lat": 91, "lon": 0}, {"lat": 0, "lon": -181}, {"lat": "north", "lon": 0}, {"lat": 1}, {"lat": "nan", "lon": 0},
        {"lat": 1, "lon": "inf"}, HERE | {"accuracy_m": -1}, HERE | {"accuracy_m": "inf"}, HERE | {"at": "soon"}, {"stop": "perhaps"}, {},
    ],
)
async def test_what_is_no_place_is_refused(courier: tuple[httpx.AsyncClient, str], bad: dict[str, Any]) -> None:
    client, link = courier
    refused(await client.post(f"{link}/position", json=bad), 400, "bad_form")
    assert await passed_on(courier, **HERE), "and doesn't count"


async def test_of_a_parcel_that_is_there_nothing_is_passed_on(courier: tuple[httpx.AsyncClient, str]) -> None:
    client, link = courier
    await client.post(f"{link}/proof", json={"name": "Claire"})
    refused(await client.post(f"{link}/position", json=HERE), 409, "sharing_ended")
    assert (await client.post(f"{link}/position", json={"stop": True})).status_code == 200
    refused(await client.post(f"/c/{'A' * 43}/position", json={"stop": True}), 404, "not_found")


async def test_a_beacon_of_another_site_stops_nothing(courier: tuple[httpx.AsyncClient, str]) -> None:
    client, link = courier
    assert await passed_on(courier, **HERE)
    foreign = await client.post(f"{link}/position", json={"stop": True}, headers={"Origin": "https://evil.example"})
    refused(foreign, 403, "foreign_origin")
    assert await passed_on(courier, stop=True)


async def test_a_page_asks_nobody_else_unless_a_map_is_configured(house: House, courier: tuple[httpx.AsyncClient, str]) -> None:
    claire, stranger = await house.client("claire", Accept="text/html"), await house.client(Accept="text/html")
    order = f"/orders/{(await Shipment.get()).order_id}"
    page = await claire.get(order)
    assert 'class="tile-map"' not in page.text and "img-src 'self' blob: data:;" in page.headers["content-security-policy"]
    use(replace(config(), map_tiles="https://tiles.example:8443/{z}/{x}/{y}.png?key=1"))
    assert "img-src 'self' blob: data: https://tiles.example:8443;" in (await claire.get(order)).headers["content-security-policy"]
    assert "tiles.example" not in (await stranger.get("/products")).headers["content-security-policy"]

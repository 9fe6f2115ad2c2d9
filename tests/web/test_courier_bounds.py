"""What a courier's link does not do, although it is the right one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from hub import clock
from hub.config import config, use
from hub.rules import shipments as rules
from hub.rules.trouble import Trouble
from models.shipments import Checkpoint, Journey, Shipment
from tests.deals import Deal, refused
from tests.house import House, jpeg


@pytest.fixture
async def deal(house: House) -> Deal:
    return await Deal.begun(house)


@pytest.fixture
async def courier(deal: Deal, house: House) -> httpx.AsyncClient:
    """Whoever holds the link; their address is that of the link."""
    _, shipment = await deal.shipped()
    client = await house.client()
    client.base_url = client.base_url.join("/c/" + shipment["courier_link"].rpartition("/")[2] + "/")
    client.headers["x-shipment"] = shipment["id"]
    return client


async def proof(deal: Deal, courier: httpx.AsyncClient) -> Any:
    """As the buyer sees it."""
    return (await deal.claire.get(f"/shipments/{courier.headers['x-shipment']}")).json()["proof"]


@pytest.fixture
def three_scans(monkeypatch: pytest.MonkeyPatch) -> None:
    """Are as many as a link takes within a day."""
    monkeypatch.setattr(rules, "SCANS_OF_A_LINK", 3)


async def scanned(courier: httpx.AsyncClient, *places: str, **more: Any) -> list[int]:
    """On the way, in one place after the other; how each was answered."""
    bodies = [{"status": "in_transit", "location": place} | more for place in places]
    return [(await courier.post("checkpoints", json=body)).status_code for body in bodies]


@pytest.mark.usefixtures("three_scans")
async def test_more_scans_than_a_parcel_has_in_a_day_are_refused(deal: Deal, courier: httpx.AsyncClient) -> None:
    assert await scanned(courier, "Azilal", "Demnate", "Marrakech") == [200, 200, 200]
    refused(await courier.post("checkpoints", json={"status": "in_transit", "location": "Casablanca"}), 409, "link_full")
    assert await Checkpoint.filter(shipment_id=courier.headers["x-shipment"]).count() == 3
    corrected = {"status": "on_hold", "reason": "customs_delay"}
    await deal.post(deal.khadija, f"/shipments/{courier.headers['x-shipment']}/checkpoints", corrected)
    with clock.shifted(timedelta(days=1, minutes=1)):
        assert await scanned(courier, "Casablanca", "Algeciras") == [200, 200]


@pytest.mark.usefixtures("three_scans")
async def test_a_scan_that_is_known_is_answered_where_a_new_one_is_refused(courier: httpx.AsyncClient) -> None:
    at = clock.iso(clock.now() - timedelta(hours=1))
    assert await scanned(courier, "Azilal", "Demnate", "Marrakech", at=at) == [200, 200, 200]
    assert await scanned(courier, "Demnate", "Casablanca", "Marrakech", at=at) == [200, 409, 200]


@pytest.mark.usefixtures("three_scans")
async def test_a_renewed_link_has_room_again(deal: Deal, courier: httpx.AsyncClient) -> None:
    assert await scanned(courier, "Azilal", "Demnate", "Marrakech", "Casablanca") == [200, 200, 200, 409]
    renewed = await deal.post(deal.khadija, f"/shipments/{courier.headers['x-shipment']}/link", {})
    courier.base_url = courier.base_url.join("/c/" + renewed["courier_link"].rpartition("/")[2] + "/")
    assert await scanned(courier, "Casablanca", "Algeciras", "Madrid", "Lyon") == [200, 200, 200, 409]


@pytest.mark.usefixtures("three_scans")
async def test_a_proof_delivers_no_parcel_whose_link_is_full(deal: Deal, courier: httpx.AsyncClient) -> None:
    assert await scanned(courier, "Azilal", "Demnate", "Marrakech") == [200, 200, 200]
    full = refused(await courier.post("proof", data={"name": "Claire"}, files={"file": ("door.jpg", jpeg())}), 409, "link_full")
    assert "fields" not in full, "it is not for its picture"
    assert await proof(deal, courier) is None
    await deal.post(deal.khadija, f"/shipments/{courier.headers['x-shipment']}/checkpoints", {"status": "delivered"})
    assert (await courier.post("proof", json={"name": "Claire"})).status_code == 200, "it is there, and takes no scan"


async def test_more_pictures_than_a_day_has_doors_are_refused(courier: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "PROOF_PICTURES", 1)
    door = {"file": ("door.jpg", jpeg())}
    both = door | {"signature": ("name.png", jpeg(40, 20))}
    both_refused = refused(await courier.post("proof", data={"name": "Claire"}, files=both), 409, "link_full")
    assert both_refused["fields"] == {"file": "too_many", "signature": "too_many"}
    assert (await courier.post("proof", data={"name": "Claire"}, files=door)).status_code == 200
    one_refused = refused(await courier.post("proof", data={"name": "Claire"}, files=both), 409, "link_full")
    assert one_refused["fields"] == {"signature": "too_many"}
    assert (await courier.post("proof", data={"name": "Claire"}, files=door)).status_code == 200, "it is there already"
    assert (await courier.post("proof", data={"name": "Claire"})).status_code == 200, "a name is taken all the same"


@pytest.mark.parametrize("field", ["file", "signature"])
async def test_a_proof_that_is_refused_for_a_picture_names_it(courier: httpx.AsyncClient, field: str) -> None:
    use(replace(config(), media_bytes=100_000, media_pixels=1_000_000))
    good = {name: (name, jpeg(40, 20)) for name in ("file", "signature")}
    for content, status, code in (
        (b"no picture", 400, "not_a_picture"), (b"x" * 100_001, 413, "too_big"), (jpeg(1_200, 1_000), 413, "picture_too_large"),
    ):  # fmt: skip
        answer = await courier.post("proof", data={"name": "Claire"}, files=good | {field: (field, content)})
        assert refused(answer, status, code)["fields"] == {field: code}
    assert (await courier.post("proof", data={"name": "Claire"}, files=good)).status_code == 200


async def test_who_finds_the_label_on_the_unpacked_box_sends_nothing_back(deal: Deal, courier: httpx.AsyncClient) -> None:
    assert await scanned(courier, "Azilal") == [200]
    await courier.post("proof", json={"name": "Claire"})
    for minutes in (0, 1, 600):  # ago: before it was there, too
        back = {"status": "return_to_sender", "at": clock.iso(clock.now() - timedelta(minutes=minutes))}
        refused(await courier.post("checkpoints", json=back), 400, "status_not_for_couriers")
    [order] = (await deal.khadija.get("/board")).json()["delivered"]
    assert (await deal.khadija.get("/board")).json()["astray"] == [] and order["stage"] == "delivered"
    shipment = await Shipment.get(id=courier.headers["x-shipment"])
    assert (await Journey.get()).shipment_id == shipment.id and shipment.trouble == Trouble.NONE
    told = {"status": "return_to_sender", "note": "Aramex"}
    astray = await deal.post(deal.khadija, f"/shipments/{shipment.id}/checkpoints", told)
    assert astray["status"] == "return_to_sender", "a steward still says so"


async def test_what_was_said_of_a_parcel_that_is_delivered_stands(deal: Deal, courier: httpx.AsyncClient) -> None:
    """Whoever has the box has its label, too: no other name comes over somebody's signature."""
    await courier.post("proof", data={"name": "Claire"}, files={"signature": ("s.png", jpeg(40, 20))})
    signed = await proof(deal, courier)
    for minutes in (0, 9):
        other = {"name": "Voisine", "at": clock.iso(clock.now() - timedelta(minutes=minutes))}
        for files in ({"file": ("door.jpg", jpeg())}, {"file": ("empty.jpg", b"")}, None):
            refused(await courier.post("proof", data=other, files=files), 409, "proven")
    refused(await courier.post("checkpoints", json={"status": "delivered", "name": "Voisine"}), 409, "proven")
    assert await proof(deal, courier) == signed


async def test_an_older_proof_takes_nothing_back(deal: Deal, courier: httpx.AsyncClient) -> None:
    now = clock.now()
    newer, older = ({"name": "Claire", "at": clock.iso(now - timedelta(minutes=ago))} for ago in (1, 9))
    await courier.post("proof", data=newer, files={"signature": ("s.png", jpeg(40, 20))})
    signed = await proof(deal, courier)
    await courier.post("proof", data=older, files={"signature": ("s.png", jpeg(50, 20)), "file": ("door.jpg", jpeg())})
    now_seen = await proof(deal, courier)
    assert (now_seen["name"], now_seen["at"], now_seen["signature"]) == ("Claire", signed["at"], signed["signature"])
    assert now_seen["photo"], "where there was none, it adds one"
    shipment = courier.headers["x-shipment"]
    await deal.post(deal.khadija, f"/shipments/{shipment}/checkpoints", {"status": "in_transit"})
    assert (await courier.post("proof", data={"name": "Voisine"})).status_code == 200
    anew = await proof(deal, courier)
    assert (anew["name"], anew["photo"], anew["signature"]) == ("Voisine", None, None), "another arrival, and nobody else's pictures"


async def test_it_was_not_delivered_before_it_was_booked(deal: Deal, courier: httpx.AsyncClient) -> None:
    """A phone whose clock is weeks late ends no link, and spoils no journey."""
    early = {"status": "delivered", "at": clock.iso(clock.now() - timedelta(days=20))}
    assert (await courier.post("checkpoints", json=early)).status_code == 200
    shipment = await Shipment.get(id=courier.headers["x-shipment"])
    assert shipment.delivered_at == shipment.booked_at


async def test_a_name_that_comes_with_another_step_is_nobody_who_took_it(deal: Deal, courier: httpx.AsyncClient) -> None:
    assert (await courier.post("checkpoints", json={"status": "picked_up", "name": "Fatima"})).status_code == 200
    assert await proof(deal, courier) is None
    await courier.post("checkpoints", json={"status": "delivered", "name": "Claire"})
    assert (await proof(deal, courier))["name"] == "Claire"


@pytest.mark.parametrize("lat", ["91", '"inf"', '"nan"', "-90.001"])
async def test_a_place_that_is_not_on_earth_is_refused(courier: httpx.AsyncClient, lat: str) -> None:
    body = f'{{"status": "in_transit", "location": {{"lat": {lat}, "lon": -6}}}}'
    answer = await courier.post("checkpoints", content=body, headers={"content-type": "application/json"})
    assert refused(answer, 400, "bad_form")["fields"] == {"location": "bad_position"}

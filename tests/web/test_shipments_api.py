"""Shipments over HTTP: booking, the label, the courier's link, a carrier's calls, and a steward's word."""

from __future__ import annotations

import asyncio
import hmac
import io
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pypdfium2
import pytest
import zxingcpp

from hub import clock
from hub.config import config, use
from tests.deals import Deal, parcels, refused
from tests.house import House, jpeg

SECRET = "a carrier's secret"


@pytest.fixture
async def deal(house: House) -> Deal:
    use(replace(config(), carrier_secrets={"generic": SECRET, "aramex": SECRET}))
    return await Deal.begun(house)


def token(shipment: dict[str, Any]) -> str:
    """What the courier's link ends in."""
    return str(shipment["courier_link"]).rpartition("/")[2]


async def scans(deal: Deal, shipment: dict[str, Any]) -> list[dict[str, Any]]:
    """The checkpoints as Claire sees them, newest first."""
    return list((await deal.claire.get(f"/shipments/{shipment['id']}")).json()["checkpoints"])


async def test_the_link_is_for_stewards_and_the_artisan(deal: Deal, house: House) -> None:
    _, shipment = await deal.shipped()
    url = f"/shipments/{shipment['id']}"
    assert (await deal.khadija.get(url)).json()["courier_link"] == (await deal.fatima.get(url)).json()["courier_link"]
    assert (await deal.claire.get(url)).json()["courier_link"] is None
    refused(await deal.claire.get(f"{url}/label.pdf"), 403, "not_allowed")
    refused(await (await house.client("ellen")).get(url), 404, "not_found")
    refused(await (await house.client("ellen")).get(f"{url}/label.pdf"), 404, "not_found")


async def test_the_labels_code_opens_the_couriers_page(deal: Deal, house: House) -> None:
    claire = await house.person("claire")
    claire.name = "كلير بونيه"
    await claire.save()
    _, shipment = await deal.shipped(**parcels(3))
    answer = await deal.fatima.get(f"/shipments/{shipment['id']}/label.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    pages = pypdfium2.PdfDocument(io.BytesIO(answer.content))
    assert len(pages) == 3
    assert tuple(round(side / 72 * 25.4) for side in pages[0].get_size()) == (105, 148)
    for number in range(3):
        drawn = pages[number].render(scale=2).to_pil()
        assert [code.text for code in zxingcpp.read_barcodes(drawn)] == [shipment["courier_link"]]
        words = pages[number].get_textpage().get_text_range()
        assert f"{number + 1}/3" in words and "Lyon" in words and "FRANCE" in words and "Fatima" in words
        assert shipment["courier_code"] in words and f"{house.base.removeprefix('http://')}/c" in words
    courier = await house.client(None, Accept="text/html")
    opened = await courier.get(shipment["courier_link"])
    assert opened.status_code == 200 and "courier" in opened.text


async def test_the_courier_needs_no_account_and_sees_no_price(deal: Deal, house: House) -> None:
    _, shipment = await deal.shipped()
    courier = await house.client()
    seen = (await courier.get(f"/c/{token(shipment)}")).json()
    assert seen["receiver"] == {"name": "Claire", "phone": None, "street": None, "postal_code": None, "city": "Lyon", "country": "FR"}
    assert seen["courier_link"] is None and "money" not in seen and "pending" not in seen["statuses"]
    for wrong in ("x", token(shipment)[:-1], token(shipment)[:-4] + "AAAA", "é" * 43, "A" * 43):
        refused(await courier.get(f"/c/{wrong}"), 404, "not_found")
        refused(await courier.post(f"/c/{wrong}/checkpoints", json={"status": "picked_up"}), 404, "not_found")


async def test_each_scan_is_an_event_of_the_thread(deal: Deal, house: House) -> None:
    order, shipment = await deal.shipped()
    courier = await house.client()
    told = await courier.post(f"/c/{token(shipment)}/checkpoints", json={"status": "picked_up", "location": "Azilal", "note": "2 sacs"})
    assert told.json()["status"] == "picked_up"
    event = (await deal.events())[-1]
    assert (event["kind"], event["by"]) == ("shipment.checkpoint", None)
    assert event["data"] | {"happened_at": ""} == {
        "shipment": shipment["id"], "order": order["id"], "status": "picked_up", "shipment_status": "picked_up", "happened_at": "",
        "place": "Azilal", "note": "2 sacs", "source": "courier_link",
    }


async def test_proof_of_delivery_needs_a_name_and_may_come_after(deal: Deal, house: House) -> None:
    order, shipment = await deal.shipped()
    courier, url = await house.client(), f"/c/{token(shipment)}"
    refused(await courier.post(f"{url}/proof", json={}), 400, "bad_form")
    assert (await deal.shown(order))["stage"] == "shipped"
    told = await courier.post(f"{url}/checkpoints", json={"status": "delivered"})
    assert (told.status_code, told.json()["proof"]) == (200, None)
    assert (await deal.shown(order))["stage"] == "delivered"
    told = await courier.post(f"{url}/proof", json={"name": "Voisine"})
    assert told.json()["proof"]["name"] == "Voisine"


async def test_the_name_may_come_along_with_delivered(deal: Deal, house: House) -> None:
    _order, shipment = await deal.shipped()
    told = await (await house.client()).post(f"/c/{token(shipment)}/checkpoints", json={"status": "delivered", "name": "Voisine"})
    assert told.json()["proof"]["name"] == "Voisine"
    assert (await deal.events())[-1]["data"]["name"] == "Voisine"


async def test_the_proof_delivers_and_shows_its_photo(deal: Deal, house: House) -> None:
    order, shipment = await deal.shipped()
    courier, url = await house.client(), f"/c/{token(shipment)}"
    refused(await courier.post(f"{url}/proof", data={"name": "Claire"}, files={"file": ("x", b"no picture")}), 400, "not_a_picture")
    refused(await courier.post(f"{url}/proof", data={"name": "Claire\0"}, files={"file": ("x", jpeg())}), 400, "bad_request")
    told = await courier.post(f"{url}/proof", data={"name": "Claire"}, files={"file": ("door.jpg", jpeg(), "image/jpeg")})
    assert told.status_code == 200, told.text
    proof = (await deal.claire.get(f"/shipments/{shipment['id']}")).json()["proof"]
    assert (await deal.claire.get(proof["photo"]["renditions"]["small"])).status_code == 200
    refused(await (await house.client("ellen")).get(proof["photo"]["renditions"]["small"]), 404, "not_found")
    assert (await deal.shown(order))["stage"] == "delivered"


async def test_a_scan_sent_again_from_an_offline_phone_counts_once(deal: Deal, house: House) -> None:
    _, shipment = await deal.shipped()
    courier, url = await house.client(), f"/c/{token(shipment)}/checkpoints"
    at = clock.iso(clock.now() - timedelta(hours=3))
    body = {"status": "picked_up", "location": "Azilal", "at": at}
    await asyncio.gather(*(courier.post(url, json=body) for _ in range(4)))
    await asyncio.gather(*(courier.post(url, json={"status": "in_transit"}, headers={"Idempotency-Key": "k"}) for _ in range(4)))
    found = await scans(deal, shipment)
    assert [scan["status"] for scan in found] == ["in_transit", "picked_up"]
    assert found[1]["at"] == at and found[1]["received_at"] > at


async def test_late_news_does_not_turn_the_clock_back(deal: Deal, house: House) -> None:
    _, shipment = await deal.shipped()
    courier, url = await house.client(), f"/c/{token(shipment)}"
    await courier.post(f"{url}/proof", json={"name": "Claire"})
    late = await courier.post(f"{url}/checkpoints", json={"status": "in_transit", "at": clock.iso(clock.now() - timedelta(days=1))})
    assert late.json()["status"] == "delivered"
    ahead = await courier.post(f"{url}/checkpoints", json={"status": "in_transit", "at": clock.iso(clock.now() + timedelta(days=1))})
    assert ahead.json()["status"] == "delivered"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "status_not_for_couriers"),
        ({"status": "cancelled"}, "status_not_for_couriers"),
        ({"status": "flying"}, "status_not_for_couriers"),
        ({"status": "picked_up", "at": "yesterday"}, "bad_form"),
        ({"status": "picked_up", "note": 7}, "bad_form"),
        ({"status": "picked_up", "location": {"lat": "x"}}, "bad_form"),
    ],
)
async def test_a_bad_scan_is_refused(deal: Deal, house: House, body: dict[str, Any], code: str) -> None:
    _, shipment = await deal.shipped()
    refused(await (await house.client()).post(f"/c/{token(shipment)}/checkpoints", json=body), 400, code)
    assert await scans(deal, shipment) == []


async def test_the_link_ends_thirty_days_after_delivery(deal: Deal, house: House) -> None:
    _, shipment = await deal.shipped()
    courier, url = await house.client(), f"/c/{token(shipment)}"
    await courier.post(f"{url}/proof", json={"name": "Claire"})
    with clock.shifted(timedelta(days=29)):
        assert (await courier.get(url)).status_code == 200
    with clock.shifted(timedelta(days=31)):
        refused(await courier.get(url), 404, "not_found")
        refused(await courier.post(f"{url}/checkpoints", json={"status": "return_to_sender"}), 404, "not_found")
        refused(await courier.post(f"{url}/position", json={"lat": 31, "lon": -6}), 404, "not_found")


async def test_a_position_is_passed_on_and_not_stored(deal: Deal, house: House) -> None:
    _, shipment = await deal.shipped()
    courier, url = await house.client(), f"/c/{token(shipment)}/position"
    head = (await deal.claire.get(f"/threads/{deal.thread}")).json()["head"]
    first = await courier.post(url, json={"lat": 31.96, "lon": -6.57, "accuracy_m": 12})
    second = await courier.post(url, json={"lat": 31.97, "lon": -6.58})
    assert (first.json()["passed_on"], second.json()["passed_on"]) == (True, False)
    for bad in ({"lat": 91, "lon": 0}, {"lat": "north", "lon": 0}, {"lat": 1}, {"lat": "nan", "lon": 0}):
        refused(await courier.post(url, json=bad), 400, "bad_form")
    assert (await deal.claire.get(f"/threads/{deal.thread}")).json()["head"] == head


async def test_a_stewards_word_stands_above_a_scan(deal: Deal, house: House) -> None:
    _, shipment = await deal.shipped()
    await (await house.client()).post(f"/c/{token(shipment)}/proof", json={"name": "?"})
    url = f"/shipments/{shipment['id']}/checkpoints"
    refused(await deal.fatima.post(url, json={"status": "on_hold"}), 403, "not_allowed")
    refused(await deal.khadija.post(url, json={"status": "flying"}), 400, "bad_form")
    corrected = await deal.post(deal.khadija, url, {"status": "on_hold", "reason": "customs_inspection", "note": "Douane"})
    assert (corrected["status"], corrected["reason"]) == ("on_hold", "customs_inspection")
    assert (await deal.events())[-1]["by"] == str((await house.person("khadija")).id)


async def test_a_tracking_number_is_used_by_one_living_parcel(house: House) -> None:
    first, second = await Deal.begun(house), await Deal.begun(house, buyer="ellen")
    booking = parcels() | {"carrier": "poste_maroc", "tracking_number": "rr 473124829 gb"}
    _, shipment = await first.shipped(**booking)
    assert shipment["tracking_number"] == "RR473124829GB"
    other = await second.inspected("E1")
    await second.pay(other, other["money"]["due"]["amount"], "E2")
    refused(await second.khadija.post(f"/orders/{other['id']}/shipment", json=booking), 409, "number_used")
    wrong = booking | {"tracking_number": "RR473124828GB"}
    refused(await second.khadija.post(f"/orders/{other['id']}/shipment", json=wrong), 400, "bad_tracking_number")
    await (await house.client()).post(f"/c/{token(shipment)}/proof", json={"name": "Claire"})
    assert (await second.khadija.post(f"/orders/{other['id']}/shipment", json=booking)).status_code == 201


def signed(body: dict[str, Any] | bytes, secret: str = SECRET, at: int | None = None) -> dict[str, Any]:
    """The arguments of a carrier's call."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = str(int(time.time()) if at is None else at)
    code = hmac.digest(secret.encode(), stamp.encode() + b"." + raw, "sha256").hex()
    return {"content": raw, "headers": {"Anou-Signature": f"t={stamp},v1={code}", "Content-Type": "application/json", "Origin": ""}}


def report(event_id: str = "e1", number: str = "T1", *statuses: str) -> dict[str, Any]:
    """A carrier's news: each status an hour after the one before."""
    start = clock.now() - timedelta(hours=10)
    return {
        "event_id": event_id, "tracking_number": number,
        "checkpoints": [
            {"at": clock.iso(start + timedelta(hours=n)), "status": status, "place": "Casablanca"} for n, status in enumerate(statuses)
        ],
    }


async def hook(deal: Deal, call: dict[str, Any], carrier: str = "generic") -> httpx.Response:
    """Post it as a machine does: no cookie, no origin."""
    async with httpx.AsyncClient(base_url=deal.house.base) as machine:
        headers = {name: value for name, value in call["headers"].items() if value}
        return await machine.post(f"/hooks/carriers/{carrier}", content=call["content"], headers=headers)


async def test_a_carriers_call_is_stored_once(deal: Deal) -> None:
    order, shipment = await deal.shipped(carrier="generic", tracking_number="T1")
    call = signed(report("e1", "T1", "picked_up", "in_transit", "delivered"))
    answers = [await hook(deal, call) for _ in range(2)]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"stored": 3}), (200, {"stored": 0})]
    again = await hook(deal, signed(report("e2", "T1") | {"checkpoints": json.loads(call["content"])["checkpoints"]}))
    assert again.json() == {"stored": 0}
    assert (await deal.shown(order))["stage"] == "delivered"
    assert [scan["status"] for scan in await scans(deal, shipment)] == ["delivered", "in_transit", "picked_up"]


async def test_an_unknown_number_is_kept_and_taken_up_when_it_comes_again(deal: Deal) -> None:
    call = signed(report("e1", "T9", "picked_up"))
    assert (await hook(deal, call)).status_code == 202
    board = (await deal.khadija.get("/board")).json()
    assert [one["tracking_number"] for one in board["unmatched"]] == ["T9"]
    await deal.shipped(carrier="generic", tracking_number="T9")
    assert (await hook(deal, call)).json() == {"stored": 1}
    assert (await deal.khadija.get("/board")).json()["unmatched"] == []


async def test_an_unknown_status_is_kept_as_the_carriers_own_code(deal: Deal) -> None:
    _, shipment = await deal.shipped(carrier="aramex", tracking_number="T1")
    assert (await hook(deal, signed(report("e1", "T1", "in_transit", "ARRIVED_AT_HUB")), "aramex")).json() == {"stored": 2}
    [newest, _] = await scans(deal, shipment)
    assert (newest["status"], newest["code"]) == ("unknown", "ARRIVED_AT_HUB")
    assert (await deal.claire.get(f"/shipments/{shipment['id']}")).json()["status"] == "in_transit"


async def test_a_wrong_signature_is_refused(deal: Deal) -> None:
    await deal.shipped(carrier="generic", tracking_number="T1")
    body = report("e1", "T1", "delivered")
    for call in (
        signed(body, "another"), signed(body, at=int(time.time()) - 400), signed(body, at=int(time.time()) + 400),
        signed(body) | {"content": b"{}"}, signed(body) | {"headers": {}}, signed(body) | {"headers": {"Anou-Signature": "v1=x"}},
    ):
        refused(await hook(deal, call), 401, "bad_signature")
    refused(await hook(deal, signed(body), "nobody"), 404, "not_found")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"event_id": 1}', b'{"event_id":"e","tracking_number":"T1","checkpoints":[{}]}', b"\xff"]
)
async def test_a_bad_call_is_refused(deal: Deal, body: bytes) -> None:
    assert (await hook(deal, signed(body))).status_code == 400


async def test_the_pages_of_a_shipment_are_drawn(deal: Deal, house: House) -> None:
    html = {"Accept": "text/html"}
    order, shipment = await deal.shipped()
    courier = await house.client()
    for step in ("picked_up", "in_transit"):
        assert (await courier.get(f"/c/{token(shipment)}", headers=html)).status_code == 200
        await courier.post(f"/c/{token(shipment)}/checkpoints", json={"status": step, "location": "Azilal"})
    sent = await courier.post(f"/c/{token(shipment)}/proof", data={"name": "Claire", "at": clock.iso(clock.now())}, headers=html)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/c/{token(shipment)}")
    for client, path in ((courier, f"/c/{token(shipment)}"), (deal.claire, f"/shipments/{shipment['id']}"), (deal.khadija, "/board"),
                         (deal.claire, f"/orders/{order['id']}")):  # fmt: skip
        answer = await client.get(path, headers=html)
        assert answer.status_code == 200, answer.text
    for event in await deal.events():
        assert (await deal.claire.get(f"/threads/{deal.thread}/events/{event['seq']}", headers=html)).status_code == 200


async def test_letters_that_grow_and_links_that_can_not_be_are_refused(deal: Deal, house: House) -> None:
    courier, order = await house.client(), await deal.inspected()
    for link in ("%00", "x", "é" * 43):
        scan = courier.post(f"/c/{link}/checkpoints", json={"status": "picked_up"}, headers={"Idempotency-Key": "k"})
        refused(await scan, 404, "not_found")
    due = {"amount": order["money"]["due"]["amount"], "currency": "EUR", "reference": "BALANCE"}
    refused(await deal.khadija.post(f"/orders/{order['id']}/payments", json=due | {"method": "İ" * 30}), 400, "bad_form")
    await deal.pay(order, due["amount"], "BALANCE")
    booking = parcels() | {"tracking_number": "ß" * 60}
    refused(await deal.khadija.post(f"/orders/{order['id']}/shipment", json=booking), 400, "bad_tracking_number")


async def test_the_hour_stands_there_twice_only_where_the_clocks_differ(deal: Deal) -> None:
    winter, summer = datetime(2026, 1, 15, 9, tzinfo=UTC), datetime(2026, 7, 1, 21, 30, tzinfo=UTC)  # Morocco had UTC+1 then, all year
    with clock.shifted(winter - clock.now()):
        order, shipment = await deal.shipped()
        scan = {"status": "in_transit", "at": clock.iso(winter)}
        await deal.post(deal.khadija, f"/shipments/{shipment['id']}/checkpoints", scan)
    with clock.shifted(summer - clock.now()):
        await deal.post(deal.khadija, f"/shipments/{shipment['id']}/checkpoints", scan | {"at": clock.iso(summer)})
        page = (await deal.claire.get(f"/orders/{order['id']}", headers={"Accept": "text/html"})).text
        assert "mer. 1 juil. 22:30</time> <bdi>Maroc</bdi>" in page and ">23:30</time> <bdi>France</bdi>" in page
        assert "15 janv. 10:00</time></span></span>" in page  # once, without a country
    assert (await deal.claire.get(f"/shipments/{shipment['id']}")).json()["ends"] == {
        "country": "FR", "city": "Lyon", "zone": "Europe/Paris", "of_city": False,
    }

"""A piece leaves the village: its parcels and papers, when it is fetched, what customs are told, and its label."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import httpx
import pypdfium2
import pytest
import zxingcpp

from hub import clock
from hub.rules.trouble import Trouble
from models.shipments import Shipment
from tests.deals import Deal, parcels, refused
from tests.house import House
from workers.tracking import look_at_parcels


@pytest.fixture
async def deal(house: House) -> Deal:
    return await Deal.begun(house)


def codes(answer: httpx.Response) -> list[list[tuple[str, str]]]:
    """What is read from each page of a PDF: (kind, text)."""
    pages = pypdfium2.PdfDocument(io.BytesIO(answer.content))
    drawn = [page.render(scale=4).to_pil() for page in pages]
    return [sorted((code.format.name, code.text) for code in zxingcpp.read_barcodes(picture)) for picture in drawn]


async def test_customs_are_told_what_was_agreed(deal: Deal, house: House) -> None:
    order, shipment = await deal.shipped()
    assert shipment["customs"] == {"description": order["title"], "value": 90_000, "currency": "EUR"}
    courier = await house.client()
    seen = (await courier.get(shipment["courier_link"])).json()
    assert seen["customs"] is None and "90" not in str(seen.get("money"))


async def test_a_booking_may_say_it_otherwise(deal: Deal) -> None:
    said = {"description": "Tapis en laine, noué main", "value_decimal": "850,50", "currency": "EUR"}
    _, shipment = await deal.shipped(customs=said, service="express", pickup_day=str((clock.now() + timedelta(days=3)).date()))
    assert shipment["customs"] == {"description": "Tapis en laine, noué main", "value": 85_050, "currency": "EUR"}
    assert shipment["service"] == "express"
    assert shipment["pickup"]["from"] < shipment["pickup"]["until"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"customs": {"description": "x", "value": 0, "currency": "EUR"}}, "customs.value"),
        ({"customs": {"description": "x", "value": 5, "currency": "XXL"}}, "customs.currency"),
        ({"customs": {"value": 5, "currency": "EUR"}}, "customs.description"),
        ({"customs": "rug"}, "customs"),
        ({"pickup_day": "2027-13-01"}, "pickup_day"),
        ({"pickup_day": "2027-01-01", "pickup_part": "night"}, "pickup_part"),
        ({"pickup_from": "soon"}, "pickup_from"),
    ],
)  # fmt: skip
async def test_what_can_t_be_read_is_named(deal: Deal, wrong: dict[str, Any], field: str) -> None:
    order = await deal.inspected()
    await deal.pay(order, order["money"]["due"]["amount"], "BALANCE")
    error = refused(await deal.khadija.post(f"/orders/{order['id']}/shipment", json=parcels() | wrong), 400, "bad_form")
    assert field in error["fields"]
    assert (await deal.shown(order))["stage"] == "inspected"


@pytest.mark.parametrize(
    ("start", "hours", "field"), [(-48, 4, "pickup_until"), (24, -1, "pickup_until"), (24, 20, "pickup_until"), (24 * 90, 4, "pickup_from")]
)
async def test_a_pickup_is_a_part_of_a_day_to_come(deal: Deal, start: int, hours: int, field: str) -> None:
    order = await deal.inspected()
    await deal.pay(order, order["money"]["due"]["amount"], "BALANCE")
    begins = clock.now() + timedelta(hours=start)
    window = {"pickup_from": clock.iso(begins), "pickup_until": clock.iso(begins + timedelta(hours=hours))}
    error = refused(await deal.khadija.post(f"/orders/{order['id']}/shipment", json=parcels() | window), 400, "bad_pickup")
    assert list(error["fields"]) == [field]
    day = {"pickup_day": str(begins.date() + timedelta(days=-1 if start < 0 else 70))}  # as the form says it
    error = refused(await deal.khadija.post(f"/orders/{order['id']}/shipment", json=parcels() | day), 400, "bad_pickup")
    assert list(error["fields"]) == ["pickup_day"]


async def test_papers_are_a_leg_of_their_own(deal: Deal, house: House) -> None:
    order, shipment = await deal.shipped()
    url = f"/shipments/{shipment['id']}/papers"
    refused(await deal.fatima.post(url, json={"reason": "export_papers_origin"}), 403, "not_allowed")
    refused(await (await house.client("ellen")).post(url, json={"reason": "export_papers_origin"}), 404, "not_found")
    refused(await deal.khadija.post(url, json={}), 400, "bad_form")
    refused(await deal.khadija.post(url, json={"reason": "customs_delay"}), 400, "unknown_paper")
    told = await deal.post(deal.khadija, url, {"reason": "export_papers_origin", "note": "Chambre d’artisanat"})
    assert (told["status"], told["reason"], told["papers"]["ready"]) == ("pending", "export_papers_origin", False)
    seen = (await deal.claire.get(f"/shipments/{shipment['id']}")).json()
    assert seen["papers"]["reason"] == "export_papers_origin"
    told = await deal.post(deal.khadija, url, {"ready": True})
    assert (told["reason"], told["papers"]["ready"]) == (None, True)
    courier = await house.client()
    link = f"/c/{shipment['courier_link'].rpartition('/')[2]}/checkpoints"
    assert (await courier.post(link, json={"status": "picked_up"})).status_code == 200
    refused(await deal.khadija.post(url, json={"reason": "export_papers"}), 409, "on_its_way")
    assert (await deal.shown(order))["shipments"][0]["papers"]["ready"] is True


async def test_papers_awaited_once_more_are_not_awaited_very_long(deal: Deal) -> None:
    """Three weeks count from the beginning of the present wait, also when the clock looks."""
    _, shipment = await deal.shipped()
    url = f"/shipments/{shipment['id']}/papers"
    await deal.post(deal.khadija, url, {"reason": "export_papers_origin"})
    with clock.shifted(timedelta(days=10)):
        await deal.post(deal.khadija, url, {"ready": True})
    with clock.shifted(timedelta(days=25)):
        again = await deal.post(deal.khadija, url, {"reason": "export_papers_customs"})
        assert again["papers"]["since"] == again["checkpoints"][0]["at"] and not again["papers"]["ready"]
        assert (await Shipment.get(id=shipment["id"])).trouble == Trouble.NONE
    for days, trouble in ((45, Trouble.NONE), (47, Trouble.PAPERS)):
        with clock.shifted(timedelta(days=days)):
            await look_at_parcels({})
            assert (await Shipment.get(id=shipment["id"])).trouble == trouble


async def test_an_order_in_two_shipments_has_arrived_when_both_have(deal: Deal, house: House) -> None:
    order, first = await deal.shipped()
    url = f"/orders/{order['id']}/shipment"
    refused(await deal.khadija.post(url, json=parcels()), 409, "order_moved")
    second = await deal.post(deal.khadija, url, parcels(2) | {"further": True})
    courier = await house.client()
    for shipment, stage in ((second, "shipped"), (first, "delivered")):
        await courier.post(f"/c/{shipment['courier_link'].rpartition('/')[2]}/checkpoints", json={"status": "delivered"})
        assert (await deal.shown(order))["stage"] == stage
    refused(await deal.khadija.post(url, json=parcels() | {"further": True}), 409, "order_moved")


async def test_an_order_travels_in_ten_shipments_at_most(deal: Deal) -> None:
    order, _ = await deal.shipped()
    url = f"/orders/{order['id']}/shipment"
    for _ in range(9):
        await deal.post(deal.khadija, url, parcels() | {"further": True})
    refused(await deal.khadija.post(url, json=parcels() | {"further": True}), 409, "too_many_shipments")


async def test_a_label_for_each_parcel_on_small_paper_and_large(deal: Deal) -> None:
    _, shipment = await deal.shipped(**parcels(5), tracking_number="RR 473124829 GB")
    url = f"/shipments/{shipment['id']}/label.pdf"
    both = [("Code128", "RR473124829GB"), ("QRCode", shipment["courier_link"])]
    small = await deal.fatima.get(url)
    assert codes(small) == [both] * 5
    large = await deal.fatima.get(f"{url}?paper=a4")
    pages = pypdfium2.PdfDocument(io.BytesIO(large.content))
    assert [tuple(round(side / 72 * 25.4) for side in page.get_size()) for page in pages] == [(210, 297)] * 2
    assert codes(large) == [sorted(both * 4), both]

"""Tracking numbers that are given out again, and parcels that come back to life."""

from __future__ import annotations

import asyncio
from contextvars import copy_context
from datetime import timedelta
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from hub import clock
from hub.actions.carriers import News
from hub.actions.tracking import polls, reports
from hub.rules.shipments import Scan, Source, Status
from hub.unit import Actor
from models.shipments import Shipment
from tests.deals import Deal, parcels
from tests.house import House

DHL = {"carrier": "dhl", "tracking_number": "N1"}


@pytest.fixture
async def deal(house: House) -> Deal:
    return await Deal.begun(house)


async def says(deal: Deal, shipment: dict[str, Any], status: str, **more: Any) -> dict[str, Any]:
    """A steward's own word."""
    return await deal.post(deal.khadija, f"/shipments/{shipment['id']}/checkpoints", {"status": status} | more)


async def reported(event: str, status: Status, hours: float) -> dict[str, Any]:
    """A carrier's call about N1, so many hours ago; what became of it."""
    scan = Scan(status, Source.CARRIER_HOOK, clock.now() - timedelta(hours=hours), code=event)
    kept = await reports.keep("dhl", reports.Report(event, "N1", [scan]), "{}")
    assert kept
    return await reports.take(Actor(scope="carrier"), kept)


async def test_one_that_revives_leaves_its_number_to_the_one_that_uses_it(deal: Deal, house: House) -> None:
    order, first = await deal.shipped(**DHL)
    await says(deal, first, "cancelled")
    second = await deal.post(deal.khadija, f"/orders/{order['id']}/shipment", parcels() | DHL)
    courier = await house.client()
    scanned = await courier.post(f"/c/{first['courier_link'].rpartition('/')[2]}/checkpoints", json={"status": "in_transit"})
    assert (scanned.status_code, scanned.json()["status"], scanned.json()["tracking_number"]) == (200, "in_transit", None)
    assert (await Shipment.get(id=second["id"])).tracking_number == "N1"


async def test_one_that_revives_keeps_a_number_that_nobody_else_has(deal: Deal) -> None:
    _, shipment = await deal.shipped(**DHL)
    await says(deal, shipment, "cancelled")
    assert (await says(deal, shipment, "in_transit"))["tracking_number"] == "N1"


async def test_called_off_and_on_its_way_in_either_order(deal: Deal) -> None:
    _, shipment = await deal.shipped(**DHL)
    assert await reported("off", Status.CANCELLED, 1) == {"stored": 1, "known": True}
    assert await reported("way", Status.IN_TRANSIT, 0.5) == {"stored": 1, "known": True}
    assert (await Shipment.get(id=shipment["id"])).status == "in_transit"


async def test_a_late_answer_about_an_old_number_counts_for_nothing(deal: Deal) -> None:
    _, shipment = await deal.shipped(**DHL)
    await deal.post(deal.khadija, f"/shipments/{shipment['id']}/number", {"tracking_number": "N2"})
    due = {"id": shipment["id"], "tracking_number": "N1", "eta": None, "silent_polls": 3, "opened_at": clock.now() - timedelta(days=9)}
    asked_again = (await Shipment.get(id=shipment["id"])).poll_at
    await polls._heard(due, News([Scan(Status.DELIVERED, Source.CARRIER_POLL, clock.now())]))
    await polls._heard(due, News([]))
    row = await Shipment.get(id=shipment["id"])
    assert (row.status, row.poll_at, row.silent_polls) == ("pending", asked_again, 0)


async def test_under_way_again_it_has_no_day_of_delivery_and_its_link_works(deal: Deal, house: House) -> None:
    _, shipment = await deal.shipped()
    courier, link = await house.client(), f"/c/{shipment['courier_link'].rpartition('/')[2]}"
    await courier.post(f"{link}/checkpoints", json={"status": "delivered"})
    assert (await says(deal, shipment, "in_transit"))["delivered_at"] is None
    with clock.shifted(timedelta(days=31)):
        assert (await courier.get(link)).status_code == 200


async def test_the_link_of_one_that_was_called_off_ends(deal: Deal, house: House) -> None:
    _, shipment = await deal.shipped()
    courier, link = await house.client(), f"/c/{shipment['courier_link'].rpartition('/')[2]}"
    await says(deal, shipment, "cancelled")
    for days, status in ((29, 200), (31, 404)):
        with clock.shifted(timedelta(days=days)):
            assert (await courier.get(link)).status_code == status


async def test_a_call_that_waited_while_the_number_was_changed_moves_nothing(deal: Deal) -> None:
    _, shipment = await deal.shipped(**DHL)
    scan = Scan(Status.DELIVERED, Source.CARRIER_HOOK, clock.now(), code="there")
    kept = await reports.keep("dhl", reports.Report("late", "N1", [scan]), "{}")
    assert kept
    outside = copy_context()  # in the transaction's own it would not wait
    async with in_transaction() as holding:
        await holding.execute_query("SELECT 1 FROM thread WHERE id = $1 FOR UPDATE", [deal.thread])
        working = asyncio.create_task(reports.take(Actor(scope="carrier"), kept), context=outside)
        await asyncio.sleep(0.3)
        assert not working.done()
        await holding.execute_query("UPDATE shipment SET tracking_number = 'N2' WHERE id = $1", [shipment["id"]])
    assert await working == {"stored": 0, "known": False}
    assert (await Shipment.get(id=shipment["id"])).status == "pending"

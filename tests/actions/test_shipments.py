"""Shipments where HTTP is not enough: whatever the order in which scans come, the status is the same."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from hub import access, clock
from hub.actions.carriers import News
from hub.actions.tracking import polls, reports
from hub.rules.shipments import Scan, Source, Status
from hub.unit import Actor
from models.shipments import Checkpoint, Shipment
from tests.deals import Deal
from tests.house import House


async def told(event: str, scan: Scan) -> None:
    """A carrier reports one scan of T1."""
    number = await reports.keep("generic", reports.Report(event, "T1", [scan]), "{}")
    assert number and (await reports.take(Actor(scope="carrier"), number))["known"]


async def test_scans_in_any_order_give_the_same_status(house: House) -> None:
    deal = await Deal.begun(house)
    _, booked = await deal.shipped(carrier="generic", tracking_number="T1")
    start = clock.now() - timedelta(days=2)
    scans = [
        Scan(status, Source.CARRIER_HOOK, at=start + timedelta(hours=hours))
        for hours, status in enumerate((Status.PICKED_UP, Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY))
    ]
    for number, order in enumerate(itertools.permutations(scans)):
        for at, scan in enumerate(order):
            await told(f"{number}/{at}", scan)
        assert (await Shipment.get(id=booked["id"])).status == "out_for_delivery"
    assert await Checkpoint.filter(shipment_id=booked["id"]).count() == 3


async def test_a_called_off_carrier_is_replaced_by_another(house: House) -> None:
    deal = await Deal.begun(house)
    order, first = await deal.shipped()
    url = f"/orders/{order['id']}/shipment"
    box = {"carrier": "aramex", "parcels": [{"length_cm": 90, "width_cm": 40, "height_cm": 40, "weight_g": 12_500}]}
    assert (await deal.khadija.post(url, json=box)).status_code == 409
    await deal.post(deal.khadija, f"/shipments/{first['id']}/checkpoints", {"status": "cancelled", "note": "Panne"})
    second = await deal.post(deal.khadija, url, box)
    await (await house.client()).post(f"/c/{second['courier_link'].rpartition('/')[2]}/proof", json={"name": "Claire"})
    assert (await deal.shown(order))["stage"] == "delivered"


async def test_one_that_was_told_twice_and_differently_is_shown_once(house: House) -> None:
    deal = await Deal.begun(house)
    _, booked = await deal.shipped(carrier="generic", tracking_number="T1")
    start = clock.now() - timedelta(hours=2)
    two = [Scan(status, Source.CARRIER_HOOK, at=start, code="DEP") for status in (Status.IN_TRANSIT, Status.ON_HOLD)]
    for turn, order in enumerate((two, two[::-1], two)):
        for at, scan in enumerate(order):
            await told(f"{turn}/{at}", scan)
    seen = (await deal.claire.get(f"/shipments/{booked['id']}")).json()
    assert (seen["status"], [scan["status"] for scan in seen["checkpoints"]]) == ("on_hold", ["on_hold"])
    assert await Checkpoint.filter(shipment_id=booked["id"]).count() == 2


async def test_a_clock_that_runs_ahead_says_the_same_twice_and_is_heard_once(house: House) -> None:
    deal = await Deal.begun(house)
    _, booked = await deal.shipped(carrier="generic", tracking_number="T1")
    ahead = Scan(Status.IN_TRANSIT, Source.CARRIER_HOOK, at=clock.now() + timedelta(hours=3))
    for event in ("a", "b"):
        await told(event, ahead)
    assert await Checkpoint.filter(shipment_id=booked["id"]).count() == 1


async def test_the_moment_of_delivery_is_the_first_whichever_was_heard_first(house: House) -> None:
    deal = await Deal.begun(house)
    _, booked = await deal.shipped(carrier="generic", tracking_number="T1")
    first = clock.now() - timedelta(hours=3)
    await Shipment.filter(id=booked["id"]).update(booked_at=first - timedelta(hours=1))
    for event, hours in (("b", 1), ("a", 0), ("c", 2)):
        await told(event, Scan(Status.DELIVERED, Source.CARRIER_HOOK, at=first + timedelta(hours=hours)))
        heard = first if event != "b" else first + timedelta(hours=1)
        assert (await Shipment.get(id=booked["id"])).delivered_at == heard


@pytest.mark.parametrize("status", ["delivered", "cancelled"])
async def test_the_end_of_a_parcel_stays_where_it_is_whatever_is_told_after_it(house: House, status: str) -> None:
    """Its link ends by it, and a delivered one shows it."""
    deal = await Deal.begun(house)
    _, booked = await deal.shipped(carrier="generic", tracking_number="T1")
    courier, link = await house.client(), f"/c/{booked['courier_link'].rpartition('/')[2]}"
    await deal.post(deal.khadija, f"/shipments/{booked['id']}/checkpoints", {"status": status})
    ended = await Shipment.get(id=booked["id"])
    for days in (9, 18, 27):
        with clock.shifted(timedelta(days=days)):
            await deal.post(deal.khadija, f"/shipments/{booked['id']}/checkpoints", {"status": status})
            await told(f"{days}", Scan(Status.UNKNOWN, Source.CARRIER_HOOK))
    after = await Shipment.get(id=booked["id"])
    assert (after.status, after.delivered_at, after.heard_at) == (status, ended.delivered_at, ended.heard_at)
    with clock.shifted(timedelta(days=31)):
        assert (await courier.get(link)).status_code == 404


async def test_four_sides_in_any_order_give_one_status_and_one_timeline(house: House) -> None:
    """The courier, a carrier's call, its answer when asked and a steward, contradicting each other, and each of them twice."""
    deal = await Deal.begun(house)
    _, first = await deal.shipped(carrier="dhl", tracking_number="T")
    origin, courier = await Shipment.get(id=first["id"]), await house.client()
    start = clock.now().replace(microsecond=0) - timedelta(days=2)
    seen: set[tuple[Any, ...]] = set()
    for turn, order in enumerate(itertools.permutations("chps")):
        number, row = f"T{turn}", await Shipment.create(
            order_id=origin.order_id, booked_by_id=origin.booked_by_id, booked_at=origin.booked_at, heard_at=origin.heard_at,
            carrier="dhl", tracking_number=f"T{turn}", status="pending",
        )  # fmt: skip
        [token] = (await access.courier_tokens([row])).values()
        for side in order * 2:
            if side == "c":
                body = {"status": "delivered", "location": "Lyon", "at": clock.iso(start + timedelta(hours=5))}
                assert (await courier.post(f"/c/{token}/checkpoints", json=body)).status_code == 200
            elif side == "h":
                late = Scan(Status.OUT_FOR_DELIVERY, Source.CARRIER_HOOK, start + timedelta(hours=6), code="42")
                kept = await reports.keep("dhl", reports.Report(f"{turn}", number, [late]), "{}")
                assert kept is None or await reports.take(Actor(scope="carrier"), kept)
            elif side == "p":
                codes = [Scan(Status.UNKNOWN, Source.CARRIER_POLL, start + timedelta(hours=7), code="??"),
                         Scan(Status.DELIVERY_FAILED, Source.CARRIER_POLL, start + timedelta(hours=5), code="42")]  # fmt: skip
                await polls._told(Actor(scope="poll"), row.id, number, News(codes))
            else:
                body = {"status": "on_hold", "reason": "customs_delay", "at": clock.iso(start + timedelta(hours=1))}
                await deal.post(deal.khadija, f"/shipments/{row.id}/checkpoints", body)
        shown = (await deal.claire.get(f"/shipments/{row.id}")).json()
        line = [(scan["at"], scan["status"], scan["reason"], scan["source"], scan["code"]) for scan in shown["checkpoints"]]
        seen.add((shown["status"], shown["reason"], shown["delivered_at"], tuple(line)))
    [(status, _, _, line)] = seen
    assert status == "delivered" and [scan[1] for scan in line] == [
        "unknown", "out_for_delivery", "delivered", "delivery_failed", "on_hold",
    ]  # fmt: skip

"""When a parcel will be there: said by its carrier in three ways, or learned from those that went before."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from tortoise import connections

from hub import clock
from hub.actions.tracking import polls
from hub.config import config, use
from hub.ids import new_id
from hub.rows import fetch
from hub.rules.arrival import REMEMBERED
from hub.rules.shipments import Checkpoint, Source, Status
from hub.views import journeys
from models.shipments import Journey, Shipment
from tests.deals import Deal
from tests.dhl_peer import Dhl, dhl, line
from tests.house import House, statements
from tests.realtime.browser import Browser, closing
from tests.web.test_hooks import SECRET, call
from tests.workers.test_jobs import work_off


@pytest.fixture
async def deal(house: House) -> Deal:
    use(replace(config(), carrier_secrets=dict.fromkeys(("generic", "aftership", "easypost"), SECRET)))
    return await Deal.begun(house)


@pytest.fixture
async def peer() -> AsyncIterator[Dhl]:
    async with dhl() as found:
        use(replace(config(), carriers=json.dumps({"dhl": line(found.url)})))
        yield found


def today(ahead: int = 0) -> date:
    return clock.now().date() + timedelta(days=ahead)


def link(shipment: dict[str, Any]) -> str:
    return f"/c/{shipment['courier_link'].rpartition('/')[2]}"


async def scanned(deal: Deal, shipment: dict[str, Any], status: str, ago: float = 0, **more: Any) -> None:
    """By its courier, so many days ago."""
    at = clock.iso(clock.now() - timedelta(days=ago))
    await deal.post(await deal.house.client(), f"{link(shipment)}/checkpoints", {"status": status, "at": at} | more)


async def seen(deal: Deal, shipment: dict[str, Any]) -> Any:
    """What the buyer is told of its arrival."""
    return (await deal.claire.get(f"/shipments/{shipment['id']}")).json()["eta_range"]


async def page(deal: Deal, shipment: dict[str, Any]) -> str:
    """What the buyer reads."""
    claire = await deal.house.client("claire", Accept="text/html")
    text = (await claire.get(f"/shipments/{shipment['id']}")).text
    return " ".join(text.replace("\xa0", " ").split())


async def arrived(shipment: dict[str, Any], *days: int, country: str = "FR", carrier: str = "local", village: str = "Azilal") -> None:
    """Journeys that ended a day after the other, the last yesterday: rows of shipments beside this one."""
    row = await Shipment.get(id=shipment["id"])
    beside = {"order_id": row.order_id, "booked_by_id": row.booked_by_id, "booked_at": row.booked_at, "heard_at": row.heard_at}
    sent = [
        Shipment(id=new_id(), carrier=carrier, status="delivered", living=False, delivered_at=row.booked_at, **beside) for _ in days
    ]
    await Shipment.bulk_create(sent)
    await Journey.bulk_create([
        Journey(shipment_id=one.id, carrier=carrier, village=village, country=country, days=count,
                delivered_at=clock.now() - timedelta(days=len(days) - number))
        for number, (one, count) in enumerate(zip(sent, days, strict=True))
    ])  # fmt: skip


# From the carrier


EXPECTED = {
    "generic": lambda day: {"event_id": day, "tracking_number": "T1", "eta": day,
                            "checkpoints": [{"at": clock.iso(clock.now()), "status": "in_transit"}]},
    "aftership": lambda day: {"event": "tracking_update", "event_id": day, "msg": {
        "tracking_number": "T1", "expected_delivery": f"{day}T18:00:00+01:00", "checkpoints": []}},
    "easypost": lambda day: {"id": day, "result": {
        "object": "Tracker", "tracking_code": "T1", "est_delivery_date": f"{day}T00:00:00Z", "tracking_details": []}},
}  # fmt: skip


@pytest.mark.parametrize("carrier", EXPECTED)
async def test_a_carriers_call_names_the_day_and_a_later_call_another(deal: Deal, carrier: str) -> None:
    _, shipment = await deal.shipped(carrier="usps", tracking_number="T1")
    for ahead in (5, 7):
        answer = await call(deal, carrier, json.dumps(EXPECTED[carrier](today(ahead).isoformat())).encode())
        assert answer.status_code == 200, answer.text
        await (await work_off(config())).close()
        day = today(ahead).isoformat()
        assert await seen(deal, shipment) == {"from": day, "until": day, "source": "carrier", "journeys": None, "late": False}


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ({"latest_estimated_delivery": {"type": "specific", "datetime": "{5}T10:00:00"}, "expected_delivery": "{9}"}, 5),
        ({"latest_estimated_delivery": None, "courier_estimated_delivery_date": {"estimated_delivery_date": "{6}"}}, 6),
        ({"courier_estimated_delivery_date": {"estimated_delivery_date": "soon"}, "expected_delivery": "{7}"}, 7),
        ({"expected_delivery": "1970-01-01"}, None), ({"expected_delivery": 7}, None), ({"expected_delivery": "{900}"}, None),
    ],
)  # fmt: skip
async def test_the_newest_form_counts_and_a_day_that_can_not_be_is_left_out(deal: Deal, told: dict[str, Any], day: int | None) -> None:
    _, shipment = await deal.shipped(carrier="usps", tracking_number="T1")
    raw = json.dumps({"event": "tracking_update", "event_id": "e", "msg": {"tracking_number": "T1", "checkpoints": []} | told})
    for ahead in (5, 6, 7, 9, 900):
        raw = raw.replace(f"{{{ahead}}}", today(ahead).isoformat())
    assert (await call(deal, "aftership", raw.encode())).status_code == 200
    await (await work_off(config())).close()
    found = await seen(deal, shipment)
    assert (found["until"] if found else None) == (today(day).isoformat() if day else None)


async def test_a_day_that_was_said_earlier_does_not_come_back(deal: Deal) -> None:
    """The clock hands out an older report after a newer one."""
    _, shipment = await deal.shipped(carrier="usps", tracking_number="T1")
    await call(deal, "generic", json.dumps(EXPECTED["generic"](today(9).isoformat())).encode())
    with clock.shifted(timedelta(minutes=-1)):
        await call(deal, "generic", json.dumps(EXPECTED["generic"](today(5).isoformat())).encode())
    assert (await seen(deal, shipment))["until"] == today(9).isoformat()


async def test_a_carrier_that_is_asked_names_the_day_and_its_change_is_news(house: House, peer: Dhl) -> None:
    deal = await Deal.begun(house)
    _, shipment = await deal.shipped(carrier="dhl", tracking_number="D1")
    peer.scanned("D1", clock.now() - timedelta(hours=2))
    peer.expected["D1"] = f"{today(4)}T12:00:00"
    assert await polls.ask("dhl") == 1
    assert (await seen(deal, shipment))["until"] == today(4).isoformat()
    claire = await Browser.open(house.config.port, await house.token("claire"))
    async with closing(claire):
        await claire.hello()
        peer.expected["D1"] = f"{today(6)}T12:00:00"  # nothing else
        with clock.shifted(timedelta(minutes=16)):
            assert await polls.ask("dhl") == 1
        await claire.until("hint", topic=f"order:{shipment['order']}", within=2)
    assert (await seen(deal, shipment))["until"] == today(6).isoformat()
    row = await Shipment.get(id=shipment["id"])
    assert row.silent_polls == 0
    with clock.shifted(timedelta(minutes=33)):
        assert await polls.ask("dhl") == 1
    assert (await Shipment.get(id=shipment["id"])).silent_polls == 1, "the same day again is no news"


# From our own history


async def test_those_who_went_before_say_a_range(deal: Deal) -> None:
    _, shipment = await deal.shipped()
    await arrived(shipment, 8, 9, 10, 12)
    assert await seen(deal, shipment) is None, "it has not left"
    await scanned(deal, shipment, "picked_up", ago=2)
    assert await seen(deal, shipment) is None, "four are not enough"
    await arrived(shipment, 14)
    left = today(-2)
    first, last = ((left + timedelta(days=count)).isoformat() for count in (10, 14))
    assert await seen(deal, shipment) == {"from": first, "until": last, "source": "history", "journeys": 5, "late": False}
    text = await page(deal, shipment)
    assert "Sans doute là entre le" in text and "5 colis ont déjà fait ce chemin" in text
    await arrived(shipment, *[30] * 9, country="US")
    await arrived(shipment, *[40] * 9, carrier="dhl")
    await arrived(shipment, *[50] * 5, village="Safi")
    assert (await seen(deal, shipment))["journeys"] == 5, "those of its village, by its carrier, to its country"


async def test_what_is_late_is_said_to_be_late(deal: Deal) -> None:
    _, shipment = await deal.shipped()
    await arrived(shipment, *[3] * 10)
    await scanned(deal, shipment, "picked_up", ago=9)
    found = await seen(deal, shipment)
    assert (found["until"], found["late"]) == (today(-6).isoformat(), True)
    assert "C’est plus long que d’habitude" in await page(deal, shipment)
    await Shipment.filter(id=shipment["id"]).update(eta=today(-1))
    assert "il est en retard" in await page(deal, shipment)
    await scanned(deal, shipment, "delivered", name="Claire")
    assert await seen(deal, shipment) is None


async def test_a_journey_is_remembered_as_long_as_it_has_arrived(deal: Deal) -> None:
    _, shipment = await deal.shipped()
    await scanned(deal, shipment, "in_transit", ago=4)
    assert await Journey.all().count() == 0
    await scanned(deal, shipment, "delivered", name="Claire")
    [journey] = await Journey.all()
    assert (journey.carrier, journey.village, journey.country, journey.days) == ("local", "Azilal", "FR", 4)
    await scanned(deal, shipment, "picked_up", ago=6)  # sent late from the valley
    assert (await Journey.get()).days == 6
    await deal.post(deal.khadija, f"/shipments/{shipment['id']}/checkpoints", {"status": "on_hold"})
    assert await Journey.all().count() == 0


async def test_what_arrived_before_there_were_journeys_is_counted_by_the_migration(deal: Deal) -> None:
    _, shipment = await deal.shipped()
    await scanned(deal, shipment, "in_transit", ago=4)
    await scanned(deal, shipment, "delivered", name="Claire")
    [by_the_hub] = await Journey.all().values()
    await Journey.all().delete()
    client = connections.get("default")
    past = importlib.import_module("models.migrations.0013_journeys").PAST
    await client.execute_query(past)
    assert await Journey.all().values() == [by_the_hub]
    await Journey.all().delete()
    await deal.post(deal.khadija, f"/shipments/{shipment['id']}/checkpoints", {"status": "return_to_sender"})
    await client.execute_query(past)
    assert await Journey.all().count() == 0


async def test_many_are_looked_up_in_one_query_that_walks_an_index(deal: Deal) -> None:
    _, shipment = await deal.shipped()
    await arrived(shipment, *[number % 40 for number in range(3_000)])
    await arrived(shipment, *[7] * 3_000, carrier="dhl")
    row = await Shipment.get(id=shipment["id"])
    beside = {"order_id": row.order_id, "booked_by_id": row.booked_by_id, "booked_at": row.booked_at, "heard_at": row.heard_at}
    rows = [await Shipment.create(id=new_id(), carrier=name, status="in_transit", **beside) for name in ("local", "dhl", "ups")]
    ends = {end["id"]: end for end in await fetch(journeys.ENDS, [one.id for one in rows])}
    asked = await statements()
    found = await journeys.of(rows, ends, {one.id: [Checkpoint(clock.now(), Status.IN_TRANSIT, Source.STEWARD)] for one in rows})
    await asyncio.sleep(0)  # they are noted a turn later
    assert len(asked) == 1
    assert {way["eta_range"]["journeys"] for way in found.values()} == {REMEMBERED}
    client = connections.get("default")
    await client.execute_query("ANALYZE journey")
    plan = await client.execute_query_dict(f"EXPLAIN ANALYZE {journeys.PAST}", [["FR"], ["local"], REMEMBERED])
    text = "\n".join(row["QUERY PLAN"] for row in plan)
    assert text.count("Index Scan Backward") + text.count("Index Scan using") >= 2 and "Seq Scan" not in text, text

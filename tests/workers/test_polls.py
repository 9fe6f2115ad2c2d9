"""Carriers are asked where parcels are: by the database's list, so many calls at once, and left alone while they don't answer."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tortoise import connections

from hub import clock, jobs
from hub.actions import carriers
from hub.actions.tracking import polls
from hub.app import create
from hub.config import config, use
from hub.rules.shipments import FIRST_POLL, SLOWEST_POLL, Source
from models.shipments import CarrierRest, Checkpoint, Shipment
from tests.deals import Deal
from tests.dhl_peer import Dhl, dhl, line
from tests.house import House
from tests.workers.test_jobs import work_off
from workers.tracking import ask_carriers


@pytest.fixture
async def peer() -> AsyncIterator[Dhl]:
    async with dhl() as found:
        yield found


def configured(**lines: dict[str, Any]) -> None:
    use(replace(config(), carriers=json.dumps(lines)))


def closed() -> str:
    """Where nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


async def booked(house: House, *numbers: str, carrier: str = "dhl") -> Deal:
    """A deal with a living shipment; further ones are rows beside it."""
    deal = await Deal.begun(house)
    _, first = await deal.shipped(carrier=carrier, tracking_number=numbers[0])
    for number in numbers[1:]:
        await beside(first["id"], number, carrier)
    return deal


async def beside(shipment_id: str, number: str, carrier: str = "dhl") -> None:
    """One more living shipment of the same order."""
    row = await Shipment.get(id=shipment_id)
    fields = {"order_id": row.order_id, "booked_by_id": row.booked_by_id, "booked_at": row.booked_at, "heard_at": row.heard_at}
    await Shipment.create(carrier=carrier, tracking_number=number, status="pending", **fields)


async def found(number: str) -> Shipment:
    return await Shipment.get(tracking_number=number)


async def test_what_a_carrier_says_is_a_scan_like_any_other(house: House, peer: Dhl) -> None:
    configured(dhl=line(peer.url))
    deal = await booked(house, "D1")
    start = clock.now().replace(microsecond=0) - timedelta(days=1)
    peer.scanned("D1", start, "pre-transit", "Azilal")
    peer.scanned("D1", start + timedelta(hours=3), "transit", "Casablanca", "Parti")
    await ask_carriers({})
    await (await work_off(config())).close()
    rows = await Checkpoint.all().order_by("at")
    assert [(row.status, row.code, row.place, row.source, row.at) for row in rows] == [
        ("unknown", "pre-transit", "Azilal", Source.CARRIER_POLL, start),
        ("in_transit", "transit", "Casablanca", Source.CARRIER_POLL, start + timedelta(hours=3)),
    ]
    assert ((await found("D1")).status, peer.keys) == ("in_transit", {"key"})
    assert (await deal.events())[-1]["data"]["source"] == "carrier_poll"


async def test_without_news_it_is_asked_less_and_less_and_never_slower_than_two_hours(house: House, peer: Dhl) -> None:
    configured(dhl=line(peer.url))
    await booked(house, "D1")
    peer.scanned("D1", clock.now() - timedelta(hours=1))
    shift, waits = timedelta(), []
    for _ in range(6):
        with clock.shifted(shift):
            assert await polls.ask("dhl") == 1
            assert await polls.ask("dhl") == 0, "it is not due"
            row = await found("D1")
            assert row.poll_at
            waits.append(row.poll_at - clock.now())
        shift += waits[-1] + timedelta(seconds=2)
    rounded = [round(wait / timedelta(minutes=1)) for wait in waits]
    assert rounded == [15, 30, 60, 120, 120, 120] and max(waits) <= SLOWEST_POLL
    assert await Checkpoint.all().count() == 1
    peer.scanned("D1", clock.now(), "delivered")
    with clock.shifted(shift):
        await polls.ask("dhl")
    row = await found("D1")
    assert (row.status, row.silent_polls, row.living) == ("delivered", 0, False)
    with clock.shifted(timedelta(days=9)):
        assert await polls.ask("dhl") == 0, "it has arrived"


async def test_a_number_the_carrier_does_not_know_is_silence_and_no_fault(house: House, peer: Dhl) -> None:
    configured(dhl=line(peer.url))
    await booked(house, "D1", *(f"D{number}" for number in range(2, 12)))
    assert await polls.ask("dhl") == 11
    assert await CarrierRest.all().count() == 0
    assert (await found("D1")).silent_polls == 1


@pytest.mark.parametrize("how", ["refused", "500", "429", "hangs"])
async def test_a_carrier_that_is_down_is_left_alone_and_delays_no_other(
    house: House, peer: Dhl, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.actions.carriers.by_karrio.DEADLINE_S", 0.3)
    async with dhl(delay=3 if how == "hangs" else 0) as other:
        other.status = int(how) if how.isdigit() else 200
        configured(dhl=line(peer.url), down=line(closed() if how == "refused" else other.url))
        peer.everything = True
        deal = await booked(house, "D1")
        first = str((await found("D1")).id)
        for number in range(20):
            await beside(first, f"X{number}", "down")
        down, well = await asyncio.gather(polls.ask("down"), polls.ask("dhl"))
        assert (well, 5 <= down < 20) == (1, True)
        assert (await found("D1")).status == "in_transit"
        rest = await CarrierRest.get(carrier="down")
        assert rest.until and timedelta(seconds=30) < rest.until - clock.now() < timedelta(seconds=61)
        assert await polls.ask("down") == 0, "it is left alone"
        with clock.shifted(timedelta(minutes=2)):
            assert await polls.ask("down") == 1, "one call shows whether it is there again"
            rest = await CarrierRest.get(carrier="down")
            assert rest.until and (rest.faults, rest.until > clock.now() + timedelta(minutes=1)) == (2, True)
        other.status, other.delay, other.everything = 200, 0.0, True
        if how != "refused":
            with clock.shifted(timedelta(minutes=20)):
                assert await polls.ask("down") == 20
            assert await CarrierRest.all().count() == 0
    assert (await deal.khadija.get("/board")).status_code == 200


async def test_a_crash_while_asking_loses_nothing(house: House) -> None:
    async with dhl(delay=0.5) as slow:
        slow.everything = True
        configured(dhl=line(slow.url))
        await booked(house, "D1", "D2", "D3")
        asking = asyncio.create_task(polls.ask("dhl"))
        await asyncio.sleep(0.25)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert await polls.ask("dhl") == 0, "they are held"
        with clock.shifted(polls.LEASE + timedelta(seconds=1)):
            assert await polls.ask("dhl") == 3


async def test_two_workers_ask_about_each_parcel_once_and_not_too_many_at_a_time(house: House) -> None:
    async with dhl(delay=0.05) as slow:
        slow.everything = True
        configured(dhl=line(slow.url, at_once=3))
        await booked(house, *(f"D{number}" for number in range(24)))
        assert sum(await asyncio.gather(polls.ask("dhl"), polls.ask("dhl"))) == 24
        assert sorted(slow.asked) == sorted(f"D{number}" for number in range(24))
        assert slow.most <= 3


async def test_a_shift_ends_in_time_and_the_next_goes_on(house: House) -> None:
    async with dhl(delay=0.1) as slow:
        slow.everything = True
        configured(dhl=line(slow.url, at_once=1))
        await booked(house, *(f"D{number}" for number in range(9)))
        began = time.monotonic()
        first = await polls.ask("dhl", within=0.35)
        assert 0 < first < 9 and time.monotonic() - began < 2
        assert await polls.ask("dhl") == 9 - first


async def test_a_carrier_nobody_configured_is_not_asked(house: House) -> None:
    await booked(house, "D1")
    assert (await polls.ask("dhl"), await ask_carriers({}), carriers.names()) == (0, 0, [])
    for wrong in ("{", '{"dhl": {}}', '{"dhl": {"karrio": "dhl_universal", "colour": 1}}', '{"dhl": {"karrio": "x", "at_once": 0}}'):
        use(replace(config(), carriers=wrong))
        with pytest.raises(ValueError, match="ANOU_CARRIERS"):
            carriers.names()


@pytest.mark.parametrize("wrong", [{"karrio": "no_such_carrier"}, {"settings": {"colour": "blue"}}])
async def test_a_connector_that_can_not_be_made_is_as_good_as_down(house: House, peer: Dhl, wrong: dict[str, Any]) -> None:
    configured(dhl=line(peer.url) | wrong)
    await booked(house, *(f"D{number}" for number in range(9)))
    assert 0 < await polls.ask("dhl") < 9
    assert (await CarrierRest.get(carrier="dhl")).faults == 1 and peer.asked == []


async def test_news_of_an_earlier_parcel_with_this_number_is_left_out(house: House, peer: Dhl) -> None:
    configured(dhl=line(peer.url))
    await booked(house, "D1")
    peer.scanned("D1", clock.now() - timedelta(days=400), "delivered")
    await polls.ask("dhl")
    row = await found("D1")
    assert (row.status, row.silent_polls) == ("pending", 1) and row.poll_at and row.poll_at > clock.now() + FIRST_POLL
    await jobs.close()


async def test_with_fifty_thousand_parcels_the_next_one_is_found_by_its_index(house: House) -> None:
    """Nothing is read through or sorted: the plan walks `shipment_due` from its beginning, and stops at the first."""
    await booked(house, "D1")
    connection = connections.get("default")
    await connection.execute_query(
        "INSERT INTO shipment (id, order_id, carrier, tracking_number, status, living, booked_by_id, booked_at, heard_at, poll_at)"
        " SELECT gen_random_uuid(), s.order_id, (ARRAY['dhl', 'aramex', 'poste'])[1 + n % 3], 'P' || n, 'in_transit', n % 5 > 0,"
        " s.booked_by_id, s.booked_at, s.heard_at, CASE WHEN n % 7 > 0 THEN s.booked_at + (n % 7200 - 3600) * interval '1 second' END"
        " FROM shipment s, generate_series(1, 50000) AS n"
    )
    await connection.execute_query("ANALYZE shipment")
    found = await connection.execute_query_dict(
        "EXPLAIN (FORMAT JSON) " + polls._CLAIM.replace("$1", "'dhl'").replace("$2", "now()").replace("$3", "interval '2 min'")
    )
    plan = json.dumps(found[0]["QUERY PLAN"]) if not isinstance(found[0]["QUERY PLAN"], str) else found[0]["QUERY PLAN"]
    used = re.findall(r'"Index Name": "(\w+)"', plan.replace('\\"', '"'))
    kinds = set(re.findall(r'"Node Type": "([\w ]+)"', plan.replace('\\"', '"')))
    assert "shipment_due" in used and not {"Seq Scan", "Sort", "Incremental Sort", "Bitmap Heap Scan"} & kinds, plan
    began = time.monotonic()
    for _ in range(50):
        assert len(await polls._all(polls._CLAIM, "dhl", clock.now(), polls.LEASE)) == 1
    assert time.monotonic() - began < 5, "each takes a few milliseconds however many there are"


def test_a_hub_whose_carriers_can_not_be_read_does_not_start() -> None:
    before = config()
    try:
        with pytest.raises(SystemExit, match="ANOU_CARRIERS"):
            create(replace(before, carriers='{"dhl": 1}'))
    finally:
        use(before)

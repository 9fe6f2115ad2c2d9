"""What aggregators pass on for people to read is kept as far as there is room: no call is lost for one odd word."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from hub.config import config, use
from models.shipments import CarrierReport, Checkpoint
from tests.deals import Deal, refused
from tests.house import House
from tests.web.test_hooks import SECRET, call, day, from_aftership, from_easypost, generic
from tests.workers.test_jobs import work_off

LONG = "é" * 5_000


@pytest.fixture
async def deal(house: House) -> Deal:
    use(replace(config(), carrier_secrets=dict.fromkeys(("generic", "aftership", "easypost"), SECRET)))
    return await Deal.begun(house)


async def heard(deal: Deal, carrier: str, scan: dict[str, Any]) -> Checkpoint:
    """The second of two scans of one call, as it is kept; the first has nothing odd."""
    _, booked = await deal.shipped(carrier="usps", tracking_number="T1")
    first, second = day(8, "T10:00:00Z"), day(5, "T10:00:00Z")
    if carrier == "aftership":
        told = [{"checkpoint_time": first, "tag": "InTransit"}, {"checkpoint_time": second, **scan}]
        raw = from_aftership(msg={"tracking_number": "T1", "checkpoints": told})
    else:
        details = [{"datetime": first, "status": "in_transit"}, {"datetime": second, **scan}]
        raw = from_easypost(result={"object": "Tracker", "tracking_code": "T1", "tracking_details": details})
    answer = await call(deal, carrier, raw)
    assert answer.status_code == 200, answer.text
    await (await work_off(config())).close()
    before, odd = await Checkpoint.filter(shipment_id=booked["id"]).order_by("at")
    assert before.status == "in_transit"
    return odd


@pytest.mark.parametrize(("carrier", "scan", "kept"), [
    ("aftership", {"tag": "Delivered", "message": LONG, "location": LONG, "raw_tag": LONG},
     ("delivered", "é" * 200, "é" * 1_000, "é" * 80)),
    ("aftership", {"tag": "InTransit", "city": "Fès" * 99, "country_name": "MAR", "message": 42, "raw_tag": 7.5},
     ("in_transit", ("Fès" * 20) + ", MAR", "42", "7.5")),
    ("aftership", {"tag": "InTransit", "city": ["Fès"], "message": {"fr": "Parti"}, "subtag": True, "raw_tag": []},
     ("in_transit", None, None, "InTransit")),
    ("aftership", {"tag": LONG}, ("unknown", None, None, "é" * 40)),
    ("easypost", {"status": "delivered", "message": LONG, "carrier_code": 42, "tracking_location": {"city": LONG, "country": "MA"}},
     ("delivered", "é" * 60 + ", MA", "é" * 1_000, "42")),
    ("easypost", {"status": "in_transit", "status_detail": LONG, "tracking_location": "Lyon"}, ("in_transit", "Lyon", None, "é" * 60)),
    ("easypost", {"status": "in_transit", "message": ["a"], "tracking_location": [1], "carrier_code": {}},
     ("in_transit", None, None, "in_transit")),
])  # fmt: skip
async def test_odd_words_of_one_scan_are_cut_or_left_out_and_the_call_is_kept(
    deal: Deal, carrier: str, scan: dict[str, Any], kept: tuple[str, str | None, str | None, str | None]
) -> None:
    row = await heard(deal, carrier, scan)
    assert (row.status, row.place, row.note, row.code) == kept


@pytest.mark.parametrize("odd", [{"note": LONG}, {"note": 7}, {"place": LONG}, {"place": ["Fès"]}, {"code": 42}, {"status": "x" * 81}])
async def test_in_our_own_form_they_are_refused_and_named(deal: Deal, odd: dict[str, Any]) -> None:
    await deal.shipped(carrier="generic", tracking_number="T1")
    scan = {"at": day(1, "T10:00:00Z"), "status": "in_transit"} | odd
    raw = json.dumps({"event_id": "e1", "tracking_number": "T1", "checkpoints": [scan]}).encode()
    error = refused(await call(deal, "generic", raw, generic(raw)), 400, "bad_form")
    assert list(error["fields"]) == [f"checkpoints.0.{next(iter(odd))}"]
    assert await CarrierReport.all().count() == 0

"""Carriers' calls: kept before anything else, believed only with their signature, worked on once."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import time
import unicodedata
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from hub import clock, jobs
from hub.actions.tracking import reports
from hub.config import config, use
from hub.database import credentials
from hub.rules.shipments import REPORT_TRIES
from models.shipments import CarrierReport, Checkpoint, Shipment
from tests.deals import Deal, refused
from tests.house import House
from tests.workers.test_jobs import work_off
from workers.clock import CLOCK
from workers.tracking import take_reports

SECRET = "clé ﬁne ½"  # NFKD makes other bytes of it


@pytest.fixture
async def deal(house: House) -> Deal:
    use(replace(config(), carrier_secrets=dict.fromkeys(("generic", "aftership", "easypost"), SECRET)))
    return await Deal.begun(house)


def body(event: str = "e1", number: str = "T1", *, at: str | None = None, status: str = "in_transit") -> bytes:
    """Our own form."""
    moment = at or clock.iso(clock.now() - timedelta(hours=1))
    return json.dumps({"event_id": event, "tracking_number": number, "checkpoints": [{"at": moment, "status": status}]}).encode()


def generic(raw: bytes, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(time.time()))
    return {"Anou-Signature": f"t={stamp},v1={hmac.digest(secret.encode(), stamp.encode() + b'.' + raw, 'sha256').hex()}"}


def aftership(raw: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"aftership-hmac-sha256": base64.b64encode(hmac.digest(secret.encode(), raw, "sha256")).decode()}


def easypost(raw: bytes, secret: str = SECRET) -> dict[str, str]:
    key = unicodedata.normalize("NFKD", secret).encode()
    return {"X-Hmac-Signature": f"hmac-sha256-hex={hmac.digest(key, raw, 'sha256').hex()}"}


SIGNED = {"generic": generic, "aftership": aftership, "easypost": easypost}


async def call(deal: Deal, carrier: str, raw: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    """As a machine does: no cookie, no origin."""
    async with httpx.AsyncClient(base_url=deal.house.base, verify=False) as machine:
        return await machine.post(f"/hooks/carriers/{carrier}", content=raw, headers=SIGNED[carrier](raw) if headers is None else headers)


def day(ago: int, time: str = "") -> str:
    """A moment of so many days ago, as carriers write them."""
    return f"{clock.now() - timedelta(days=ago):%Y-%m-%d}{time}"


def from_aftership(number: str = "T1", **changes: Any) -> bytes:
    """A tracking update, in AfterShip's shape."""
    scans = [
        {"checkpoint_time": day(8, "T10:00:00+01:00"), "tag": "InTransit", "subtag": "InTransit_002", "city": "Azilal",
         "country_name": "MAR", "message": "Reçu", "raw_tag": "X-17"},
        {"checkpoint_time": day(5, "T09:30:00"), "tag": "Exception", "subtag": "Exception_004", "location": "Roissy"},
        {"checkpoint_time": day(4), "tag": "Teleported", "raw_tag": "EMF"},
        {"checkpoint_time": day(3, "T01:00:00Z"), "tag": "Teleported", "raw_tag": "ZAP"},
        {"checkpoint_time": "", "tag": "InTransit"},
    ]  # fmt: skip
    msg = {"tracking_number": number, "slug": "poste-maroc", "tag": "InTransit", "checkpoints": scans}
    return json.dumps({"event": "tracking_update", "event_id": "a1", "ts": 1767600000, "msg": msg} | changes).encode()


def from_easypost(number: str = "T1", event: str = "evt_1", **changes: Any) -> bytes:
    """A tracker's update, in EasyPost's shape."""
    details = [
        {"object": "TrackingDetail", "datetime": day(8, "T10:00:00Z"), "status": "in_transit", "status_detail": "departed_facility",
         "message": "Departed", "tracking_location": {"city": "Casablanca", "country": "MA"}},
        {"object": "TrackingDetail", "datetime": day(1, "T10:00:00Z"), "status": "failure", "status_detail": "refused",
         "carrier_code": "42", "tracking_location": None},
    ]  # fmt: skip
    result = {"object": "Tracker", "tracking_code": number, "status": "failure", "tracking_details": details}
    return json.dumps({"id": event, "object": "Event", "description": "tracker.updated", "result": result} | changes).encode()


async def scans(booked: dict[str, Any]) -> list[tuple[str, str | None, str | None, str | None]]:
    rows = await Checkpoint.filter(shipment_id=booked["id"]).order_by("at")
    return [(row.status, row.reason, row.code, row.place) for row in rows]


async def test_aftership_in_its_own_words_and_with_its_own_signature(deal: Deal) -> None:
    _, booked = await deal.shipped(carrier="poste_maroc", tracking_number="T1")
    for _ in range(2):
        answer = await call(deal, "aftership", from_aftership())
        assert answer.status_code == 200
    assert answer.json() == {"stored": 0, "kept": True} or answer.json() == {"stored": 0}
    await (await work_off(config())).close()
    assert await scans(booked) == [
        ("picked_up", None, "X-17", "Azilal, MAR"), ("delivery_delayed", "customs_delay", "Exception_004", "Roissy"),
        ("in_transit", None, "EMF", None), ("unknown", None, "ZAP", None),
    ]  # fmt: skip


async def test_easypost_in_its_own_words_and_with_its_own_signature(deal: Deal) -> None:
    _, booked = await deal.shipped(carrier="usps", tracking_number="T1")
    assert (await call(deal, "easypost", from_easypost())).json() == {"stored": 0, "kept": True}
    await (await work_off(config())).close()
    assert await scans(booked) == [
        ("in_transit", None, "departed_facility", "Casablanca, MA"), ("delivery_failed", "consignee_refused", "42", None),
    ]  # fmt: skip
    assert (await call(deal, "easypost", from_easypost())).json() == {"stored": 0}


@pytest.mark.parametrize(("carrier", "raw"), [("aftership", from_aftership()), ("easypost", from_easypost()), ("generic", body())])
async def test_a_signature_of_another_key_or_another_body_is_refused(deal: Deal, carrier: str, raw: bytes) -> None:
    await deal.shipped(carrier="usps", tracking_number="T1")
    sign = SIGNED[carrier]
    others = [sign(raw, "another"), sign(raw + b" "), {}, dict.fromkeys(sign(raw), "é="), dict.fromkeys(sign(raw), "")]
    others += [other(raw) for name, other in SIGNED.items() if name != carrier]
    for headers in others:
        sent = {name: value.encode("latin-1") for name, value in headers.items()}
        refused(await call(deal, carrier, raw, sent), 401, "bad_signature")  # type: ignore[arg-type]  # bytes, as a machine may
    assert await CarrierReport.all().count() == await Checkpoint.all().count() == 0


@pytest.mark.parametrize("carrier", SIGNED)
@pytest.mark.parametrize("raw", [
    b"[]", b"{", b"\xff", b'{"event_id":"\\u0000"}', b'{"a":"\\ud800"}', b"[" * 9_000, b'{"n":' + b"9" * 40 + b"}",
    b'{"event_id":"e","tracking_number":"T1","checkpoints":[{"at":"yesterday"}],"event":"tracking_update","msg":7,"result":{"object":"Tracker"}}',
    b'{"event":"tracking_update","msg":{"tracking_number":"T1","checkpoints":[{"checkpoint_time":"soon"}]},"result":{"object":"Tracker",'
    b'"tracking_code":"T1","tracking_details":[{"datetime":"soon"}]}}',
])
async def test_a_malformed_call_is_refused_with_words_and_changes_nothing(deal: Deal, carrier: str, raw: bytes) -> None:
    answer = await call(deal, carrier, raw)
    assert answer.status_code == 400 and answer.json()["error"]["message"]
    assert await CarrierReport.all().count() == 0


async def test_ten_megabytes_are_refused_before_they_are_read(deal: Deal) -> None:
    raw = b" " * 10_000_000
    for carrier in SIGNED:
        refused(await call(deal, carrier, raw), 413, "too_big")


async def test_times_of_the_future_and_from_before_the_order_are_refused(deal: Deal) -> None:
    _, booked = await deal.shipped(carrier="generic", tracking_number="T1")
    for at, reason in ((clock.now() + timedelta(hours=1), "in_the_future"), (clock.now() - timedelta(days=400), "before_the_order")):
        answer = await call(deal, "generic", body(at=clock.iso(at), status="delivered"))
        assert refused(answer, 400, "bad_form")["fields"]["checkpoints.0.at"]
        assert reports.rules.astray(at, clock.now(), clock.now()) == reason
    assert (await Shipment.get(id=booked["id"])).status == "pending"
    assert await CarrierReport.all().count() == await Checkpoint.all().count() == 0


async def test_news_of_the_parcel_that_had_this_number_before_is_left_out(deal: Deal) -> None:
    raw = from_easypost()
    with clock.shifted(timedelta(days=60)):
        _, booked = await deal.shipped(carrier="usps", tracking_number="T1")
        await call(deal, "easypost", raw)
        await (await work_off(config())).close()
        assert (await CarrierReport.get()).shipment_id and await scans(booked) == []


async def test_other_events_of_aggregators_are_heard_and_nothing_more(deal: Deal) -> None:
    others = {"aftership": from_aftership(event="edd_revise"), "easypost": from_easypost(result={"object": "Batch"})}
    for carrier, raw in others.items():
        assert (await call(deal, carrier, raw)).json() == {"stored": 0}
    assert await CarrierReport.all().count() == 0


async def test_an_event_of_an_unknown_number_that_comes_again_mended_counts_as_it_is_now(deal: Deal) -> None:
    """A carrier that had mistyped the number sends the same event once more, and says more in it."""
    mistyped = await call(deal, "generic", body(number="T9"))
    assert (mistyped.status_code, mistyped.json()) == (202, {"stored": 0, "kept": True})
    said = json.loads(body(number="T9", status="out_for_delivery")) | {"eta": (clock.now() + timedelta(days=3)).date().isoformat()}
    await CarrierReport.all().update(received_at=clock.now() - timedelta(days=40), body=None)  # the house has cleared it
    assert (await call(deal, "generic", json.dumps(said).encode())).status_code == 202
    [kept] = await CarrierReport.all()
    assert (kept.body, kept.scans[0]["status"]) == (said, "out_for_delivery") and kept.received_at > clock.now() - timedelta(hours=1)
    _, booked = await deal.shipped(carrier="generic", tracking_number="T1")
    mended = json.dumps(said | {"tracking_number": "T1"}).encode()
    assert (await call(deal, "generic", mended)).json() == {"stored": 1}
    assert [status for status, *_ in await scans(booked)] == ["out_for_delivery"]
    assert (await Shipment.get(id=booked["id"])).eta.isoformat() == said["eta"]
    assert (await call(deal, "generic", body(number="T1"))).json() == {"stored": 0}, "now it was heard"


async def test_what_was_kept_when_a_process_died_is_found_by_the_clock(deal: Deal) -> None:
    _, booked = await deal.shipped(carrier="usps", tracking_number="T1")
    report = reports.Report("e1", "T1", [reports.Scan(reports.rules.Status.IN_TRANSIT, reports.rules.Source.CARRIER_HOOK, clock.now())])
    number = await reports.keep("easypost", report, "{}")
    assert await take_reports({}) == 0, "whoever kept it is about to work on it"
    with clock.shifted(timedelta(minutes=1)):
        assert await take_reports({}) == 1
        assert await take_reports({}) == 0
    assert [status for status, *_ in await scans(booked)] == ["in_transit"]
    assert number and await reports.take(CLOCK, number) == {"stored": 0, "known": True}


async def test_in_our_own_form_a_hub_that_is_busy_keeps_the_call_and_says_so(deal: Deal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.web.hooks.PATIENCE_S", 0.3)
    _, booked = await deal.shipped(carrier="generic", tracking_number="T1")
    held = await asyncpg.connect(**credentials(config().database_url))
    raw = body()
    async with held.transaction():
        await held.execute("SELECT FROM thread FOR UPDATE")
        answer = await call(deal, "generic", raw)
        assert (answer.status_code, answer.json()) == (202, {"stored": 0, "kept": True})
    await held.close()
    await (await work_off(config())).close()
    assert [status for status, *_ in await scans(booked)] == ["in_transit"]
    assert (await call(deal, "generic", raw)).json() == {"stored": 0}


async def test_one_that_fails_for_good_is_handed_out_so_often_and_no_more(deal: Deal) -> None:
    await reports.keep("easypost", reports.Report("e1", "T1", []), "{}")
    with clock.shifted(timedelta(minutes=1)):
        assert [len(await reports.waiting()) for _ in range(REPORT_TRIES + 2)] == [1] * REPORT_TRIES + [0, 0]


async def test_a_burst_is_absorbed_without_loss(deal: Deal) -> None:
    _, booked = await deal.shipped(carrier="usps", tracking_number="T1")
    start, count = clock.now() - timedelta(hours=9), 300
    calls = []
    for number in range(count):
        detail = {"datetime": clock.iso(start + timedelta(seconds=number)), "status": "in_transit", "carrier_code": str(number)}
        result = {"object": "Tracker", "tracking_code": "T1", "tracking_details": [detail]}
        calls.append(from_easypost(event=f"evt_{number}", result=result))
    async with httpx.AsyncClient(base_url=deal.house.base, verify=False, timeout=60) as machine:
        sent = [machine.post("/hooks/carriers/easypost", content=raw, headers=easypost(raw)) for raw in [*calls, *calls[::7]]]
        answers = await asyncio.gather(*sent)
    assert {answer.status_code for answer in answers} == {200}
    assert await CarrierReport.all().count() == count
    await (await work_off(config())).close()
    with clock.shifted(timedelta(minutes=1)):
        await take_reports({})
    assert len(await scans(booked)) == count
    assert [event["kind"] for event in await deal.events()].count("shipment.checkpoint") > 100


async def test_the_answer_does_not_wait_for_the_work_nor_for_the_bus(deal: Deal) -> None:
    await deal.shipped(carrier="usps", tracking_number="T1")
    use(replace(config(), redis_url="redis://127.0.0.1:1/0"))
    took = []
    async with httpx.AsyncClient(base_url=deal.house.base, verify=False) as machine:
        for number in range(21):
            raw = from_easypost(event=f"evt_{number}")
            began = time.monotonic()
            assert (await machine.post("/hooks/carriers/easypost", content=raw, headers=easypost(raw))).status_code == 200
            took.append(time.monotonic() - began)
            await jobs.close()
    assert sorted(took)[10] < 0.05, took

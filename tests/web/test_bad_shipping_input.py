"""Bad input about parcels, at every door it can come through: refused with words, and nothing has changed.

The doors: our own form of a carrier's call, AfterShip's, EasyPost's, the booking (form and JSON), the courier's link, a steward's
correction. The hand-written number of a label is one more, see `test_labels.py`.
"""

from __future__ import annotations

import asyncio
import gzip
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from tortoise import connections

from hub import clock
from hub.config import config, use
from models.shipments import Checkpoint, Shipment
from tests.deals import Deal, parcels, refused
from tests.house import House
from tests.web.test_hooks import SECRET, SIGNED, body, call, from_aftership, from_easypost
from tests.workers.test_jobs import work_off

AGGREGATORS = ("aftership", "easypost")
HOOKS = ("generic", *AGGREGATORS)
GOOD = {"generic": body(), "aftership": from_aftership(), "easypost": from_easypost()}
TABLES = ("orders", "shipment", "parcel", "checkpoint", "carrier_report", "carrier_label", "event", "transfer", "posting")
WRONG_S10 = "RR473124828GB"  # the ninth digit would have to be 9


@pytest.fixture
async def deal(house: House) -> Deal:
    use(replace(config(), carrier_secrets=dict.fromkeys(HOOKS, SECRET)))
    return await Deal.begun(house)


async def stored(*tables: str) -> dict[str, Any]:
    """A digest of all rows of these tables."""
    found = {}
    for table in tables or TABLES:
        [row] = await connections.get("default").execute_query_dict(
            f"SELECT count(*) AS rows, md5(string_agg(t::text, '|' ORDER BY t::text)) AS all FROM {table} t"
        )
        found[table] = (row["rows"], row["all"])
    return found


@asynccontextmanager
async def unchanged(*tables: str) -> AsyncIterator[None]:
    """Whatever happens inside leaves these tables (all, if none is named) as they were."""
    before = await stored(*tables)
    yield
    assert await stored(*tables) == before


def told(answer: httpx.Response) -> dict[str, Any]:
    """A refusal has a code, and words for people."""
    error = answer.json()["error"]
    assert error["code"] and len(error["message"]) > 10, answer.text
    return dict(error)


def bomb(depth: int, opening: bytes = b"[", inside: bytes = b"") -> bytes:
    return opening * depth + inside


# Carriers' calls: what can't be read


NOT_READABLE = {
    "nothing": b"", "words": b"hello", "half": b'{"event_id": "e', "a list": b"[]", "a text": b'"x"', "a number": b"7", "null": b"null",
    "a bomb of lists": bomb(100_000), "a bomb of objects": bomb(20_000, b'{"a":'), "a closed bomb": b'{"a":' + b"[" * 60 + b"]" * 60 + b"}",
    "UTF-16": '{"event_id": "é"}'.encode("utf-16"), "Latin-1": '{"event_id": "é"}'.encode("latin-1"), "a BOM": b"\xef\xbb\xbf{}",
    "cut UTF-8": b'{"event_id": "\xc3', "half a character": b'{"event_id": "\\ud800"}', "a NUL": b'{"event_id": "\\u0000"}',
    "squeezed": gzip.compress(b"{}"), "a form": b"event_id=e1&tracking_number=T1", "XML": b"<?xml version='1.0'?><!DOCTYPE a []><a/>",
    "not a number": b'{"a": NaN}', "an endless number": b'{"a": 1e200000}', "a large number": b'{"a": ' + b"9" * 400 + b"}",
}  # fmt: skip


@pytest.mark.parametrize("carrier", HOOKS)
async def test_what_no_carrier_writes_is_refused(deal: Deal, carrier: str) -> None:
    await deal.shipped(carrier="generic", tracking_number="T1")
    async with unchanged():
        for name, raw in NOT_READABLE.items():
            answer = await call(deal, carrier, raw)
            silent = answer.status_code == 200 and answer.json() == {"stored": 0} and not raw  # no event of theirs that we know
            assert answer.status_code == 400 or silent, (name, answer.text)
            if not silent:
                assert told(answer)["code"] in ("bad_request", "bad_form"), name


def shaped(carrier: str, **changes: Any) -> bytes:
    """A good call with one thing that is wrong; `at`, `scans` and `number` go where this carrier has them."""
    whole = json.loads(GOOD[carrier])
    inner = {"generic": whole, "aftership": whole.get("msg"), "easypost": whole.get("result")}[carrier]
    names = {"generic": ("tracking_number", "checkpoints", "at"), "aftership": ("tracking_number", "checkpoints", "checkpoint_time"),
             "easypost": ("tracking_code", "tracking_details", "datetime")}[carrier]  # fmt: skip
    for name, value in changes.items():
        if name == "number":
            inner[names[0]] = value
        elif name == "scans":
            inner[names[1]] = value
        elif name == "at":
            for scan in inner[names[1]]:
                scan[names[2]] = value
        else:
            whole[name] = value
    return json.dumps(whole).encode()


SHAPES: list[dict[str, Any]] = [
    {"number": None}, {"number": ["T1"]}, {"number": 7}, {"number": "T" * 61}, {"number": "Ｔ１"}, {"number": "T\u00071"},
    {"scans": "none"}, {"scans": {"0": {}}}, {"scans": [7, None, "x"]}, {"scans": [{}] * 501},
    {"at": "yesterday"}, {"at": {"day": 1}}, {"at": "9999-99-99T00:00:00Z"}, {"at": 10**18},
]  # fmt: skip


@pytest.mark.parametrize("carrier", HOOKS)
async def test_wrong_shapes_are_refused_and_the_field_is_named(deal: Deal, carrier: str) -> None:
    await deal.shipped(carrier="generic", tracking_number="T1")
    async with unchanged():
        for changes in SHAPES:
            answer = await call(deal, carrier, shaped(carrier, **changes))
            error = refused(answer, 400, "bad_form")
            assert error["fields"] and error["message"], changes
        for inner in ("msg", "result"):
            if carrier in AGGREGATORS and inner in json.loads(GOOD[carrier]):
                answer = await call(deal, carrier, shaped(carrier, **{inner: "words"}))
                assert answer.status_code == 400 or answer.json() == {"stored": 0}, "an event that is not about a parcel"
        if carrier == "generic":
            for wrong in ({"event_id": None}, {"event_id": "e" * 201}, {"event_id": {"a": 1}}):
                refused(await call(deal, carrier, shaped(carrier, **wrong)), 400, "bad_form")


async def test_numbers_that_no_database_holds_are_kept_out_of_it(deal: Deal) -> None:
    """In a field that nobody reads; the call itself is good."""
    _, booked = await deal.shipped(carrier="generic", tracking_number="T1")
    raw = body()[:-1] + b', "weight": 1e-200000}'
    assert (await call(deal, "generic", raw)).json() == {"stored": 1}
    assert await Checkpoint.filter(shipment_id=booked["id"]).count() == 1


# Ten megabytes


def doors(booked: dict[str, Any], order: str) -> dict[str, str]:
    link = booked["courier_link"].rpartition("/")[2]
    return {
        "generic": "/hooks/carriers/generic", "aftership": "/hooks/carriers/aftership", "easypost": "/hooks/carriers/easypost",
        "booking": f"/orders/{order}/shipment", "correction": f"/shipments/{booked['id']}/checkpoints", "courier": f"/c/{link}/checkpoints",
    }  # fmt: skip


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "in chunks"])
async def test_ten_megabytes_are_refused_before_they_are_read(deal: Deal, chunked: bool) -> None:
    """The answer is there when a small part has been sent: nobody waits for the rest, nothing holds it."""
    order, booked = await deal.shipped(carrier="generic", tracking_number="T1")
    cookie = "; ".join(f"{name}={value}" for name, value in deal.khadija.cookies.items())
    async with unchanged():
        for door, path in doors(booked, order["id"]).items():
            reader, writer = await asyncio.open_connection("127.0.0.1", deal.house.config.port)
            size = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {10 * 1024 * 1024}"
            writer.write(
                f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {deal.house.base}\r\nCookie: {cookie}\r\n"
                f"Accept: application/json\r\nContent-Type: application/json\r\n{size}\r\n\r\n".encode()
            )
            sent = 0
            answer = asyncio.create_task(reader.readuntil(b"\r\n\r\n"))
            while chunked and not answer.done() and sent < 10 * 1024 * 1024:
                writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
                sent += 0x10000
                await writer.drain()
                await asyncio.sleep(0.005)
            head = await asyncio.wait_for(answer, 5)
            assert head.startswith(b"HTTP/1.1 413"), (door, head)
            assert sent < 2 * 1024 * 1024, (door, sent)
            writer.close()


# Signatures


@pytest.mark.parametrize("carrier", HOOKS)
async def test_a_wrong_signature_changes_nothing(deal: Deal, carrier: str) -> None:
    await deal.shipped(carrier="generic", tracking_number="T1")
    raw, other = GOOD[carrier], shaped(carrier, number="T2")
    [(name, right)] = SIGNED[carrier](raw).items()
    wrong: list[dict[str, str]] = [
        {}, {name: ""}, {name: "x"}, {name: "é"}, {name: right[:-1]}, {name: right + "0"}, SIGNED[carrier](raw, "another secret"),
        SIGNED[carrier](raw, ""), SIGNED[carrier](other), {name: right.swapcase()}, {name: "A" * 5_000}, {f"X-{name}": right},
    ]  # fmt: skip
    if carrier == "generic":
        stamp, code = right.split(",")
        wrong += [{name: f"t=,{code}"}, {name: f"{code},{stamp}"}, {name: f"t=1,{code}"}, {name: f"{stamp},{code},{code}"}]
    async with unchanged():
        for headers in wrong:
            headers = {key: value.encode() for key, value in headers.items()}  # type: ignore[misc]
            answer = await call(deal, carrier, raw, headers)
            assert answer.status_code == 401, (headers, answer.text)
            error = refused(answer, 401, "bad_signature")
            assert len(error["message"]) > 10
        refused(await call(deal, carrier, other, {name: right}), 401, "bad_signature")


@pytest.mark.parametrize("seconds", [-301, -86_400, 301, 86_400])
async def test_a_stale_stamp_and_one_of_the_future_are_refused(deal: Deal, seconds: int) -> None:
    await deal.shipped(carrier="generic", tracking_number="T1")
    stamp = str(int(time.time()) + seconds)
    code = hmac.digest(SECRET.encode(), stamp.encode() + b"." + GOOD["generic"], "sha256").hex()
    async with unchanged():
        refused(await call(deal, "generic", GOOD["generic"], {"Anou-Signature": f"t={stamp},v1={code}"}), 401, "bad_signature")


# Times


@pytest.mark.parametrize(
    ("shift", "why"),
    [(timedelta(minutes=6), "in_the_future"), (timedelta(days=400), "in_the_future"), (-timedelta(days=31), "before_the_order"),
     (-timedelta(days=4_000), "before_the_order")],
)  # fmt: skip
async def test_a_time_that_can_not_be_is_refused_from_carriers_and_stewards(deal: Deal, shift: timedelta, why: str) -> None:
    _, booked = await deal.shipped(carrier="generic", tracking_number="T1")
    at = clock.iso(clock.now() + shift)
    async with unchanged():
        error = refused(await call(deal, "generic", body(at=at)), 400, "bad_form")
        assert error["fields"]["checkpoints.0.at"] == why
        answer = await deal.khadija.post(f"/shipments/{booked['id']}/checkpoints", json={"status": "delivered", "at": at})
        error = refused(answer, 400, "bad_form")
        assert error["fields"]["at"] == why and error["message"]
        page = await deal.khadija.post(
            f"/shipments/{booked['id']}/checkpoints", data={"status": "delivered", "at": at}, headers={"Accept": "text/html"}
        )
        assert page.status_code == 400


@pytest.mark.parametrize("carrier", AGGREGATORS)
async def test_aggregators_that_tell_of_another_year_are_kept_and_move_nothing(deal: Deal, carrier: str) -> None:
    """They send everything again for days: a call is not lost for one old scan, which is left out."""
    _, booked = await deal.shipped(carrier="generic", tracking_number="T1")
    await (await work_off(config())).close()  # the piece has its passport
    async with unchanged("orders", "parcel", "checkpoint", "event"):
        assert (await call(deal, carrier, shaped(carrier, at="2019-01-01T10:00:00Z"))).status_code == 200
        await (await work_off(config())).close()
    assert (await Shipment.get(id=booked["id"])).status == "pending"


@pytest.mark.parametrize("shift", [timedelta(days=400), -timedelta(days=4_000)])
async def test_a_couriers_odd_clock_is_mended_and_not_refused(deal: Deal, house: House, shift: timedelta) -> None:
    _, booked = await deal.shipped()
    link = f"/c/{booked['courier_link'].rpartition('/')[2]}"
    answer = await (await house.client()).post(f"{link}/checkpoints", json={"status": "picked_up", "at": clock.iso(clock.now() + shift)})
    assert answer.status_code == 200
    [scan] = await Checkpoint.filter(shipment_id=booked["id"])
    assert abs(scan.at - clock.now()) < timedelta(minutes=1)


# Carriers and numbers nobody has


@pytest.mark.parametrize("name", ["dhl", "GENERIC", "generic%00", "%2e", "x" * 500, "%D8%AF", "stripe", "a/b"])
async def test_a_carrier_nobody_knows_is_not_heard(deal: Deal, name: str) -> None:
    await deal.shipped(carrier="generic", tracking_number="T1")
    async with unchanged(), httpx.AsyncClient(base_url=deal.house.base, verify=False) as machine:
        answer = await machine.post(f"/hooks/carriers/{name}", content=GOOD["generic"], headers=SIGNED["generic"](GOOD["generic"]))
        assert answer.status_code == 404 and told(answer)["code"] == "not_found"


@pytest.mark.parametrize("kind", ["JSON", "form", "page"])
@pytest.mark.parametrize("number", [WRONG_S10, "rr 473 124 828 gb", "CP123456789MA", "Ｒ473124829GB", "T\x071"])
async def test_a_number_with_a_wrong_digit_is_not_booked(deal: Deal, kind: str, number: str) -> None:
    order = await deal.inspected()
    await deal.pay(order, order["money"]["due"]["amount"], "BALANCE")
    url, flat = f"/orders/{order['id']}/shipment", {f"parcels.0.{key}": str(value) for key, value in parcels()["parcels"][0].items()}
    async with unchanged():
        if kind == "JSON":
            answer = await deal.khadija.post(url, json=parcels() | {"tracking_number": number})
        else:
            headers = {"Accept": "text/html"} if kind == "page" else {}
            answer = await deal.khadija.post(url, data=flat | {"carrier": "poste_maroc", "tracking_number": number}, headers=headers)
        assert answer.status_code == 400, answer.text
        if kind != "page":
            error = refused(answer, 400, "bad_tracking_number")
            assert "tracking_number" in error["fields"] and error["message"]
        else:
            assert "contrôle" in answer.text or "numéro" in answer.text


@pytest.mark.parametrize("carrier", HOOKS)
async def test_a_call_about_a_number_with_a_wrong_digit_moves_no_parcel(deal: Deal, carrier: str) -> None:
    """No parcel can have it; like every number that is unknown it is kept for the stewards."""
    await deal.shipped(carrier="generic", tracking_number="RR473124829GB")
    await (await work_off(config())).close()  # the piece has its passport
    async with unchanged("orders", "shipment", "parcel", "checkpoint", "event"):
        assert (await call(deal, carrier, shaped(carrier, number=WRONG_S10))).status_code in (200, 202)
        await (await work_off(config())).close()


BOOKINGS: list[tuple[dict[str, Any], str]] = [
    ({"carrier": None}, "carrier"), ({"carrier": "x" * 41}, "carrier"), ({"carrier": ["a", "b"]}, "carrier"),
    ({"carrier": {"a": 1}}, "carrier"),
    ({"service": 7}, "service"), ({"service": "x" * 61}, "service"), ({"tracking_number": ["T1"]}, "tracking_number"),
    ({"tracking_number": "T" * 61}, "tracking_number"), ({"parcels": "one"}, "parcels.0"), ({"parcels": [7]}, "parcels.0"),
    ({"parcels": [{}]}, "parcels.0.weight_g"), ({"parcels": [{}] * 51}, "parcels"), ({"parcels": {"a": 1}}, "parcels"),
    ({"parcels": [parcels()["parcels"][0] | {"weight_g": 0}]}, "parcels.0.weight_g"),
    ({"parcels": [parcels()["parcels"][0] | {"weight_g": 12.5}]}, "parcels.0.weight_g"),
    ({"parcels": [parcels()["parcels"][0] | {"height_cm": -1}]}, "parcels.0.height_cm"),
    ({"parcels": [parcels()["parcels"][0] | {"length_cm": True}]}, "parcels.0.length_cm"), ({"further": "perhaps"}, "further"),
]  # fmt: skip


async def test_a_booking_that_can_not_be_names_the_field(deal: Deal) -> None:
    order = await deal.inspected()
    await deal.pay(order, order["money"]["due"]["amount"], "BALANCE")
    url = f"/orders/{order['id']}/shipment"
    async with unchanged():
        for changes, field in BOOKINGS:
            error = refused(await deal.khadija.post(url, json=parcels() | changes), 400, "bad_form")
            assert field in error["fields"], (changes, error)
        refused(await deal.khadija.post(url, json=parcels(0)), 400, "parcel_needed")
        for raw in NOT_READABLE.values():
            answer = await deal.khadija.post(url, content=raw, headers={"Content-Type": "application/json"})
            assert answer.status_code == 400 and told(answer), raw[:40]
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await deal.khadija.post(url, content=b"a.b.c.d.e.f.g.h.i.j=1", headers=form)
        refused(answer, 400, "bad_request")


async def test_couriers_and_stewards_hear_what_was_wrong(deal: Deal, house: House) -> None:
    _, booked = await deal.shipped()
    link, courier = f"/c/{booked['courier_link'].rpartition('/')[2]}", await house.client()
    correction = f"/shipments/{booked['id']}/checkpoints"
    async with unchanged():
        for client, url in ((courier, f"{link}/checkpoints"), (deal.khadija, correction)):
            for wrong in ({"status": "flying"}, {"status": None}, {"status": ["delivered"]}, {"status": "on_hold", "at": "soon"},
                          {"status": "on_hold", "note": ["a"]}, {"status": "on_hold", "location": "x" * 201},
                          {"status": "on_hold", "note": "x" * 1_001}):  # fmt: skip
                answer = await client.post(url, json=wrong)
                assert answer.status_code == 400 and told(answer), (url, wrong)
            for raw in NOT_READABLE.values():
                answer = await client.post(url, content=raw, headers={"Content-Type": "application/json"})
                assert answer.status_code == 400 and told(answer), (url, raw[:40])
        answer = await courier.post(f"{link}/position", content=b'{"lat": 1e999, "lon": 0}', headers={"Content-Type": "application/json"})
        assert answer.status_code == 400

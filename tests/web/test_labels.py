"""Carriers' prices, and labels that are bought: money is spent once, and nothing that may have been spent is forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from PIL import ImageFile

from hub import clock
from hub.actions import labels
from hub.actions.sending import Booking
from hub.actions.tracking import polls
from hub.config import config, use
from hub.database import credentials
from hub.rules.sending import Address, Box
from hub.unit import Actor
from models.shipments import CarrierLabel, Shipment
from tests.deals import Deal, parcels, refused
from tests.house import House
from tests.mydhl_peer import PDF, MyDhl, fault, line, mydhl
from tests.pages import ROOT
from tests.workers.test_polls import closed
from workers.labels import doubt_labels

TO = {"street": "1 rue de la Paix", "postal_code": "69001", "phone": "+33612345678"}
SERVICE = "mydhl_economy_select"


@pytest.fixture
async def peer() -> AsyncIterator[MyDhl]:
    async with mydhl() as found:
        yield found


def configured(**lines: dict[str, Any]) -> None:
    use(replace(config(), carriers=json.dumps(lines)))


@pytest.fixture
async def deal(house: House, peer: MyDhl) -> Deal:
    configured(dhl=line(peer.url))
    return await Deal.begun(house)


async def paid(deal: Deal) -> str:
    """The address of an order that may be shipped."""
    order = await deal.inspected()
    await deal.pay(order, order["money"]["due"]["amount"], "BALANCE")
    return f"/orders/{order['id']}"


def asking(**changes: str) -> dict[str, str]:
    """The question for prices, as a form writes it."""
    box = {f"parcels.0.{name}": str(value) for name, value in parcels()["parcels"][0].items()}
    return box | {"to.postal_code": "69001"} | changes


def booking(**changes: Any) -> dict[str, Any]:
    """With a label."""
    return parcels() | {"carrier": "dhl", "service": SERVICE, "label": True, "to": TO} | changes


async def test_what_it_costs_is_asked_of_the_carrier(deal: Deal, peer: MyDhl) -> None:
    url = await paid(deal)
    answer = await deal.khadija.get(f"{url}/shipment/rates", params=asking())
    assert answer.json()["carriers"] == [{"carrier": "dhl", "fault": None, "words": None, "offers": [
        {"service": "mydhl_economy_select", "words": "ECONOMY SELECT", "days": 6, "price": {"amount": 99_005, "currency": "MAD"}},
        {"service": "mydhl_express_worldwide", "words": "EXPRESS WORLDWIDE", "days": 2, "price": {"amount": 185_040, "currency": "MAD"}},
    ]}]  # fmt: skip
    [(_, sent)] = peer.asked
    assert sent["customerDetails"] == {
        "shipperDetails": {"addressLine1": "Rue de la Poste 1", "cityName": "Azilal", "countryCode": "MA", "postalCode": "22000"},
        "receiverDetails": {"cityName": "Lyon", "countryCode": "FR", "postalCode": "69001"},
    }
    assert sent["packages"][0]["weight"] == 12.5 and sent["packages"][0]["dimensions"] == {"length": 90, "width": 40, "height": 40}
    page = await deal.khadija.get(f"{url}/shipment/rates", params=asking(), headers={"Accept": "text/html"})
    assert page.status_code == 200 and "ECONOMY SELECT" in page.text and 'data-service="mydhl_economy_select"' in page.text


@pytest.mark.parametrize("pickup", [
    {"pickup_day": "0001-01-01"}, {"pickup_day": "9999-12-31"}, {"pickup_day": "2024-02-29"},
    {"pickup_from": "0001-01-01T00:00:00Z", "pickup_until": "0001-01-01T04:00:00Z"}, {"pickup_from": "9999-12-31T23:59:59Z"},
    {"pickup_from": "9999-12-31T20:00:00Z", "pickup_until": "9999-12-31T23:59:59Z"},
])  # fmt: skip
async def test_no_price_is_asked_for_a_day_on_which_nobody_fetches(deal: Deal, peer: MyDhl, pickup: dict[str, str]) -> None:
    url = await paid(deal)
    refused(await deal.khadija.get(f"{url}/shipment/rates", params=asking(**pickup)), 400, "bad_pickup")
    assert peer.asked == []
    refused(await deal.khadija.post(f"{url}/shipment", json=booking(**pickup)), 400, "bad_pickup")


async def test_prices_are_for_stewards_while_there_is_something_to_send(deal: Deal, peer: MyDhl, house: House) -> None:
    order = await deal.order()
    refused(await deal.khadija.get(f"/orders/{order['id']}/shipment/rates", params=asking()), 409, "order_moved")
    refused(await deal.fatima.get(f"/orders/{order['id']}/shipment/rates", params=asking()), 403, "not_allowed")
    refused(await deal.claire.get(f"/orders/{order['id']}/shipment/labels"), 403, "not_allowed")
    refused(await (await house.client("ellen")).get(f"/orders/{order['id']}/shipment/rates", params=asking()), 404, "not_found")
    url = f"{await paid(await Deal.begun(house, buyer='ellen'))}/shipment/rates"
    refused(await deal.khadija.get(url), 400, "parcel_needed")
    refused(await deal.khadija.get(url, params=asking(carrier="pigeon")), 400, "no_labels")
    refused(await deal.khadija.get(url, params=asking() | {"parcels.0.weight_g": "0"}), 400, "bad_form")
    assert peer.asked == []


@pytest.mark.parametrize("how", ["refused", "500", "garbage", "hangs", "declined", "locked", "no_connector", "tracks_only"])
async def test_a_carrier_that_gives_no_prices_says_why_and_hinders_nobody(
    house: House, peer: MyDhl, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.actions.carriers.by_karrio.DEADLINE_S", 0.4)
    other = line(peer.url)
    async with mydhl() as bad:
        bad.delay = 2.0 if how == "hangs" else 0.0
        bad.answer = {"500": fault(500, "Fault", "Not now"), "garbage": (200, b"<html>\xff")}.get(how)
        wrong = {
            "refused": {"url": closed()}, "locked": {"settings": {"username": "x", "password": "y"}}, "no_connector": {"karrio": "none"},
            "tracks_only": {"karrio": "dhl_universal", "settings": {"consumer_key": "k", "consumer_secret": "s"}},
        }.get(how, {})  # fmt: skip
        configured(dhl=other, odd=line(bad.url) | wrong)
        deal = await Deal.begun(house)
        url = await paid(deal)
        asked = asking(**({"to.postal_code": "00000"} if how == "declined" else {}))
        answer = (await deal.khadija.get(f"{url}/shipment/rates", params=asked)).json()["carriers"]
        found = {one["carrier"]: one for one in answer}
        assert len(found["dhl"]["offers"]) == (0 if how == "declined" else 2)
        no = how in ("declined", "locked", "tracks_only")
        assert (found["odd"]["offers"], found["odd"]["fault"]) == ([], "no_offers" if no else "no_answer")
        if how == "declined":
            assert found["odd"]["words"] == "410301: No products available · Check the postal code"
        elif not no or how == "tracks_only":
            assert found["odd"]["words"] is None, "faults are for the log"
        page = await deal.khadija.get(f"{url}/shipment/rates", params=asked, headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert (await deal.khadija.post(f"{url}/shipment", json=parcels())).status_code == 201, "by hand, all the same"


async def test_a_label_is_bought_and_booked_and_printed(deal: Deal, peer: MyDhl, house: House) -> None:
    url = await paid(deal)
    booked = await deal.post(deal.khadija, f"{url}/shipment", booking())
    assert (booked["carrier"], booked["service"], booked["tracking_number"]) == ("dhl", "economy select", "1234567890")
    [(path, sent)] = peer.asked
    assert path == "/shipments" and sent["productCode"] == "W"
    to = sent["customerDetails"]["receiverDetails"]
    assert to["postalAddress"] | {"countryName": ""} == {
        "addressLine1": TO["street"], "cityName": "Lyon", "countryCode": "FR", "postalCode": "69001", "countryName": ""}  # fmt: skip
    assert to["contactInformation"]["phone"] == TO["phone"]
    assert (sent["content"]["declaredValue"], sent["content"]["declaredValueCurrency"]) == (900.0, "EUR")
    label = (await deal.khadija.get(f"{url}/shipment/labels")).json()["labels"][0]
    assert peer.sold == [label["reference"]]
    assert (label["state"], label["price"], label["stuck"]) == ("booked", {"amount": 99_005, "currency": "MAD"}, False)
    for client in (deal.khadija, deal.fatima):
        printed = await client.get(booked["carrier_label_url"])
        assert (printed.content, printed.headers["content-type"]) == (PDF, "application/pdf")
    refused(await deal.claire.get(booked["carrier_label_url"]), 403, "not_allowed")
    refused(await (await house.client("ellen")).get(booked["carrier_label_url"]), 404, "not_found")
    refused(await (await house.client()).get(booked["carrier_label_url"]), 401, "signed_out")
    seen = (await deal.claire.get(f"/shipments/{booked['id']}")).json()
    assert seen["carrier_label_url"] is None and "990" not in json.dumps(seen)
    assert (await deal.khadija.get(url)).json()["stage"] == "shipped"


async def test_a_parcel_with_a_bought_label_is_asked_about_by_its_number(deal: Deal) -> None:
    """One line of the setting is enough for prices, label and news."""
    url = await paid(deal)
    booked = await deal.post(deal.khadija, f"{url}/shipment", booking())
    assert await polls.ask("dhl") == 1
    shown = (await deal.claire.get(f"/shipments/{booked['id']}")).json()
    assert [(scan["status"], scan["code"], scan["place"]) for scan in shown["checkpoints"]] == [("picked_up", "PU", "Casablanca-MA")]
    assert shown["status"] == "picked_up"


async def test_a_tap_that_is_repeated_buys_one_label(deal: Deal, peer: MyDhl) -> None:
    url, peer.delay = await paid(deal), 0.4
    same = {"Idempotency-Key": "tap"}
    answers = await asyncio.gather(
        *(deal.khadija.post(f"{url}/shipment", json=booking(), headers=same) for _ in range(3)),
        *(deal.khadija.post(f"{url}/shipment", json=booking()) for _ in range(2)),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert len(peer.sold) == 1 and await Shipment.all().count() == 1
    again = await deal.khadija.post(f"{url}/shipment", json=booking(), headers=same)
    assert (again.status_code, again.json()["tracking_number"]) == (201, "1234567890")
    refused(await deal.khadija.post(f"{url}/shipment", json=booking()), 409, "order_moved")
    assert len(peer.sold) == 1
    more = await deal.post(deal.khadija, f"{url}/shipment", booking(further=True))
    assert more["tracking_number"] == "1234567891" and len(set(peer.sold)) == 2


@pytest.mark.parametrize("how", ["declined", "locked", "refused"])
async def test_a_no_of_the_carrier_is_told_in_its_words_and_changes_nothing(house: House, peer: MyDhl, how: str) -> None:
    wrong = {"locked": {"settings": {"username": "x", "password": "y"}}, "refused": {"url": closed()}}.get(how, {})
    configured(dhl=line(peer.url) | wrong)
    deal = await Deal.begun(house)
    url = await paid(deal)
    if how == "declined":
        peer.answer = fault(422, "Validation", "The address is not served", "8003: city")
    error = refused(await deal.khadija.post(f"{url}/shipment", json=booking()), 409,
                    "carrier_silent" if how == "refused" else "carrier_declined")  # fmt: skip
    if how == "declined":
        assert error["fields"]["carrier"] == "The address is not served · 8003: city"
    assert ((await deal.khadija.get(url)).json()["stage"], await Shipment.all().count()) == ("inspected", 0)
    assert [(row.state, row.shipment_id) for row in await CarrierLabel.all()] == [("refused", None)]
    assert (await deal.khadija.get("/board")).json()["labels"] == []
    peer.answer = None
    configured(dhl=line(peer.url))
    assert (await deal.khadija.post(f"{url}/shipment", json=booking())).status_code == 201


@pytest.mark.parametrize("how", ["hangs", "garbage", "500", "empty", "cut", "no_number"])
async def test_what_may_have_been_bought_waits_for_a_steward(deal: Deal, peer: MyDhl, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.actions.carriers.by_karrio.LABEL_S", 0.4)
    url = await paid(deal)
    peer.delay = 1.5 if how == "hangs" else 0.0
    peer.answer = {
        "garbage": (201, b"<html>\xff\x00"), "500": fault(500, "Fault", "Try later"), "empty": (201, b""),
        "cut": (201, b'{"shipmentTracki'), "no_number": (201, b'{"warnings": []}'),
    }.get(how)  # fmt: skip
    refused(await deal.khadija.post(f"{url}/shipment", json=booking()), 409, "label_unsure")
    assert ((await deal.khadija.get(url)).json()["stage"], await Shipment.all().count()) == ("inspected", 0)
    [waits] = (await deal.khadija.get("/board")).json()["labels"]
    assert (waits["carrier"], waits["state"], f"/orders/{waits['order']}") == ("dhl", "unsure", url)
    asked = len(peer.asked)
    refused(await deal.khadija.post(f"{url}/shipment", json=booking()), 409, "label_pending")
    assert len(peer.asked) == asked, "not asked again"
    page = await deal.khadija.get(f"{url}/shipment/labels", headers={"Accept": "text/html"})
    assert page.status_code == 200 and waits["reference"] in page.text
    for client, verb in ((deal.fatima, "take-up"), (deal.claire, "call-off")):
        refused(await client.post(f"/labels/{waits['id']}/{verb}", json={"tracking_number": "1"}), 403, "not_allowed")
    refused(await deal.khadija.post(f"/labels/{waits['id']}/take-up", json={}), 400, "number_needed")
    refused(await deal.khadija.post(f"/labels/{waits['id']}/call-off", json={}), 400, "reason_needed")
    if how in ("hangs", "500"):  # found at the carrier, by the reference
        found = await deal.post(deal.khadija, f"/labels/{waits['id']}/take-up", {"tracking_number": "1234 567 890"})
        assert (found["tracking_number"], found["order"]) == ("1234567890", waits["order"])
    else:
        told = await deal.post(deal.khadija, f"/labels/{waits['id']}/call-off", {"note": "Rien chez DHL"})
        assert (told["state"], told["words"]) == ("called_off", "Rien chez DHL")
        peer.answer = None
        assert (await deal.khadija.post(f"{url}/shipment", json=booking())).status_code == 201
    assert (await deal.khadija.get("/board")).json()["labels"] == []
    for verb, body in (("take-up", {"tracking_number": "1"}), ("call-off", {"note": "x"})):
        refused(await deal.khadija.post(f"/labels/{waits['id']}/{verb}", json=body), 409, "label_ended")


async def test_a_carrier_whose_certificate_nobody_vouches_for_is_not_told_anything(house: House, tmp_path: Path) -> None:
    """The connectors' library believes every certificate, and would send the account's password to whoever answers."""
    async with mydhl(impostor(tmp_path)) as peer:
        configured(dhl=line(peer.url))
        deal = await Deal.begun(house)
        url = await paid(deal)
        [told] = (await deal.khadija.get(f"{url}/shipment/rates", params=asking())).json()["carriers"]
        assert (told["fault"], told["offers"]) == ("no_answer", [])
        refused(await deal.khadija.post(f"{url}/shipment", json=booking()), 409, "carrier_silent")
        assert (await deal.khadija.get("/board")).json()["labels"] == []
        assert peer.asked == []
    assert ssl._create_default_https_context is ssl.create_default_context
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False, "broken pictures would be taken for whole ones"


def impostor(folder: Path) -> ssl.SSLContext:
    """A server that says of itself who it is."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False).sign(key, SHA256())
    )  # fmt: skip
    file, plain = folder / "impostor.pem", serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def test_a_label_that_lost_its_order_meanwhile_is_not_forgotten(deal: Deal, peer: MyDhl) -> None:
    url, peer.delay = await paid(deal), 0.6
    buying = asyncio.create_task(deal.khadija.post(f"{url}/shipment", json=booking()))
    await peer.hung.wait()
    assert (await deal.khadija.post(f"{url}/shipment", json=parcels())).status_code == 201
    refused(await buying, 409, "order_moved")
    [waits] = (await deal.khadija.get("/board")).json()["labels"]
    assert waits["state"] == "bought"
    found = await deal.post(deal.khadija, f"/labels/{waits['id']}/take-up", {})
    assert found["tracking_number"] == "1234567890"
    assert (await deal.khadija.get(found["carrier_label_url"])).content == PDF


async def test_a_label_without_a_printable_page_is_booked_all_the_same(deal: Deal, peer: MyDhl) -> None:
    url, peer.label = await paid(deal), b"^XA a printer's own language ^XZ"
    booked = await deal.post(deal.khadija, f"{url}/shipment", booking())
    assert (booked["tracking_number"], booked["carrier_label_url"]) == ("1234567890", None)


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"carrier": "pigeon"}, "no_labels", "carrier"),
        ({"carrier": "local"}, "no_labels", "carrier"),
        ({"service": None}, "bad_form", "service"),
        ({"to": None}, "bad_form", "to.street"),
        ({"to": {"street": "x" * 99}}, "bad_form", "to.street"),
        ({"tracking_number": "T1"}, "bad_form", "tracking_number"),
        ({"label": "perhaps"}, "bad_form", "label"),
        ({"parcels": []}, "parcel_needed", None),
    ],
)  # fmt: skip
async def test_what_can_not_be_bought_is_refused_before_the_carrier_hears_of_it(
    deal: Deal, peer: MyDhl, wrong: dict[str, Any], code: str, field: str | None
) -> None:
    url = await paid(deal)
    error = refused(await deal.khadija.post(f"{url}/shipment", json=booking() | wrong), 400, code)
    assert field is None or field in error["fields"]
    refused(await deal.fatima.post(f"{url}/shipment", json=booking()), 403, "not_allowed")
    assert (peer.asked, await CarrierLabel.all().count()) == ([], 0)


async def test_a_hub_that_dies_between_the_purchase_and_its_writing_leaves_a_trace(deal: Deal, peer: MyDhl) -> None:
    """A second node is killed while the carrier has sold the label and not answered yet."""
    url, peer.delay = await paid(deal), 5.0
    token = await deal.house.token("khadija")
    async with node() as (base, process), httpx.AsyncClient(base_url=base, cookies={"anou_session": token}, verify=False) as khadija:
        headers = {"Origin": base, "Accept": "application/json", "Idempotency-Key": "tap"}
        buying = asyncio.create_task(khadija.post(f"{url}/shipment", json=booking(), headers=headers, timeout=20))
        await asyncio.wait_for(peer.hung.wait(), 15)
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        with pytest.raises(httpx.HTTPError):
            await buying
    peer.delay = 0.0
    same = {"Idempotency-Key": "tap"}
    refused(await deal.khadija.post(f"{url}/shipment", json=booking(), headers=same), 409, "label_pending")
    refused(await deal.khadija.post(f"{url}/shipment", json=booking()), 409, "label_pending")
    assert (len(peer.sold), (await deal.khadija.get("/board")).json()["labels"]) == (1, [])
    row = await CarrierLabel.get()
    refused(await deal.khadija.post(f"/labels/{row.id}/take-up", json={"tracking_number": "1"}), 409, "label_pending")
    with clock.shifted(timedelta(seconds=95)):
        [waits] = (await deal.khadija.get("/board")).json()["labels"]
        assert waits["reference"] == peer.sold[0]
        assert [await doubt_labels({}), await doubt_labels({})] == [1, 0]
        assert (await deal.khadija.get("/board")).json()["labels"] == [waits | {"state": "unsure"}]
        refused(await deal.khadija.post(f"{url}/shipment", json=booking()), 409, "label_pending")
        found = await deal.post(deal.khadija, f"/labels/{row.id}/take-up", {"tracking_number": "1234567890"})
    assert (found["tracking_number"], len(peer.sold)) == ("1234567890", 1)


async def test_an_intention_whose_hub_died_before_it_asked_frees_the_order(deal: Deal, peer: MyDhl) -> None:
    url = await paid(deal)
    khadija = Actor(await deal.house.person("khadija"), "tap")
    wish, box = Booking("dhl", SERVICE), Box(90, 40, 40, 12_500)
    await labels._intend(khadija, url.rpartition("/")[2], wish, [box], Address("Claire", "1 rue", "Lyon", "FR"))
    refused(await deal.khadija.post(f"{url}/shipment", json=booking()), 409, "label_pending")
    assert await doubt_labels({}) == 0
    with clock.shifted(timedelta(seconds=95)):
        assert await doubt_labels({}) == 1
        assert (await deal.khadija.get("/board")).json()["labels"] == []
        assert (await deal.khadija.post(f"{url}/shipment", json=booking())).status_code == 201
    assert sorted([row.state for row in await CarrierLabel.all()]) == ["booked", "refused"] and len(peer.sold) == 1


@contextlib.asynccontextmanager
async def node() -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """One more hub on the same database, in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = replace(config(), port=port).environment()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hub", "serve", cwd=ROOT, env=os.environ | settings, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=base, verify=False) as asking, asyncio.timeout(30):
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if (await asking.get("/readyz")).status_code == 200:
                        break
                await asyncio.sleep(0.1)
        yield base, process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_label_is_written_down_when_the_database_is_there_again(deal: Deal, peer: MyDhl) -> None:
    """It goes away while the carrier answers, and comes back seconds later: what is paid for is not lost, nor bought anew."""
    url, peer.delay = await paid(deal), 0.5
    whole = credentials(config().database_url)
    admin = await asyncpg.connect(**whole | {"database": "postgres"})
    name = whole["database"]
    buying = asyncio.create_task(deal.khadija.post(f"{url}/shipment", json=booking()))
    await peer.hung.wait()
    await admin.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
    try:
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        await asyncio.sleep(2.5)
        assert not buying.done()
    finally:
        await admin.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
        await admin.close()
    answer = await buying
    [row] = (await deal.khadija.get(f"{url}/shipment/labels")).json()["labels"]
    assert (answer.status_code, row["state"], row["tracking_number"], len(peer.sold)) == (201, "booked", "1234567890", 1)

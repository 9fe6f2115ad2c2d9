"""The short code of a label, and how often anybody may guess at one, or at a link."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from tortoise import connections

from hub import clock
from hub.config import config, use
from hub.rules import couriers
from models.house import WrongGuess
from models.shipments import Shipment
from realtime.server import listening_socket
from tests.deals import Deal, parcels, refused
from tests.house import House
from tests.web.test_courier import HTML, NOTHING, path


@pytest.fixture
async def deal(house: House) -> Deal:
    return await Deal.begun(house)


async def test_the_short_code_opens_the_same_page(deal: Deal, house: House) -> None:
    _, shipment = await deal.shipped()
    courier, code = await house.client(), shipment["courier_code"]
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{4}", code)
    assert (await deal.claire.get(f"/shipments/{shipment['id']}")).json()["courier_code"] is None
    for typed in (code, code.lower().replace("-", ""), f" {code.replace('0', 'o').replace('1', 'L')} "):
        assert (await courier.post("/c/", json={"code": typed})).json() == {"link": path(shipment)}
    opened = await courier.post("/c/", data={"code": code}, headers=HTML)
    assert (opened.status_code, opened.headers["location"]) == (303, path(shipment))
    asked = await courier.get("/c", headers=HTML)
    assert (asked.status_code, asked.headers["location"]) == (303, "/c/")
    assert 'name="code"' in (await courier.get("/c/", headers=HTML)).text
    await courier.post(f"{path(shipment)}/proof", json={"name": "Claire"})
    with clock.shifted(timedelta(days=31)):
        for wrong in (code, "000-000-0000", "", 7, None):
            answer = await courier.post("/c/", json={"code": wrong})
            assert (answer.status_code, answer.json()) == (404, NOTHING)


async def test_every_parcel_has_a_code_of_its_own_whichever_version_booked_it(deal: Deal, house: House) -> None:
    _, shipment = await deal.shipped()
    other = await Deal.begun(house, buyer="ellen")
    order = await other.inspected("E1")
    await other.pay(order, order["money"]["due"]["amount"], "E2")
    second = await other.post(other.khadija, f"/orders/{order['id']}/shipment", parcels())
    assert second["courier_code"] != shipment["courier_code"]
    database = connections.get("default")
    made = [row["code"] for row in await database.execute_query_dict("SELECT courier_code() AS code FROM generate_series(1, 2000)")]
    assert len(set(made)) == 2000 and all(couriers.read_code(code) == code for code in made)
    assert all(len({code[place] for code in made}) == 32 for place in range(couriers.CODE_LENGTH)), "each sign may be any of 32"
    names = await database.execute_query_dict("SELECT indexdef FROM pg_indexes WHERE tablename = 'shipment'")
    assert any("UNIQUE" in row["indexdef"] and "(courier_code)" in row["indexdef"] for row in names)


async def test_what_was_booked_before_there_were_codes_gets_one_each(deal: Deal, house: House) -> None:
    """As the migration adds the column to rows that are there."""
    order, _ = await deal.shipped()
    for _ in range(3):
        await deal.post(deal.khadija, f"/orders/{order['id']}/shipment", parcels() | {"further": True})
    database = connections.get("default")
    [column] = await database.execute_query_dict(
        "SELECT column_default, is_nullable FROM information_schema.columns WHERE table_name = 'shipment' AND column_name = 'courier_code'"
    )
    assert column == {"column_default": "courier_code()", "is_nullable": "NO"}
    await database.execute_script("ALTER TABLE shipment DROP COLUMN courier_code")
    await database.execute_script("ALTER TABLE shipment ADD COLUMN courier_code varchar(10) NOT NULL DEFAULT courier_code()")
    found = [row.courier_code for row in await Shipment.all()]
    assert len(set(found)) == len(found) == 4 and all(couriers.read_code(code) == code for code in found)


async def test_guessing_is_slowed_down_and_a_right_link_still_opens(deal: Deal, house: House) -> None:
    """From one address, as that of a whole carrier's network is: 20 wrong ones in ten minutes."""
    _, shipment = await deal.shipped()
    guesser, courier, newcomer = [await house.client() for _ in range(3)]
    assert (await courier.get(path(shipment))).status_code == 200
    wrong = "/c/" + "B" * 43
    for number in range(config().courier_guesses):
        url = (wrong, f"{wrong}/checkpoints", f"{wrong}/proof", f"{wrong}/position")[number % 4]
        refused(await (guesser.get(url) if url == wrong else guesser.post(url, json={})), 404, "not_found")
    answer = await guesser.get(wrong)
    said = refused(answer, 429, "rate")
    assert said["message"] and int(answer.headers["retry-after"]) == 600
    refused(await guesser.post("/c/", json={"code": "0123456789"}), 429, "rate")
    for client in (courier, newcomer):
        assert (await client.get(path(shipment))).status_code == 200
        assert (await client.post(f"{path(shipment)}/checkpoints", json={"status": "picked_up"})).status_code == 200
    assert (await courier.post("/c/", json={"code": shipment["courier_code"]})).status_code == 200, "a phone that opened a link before"
    right = await guesser.post("/c/", json={"code": shipment["courier_code"]})
    refused(right, 429, "rate")  # or the limit would be none: a right code would be told from a wrong one
    with clock.shifted(timedelta(minutes=11)):
        refused(await guesser.get(wrong), 404, "not_found")
        assert (await guesser.post("/c/", json={"code": shipment["courier_code"]})).status_code == 200


async def test_of_many_guesses_at_once_no_more_are_looked_at(deal: Deal, house: House) -> None:
    _, shipment = await deal.shipped()
    guesser = await house.client()
    tried = [guesser.post("/c/", json={"code": f"000 000 {number:04}"}) for number in range(40)]
    told = [answer.status_code for answer in await asyncio.gather(*tried)]
    assert sorted(told) == [404] * 20 + [429] * 20
    refused(await guesser.post("/c/", json={"code": shipment["courier_code"]}), 429, "rate")


async def test_a_right_code_is_not_held_against_anybody(deal: Deal, house: House) -> None:
    use(replace(config(), courier_guesses=2))
    _, shipment = await deal.shipped()
    courier = await house.client()
    for _ in range(5):
        assert (await courier.post("/c/", json={"code": shipment["courier_code"]})).status_code == 200


async def test_who_knows_one_parcel_can_not_guess_another_without_end(deal: Deal, house: House) -> None:
    use(replace(config(), courier_guesses=3))
    _, shipment = await deal.shipped()
    courier = await house.client()
    await courier.get(path(shipment))
    for _ in range(3):
        refused(await courier.post("/c/", json={"code": "0123456789"}), 404, "not_found")
    refused(await courier.post("/c/", json={"code": shipment["courier_code"]}), 429, "rate")
    assert (await courier.get(path(shipment))).status_code == 200
    assert len(await WrongGuess.all()) == 1


async def test_guesses_are_counted_by_who_asks_behind_a_proxy_that_is_trusted(deal: Deal, house: House) -> None:
    use(replace(config(), courier_guesses=1))
    guesser = await house.client()
    for address in ("10.0.0.1", "10.0.0.2", "2001:db8::1", "2001:db8:0:1::1"):
        refused(await guesser.get("/c/x", headers={"X-Forwarded-For": address}), 404, "not_found")
    for address in ("10.0.0.1", "2001:db8::2"):
        refused(await guesser.get("/c/x", headers={"X-Forwarded-For": address}), 429, "rate")


async def test_a_socket_for_both_families_trusts_the_same_proxies(house: House) -> None:
    """It gives the proxy's own address, and every IPv4 address, as `::ffff:127.0.0.1`."""
    await house.stop()
    house.config = replace(house.config, courier_guesses=1, proxies=("10.0.0.0/8", "2001:db8:1::/48", "192.0.2.7", "proxy"))
    await house.start(listening_socket(replace(house.config, host="::")))
    guesser = await house.client()
    assert house.base.startswith("http://127.0.0.1")
    for address, status in (
        ("198.51.100.1", 404), ("198.51.100.2, 10.1.2.3", 404), ("198.51.100.3, ::ffff:10.1.2.3, 2001:db8:1::1", 404),
        ("198.51.100.4, 192.0.2.7", 404), ("198.51.100.1, ::ffff:192.0.2.7", 429), ("198.51.100.5, 192.0.2.8", 404),
        ("198.51.100.6, 192.0.2.8", 429),
    ):  # fmt: skip
        assert (await guesser.get("/c/x", headers={"X-Forwarded-For": address})).status_code == status, address


@pytest.mark.parametrize(("first", "same", "other"), [
    ("::ffff:192.0.2.1", "192.0.2.1", "::ffff:192.0.2.2"), ("::FFFF:c000:201", "::ffff:192.0.2.1", "192.0.2.2"),
    ("fe80::1%eth0", "fe80::2", "2001:db8::1"), ("no:address", "also:none", "192.0.2.2"),
])  # fmt: skip
async def test_an_address_is_counted_as_one_however_it_is_written(deal: Deal, house: House, first: str, same: str, other: str) -> None:
    use(replace(config(), courier_guesses=1))
    guesser = await house.client()
    for address, status in ((first, 404), (same, 429), (other, 404)):
        assert (await guesser.get("/c/x", headers={"X-Forwarded-For": address})).status_code == status, address

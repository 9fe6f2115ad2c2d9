"""What artisans are owed: where they are paid, batches, lines that arrive or come back, and the two money pages."""

from __future__ import annotations

import asyncio
import csv
import io
import uuid
from typing import Any

import pytest

from models.catalogue import ProductPhoto
from models.ledger import Destination, Payout, Transfer
from tests.deals import Deal, parcels, refused
from tests.house import House


def rib(body: str) -> str:
    """22 digits with their key."""
    return f"{body}{97 - int(body) * 100 % 97:02d}"


@pytest.fixture
async def deal(house: House) -> Deal:
    return await Deal.begun(house)


async def place(deal: Deal, **changes: Any) -> dict[str, Any]:
    body = {"way": "bank", "name": "Fatima Aït Baha", "account": rib("0077800001234567890123")} | changes
    return await deal.post(deal.fatima, "/money/place", body)


async def completed(deal: Deal, reference: str = "D", **terms: Any) -> dict[str, Any]:
    """An order of 950 EUR that has ended well: 765 EUR are Fatima's."""
    order = await deal.inspected(reference, **terms)
    await deal.pay(order, order["money"]["due"]["amount"], f"{reference}-2")
    shipment = await deal.verb(deal.khadija, order, "shipment", parcels())
    courier, token = await deal.house.client(), shipment["courier_link"].rpartition("/")[2]
    for body in ({"status": "picked_up"}, {"status": "delivered", "name": "Claire"}):
        assert (await courier.post(f"/c/{token}/checkpoints", json=body)).status_code == 200
    return await deal.verb(deal.claire, order, "confirm", {})


async def prepared(deal: Deal, currency: str = "EUR", **body: Any) -> dict[str, Any]:
    return await deal.post(deal.khadija, "/ledger/payouts", {"currency": currency} | body)


async def test_the_money_pages_have_words_when_there_is_no_money(deal: Deal) -> None:
    for client, path, words in ((deal.fatima, "/money", "Pas encore d’argent"), (deal.khadija, "/ledger", "Aucun argent n’attend")):
        page = await client.get(path, headers={"Accept": "text/html"})
        assert page.status_code == 200 and words in page.text


# Where an artisan is paid


async def test_an_artisan_says_where_to_be_paid_and_every_place_stays_on_record(deal: Deal) -> None:
    first = await place(deal)
    assert first["account"].replace(" ", "") == rib("0077800001234567890123") and first["account"].startswith("007 780 00012345")
    second = await place(deal, way="post", account="06 12 34 56 78")
    assert (second["way"], second["account"], second["by"]) == ("post", "06 12 34 56 78", str((await deal.house.person("fatima")).id))
    fatima = await deal.house.person("fatima")
    third = await deal.post(deal.khadija, f"/people/{fatima.id}/place", {"way": "mobile", "name": "F", "account": "+212 7 12 34 56 78"})
    assert third["by"] == str((await deal.house.person("khadija")).id)
    assert (await deal.fatima.get("/money")).json()["destination"]["way"] == "mobile"
    assert [row.way for row in await Destination.filter(person_id=fatima.id).order_by("id")] == ["bank", "post", "mobile"]


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [({"account": "0077800001234567890123" + "00"}, "account", "bad_rib"), ({"account": "123"}, "account", "bad_rib"),
     ({"account": ""}, "account", "missing"), ({"account": "FR7630006000011234567890188"}, "account", "bad_iban"),
     ({"way": "post", "account": "12"}, "account", "bad_phone"), ({"way": "mobile", "account": "+212912345678"}, "account", "bad_phone"),
     ({"way": "cash"}, "way", "missing"), ({"name": " "}, "name", "missing"), ({"name": "x" * 150}, "name", "too_long")],
)  # fmt: skip
async def test_a_place_that_can_not_be_is_refused_field_by_field(deal: Deal, changes: dict[str, Any], field: str, reason: str) -> None:
    body = {"way": "bank", "name": "Fatima", "account": rib("0077800001234567890123")} | changes
    assert refused(await deal.fatima.post("/money/place", json=body), 400, "bad_destination")["fields"][field] == reason


async def test_only_the_artisan_and_stewards_say_where(deal: Deal) -> None:
    body = {"way": "post", "name": "X", "account": "0612345678"}
    fatima, claire = (await deal.house.person("fatima")).id, (await deal.house.person("claire")).id
    for client in (deal.claire, await deal.house.client("brahim")):
        refused(await client.post("/money/place", json=body), 403, "not_allowed")
        refused(await client.post(f"/people/{fatima}/place", json=body), 403, "not_allowed")
    refused(await deal.khadija.post(f"/people/{claire}/place", json=body), 404, "not_found")
    refused(await deal.khadija.post(f"/people/{uuid.uuid4()}/place", json=body), 404, "not_found")
    refused(await deal.khadija.post("/people/nobody/place", json=body), 404, "not_found")


# Batches


async def test_what_is_owed_is_sent_confirmed_and_shown_for_which_rug(deal: Deal) -> None:
    await completed(deal)
    await place(deal)
    batch = await prepared(deal)
    [line] = batch["lines"]
    assert (line["money"], line["state"], batch["waiting"]) == ({"amount": 76_500, "currency": "EUR"}, "sent", 1)
    refused(await deal.khadija.post("/ledger/payouts", json={"currency": "EUR"}), 409, "nothing_owed")
    mine = (await deal.fatima.get("/money")).json()
    assert (mine["owed"], mine["under_way"]) == ([], [{"amount": 76_500, "currency": "EUR"}])
    for _ in range(3):
        assert (await deal.post(deal.khadija, f"/ledger/payouts/lines/{line['id']}/confirm", {}))["state"] == "confirmed"
    refused(await deal.khadija.post(f"/ledger/payouts/lines/{line['id']}/bounce", json={}), 409, "line_ended")
    mine = (await deal.fatima.get("/money")).json()
    [paid] = mine["paid"]
    assert (paid["state"], paid["for"][0]["title"], paid["for"][0]["money"]["amount"]) == ("confirmed", "Tapis indigo", 76_500)
    assert mine["under_way"] == [] and await Transfer.filter(kind="payout_confirmed").count() == 1
    [euros] = (await deal.khadija.get("/ledger")).json()["balances"]
    assert euros["sum"]["amount"] == 0
    assert {one["account"]: one["money"]["amount"] for one in euros["accounts"]} == {
        "external_cash": -18_500, "order_escrow": 0, "artisan_payable": 0, "coop_commission": 13_500, "shipping_payable": 5_000,
        "payout_in_flight": 0,
    }


async def test_a_line_that_comes_back_is_owed_again(deal: Deal) -> None:
    await completed(deal)
    await place(deal)
    [line] = (await prepared(deal))["lines"]
    for _ in range(2):
        answer = await deal.post(deal.khadija, f"/ledger/payouts/lines/{line['id']}/bounce", {"reason": "account closed"})
        assert (answer["state"], answer["reason"]) == ("bounced", "account closed")
    refused(await deal.khadija.post(f"/ledger/payouts/lines/{line['id']}/confirm", json={}), 409, "line_ended")
    assert (await deal.fatima.get("/money")).json()["owed"] == [{"amount": 76_500, "currency": "EUR"}]
    await place(deal, way="post", account="0612345678")
    again = (await prepared(deal))["lines"][0]
    assert (again["money"]["amount"], again["way"]) == (76_500, "post")
    mine = (await deal.fatima.get("/money")).json()
    assert [(one["state"], len(one["for"])) for one in mine["paid"]] == [("sent", 1), ("bounced", 0)]


async def test_a_payout_that_arrived_and_comes_back_later_is_owed_again(deal: Deal) -> None:
    await completed(deal)
    await place(deal)
    batch = await prepared(deal)
    line = f"/ledger/payouts/lines/{batch['lines'][0]['id']}"
    refused(await deal.khadija.post(f"{line}/return", json={"reason": "closed"}), 409, "line_ended")
    await deal.post(deal.khadija, f"{line}/confirm", {})
    refused(await deal.khadija.post(f"{line}/return", json={}), 400, "bad_form")
    refused(await deal.fatima.post(f"{line}/return", json={"reason": "x"}), 403, "not_allowed")
    page = await deal.khadija.get(f"/ledger/payouts/{batch['id']}", headers={"Accept": "text/html"})
    assert f'action="{line}/return"' in page.text
    answers = await asyncio.gather(*(deal.khadija.post(f"{line}/return", json={"reason": "account closed"}) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert {(answer.json()["state"], answer.json()["reason"]) for answer in answers} == {("returned", "account closed")}
    refused(await deal.khadija.post(f"{line}/confirm", json={}), 409, "line_ended")
    mine = (await deal.fatima.get("/money")).json()
    assert mine["owed"] == [{"amount": 76_500, "currency": "EUR"}] and [one["state"] for one in mine["paid"]] == ["returned"]
    [euros] = (await deal.khadija.get("/ledger")).json()["balances"]
    now = {one["account"]: one["money"]["amount"] for one in euros["accounts"]}
    assert (now["artisan_payable"], now["payout_in_flight"], now["external_cash"], euros["sum"]["amount"]) == (76_500, 0, -95_000, 0)
    rows = read((await deal.khadija.get("/ledger/export.csv")).text)
    reference = batch["lines"][0]["reference"]
    assert [row["kind"] for row in rows if row["reference"] == reference] == [
        kind for kind in ("payout_sent", "payout_confirmed", "payout_returned") for _ in range(2)
    ]
    assert (await prepared(deal))["lines"][0]["money"]["amount"] == 76_500


async def test_two_stewards_at_once_send_it_once(deal: Deal) -> None:
    await completed(deal)
    await place(deal)
    answers = await asyncio.gather(*(deal.khadija.post("/ledger/payouts", json={"currency": "EUR"}) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 4
    [line] = await Payout.all()
    taps = [deal.khadija.post(f"/ledger/payouts/lines/{line.id}/{verb}", json={}) for verb in ("confirm", "bounce") * 4]
    codes = sorted(answer.status_code for answer in await asyncio.gather(*taps))
    assert codes == [200] * 4 + [409] * 4
    assert await Transfer.filter(key=f"payout_ended/{line.id}").count() == 1


async def test_who_is_owed_little_or_has_no_place_waits(deal: Deal) -> None:
    await completed(deal)
    refused(await deal.khadija.post("/ledger/payouts", json={"currency": "EUR"}), 409, "nothing_owed")
    [owed] = (await deal.khadija.get("/ledger")).json()["owed"]
    assert (owed["name"], owed["money"]["amount"], owed["placed"]) == ("Fatima", 76_500, False)
    await place(deal)
    refused(await deal.khadija.post("/ledger/payouts", json={"currency": "EUR", "minimum": 76_501}), 409, "nothing_owed")
    refused(await deal.khadija.post("/ledger/payouts", json={"currency": "MAD"}), 409, "nothing_owed")
    refused(await deal.khadija.post("/ledger/payouts", json={"currency": "XXX"}), 400, "bad_form")
    refused(await deal.khadija.post("/ledger/payouts", json={}), 400, "bad_form")
    assert (await prepared(deal, minimum_decimal="765"))["waiting"] == 1


async def of_ahmed(deal: Deal, **terms: Any) -> Deal:
    """Claire orders from Ahmed too; the advance is owed to him, and nobody knows where to pay it."""
    house = deal.house
    other = Deal(house, await house.thread("claire", "ahmed"), deal.claire, await house.client("ahmed"), deal.khadija)
    await other.making("AHMED", **terms)
    return other


async def test_who_has_no_place_holds_up_nobody_who_has(deal: Deal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.actions.payouts.MOST_LINES", 1)
    await of_ahmed(deal, unit_price=900_000)
    await deal.making()
    await place(deal)
    [line] = (await prepared(deal))["lines"]
    assert (line["name"], line["money"]["amount"]) == ("Fatima Aït Baha", 22_950)


async def test_a_batch_of_many_lines_is_booked_line_by_line(deal: Deal) -> None:
    other = await of_ahmed(deal)
    await deal.making()
    await place(deal)
    await deal.post(other.fatima, "/money/place", {"way": "post", "name": "Ahmed", "account": "0612345678"})
    lines = (await prepared(deal))["lines"]
    assert len({line["reference"] for line in lines}) == 2 and {line["money"]["amount"] for line in lines} == {22_950}
    sent = {f"payout_sent/{line['id']}" for line in lines}
    assert set(await Transfer.filter(kind="payout_sent").values_list("key", flat=True)) == sent
    for line in lines:
        await deal.post(deal.khadija, f"/ledger/payouts/lines/{line['id']}/confirm", {})
    balances = (await deal.khadija.get("/ledger")).json()["balances"]
    assert all(one["money"]["amount"] == 0 for one in balances[0]["accounts"] if one["account"] in ("artisan_payable", "payout_in_flight"))


async def test_each_currency_has_its_own_column_of_who_is_owed(deal: Deal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.views.books.COLUMN", 1)
    await of_ahmed(deal, currency="JPY", unit_price=5_000, shipping=0)
    await deal.making()
    owed = (await deal.khadija.get("/ledger")).json()["owed"]
    assert sorted(one["money"]["currency"] for one in owed) == ["EUR", "JPY"]


async def test_the_houses_minimum_is_in_dirhams_and_means_as_much_in_every_currency(deal: Deal) -> None:
    await completed(deal, currency="JPY", unit_price=9_000, shipping=500)  # 7,650 yen, some 500 dirhams
    await place(deal)
    await deal.post(deal.khadija, "/ledger/rates", {"currency": "JPY", "rate": "0.012", "sure": True})
    refused(await deal.khadija.post("/ledger/payouts", json={"currency": "JPY"}), 409, "nothing_owed")  # 92 dirhams
    await deal.post(deal.khadija, "/ledger/rates", {"currency": "JPY", "rate": "0.065", "sure": True})
    assert (await prepared(deal, "JPY"))["total"] == {"amount": 7_650, "currency": "JPY"}


async def test_payouts_are_the_head_office_s(deal: Deal) -> None:
    await completed(deal)
    await place(deal)
    batch = await prepared(deal)
    line = batch["lines"][0]["id"]
    for client in (deal.claire, deal.fatima, await deal.house.client("brahim")):
        for path in ("/ledger", "/ledger/export.csv", f"/ledger/payouts/{batch['id']}", f"/ledger/payouts/{batch['id']}/sheet.csv"):
            refused(await client.get(path), 403, "not_allowed")
        for path in ("/ledger/payouts", "/ledger/exchange", *(f"/ledger/payouts/lines/{line}/{verb}" for verb in ("confirm", "bounce"))):
            refused(await client.post(path, json={"currency": "EUR", "rate": "10"}), 403, "not_allowed")
    for path in (f"/ledger/payouts/{uuid.uuid4()}", "/ledger/payouts/x", f"/ledger/payouts/{uuid.uuid4()}/sheet.csv"):
        refused(await deal.khadija.get(path), 404, "not_found")
    refused(await deal.khadija.post(f"/ledger/payouts/lines/{uuid.uuid4()}/confirm", json={}), 404, "not_found")
    refused(await deal.claire.get("/money"), 403, "not_allowed")
    refused(await (await deal.house.client()).get("/money"), 401, "signed_out")


async def test_nobody_says_of_their_own_money_that_it_came(deal: Deal) -> None:
    khadija = await deal.house.person("khadija")
    await completed(deal)
    await place(deal)
    [line] = (await prepared(deal))["lines"]
    fatima = await deal.house.person("fatima")
    fatima.roles = ["artisan", "steward"]
    await fatima.save()
    refused(await deal.fatima.post(f"/ledger/payouts/lines/{line['id']}/confirm", json={}), 403, "not_allowed")
    assert khadija.id != fatima.id


async def test_nobody_chooses_the_rate_of_their_own_money(deal: Deal) -> None:
    await completed(deal)
    fatima = await deal.house.person("fatima")
    fatima.roles = ["artisan", "steward"]
    await fatima.save()
    body = {"currency": "EUR", "rate": "10.8"}
    refused(await deal.fatima.post("/ledger/exchange", json=body), 409, "nothing_owed")
    assert (await deal.post(deal.khadija, "/ledger/exchange", body))["people"] == 1


async def test_euros_owed_become_dirhams_at_the_bank_s_rate(deal: Deal) -> None:
    await completed(deal)
    await place(deal)
    for body, code in (({"currency": "EUR", "rate": "nothing"}, "bad_rate"), ({"currency": "MAD", "rate": "1"}, "bad_form"),
                       ({"currency": "EUR", "rate": "-1"}, "bad_rate"), ({"currency": "EUR", "rate": "NaN"}, "bad_rate")):  # fmt: skip
        refused(await deal.khadija.post("/ledger/exchange", json=body), 400, code)
    refused(await deal.khadija.post("/ledger/exchange", json={"currency": "USD", "rate": "9"}), 409, "nothing_owed")
    await deal.post(deal.khadija, "/ledger/rates", {"currency": "EUR", "rate": "108", "sure": True})
    error = refused(await deal.khadija.post("/ledger/exchange", json={"currency": "EUR", "rate": "10,8"}), 409, "rate_far")
    assert set(error["fields"]) == {"sure"}
    await deal.post(deal.khadija, "/ledger/rates", {"currency": "EUR", "rate": "10.9", "sure": "yes"})
    assert (await deal.post(deal.khadija, "/ledger/exchange", {"currency": "EUR", "rate": "10,8"}))["people"] == 1
    refused(await deal.khadija.post("/ledger/exchange", json={"currency": "EUR", "rate": "10.8"}), 409, "nothing_owed")
    [line] = (await prepared(deal, "MAD"))["lines"]
    assert line["money"] == {"amount": 826_200, "currency": "MAD"}
    [paid] = (await deal.fatima.get("/money")).json()["paid"]
    assert paid["for"][0]["money"] == {"amount": 76_500, "currency": "EUR"}
    balances = (await deal.khadija.get("/ledger")).json()["balances"]
    assert [one["sum"]["amount"] for one in balances] == [0, 0]
    assert [{a["account"]: a["money"]["amount"] for a in one["accounts"]}["fx"] for one in balances] == [76_500, -826_200]


async def test_what_a_dispute_took_is_no_longer_to_come(deal: Deal) -> None:
    order = await deal.inspected()
    await deal.pay(order, 66_500, "B")
    await deal.verb(deal.claire, order, "dispute", {"reason": "a hole"})
    await deal.verb(deal.khadija, order, "resolve", {"outcome": "partial_refund", "amount": 9_000, "note": "so"})
    mine = (await deal.fatima.get("/money")).json()
    assert mine["coming"] == [{"amount": 68_850 - 22_950, "currency": "EUR"}]
    shares = (await deal.shown(order))["money"]
    assert [shares[name]["amount"] for name in ("total", "artisan", "cooperative", "shipping")] == [95_000, 68_850, 12_150, 5_000]
    book = (await deal.claire.get(f"/orders/{order['id']}", headers={"Accept": "text/html"})).text
    assert 'data-money="total">860' in book and 'data-money="artisan">688,50' in book
    shipment = await deal.post(deal.khadija, f"/orders/{order['id']}/shipment", parcels())
    await deal.post(deal.khadija, f"/shipments/{shipment['id']}/checkpoints", {"status": "delivered"})
    done = await deal.verb(deal.claire, order, "confirm", {})
    assert done["money"]["artisan"]["amount"] == 68_850
    await deal.verb(deal.claire, order, "dispute", {"reason": "another"})  # after the release the shares stay: the fund bears it
    after = await deal.verb(deal.khadija, order, "resolve", {"outcome": "partial_refund", "amount": 1_000, "note": "so"})
    assert after["money"]["artisan"]["amount"] == 68_850


async def test_the_sums_are_of_all_orders_and_payouts_not_of_those_shown(deal: Deal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.views.money.PIECES", 1)
    monkeypatch.setattr("hub.views.money.PAID", 1)
    await place(deal)
    for number in range(2):
        await completed(deal, f"D{number}")
        await prepared(deal)
        await deal.making(f"M{number}")
    mine = (await deal.fatima.get("/money")).json()
    assert (len(mine["pieces"]), len(mine["paid"])) == (1, 1)
    assert mine["coming"] == [{"amount": 2 * (76_500 - 22_950), "currency": "EUR"}]
    assert mine["under_way"] == [{"amount": 2 * 76_500 + 22_950, "currency": "EUR"}]  # the first order's wool went with the second batch


# Files


def read(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


async def test_the_batch_s_file_can_be_taken_by_a_bank_and_runs_nothing(deal: Deal) -> None:
    await completed(deal)
    await place(deal, name="=HYPERLINK(\"http://x\")")
    batch = await prepared(deal)
    answer = await deal.khadija.get(f"/ledger/payouts/{batch['id']}/sheet.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8" and "attachment" in answer.headers["content-disposition"]
    [row] = read(answer.text)
    assert row["name"] == "'=HYPERLINK(\"http://x\")" and row["amount"] == "765.00" and row["currency"] == "EUR"
    assert row["account"].replace(" ", "") == rib("0077800001234567890123") and row["reference"] == batch["lines"][0]["reference"]
    await deal.post(deal.khadija, f"/ledger/payouts/lines/{batch['lines'][0]['id']}/confirm", {})
    assert read((await deal.khadija.get(f"/ledger/payouts/{batch['id']}/sheet.csv")).text) == []


async def test_the_accountant_s_file_has_a_row_for_each_posting_and_adds_up(deal: Deal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.views.books.PAGE", 2)
    order = await completed(deal, "=REF")
    await place(deal)
    [line] = (await prepared(deal))["lines"]
    rows = read((await deal.khadija.get("/ledger/export.csv")).text)
    ledger = await deal.ledger(order)
    assert len(rows) == sum(len(one["postings"]) for one in ledger["transfers"]) + 2
    assert sum(float(row["debit"] or 0) for row in rows) == sum(float(row["credit"] or 0) for row in rows) > 0
    assert all(bool(row["debit"]) != bool(row["credit"]) for row in rows)
    first = rows[0]
    assert (first["kind"], first["order"], first["account"], first["debit"], first["reference"]) == (
        "received", order["id"], "external_cash", "285.00", "'=REF",
    )
    assert (rows[-1]["account"], rows[-1]["credit"], rows[-1]["reference"]) == ("payout_in_flight", "765.00", line["reference"])
    assert [row["date"] for row in rows] == sorted(row["date"] for row in rows)


@pytest.mark.parametrize(
    ("query", "field"), [("from=x", "from"), ("to=2026-99-01", "to"), ("from=2026-02-01&to=2026-01-01", "to"), ("from=0001-01-01", "from")]
)
async def test_a_period_that_can_not_be_is_refused(deal: Deal, query: str, field: str) -> None:
    assert field in refused(await deal.khadija.get(f"/ledger/export.csv?{query}"), 400, "bad_form")["fields"]


async def test_an_earlier_period_is_empty(deal: Deal) -> None:
    await completed(deal)
    assert read((await deal.khadija.get("/ledger/export.csv?from=2020-01-01&to=2020-12-31")).text) == []


# Bills


@pytest.mark.parametrize(("path", "kind", "moved"), [
    ("/ledger/shipping", "shipping_paid", {"shipping_payable": 3_950, "external_cash": -93_950}),
    ("/ledger/fees", "fee", {"coop_commission": 12_450, "payment_fees": 1_050}),
])  # fmt: skip
async def test_a_bill_is_booked_once(deal: Deal, path: str, kind: str, moved: dict[str, int]) -> None:
    order = await completed(deal)
    body = {"amount_decimal": "10,50", "currency": "eur", "reference": "INV 7"}
    refused(await deal.fatima.post(path, json=body), 403, "not_allowed")
    assert await deal.post(deal.khadija, path, body) == {"kind": kind, "reference": "INV 7"}
    refused(await deal.khadija.post(path, json=body | {"reference": " inv 7"}), 409, "reference_used")
    for field, wrong in (("amount_decimal", "x"), ("amount_decimal", "0"), ("currency", "XXX"), ("reference", ""), ("reference", "é")):
        refused(await deal.khadija.post(path, json=body | {field: wrong}), 400, "bad_form")
    [euros] = (await deal.khadija.get("/ledger")).json()["balances"]
    now = {one["account"]: one["money"]["amount"] for one in euros["accounts"]}
    assert euros["sum"]["amount"] == 0 and now["artisan_payable"] == 76_500 and order["stage"] == "completed"
    assert {name: now[name] for name in moved} == moved
    assert read((await deal.khadija.get("/ledger/export.csv")).text)[-1]["reference"] == "INV 7"


# Borne by the artisan, with consent


async def disputed(deal: Deal) -> dict[str, Any]:
    return await deal.verb(deal.claire, await completed(deal), "dispute", {"reason": "a hole"})


async def test_after_release_the_artisan_bears_what_they_agreed_to_and_the_fund_the_rest(deal: Deal) -> None:
    order = await disputed(deal)
    for amount in (20_000, 10_000):
        await deal.post(deal.fatima, f"/orders/{order['id']}/bear", {"amount": amount})
    await deal.verb(deal.khadija, order, "resolve", {"outcome": "partial_refund", "amount": 15_000, "note": "so"})
    balances = (await deal.ledger(order))["balances"]
    assert balances[f"artisan_payable/{order['artisan']}"] == {"EUR": 66_500}
    assert (balances["loss_fund"], balances["refund_in_flight"]) == ({"EUR": -5_000}, {"EUR": 15_000})
    refunds = (await deal.khadija.get("/ledger")).json()["refunds"]
    assert sorted(one["money"]["amount"] for one in refunds) == [5_000, 10_000]


async def test_without_consent_the_fund_bears_it_all(deal: Deal) -> None:
    order = await disputed(deal)
    await deal.post(deal.fatima, f"/orders/{order['id']}/bear", {"amount_decimal": "100"})
    await deal.post(deal.fatima, f"/orders/{order['id']}/bear", {"amount": 0})
    await deal.verb(deal.khadija, order, "resolve", {"outcome": "partial_refund", "amount": 15_000, "note": "so"})
    assert (await deal.ledger(order))["balances"]["loss_fund"] == {"EUR": -15_000}


async def test_consent_is_the_artisan_s_and_has_its_time(deal: Deal) -> None:
    order = await deal.made(await deal.making())
    path = f"/orders/{order['id']}/bear"
    refused(await deal.fatima.post(path, json={"amount": 1}), 409, "not_disputed")
    await deal.verb(deal.claire, order, "dispute", {"reason": "a hole"})
    refused(await deal.fatima.post(path, json={"amount": 1}), 409, "not_yet")
    refused(await deal.fatima.post(path, json={}), 400, "bad_form")
    for client in (deal.claire, deal.khadija):
        refused(await client.post(path, json={"amount": 1}), 403, "not_allowed")


async def test_the_artisan_is_asked_on_the_order_s_page(deal: Deal) -> None:
    order = await disputed(deal)
    for client, asked in ((deal.fatima, True), (deal.claire, False), (deal.khadija, False)):
        page = await client.get(f"/orders/{order['id']}", headers={"Accept": "text/html"})
        assert (f"/orders/{order['id']}/bear" in page.text) is asked


async def test_nobody_bears_more_than_the_order_brought(deal: Deal) -> None:
    order = await disputed(deal)
    refused(await deal.fatima.post(f"/orders/{order['id']}/bear", json={"amount": 76_501}), 400, "bad_amount")


async def test_what_was_borne_once_is_not_borne_again(deal: Deal) -> None:
    order = await disputed(deal)
    await deal.post(deal.fatima, f"/orders/{order['id']}/bear", {"amount": 70_000})
    await deal.verb(deal.khadija, order, "resolve", {"outcome": "partial_refund", "amount": 70_000, "note": "so"})
    await deal.verb(deal.claire, order, "dispute", {"reason": "another hole"})
    refused(await deal.fatima.post(f"/orders/{order['id']}/bear", json={"amount": 6_501}), 400, "bad_amount")
    await deal.post(deal.fatima, f"/orders/{order['id']}/bear", {"amount": 6_500})


async def test_what_was_given_back_before_the_release_is_not_borne(deal: Deal) -> None:
    order, shipment = await deal.shipped()
    await deal.verb(deal.claire, order, "dispute", {"reason": "late"})
    await deal.verb(deal.khadija, order, "resolve", {"outcome": "partial_refund", "amount": 45_000, "note": "so"})
    await deal.post(deal.khadija, f"/shipments/{shipment['id']}/checkpoints", {"status": "delivered"})
    await deal.verb(deal.claire, order, "confirm", {})
    await deal.verb(deal.claire, order, "dispute", {"reason": "a hole"})
    refused(await deal.fatima.post(f"/orders/{order['id']}/bear", json={"amount": 38_251}), 400, "bad_amount")
    await deal.post(deal.fatima, f"/orders/{order['id']}/bear", {"amount": 38_250})


async def test_the_consent_is_seen_by_the_artisan_and_the_head_office_alone(deal: Deal) -> None:
    order, html = await disputed(deal), {"Accept": "text/html"}
    url = f"/orders/{order['id']}"
    await deal.post(deal.fatima, f"{url}/bear", {"amount": 12_345})
    for client in (deal.fatima, deal.khadija):
        assert (await client.get(url)).json()["dispute"]["bears"] == {"amount": 12_345, "currency": "EUR"}
    assert (await deal.claire.get(url)).json()["dispute"]["bears"] is None
    assert "123,45" in (await deal.khadija.get(f"{url}/resolve", headers=html)).text
    assert "123,45" in (await deal.fatima.get(url, headers=html)).text


async def test_a_piece_is_known_by_the_picture_of_the_one_they_talked_about(house: House) -> None:
    piece = await house.product(one_of_a_kind=False)
    photo = await house.photo("fatima", "product")
    await ProductPhoto.create(product=piece, media_id=photo)
    deal = await Deal.begun(house, piece)
    await deal.making()
    [shown] = (await deal.fatima.get("/money")).json()["pieces"]
    assert shown["photo"]["id"] == photo

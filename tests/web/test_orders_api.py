"""Orders over HTTP: from the deposit to the last posting, and everybody who may not."""

from __future__ import annotations

import asyncio
import re
from datetime import date, timedelta
from typing import Any

import pytest

from hub import clock
from tests.deals import Deal, parcels, refused, terms
from tests.house import House


@pytest.fixture
async def deal(house: House) -> Deal:
    return await Deal.begun(house)


async def test_the_whole_story_ends_with_every_share_in_its_account(deal: Deal) -> None:
    order, shipment = await deal.shipped()
    assert (order["stage"], order["money"]["due"]["amount"], shipment["status"]) == ("inspected", 0, "pending")
    courier = await deal.house.client()
    token = shipment["courier_link"].rpartition("/")[2]
    for body in ({"status": "picked_up"}, {"status": "in_transit"}, {"status": "delivered", "name": "Claire"}):
        assert (await courier.post(f"/c/{token}/checkpoints", json=body)).status_code == 200
    assert (await deal.shown(order))["stage"] == "delivered"
    done = await deal.verb(deal.claire, order, "confirm", {})
    assert (done["stage"], done["money"]["escrow"]["amount"], done["awaits"]) == ("completed", 0, {"who": None, "verb": None})
    ledger = await deal.ledger(order)
    assert ledger["balances"] == {
        "external_cash": {"EUR": -95_000}, f"order_escrow/{order['id']}": {"EUR": 0},
        f"artisan_payable/{order['artisan']}": {"EUR": 76_500}, "coop_commission": {"EUR": 13_500}, "shipping_payable": {"EUR": 5_000},
    }
    assert [transfer["kind"] for transfer in ledger["transfers"]] == ["received", "advance", "received", "completed"]
    kinds = [event["kind"] for event in await deal.events()]
    assert kinds == [
        "quote.offered", "quote.accepted", "order.opened", "order.paid", "order.made", "order.inspected", "order.paid",
        "shipment.booked", *["shipment.checkpoint"] * 3, "order.completed",
    ]  # fmt: skip
    assert [step["stage"] for step in done["timeline"] if step["at"]] == [
        "opened", "making", "made", "inspected", "shipped", "delivered", "completed",
    ]


async def test_the_deposit_starts_the_making_and_advances_for_wool(deal: Deal) -> None:
    order = await deal.order()
    assert order["awaits"] == {"who": "buyer", "verb": "pay"} and order["your_turn"]
    first = await deal.pay(order, 20_000, "A1")
    assert (first["stage"], first["money"]["due"]["amount"], first["money"]["paid"]["amount"]) == ("opened", 8_500, 20_000)
    second = await deal.pay(order, 8_500, "A2")
    assert second["stage"] == "making"
    assert second["promised_by"] == (clock.now().date() + timedelta(days=30)).isoformat()
    assert second["money"]["advanced"]["amount"] == 22_950 and second["money"]["escrow"]["amount"] == 5_550
    paid = [event["data"] for event in await deal.events() if event["kind"] == "order.paid"]
    assert paid[0]["due"]["amount"] == 8_500 and paid[1]["advance"]["amount"] == 22_950
    khadija = str((await deal.house.person("khadija")).id)
    assert {event["by"] for event in await deal.events() if event["kind"] == "order.paid"} == {khadija}


async def test_a_reference_counts_once_by_whichever_way_it_came(deal: Deal) -> None:
    order = await deal.making()
    body = {"amount": 100, "currency": "EUR", "reference": " DEPOSIT ", "method": "bank_transfer"}
    error = refused(await deal.khadija.post(f"/orders/{order['id']}/payments", json=body), 409, "reference_used")
    assert error["current"]["money"]["paid"]["amount"] == 28_500
    refused(await deal.khadija.post(f"/orders/{order['id']}/payments", json=body | {"reference": "Deposit"}), 409, "reference_used")
    for method in ("cash", "money_order"):
        refused(await deal.khadija.post(f"/orders/{order['id']}/payments", json=body | {"method": method}), 409, "reference_used")


async def test_the_same_reference_in_one_instant_is_recorded_once(deal: Deal) -> None:
    order = await deal.order()
    body = {"amount": 1_000, "currency": "EUR", "reference": "R", "method": "cash"}
    answers = await asyncio.gather(*(deal.khadija.post(f"/orders/{order['id']}/payments", json=body) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    assert (await deal.shown(order))["money"]["paid"]["amount"] == 1_000


async def test_too_much_is_escrowed_and_goes_back_at_the_end(deal: Deal) -> None:
    order = await deal.inspected()
    order = await deal.pay(order, 70_000, "TOO-MUCH")
    assert (order["money"]["due"]["amount"], order["money"]["over"]["amount"]) == (0, 3_500)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"amount": 0}, "bad_form", "amount"),
        ({"amount": -5}, "bad_form", "amount"),
        ({"amount": 10**13}, "bad_form", "amount"),
        ({"amount": "ten"}, "bad_form", "amount"),
        ({"amount": None}, "bad_form", "amount"),
        ({"currency": "MAD"}, "mixed_currencies", "currency"),
        ({"reference": ""}, "bad_form", "reference"),
        ({"method": "barter"}, "bad_form", "method"),
        ({"method": "İ" * 30}, "bad_form", "method"),
    ],
)
async def test_a_bad_payment_changes_nothing(deal: Deal, change: dict[str, Any], code: str, field: str) -> None:
    order = await deal.order()
    body = {"amount": 100, "currency": "EUR", "reference": "R", "method": "cash"} | change
    assert field in refused(await deal.khadija.post(f"/orders/{order['id']}/payments", json=body), 400, code)["fields"]
    assert (await deal.ledger(order))["transfers"] == []


async def test_a_form_gives_the_amount_in_whole_units(deal: Deal) -> None:
    order = await deal.order()
    form = {"amount_decimal": "285,00", "currency": "EUR", "reference": "R1", "method": "cash"}
    answer = await deal.khadija.post(f"/orders/{order['id']}/payments", data=form)
    assert answer.status_code == 200 and answer.json()["stage"] == "making"


async def test_without_a_deposit_the_making_starts_at_once(deal: Deal) -> None:
    order = await deal.order(deposit_percent=0)
    assert order["stage"] == "making" and order["promised_by"]


async def test_progress_is_shown_to_the_buyer(deal: Deal) -> None:
    order, photo = await deal.making(), await deal.house.photo("fatima", "progress")
    shown = await deal.verb(deal.fatima, order, "progress", {"step": "weaving_50", "media": [photo], "note": "Moitié"})
    assert shown["progress"][0]["photos"][0]["id"] == photo and shown["how_far"] > 50
    assert (await deal.claire.get(f"/media/{photo}/small")).status_code == 200
    refused(await deal.fatima.post(f"/orders/{order['id']}/progress", json={"step": "melting", "note": "x"}), 400, "not_in_this_craft")
    refused(await deal.fatima.post(f"/orders/{order['id']}/progress", json={"step": "dyeing"}), 400, "nothing_to_show")
    stolen = {"step": "dyeing", "media": [await deal.house.photo("claire")]}
    refused(await deal.fatima.post(f"/orders/{order['id']}/progress", json=stolen), 400, "media_missing")


async def test_the_gate_measures_against_the_terms(deal: Deal) -> None:
    order = await deal.made(await deal.making(), width_cm=215)
    url = f"/orders/{order['id']}/inspect"
    assert order["stage"] == "made" and order["awaits"] == {"who": "steward", "verb": "inspect"}
    refused(await deal.khadija.post(url, json={"passed": True}), 400, "size_out_of_tolerance")
    refused(await deal.khadija.post(url, json={"passed": False}), 400, "reason_needed")
    failed = await deal.verb(deal.khadija, order, "inspect", {"passed": False, "reason": "15 cm trop large"})
    assert failed["stage"] == "making" and failed["inspection"]["reason"] == "15 cm trop large"
    again = await deal.made(order, width_cm=205)
    passed = await deal.verb(deal.khadija, again, "inspect", {"passed": "true"})
    assert passed["stage"] == "inspected" and passed["inspection"]["passed"] is True
    refused(await deal.khadija.post(url, json={"passed": True}), 409, "order_moved")


async def test_finished_needs_photo_size_and_weight(deal: Deal) -> None:
    order, photo = await deal.making(), await deal.house.photo("fatima", "finished")
    url = f"/orders/{order['id']}/made"
    refused(await deal.fatima.post(url, json={"width_cm": 200, "length_cm": 300, "weight_g": 1}), 400, "photo_needed")
    refused(await deal.fatima.post(url, json={"media": [photo], "weight_g": 1}), 400, "measure_needed")
    refused(await deal.fatima.post(url, json={"media": [photo], "width_cm": 200, "length_cm": 300}), 400, "weight_needed")


async def several(deal: Deal) -> dict[str, Any]:
    """In the making: a ring without a size, and two rugs."""
    ring = terms(description="Bague", width_cm=None, length_cm=None)["items"]
    rugs = [terms(description=f"Tapis {width}", width_cm=width)["items"][0] for width in (200, 120)]
    quote = await deal.post(deal.fatima, f"/threads/{deal.thread}/quotes", {"terms": terms() | {"items": ring + rugs}})
    order = await deal.shown({"id": (await deal.accept(quote))["order"]})
    return await deal.pay(order, order["money"]["deposit"]["amount"], "D")


async def test_of_several_pieces_each_size_is_asked_for_and_shown(deal: Deal) -> None:
    html, order = {"Accept": "text/html"}, await several(deal)
    page = (await deal.fatima.get(f"/orders/{order['id']}/made", headers=html)).text
    assert re.search(r'name="width_cm"[^>]* value="200"', page) and re.search(r'name="length_cm"[^>]* value="300"', page)
    await deal.made(order, width_cm=121)
    page = (await deal.khadija.get(f"/orders/{order['id']}/inspect", headers=html)).text
    assert all(words in page for words in ("Bague", "Tapis 200", "Tapis 120", "200 cm", "120 cm"))
    gates = re.findall(r'class="(gate-\w+)"', page)
    assert gates == ["gate-bad", "gate-good", "gate-good", "gate-good"]  # width and length of each rug


async def test_a_failed_inspection_moves_neither_the_beginning_nor_an_old_reason(deal: Deal) -> None:
    order = await deal.making()
    begun = order["timeline"]
    await deal.verb(deal.fatima, order, "cancel", {"reason": "Ma main est blessée"})
    await deal.made(order)
    with clock.shifted(timedelta(days=50)):
        failed = await deal.verb(deal.khadija, order, "inspect", {"passed": False, "reason": "Un bord"})
        assert [step for step in failed["timeline"] if step["stage"] == "making"] == [step for step in begun if step["stage"] == "making"]
        ended = await deal.verb(deal.claire, order, "cancel", {})  # late, and alone
    assert (ended["stage"], ended["cancel_reason"]) == ("cancelled", None)


async def test_nobody_inspects_their_own_work(deal: Deal, house: House) -> None:
    order = await deal.made(await deal.making())
    fatima = await house.person("fatima")
    fatima.roles = ["artisan", "steward"]
    await fatima.save()
    refused(await deal.fatima.post(f"/orders/{order['id']}/inspect", json={"passed": True}), 403, "own_work")


async def test_nobody_records_the_money_or_the_arrival_of_their_own_piece(deal: Deal, house: House) -> None:
    order, shipment = await deal.shipped()
    fatima = await house.person("fatima")
    fatima.roles = ["artisan", "steward"]
    await fatima.save()
    money = {"amount": 1, "currency": "EUR", "reference": "OWN", "method": "cash"}
    refused(await deal.fatima.post(f"/orders/{order['id']}/payments", json=money), 403, "not_allowed")
    refused(await deal.fatima.post(f"/shipments/{shipment['id']}/checkpoints", json={"status": "delivered"}), 403, "not_allowed")


async def test_shipping_waits_for_the_balance_and_a_parcel(deal: Deal) -> None:
    order = await deal.inspected()
    url = f"/orders/{order['id']}/shipment"
    error = refused(await deal.khadija.post(url, json=parcels()), 409, "balance_missing")
    assert error["current"]["money"]["due"]["amount"] == 66_500
    await deal.pay(order, 66_500, "BALANCE")
    refused(await deal.khadija.post(url, json=parcels(0)), 400, "parcel_needed")
    assert (await deal.fatima.post(url, json=parcels())).status_code == 201
    refused(await deal.khadija.post(url, json=parcels()), 409, "order_moved")


async def test_a_pause_is_asked_agreed_and_shown(deal: Deal) -> None:
    order, today = await deal.making(), clock.now().date()
    promised, back = date.fromisoformat(order["promised_by"]), (today + timedelta(days=9)).isoformat()
    url, ask = f"/orders/{order['id']}/extend", {"pause_until": back, "reason": "illness"}
    refused(await deal.fatima.post(url, json={"pause_until": back}), 400, "reason_needed")
    error = refused(await deal.fatima.post(url, json=ask | {"pause_from": back}), 400, "bad_date")
    assert list(error["fields"]) == ["pause_until"]
    past = (today - timedelta(days=1)).isoformat()
    assert "pause_from" in refused(await deal.fatima.post(url, json=ask | {"pause_from": past}), 400, "bad_date")["fields"]
    refused(await deal.claire.post(url, json=ask), 403, "not_allowed")
    asked = await deal.verb(deal.fatima, order, "extend", ask | {"pause_from": (today + timedelta(days=2)).isoformat()})
    moved = (promised + timedelta(days=7)).isoformat()
    assert asked["awaits"] == {"who": "buyer", "verb": "extend"} and asked["promised_by"] == promised.isoformat()
    assert (asked["asks"]["until"], asked["asks"]["pause"]["until"], asked["pause"]) == (moved, back, None)
    card = await deal.claire.get(f"/orders/{order['id']}/card", headers={"Accept": "text/html"})
    assert "demande une pause" in card.text and 'name="agree"' in card.text
    own = await deal.fatima.get(f"/orders/{order['id']}/card", headers={"Accept": "text/html"})
    assert 'name="agree"' not in own.text and f"/orders/{order['id']}/pause" in own.text  # she may ask anew, not answer herself
    assert [(await who.get(f"/orders/{order['id']}")).json()["your_turn"] for who in (deal.fatima, deal.claire, deal.khadija)] == [
        False, True, False]
    with clock.shifted(timedelta(days=3)):  # what was shown counts, however late the answer
        agreed = await deal.verb(deal.claire, order, "extend", {"agree": True})
        assert (agreed["promised_by"], agreed["asks"], agreed["pause"]["reason"]) == (moved, None, "illness")
        assert "repose" in (await deal.claire.get(f"/orders/{order['id']}/card", headers={"Accept": "text/html"})).text
        refused(await deal.claire.post(url, json={"agree": True}), 409, "order_moved")
    said = [event["data"] for event in await deal.events() if event["kind"] == "order.extended"]
    assert [one.get("state", "asked") for one in said] == ["asked", "agreed"] and {one["pause_until"] for one in said} == {back}


async def test_a_pause_that_is_not_agreed_moves_nothing_and_more_time_replaces_it(deal: Deal) -> None:
    order = await deal.making()
    ask = {"pause_until": (clock.now().date() + timedelta(days=5)).isoformat(), "reason": "feast"}
    await deal.verb(deal.fatima, order, "extend", ask)
    left = await deal.verb(deal.claire, order, "extend", {"agree": False})
    assert (left["promised_by"], left["asks"], left["pause"]) == (order["promised_by"], None, None)
    await deal.verb(deal.fatima, order, "extend", ask)
    later = (date.fromisoformat(order["promised_by"]) + timedelta(days=3)).isoformat()
    assert (await deal.verb(deal.fatima, order, "extend", {"until": later, "reason": "wool"}))["asks"]["pause"] is None
    agreed = await deal.verb(deal.claire, order, "extend", {"agree": True})
    assert (agreed["promised_by"], agreed["pause"]) == (later, None)
    shown = await deal.claire.get(f"/threads/{deal.thread}", headers={"Accept": "text/html"})
    assert "La pause n’a pas été acceptée" in shown.text


async def test_more_time_is_asked_and_agreed(deal: Deal) -> None:
    order = await deal.making()
    later = (date.fromisoformat(order["promised_by"]) + timedelta(days=10)).isoformat()
    refused(await deal.claire.post(f"/orders/{order['id']}/extend", json={"agree": True}), 409, "order_moved")
    refused(await deal.fatima.post(f"/orders/{order['id']}/extend", json={"until": later}), 400, "reason_needed")
    asked = await deal.verb(deal.fatima, order, "extend", {"until": later, "reason": "illness"})
    assert asked["asks"]["until"] == later and asked["awaits"] == {"who": "buyer", "verb": "extend"}
    refused(await deal.fatima.post(f"/orders/{order['id']}/extend", json={"agree": True}), 403, "not_allowed")
    agreed = await deal.verb(deal.claire, order, "extend", {"agree": True})
    assert (agreed["promised_by"], agreed["asks"]) == (later, None)
    refused(await deal.fatima.post(f"/orders/{order['id']}/extend", json={"until": "2020-01-01", "reason": "x"}), 400, "bad_date")


async def test_before_the_deposit_either_side_cancels(deal: Deal) -> None:
    order = await deal.order()
    await deal.pay(order, 10_000, "PART")
    cancelled = await deal.verb(deal.fatima, order, "cancel", {"reason": "Malade"})
    assert (cancelled["stage"], cancelled["cancel_reason"]) == ("cancelled", "Malade")
    balances = (await deal.ledger(order))["balances"]
    assert balances["refund_in_flight"] == {"EUR": 10_000} and balances[f"order_escrow/{order['id']}"] == {"EUR": 0}


async def test_while_making_both_have_to_agree(deal: Deal) -> None:
    order = await deal.making()
    asked = await deal.verb(deal.claire, order, "cancel", {"reason": "Déménagement"})
    assert (asked["stage"], asked["awaits"]) == ("making", {"who": "artisan", "verb": "cancel"})
    assert (await deal.verb(deal.claire, order, "cancel", {}))["stage"] == "making"
    done = await deal.verb(deal.fatima, order, "cancel", {})
    assert done["stage"] == "cancelled" and done["cancel_reason"] == "Déménagement"
    balances = (await deal.ledger(order))["balances"]
    assert balances["refund_in_flight"] == {"EUR": 28_500} and balances["loss_fund"] == {"EUR": -22_950}
    refused(await deal.claire.post(f"/orders/{order['id']}/cancel", json={}), 409, "order_moved")


async def test_a_steward_cancels_with_a_reason(deal: Deal) -> None:
    order = await deal.making()
    refused(await deal.khadija.post(f"/orders/{order['id']}/cancel", json={}), 400, "reason_needed")
    assert (await deal.verb(deal.khadija, order, "cancel", {"reason": "Incendie"}))["stage"] == "cancelled"


async def test_a_late_piece_may_be_cancelled_by_the_buyer_alone(deal: Deal) -> None:
    order = await deal.making()
    with clock.shifted(timedelta(days=45)):
        assert (await deal.shown(order))["late"] is True
        assert (await deal.verb(deal.claire, order, "cancel", {}))["stage"] == "cancelled"


async def delivered(deal: Deal) -> dict[str, Any]:
    order, shipment = await deal.shipped()
    courier = await deal.house.client()
    await courier.post(f"/c/{shipment['courier_link'].rpartition('/')[2]}/proof", json={"name": "Claire"})
    return await deal.shown(order)


async def test_a_dispute_blocks_the_release_until_it_is_resolved(deal: Deal) -> None:
    order = await delivered(deal)
    refused(await deal.claire.post(f"/orders/{order['id']}/dispute", json={}), 400, "reason_needed")
    disputed = await deal.verb(deal.claire, order, "dispute", {"reason": "Trop petit"})
    assert disputed["disputed"] and disputed["awaits"] == {"who": "steward", "verb": "resolve"}
    refused(await deal.claire.post(f"/orders/{order['id']}/confirm", json={}), 409, "disputed")
    refused(await deal.claire.post(f"/orders/{order['id']}/dispute", json={"reason": "x"}), 409, "disputed")
    refused(await deal.fatima.post(f"/orders/{order['id']}/resolve", json={"outcome": "release"}), 403, "not_allowed")
    for amount in (0, 95_000, 10**6, None):
        body = {"outcome": "partial_refund", "amount": amount, "note": "x"}
        refused(await deal.khadija.post(f"/orders/{order['id']}/resolve", json=body), 400, "bad_amount")
    settled = await deal.verb(deal.khadija, order, "resolve", {"outcome": "partial_refund", "amount": 9_000, "note": "10 %"})
    assert (settled["stage"], settled["disputed"], settled["money"]["paid"]["amount"]) == ("completed", False, 86_000)
    assert (await deal.ledger(order))["balances"] == {
        "external_cash": {"EUR": -95_000}, f"order_escrow/{order['id']}": {"EUR": 0}, "refund_in_flight": {"EUR": 9_000},
        f"artisan_payable/{order['artisan']}": {"EUR": 68_850}, "coop_commission": {"EUR": 12_150}, "shipping_payable": {"EUR": 5_000},
    }
    refused(await deal.khadija.post(f"/orders/{order['id']}/resolve", json={"outcome": "release"}), 409, "not_disputed")


async def test_more_than_the_price_does_not_go_back_in_part_so_that_an_overpaid_order_can_still_end(deal: Deal) -> None:
    order = await deal.inspected()
    await deal.pay(order, 300_000, "TOO-MUCH")  # 328,500 of 95,000
    await deal.verb(deal.claire, order, "dispute", {"reason": "Une tache"})
    body = {"outcome": "partial_refund", "amount": 95_001, "note": "x"}
    refused(await deal.khadija.post(f"/orders/{order['id']}/resolve", json=body), 400, "bad_amount")
    await deal.verb(deal.khadija, order, "resolve", body | {"amount": 95_000})
    shipment = await deal.post(deal.khadija, f"/orders/{order['id']}/shipment", parcels())
    await (await deal.house.client()).post(f"/c/{shipment['courier_link'].rpartition('/')[2]}/proof", json={"name": "Claire"})
    done = await deal.verb(deal.claire, order, "confirm", {})
    assert (done["stage"], done["money"]["escrow"]["amount"], done["money"]["paid"]["amount"]) == ("completed", 0, 0)


async def test_a_refund_on_return_gives_everything_back(deal: Deal) -> None:
    order = await delivered(deal)
    await deal.verb(deal.claire, order, "dispute", {"reason": "Autre tapis"})
    settled = await deal.verb(deal.khadija, order, "resolve", {"outcome": "refund", "note": "Retour"})
    assert settled["stage"] == "cancelled"
    balances = (await deal.ledger(order))["balances"]
    assert balances["refund_in_flight"] == {"EUR": 95_000} and balances["loss_fund"] == {"EUR": -22_950}


async def test_after_completion_a_refund_comes_from_the_loss_fund(deal: Deal) -> None:
    order = await delivered(deal)
    await deal.verb(deal.claire, order, "confirm", {})
    await deal.verb(deal.claire, order, "dispute", {"reason": "Une tache"})
    settled = await deal.verb(deal.khadija, order, "resolve", {"outcome": "partial_refund", "amount_decimal": "50", "note": "x"})
    assert settled["stage"] == "completed"
    assert (await deal.ledger(order))["balances"]["loss_fund"] == {"EUR": -5_000}


async def test_who_may_do_what(deal: Deal, house: House) -> None:
    order = await deal.making()
    url, ellen, ahmed = f"/orders/{order['id']}", await house.client("ellen"), await house.client("ahmed")
    await deal.call("ahmed")
    pay = {"amount": 1, "currency": "EUR", "reference": "R", "method": "cash"}
    bodies: dict[str, dict[str, Any]] = {
        "payments": pay, "progress": {"step": "dyeing", "note": "x"}, "made": {}, "inspect": {"passed": True}, "cancel": {"reason": "x"},
        "confirm": {}, "dispute": {"reason": "x"}, "resolve": {"outcome": "release"}, "extend": {"agree": True}, "shipment": parcels(),
    }
    for verb, body in bodies.items():
        refused(await ellen.post(f"{url}/{verb}", json=body), 404, "not_found")
        refused(await ahmed.post(f"{url}/{verb}", json=body), 403, "not_allowed")
    for verb in ("progress", "made", "inspect", "payments", "resolve", "shipment"):
        refused(await deal.claire.post(f"{url}/{verb}", json=bodies[verb]), 403, "not_allowed")
    refused(await deal.fatima.post(f"{url}/inspect", json=bodies["inspect"]), 403, "own_work")
    for verb in ("payments", "confirm", "dispute", "resolve"):
        refused(await deal.fatima.post(f"{url}/{verb}", json=bodies[verb]), 403, "not_allowed")
    for verb in ("progress", "made", "confirm", "dispute", "extend"):
        refused(await deal.khadija.post(f"{url}/{verb}", json=bodies[verb]), 403, "not_allowed")
    refused(await deal.claire.get(f"/ledger/orders/{order['id']}"), 403, "not_allowed")
    refused(await ellen.get(f"/ledger/orders/{order['id']}"), 404, "not_found")
    refused(await deal.claire.get("/board"), 403, "not_allowed")
    assert (await deal.shown(order))["stage"] == "making"
    assert "record" not in order["may"] and (await deal.fatima.get(url)).json()["may"] == ["progress", "made", "extend", "pause", "cancel"]
    assert (await ahmed.get(url)).json()["may"] == []


async def test_the_board_shows_what_waits(deal: Deal) -> None:
    order = await deal.order()
    board = (await deal.khadija.get("/board")).json()
    assert [one["id"] for one in board["deposit"]] == [order["id"]] and board["inspection"] == []
    order = await deal.made(await deal.pay(order, 28_500, "D"))
    board = (await deal.khadija.get("/board")).json()
    assert [one["id"] for one in board["inspection"]] == [order["id"]] and board["deposit"] == []


async def test_orders_of_one_minute_are_paid_under_references_of_their_own(deal: Deal) -> None:
    orders = [await deal.order(), await deal.order()]
    pages = [(await deal.claire.get(f"/orders/{one['id']}", headers={"Accept": "text/html"})).text for one in orders]
    for one, shown in zip(orders, pages, strict=True):
        reference = one["id"][-8:].upper()
        assert reference in shown and sum(reference in page for page in pages) == 1


async def test_of_endless_payments_the_newest_are_shown_and_all_count(deal: Deal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.views.orders.MOST_PAYMENTS", 2)
    order = await deal.order()
    for number in range(3):
        order = await deal.pay(order, 100, f"P{number}")
    assert ([one["reference"] for one in order["payments"]], order["money"]["paid"]["amount"]) == (["P1", "P2"], 300)


async def test_the_pages_of_an_order_are_drawn(deal: Deal) -> None:
    html, order = {"Accept": "text/html"}, await deal.order()
    url = f"/orders/{order['id']}"

    async def drawn(client: Any, *paths: str) -> None:
        for path in paths:
            answer = await client.get(path if path.startswith(("/threads", "/board")) else url + path, headers=html)
            assert answer.status_code == 200, f"{path}: {answer.text}"

    await drawn(deal.claire, "", "/card", "/cancel", f"/threads/{deal.thread}")
    await drawn(deal.khadija, "", "/pay", "/board")
    order = await deal.pay(order, 28_500, "D")
    await drawn(deal.fatima, "", "/card", "/progress", "/made", "/extend", "/pause", "/cancel")
    await deal.made(order)
    await drawn(deal.khadija, "/inspect")
    await drawn(deal.claire, "", "/dispute")
    await deal.verb(deal.khadija, order, "inspect", {"passed": True})
    await deal.pay(order, 66_500, "B")
    await drawn(deal.khadija, "/ship")
    await deal.verb(deal.claire, order, "dispute", {"reason": "x"})
    await drawn(deal.khadija, "/resolve", "/card")
    refused(await deal.fatima.get(f"{url}/made"), 409, "order_moved")
    refused(await deal.fatima.get(f"{url}/nothing"), 404, "not_found")
    seqs = [event["seq"] for event in await deal.events()]
    for seq in seqs:
        await drawn(deal.claire, f"/threads/{deal.thread}/events/{seq}")


async def test_a_steward_goes_from_the_order_into_its_conversation(deal: Deal, house: House) -> None:
    order = await deal.order()
    shown = await deal.khadija.get(f"/orders/{order['id']}", headers={"Accept": "text/html"})
    assert f'action="/threads/{order["thread"]}/participants"' in shown.text
    khadija = str(house.folk["khadija"].id)
    entered = await deal.khadija.post(f"/threads/{order['thread']}/participants", data={"person": khadija}, headers={"Accept": "text/html"})
    assert (entered.status_code, entered.headers["location"]) == (303, f"/threads/{order['thread']}")
    assert (await deal.khadija.get(f"/threads/{order['thread']}")).status_code == 200
    assert (await deal.events())[-1]["data"]["role"] == "steward"

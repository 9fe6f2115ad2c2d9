"""Quotes over HTTP: every row of the table, both sides, and everybody who may not."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from tortoise import connections

from hub import clock, i18n
from hub.rules.terms import terms_hash
from hub.unit import services
from tests.deals import Deal, refused, terms, wish
from tests.house import House


@pytest.fixture
async def deal(house: House) -> Deal:
    return await Deal.begun(house)


async def test_a_wish_is_answered_by_an_offer_and_accepted(deal: Deal) -> None:
    wished = (await deal.claire.post(f"/threads/{deal.thread}/quote-requests", json=wish())).json()
    assert (wished["status"], wished["awaiting"], wished["version"], wished["terms"]) == ("requested", "artisan", 0, None)
    offered = await deal.offer()
    assert (offered["id"], offered["status"], offered["awaiting"], offered["version"]) == (wished["id"], "open", "buyer", 1)
    assert {name: part["amount"] for name, part in offered["totals"].items()} == {
        "total": 95_000, "artisan": 76_500, "cooperative": 13_500, "shipping": 5_000, "deposit": 28_500, "balance": 66_500,
    }
    accepted = await deal.accept(offered)
    assert (accepted["status"], accepted["awaiting"]) == ("accepted", None)
    order = (await deal.claire.get(f"/orders/{accepted['order']}")).json()
    assert (order["stage"], order["version"], order["quote"]) == ("opened", 1, offered["id"])
    assert order["terms"]["items"][0]["width_cm"] == 200
    kinds = [event["kind"] for event in await deal.events()]
    assert kinds == ["quote.requested", "quote.offered", "quote.accepted", "order.opened"]


async def test_counter_and_revise_make_versions_that_say_what_changed(deal: Deal) -> None:
    first = await deal.offer()
    second = await deal.post(deal.claire, f"/quotes/{first['id']}/counter", {"version": 1, "terms": terms(making_days=20)})
    assert (second["version"], second["awaiting"]) == (2, "artisan")
    third = await deal.post(deal.claire, f"/quotes/{first['id']}/revise", {"version": 2, "terms": terms(making_days=25)})
    assert (third["version"], third["awaiting"]) == (3, "artisan")
    fourth = await deal.post(deal.fatima, f"/quotes/{first['id']}/counter", {"version": 3, "terms": terms(unit_price=99_000)})
    assert [version["side"] for version in fourth["versions"]] == ["artisan", "buyer", "buyer", "artisan"]
    changes = {change["term"]: (change["before"], change["after"]) for change in fourth["versions"][3]["changes"]}
    assert changes["unit_price"] == (90_000, 99_000) and changes["total"] == (95_000, 104_000)
    assert changes["making_days"] == (25, 30)
    assert fourth["versions"][0]["terms_hash"] == first["terms_hash"]


async def test_a_stale_version_gets_the_one_that_stands(deal: Deal) -> None:
    first = await deal.offer()
    await deal.post(deal.fatima, f"/quotes/{first['id']}/revise", {"version": 1, "terms": terms(unit_price=80_000)})
    body = {"version": 1, "terms_hash": first["terms_hash"]}
    error = refused(await deal.claire.post(f"/quotes/{first['id']}/accept", json=body), 409, "stale_version")
    assert (error["current"]["version"], error["current"]["status"]) == (2, "open")
    forged = {"version": 2, "terms_hash": first["terms_hash"]}
    refused(await deal.claire.post(f"/quotes/{first['id']}/accept", json=forged), 409, "stale_version")
    refused(await deal.claire.post(f"/quotes/{first['id']}/counter", json={"version": 1, "terms": terms()}), 409, "stale_version")


async def test_acceptance_names_its_version_and_hash(deal: Deal) -> None:
    quote = await deal.offer()
    error = refused(await deal.claire.post(f"/quotes/{quote['id']}/accept", json={}), 400, "bad_form")
    assert set(error["fields"]) == {"version", "terms_hash"}


async def test_accepting_twice_with_the_same_key_opens_one_order(deal: Deal) -> None:
    quote = await deal.offer()
    body = {"version": 1, "terms_hash": quote["terms_hash"]}
    url, key = f"/quotes/{quote['id']}/accept", {"Idempotency-Key": "yes"}
    answers = await asyncio.gather(*(deal.claire.post(url, json=body, headers=key) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["order"] for answer in answers}) == 1
    error = refused(await deal.claire.post(url, json=body), 409, "quote_moved")
    assert error["current"]["order"] == answers[0].json()["order"]


async def test_of_two_answers_in_one_instant_one_wins(deal: Deal) -> None:
    quote = await deal.offer()
    accept = deal.claire.post(f"/quotes/{quote['id']}/accept", json={"version": 1, "terms_hash": quote["terms_hash"]})
    revise = deal.fatima.post(f"/quotes/{quote['id']}/revise", json={"version": 1, "terms": terms(unit_price=99_999)})
    answers = await asyncio.gather(accept, revise)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert "current" in next(answer for answer in answers if answer.status_code == 409).json()["error"]


async def test_whose_turn_it_is(deal: Deal) -> None:
    quote = await deal.offer()
    url, body = f"/quotes/{quote['id']}", {"version": 1, "terms_hash": quote["terms_hash"], "terms": terms()}
    refused(await deal.fatima.post(f"{url}/accept", json=body), 403, "not_your_turn")
    refused(await deal.fatima.post(f"{url}/decline", json={}), 403, "not_your_turn")
    refused(await deal.fatima.post(f"{url}/counter", json=body), 403, "not_your_turn")
    refused(await deal.claire.post(f"{url}/revise", json=body), 403, "not_allowed")
    refused(await deal.claire.post(f"{url}/withdraw", json={}), 403, "not_allowed")
    refused(await deal.claire.post(f"/threads/{deal.thread}/quotes", json={"terms": terms()}), 403, "not_allowed")
    refused(await deal.fatima.post(f"/threads/{deal.thread}/quote-requests", json=wish()), 403, "not_allowed")


async def test_a_thread_has_one_live_quote(deal: Deal) -> None:
    first = await deal.offer()
    error = refused(await deal.fatima.post(f"/threads/{deal.thread}/quotes", json={"terms": terms()}), 409, "quote_moved")
    assert error["current"]["id"] == first["id"]
    await deal.post(deal.fatima, f"/quotes/{first['id']}/withdraw", {"version": 1})
    assert (await deal.offer())["id"] != first["id"]


async def test_declined_with_a_reason(deal: Deal) -> None:
    quote = await deal.offer()
    declined = await deal.post(deal.claire, f"/quotes/{quote['id']}/decline", {"reason": "Trop cher"})
    assert (declined["status"], declined["reason"], declined["may"]) == ("declined", "Trop cher", [])
    assert (await deal.events())[-1]["data"]["reason"] == "Trop cher"


async def test_the_newest_wish_counts(deal: Deal) -> None:
    older = (await deal.claire.post(f"/threads/{deal.thread}/quote-requests", json=wish())).json()
    newer = (await deal.claire.post(f"/threads/{deal.thread}/quote-requests", json=wish(width_cm=150))).json()
    assert (await deal.fatima.get(f"/quotes/{older['id']}")).json()["may"] == []
    assert (await deal.fatima.get(f"/quotes/{newer['id']}")).json()["may"] == ["offer"]
    assert (await deal.offer())["id"] == newer["id"]


async def test_helpers_and_stewards_see_but_never_answer(deal: Deal, house: House) -> None:
    ahmed, khadija = await house.client("ahmed"), await house.client("khadija")
    quote = await deal.offer()
    refused(await ahmed.get(f"/quotes/{quote['id']}"), 404, "not_found")
    await deal.call("ahmed")
    for helper in (ahmed, khadija):
        seen = await helper.get(f"/quotes/{quote['id']}")
        assert (seen.status_code, seen.json()["may"], seen.json()["mad"]) == (200, [], None)
        body = {"version": 1, "terms_hash": quote["terms_hash"], "terms": terms()}
        for verb in ("accept", "counter", "revise", "decline", "withdraw", "confirm"):
            refused(await helper.post(f"/quotes/{quote['id']}/{verb}", json=body), 403, "not_allowed")


async def test_accepted_with_the_help_of_a_mentor_is_shown(deal: Deal, house: House) -> None:
    quote = await deal.offer()
    body = {"version": 1, "terms_hash": quote["terms_hash"], "helped_by": str((await house.person("ahmed")).id)}
    refused(await deal.claire.post(f"/quotes/{quote['id']}/accept", json=body), 400, "bad_form")
    await deal.call("ahmed")
    accepted = await deal.post(deal.claire, f"/quotes/{quote['id']}/accept", body)
    assert accepted["helped_by"] == body["helped_by"]
    assert next(e for e in await deal.events() if e["kind"] == "quote.accepted")["data"]["helped_by"] == body["helped_by"]


async def test_strangers_find_nothing(deal: Deal, house: House) -> None:
    quote = await deal.offer()
    ellen, nobody = await house.client("ellen"), await house.client()
    refused(await ellen.get(f"/quotes/{quote['id']}"), 404, "not_found")
    refused(await ellen.post(f"/quotes/{quote['id']}/accept", json={"version": 1, "terms_hash": "x"}), 404, "not_found")
    refused(await ellen.post(f"/threads/{deal.thread}/quotes", json={"terms": terms()}), 404, "unknown_thread")
    refused(await nobody.get(f"/quotes/{quote['id']}"), 401, "signed_out")
    refused(await deal.claire.get("/quotes/nothing"), 404, "not_found")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"currency": "XYZ"}, "currency"),
        ({"making_days": 0}, "making_days"),
        ({"deposit_percent": 101}, "deposit_percent"),
        ({"unit_price": "lots"}, "items.0.unit_price"),
        ({"ship_to": {"country": "Atlantis"}}, "ship_to.country"),
        ({"product": "01900000-0000-7000-8000-000000000000"}, "items.0.product"),
    ],
)
async def test_bad_terms_name_their_fields_and_change_nothing(deal: Deal, change: dict[str, Any], field: str) -> None:
    answer = await deal.fatima.post(f"/threads/{deal.thread}/quotes", json={"terms": terms(**change)})
    assert field in refused(answer, 400, "bad_terms")["fields"]
    assert await deal.events() == []


async def test_an_expired_quote_is_expired_whoever_looks(deal: Deal) -> None:
    quote = await deal.offer(valid_until=clock.iso(clock.now() + timedelta(hours=1)))
    with clock.shifted(timedelta(hours=2)):
        assert (await deal.claire.get(f"/quotes/{quote['id']}")).json()["status"] == "expired"
        refused(await deal.claire.post(f"/quotes/{quote['id']}/decline", json={}), 409, "quote_expired")
        last = (await deal.events())[-1]
        assert (last["kind"], last["by"]) == ("quote.expired", None)
        assert (await deal.offer())["status"] == "open"


async def test_a_late_acceptance_waits_for_the_other_side(deal: Deal) -> None:
    quote = await deal.offer(valid_until=clock.iso(clock.now() + timedelta(hours=1)))
    with clock.shifted(timedelta(hours=3)):
        late = await deal.accept(quote)
        assert (late["status"], late["awaiting"], late["order"]) == ("late", "artisan", None)
        refused(await deal.claire.post(f"/quotes/{quote['id']}/confirm"), 403, "not_your_turn")
        confirmed = await deal.post(deal.fatima, f"/quotes/{quote['id']}/confirm", {})
        assert confirmed["status"] == "accepted" and confirmed["order"]


async def test_after_twelve_hours_it_is_too_late(deal: Deal) -> None:
    quote = await deal.offer(valid_until=clock.iso(clock.now() + timedelta(hours=1)))
    with clock.shifted(timedelta(hours=14)):
        body = {"version": 1, "terms_hash": quote["terms_hash"]}
        refused(await deal.claire.post(f"/quotes/{quote['id']}/accept", json=body), 409, "quote_expired")


async def test_a_one_of_a_kind_piece_is_sold_once(house: House) -> None:
    piece = await house.product(one_of_a_kind=True)
    claire, ellen = await Deal.begun(house, piece), await Deal.begun(house, piece, buyer="ellen")
    first, second = await claire.offer(product=str(piece.id)), await ellen.offer(product=str(piece.id))
    sold = await claire.accept(first)
    assert (await claire.claire.get(f"/products/{piece.id}")).json()["available"] is False
    body = {"version": 1, "terms_hash": second["terms_hash"]}
    error = refused(await ellen.claire.post(f"/quotes/{second['id']}/accept", json=body), 409, "piece_taken")
    assert error["current"]["status"] == "open"
    await claire.post(claire.claire, f"/orders/{sold['order']}/cancel", {"reason": "Changé d'avis"})
    assert (await claire.claire.get(f"/products/{piece.id}")).json()["available"] is True
    assert (await ellen.accept(second))["order"]


async def test_the_same_in_another_size_leaves_the_piece_in_the_shop(house: House) -> None:
    piece = await house.product(one_of_a_kind=True)
    deal = await Deal.begun(house, piece)
    await deal.accept(await deal.offer(product=str(piece.id), width_cm=250))
    assert (await deal.claire.get(f"/products/{piece.id}")).json()["available"] is True


async def test_the_artisan_sees_dirhams_at_the_frozen_rate(deal: Deal, house: House) -> None:
    khadija = await house.client("khadija")
    refused(await deal.claire.post("/ledger/rates", json={"currency": "EUR", "rate": "10.5"}), 403, "not_allowed")
    assert (await khadija.post("/ledger/rates", json={"currency": "EUR", "rate": "10.5"})).status_code == 201
    quote = await deal.offer()
    assert quote["mad"] == {"amount": 803_250, "currency": "MAD"}
    await khadija.post("/ledger/rates", json={"currency": "EUR", "rate": "11"})
    assert (await deal.fatima.get(f"/quotes/{quote['id']}")).json()["mad"] == {"amount": 803_250, "currency": "MAD"}
    assert (await deal.claire.get(f"/quotes/{quote['id']}")).json()["mad"] is None


async def test_a_buyer_sees_about_how_much_in_the_currency_they_think_in(deal: Deal, house: House) -> None:
    for currency, rate in (("EUR", "10.8"), ("USD", "9.2")):
        assert (await deal.khadija.post("/ledger/rates", json={"currency": currency, "rate": rate})).status_code == 201
    before = await deal.offer()
    error = refused(await deal.claire.post("/me/currency", json={"currency": "JPY"}), 400, "bad_form")
    assert list(error["fields"]) == ["currency"]
    assert (await deal.claire.post("/me/currency", json={"currency": "usd"})).json() == {"display_currency": "USD"}
    assert (await deal.claire.get("/me")).json()["display_currency"] == "USD"
    old = (await deal.claire.get(f"/quotes/{before['id']}")).json()
    assert old["display"] is None and old["terms"]["display"] is None  # what was written before stays as it was

    quote = await deal.post(deal.fatima, f"/quotes/{before['id']}/revise", {"version": 1, "terms": terms()})
    assert quote["display"] is None and quote["mad"]["currency"] == "MAD"
    assert quote["terms"]["display"] | {"at": ""} == {"currency": "USD", "rate": "1.173913043", "at": ""}
    assert terms_hash(quote["terms"]) == quote["terms_hash"] != terms_hash(quote["terms"] | {"display": None})
    await deal.khadija.post("/ledger/rates", json={"currency": "USD", "rate": "5"})
    await deal.claire.post("/me/currency", json={})
    seen = (await deal.claire.get(f"/quotes/{quote['id']}")).json()
    assert seen["display"] == {"total": {"amount": 111_500, "currency": "USD"}, "deposit": {"amount": 33_500, "currency": "USD"}}
    html = {"Accept": "text/html"}
    card = (await deal.claire.get(f"/quotes/{quote['id']}/card", headers=html)).text
    assert "environ " + i18n.money(seen["display"]["total"], "fr") in card
    assert "environ" not in (await deal.fatima.get(f"/quotes/{quote['id']}/card", headers=html)).text
    order = (await deal.accept(quote))["order"]
    assert (await deal.claire.get(f"/orders/{order}")).json()["display"]["due"] == {"amount": 33_500, "currency": "USD"}
    assert (await deal.fatima.get(f"/orders/{order}")).json()["display"] is None
    assert "environ " + i18n.money(seen["display"]["deposit"], "fr") in (await deal.claire.get(f"/orders/{order}/card", headers=html)).text


async def test_a_version_written_before_there_was_a_display_currency_stays_valid(deal: Deal) -> None:
    quote = await deal.offer()
    older = {name: value for name, value in quote["terms"].items() if name != "display"}
    async with connections.get("default").acquire_connection() as connection:
        await connection.execute("ALTER TABLE quote_version DISABLE TRIGGER quote_version_unchanging")
        await connection.execute(
            "UPDATE quote_version SET terms = $1, terms_hash = $2", json.dumps(older), terms_hash(older)
        )
    seen = (await deal.claire.get(f"/quotes/{quote['id']}")).json()
    assert "display" not in seen["terms"] and seen["display"] is None and seen["terms_hash"] == terms_hash(seen["terms"])
    order = (await deal.accept(seen))["order"]
    for url in (f"/orders/{order}/card", f"/quotes/{quote['id']}/card"):
        assert (await deal.claire.get(url, headers={"Accept": "text/html"})).status_code == 200


async def test_a_rate_that_is_missing_or_mistyped_shows_nothing(deal: Deal) -> None:
    await deal.khadija.post("/ledger/rates", json={"currency": "USD", "rate": "9.2"})
    await deal.claire.post("/me/currency", json={"currency": "USD"})
    quote = await deal.offer()
    assert quote["terms"]["display"] is None  # nobody keeps a rate for euros
    for currency, rate in (("EUR", "999.99"), ("USD", "0.00000001")):
        body = {"currency": currency, "rate": rate, "sure": True}
        assert (await deal.khadija.post("/ledger/rates", json=body)).status_code == 201
    body = {"version": 1, "terms": terms()}
    assert (await deal.post(deal.fatima, f"/quotes/{quote['id']}/revise", body))["terms"]["display"] is None
    in_dirhams = body | {"version": 2, "terms": terms(currency="MAD")}
    await deal.khadija.post("/ledger/rates", json={"currency": "USD", "rate": "10", "sure": True})
    shown = (await deal.post(deal.fatima, f"/quotes/{quote['id']}/revise", in_dirhams))["terms"]["display"]
    assert (shown["currency"], shown["rate"]) == ("USD", "0.1")


async def test_the_maker_proposes_the_prices_in_another_currency(deal: Deal) -> None:
    html = {"Accept": "text/html"}
    quote = await deal.offer()
    page = (await deal.fatima.get(f"/quotes/{quote['id']}/revise", headers=html)).text
    assert 'href="?currency=MAD"' in page and 'href="?currency=USD"' not in page and 'name="currency" value="EUR"' in page
    unpriced = (await deal.fatima.get(f"/quotes/{quote['id']}/revise?currency=MAD", headers=html)).text
    assert re.search(r'name="items.0.unit_price_decimal"[^>]* value=""', unpriced)  # nobody keeps a rate
    await deal.khadija.post("/ledger/rates", json={"currency": "EUR", "rate": "10.853"})
    priced = (await deal.fatima.get(f"/quotes/{quote['id']}/revise?currency=MAD", headers=html)).text
    assert 'name="currency" value="MAD"' in priced
    assert re.search(r'name="items.0.unit_price_decimal"[^>]* value="9768"', priced)
    assert re.search(r'name="shipping_decimal"[^>]* value="543"', priced)
    strange = (await deal.fatima.get(f"/quotes/{quote['id']}/revise?currency=XXX", headers=html)).text
    assert 'name="currency" value="EUR"' in strange
    body = {"version": 1, "terms": terms(currency="MAD", unit_price=976_800, shipping=54_300)}
    revised = await deal.post(deal.fatima, f"/quotes/{quote['id']}/revise", body)
    assert revised["totals"]["total"] == {"amount": 1_031_100, "currency": "MAD"}
    assert "currency" in [change["term"] for change in revised["versions"][1]["changes"]]


async def test_what_is_said_of_a_piece_in_pairs_becomes_its_attributes(deal: Deal) -> None:
    data = {
        "currency": "EUR", "making_days": "20", "deposit_percent": "30", "shipping_decimal": "10", "ship_to.country": "FR",
        "items.0.description": "Bague", "items.0.quantity": "1", "items.0.unit_price_decimal": "80",
        "items.0.facts.0.name": "Pierre (n. 1)", "items.0.facts.0.value": "corail",
        "items.0.facts.1.name": "Poids", "items.0.facts.1.value": "",
        "items.0.facts.2.value": "argent",
    }  # fmt: skip
    path = f"/threads/{deal.thread}/quotes"
    assert set(refused(await deal.fatima.post(path, data=data), 400, "bad_terms")["fields"]) == {"items.0.facts.2.name"}
    answer = await deal.fatima.post(path, data=data | {"items.0.facts.2.name": "Métal"})
    quote = answer.json()
    assert quote["terms"]["items"][0]["attributes"] == {"Pierre (n. 1)": "corail", "Métal": "argent"}
    page = (await deal.fatima.get(f"/quotes/{quote['id']}/revise", headers={"Accept": "text/html"})).text
    assert dict(zip(*(re.findall(rf'facts.\d.{part}" value="(.+?)"', page) for part in ("name", "value")), strict=True)) == {
        "Pierre (n. 1)": "corail", "Métal": "argent",
    }


@asynccontextmanager
async def waiting_for_its_turn() -> AsyncIterator[None]:
    """Every transaction waits, and is let go at the end."""
    turns = services().turns
    free = turns._value
    for _ in range(free):
        await turns.acquire()
    try:
        yield
    finally:
        for _ in range(free):
            turns.release()


async def until_it_waits() -> None:
    for _ in range(200):
        if services().turns._waiters:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nothing waits for its turn")


@pytest.mark.parametrize("verb", ["accept", "counter", "withdraw", "offer"])
async def test_an_answer_that_began_in_time_and_comes_to_its_turn_late_leaves_the_trace_of_a_late_one(deal: Deal, verb: str) -> None:
    quote = await deal.offer(valid_until=clock.iso(clock.now() + timedelta(minutes=30)))
    body = {"version": 1, "terms_hash": quote["terms_hash"], "terms": terms()}
    client = deal.claire if verb in ("accept", "counter") else deal.fatima
    url = f"/threads/{deal.thread}/quotes" if verb == "offer" else f"/quotes/{quote['id']}/{verb}"
    with ExitStack() as later:
        async with waiting_for_its_turn():
            answering = asyncio.create_task(client.post(url, json=body))
            await until_it_waits()  # it has looked at the clock: the quote was open
            later.enter_context(clock.shifted(timedelta(hours=1)))
        answer = await answering
        events = await deal.events()
        if verb in ("accept", "offer"):
            assert answer.status_code in (200, 201), answer.text
        else:
            refused(answer, 409, "quote_expired")
    kinds = ["quote.offered", "quote.expired", *{"accept": ["quote.accepted"], "offer": ["quote.offered"]}.get(verb, [])]
    assert [event["kind"] for event in events] == kinds
    assert (events[1]["by"], events[1]["data"]["status"]) == (None, "expired")
    if verb == "accept":
        assert answer.json()["status"] == "late" and events[2]["data"]["late"] and answer.json()["order"] is None


async def test_a_rate_that_jumps_is_confirmed_and_one_that_can_not_be_is_refused(deal: Deal) -> None:
    async def set_rate(rate: str, **more: Any) -> Any:
        return await deal.khadija.post("/ledger/rates", json={"currency": "EUR", "rate": rate} | more)

    assert (await set_rate("10.8")).status_code == 201
    for rate in ("108", "1.08"):
        assert set(refused(await set_rate(rate), 409, "rate_far")["fields"]) == {"sure"}
        refused(await set_rate(rate, sure="no"), 409, "rate_far")
    for rate in ("0", "-10.8", "1000", "99999999", "ten", "1e2"):
        assert set(refused(await set_rate(rate, sure=True), 400, "bad_rate")["fields"]) == {"rate"}
    refused(await set_rate("10.8", sure="perhaps"), 400, "bad_form")
    assert (await deal.offer(unit_price=100_000))["terms"]["exchange"]["rate"] == "10.8"
    assert (await set_rate("108", sure=True)).status_code == 201
    [kept] = (await deal.khadija.get("/ledger")).json()["rates"]
    assert kept["rate"] == "108"


async def test_the_currencies_are_offered_to_buyers_once_there_is_a_rate(deal: Deal) -> None:
    html = {"Accept": "text/html"}
    assert "/me/currency" not in (await deal.claire.get("/me", headers=html)).text
    await deal.khadija.post("/ledger/rates", json={"currency": "USD", "rate": "9.2"})
    page = (await deal.claire.get("/me", headers=html)).text
    assert 'value="USD"' in page and 'value="MAD"' in page
    assert "/me/currency" not in (await deal.fatima.get("/me", headers=html)).text


@pytest.mark.parametrize(("currency", "typed"), [("JPY", "90000"), ("EUR", "900"), ("TND", "90")])
async def test_the_maker_starts_from_what_stands_in_the_currencys_own_decimals(deal: Deal, currency: str, typed: str) -> None:
    quote = await deal.offer(currency=currency)
    page = (await deal.claire.get(f"/quotes/{quote['id']}/counter", headers={"Accept": "text/html"})).text
    assert re.search(rf'name="items.0.unit_price_decimal"[^>]* value="{typed}"', page)


async def test_a_round_rate_is_frozen_in_plain_digits(deal: Deal) -> None:
    await deal.khadija.post("/ledger/rates", json={"currency": "EUR", "rate": "10"})
    quote = await deal.offer()
    assert (quote["terms"]["exchange"]["rate"], quote["mad"]) == ("10", {"amount": 765_000, "currency": "MAD"})


@pytest.mark.parametrize(("currency", "locale", "written"), [
    ("EUR", "fr", "123,45\xa0€"), ("EUR", "en", "€123.45"), ("MGA", "fr", "123,45\xa0MGA"), ("IQD", "fr", "12,345\xa0IQD"),
    ("TND", "en", "TND12.345"), ("JPY", "fr", "12\u202f345 JPY"), ("MGA", "ar", "\u200f123,45\xa0MGA"),
])  # fmt: skip
def test_money_is_written_with_its_own_minor_unit(currency: str, locale: str, written: str) -> None:
    assert i18n.money({"amount": 12_345, "currency": currency}, locale) == written


async def test_the_maker_knows_the_currencys_decimals(deal: Deal) -> None:
    quote = await deal.offer(currency="MGA")
    page = (await deal.claire.get(f"/quotes/{quote['id']}/counter", headers={"Accept": "text/html"})).text
    assert 'data-currency="MGA" data-decimals="2"' in page


async def test_of_endless_haggling_the_newest_versions_are_shown(deal: Deal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.views.quotes.MOST_VERSIONS", 2)
    quote = await deal.offer()
    for version in (1, 2):
        body = {"version": version, "terms": terms(making_days=30 + version)}
        quote = await deal.post(deal.fatima, f"/quotes/{quote['id']}/revise", body)
    assert [one["version"] for one in quote["versions"]] == [2, 3] and quote["terms"]["making_days"] == 32


async def test_other_terms_say_to_which_version_they_answer(deal: Deal) -> None:
    quote = await deal.offer()
    for client, verb in ((deal.claire, "counter"), (deal.fatima, "revise")):
        error = refused(await client.post(f"/quotes/{quote['id']}/{verb}", json={"terms": terms()}), 400, "bad_form")
        assert error["fields"] == {"version": "missing"} or "version" in error["fields"]
    assert (await deal.claire.post(f"/quotes/{quote['id']}/decline", json={})).status_code == 200  # a no needs none


def typed_in(page: str, name: str) -> str:
    """The value with which a field of the page begins."""
    found = re.search(rf'<input id="{re.escape(name)}"[^>]* value="([^"]*)"', page)
    assert found, name
    return found[1]


async def test_the_makers_pages_ask_what_the_artisans_craft_asks(deal: Deal, house: House) -> None:
    html, fatima = {"Accept": "text/html"}, await house.person("fatima")
    for craft, sized in (("jewellery", False), ("textile", True)):
        fatima.craft = craft
        await fatima.save()
        for client, page in ((deal.fatima, "offer"), (deal.claire, "request")):
            shown = (await client.get(f"/threads/{deal.thread}/{page}", headers=html)).text
            asked = bool(re.search(r'name="(items.0.)?width_cm"', shown))
            assert (asked, 'value="silver"' in shown) == (sized, not sized), (craft, page)
    assert typed_in((await deal.fatima.get(f"/threads/{deal.thread}/offer", headers=html)).text, "items.0.width_cm") == ""
    await deal.claire.post(f"/threads/{deal.thread}/quote-requests", json=wish(width_cm=140))
    assert typed_in((await deal.fatima.get(f"/threads/{deal.thread}/offer", headers=html)).text, "items.0.width_cm") == "140"


@pytest.mark.parametrize("given", [
    {"width_cm": None, "length_cm": None, "quantity": 1_000, "deposit_percent": 33, "making_days": 730},
    {"width_cm": 5_000, "length_cm": 4_999, "quantity": 1, "deposit_percent": 0, "unit_price": 2_500_000_000},
])  # fmt: skip
async def test_a_countered_quote_begins_as_it_stands(deal: Deal, given: dict[str, Any]) -> None:
    quote = await deal.offer(**given)
    page = (await deal.claire.get(f"/quotes/{quote['id']}/counter", headers={"Accept": "text/html"})).text
    for name, value in given.items():
        own = {"unit_price": "items.0.unit_price_decimal", "deposit_percent": name, "making_days": name}
        field = own.get(name, f"items.0.{name}")
        tag = re.search(rf'<input id="{re.escape(field)}"[^>]*>', page)
        assert tag, field
        limit, step = (re.search(rf' {of}="(\w+)"', tag[0]) for of in ("max", "step"))
        wanted = value // 100 if name == "unit_price" else value
        assert typed_in(page, field) == ("" if value is None else str(wanted))
        assert value is None or limit is None or wanted <= int(limit[1])
        assert step and (step[1] == "any" or not (value or 0) % int(step[1]))


async def test_a_form_writes_prices_as_people_do(deal: Deal) -> None:
    form = {
        "items.0.description": "Tapis", "items.0.quantity": "1", "items.0.unit_price_decimal": "1 250,50", "items.0.colours": "indigo",
        "shipping_decimal": "60", "currency": "EUR", "making_days": "30", "deposit_percent": "30", "ship_to.country": "FR",
        "valid_until": (clock.now() + timedelta(days=1)).date().isoformat(),
    }
    answer = await deal.fatima.post(f"/threads/{deal.thread}/quotes", data=form)
    assert answer.status_code == 201, answer.text
    quote = answer.json()
    assert quote["totals"]["total"] == {"amount": 131_050, "currency": "EUR"}
    assert quote["terms"]["valid_until"].endswith("T23:59:59Z")
    bad = await deal.fatima.post(f"/quotes/{quote['id']}/revise", data=form | {"version": "1", "shipping_decimal": "six"})
    assert refused(bad, 400, "bad_terms")["fields"] == {"shipping": "not_whole"}


async def test_the_pages_of_a_quote_are_drawn(deal: Deal, house: House) -> None:
    await deal.claire.post(f"/threads/{deal.thread}/quote-requests", json=wish())
    html = {"Accept": "text/html"}
    assert (await deal.claire.get(f"/threads/{deal.thread}/request", headers=html)).status_code == 200
    assert (await deal.fatima.get(f"/threads/{deal.thread}/offer", headers=html)).status_code == 200
    quote = await deal.offer()
    for client, path in (
        (deal.claire, ""), (deal.claire, "/card?version=1"), (deal.fatima, ""), (deal.claire, "/counter"), (deal.fatima, "/revise"),
    ):
        answer = await client.get(f"/quotes/{quote['id']}{path}", headers=html)
        assert answer.status_code == 200, answer.text
    assert (await deal.fatima.get(f"/quotes/{quote['id']}/counter", headers=html)).status_code == 409
    second = await deal.post(deal.claire, f"/quotes/{quote['id']}/counter", {"version": 1, "terms": terms(note="Avant mai")})
    assert (await deal.fatima.get(f"/quotes/{second['id']}", headers=html)).status_code == 200


@pytest.mark.parametrize("last", [True, False])
async def test_a_piece_sold_beside_another_one_like_it_is_held(house: House, last: bool) -> None:
    piece = await house.product(one_of_a_kind=True)
    deal = await Deal.begun(house, piece)
    itself = terms(product=str(piece.id))["items"]
    another = terms(product=str(piece.id), width_cm=100, length_cm=150)["items"]
    body = {"terms": terms() | {"items": another + itself if last else itself + another}}
    await deal.accept(await deal.post(deal.fatima, f"/threads/{deal.thread}/quotes", body))
    assert (await deal.claire.get(f"/products/{piece.id}")).json()["available"] is False

"""Buyers who pay by card: the checkout, what the provider tells, and money that goes back by the way it came."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from hub import config as settings
from hub.actions import providers, refunds
from hub.actions.providers import Bill
from hub.actions.providers.card import Stripe
from hub.config import Config
from hub.errors import Refusal
from hub.unit import Actor
from models.ledger import Payment, ProviderEvent, Refund, Transfer
from tests.deals import Deal, refused
from tests.house import House
from tests.providers import KEY, SECRET, Peer, paying_house, peer, refunded, succeeded, tell
from workers import ledger as jobs

CLOCK = Actor(scope="clock")


@pytest.fixture(scope="session")
async def stripe() -> AsyncIterator[Peer]:
    async with peer() as found:
        yield found


@pytest.fixture
async def house(database: Config, stripe: Peer) -> AsyncIterator[House]:
    async with paying_house(database, stripe) as found:
        yield found


@pytest.fixture
async def deal(house: House) -> Deal:
    return await Deal.begun(house)


async def until_paid(deal: Deal, order: dict[str, Any], amount: int) -> dict[str, Any]:
    for _ in range(200):
        shown = await deal.shown(order)
        if shown["money"]["paid"]["amount"] == amount:
            return await deal.shown(order)  # once more: an order and its money are two reads, and it arrived between them
        await asyncio.sleep(0.05)
    raise AssertionError(f"{shown['money']['paid']} arrived")


async def check_out(deal: Deal, order: dict[str, Any]) -> dict[str, Any]:
    return await deal.post(deal.claire, f"/orders/{order['id']}/checkout", {})


# The checkout


async def test_a_buyer_pays_the_deposit_and_then_the_balance_by_card(deal: Deal, stripe: Peer) -> None:
    order = await deal.order()
    first = await check_out(deal, order)
    assert first["money"] == {"amount": 28_500, "currency": "EUR"} and first["url"].startswith("https://checkout.stripe.com/")
    assert (await deal.shown(order))["stage"] == "opened"  # the page is open, nothing is paid
    payment = await stripe.pays(first["url"])
    making = await until_paid(deal, order, 28_500)
    assert (making["stage"], making["money"]["advanced"]["amount"]) == ("making", 22_950)
    second = await check_out(deal, order)
    assert second["money"]["amount"] == 66_500
    await stripe.pays(second["url"])
    assert (await until_paid(deal, order, 95_000))["money"]["due"]["amount"] == 0
    paid = [event for event in await deal.events() if event["kind"] == "order.paid"]
    assert [event["by"] for event in paid] == [None, None]
    row = await Payment.get(reference=payment)
    event = await ProviderEvent.get(reference=payment)
    assert (row.method, event.verdict) == ("stripe", "posted")
    assert (await Transfer.get(id=row.transfer_id)).key == f"payment/stripe/{event.event}"
    refused(await deal.claire.post(f"/orders/{order['id']}/checkout"), 409, "nothing_due")


async def test_two_taps_open_one_page(deal: Deal) -> None:
    order = await deal.order()
    pages = await asyncio.gather(*(check_out(deal, order) for _ in range(3)))
    assert len({page["url"] for page in pages}) == 1


async def test_a_buyer_who_changes_the_language_gets_a_page_in_it(deal: Deal) -> None:
    order = await deal.order()
    first = await check_out(deal, order)
    claire = await deal.house.person("claire")
    claire.locale = "en"
    await claire.save()
    assert (await check_out(deal, order))["url"] != first["url"]


async def test_a_browser_is_led_to_the_page(deal: Deal) -> None:
    order = await deal.order()
    answer = await deal.claire.post(f"/orders/{order['id']}/checkout", headers={"Accept": "text/html"})
    assert answer.status_code == 303 and answer.headers["location"].startswith("https://checkout.stripe.com/")
    page = await deal.claire.get(f"/orders/{order['id']}", headers={"Accept": "text/html"})
    assert "form-action 'self' https://checkout.stripe.com;" in page.headers["content-security-policy"]
    assert f'action="/orders/{order["id"]}/checkout"' in page.text


async def test_only_the_buyer_is_shown_the_way_to_pay(deal: Deal) -> None:
    order = await deal.order()
    for other in (deal.fatima, deal.khadija):
        refused(await other.post(f"/orders/{order['id']}/checkout"), 403, "not_allowed")
    refused(await (await deal.house.client("ellen")).post(f"/orders/{order['id']}/checkout"), 404, "not_found")
    refused(await (await deal.house.client()).post(f"/orders/{order['id']}/checkout"), 401, "signed_out")
    await deal.verb(deal.claire, order, "cancel", {"reason": "other"})
    refused(await deal.claire.post(f"/orders/{order['id']}/checkout"), 409, "nothing_due")


async def test_without_a_provider_there_is_no_checkout_and_no_hook(deal: Deal) -> None:
    order = await deal.order()
    settings.use(replace(deal.house.config, stripe_key=""))
    refused(await deal.claire.post(f"/orders/{order['id']}/checkout"), 400, "no_checkout")
    refused(await tell(deal.house, succeeded(order["id"], 28_500)), 404, "not_found")
    settings.use(replace(deal.house.config, stripe_secret=""))
    refused(await tell(deal.house, succeeded(order["id"], 28_500)), 404, "not_found")


async def test_a_provider_that_does_not_answer_is_said_so(deal: Deal, stripe: Peer) -> None:
    order = await deal.order()
    await stripe.fails(500)
    refused(await deal.claire.post(f"/orders/{order['id']}/checkout"), 503, "unavailable")
    await stripe.fails(400)  # and one that will not
    with pytest.raises(Refusal) as no:
        await providers.named("stripe").check_out(Bill("x", "x", 1, "EUR", "ar", "http://127.0.0.1/", str(uuid.uuid4())))
    assert no.value.code in ("no_checkout", "unavailable")


async def test_a_currency_whose_minor_unit_is_another_there_is_not_charged() -> None:
    with pytest.raises(Refusal) as no:
        await Stripe(KEY, SECRET, "http://127.0.0.1:9").check_out(Bill("x", "x", 1, "UGX", "fr", "http://127.0.0.1/", "k"))
    assert no.value.code == "no_checkout"


# What the provider tells


async def test_an_event_counts_once_however_often_and_how_fast_it_comes(deal: Deal) -> None:
    order = await deal.order()
    event = succeeded(order["id"], 28_500)
    answers = await asyncio.gather(*(tell(deal.house, event) for _ in range(6)))
    assert sorted(answer.json()["verdict"] for answer in answers) == ["posted"] + ["replayed"] * 5
    again = event | {"id": "evt_another"}  # another event of the same payment
    assert (await tell(deal.house, again)).json() == {"posted": False, "verdict": "known"}
    assert (await deal.shown(order))["money"]["paid"]["amount"] == 28_500


@pytest.mark.parametrize("how", ["secret", "old", "future", "bytes", "missing", "not_text"])
async def test_what_is_not_signed_rightly_and_freshly_is_refused(deal: Deal, how: str) -> None:
    order = await deal.order()
    event, now = succeeded(order["id"], 28_500), int(time.time())
    if how == "secret":
        answer = await tell(deal.house, event, secret="whsec_other")
    elif how == "old":
        answer = await tell(deal.house, event, at=now - 400)
    elif how == "not_text":
        answer = await tell(deal.house, b"\xff\xfe")
    elif how == "future":
        answer = await tell(deal.house, event, at=now + 400)
    else:
        client = await deal.house.client()
        headers = {"Stripe-Signature": f"t={now},v1={'0' * 64}"} if how == "bytes" else {}
        answer = await client.post("/hooks/payments/stripe", json=event, headers=headers)
    refused(answer, 401, "bad_signature")
    assert (await deal.shown(order))["money"]["paid"]["amount"] == 0 and not await ProviderEvent.all().count()


async def test_signed_nonsense_is_a_bad_request(deal: Deal) -> None:
    for raw in (b"", b"[]", b'{"id": 1}', b'{"id": "e", "type": "payment_intent.succeeded", "data": {"object": {}}}'):
        refused(await tell(deal.house, raw), 400, "bad_request")


async def test_other_events_and_other_providers_are_heard_or_unknown(deal: Deal) -> None:
    assert (await tell(deal.house, {"id": "e1", "type": "charge.succeeded", "data": {}})).json() == {"posted": False}
    assert (await tell(deal.house, refunded(str(uuid.uuid4()), "succeeded"))).json() == {"posted": False}
    assert (await tell(deal.house, refunded("nobody's", "succeeded"))).json() == {"posted": False}
    for name in ("manual", "paypal"):
        refused(await tell(deal.house, succeeded(None, 1), name=name), 404, "not_found")


@pytest.mark.parametrize(
    ("named", "amount", "currency", "verdict"),
    [("nobody", 100, "eur", "unknown_order"), (None, 100, "eur", "unknown_order"),
     ("00000000-0000-4000-8000-000000000000", 100, "eur", "unknown_order"),
     ("order", 28_500, "usd", "other_currency"), ("order", 0, "eur", "bad_amount"), ("order", 10**13, "eur", "bad_amount"),
     ("order", 10**30, "eur", "bad_amount")],
)  # fmt: skip
async def test_money_that_fits_no_order_waits_for_a_steward(
    deal: Deal, named: str | None, amount: int, currency: str, verdict: str
) -> None:
    order = await deal.order()
    answer = await tell(deal.house, succeeded(order["id"] if named == "order" else named, amount, currency))
    assert answer.json() == {"posted": False, "verdict": verdict}
    assert (await deal.shown(order))["money"]["paid"]["amount"] == 0
    [waiting] = (await deal.khadija.get("/ledger")).json()["unsettled"]
    assert (waiting["verdict"], waiting["currency"]) == (verdict, currency.upper())
    path = f"/ledger/events/{waiting['id']}/settle"
    refused(await deal.fatima.post(path, json={"note": "x"}), 403, "not_allowed")
    refused(await deal.khadija.post(path, json={}), 400, "bad_form")
    refused(await deal.khadija.post(f"/ledger/events/{uuid.uuid4()}/settle", json={"note": "x"}), 404, "not_found")
    for _ in range(2):
        assert (await deal.khadija.post(path, json={"note": "given back at Stripe"})).json()["settled"]
    assert (await deal.khadija.get("/ledger")).json()["unsettled"] == []


async def test_too_little_keeps_waiting_and_too_much_is_escrowed_and_shown(deal: Deal) -> None:
    order = await deal.order()
    await tell(deal.house, succeeded(order["id"], 20_000))
    shown = await deal.shown(order)
    assert (shown["stage"], shown["money"]["due"]["amount"]) == ("opened", 8_500)
    [under] = (await deal.khadija.get("/ledger")).json()["under"]
    assert (under["order"], under["missing"]["amount"]) == (order["id"], 8_500)
    await tell(deal.house, succeeded(order["id"], 80_000))
    shown = await deal.shown(order)
    assert (shown["stage"], shown["money"]["over"]["amount"]) == ("making", 5_000)
    books = (await deal.khadija.get("/ledger")).json()
    assert [one["over"]["amount"] for one in books["over"]] == [5_000] and books["under"] == []


async def test_money_that_comes_after_the_end_goes_straight_back(deal: Deal, stripe: Peer) -> None:
    order = await deal.order()
    page = await check_out(deal, order)
    await deal.verb(deal.claire, order, "cancel", {"reason": "other"})
    payment = await stripe.pays(page["url"])
    for _ in range(200):
        if await Refund.exists(order_id=order["id"]):
            break
        await asyncio.sleep(0.05)
    assert (await ProviderEvent.get(reference=payment)).verdict == "returned"
    assert await jobs.give_all_back({}) == 1
    [back] = await stripe.refunds(payment)
    assert back["amount"] == 28_500
    balances = (await deal.ledger(order))["balances"]
    assert balances == {"external_cash": {"EUR": 0}, f"order_escrow/{order['id']}": {"EUR": 0}, "refund_in_flight": {"EUR": 0}}


async def test_a_steward_does_not_write_down_what_only_the_provider_tells(deal: Deal) -> None:
    order = await deal.order()
    body = {"amount": 100, "currency": "EUR", "reference": "pi_made_up", "method": "stripe"}
    assert "method" in refused(await deal.khadija.post(f"/orders/{order['id']}/payments", json=body), 400, "bad_form")["fields"]


# Money that goes back


async def paid_by_card(deal: Deal, stripe: Peer) -> tuple[dict[str, Any], str]:
    order = await deal.order()
    payment = await stripe.pays((await check_out(deal, order))["url"])
    return await until_paid(deal, order, 28_500), payment


async def cancelled(deal: Deal, order: dict[str, Any]) -> Refund:
    await deal.verb(deal.khadija, order, "cancel", {"reason": "illness"})
    return await Refund.get(order_id=order["id"])


async def test_a_refund_goes_back_by_the_way_it_came_once(deal: Deal, stripe: Peer) -> None:
    order, payment = await paid_by_card(deal, stripe)
    row = await cancelled(deal, order)
    assert (row.provider, row.state, row.amount) == ("stripe", "waiting", 28_500)
    assert [one["id"] for one in (await deal.khadija.get("/ledger")).json()["refunds"]] == [str(row.id)]
    refused(await deal.khadija.post(f"/ledger/refunds/{row.id}/confirm", json={"reference": "S"}), 409, "refund_ended")
    await asyncio.gather(*(refunds.give_back(CLOCK, row.id) for _ in range(3)))
    await jobs.give_back({}, refund=str(row.id))
    assert len(await stripe.refunds(payment)) == 1
    row = await Refund.get(id=row.id)
    assert row.state == "confirmed" and row.reference.startswith("re_")
    assert (await deal.ledger(order))["balances"]["refund_in_flight"] == {"EUR": 0}
    assert (await deal.khadija.get("/ledger")).json()["refunds"] == []


async def test_a_provider_that_is_down_is_asked_again(deal: Deal, stripe: Peer) -> None:
    order, payment = await paid_by_card(deal, stripe)
    row = await cancelled(deal, order)
    await stripe.fails(503)
    with pytest.raises(Refusal) as no:
        await refunds.give_back(CLOCK, row.id)
    assert no.value.retry and (await Refund.get(id=row.id)).state == "waiting"
    assert await jobs.give_all_back({}) == 1
    assert len(await stripe.refunds(payment)) == 1


async def test_a_refund_waits_while_the_house_has_no_key(deal: Deal, stripe: Peer) -> None:
    order, _ = await paid_by_card(deal, stripe)
    row = await cancelled(deal, order)
    settings.use(replace(deal.house.config, stripe_key=""))
    assert await refunds.give_back(CLOCK, row.id) == {"asked": False}
    assert await refunds.give_back(CLOCK, uuid.uuid4()) == {"asked": False}


@pytest.mark.parametrize("asked", [False, True])
async def test_a_refund_whose_provider_is_gone_is_given_back_by_hand(deal: Deal, stripe: Peer, asked: bool) -> None:
    order, payment = await paid_by_card(deal, stripe)
    row = await cancelled(deal, order)
    if asked:  # the provider had taken it on, and will never be heard again
        await tell(deal.house, refunded(str(row.id), "pending"))
    path = f"/ledger/refunds/{row.id}/confirm"
    refused(await deal.khadija.post(path, json={"reference": "B 1"}), 409, "refund_ended")
    settings.use(replace(deal.house.config, stripe_key=""))
    [waiting] = (await deal.khadija.get("/ledger")).json()["refunds"]
    assert (waiting["gone"], waiting["by_hand"]) == (True, True)
    page = await deal.khadija.get("/ledger", headers={"Accept": "text/html"})
    assert path in page.text and "n’est plus reliée" in page.text
    for _ in range(2):
        assert (await deal.post(deal.khadija, path, {"reference": "B 1"}))["state"] == "confirmed"
    settings.use(deal.house.config)  # the key is there again: it is not asked a second time
    assert await jobs.give_all_back({}) == 0 and await stripe.refunds(payment) == []
    await tell(deal.house, refunded(str(row.id), "failed"))
    assert (await deal.ledger(order))["balances"]["refund_in_flight"] == {"EUR": 0}


async def test_what_the_provider_refuses_is_given_back_by_hand(deal: Deal) -> None:
    order = await deal.order()
    await tell(deal.house, succeeded(order["id"], 28_500))  # a payment that our Stripe has never heard of
    row = await cancelled(deal, order)
    await refunds.give_back(CLOCK, row.id)
    [waiting] = (await deal.khadija.get("/ledger")).json()["refunds"]
    assert waiting["state"] == "failed" and waiting["reason"]
    path = f"/ledger/refunds/{row.id}/confirm"
    refused(await deal.claire.post(path, json={"reference": "B1"}), 403, "not_allowed")
    refused(await deal.khadija.post(path, json={}), 400, "bad_form")
    for _ in range(2):
        assert (await deal.khadija.post(path, json={"reference": "B1"})).json()["state"] == "confirmed"
    refused(await deal.khadija.post(path, json={"reference": "B2"}), 409, "refund_ended")
    refused(await deal.khadija.post(f"/ledger/refunds/{uuid.uuid4()}/confirm", json={"reference": "B1"}), 404, "not_found")
    assert (await deal.ledger(order))["balances"]["refund_in_flight"] == {"EUR": 0}


async def test_a_refund_s_events_may_come_late_twice_and_contradict(deal: Deal) -> None:
    order = await deal.order()
    await tell(deal.house, succeeded(order["id"], 28_500))
    row = await cancelled(deal, order)

    async def after(status: str, kind: str = "refund.updated") -> tuple[str, int]:
        await tell(deal.house, refunded(str(row.id), status, kind))
        balances = (await deal.ledger(order))["balances"]
        return (await Refund.get(id=row.id)).state, balances["refund_in_flight"]["EUR"]

    assert await after("pending") == ("asked", 28_500)
    assert await after("succeeded") == ("confirmed", 0)
    assert await after("succeeded") == ("confirmed", 0)
    assert await after("pending") == ("confirmed", 0)
    assert await after("failed", "refund.failed") == ("failed", 28_500)  # the buyer's bank sent it back
    assert await after("succeeded") == ("failed", 28_500)  # a steward has taken over
    kinds = [transfer["kind"] for transfer in (await deal.ledger(order))["transfers"]]
    assert kinds[-2:] == ["refund_confirmed", "reversal"]
    assert (await deal.shown(order))["money"]["paid"]["amount"] == 0
    await deal.post(deal.khadija, f"/ledger/refunds/{row.id}/confirm", {"reference": "BY HAND"})
    for late in (("succeeded", "refund.updated"), ("failed", "refund.failed")):
        assert await after(*late) == ("confirmed", 0)
    assert (await Refund.get(id=row.id)).reference == "BY HAND"


async def test_a_full_refund_of_several_payments_goes_back_along_each(deal: Deal, stripe: Peer) -> None:
    order, _ = await paid_by_card(deal, stripe)
    await deal.pay(order, 1_500, "CASH-1")
    await deal.verb(deal.khadija, order, "cancel", {"reason": "illness"})
    rows = await Refund.filter(order_id=order["id"]).order_by("amount")
    assert [(row.provider, row.amount) for row in rows] == [("manual", 1_500), ("stripe", 28_500)]
    answer = await deal.khadija.post(f"/ledger/refunds/{rows[0].id}/confirm", json={"reference": "SLIP 7"})
    assert answer.json()["state"] == "confirmed"
    assert (await deal.ledger(order))["balances"]["refund_in_flight"] == {"EUR": 28_500}

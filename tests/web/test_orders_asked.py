"""What one side of an order asked and the other has to answer: more time, or to cancel; and what it says of the money."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from hub import clock
from tests.deals import Deal, refused
from tests.house import House


@pytest.fixture
async def deal(house: House) -> Deal:
    return await Deal.begun(house)


async def words(client: httpx.AsyncClient, path: str) -> str:
    """What stands on a page, without its tags."""
    page = await client.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 200, page.text
    return " ".join(re.sub(r"<[^>]+>", " ", page.text.partition("<main")[2]).replace("\xa0", " ").split())


async def test_an_answer_counts_for_the_day_that_was_seen(deal: Deal) -> None:
    order, today = await deal.making(), clock.now().date()
    seen, later = (today + timedelta(days=days) for days in (40, 60))
    for day in (seen, later):
        await deal.verb(deal.fatima, order, "extend", {"until": day.isoformat(), "reason": "illness"})
    url, body = f"/orders/{order['id']}/extend", {"agree": True, "until": seen.isoformat()}
    error = refused(await deal.claire.post(url, json=body), 409, "order_moved")
    assert error["current"]["asks"]["until"] == later.isoformat() and error["current"]["promised_by"] == order["promised_by"]
    assert f'name="until" value="{later}"' in (await deal.claire.get(f"/orders/{order['id']}/card", headers={"Accept": "text/html"})).text
    assert (await deal.verb(deal.claire, order, "extend", body | {"until": later.isoformat()}))["promised_by"] == later.isoformat()


@pytest.mark.parametrize("asked", ["extend", "cancel"])
async def test_a_question_nobody_answers_does_not_stop_the_work(deal: Deal, asked: str) -> None:
    order = await deal.making()
    until = (clock.now() + timedelta(days=50)).date().isoformat()
    await deal.verb(deal.fatima, order, asked, {"until": until, "reason": "illness"})
    card = (await deal.fatima.get(f"/orders/{order['id']}/card", headers={"Accept": "text/html"})).text
    for page in ("progress", "made"):
        assert card.count(f'href="/orders/{order["id"]}/{page}"') == 1


@pytest.mark.parametrize("who", ["claire", "fatima"])
async def test_whoever_was_asked_to_cancel_may_say_no_and_whoever_asked_may_think_again(deal: Deal, who: str) -> None:
    order = await deal.making()
    await deal.verb(deal.claire, order, "cancel", {"reason": "Déménagement"})
    for other in ("claire", "fatima"):
        card = await getattr(deal, other).get(f"/orders/{order['id']}/card", headers={"Accept": "text/html"})
        assert '"agree" value="false"' in card.text
    kept = await deal.verb(getattr(deal, who), order, "cancel", {"agree": False})
    assert (kept["stage"], kept["asks"], kept["awaits"]["verb"]) == ("making", None, "made")
    assert (await deal.events())[-1]["data"]["state"] == "kept"
    refused(await deal.fatima.post(f"/orders/{order['id']}/cancel", json={"agree": False}), 409, "order_moved")
    refused(await deal.khadija.post(f"/orders/{order['id']}/cancel", json={"agree": False}), 403, "not_allowed")
    assert (await deal.verb(deal.fatima, order, "cancel", {}))["stage"] == "making"  # asks anew: nothing is remembered


async def test_the_page_says_what_cancelling_does_before_it_is_done(deal: Deal) -> None:
    order = await deal.order()
    page = f"/orders/{order['id']}/cancel"
    assert "Rien n’a été payé" in await words(deal.claire, page)
    await deal.pay(order, order["money"]["deposit"]["amount"], "D")
    for client in (deal.claire, deal.fatima):
        shown = await words(client, page)
        assert "285 € sont rendus" in shown and "Demander d’annuler" in shown and "on demande d’abord à l’autre côté" in shown
    assert "L’avance de 229,50 € reste à vous" in await words(deal.fatima, page)
    assert "s’arrête tout de suite" in await words(deal.khadija, page)
    await deal.verb(deal.claire, order, "cancel", {"reason": "Déménagement"})
    with clock.shifted(timedelta(days=45)):  # she need not wait for an answer any more
        assert "cancel" in (await deal.shown(order))["may"]
        assert "s’arrête tout de suite" in await words(deal.claire, page)
        done = await deal.verb(deal.claire, order, "cancel", {})
    assert done["stage"] == "cancelled" and done["money"]["refunded"]["amount"] == 28_500


async def test_nothing_is_still_to_be_paid_once_it_was_given_back(deal: Deal) -> None:
    order = await deal.making()
    assert order["money"]["left"]["amount"] == 66_500
    await deal.verb(deal.khadija, order, "cancel", {"reason": "Incendie"})
    shown = (await deal.shown(order))["money"]
    assert (shown["paid"]["amount"], shown["left"]["amount"], shown["refunded"]["amount"]) == (0, 0, 28_500)
    page = await words(deal.claire, f"/orders/{order['id']}")
    assert "Reste à payer 0 €" in page and "Revient à l’acheteur 285 €" in page


async def test_what_a_dispute_gave_back_is_not_asked_for_again(deal: Deal) -> None:
    order = await deal.inspected()
    await deal.pay(order, 66_500, "B")
    await deal.verb(deal.claire, order, "dispute", {"reason": "Une tache"})
    settled = await deal.verb(deal.khadija, order, "resolve", {"outcome": "partial_refund", "amount": 10_000, "note": "Rabais"})
    assert (settled["money"]["left"]["amount"], settled["money"]["due"]["amount"], settled["money"]["paid"]["amount"]) == (0, 0, 85_000)

"""Quotes where HTTP is not enough: the clock, and many hands in one instant."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from hub import clock
from hub.actions import quotes
from models.orders import Order
from models.quotes import Quote
from tests.deals import Deal, terms
from tests.house import House
from workers.quotes import expire_quotes


async def test_the_clock_expires_what_is_due_and_only_that(house: House) -> None:
    deal, other = await Deal.begun(house), await Deal.begun(house, buyer="ellen")
    soon = await deal.offer(valid_until=clock.iso(clock.now() + timedelta(hours=1)))
    later = await other.offer()
    assert await expire_quotes({}) == 0
    with clock.shifted(timedelta(hours=1)):
        assert await expire_quotes({}) == 1
        assert await expire_quotes({}) == 0
    assert (await Quote.get(id=soon["id"])).status == "expired"
    assert (await Quote.get(id=later["id"])).status == "open"
    assert [event["kind"] for event in await deal.events()] == ["quote.offered", "quote.expired"]


async def test_a_week_without_a_worker_lengthens_nothing(house: House) -> None:
    deal = await Deal.begun(house)
    quote = await deal.offer(valid_until=clock.iso(clock.now() + timedelta(hours=1)))
    with clock.shifted(timedelta(days=7)):
        assert await expire_quotes({}) == 1
        body = {"version": 1, "terms_hash": quote["terms_hash"]}
        assert (await deal.claire.post(f"/quotes/{quote['id']}/accept", json=body)).status_code == 409


async def test_twenty_hands_open_one_order(house: House) -> None:
    deal = await Deal.begun(house)
    quote = await deal.offer()
    body = {"version": 1, "terms_hash": quote["terms_hash"], "terms": terms(unit_price=1)}
    verbs = [(deal.claire, verb) for verb in ("accept", "accept", "counter", "decline")]
    verbs += [(deal.fatima, "revise"), (deal.fatima, "withdraw")]
    answers = await asyncio.gather(*(client.post(f"/quotes/{quote['id']}/{verb}", json=body) for client, verb in verbs * 4))
    assert {answer.status_code for answer in answers} <= {200, 403, 409}
    final = (await deal.claire.get(f"/quotes/{quote['id']}")).json()
    assert await Order.all().count() == (1 if final["status"] == "accepted" else 0)
    events = [event["data"]["version"] for event in await deal.events() if event["kind"].startswith("quote.")]
    assert sum(answer.status_code == 200 for answer in answers) == len(events) - 1


async def test_two_artisans_sell_two_pieces_crosswise_without_a_deadlock(house: House) -> None:
    first, second = await house.product(one_of_a_kind=True), await house.product(one_of_a_kind=True)
    claire, ellen = await Deal.begun(house), await Deal.begun(house, buyer="ellen")

    def both(*products: str) -> dict[str, object]:
        return terms() | {"items": [terms(product=product)["items"][0] for product in products]}

    offers = [
        await deal.post(deal.fatima, f"/threads/{deal.thread}/quotes", {"terms": both(*products)})
        for deal, products in ((claire, (str(first.id), str(second.id))), (ellen, (str(second.id), str(first.id))))
    ]
    answers = await asyncio.gather(*(
        deal.claire.post(f"/quotes/{offer['id']}/accept", json={"version": 1, "terms_hash": offer["terms_hash"]})
        for deal, offer in zip((claire, ellen), offers, strict=True)
    ))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_overdue_is_bounded(house: House) -> None:
    assert await quotes.overdue() == []

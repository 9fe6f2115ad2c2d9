"""Orders where HTTP is not enough: the clock, and many hands in one instant."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from hub import clock
from hub.actions import orders
from models.catalogue import Product
from models.ledger import Posting, Transfer
from tests.deals import Deal, parcels, refused
from tests.house import House
from workers.clock import each
from workers.orders import complete_orders, lapse_orders, remind_orders
from workers.quotes import expire_quotes


async def test_an_order_lapses_after_72_hours_and_what_was_paid_goes_back(house: House) -> None:
    piece = await house.product(one_of_a_kind=True)
    deal = await Deal.begun(house, piece)
    order = await deal.order(product=str(piece.id))
    await deal.pay(order, 10_000, "PART")
    with clock.shifted(timedelta(hours=71)):
        assert await lapse_orders({}) == 0
    with clock.shifted(timedelta(days=9)):
        assert await lapse_orders({}) == 1
        assert await lapse_orders({}) == 0
    assert (await deal.shown(order))["stage"] == "cancelled"
    assert (await deal.ledger(order))["balances"]["refund_in_flight"] == {"EUR": 10_000}
    assert (await Product.get(id=piece.id)).available
    last = (await deal.events())[-1]
    assert (last["kind"], last["by"]) == ("order.cancelled", None)


async def test_the_buyer_is_reminded_once_after_48_hours_without_the_deposit(house: House) -> None:
    deal = await Deal.begun(house)
    order = await deal.order()
    await deal.pay(order, 10_000, "PART")
    with clock.shifted(timedelta(hours=47)):
        assert await remind_orders({}) == 0
    with clock.shifted(timedelta(hours=49)):
        assert sorted(await asyncio.gather(remind_orders({}), remind_orders({}))) == [0, 1]
        assert await remind_orders({}) == 0
    last = (await deal.events())[-1]
    assert (last["kind"], last["by"], last["data"]["due"]) == ("order.reminded", None, {"amount": 18_500, "currency": "EUR"})
    page = await deal.claire.get(f"/threads/{deal.thread}", headers={"Accept": "text/html"})
    assert "L’acompte n’est pas encore arrivé" in page.text
    assert next(one for one in (await deal.claire.get("/threads")).json()["items"])["unread"] > 0
    assert (await deal.pay(order, 18_500, "REST"))["stage"] == "making"


async def test_nobody_is_reminded_of_a_deposit_that_is_there(house: House) -> None:
    deal = await Deal.begun(house)
    await deal.making()
    with clock.shifted(timedelta(hours=49)):
        assert await remind_orders({}) == 0


async def test_after_a_week_without_a_worker_each_clock_rule_is_right_in_its_first_round(house: House) -> None:
    lapsed, silent = await Deal.begun(house), await Deal.begun(house, buyer="ellen")
    open_ = await Deal.begun(house, await house.product())
    order = await lapsed.order()
    sent, shipment = await silent.shipped()
    await (await house.client()).post(f"/c/{shipment['courier_link'].rpartition('/')[2]}/proof", json={"name": "Ellen"})
    quote = await open_.offer(valid_until=(clock.now() + timedelta(days=15)).isoformat())
    with clock.shifted(timedelta(days=22)):  # each is a week over its time, or more
        assert await remind_orders({}) == 0
        rounds = await asyncio.gather(*(job({}) for job in (lapse_orders, complete_orders, expire_quotes) for _ in range(2)))
        assert [sum(rounds[at:at + 2]) for at in (0, 2, 4)] == [1, 1, 1]
        assert (await lapsed.shown(order))["stage"] == "cancelled" and (await silent.shown(sent))["stage"] == "completed"
        answer = {"version": quote["version"], "terms_hash": quote["terms_hash"]}
        refused(await open_.claire.post(f"/quotes/{quote['id']}/accept", json=answer), 409, "quote_expired")
    assert [event["kind"] for event in await lapsed.events()][-1] == "order.cancelled"
    assert [event["kind"] for event in await open_.events()] == ["quote.offered", "quote.expired"]


async def test_a_deposit_in_time_keeps_the_order(house: House) -> None:
    deal = await Deal.begun(house)
    order = await deal.making()
    with clock.shifted(timedelta(days=9)):
        assert await lapse_orders({}) == 0
    assert (await deal.shown(order))["stage"] == "making"


async def test_a_silent_buyer_confirms_after_14_days_unless_there_is_a_dispute(house: House) -> None:
    deal, other = await Deal.begun(house), await Deal.begun(house, buyer="ellen")
    order, shipment = await deal.shipped()
    await (await house.client()).post(f"/c/{shipment['courier_link'].rpartition('/')[2]}/proof", json={"name": "Claire"})
    with clock.shifted(timedelta(days=13)):
        assert await complete_orders({}) == 0
    with clock.shifted(timedelta(days=15)):
        await deal.verb(deal.claire, order, "dispute", {"reason": "Une tache"})
        assert await complete_orders({}) == 0
        await deal.verb(deal.khadija, order, "resolve", {"outcome": "release", "note": "Lavée"})
    assert (await deal.shown(order))["stage"] == "completed"
    assert other.thread != deal.thread


async def test_the_clock_completes_once(house: House) -> None:
    deal = await Deal.begun(house)
    order, shipment = await deal.shipped()
    await (await house.client()).post(f"/c/{shipment['courier_link'].rpartition('/')[2]}/proof", json={"name": "Claire"})
    with clock.shifted(timedelta(days=15)):
        assert sorted(await asyncio.gather(complete_orders({}), complete_orders({}))) == [0, 1]
    assert (await deal.shown(order))["money"]["escrow"]["amount"] == 0
    last = (await deal.events())[-1]
    assert (last["kind"], last["by"], last["data"]["by_clock"]) == ("order.completed", None, True)


async def carrier_says(deal: Deal, shipment: dict[str, str], status: str) -> None:
    """A steward writes down what the carrier told them."""
    await deal.post(deal.khadija, f"/shipments/{shipment['id']}/checkpoints", {"status": status})


async def test_a_parcel_that_comes_back_after_delivery_releases_nothing_until_it_is_there_again(house: House) -> None:
    deal = await Deal.begun(house)
    order, shipment = await deal.shipped()
    await (await house.client()).post(f"/c/{shipment['courier_link'].rpartition('/')[2]}/proof", json={"name": "Claire"})
    with clock.shifted(timedelta(days=10)):
        await carrier_says(deal, shipment, "return_to_sender")
    with clock.shifted(timedelta(days=15)):
        assert await complete_orders({}) == 0
        board = (await deal.khadija.get("/board")).json()
        assert ([one["id"] for one in board["astray"]], board["delivered"]) == ([order["id"]], [])
        assert (await deal.khadija.get("/board", headers={"Accept": "text/html"})).text.count('data-column="astray"') == 1
        await carrier_says(deal, shipment, "delivered")
        board = (await deal.khadija.get("/board")).json()
        assert (board["astray"], [one["id"] for one in board["delivered"]]) == ([], [order["id"]])
    with clock.shifted(timedelta(days=28)):
        assert await complete_orders({}) == 0  # its fourteen days began anew
    with clock.shifted(timedelta(days=30)):
        assert await complete_orders({}) == 1


async def test_a_parcel_that_turns_back_while_the_clock_decides_keeps_the_money(house: House) -> None:
    deal = await Deal.begun(house)
    order, shipment = await deal.shipped()
    await (await house.client()).post(f"/c/{shipment['courier_link'].rpartition('/')[2]}/proof", json={"name": "?"})
    with clock.shifted(timedelta(days=15)):
        found = await orders.silent()
        await carrier_says(deal, shipment, "in_transit")
        assert await each(found, orders.confirm) == 0
        done = await deal.verb(deal.claire, order, "confirm", {})  # the buyer knows better
    assert done["stage"] == "completed"


async def test_what_was_called_off_does_not_hold_up_what_arrived(house: House) -> None:
    deal = await Deal.begun(house)
    order, first = await deal.shipped()
    second = await deal.post(deal.khadija, f"/orders/{order['id']}/shipment", parcels() | {"further": True})
    await carrier_says(deal, first, "delivered")
    assert (await deal.shown(order))["stage"] == "shipped"
    await carrier_says(deal, second, "cancelled")
    assert (await deal.shown(order))["stage"] == "delivered"


async def test_payments_and_cancellations_in_one_instant_leave_one_truth(house: House) -> None:
    deal = await Deal.begun(house)
    order = await deal.order()
    pay = {"amount": 28_500, "currency": "EUR", "method": "cash"}
    calls = [deal.khadija.post(f"/orders/{order['id']}/payments", json=pay | {"reference": f"R{number}"}) for number in range(8)]
    calls += [deal.claire.post(f"/orders/{order['id']}/cancel", json={"reason": "x"}) for _ in range(4)]
    calls += [deal.fatima.post(f"/orders/{order['id']}/cancel", json={"reason": "x"}) for _ in range(4)]
    answers = await asyncio.gather(*calls)
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert sum(await Posting.all().values_list("amount", flat=True)) == 0  # type: ignore[arg-type]
    shown = await deal.shown(order)
    ledger = (await deal.ledger(order))["balances"]
    escrow = ledger.get(f"order_escrow/{order['id']}", {}).get("EUR", 0)
    assert shown["stage"] == "cancelled" and escrow == 0
    assert await Transfer.filter(kind="refund").count() <= 1

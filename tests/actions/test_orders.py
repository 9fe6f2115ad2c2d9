"""Orders where HTTP is not enough: the clock, and many hands in one instant."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from hub import clock
from models.catalogue import Product
from models.ledger import Posting, Transfer
from tests.deals import Deal
from tests.house import House
from workers.orders import complete_orders, lapse_orders


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

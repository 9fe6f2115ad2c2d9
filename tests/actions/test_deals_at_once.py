"""Many hands in one instant, over HTTP: one outcome, the money adds up, and nobody is shown a fault."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from hub import clock
from models.ledger import Posting, Transfer
from models.orders import Dispute, Order
from models.quotes import Quote
from tests.deals import Deal, terms
from tests.house import House
from workers.orders import lapse_orders
from workers.quotes import expire_quotes

MANY = 100


@pytest.fixture
async def deal(house: House) -> Deal:
    return await Deal.begun(house)


async def at_once(calls: Iterable[Any]) -> list[httpx.Response]:
    """All answers, none of which is a fault or a "try again"."""
    answers: list[httpx.Response] = await asyncio.gather(*calls)
    assert {answer.status_code for answer in answers} <= {200, 400, 403, 409}, Counter(answer.text[:200] for answer in answers)
    return answers


def codes(answers: Iterable[httpx.Response]) -> Counter[str]:
    """How often each code was answered; `ok` for a yes."""
    return Counter("ok" if answer.status_code == 200 else answer.json()["error"]["code"] for answer in answers)


async def kinds(deal: Deal) -> Counter[str]:
    return Counter(event["kind"] for event in await deal.events())


async def sums(order: dict[str, Any]) -> dict[str, int]:
    """What the postings of an order add up to, by account; together they are nothing."""
    found: Counter[str] = Counter()
    for line in await Posting.filter(transfer__order_id=order["id"]):
        found[line.account.partition("/")[0]] += line.amount
    assert sum(found.values()) == 0
    return {account: amount for account, amount in found.items() if amount}


def yes(quote: dict[str, Any]) -> dict[str, Any]:
    return {"version": quote["version"], "terms_hash": quote["terms_hash"]}


async def test_a_hundred_acceptances_at_two_devices_open_one_order(deal: Deal) -> None:
    quote, devices = await deal.offer(), [deal.claire, await deal.house.client("claire")]
    url = f"/quotes/{quote['id']}/accept"
    answers = await at_once(
        devices[number % 2].post(url, json=yes(quote), headers={"Idempotency-Key": f"tap {number // 10}"}) for number in range(MANY)
    )
    assert codes(answers) == {"ok": 10, "quote_moved": 90}  # those that were the same tap
    assert len({answer.text for answer in answers if answer.status_code == 200}) == 1
    assert await Order.all().count() == 1 and (await kinds(deal))["quote.accepted"] == (await kinds(deal))["order.opened"] == 1


async def test_a_hundred_acceptances_without_keys_open_one_order(deal: Deal) -> None:
    quote = await deal.offer()
    answers = await at_once(deal.claire.post(f"/quotes/{quote['id']}/accept", json=yes(quote)) for _ in range(MANY))
    assert codes(answers) == {"ok": 1, "quote_moved": 99}
    assert await Order.all().count() == 1


@pytest.mark.parametrize(
    ("other", "who", "lost", "status"),
    [
        ("counter", "claire", {"stale_version"}, "open"),
        ("decline", "claire", {"quote_moved"}, "declined"),
        ("revise", "fatima", {"stale_version"}, "open"),
        ("withdraw", "fatima", {"quote_moved"}, "withdrawn"),
    ],
)
async def test_one_answer_wins_over_an_acceptance_or_loses(deal: Deal, other: str, who: str, lost: set[str], status: str) -> None:
    quote = await deal.offer()
    body, url = yes(quote) | {"terms": terms(unit_price=80_000)}, f"/quotes/{quote['id']}"
    pairs = [(deal.claire, "accept"), (getattr(deal, who), other)] * (MANY // 2)
    answers = await at_once(client.post(f"{url}/{verb}", json=body) for client, verb in pairs)
    found = codes(answers)
    assert found.pop("ok") == 1
    final, orders = await Quote.get(id=quote["id"]), await Order.all().count()
    assert (final.status, orders, set(found)) in [("accepted", 1, {"quote_moved"}), (status, 0, lost)]
    assert (await kinds(deal))["order.opened"] == orders
    assert final.version == (2 if final.status == "open" else 1)


async def test_an_acceptance_in_the_instant_of_expiry_counts_once(deal: Deal) -> None:
    quote = await deal.offer(valid_until=clock.iso(clock.now() + timedelta(seconds=0.6)))
    url, done = f"/quotes/{quote['id']}/accept", asyncio.Event()

    async def accepts(after: float) -> httpx.Response:
        await asyncio.sleep(after)
        return await deal.claire.post(url, json=yes(quote))

    async def worker() -> None:
        while not done.is_set():
            await expire_quotes({})
            await asyncio.sleep(0.005)

    working = asyncio.create_task(worker())
    answers = await at_once(accepts(0.55 + 0.1 * number / MANY) for number in range(MANY))
    done.set()
    await working
    assert codes(answers)["ok"] == 1 and codes(answers).keys() <= {"ok", "quote_moved", "quote_expired"}
    said, final = await kinds(deal), await Quote.get(id=quote["id"])
    late = final.status == "late"
    assert late or final.status == "accepted"
    assert (said["quote.accepted"], said["order.opened"]) == (1, not late)
    assert said["quote.expired"] <= late  # it may have begun in time, and come to its turn, and be late, before the clock spoke
    assert await Order.all().count() == (not late)


def payment(reference: str, amount: int = 1_000) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR", "method": "cash", "reference": reference}


async def test_a_hundred_payments_with_one_reference_are_one(deal: Deal) -> None:
    order = await deal.order()
    answers = await at_once(deal.khadija.post(f"/orders/{order['id']}/payments", json=payment("R")) for _ in range(MANY))
    assert codes(answers) == {"ok": 1, "reference_used": 99}
    assert await sums(order) == {"external_cash": -1_000, "order_escrow": 1_000}


async def test_a_hundred_payments_are_a_hundred_and_one_of_them_begins_the_making(deal: Deal) -> None:
    order = await deal.order()
    answers = await at_once(deal.khadija.post(f"/orders/{order['id']}/payments", json=payment(f"R{n}")) for n in range(MANY))
    assert codes(answers) == {"ok": MANY}
    assert await sums(order) == {"external_cash": -100_000, "artisan_payable": 22_950, "order_escrow": 77_050}
    assert await Transfer.filter(kind="advance").count() == 1
    assert Counter(event["stage"] for event in [e["data"] for e in await deal.events() if e["kind"] == "order.paid"]) == {
        "opened": 28, "making": 72,
    }  # fmt: skip


async def test_payments_and_cancellations_leave_nothing_in_escrow(deal: Deal) -> None:
    order = await deal.order()
    calls = [deal.khadija.post(f"/orders/{order['id']}/payments", json=payment(f"R{number}", 10_000)) for number in range(50)]
    for client in (deal.claire, deal.fatima):
        calls += [client.post(f"/orders/{order['id']}/cancel", json={"reason": "x"}) for _ in range(25)]
    found = codes(await at_once(calls))
    assert found.keys() <= {"ok", "order_moved"}
    money, shown = await sums(order), await deal.shown(order)
    assert shown["stage"] == "cancelled" and "order_escrow" not in money
    assert money.get("refund_in_flight", 0) == -money.get("external_cash", 0)  # all of it goes back
    assert await Transfer.filter(kind="refund").count() == (1 if money else 0)


async def test_two_sides_who_both_cancel_while_making_agree_once(deal: Deal) -> None:
    order = await deal.making()
    clients = [deal.claire, deal.fatima] * (MANY // 2)
    answers = await at_once(client.post(f"/orders/{order['id']}/cancel", json={"reason": "x"}) for client in clients)
    assert codes(answers).keys() <= {"ok", "order_moved"}
    assert (await deal.shown(order))["stage"] == "cancelled" and (await kinds(deal))["order.cancelled"] == 2
    assert await sums(order) == {"external_cash": -28_500, "refund_in_flight": 28_500, "artisan_payable": 22_950, "loss_fund": -22_950}


async def test_a_confirmation_and_a_dispute_both_count_or_the_dispute_alone(deal: Deal) -> None:
    order, shipment = await deal.shipped()
    await (await deal.house.client()).post(f"/c/{shipment['courier_link'].rpartition('/')[2]}/proof", json={"name": "Claire"})
    url = f"/orders/{order['id']}"
    confirmed, disputed = [], []
    for answer in await at_once(deal.claire.post(f"{url}/{verb}", json={"reason": "x"}) for verb in ("confirm", "dispute") * (MANY // 2)):
        (confirmed if "confirm" in str(answer.request.url) else disputed).append(answer)
    assert codes(disputed) == {"ok": 1, "disputed": 49}
    assert codes(confirmed) in ({"disputed": 50}, {"ok": 1, "order_moved": 49})
    completed = codes(confirmed)["ok"] == 1
    assert (await deal.shown(order))["stage"] == ("completed" if completed else "delivered")
    assert ("order_escrow" in await sums(order)) is not completed
    assert await Dispute.all().count() == 1


async def test_a_deposit_in_the_instant_of_lapsing_is_taken_or_refused(deal: Deal) -> None:
    order = await deal.order()
    with clock.shifted(timedelta(hours=72)):
        paying = [deal.khadija.post(f"/orders/{order['id']}/payments", json=payment(f"R{n}", 28_500)) for n in range(20)]
        *answers, lapsed, again = await asyncio.gather(*paying, lapse_orders({}), lapse_orders({}))
        assert await lapse_orders({}) == 0
    found, money, stage = codes(answers), await sums(order), (await deal.shown(order))["stage"]
    assert lapsed + again == (stage == "cancelled")
    if stage == "cancelled":
        assert found == {"order_moved": 20} and money == {}
    else:
        assert found == {"ok": 20} and stage == "making" and money["external_cash"] == -20 * 28_500

"""Payments that were recorded by mistake: undone once, in sight, while their money is held and nothing was built on it."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from hub import clock
from hub.actions import orders as actions
from hub.unit import Actor
from models.ledger import Payment, Posting, Transfer
from models.orders import Order
from tests.deals import Deal, refused
from tests.house import House
from tests.web.test_payouts import place, prepared

CLOCK = Actor(scope="clock")


@pytest.fixture
async def deal(house: House) -> Deal:
    return await Deal.begun(house)


def path(order: dict[str, Any], at: int = -1) -> str:
    return f"/orders/{order['id']}/payments/{order['payments'][at]['id']}/undo"


async def undo(deal: Deal, order: dict[str, Any], at: int = -1) -> dict[str, Any]:
    return await deal.post(deal.khadija, path(order, at), {"reason": "another order's"})


async def test_a_part_of_the_deposit_is_taken_back_in_sight_of_both(deal: Deal) -> None:
    order = await deal.pay(await deal.order(), 20_000, "A1")
    after = await undo(deal, order)
    assert (after["stage"], after["money"]["paid"]["amount"], after["money"]["due"]["amount"]) == ("opened", 0, 28_500)
    last = (await deal.events())[-1]
    assert (last["kind"], last["by"]) == ("order.unpaid", str((await deal.house.person("khadija")).id))
    assert (last["data"]["amount"]["amount"], last["data"]["due"]["amount"], last["data"]["reason"]) == (20_000, 28_500, "another order's")
    for client in (deal.claire, deal.fatima):
        [shown] = (await client.get(f"/orders/{order['id']}")).json()["payments"]
        assert shown["undone"]["reason"] == "another order's" and shown["undone"]["at"]
        page = await client.get(f"/orders/{order['id']}", headers={"Accept": "text/html"})
        assert "another order&#39;s" in page.text and "/undo" not in page.text
        thread = await client.get(f"/threads/{deal.thread}", headers={"Accept": "text/html"})
        assert 'data-kind="order.unpaid"' in thread.text
    [received, reversal] = (await deal.ledger(order))["transfers"]
    assert (reversal["kind"], reversal["undoes"], reversal["note"]) == ("reversal", received["id"], "another order's")
    assert (await deal.ledger(order))["balances"] == {"external_cash": {"EUR": 0}, f"order_escrow/{order['id']}": {"EUR": 0}}
    assert (await deal.khadija.get("/ledger")).json()["under"] == []


async def test_a_deposit_that_began_the_making_is_taken_back_with_its_advance(deal: Deal) -> None:
    order = await deal.making()
    with clock.shifted(timedelta(hours=60)):
        after = await undo(deal, order)
        assert (after["stage"], after["promised_by"], after["money"]["advanced"]["amount"]) == ("opened", None, 0)
        assert (await deal.fatima.get("/money")).json()["owed"] == []
    with clock.shifted(timedelta(hours=130)):  # of which 70 since
        assert await actions.lapsing() == [] and [str(one) for one in await actions.waiting()] == [order["id"]]
        again = await deal.pay(order, 28_500, "RIGHT")  # and the making begins once more, advance and all
        assert (again["stage"], again["money"]["advanced"]["amount"], again["money"]["escrow"]["amount"]) == ("making", 22_950, 5_550)
    assert await Transfer.filter(order_id=order["id"], kind="advance").count() == 2
    assert (await deal.fatima.get("/money")).json()["owed"] == [{"amount": 22_950, "currency": "EUR"}]
    assert (await undo(deal, again))["stage"] == "opened"


async def test_72_hours_begin_anew_and_end(deal: Deal) -> None:
    order = await undo(deal, await deal.making())
    with clock.shifted(timedelta(hours=73)):
        assert [str(one) for one in await actions.lapsing()] == [order["id"]]
        await actions.lapse(CLOCK, uuid.UUID(order["id"]))
    assert (await deal.shown(order))["stage"] == "cancelled"


async def test_the_reference_counts_anew_on_the_order_it_belongs_to(deal: Deal) -> None:
    wrong = await deal.pay(await deal.order(), 1_000, "SLIP 7")
    other = await Deal.begun(deal.house, buyer="ellen")
    right = await other.order()
    body = {"amount": 1_000, "currency": "EUR", "reference": "slip 7", "method": "bank_transfer"}
    refused(await deal.khadija.post(f"/orders/{right['id']}/payments", json=body), 409, "reference_used")
    await undo(deal, wrong)
    answers = await asyncio.gather(*(deal.khadija.post(f"/orders/{right['id']}/payments", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert [(one.reference, one.take) for one in await Payment.all().order_by("at")] == [("SLIP 7", 0), ("slip 7", 1)]


async def test_references_that_were_kept_for_each_way_count_for_all(deal: Deal) -> None:
    order, written = await deal.order(), uuid.uuid4()
    connection = await asyncpg.connect(deal.house.config.database_url)
    try:
        async with connection.transaction():
            await connection.execute(
                "INSERT INTO transfer (id, key, kind, order_id, lines, occurred_at)"
                " VALUES ($1, 'payment/cash/slip 7', 'received', $2, 2, now())",
                written, order["id"],
            )  # fmt: skip
            for account, signed in (("external_cash", -100), (f"order_escrow/{order['id']}", 100)):
                await connection.execute(
                    "INSERT INTO posting (transfer_id, account, amount, currency) VALUES ($1, $2, $3, 'EUR')", written, account, signed
                )
    finally:
        await connection.close()
    body = {"amount": 100, "currency": "EUR", "reference": "Slip 7", "method": "bank_transfer"}
    refused(await deal.khadija.post(f"/orders/{order['id']}/payments", json=body), 409, "reference_used")


async def test_once_only_however_many_ask_at_once(deal: Deal) -> None:
    order = await deal.pay(await deal.order(), 20_000, "A1")
    answers = await asyncio.gather(*(deal.khadija.post(path(order), json={"reason": "twice"}) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 4
    error = refused(await deal.khadija.post(path(order), json={"reason": "twice"}), 409, "payment_undone")
    assert error["current"]["money"]["paid"]["amount"] == 0


async def test_what_the_order_was_built_on_stays(deal: Deal) -> None:
    order = await deal.making()
    await deal.verb(deal.fatima, order, "progress", {"step": "dyeing", "note": "indigo"})
    refused(await deal.khadija.post(path(order), json={"reason": "late"}), 409, "payment_used")
    order = await deal.pay(order, 66_500, "B2")  # the balance may still be taken back
    assert (await undo(deal, order))["stage"] == "making"


async def test_an_advance_that_was_sent_is_not_taken_back(deal: Deal) -> None:
    order = await deal.making()
    await place(deal)
    await prepared(deal)
    refused(await deal.khadija.post(path(order), json={"reason": "late"}), 409, "payment_used")


async def test_after_the_end_and_in_a_dispute_there_is_nothing_to_undo(deal: Deal) -> None:
    order = await deal.made(await deal.making())
    await deal.verb(deal.claire, order, "dispute", {"reason": "a hole"})
    refused(await deal.khadija.post(path(order), json={"reason": "x"}), 409, "disputed")
    await deal.verb(deal.khadija, order, "resolve", {"outcome": "refund", "note": "so"})
    refused(await deal.khadija.post(path(order), json={"reason": "x"}), 409, "order_moved")


async def test_who_may_and_what_it_takes(deal: Deal) -> None:
    order = await deal.pay(await deal.order(), 20_000, "A1")
    for client in (deal.claire, deal.fatima):
        refused(await client.post(path(order), json={"reason": "x"}), 403, "not_allowed")
        assert "undo" not in (await client.get(f"/orders/{order['id']}")).json()["may"]
    refused(await (await deal.house.client("ellen")).post(path(order), json={"reason": "x"}), 404, "not_found")
    for body in ({}, {"reason": "  "}):
        refused(await deal.khadija.post(path(order), json=body), 400, "reason_needed")
    for strange in (uuid.uuid4(), "x"):
        refused(await deal.khadija.post(f"/orders/{order['id']}/payments/{strange}/undo", json={"reason": "x"}), 404, "not_found")
    await deal.call("ahmed")
    ahmed = await deal.house.client("ahmed")
    assert (await ahmed.get(f"/orders/{order['id']}")).json()["payments"][0]["reference"] is None
    assert (await deal.khadija.get(f"/orders/{order['id']}")).json()["payments"][0]["reference"] == "A1"


async def test_the_database_lets_a_reversal_be_only_the_opposite_and_only_once(deal: Deal) -> None:
    order = await deal.pay(await deal.order(), 20_000, "A1")
    row, paid = await Order.get(id=order["id"]), await Payment.get(reference="A1")

    async def write(amount: int) -> None:
        connection = await asyncpg.connect(deal.house.config.database_url)
        try:
            async with connection.transaction():
                made = uuid.uuid4()
                await connection.execute(
                    "INSERT INTO transfer (id, key, kind, order_id, lines, occurred_at, undoes_id)"
                    " VALUES ($1, $2, 'reversal', $3, 2, now(), $4)", made, str(made), row.id, paid.transfer_id,
                )  # fmt: skip
                for account, signed in (("external_cash", amount), (f"order_escrow/{row.id}", -amount)):
                    await connection.execute(
                        "INSERT INTO posting (transfer_id, account, amount, currency) VALUES ($1, $2, $3, 'EUR')", made, account, signed
                    )
        finally:
            await connection.close()

    with pytest.raises(asyncpg.CheckViolationError):
        await write(19_999)
    assert await Posting.all().count() == 2
    await write(20_000)
    with pytest.raises(asyncpg.UniqueViolationError):
        await write(20_000)

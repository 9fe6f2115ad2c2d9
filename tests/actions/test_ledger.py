"""What the database itself refuses of the ledger, whoever asks."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any

import asyncpg
import pytest

from hub.database import credentials
from hub.ids import new_id
from models.ledger import Posting, Transfer
from tests.deals import Deal
from tests.house import House


@pytest.fixture
async def order(house: House) -> dict[str, Any]:
    """An order with 285.00 EUR received, 229.50 of it advanced."""
    return await (await Deal.begun(house)).making()


async def connection(house: House) -> asyncpg.Connection:
    return await asyncpg.connect(**credentials(house.config.database_url))


async def write(db: asyncpg.Connection, lines: list[tuple[str, int, str]], order: str | None = None, claimed: int | None = None,
                kind: str = "received") -> None:
    """A transfer by plain SQL, as a mistaken program would write it."""
    transfer = new_id()
    async with db.transaction():
        await db.execute(
            "INSERT INTO transfer (id, key, kind, order_id, lines, occurred_at) VALUES ($1, $2, $5, $3, $4, now())",
            transfer, str(transfer), order, claimed or len(lines), kind,
        )  # fmt: skip
        await db.executemany(
            "INSERT INTO posting (transfer_id, account, amount, currency) VALUES ($1, $2, $3, $4)", [(transfer, *line) for line in lines]
        )


@pytest.mark.parametrize("table", ["transfer", "posting", "payment", "quote_version"])
async def test_what_is_written_stays(house: House, order: dict[str, Any], table: str) -> None:
    db = await connection(house)
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await db.execute(statement)
    await db.close()


@pytest.mark.parametrize(
    ("lines", "claimed"),
    [
        ([("external_cash", -100, "EUR"), ("loss_fund", 99, "EUR")], None),
        ([("external_cash", -100, "EUR"), ("loss_fund", 100, "MAD")], None),
        ([("external_cash", -100, "EUR"), ("loss_fund", 100, "EUR")], 3),
        ([("external_cash", 100, "EUR")], None),
        ([("external_cash", 0, "EUR"), ("loss_fund", 0, "EUR")], None),
    ],
)
async def test_a_transfer_that_does_not_balance_is_not_committed(
    house: House, order: dict[str, Any], lines: list[tuple[str, int, str]], claimed: int | None
) -> None:
    db, before = await connection(house), await Transfer.all().count()
    with pytest.raises(asyncpg.CheckViolationError):
        await write(db, lines, claimed=claimed)
    await db.close()
    assert await Transfer.all().count() == before


async def test_lines_are_not_added_to_an_old_transfer(house: House, order: dict[str, Any]) -> None:
    db, old = await connection(house), await Transfer.first()
    assert old
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute(
            "INSERT INTO posting (transfer_id, account, amount, currency) VALUES ($1, 'loss_fund', 5, 'EUR'), ($1, 'fx', -5, 'EUR')",
            old.id,
        )
    await db.close()


async def test_an_escrow_never_goes_below_zero_even_in_one_instant(house: House, order: dict[str, Any]) -> None:
    escrow, several = f"order_escrow/{order['id']}", [await connection(house) for _ in range(4)]
    lines = [(escrow, -3_000, "EUR"), ("loss_fund", 3_000, "EUR")]  # 55.50 EUR are left: one of them fits
    outcomes = await asyncio.gather(*(write(db, lines, order["id"]) for db in several), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CheckViolationError"] * 3 + ["NoneType"]
    for db in several:
        await db.close()
    left = await Posting.filter(account=escrow).values_list("amount", flat=True)
    assert sum(left) == 2_550  # type: ignore[arg-type]


@pytest.mark.parametrize("table", ["transfer", "posting", "payment", "quote_version", "checkpoint", "destination"])
async def test_a_table_of_facts_is_not_emptied(house: House, order: dict[str, Any], table: str) -> None:
    db = await connection(house)
    with pytest.raises(asyncpg.RestrictViolationError):
        await db.execute(f"TRUNCATE {table} CASCADE")
    await db.close()


async def test_a_place_to_be_paid_is_never_changed(house: House, order: dict[str, Any]) -> None:
    db, fatima = await connection(house), (await house.person("fatima")).id
    columns = "person_id, way, name, account, by_id, at"
    await db.execute(f"INSERT INTO destination ({columns}) VALUES ($1, 'post', 'F', '+2126', $1, now())", fatima)
    for statement in ("UPDATE destination SET account = 'mine'", "DELETE FROM destination"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await db.execute(statement)
    await db.close()


async def test_a_transfer_without_postings_is_not_committed(house: House, order: dict[str, Any]) -> None:
    db = await connection(house)
    with pytest.raises(asyncpg.CheckViolationError):
        await write(db, [], claimed=2)
    await db.close()


@pytest.mark.parametrize(
    "lines",
    [
        [("petty_cash", -5, "EUR"), ("loss_fund", 5, "EUR")],
        [("order_escrow/somebody's", -5, "EUR"), ("loss_fund", 5, "EUR")],
        [("external_cash/x", -5, "EUR"), ("loss_fund", 5, "EUR")],
        [("external_cash", -5, "eur"), ("loss_fund", 5, "eur")],
        [("external_cash", -5, "€"), ("loss_fund", 5, "€")],
    ],
)
async def test_an_account_or_currency_that_is_none_is_not_written(house: House, lines: list[tuple[str, int, str]]) -> None:
    db = await connection(house)
    with pytest.raises(asyncpg.CheckViolationError):
        await write(db, lines)
    await db.close()


async def test_an_escrow_is_moved_by_transfers_of_its_own_order_alone(house: House, order: dict[str, Any]) -> None:
    db, lines = await connection(house), [(f"order_escrow/{order['id']}", -5, "EUR"), ("loss_fund", 5, "EUR")]
    with pytest.raises(asyncpg.CheckViolationError, match="is not the escrow"):
        await write(db, lines)
    await write(db, lines, order["id"])
    await db.close()


async def test_the_escrow_of_an_order_that_has_ended_is_empty(house: House, order: dict[str, Any]) -> None:
    db, escrow = await connection(house), f"order_escrow/{order['id']}"
    for stage in ("completed", "cancelled"):
        with pytest.raises(asyncpg.CheckViolationError, match="in escrow"):
            await db.execute("UPDATE orders SET stage = $2 WHERE id = $1", order["id"], stage)
    await write(db, [(escrow, -5_550, "EUR"), ("loss_fund", 5_550, "EUR")], order["id"])
    await db.execute("UPDATE orders SET stage = 'cancelled' WHERE id = $1", order["id"])
    with pytest.raises(asyncpg.CheckViolationError, match="in escrow"):
        await write(db, [("external_cash", -5, "EUR"), (escrow, 5, "EUR")], order["id"])
    await db.close()


async def test_money_does_not_move_on_a_view_of_the_past(house: House, order: dict[str, Any]) -> None:
    db = await connection(house)
    await db.execute("SET default_transaction_isolation = 'repeatable read'")
    with pytest.raises(asyncpg.CheckViolationError, match="repeatable read"):
        await write(db, [("external_cash", -5, "EUR"), ("loss_fund", 5, "EUR")])
    await db.close()


async def test_an_artisan_is_not_sent_more_than_is_owed_even_in_one_instant(house: House, order: dict[str, Any]) -> None:
    several = [await connection(house) for _ in range(4)]
    lines = [(f"artisan_payable/{order['artisan']}", -12_000, "EUR"), ("payout_in_flight", 12_000, "EUR")]  # 229.50 are owed
    outcomes = await asyncio.gather(*(write(db, lines, kind="payout_sent") for db in several), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CheckViolationError"] * 3 + ["NoneType"]
    for db in several:
        await db.close()


async def test_what_was_in_flight_before_there_were_rows_for_it_is_followed_too(house: House) -> None:
    deal = await Deal.begun(house)
    order = await deal.making()
    await deal.verb(deal.khadija, order, "cancel", {"reason": "illness"})
    db, columns = await connection(house), "order_id, transfer_id, provider, amount, currency, state, begun_at"
    was = await db.fetch(f"DELETE FROM refund RETURNING {columns}")
    await db.execute(import_module("models.migrations.0006_payments").BACKFILL)
    assert len(was) == 1 and await db.fetch(f"SELECT {columns} FROM refund") == was
    await db.close()


async def test_the_ledger_sums_to_zero(house: House, order: dict[str, Any]) -> None:
    assert sum(await Posting.all().values_list("amount", flat=True)) == 0  # type: ignore[arg-type]

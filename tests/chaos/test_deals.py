"""17, short; and that it would notice."""

from __future__ import annotations

import pytest

from hub.rules import ledger, orders
from tests.chaos.scenarios import scenarios
from tests.services import TestServices


async def test_deals_do_what_their_tables_say_whatever_dies(play) -> None:  # type: ignore[no-untyped-def]
    await play("deals")


async def test_an_advance_that_is_not_made_is_noticed(monkeypatch: pytest.MonkeyPatch, services: TestServices) -> None:
    monkeypatch.setattr(ledger, "wool_advance", lambda *_: 0)
    report = await scenarios()["deals"].run(1, False, services)
    assert any("artisan_payable" in problem for problem in report.problems)


async def test_a_piece_that_is_not_held_is_noticed(monkeypatch: pytest.MonkeyPatch, services: TestServices) -> None:
    monkeypatch.setattr(orders, "is_the_piece", lambda *_, **__: False)
    report = await scenarios()["deals"].run(1, False, services)
    assert any(problem.startswith("the database has") for problem in report.problems), report.problems

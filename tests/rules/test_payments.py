"""What becomes of what a provider tells, and by which ways money goes back."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.ledger import check_bearing
from hub.rules.orders import Stage
from hub.rules.payments import (
    Came,
    Purse,
    Recorded,
    RefundState,
    Verdict,
    may_confirm_by_hand,
    next_refund_state,
    undoing,
    verdict,
    ways_back,
)
from hub.rules.refused import Refused

R = RefundState


@pytest.mark.parametrize(
    ("order", "ended", "known", "amount", "currency", "expected"),
    [
        (None, False, False, 100, "EUR", Verdict.UNKNOWN_ORDER),
        (None, False, True, 100, "EUR", Verdict.UNKNOWN_ORDER),
        ("EUR", False, True, 100, "EUR", Verdict.KNOWN),
        ("EUR", False, False, 0, "EUR", Verdict.BAD_AMOUNT),
        ("EUR", False, False, -5, "EUR", Verdict.BAD_AMOUNT),
        ("EUR", False, False, 10**12, "EUR", Verdict.BAD_AMOUNT),
        ("EUR", False, False, 100, "USD", Verdict.OTHER_CURRENCY),
        ("EUR", True, False, 100, "USD", Verdict.OTHER_CURRENCY),
        ("EUR", True, False, 100, "EUR", Verdict.RETURNED),
        ("EUR", False, False, 100, "EUR", Verdict.POSTED),
    ],
)
def test_what_becomes_of_money_that_arrives(
    order: str | None, ended: bool, known: bool, amount: int, currency: str, expected: Verdict
) -> None:
    assert verdict(order_currency=order, ended=ended, known=known, amount=amount, currency=currency) is expected


def test_the_newest_payment_gives_back_first() -> None:
    came = [Came("deposit", 300), Came("empty", 0), Came("balance", 500)]
    assert ways_back(100, came) == [("balance", 100)]
    assert ways_back(650, came) == [("balance", 500), ("deposit", 150)]
    assert ways_back(900, came) == [("balance", 500), ("deposit", 300), (None, 100)]
    assert ways_back(0, came) == [] and ways_back(5, []) == [(None, 5)]


@given(st.integers(0, 1000), st.lists(st.integers(0, 500), max_size=6))
def test_the_parts_add_up_and_no_payment_gives_more_than_it_brought(amount: int, brought: list[int]) -> None:
    parts = ways_back(amount, [Came(place, left) for place, left in enumerate(brought)])
    assert sum(part for _, part in parts) == amount
    assert all(part > 0 and (payment is None or part <= brought[payment]) for payment, part in parts)


CHANGES = {
    (R.WAITING, R.ASKED): R.ASKED, (R.WAITING, R.CONFIRMED): R.CONFIRMED, (R.WAITING, R.FAILED): R.FAILED,
    (R.ASKED, R.CONFIRMED): R.CONFIRMED, (R.ASKED, R.FAILED): R.FAILED, (R.CONFIRMED, R.FAILED): R.FAILED,
}


@pytest.mark.parametrize(("state", "told"), list(product(R, R)))
def test_a_refund_goes_on_and_never_back(state: RefundState, told: RefundState) -> None:
    assert next_refund_state(state, told) == CHANGES.get((state, told))


def test_a_steward_confirms_what_no_provider_carries_out() -> None:
    assert [state for state in R if may_confirm_by_hand(state, by_hand=True)] == [R.WAITING, R.FAILED]
    assert [state for state in R if may_confirm_by_hand(state, by_hand=False)] == [R.FAILED]
    assert [state for state in R if may_confirm_by_hand(state, by_hand=False, gone=True)] == [R.WAITING, R.ASKED, R.FAILED]


PURSE = Purse(received=300, escrow=100, advanced=200, owed=200, deposit=300, total=1_000)
PAID = replace(PURSE, received=1_000, escrow=800)


def undo(stage: Stage, payment: Recorded, money: Purse, *, begun: bool = False, disputed: bool = False, reason: str = "so") -> bool:
    return undoing(stage, payment, money, begun=begun, disputed=disputed, reason=reason)


def test_a_payment_recorded_by_mistake_is_undone_where_nothing_stands_on_it() -> None:
    assert undo(Stage.OPENED, Recorded(100), replace(PURSE, received=100, advanced=0, owed=0)) is False
    assert undo(Stage.MAKING, Recorded(300), PURSE) is True  # and the making has not begun after all
    assert undo(Stage.MAKING, Recorded(700), PAID, begun=True) is False
    for stage in (Stage.MADE, Stage.INSPECTED):
        assert undo(stage, Recorded(700), PAID, begun=True) is False
    for stage in (Stage.SHIPPED, Stage.DELIVERED):
        assert undo(stage, Recorded(50), replace(PAID, received=1_050, escrow=850), begun=True) is False  # it was too much


@pytest.mark.parametrize(
    ("stage", "payment", "money", "more", "code"),
    [(Stage.OPENED, Recorded(100), PURSE, {"reason": " "}, "reason_needed"),
     (Stage.OPENED, Recorded(100, by_hand=False), PURSE, {}, "not_by_hand"),
     (Stage.OPENED, Recorded(100, undone=True), PURSE, {}, "payment_undone"),
     (Stage.COMPLETED, Recorded(100), PURSE, {}, "order_moved"), (Stage.CANCELLED, Recorded(100), PURSE, {}, "order_moved"),
     (Stage.MADE, Recorded(100), PAID, {"disputed": True}, "disputed"),
     (Stage.MAKING, Recorded(300), PURSE, {"begun": True}, "payment_used"),
     (Stage.MAKING, Recorded(300), replace(PURSE, owed=199), {}, "payment_used"), (Stage.MADE, Recorded(701), PAID, {}, "payment_used"),
     (Stage.SHIPPED, Recorded(1), PAID, {}, "payment_used"), (Stage.OPENED, Recorded(100, given_back=True), PURSE, {}, "payment_used"),
     (Stage.MADE, Recorded(700), replace(PAID, escrow=699), {}, "escrow_short")],
)  # fmt: skip
def test_what_was_built_on_or_is_gone_is_not_undone(
    stage: Stage, payment: Recorded, money: Purse, more: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused, match=code):
        undo(stage, payment, money, **more)


@pytest.mark.parametrize(
    ("amount", "disputed", "released", "code"),
    [(5, False, True, "not_disputed"), (5, True, False, "not_yet"), (101, True, True, "bad_amount"), (-1, True, True, "bad_amount")],
)
def test_consent_has_its_time_and_its_bound(amount: int, disputed: bool, released: bool, code: str) -> None:
    with pytest.raises(Refused, match=code):
        check_bearing(amount, brought=100, disputed=disputed, released=released)
    check_bearing(100, brought=100, disputed=True, released=True)

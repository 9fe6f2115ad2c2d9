"""The orders' table, cell by cell, and what each step needs."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules import orders
from hub.rules.crafts import STEPS, how_far, steps
from hub.rules.orders import Actor, Cancel, OrderVerb, Outcome, Size, Stage
from hub.rules.quotes import Side
from hub.rules.refused import Refused

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TODAY = NOW.date()
S, V, A = Stage, OrderVerb, Actor
DISPUTABLE = [S.MADE, S.INSPECTED, S.SHIPPED, S.DELIVERED, S.COMPLETED]

ALLOWED: dict[tuple[Stage, OrderVerb, Actor], Stage] = {
    (S.OPENED, V.DEPOSIT, A.LEDGER): S.MAKING,
    (S.OPENED, V.REMIND, A.CLOCK): S.OPENED,
    (S.OPENED, V.LAPSE, A.CLOCK): S.CANCELLED,
    (S.OPENED, V.CANCEL, A.BUYER): S.CANCELLED,
    (S.OPENED, V.CANCEL, A.ARTISAN): S.CANCELLED,
    (S.OPENED, V.CANCEL, A.STEWARD): S.CANCELLED,
    (S.MAKING, V.UNDO_DEPOSIT, A.LEDGER): S.OPENED,
    (S.MAKING, V.PROGRESS, A.ARTISAN): S.MAKING,
    (S.MAKING, V.EXTEND, A.ARTISAN): S.MAKING,
    (S.MAKING, V.EXTEND, A.BUYER): S.MAKING,
    (S.MAKING, V.MADE, A.ARTISAN): S.MADE,
    (S.MAKING, V.CANCEL, A.BUYER): S.CANCELLED,
    (S.MAKING, V.CANCEL, A.ARTISAN): S.CANCELLED,
    (S.MAKING, V.CANCEL, A.STEWARD): S.CANCELLED,
    (S.MADE, V.INSPECT_PASS, A.STEWARD): S.INSPECTED,
    (S.MADE, V.INSPECT_FAIL, A.STEWARD): S.MAKING,
    (S.INSPECTED, V.SHIP, A.STEWARD): S.SHIPPED,
    (S.INSPECTED, V.SHIP, A.ARTISAN): S.SHIPPED,
    (S.SHIPPED, V.DELIVER, A.SHIPMENT): S.DELIVERED,
    (S.DELIVERED, V.CONFIRM, A.BUYER): S.COMPLETED,
    (S.DELIVERED, V.CONFIRM, A.CLOCK): S.COMPLETED,
    **{(stage, V.DISPUTE, A.BUYER): stage for stage in DISPUTABLE},
}


@pytest.mark.parametrize(("stage", "verb", "by"), list(product(S, V, A)))
def test_cell(stage: Stage, verb: OrderVerb, by: Actor) -> None:
    if (expected := ALLOWED.get((stage, verb, by))) is not None:
        assert orders.move(stage, verb, by=by) is expected
        return
    somebody_may = any(cell[:2] == (stage, verb) for cell in ALLOWED)
    resolvable = verb is V.RESOLVE and stage in [*DISPUTABLE, S.MAKING]
    with pytest.raises(Refused) as refusal:
        orders.move(stage, verb, by=by)
    if resolvable:
        assert refusal.value.code == ("not_disputed" if by is A.STEWARD else "not_allowed")
    else:
        assert refusal.value.code == ("not_allowed" if somebody_may else "order_moved")


@pytest.mark.parametrize(("stage", "verb", "by"), ALLOWED)
def test_a_dispute_blocks_release_and_nothing_physical(stage: Stage, verb: OrderVerb, by: Actor) -> None:
    if verb in (V.CONFIRM, V.DISPUTE, V.CANCEL):
        with pytest.raises(Refused, match="disputed"):
            orders.move(stage, verb, by=by, disputed=True)
    else:
        assert orders.move(stage, verb, by=by, disputed=True) is ALLOWED[stage, verb, by]


@pytest.mark.parametrize("stage", [*DISPUTABLE, S.MAKING])
def test_a_steward_resolves_what_is_disputed(stage: Stage) -> None:
    assert orders.move(stage, V.RESOLVE, by=A.STEWARD, disputed=True) is stage


def test_each_craft_has_its_steps() -> None:
    assert steps("textile") == (
        "spinning", "dyeing", "warping", "weaving_25", "weaving_50", "weaving_75", "finishing", "washing")
    assert steps("basketry") == STEPS["other"]
    assert how_far("textile", "firing") == 0
    for craft in STEPS:
        far = [how_far(craft, step) for step in steps(craft)]
        assert far == sorted(set(far)) and far[0] > 0 and far[-1] < 100


def test_progress_needs_a_step_of_the_craft_and_something_to_show() -> None:
    orders.check_progress("textile", "weaving_50", media=1)
    orders.check_progress("pottery", "glazing", media=0, note="blue, as agreed")
    with pytest.raises(Refused, match="not_in_this_craft"):
        orders.check_progress("textile", "glazing", media=1)
    with pytest.raises(Refused, match="nothing_to_show"):
        orders.check_progress("textile", "washing", media=0, note="  ")


AGREED = [Size(200, 300)]


def test_made_needs_photo_weight_and_every_agreed_side() -> None:
    orders.check_made(AGREED, Size(198, 301), photos=1, weight_g=9_000)
    orders.check_made([Size()], Size(), photos=1, weight_g=40)
    with pytest.raises(Refused, match="photo_needed"):
        orders.check_made(AGREED, Size(200, 300), photos=0, weight_g=9_000)
    for weight in (None, 0, -1):
        with pytest.raises(Refused, match="weight_needed"):
            orders.check_made(AGREED, Size(200, 300), photos=1, weight_g=weight)
    with pytest.raises(Refused) as refusal:
        orders.check_made(AGREED, Size(width_cm=200), photos=1, weight_g=9_000)
    assert (refusal.value.code, refusal.value.fields) == ("measure_needed", {"length_cm": "missing"})


@given(st.integers(1, 5_000), st.integers(1, 6_000))
def test_tolerance_is_five_percent_either_way(agreed: int, measured: int) -> None:
    within = orders.size_within_tolerance(Size(agreed, None), Size(measured, None))
    assert within == (95 * agreed <= 100 * measured <= 105 * agreed)


def test_a_side_that_was_agreed_has_to_be_measured() -> None:
    assert not orders.size_within_tolerance(Size(200, 300), Size(200, None))
    assert orders.size_within_tolerance(Size(), Size())
    assert orders.size_within_tolerance(Size(200, 300), Size(190, 315))
    assert not orders.size_within_tolerance(Size(200, 300), Size(300, 200))
    assert Size(width_cm=1) and not Size()


def inspect(**changed: object) -> None:
    facts: dict[str, object] = {"passed": True, "is_maker": False, "agreed": AGREED, "measured": Size(201, 299),
                                "photos": 1, "weight_g": 9_000}
    orders.check_inspection(**(facts | changed))  # type: ignore[arg-type]


def test_an_inspection_passes_what_fits_or_names_why_not() -> None:
    inspect()
    inspect(agreed=[], measured=Size())
    inspect(agreed=[Size(50, 50), Size(200, 300)])
    inspect(passed=False, measured=Size(), reason="red instead of indigo")


@pytest.mark.parametrize(("changed", "code"), [
    ({"is_maker": True}, "own_work"),
    ({"is_maker": True, "passed": False, "reason": "mine"}, "own_work"),
    ({"passed": False}, "reason_needed"),
    ({"passed": False, "reason": " "}, "reason_needed"),
    ({"photos": 0}, "photo_needed"),
    ({"weight_g": None}, "weight_needed"),
    ({"measured": Size()}, "measure_needed"),
    ({"measured": Size(200, 316)}, "size_out_of_tolerance"),
])
def test_an_inspection_refuses(changed: dict[str, object], code: str) -> None:
    with pytest.raises(Refused, match=code):
        inspect(**changed)


def test_shipping_waits_for_the_balance_and_a_parcel() -> None:
    orders.check_ship(missing=0, parcels=1)
    with pytest.raises(Refused, match="balance_missing"):
        orders.check_ship(missing=1, parcels=1)
    with pytest.raises(Refused, match="parcel_needed"):
        orders.check_ship(missing=0, parcels=0)


@pytest.mark.parametrize(("hours", "lacking", "reminded", "code"), [
    (47.99, 1, False, "not_yet"), (48, 0, False, "not_yet"), (48, 1, False, None), (71.99, 1, False, None),
    (48, 1, True, "order_moved"), (72, 1, False, "order_moved"), (24 * 7, 1, False, "order_moved"),
])
def test_a_reminder_comes_once_from_48_hours_on_until_the_order_lapses(
    hours: float, lacking: int, reminded: bool, code: str | None
) -> None:
    now = NOW + timedelta(hours=hours)
    if code is None:
        orders.check_remind(NOW, now, lacking, reminded=reminded)
        return
    with pytest.raises(Refused, match=code):
        orders.check_remind(NOW, now, lacking, reminded=reminded)


def test_an_order_without_its_deposit_lapses_at_72_hours() -> None:
    orders.check_lapse(NOW, NOW + timedelta(hours=72), deposit_missing=1)
    for hours, lacking in [(71, 1), (72, 0)]:
        with pytest.raises(Refused, match="not_yet"):
            orders.check_lapse(NOW, NOW + timedelta(hours=hours), deposit_missing=lacking)


def test_the_clock_confirms_after_14_days_and_the_buyer_at_once() -> None:
    orders.check_confirm(A.BUYER, NOW, NOW)
    orders.check_confirm(A.CLOCK, NOW, NOW + timedelta(days=14))
    with pytest.raises(Refused, match="not_yet"):
        orders.check_confirm(A.CLOCK, NOW, NOW + timedelta(days=14, seconds=-1))
    with pytest.raises(Refused, match="not_yet"):
        orders.check_confirm(A.CLOCK, NOW, NOW + timedelta(days=20), there=False)
    orders.check_confirm(A.BUYER, NOW, NOW, there=False)


def test_a_dispute_has_a_reason_and_30_days() -> None:
    month = NOW + timedelta(days=30)
    orders.check_dispute(S.MADE, completed_at=None, now=NOW, reason="wrong colour")
    orders.check_dispute(S.COMPLETED, completed_at=NOW, now=month, reason="moths")
    with pytest.raises(Refused, match="dispute_too_late"):
        orders.check_dispute(S.COMPLETED, completed_at=NOW, now=month + timedelta(seconds=1), reason="moths")
    with pytest.raises(Refused, match="reason_needed"):
        orders.check_dispute(S.DELIVERED, completed_at=None, now=NOW, reason="")


def test_what_a_resolution_gives_back() -> None:
    assert orders.check_resolution(Outcome.RELEASE, amount=None, paid=100, price=100) == 0
    assert orders.check_resolution(Outcome.REFUND, amount=None, paid=100, price=100) == 100
    assert orders.check_resolution(Outcome.PARTIAL_REFUND, amount=99, paid=100, price=100) == 99
    assert orders.check_resolution(Outcome.PARTIAL_REFUND, amount=80, paid=100, price=80) == 80  # the price alone, not what is above it
    for amount, why in [(None, "too_small"), (0, "too_small"), (-1, "too_small"), (100, "too_large")]:
        with pytest.raises(Refused) as refusal:
            orders.check_resolution(Outcome.PARTIAL_REFUND, amount=amount, paid=100, price=100)
        assert refusal.value.fields == {"amount": why}
    with pytest.raises(Refused) as refusal:
        orders.check_resolution(Outcome.PARTIAL_REFUND, amount=81, paid=100, price=80)
    assert refusal.value.fields == {"amount": "too_large"}


@pytest.mark.parametrize(("stage", "outcome", "after"), [
    (S.MADE, Outcome.RELEASE, S.MADE),
    (S.SHIPPED, Outcome.PARTIAL_REFUND, S.SHIPPED),
    (S.SHIPPED, Outcome.REFUND, S.CANCELLED),
    (S.DELIVERED, Outcome.RELEASE, S.COMPLETED),
    (S.DELIVERED, Outcome.PARTIAL_REFUND, S.COMPLETED),
    (S.DELIVERED, Outcome.REFUND, S.CANCELLED),
    (S.COMPLETED, Outcome.REFUND, S.COMPLETED),
])
def test_where_a_resolution_leaves_the_order(stage: Stage, outcome: Outcome, after: Stage) -> None:
    assert orders.after_resolution(stage, outcome) is after


LATE = TODAY - timedelta(days=14)
NOT_LATE = TODAY - timedelta(days=13)


@pytest.mark.parametrize(("stage", "side", "steward", "agreed", "promised", "answer"), [
    (S.OPENED, Side.BUYER, False, False, None, Cancel.NOW),
    (S.OPENED, Side.ARTISAN, False, False, None, Cancel.NOW),
    (S.OPENED, None, True, False, None, Cancel.NOW),
    (S.MAKING, Side.BUYER, False, False, NOT_LATE, Cancel.ASK),
    (S.MAKING, Side.BUYER, False, True, NOT_LATE, Cancel.NOW),
    (S.MAKING, Side.BUYER, False, False, LATE, Cancel.NOW),
    (S.MAKING, Side.ARTISAN, False, False, LATE, Cancel.ASK),
    (S.MAKING, Side.ARTISAN, True, False, LATE, Cancel.ASK),
    (S.MAKING, Side.ARTISAN, False, True, NOT_LATE, Cancel.NOW),
    (S.MAKING, None, True, False, NOT_LATE, Cancel.NOW),
])
def test_who_cancels_and_how(stage: Stage, side: Side | None, steward: bool, agreed: bool, promised: date | None,
                             answer: Cancel) -> None:
    assert orders.may_cancel(stage, side=side, steward=steward, other_agreed=agreed, promised_by=promised,
                             today=TODAY, reason="the loom broke") is answer


@pytest.mark.parametrize("stage", [*DISPUTABLE, S.CANCELLED])
def test_from_made_on_nobody_cancels(stage: Stage) -> None:
    with pytest.raises(Refused, match="order_moved"):
        orders.may_cancel(stage, side=Side.BUYER, steward=True, other_agreed=True, promised_by=LATE, today=TODAY,
                          reason="late")


def test_a_helper_never_cancels_and_a_steward_says_why() -> None:
    with pytest.raises(Refused, match="not_allowed"):
        orders.may_cancel(S.MAKING, side=None, steward=False, promised_by=LATE, today=TODAY, reason="late")
    with pytest.raises(Refused, match="reason_needed"):
        orders.may_cancel(S.MAKING, side=None, steward=True, promised_by=LATE, today=TODAY)

"""When a parcel will probably be there, and from whom that is known."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules import arrival
from hub.rules.arrival import Arrival, Journey, expected, like
from hub.rules.shipments import Checkpoint, Source, Status

LEFT = datetime(2026, 3, 1, 22, tzinfo=UTC)
DAYS = [14, 8, 9, 10, 11, 12, 9, 10, 30, 10]
PAST = [Journey("dhl", "Azilal", days) for days in DAYS]


def march(day: int) -> date:
    return date(2026, 3, day)


def test_median_and_ninetieth_percentile() -> None:
    assert arrival.arrival_range([]) is None
    assert arrival.arrival_range([9]) == (9, 9)
    assert arrival.arrival_range(DAYS) == (10, 14)


def test_the_carrier_knows_best() -> None:
    found = expected(Status.IN_TRANSIT, LEFT, march(9), PAST, march(3))
    assert found == Arrival(march(9), march(9), "carrier", None, late=False)
    late = expected(Status.PENDING, None, march(9), [], march(10))
    assert late and late.late


def test_else_our_own_history_says_a_range() -> None:
    found = expected(Status.IN_TRANSIT, LEFT, None, PAST, march(3))
    assert found == Arrival(march(11), march(15), "history", 10, late=False)


def test_no_day_that_is_over_is_promised() -> None:
    within = expected(Status.IN_TRANSIT, LEFT, None, PAST, march(13))
    assert within == Arrival(march(13), march(15), "history", 10, late=False)
    over = expected(Status.IN_TRANSIT, LEFT, None, PAST, march(16))
    assert over == Arrival(march(11), march(15), "history", 10, late=True)


@pytest.mark.parametrize("status", [Status.DELIVERED, Status.CANCELLED, Status.RETURN_TO_SENDER])
def test_what_is_not_coming_is_not_expected(status: Status) -> None:
    assert expected(status, LEFT, march(9), PAST, march(3)) is None


def test_nothing_follows_from_few_journeys_or_before_it_left() -> None:
    assert expected(Status.IN_TRANSIT, LEFT, None, PAST[:4], march(3)) is None
    assert expected(Status.PENDING, None, None, PAST, march(3)) is None


def test_those_count_that_are_most_like_it() -> None:
    near, same = [Journey("dhl", "Azilal", 5)] * 5, [Journey("dhl", "Fès", 6)] * 5
    others = [Journey("aramex", "Azilal", 7)] * 5
    everyone = [*near, *same, *others]
    assert like(everyone, "dhl", "Azilal") == near
    assert like(everyone, "dhl", "Safi") == [*near, *same] == like(everyone, "dhl", None)
    assert like(everyone, "poste_maroc", "Azilal") == everyone
    assert like(everyone[:4], "dhl", "Azilal") == []
    assert len(like(near * 100, "dhl", None)) == arrival.REMEMBERED


def scan(status: Status, days: float) -> Checkpoint:
    return Checkpoint(LEFT + timedelta(days=days), status, Source.COURIER_LINK)


def test_a_journey_begins_with_the_first_scan_on_the_way() -> None:
    papers, seen, taken = scan(Status.PENDING, -9), scan(Status.UNKNOWN, -2), scan(Status.PICKED_UP, 0)
    assert arrival.left_at([]) is None and arrival.left_at([papers, seen, scan(Status.DELIVERED, 3)]) is None
    assert arrival.left_at([scan(Status.IN_TRANSIT, 1), taken, papers, seen]) == LEFT


def test_days_of_a_journey() -> None:
    taken, there = scan(Status.PICKED_UP, 0), scan(Status.DELIVERED, 3.125)
    assert arrival.days_taken([taken, there], there.at) == 4
    assert arrival.days_taken([taken], LEFT - timedelta(days=2)) == 0
    assert arrival.days_taken([there], there.at) is None
    assert arrival.days_taken([taken, scan(Status.RETURN_TO_SENDER, 2), there], there.at) is None
    assert arrival.days_taken([taken, there, scan(Status.RETURN_TO_SENDER, 4)], there.at) == 4


@pytest.mark.parametrize(
    ("eta", "kept"), [(None, False), (date(2026, 2, 28), False), (march(1), True), (date(2027, 3, 2), True), (date(2062, 1, 1), False)]
)
def test_a_date_that_can_not_be_is_the_carriers_mistake(eta: date | None, kept: bool) -> None:
    assert arrival.believable(eta, LEFT) == (eta if kept else None)


@given(st.lists(st.integers(0, 400), min_size=arrival.ENOUGH, max_size=60), st.integers(0, 500))
def test_a_range_is_never_upside_down_and_ends_today_or_later_unless_it_is_late(days: list[int], passed: int) -> None:
    today = LEFT.date() + timedelta(days=passed)
    found = expected(Status.IN_TRANSIT, LEFT, None, [Journey("dhl", None, count) for count in days], today)
    assert found and found.first <= found.last and found.late == (found.last < today)

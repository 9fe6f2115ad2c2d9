"""Before a piece leaves the village: its parcel, its pickup, its papers."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules import sending
from hub.rules.orders import Size
from hub.rules.refused import Refused
from hub.rules.sending import Box, Customs
from hub.rules.shipments import REASONS, Status, all_there

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_rug_is_rolled_from_its_longer_side() -> None:
    assert sending.proposed(Size(200, 300), 12_000) == Box(206, 30, 30, 12_500)
    assert sending.proposed(Size(300, 200), None) == Box(206, 30, 30, 500)
    assert sending.proposed(Size(200), 900) == Box(40, 30, 30, 1_400)


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_a_parcel_is_never_smaller_than_its_roll(width: int, length: int) -> None:
    box = sending.proposed(Size(width, length), 1)
    assert box.length_cm > min(width, length) and box.width_cm == box.height_cm > sending.PADDING_CM


def test_a_part_of_a_day_is_meant_at_the_village() -> None:
    start, end = sending.window(date(2026, 7, 1), "morning")
    assert (start, end - start) == (datetime(2026, 7, 1, 7, tzinfo=UTC), 4 * HOUR)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (NOW, None, "pickup_until"), (None, NOW, "pickup_from"), (NOW + 2 * HOUR, NOW + HOUR, "pickup_until"),
        (NOW, NOW + 15 * HOUR, "pickup_until"), (NOW - 3 * HOUR, NOW, "pickup_until"),
        (NOW + timedelta(days=61), NOW + timedelta(days=61) + HOUR, "pickup_from"),
    ],
)  # fmt: skip
def test_a_bad_pickup_names_its_field(start: datetime | None, end: datetime | None, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        sending.check_pickup(start, end, NOW)
    assert (refusal.value.code, list(refusal.value.fields)) == ("bad_pickup", [field])


def test_a_pickup_that_has_begun_is_still_good() -> None:
    sending.check_pickup(None, None, NOW)
    sending.check_pickup(NOW - HOUR, NOW + HOUR, NOW)
    sending.check_pickup(NOW + timedelta(days=60), NOW + timedelta(days=60) + HOUR, NOW)


def test_customs_are_told_nothing_within_the_country() -> None:
    assert sending.declared("MA", "Tapis", 95_000, 5_000, "EUR") is None
    assert sending.declared("FR", "Tapis", 95_000, 5_000, "EUR") == Customs("Tapis", 90_000, "EUR")


def test_papers_are_awaited_before_the_first_scan() -> None:
    assert set(sending.PAPERS) <= REASONS
    for reason in (*sending.PAPERS, None):
        sending.check_papers(Status.PENDING, reason)
    with pytest.raises(Refused, match="unknown_paper"):
        sending.check_papers(Status.PENDING, "customs_delay")
    with pytest.raises(Refused, match="on_its_way"):
        sending.check_papers(Status.PICKED_UP, None)


def test_an_order_is_there_when_all_that_was_not_called_off_is() -> None:
    there, off, way = Status.DELIVERED, Status.CANCELLED, Status.IN_TRANSIT
    assert all_there([there]) and all_there([there, off, there])
    assert not (all_there([]) or all_there([off]) or all_there([there, way]))


@pytest.mark.parametrize(("text", "right"), [
    ("+33 6 12 34 56 78", True), ("0612-345678", True), ("(212) 524/33.44.55", True), ("12345", False), ("abc", False), ("", False),
    ("+33 6 12 34 56 ab", False), ("++212612345678", False), ("------", False),
])  # fmt: skip
def test_a_number_that_a_courier_may_dial(text: str, right: bool) -> None:
    assert sending.is_phone(text) is right

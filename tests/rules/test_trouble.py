"""What is wrong with a parcel, and when it will be."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.shipments import ENDED, REASONS, STALE_AFTER, Checkpoint, Source, Status
from hub.rules.trouble import Journey, Trouble, begins, look_again, papers_since, trouble

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def journey(status: Status = Status.IN_TRANSIT, reason: str | None = None, **more: Any) -> Journey:
    """Booked ten days ago, heard of an hour ago."""
    return Journey(status, **{"booked_at": NOW - 10 * DAY, "heard_at": NOW - HOUR, "reason": reason} | more)


@pytest.mark.parametrize(("status", "reason", "kind"), [
    (Status.IN_TRANSIT, None, Trouble.NONE), (Status.PICKED_UP, None, Trouble.NONE), (Status.READY_FOR_PICKUP, None, Trouble.NONE),
    (Status.ON_HOLD, "carrier_parcel_lost", Trouble.LOST), (Status.UNKNOWN, "carrier_parcel_lost", Trouble.LOST),
    (Status.DELIVERY_FAILED, "carrier_damaged_parcel", Trouble.DAMAGED), (Status.RETURN_TO_SENDER, "customs_prohibited", Trouble.RETURNING),
    (Status.RETURN_TO_SENDER, None, Trouble.RETURNING), (Status.DELIVERY_FAILED, "consignee_not_home", Trouble.FAILED),
    (Status.ON_HOLD, "customs_documentation", Trouble.CUSTOMS), (Status.IN_TRANSIT, "customs_inspection", Trouble.CUSTOMS),
    (Status.ON_HOLD, "weather_delay", Trouble.HELD), (Status.ON_HOLD, None, Trouble.HELD), (Status.DELIVERY_DELAYED, None, Trouble.DELAYED),
    (Status.DELIVERED, "carrier_parcel_lost", Trouble.NONE), (Status.CANCELLED, None, Trouble.NONE),
])  # fmt: skip
def test_what_the_status_says_is_wrong(status: Status, reason: str | None, kind: Trouble) -> None:
    assert trouble(journey(status, reason), NOW) is kind


def test_silence_begins_after_five_days_to_the_moment() -> None:
    silent = journey(heard_at=NOW - STALE_AFTER)
    assert trouble(silent, NOW) is Trouble.SILENT
    assert trouble(silent, NOW - timedelta(microseconds=1)) is Trouble.NONE
    assert look_again(silent, NOW - HOUR) == NOW
    assert look_again(silent, NOW) is None
    assert trouble(journey(heard_at=NOW - 5 * DAY), NOW) is Trouble.SILENT
    assert trouble(journey(heard_at=NOW - 4 * DAY), NOW) is Trouble.NONE
    assert trouble(journey(Status.DELIVERED, heard_at=NOW - 9 * DAY), NOW) is Trouble.NONE


def test_a_parcel_that_waits_for_papers_is_not_silent_but_may_wait_too_long() -> None:
    waits = journey(Status.PENDING, "export_papers_origin", heard_at=NOW - 10 * DAY, numbered=True, papers_since=NOW - 10 * DAY)
    assert trouble(waits, NOW) is Trouble.NONE
    assert look_again(waits, NOW) == NOW + 11 * DAY
    assert trouble(waits, NOW + 11 * DAY) is Trouble.PAPERS
    assert trouble(journey(Status.PENDING, "export_papers"), NOW + 12 * DAY) is Trouble.PAPERS
    assert trouble(journey(Status.PENDING), NOW + 5 * DAY) is Trouble.SILENT


def scan(day: int, status: Status, reason: str | None = None, source: Source = Source.STEWARD) -> Checkpoint:
    return Checkpoint(NOW + day * DAY, status, source, reason=reason)


PENDING, ORIGIN, HOOK = Status.PENDING, "export_papers_origin", Source.CARRIER_HOOK


@pytest.mark.parametrize(("scans", "day"), [
    ([], None), ([scan(1, PENDING)], None),
    ([scan(1, PENDING, ORIGIN), scan(3, PENDING, "export_papers_customs")], 1),
    ([scan(1, PENDING, ORIGIN), scan(2, PENDING)], None),
    ([scan(1, PENDING, ORIGIN), scan(2, PENDING), scan(30, PENDING, "export_papers_buyer")], 30),
    ([scan(1, PENDING, ORIGIN), scan(2, Status.PICKED_UP, None, HOOK), scan(9, PENDING, ORIGIN), scan(11, PENDING, ORIGIN)], 9),
    ([scan(1, PENDING, ORIGIN), scan(2, Status.UNKNOWN, None, HOOK), scan(3, PENDING, ORIGIN)], 1),
    ([scan(1, PENDING, ORIGIN), scan(2, Status.UNKNOWN), scan(3, PENDING, ORIGIN)], 3),
])  # fmt: skip
def test_papers_are_awaited_since_the_wait_that_goes_on_began(scans: list[Checkpoint], day: int | None) -> None:
    since = None if day is None else NOW + day * DAY
    assert papers_since(scans) == papers_since(scans[::-1]) == since


def test_the_expected_day_is_over_when_it_has_ended() -> None:
    expected = journey(eta=date(2026, 11, 25))
    assert trouble(expected, NOW) is Trouble.LATE
    assert trouble(expected, datetime(2026, 11, 25, 23, 59, tzinfo=UTC)) is Trouble.NONE


def test_a_number_that_nobody_reports_on_is_worth_a_look_three_days_after_it_was_to_be_fetched() -> None:
    assert trouble(journey(numbered=True), NOW) is Trouble.UNREPORTED
    assert trouble(journey(numbered=True, reported=True), NOW) is Trouble.NONE
    assert trouble(journey(), NOW) is Trouble.NONE
    fetched = journey(numbered=True, collected_by=NOW)
    assert trouble(fetched, NOW + 2 * DAY) is Trouble.NONE and trouble(fetched, NOW + 3 * DAY) is Trouble.UNREPORTED


def test_of_several_the_worst_counts() -> None:
    bad = journey(Status.ON_HOLD, "customs_delay", heard_at=NOW - 9 * DAY, eta=date(2026, 1, 1), numbered=True)
    assert trouble(bad, NOW) is Trouble.CUSTOMS


ANY = st.builds(
    journey, st.sampled_from(Status), st.sampled_from([None, *sorted(REASONS)]), numbered=st.booleans(), reported=st.booleans(),
    heard_at=st.integers(0, 20).map(lambda days: NOW - days * DAY), eta=st.none() | st.dates(date(2026, 11, 1), date(2026, 12, 31)),
    collected_by=st.none() | st.just(NOW), papers_since=st.none() | st.just(NOW - 3 * DAY),
)


@given(ANY)
def test_whoever_looks_when_told_misses_nothing(one: Journey) -> None:
    """Between two looks the trouble is the same; what ends has none; and looking comes to an end."""
    at, looks = NOW, 0
    while (following := look_again(one, at)) is not None:
        assert trouble(one, following - timedelta(microseconds=1)) is trouble(one, at)
        at, looks = following, looks + 1
    assert looks <= len(Trouble) and trouble(one, at + 1_000 * DAY) is trouble(one, at)
    assert not (one.status in ENDED and begins(one))

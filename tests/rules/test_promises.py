"""The promised day, and what may move it."""

from datetime import date, timedelta

import pytest

from hub.rules import promises
from hub.rules.refused import Refused

TODAY = date(2026, 3, 1)
PROMISED = date(2026, 4, 1)


def days(number: int) -> date:
    return TODAY + timedelta(days=number)


def test_the_promise_and_how_it_moves() -> None:
    assert promises.promised_by(date(2026, 1, 31), 60) == PROMISED
    assert promises.extended(PROMISED, date(2026, 4, 15), TODAY, "the wool came late") == date(2026, 4, 15)
    assert promises.is_late(PROMISED, date(2026, 4, 2)) and not promises.is_late(PROMISED, PROMISED)
    assert not promises.is_late(None, TODAY)


@pytest.mark.parametrize(("until", "today"), [
    (date(2026, 4, 1), date(2026, 3, 1)),
    (date(2026, 4, 2), date(2026, 4, 3)),
    (date(2027, 4, 2), date(2026, 3, 1)),
])
def test_an_extension_is_later_not_past_and_within_a_year(until: date, today: date) -> None:
    with pytest.raises(Refused, match="bad_date"):
        promises.extended(PROMISED, until, today, "ill")


@pytest.mark.parametrize(("start", "end", "moved"), [(0, 10, 10), (5, 6, 1), (40, 47, 7), (0, 365, 365)])
def test_a_pause_moves_the_promise_by_its_days(start: int, end: int, moved: int) -> None:
    assert promises.paused(PROMISED, days(start), days(end), TODAY, "feast") == PROMISED + timedelta(days=moved)


def test_a_late_piece_may_pause_if_the_moved_promise_is_still_to_come() -> None:
    assert promises.paused(days(-5), TODAY, days(9), TODAY, "illness") == days(4)
    with pytest.raises(Refused) as refusal:
        promises.paused(days(-10), TODAY, days(9), TODAY, "illness")
    assert (refusal.value.code, refusal.value.fields) == ("bad_date", {"pause_until": "bad_date"})


@pytest.mark.parametrize(("start", "end", "field"), [
    (0, -1, "pause_until"), (0, 0, "pause_until"), (3, 3, "pause_until"), (-1, 5, "pause_from"), (0, 366, "pause_until"),
])
def test_a_pause_begins_today_or_later_and_ends_after_it(start: int, end: int, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        promises.paused(PROMISED, days(start), days(end), TODAY, "illness")
    assert (refusal.value.code, refusal.value.fields) == ("bad_date", {field: "bad_date"})


def test_more_time_and_a_pause_say_why() -> None:
    with pytest.raises(Refused, match="reason_needed"):
        promises.extended(PROMISED, days(60), TODAY, " ")
    with pytest.raises(Refused) as refusal:
        promises.paused(PROMISED, TODAY, days(3), TODAY, "")
    assert (refusal.value.code, refusal.value.fields) == ("reason_needed", {"reason": "missing"})

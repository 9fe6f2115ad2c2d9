"""Messages, their limits, and how far someone has read."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.refused import Refused
from hub.rules.threads import (
    Kind,
    Message,
    check_edit,
    check_message,
    check_remove,
    check_text,
    counts_as_unread,
    watermark,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEN = [str(n) for n in range(10)]


@pytest.mark.parametrize(("kind", "body", "media"), [
    ("text", "سلام", []), ("text", "a" * 4_000, None), ("text", None, ["document"]),
    ("photo", "the border", TEN), ("photo", None, ["1"]), ("voice", "", ["1"]),
])
def test_messages_that_pass(kind: str, body: str | None, media: list[str] | None) -> None:
    assert check_message(kind, body, media) == Message(Kind(kind), body or "", tuple(media or ()))


@pytest.mark.parametrize(("kind", "body", "media", "code"), [
    ("text", None, None, "empty"), ("text", " \n", [], "empty"), ("text", "a" * 4_001, [], "too_long"),
    ("text", "a\0b", [], "bad_frame"), ("text", "\ud83e", [], "bad_frame"), ("video", "a", [], "bad_frame"),
    ("text", "a", [*TEN, "x"], "too_many_media"), ("photo", "a", [], "media_missing"),
    ("photo", "a", [*TEN, "x"], "too_many_media"), ("voice", "a", [], "media_missing"),
    ("voice", "", ["1", "2"], "too_many_media"),
])
def test_messages_that_are_refused(kind: str, body: str | None, media: list[str] | None, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_message(kind, body, media)
    assert refusal.value.code == code


def test_characters_are_counted_not_bytes() -> None:
    assert check_text("🧶" * 4_000) == "🧶" * 4_000


def test_editing_for_a_quarter_of_an_hour() -> None:
    check_edit(own=True, removed=False, sent_at=NOW, now=NOW + timedelta(minutes=15))
    for own, removed, minutes, code in [
            (False, False, 0, "not_allowed"), (True, True, 0, "already_removed"), (True, False, 16, "edit_too_late")]:
        with pytest.raises(Refused, match=code):
            check_edit(own=own, removed=removed, sent_at=NOW, now=NOW + timedelta(minutes=minutes))


def test_removing_until_there_is_an_order() -> None:
    check_remove(own=True, removed=False, has_order=False)
    for own, removed, order, code in [
            (False, False, False, "not_allowed"), (True, True, False, "already_removed"),
            (True, False, True, "kept_for_order")]:
        with pytest.raises(Refused, match=code):
            check_remove(own=own, removed=removed, has_order=order)


@given(st.lists(st.integers(-5, 200)), st.integers(0, 100))
def test_receipts_only_rise_and_never_beyond_the_head(asked: list[int], head: int) -> None:
    current = 0
    for number in asked:
        reached = watermark(current, number, head)
        assert current <= reached <= head
        current = reached
    assert current == max([0, *(min(number, head) for number in asked)])


def test_what_counts_as_unread() -> None:
    assert [kind for kind in ("joined", "left", "edited", "removed", "translated") if counts_as_unread(kind)] == []
    assert counts_as_unread("message") and counts_as_unread("quote.offered") and counts_as_unread("order.paid")

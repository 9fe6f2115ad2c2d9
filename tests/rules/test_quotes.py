"""The quote table, cell by cell."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from hub.rules.quotes import LATE_FOR, LIVE, Move, QuoteStatus, QuoteVerb, Side, choices, expiry, move, status_now
from hub.rules.refused import Refused

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=7)
BUYER, ARTISAN = Side.BUYER, Side.ARTISAN
S, V = QuoteStatus, QuoteVerb

# The quote of these cells: written by the artisan, awaiting the buyer (a late one awaits the artisan).
ALLOWED: dict[tuple[QuoteStatus | None, QuoteVerb, Side | None], Move] = {
    (None, V.REQUEST, BUYER): Move(S.REQUESTED, ARTISAN),
    (None, V.OFFER, ARTISAN): Move(S.OPEN, BUYER),
    (S.REQUESTED, V.OFFER, ARTISAN): Move(S.OPEN, BUYER),
    (S.OPEN, V.COUNTER, BUYER): Move(S.OPEN, ARTISAN),
    (S.OPEN, V.REVISE, ARTISAN): Move(S.OPEN, BUYER),
    (S.OPEN, V.ACCEPT, BUYER): Move(S.ACCEPTED, None),
    (S.OPEN, V.DECLINE, BUYER): Move(S.DECLINED, None),
    (S.OPEN, V.WITHDRAW, ARTISAN): Move(S.WITHDRAWN, None),
    (S.EXPIRED, V.ACCEPT, BUYER): Move(S.LATE, ARTISAN),
    (S.LATE, V.CONFIRM, ARTISAN): Move(S.ACCEPTED, None),
    (S.LATE, V.DECLINE, ARTISAN): Move(S.DECLINED, None),
}
WRONG_SIDE = {
    (None, V.REQUEST, ARTISAN): "not_allowed",
    (None, V.OFFER, BUYER): "not_allowed",
    (S.REQUESTED, V.OFFER, BUYER): "not_allowed",
    (S.OPEN, V.COUNTER, ARTISAN): "not_your_turn",
    (S.OPEN, V.REVISE, BUYER): "not_allowed",
    (S.OPEN, V.ACCEPT, ARTISAN): "not_your_turn",
    (S.OPEN, V.DECLINE, ARTISAN): "not_your_turn",
    (S.OPEN, V.WITHDRAW, BUYER): "not_allowed",
    (S.EXPIRED, V.ACCEPT, ARTISAN): "not_your_turn",
    (S.LATE, V.CONFIRM, BUYER): "not_your_turn",
    (S.LATE, V.DECLINE, BUYER): "not_your_turn",
}
CELLS = list(product([None, *S], V, [BUYER, ARTISAN, None]))


def attempt(status: QuoteStatus | None, verb: QuoteVerb, side: Side | None, **changed: object) -> Move:
    facts: dict[str, object] = {
        "awaiting": {None: None, S.REQUESTED: ARTISAN, S.LATE: ARTISAN}.get(status, BUYER),
        "author_side": ARTISAN,
        "valid_until": NOW if status in (S.EXPIRED, S.LATE) else LATER,
        "now": NOW,
        "newest": True,
        "expired_at": None,
    }
    return move(status, verb, side=side, **(facts | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(("status", "verb", "side"), CELLS, ids=lambda part: str(part) if part else "none")
def test_cell(status: QuoteStatus | None, verb: QuoteVerb, side: Side | None) -> None:
    if (expected := ALLOWED.get((status, verb, side))) is not None:
        assert attempt(status, verb, side) == expected
        return
    with pytest.raises(Refused) as refusal:
        attempt(status, verb, side)
    if verb is V.EXPIRE:
        clock = "not_yet" if status is S.OPEN else "quote_moved"
        assert refusal.value.code == (clock if side is None else "not_allowed")
    elif side is None:
        assert refusal.value.code == "not_allowed"
    else:
        moved = "quote_expired" if status is S.EXPIRED else "quote_moved"
        assert refusal.value.code == WRONG_SIDE.get((status, verb, side), moved)


def test_after_a_counter_the_roles_turn() -> None:
    assert attempt(S.OPEN, V.ACCEPT, ARTISAN, awaiting=ARTISAN, author_side=BUYER) == Move(S.ACCEPTED, None)
    assert attempt(S.OPEN, V.REVISE, BUYER, awaiting=ARTISAN, author_side=BUYER) == Move(S.OPEN, ARTISAN)
    assert attempt(S.OPEN, V.COUNTER, ARTISAN, awaiting=ARTISAN, author_side=BUYER) == Move(S.OPEN, BUYER)


@pytest.mark.parametrize("verb", [V.COUNTER, V.REVISE, V.ACCEPT, V.DECLINE, V.WITHDRAW])
@pytest.mark.parametrize("side", Side)
def test_an_older_version_has_moved_whoever_answers_it(verb: QuoteVerb, side: Side) -> None:
    with pytest.raises(Refused, match="quote_moved"):
        attempt(S.OPEN, verb, side, newest=False)


def test_it_expires_to_the_minute_even_if_the_worker_was_down() -> None:
    just_before, then = NOW - timedelta(microseconds=1), NOW
    assert attempt(S.OPEN, V.ACCEPT, BUYER, valid_until=then, now=just_before) == Move(S.ACCEPTED, None)
    assert attempt(S.OPEN, V.ACCEPT, BUYER, valid_until=then, now=then) == Move(S.LATE, ARTISAN)
    assert status_now(S.OPEN, then, just_before) is S.OPEN
    assert status_now(S.OPEN, then, then) is S.EXPIRED
    for verb, side in [(V.COUNTER, BUYER), (V.DECLINE, BUYER), (V.REVISE, ARTISAN), (V.WITHDRAW, ARTISAN)]:
        with pytest.raises(Refused, match="quote_expired"):
            attempt(S.OPEN, verb, side, valid_until=then)


def test_the_clock_expires_an_open_quote_and_keeps_its_awaited_side() -> None:
    assert attempt(S.OPEN, V.EXPIRE, None, valid_until=NOW) == Move(S.EXPIRED, BUYER)
    with pytest.raises(Refused, match="not_yet"):
        attempt(S.OPEN, V.EXPIRE, None, valid_until=None)


def test_late_is_up_to_twelve_hours_and_a_sleeping_worker_lengthens_nothing() -> None:
    last = NOW + LATE_FOR
    assert attempt(S.EXPIRED, V.ACCEPT, BUYER, now=last) == Move(S.LATE, ARTISAN)
    for status in (S.EXPIRED, S.OPEN):
        with pytest.raises(Refused, match="quote_expired"):
            attempt(status, V.ACCEPT, BUYER, valid_until=NOW, now=last + timedelta(seconds=1), expired_at=last)
    with pytest.raises(Refused, match="quote_moved"):
        attempt(S.EXPIRED, V.ACCEPT, BUYER, newest=False)


def test_when_it_expired() -> None:
    assert expiry(None, None, NOW) == NOW
    assert expiry(LATER, NOW, LATER) == NOW


def test_a_quote_that_awaits_nobody_known_turns_to_nobody() -> None:
    with pytest.raises(Refused, match="not_your_turn"):
        attempt(S.OPEN, V.COUNTER, BUYER, awaiting=None)


def test_the_buttons_of_the_card() -> None:
    def buttons(status: QuoteStatus | None, side: Side | None, until: datetime = LATER) -> list[QuoteVerb]:
        return choices(status, side=side, awaiting=BUYER, author_side=ARTISAN, valid_until=until, now=NOW)

    assert buttons(S.OPEN, BUYER) == [V.COUNTER, V.ACCEPT, V.DECLINE]
    assert buttons(S.OPEN, ARTISAN) == [V.REVISE, V.WITHDRAW]
    assert buttons(S.OPEN, BUYER, until=NOW) == [V.ACCEPT]
    assert buttons(S.OPEN, None) == buttons(S.ACCEPTED, BUYER) == []
    assert buttons(None, ARTISAN) == [V.OFFER]


def test_live_quotes_are_those_with_an_answer_awaited_on_a_version() -> None:
    assert {S.OPEN, S.LATE} == LIVE
    assert BUYER.other is ARTISAN and ARTISAN.other is BUYER

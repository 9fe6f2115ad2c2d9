"""Quotes: who may answer, when, and what becomes of the quote."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hub.rules.refused import Refused

LATE_FOR = timedelta(hours=12)
"""How long after expiry an acceptance still counts as tapped in time but delivered late."""


class QuoteStatus(StrEnum):
    REQUESTED = "requested"
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    LATE = "late"


class QuoteVerb(StrEnum):
    REQUEST = "request"
    OFFER = "offer"
    COUNTER = "counter"
    REVISE = "revise"
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    CONFIRM = "confirm"


class Side(StrEnum):
    BUYER = "buyer"
    ARTISAN = "artisan"

    @property
    def other(self) -> "Side":
        return Side.ARTISAN if self is Side.BUYER else Side.BUYER


class By(StrEnum):
    """Whose verb a row is; `awaited` and `author` depend on the quote."""

    BUYER = "buyer"
    ARTISAN = "artisan"
    AWAITED = "the side awaited"
    AUTHOR = "the side that wrote the newest version"
    CLOCK = "clock"


class Next(StrEnum):
    """Who is awaited after a move."""

    NOBODY = "nobody"
    BUYER = "buyer"
    ARTISAN = "artisan"
    SAME = "same"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Move:
    """What a verb leads to: the quote's new status, and the side now awaited (None when nobody is)."""

    status: QuoteStatus
    awaiting: Side | None


_S, _V = QuoteStatus, QuoteVerb

MOVES: dict[tuple[QuoteStatus | None, QuoteVerb], tuple[By, QuoteStatus, Next]] = {
    # from, verb: by, to, who is awaited next
    (None, _V.REQUEST): (By.BUYER, _S.REQUESTED, Next.ARTISAN),
    (None, _V.OFFER): (By.ARTISAN, _S.OPEN, Next.BUYER),
    (_S.REQUESTED, _V.OFFER): (By.ARTISAN, _S.OPEN, Next.BUYER),
    (_S.OPEN, _V.COUNTER): (By.AWAITED, _S.OPEN, Next.OTHER),
    (_S.OPEN, _V.REVISE): (By.AUTHOR, _S.OPEN, Next.SAME),
    (_S.OPEN, _V.ACCEPT): (By.AWAITED, _S.ACCEPTED, Next.NOBODY),
    (_S.OPEN, _V.DECLINE): (By.AWAITED, _S.DECLINED, Next.NOBODY),
    (_S.OPEN, _V.WITHDRAW): (By.AUTHOR, _S.WITHDRAWN, Next.NOBODY),
    (_S.OPEN, _V.EXPIRE): (By.CLOCK, _S.EXPIRED, Next.SAME),
    (_S.EXPIRED, _V.ACCEPT): (By.AWAITED, _S.LATE, Next.OTHER),
    (_S.LATE, _V.CONFIRM): (By.AWAITED, _S.ACCEPTED, Next.NOBODY),
    (_S.LATE, _V.DECLINE): (By.AWAITED, _S.DECLINED, Next.NOBODY),
}
"""The table of domain rules for quotes; None is "no quote yet", so each wish is a quote of its own, the newest counts.

An expired quote keeps its awaited side, whose acceptance may still be on its way; a late one awaits the other side.
"""

LIVE = frozenset({_S.OPEN, _S.LATE})
"""Someone's answer is awaited on a version: at most one such quote per thread (wishes may be several)."""


def has_expired(status: QuoteStatus | None, valid_until: datetime | None, now: datetime) -> bool:
    """True from the very moment of `valid_until`, whether or not the worker has written it down yet."""
    return status is QuoteStatus.EXPIRED or (
        status is QuoteStatus.OPEN and valid_until is not None and now >= valid_until)


def status_now(status: QuoteStatus | None, valid_until: datetime | None, now: datetime) -> QuoteStatus | None:
    """The status people should see and answer: `expired` as soon as it is, `status` otherwise."""
    return QuoteStatus.EXPIRED if has_expired(status, valid_until, now) else status


def move(status: QuoteStatus | None, verb: QuoteVerb, *, side: Side | None, awaiting: Side | None,
         author_side: Side | None, valid_until: datetime | None, now: datetime, newest: bool = True,
         expired_at: datetime | None = None) -> Move:
    """The one answer to "may this happen, and what then?".

    `status` None is a thread without a quote to answer. `side` is the side the asking person is *of*; mentors, stewards
    and the clock have None. `newest` says that the answered version is the newest and nothing newer replaced the quote.
    The 12 hours of a late acceptance count from the earlier of `valid_until` and `expired_at`, so a worker that was
    down lengthens nothing.

    Raises Refused: `not_allowed` (not a side, or another side's verb), `not_your_turn`, `quote_moved` (state or version
    has gone on), `quote_expired`, `not_yet` (the clock came early).
    """
    if verb is QuoteVerb.EXPIRE:
        return _expire(status, side, awaiting, valid_until, now)
    if side is None:
        raise Refused("not_allowed")
    row = MOVES.get((status_now(status, valid_until, now), verb))
    if row is None:
        raise Refused("quote_expired" if has_expired(status, valid_until, now) else "quote_moved")
    if not newest:
        raise Refused("quote_moved")
    by, to, then = row
    _whose(by, side, awaiting, author_side)
    if to is QuoteStatus.LATE and now > expiry(valid_until, expired_at, now) + LATE_FOR:
        raise Refused("quote_expired")
    return Move(to, _awaited(then, awaiting))


def choices(status: QuoteStatus | None, *, side: Side | None, awaiting: Side | None, author_side: Side | None,
            valid_until: datetime | None, now: datetime, newest: bool = True,
            expired_at: datetime | None = None) -> list[QuoteVerb]:
    """The verbs this side has right now, in the table's order: the buttons of a card."""
    return [verb for verb in QuoteVerb if verb is not QuoteVerb.EXPIRE and _possible(
        status, verb, side, awaiting, author_side, valid_until, now, newest, expired_at)]


def expiry(valid_until: datetime | None, expired_at: datetime | None, now: datetime) -> datetime:
    """When a quote expired: the earlier of what its terms and its record say; `now` when neither is known."""
    known = [moment for moment in (valid_until, expired_at) if moment is not None]
    return min(known, default=now)


def _expire(status: QuoteStatus | None, side: Side | None, awaiting: Side | None, valid_until: datetime | None,
            now: datetime) -> Move:
    if side is not None:
        raise Refused("not_allowed")
    if (status, QuoteVerb.EXPIRE) not in MOVES:
        raise Refused("quote_moved")
    if not has_expired(status, valid_until, now):
        raise Refused("not_yet")
    _, to, then = MOVES[status, QuoteVerb.EXPIRE]
    return Move(to, _awaited(then, awaiting))


def _whose(by: By, side: Side, awaiting: Side | None, author_side: Side | None) -> None:
    if by is By.AWAITED:
        if side is not awaiting:
            raise Refused("not_your_turn")
    elif by is By.AUTHOR:
        if side is not author_side:
            raise Refused("not_allowed")
    elif by.value != side.value:
        raise Refused("not_allowed")


def _awaited(then: Next, awaiting: Side | None) -> Side | None:
    match then:
        case Next.NOBODY:
            return None
        case Next.SAME:
            return awaiting
        case Next.OTHER:
            return awaiting.other if awaiting else None
        case _:
            return Side(then.value)


def _possible(status: QuoteStatus | None, verb: QuoteVerb, side: Side | None, awaiting: Side | None,
              author_side: Side | None, valid_until: datetime | None, now: datetime, newest: bool,
              expired_at: datetime | None) -> bool:
    try:
        move(status, verb, side=side, awaiting=awaiting, author_side=author_side, valid_until=valid_until, now=now,
             newest=newest, expired_at=expired_at)
    except Refused:
        return False
    return True

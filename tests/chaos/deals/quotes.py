"""The table of quotes, said a second time: what a verb leads to, or the code of its no."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

OTHER = {"buyer": "artisan", "artisan": "buyer"}
LATE = timedelta(hours=12)
SIDES = ("buyer", "artisan")


class No(Exception):
    """The refusal that the tables foresee."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Offer:
    """The terms of a version, as the world writes them. `sells`: the one piece itself, not one like it."""

    price: int
    shipping: int
    percent: int
    days: int
    hours: int  # for which it holds
    sells: bool = False
    width: int = 200

    @property
    def cooperative(self) -> int:
        """15 % of the goods; an exact half is the artisan's."""
        return (self.price * 15 + 49) // 100

    @property
    def artisan(self) -> int:
        return self.price - self.cooperative

    @property
    def total(self) -> int:
        return self.price + self.shipping

    @property
    def deposit(self) -> int:
        return (self.total * self.percent + 50) // 100


@dataclass
class Quote:
    """A wish or a chain of versions: `(side, offer)` each."""

    status: str
    awaiting: str | None
    versions: list[tuple[str, Offer]] = field(default_factory=list)
    until: datetime | None = None
    id: Any = None  # given by the hub
    hashes: list[str] = field(default_factory=list)  # given by the hub, of each version, and kept for ever

    def due(self, now: datetime) -> bool:
        """Is it the clock's turn?"""
        return self.status == "open" and self.until is not None and now >= self.until

    def goes(self, status: str, awaiting: str | None) -> None:
        self.status, self.awaiting = status, awaiting


@dataclass
class Talk:
    """A thread: its quotes and orders in the order in which they came, and how often each thing was said."""

    helped: bool  # does the mentor sit in it?
    quotes: list[Quote] = field(default_factory=list)
    orders: list[Any] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)
    id: Any = None

    def place(self, who: str) -> str | None:
        """What somebody is to this thread; None for nothing."""
        return None if who == "stranger" or (who == "mentor" and not self.helped) else who

    def current(self) -> Quote | None:
        """The quote that counts: the one awaiting an answer, or else the newest."""
        living = [quote for quote in self.quotes if quote.status in ("open", "late")]
        return (living or self.quotes or [None])[-1]

    def enters(self, who: str, *allowed: str) -> None:
        """The door of a record."""
        if self.place(who) is None:
            raise No("not_found")
        if who not in allowed:
            raise No("not_allowed")

    def sits(self, who: str, *allowed: str) -> None:
        """The door of the thread itself, in which the head office does not sit."""
        if self.place(who) in (None, "steward"):
            raise No("unknown_thread")
        if who not in allowed:
            raise No("not_allowed")


def expire(talk: Talk, quote: Quote, now: datetime) -> None:
    if quote.status != "open":
        raise No("quote_moved")
    if not quote.due(now):
        raise No("not_yet")
    quote.goes("expired", quote.awaiting)
    talk.said["quote.expired"] += 1


def request(talk: Talk, who: str, good: bool) -> None:
    talk.sits(who, "buyer")
    if not good:
        raise No("bad_wish")
    talk.quotes.append(Quote("requested", "artisan"))
    talk.said["quote.requested"] += 1


def offer(talk: Talk, who: str, terms: Offer | None, now: datetime) -> None:
    talk.sits(who, "artisan")
    quote = talk.current()
    if quote and quote.status in ("open", "late"):
        raise No("quote_moved")
    if terms is None:
        raise No("bad_terms")
    if quote is None or quote.status != "requested":
        quote = Quote("", None)
        talk.quotes.append(quote)
    _write(talk, quote, "artisan", terms, now, "quote.offered", awaiting="buyer")


def _write(talk: Talk, quote: Quote, side: str, terms: Offer, now: datetime, said: str, awaiting: str | None) -> None:
    quote.versions.append((side, terms))
    quote.until = now + timedelta(hours=terms.hours)
    quote.goes("open", awaiting)
    talk.said[said] += 1


ROWS = {  # whose verb it is
    ("open", "counter"): "awaited", ("open", "revise"): "author", ("open", "accept"): "awaited", ("open", "decline"): "awaited",
    ("open", "withdraw"): "author", ("expired", "accept"): "awaited", ("late", "confirm"): "awaited", ("late", "decline"): "awaited",
}  # fmt: skip


def answers(talk: Talk, quote: Quote, verb: str, who: str, version: int | None, mark: str | None, now: datetime) -> None:
    """May this side answer so? `mark` is the fingerprint they send, None where none is asked for."""
    talk.enters(who, *SIDES)
    if verb == "accept" and (version is None or mark is None):
        raise No("bad_form")
    if verb in ("counter", "revise") and version is None:
        raise No("bad_form")
    if (version is not None and version != len(quote.versions)) or (mark is not None and quote.hashes and mark != quote.hashes[-1]):
        raise No("stale_version")
    if (quote.status, verb) not in ROWS:
        raise No("quote_expired" if quote.status == "expired" else "quote_moved")
    if quote.status == "expired" and talk.quotes[-1] is not quote:
        raise No("quote_moved")
    if ROWS[quote.status, verb] == "awaited":
        if who != quote.awaiting:
            raise No("not_your_turn")
    elif who != quote.versions[-1][0]:
        raise No("not_allowed")
    if quote.status == "expired" and quote.until and now > quote.until + LATE:
        raise No("quote_expired")


def counter(talk: Talk, quote: Quote, who: str, terms: Offer | None, now: datetime) -> None:
    if terms is None:
        raise No("bad_terms")
    _write(talk, quote, who, terms, now, "quote.countered", awaiting=OTHER[who])


def revise(talk: Talk, quote: Quote, who: str, terms: Offer | None, now: datetime) -> None:
    if terms is None:
        raise No("bad_terms")
    _write(talk, quote, who, terms, now, "quote.revised", awaiting=quote.awaiting)


def ends(talk: Talk, quote: Quote, status: str) -> None:
    """Declined or withdrawn."""
    quote.goes(status, None)
    talk.said[f"quote.{status}"] += 1

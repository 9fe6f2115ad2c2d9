"""What every answer to a quote begins and ends with: the door, the version, the table, the record, the thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub import access, events
from hub.access import Place
from hub.errors import Refusal, showing
from hub.rules import quotes as rules
from hub.rules.quotes import Move, QuoteStatus, QuoteVerb, Side
from hub.unit import Unit
from hub.views import ledger
from hub.views import quotes as view
from models.quotes import Quote, QuoteVersion


@dataclass(slots=True)
class Held:
    """A quote whose thread is locked, and the place of whoever answers it."""

    u: Unit
    row: Quote
    place: Place
    newest: QuoteVersion | None

    async def view(self) -> dict[str, Any]:
        """As it stands, for whoever asks."""
        return await view.quote(self.row, self.place, self.u.person.locale)

    @staticmethod
    def needs(**facts: object) -> None:
        """What an answer has to say. Raises Refusal `bad_form`, naming what it does not."""
        if missing := {name: "missing" for name, value in facts.items() if value is None}:
            raise Refusal("bad_form", fields=missing)

    async def answers(self, version: int | None, terms_hash: str | None = None) -> None:
        """Is this the version they saw? Raises Refusal `stale_version`, with the one that stands."""
        other = version is not None and version != self.row.version
        if other or (terms_hash is not None and self.newest and terms_hash != self.newest.terms_hash):
            raise Refusal("stale_version", current=await self.view())

    async def moves(self, verb: QuoteVerb) -> Move:
        """What the table of `hub/rules/quotes.py` says to this verb of theirs. Raises Refusal."""
        row = self.row
        async with showing(self.view):
            return rules.move(
                QuoteStatus(row.status), verb, side=self.place.side, awaiting=Side(row.awaiting) if row.awaiting else None,
                author_side=Side(self.newest.side) if self.newest else None, valid_until=row.valid_until, now=self.u.now,
                newest=not await view.newer(row, self.u.now), expired_at=row.expired_at,
            )

    async def becomes(self, move: Move, event: type[events.QuoteEvent], **more: Any) -> dict[str, Any]:
        """Save the move, say it in the thread, tell the screens; the quote as it stands now."""
        await save(self.u, self.row, move)
        side = self.place.side.value if self.place.side else None
        await say(self.u, self.row, self.newest, event, side=side, **more)
        return await self.view()


class Overdue(Exception):
    """The quote's time ran out while an answer to it waited for its turn: first the clock has its own, then the answer comes again."""


async def hold(u: Unit, quote_id: Any, verb: str) -> Held:
    row, place = await access.lock_quote(u, quote_id)
    place.need(verb)
    in_time(u, row)
    newest = await QuoteVersion.get_or_none(quote_id=row.id, version=row.version) if row.version else None
    return Held(u, row, place, newest)


def in_time(u: Unit, row: Quote) -> None:
    """Raises Overdue for a quote that is written down as open and is over."""
    if row.status == QuoteStatus.OPEN and rules.has_expired(QuoteStatus.OPEN, row.valid_until, u.now):
        raise Overdue


async def save(u: Unit, row: Quote, move: Move) -> None:
    fresh = not row.status
    row.status, row.awaiting, row.moved_at = move.status.value, move.awaiting.value if move.awaiting else None, u.now
    await row.save(using_db=u.connection, force_create=fresh, force_update=not fresh)


async def say(
    u: Unit, row: Quote, newest: QuoteVersion | None, event: type[events.QuoteEvent], **more: Any
) -> None:
    facts: dict[str, Any] = {"quote": str(row.id), "version": row.version, "status": row.status, "awaiting": row.awaiting}
    if newest:
        terms = newest.terms
        facts |= {
            "title": view.title(terms), "terms_hash": newest.terms_hash, "making_days": terms["making_days"],
            "total": ledger.money(terms["totals"]["total"], terms["currency"]),
        }
    await u.say(row.thread_id, event(**(facts | more)))
    u.hint(await access.people_of(row.thread_id), f"card:{row.id}")

"""What happens to a quote: request, offer, counter, revise, accept, decline, withdraw, expire, and the late acceptance."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from hub import access, clock, events
from hub.access import Place
from hub.actions import media as pictures
from hub.actions import orders
from hub.config import config
from hub.errors import Refusal, showing
from hub.ids import new_id, uuid_or_none
from hub.rules import quotes as rules
from hub.rules import terms as term_rules
from hub.rules.quotes import Move, QuoteStatus, QuoteVerb, Side
from hub.unit import Actor, Unit, verb
from hub.views import ledger
from hub.views import quotes as view
from models.catalogue import Product
from models.media import MediaThread
from models.quotes import Quote, QuoteVersion
from models.threads import Participation, Thread

CLOCK = Actor(scope="clock")
BATCH = 500  # quotes that one round of the clock looks at
P = ParamSpec("P")


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
                newest=not await view.newer(row), expired_at=row.expired_at,
            )

    async def becomes(self, move: Move, event: type[events.QuoteEvent], **more: Any) -> dict[str, Any]:
        """Save the move, say it in the thread, tell the screens; the quote as it stands now."""
        await _save(self.u, self.row, move)
        side = self.place.side.value if self.place.side else None
        await _say(self.u, self.row, self.newest, event, side=side, **more)
        return await self.view()


def answering(
    run: Callable[Concatenate[Actor, Any, P], Awaitable[dict[str, Any]]],
) -> Callable[Concatenate[Actor, Any, P], Awaitable[dict[str, Any]]]:
    """An answer to a quote that has expired finds it expired, in the thread too, whether or not the worker lived."""

    @functools.wraps(run)
    async def answer(actor: Actor, quote_id: Any, /, *args: P.args, **kwargs: P.kwargs) -> dict[str, Any]:
        await _expire_due(id=uuid_or_none(quote_id))
        return await run(actor, quote_id, *args, **kwargs)

    return answer


@verb
async def request(u: Unit, thread_id: Any, wish: Any) -> dict[str, Any]:
    """A buyer says what they wish for. Several are allowed; the newest counts. Raises Refusal `bad_wish`."""
    seat = await access.lock_thread(u, thread_id)
    place = access.seated(seat, u.person)
    place.need("request_quote")
    move = rules.move(
        None, QuoteVerb.REQUEST, side=place.side, awaiting=None, author_side=None, valid_until=None, now=u.now
    )
    wanted = term_rules.parse_wish(wish, u.now)
    await _check_products(seat.thread, {"product": wanted.product}, "bad_wish")
    await _show(u, seat.thread.id, wanted.media)
    row = _new(seat.thread, u)
    row.wish = wanted.plain()
    await _save(u, row, move)
    await _say(u, row, None, events.QuoteRequested, side=Side.BUYER.value, title=wanted.description, wish=row.wish)
    return await view.quote(row, place, u.person.locale)


async def offer(actor: Actor, thread_id: Any, terms: Any) -> dict[str, Any]:
    """The artisan's first version, answering the newest wish if there is one.

    Raises Refusal `bad_terms`, `quote_moved` (another quote is being answered: revise that one).
    """
    await _expire_due(thread_id=uuid_or_none(thread_id))
    return await _offer(actor, thread_id, terms)


@verb
async def _offer(u: Unit, thread_id: Any, terms: Any) -> dict[str, Any]:
    seat = await access.lock_thread(u, thread_id)
    place = access.seated(seat, u.person)
    place.need("offer")
    current = await view.current_row(seat.thread.id)
    if current is None or QuoteStatus(current.status) not in rules.LIVE | {QuoteStatus.REQUESTED}:
        current = _new(seat.thread, u)
    held = Held(u, current, place, None)
    if current.status:
        move = await held.moves(QuoteVerb.OFFER)
    else:
        move = rules.move(None, QuoteVerb.OFFER, side=place.side, awaiting=None, author_side=None, valid_until=None, now=u.now)
    return await _write(held, move, terms, events.QuoteOffered)


@answering
@verb
async def counter(u: Unit, quote_id: Any, version: int | None, terms: Any) -> dict[str, Any]:
    """The side awaited proposes other terms. Raises Refusal `stale_version`, `bad_terms`, `not_your_turn` ..."""
    held = await _hold(u, quote_id, "counter")
    await held.answers(version)
    return await _write(held, await held.moves(QuoteVerb.COUNTER), terms, events.QuoteCountered)


@answering
@verb
async def revise(u: Unit, quote_id: Any, version: int | None, terms: Any) -> dict[str, Any]:
    """The side that wrote the newest version writes a better one. Raises Refusal."""
    held = await _hold(u, quote_id, "revise")
    await held.answers(version)
    return await _write(held, await held.moves(QuoteVerb.REVISE), terms, events.QuoteRevised)


@answering
@verb
async def accept(
    u: Unit, quote_id: Any, version: int | None, terms_hash: str | None, helped_by: Any = None
) -> dict[str, Any]:
    """The side awaited says yes to that version and no other; the order opens in the same instant.

    An acceptance that arrives up to 12 h after expiry waits for the other side's `confirm`. Raises Refusal
    `stale_version`, `piece_taken`, `quote_moved`, `quote_expired`, `not_your_turn`, `not_allowed`, `bad_form`.
    """
    held = await _hold(u, quote_id, "accept")
    missing = {name: "missing" for name, value in (("version", version), ("terms_hash", terms_hash)) if value is None}
    if missing:
        raise Refusal("bad_form", fields=missing)
    await held.answers(version, terms_hash)
    move = await held.moves(QuoteVerb.ACCEPT)
    helper = await _helper(held, helped_by)
    if move.status is QuoteStatus.LATE:
        return await held.becomes(move, events.QuoteAccepted, late=True, helped_by=_text(helper))
    return await _agreed(held, move, helper, late=False)


@answering
@verb
async def confirm(u: Unit, quote_id: Any) -> dict[str, Any]:
    """The other side lets a late acceptance count; the order opens. Raises Refusal."""
    held = await _hold(u, quote_id, "confirm_late")
    return await _agreed(held, await held.moves(QuoteVerb.CONFIRM), None, late=True)


@answering
@verb
async def decline(u: Unit, quote_id: Any, version: int | None = None, reason: str | None = None) -> dict[str, Any]:
    """The side awaited says no. Raises Refusal."""
    held = await _hold(u, quote_id, "decline")
    await held.answers(version)
    move = await held.moves(QuoteVerb.DECLINE)
    held.row.reason = reason
    return await held.becomes(move, events.QuoteDeclined, reason=reason)


@answering
@verb
async def withdraw(u: Unit, quote_id: Any, version: int | None = None) -> dict[str, Any]:
    """The side that wrote the newest version takes it back. Raises Refusal."""
    held = await _hold(u, quote_id, "withdraw")
    await held.answers(version)
    return await held.becomes(await held.moves(QuoteVerb.WITHDRAW), events.QuoteWithdrawn)


@verb
async def expire(u: Unit, quote_id: Any) -> dict[str, Any]:
    """The clock's: from the minute of `valid_until`. Raises Refusal `not_yet`, `quote_moved`."""
    row = await access.hold_quote(u, quote_id)
    move = rules.move(
        QuoteStatus(row.status), QuoteVerb.EXPIRE, side=None, awaiting=Side(row.awaiting) if row.awaiting else None,
        author_side=None, valid_until=row.valid_until, now=u.now,
    )
    row.expired_at = u.now
    await _save(u, row, move)
    newest = await QuoteVersion.get(quote_id=row.id, version=row.version)
    await _say(u, row, newest, events.QuoteExpired)
    return {"id": str(row.id), "status": row.status}


async def overdue() -> list[UUID]:
    """Quotes whose time is up and that nobody wrote down yet, the oldest first."""
    due = Quote.filter(status=QuoteStatus.OPEN, valid_until__lte=clock.now())
    return list(await due.order_by("valid_until").limit(BATCH).values_list("id", flat=True))  # type: ignore[arg-type]


async def _expire_due(**which: UUID | None) -> None:
    """Let the clock have what is its own before somebody answers."""
    if None in which.values():
        return
    due = await Quote.filter(status=QuoteStatus.OPEN, valid_until__lte=clock.now(), **which).first()
    if due is None:
        return
    try:
        await expire(CLOCK, due.id)
    except Refusal as refusal:
        if refusal.code not in ("quote_moved", "not_yet"):  # somebody was faster
            raise


async def _hold(u: Unit, quote_id: Any, verb: str) -> Held:
    row, place = await access.lock_quote(u, quote_id)
    place.need(verb)
    newest = await QuoteVersion.get_or_none(quote_id=row.id, version=row.version) if row.version else None
    return Held(u, row, place, newest)


def _new(thread: Thread, u: Unit) -> Quote:
    return Quote(id=new_id(), thread_id=thread.id, status="", created_at=u.now, moved_at=u.now)


async def _save(u: Unit, row: Quote, move: Move) -> None:
    fresh = not row.status
    row.status, row.awaiting, row.moved_at = move.status.value, move.awaiting.value if move.awaiting else None, u.now
    await row.save(using_db=u.connection, force_create=fresh, force_update=not fresh)


async def _write(held: Held, move: Move, terms: Any, event: type[events.QuoteEvent]) -> dict[str, Any]:
    """A new version: read, priced, frozen and fingerprinted by the hub."""
    u, row, before = held.u, held.row, held.newest
    parsed = term_rules.parse_terms(terms, u.now)
    thread = await Thread.get(id=row.thread_id)
    products = {f"items.{number}.product": item.product for number, item in enumerate(parsed.items)}
    await _check_products(thread, products, "bad_terms")
    await _show(u, thread.id, parsed.media)
    frozen = term_rules.frozen(parsed, config().commission_percent, await ledger.rate(parsed.currency))
    row.version, row.valid_until = row.version + 1, parsed.valid_until
    await _save(u, row, move)
    assert held.place.side
    held.newest = await QuoteVersion.create(
        quote_id=row.id, version=row.version, by_id=u.person.id, side=held.place.side.value, terms=frozen,
        terms_hash=term_rules.terms_hash(frozen), at=u.now, using_db=u.connection,
    )
    changed = [change.term for change in term_rules.differences(before.terms, frozen)] if before else []
    await _say(u, row, held.newest, event, side=held.place.side.value, changed=list(dict.fromkeys(changed)))
    return await held.view()


async def _agreed(held: Held, move: Move, helper: UUID | None, *, late: bool) -> dict[str, Any]:
    """The quote is accepted and its order opens, both or neither."""
    assert held.newest
    order = new_id()
    await _save(held.u, held.row, move)
    side = held.place.side.value if held.place.side else None
    await _say(
        held.u, held.row, held.newest, events.QuoteAccepted, side=side, order=str(order), late=late, helped_by=_text(helper)
    )
    await orders.open_for(held.u, order, held.row, held.newest, helper, held.view)
    return await held.view()


async def _say(
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


async def _check_products(thread: Thread, products: dict[str, str | None], code: str) -> None:
    """Every piece that is named is this artisan's. Raises Refusal `code`."""
    named = {product for product in products.values() if product}
    if not named:
        return
    rows = await Product.filter(id__in=named, artisan_id=thread.artisan_id).values_list("id", flat=True)
    own = {str(row) for row in rows}
    if strange := {field: "not_an_id" for field, product in products.items() if product and product not in own}:
        raise Refusal(code, fields=strange)


async def _show(u: Unit, thread_id: UUID, media: tuple[str, ...]) -> None:
    """Reference photos: one's own, or those the thread has seen already. Raises Refusal `media_missing`."""
    if not media:
        return
    rows = await MediaThread.filter(thread_id=thread_id, media_id__in=media).values_list("media_id", flat=True)
    seen = {str(row) for row in rows}
    if fresh := [item for item in media if item not in seen]:
        await pictures.show_in(u, fresh, thread_id)


async def _helper(held: Held, helped_by: Any) -> UUID | None:
    """The helper of this thread with whose help it was accepted. Raises Refusal `bad_form`."""
    if not helped_by:
        return None
    helper = uuid_or_none(helped_by)
    here = Participation.filter(
        thread_id=held.row.thread_id, person_id=helper, left_at=None, role__in=["mentor", "steward"]
    )
    if helper is None or not await here.exists():
        raise Refusal("bad_form", fields={"helped_by": "not_an_id"})
    return helper


def _text(found: UUID | None) -> str | None:
    return str(found) if found else None

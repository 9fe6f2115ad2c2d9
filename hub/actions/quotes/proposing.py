"""What is wished and proposed: requests, and the versions of a quote."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hub import access, events
from hub.actions import media as pictures
from hub.actions.quotes.expiring import after_the_clock, answering
from hub.actions.quotes.held import Held, hold, in_time, save, say
from hub.config import config
from hub.errors import Refusal
from hub.ids import new_id, uuid_or_none
from hub.rules import quotes as rules
from hub.rules import terms as term_rules
from hub.rules.quotes import Move, QuoteStatus, QuoteVerb, Side
from hub.unit import Actor, Unit, verb
from hub.views import ledger, rates
from hub.views import quotes as view
from models.catalogue import Product
from models.media import MediaThread
from models.people import Person
from models.quotes import Quote, QuoteVersion
from models.threads import Thread


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
    await save(u, row, move)
    await say(u, row, None, events.QuoteRequested, side=Side.BUYER.value, title=wanted.description, wish=row.wish)
    return await view.quote(row, place, u.person.locale)


async def offer(actor: Actor, thread_id: Any, terms: Any) -> dict[str, Any]:
    """The artisan's first version, answering the newest wish if there is one.

    Raises Refusal `bad_terms`, `quote_moved` (another quote is being answered: revise that one).
    """
    return await after_the_clock(lambda: _offer(actor, thread_id, terms), thread_id=uuid_or_none(thread_id))


@verb
async def _offer(u: Unit, thread_id: Any, terms: Any) -> dict[str, Any]:
    seat = await access.lock_thread(u, thread_id)
    place = access.seated(seat, u.person)
    place.need("offer")
    current = await view.current_row(seat.thread.id)
    if current is None or QuoteStatus(current.status) not in rules.LIVE | {QuoteStatus.REQUESTED}:
        current = _new(seat.thread, u)
    in_time(u, current)
    held = Held(u, current, place, None)
    if current.status:
        move = await held.moves(QuoteVerb.OFFER)
    else:
        move = rules.move(None, QuoteVerb.OFFER, side=place.side, awaiting=None, author_side=None, valid_until=None, now=u.now)
    return await _write(held, move, terms, events.QuoteOffered)


@answering
@verb
async def counter(u: Unit, quote_id: Any, version: int | None, terms: Any) -> dict[str, Any]:
    """The side awaited proposes other terms. Raises Refusal `bad_form`, `stale_version`, `bad_terms`, `not_your_turn` ..."""
    held = await hold(u, quote_id, "counter")
    held.needs(version=version)
    await held.answers(version)
    return await _write(held, await held.moves(QuoteVerb.COUNTER), terms, events.QuoteCountered)


@answering
@verb
async def revise(u: Unit, quote_id: Any, version: int | None, terms: Any) -> dict[str, Any]:
    """The side that wrote the newest version writes a better one. Raises Refusal."""
    held = await hold(u, quote_id, "revise")
    held.needs(version=version)
    await held.answers(version)
    return await _write(held, await held.moves(QuoteVerb.REVISE), terms, events.QuoteRevised)


def _new(thread: Thread, u: Unit) -> Quote:
    return Quote(id=new_id(), thread_id=thread.id, status="", created_at=u.now, moved_at=u.now)


async def _write(held: Held, move: Move, terms: Any, event: type[events.QuoteEvent]) -> dict[str, Any]:
    """A new version: read, priced, frozen and fingerprinted by the hub."""
    u, row, before = held.u, held.row, held.newest
    parsed = term_rules.parse_terms(terms, u.now)
    thread = await Thread.get(id=row.thread_id)
    products = {f"items.{number}.product": item.product for number, item in enumerate(parsed.items)}
    await _check_products(thread, products, "bad_terms")
    await _show(u, thread.id, parsed.media)
    buyer = await Person.get(id=thread.buyer_id)
    display = await rates.display(parsed.currency, buyer.display_currency)
    frozen = term_rules.frozen(parsed, config().commission_percent, await ledger.rate(parsed.currency), display)
    row.version, row.valid_until = row.version + 1, parsed.valid_until
    await save(u, row, move)
    assert held.place.side
    held.newest = await QuoteVersion.create(
        quote_id=row.id, version=row.version, by_id=u.person.id, side=held.place.side.value, terms=frozen,
        terms_hash=term_rules.terms_hash(frozen), at=u.now, using_db=u.connection,
    )
    changed = [change.term for change in view.changed(before.terms, frozen)] if before else []
    await say(u, row, held.newest, event, side=held.place.side.value, changed=list(dict.fromkeys(changed)))
    return await held.view()


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

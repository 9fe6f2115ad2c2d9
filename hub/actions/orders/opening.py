"""An order opens: the terms are copied, the one-of-a-kind pieces held."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from hub import events
from hub.access import NOBODY
from hub.actions.orders.held import Held, promise, tell
from hub.errors import Refusal
from hub.ids import uuid_or_none
from hub.rules import orders as rules
from hub.rules import promises
from hub.rules.orders import Actor, OrderVerb, Size, Stage
from hub.unit import Unit
from hub.views.ledger import NOTHING, money
from models.catalogue import Product
from models.orders import Order
from models.people import Person
from models.quotes import Quote, QuoteVersion
from models.threads import Thread


async def open_for(
    u: Unit, order_id: UUID, quote: Quote, version: QuoteVersion, helper: UUID | None, pieces: list[UUID]
) -> None:
    """The order that acceptance of this version opens; the thread is locked, the `pieces` are reserved."""
    thread = await Thread.get(id=quote.thread_id)
    totals, currency = version.terms["totals"], version.terms["currency"]
    row = Order(
        id=order_id, thread_id=thread.id, quote_id=quote.id, version=version.version, terms=version.terms, buyer_id=thread.buyer_id,
        artisan_id=thread.artisan_id, helped_by_id=helper, pieces=pieces, title=version.terms["items"][0]["description"],
        craft=await _craft(thread), stage=Stage.OPENED.value, currency=currency, total=totals["total"], deposit=totals["deposit"],
        artisan_share=totals["artisan"], commission=totals["cooperative"], shipping=totals["shipping"], opened_at=u.now,
    )
    if not row.deposit:
        await start_making(Held(u, row, NOBODY, NOTHING))
    await row.save(using_db=u.connection, force_create=True)
    await u.say(thread.id, events.OrderOpened(
        order=str(row.id), stage=row.stage, title=row.title, quote=str(quote.id), total=money(row.total, currency),
        deposit=money(row.deposit, currency), promised_by=promise(row),
    ))
    await tell(u, row)


async def start_making(held: Held) -> None:
    """The deposit is there: the making begins, and the promised day counts from today."""
    held.reaches(await held.moves(OrderVerb.DEPOSIT, by=Actor.LEDGER))
    held.row.promised_by = promises.promised_by(held.u.now.date(), held.row.terms["making_days"])


async def release_pieces(held: Held) -> None:
    """One-of-a-kind pieces return to the shop."""
    if held.row.pieces:
        await Product.filter(id__in=held.row.pieces).using_db(held.u.connection).update(available=True)


async def reserve(u: Unit, terms: dict[str, Any], current: Callable[[], Awaitable[dict[str, Any]]]) -> list[UUID]:
    """Hold the one-of-a-kind pieces that these terms sell, and none of which they only wish "the same, another size".

    The rows are locked in the order of their ids: no two orders wait crosswise. Raises Refusal `piece_taken`, with
    `current`, when another order holds one of them.
    """
    named = {uuid_or_none(item["product"]) for item in terms["items"] if item["product"]}
    if not named:
        return []
    unique = Product.filter(id__in=list(named), one_of_a_kind=True).using_db(u.connection)
    rows = [row for row in await unique.order_by("id").select_for_update() if _is_sold(terms["items"], row)]
    if any(not row.available for row in rows):
        raise Refusal("piece_taken", current=await current())
    pieces = [row.id for row in rows]
    if pieces:
        await Product.filter(id__in=pieces).using_db(u.connection).update(available=False)
    return pieces


def _is_sold(items: list[dict[str, Any]], piece: Product) -> bool:
    """Does one of these items mean that very piece? Another may wish for the same in another size."""
    return any(
        rules.is_the_piece(
            Size(item["width_cm"], item["length_cm"]), item["colours"], item["quantity"],
            piece=Size(piece.width_cm, piece.length_cm), piece_colours=list(piece.colours),
        )
        for item in items if uuid_or_none(item["product"]) == piece.id
    )


async def _craft(thread: Thread) -> str:
    """The craft whose steps the making follows: the piece's, else the artisan's."""
    if thread.product_id:
        return (await Product.get(id=thread.product_id)).craft
    return (await Person.get(id=thread.artisan_id)).craft or "other"

"""The ledger, for the head office: the books, what waits in them, and the file for the accountant."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from hub import access, clock
from hub.actions import ledger, refunds
from hub.errors import Refusal
from hub.rules.money import EXPONENTS
from hub.rules.payments import LARGEST
from hub.rules.people import may
from hub.views import books
from hub.views import ledger as view
from hub.web.base import actor, answer, form, json, person, seen
from hub.web.reading import Form, minor

NOTE = 2_000  # characters


def need(request: Request, verb: str) -> None:
    """Raises Refusal `signed_out`, `not_allowed`."""
    if not may(verb, person(request).roles):
        raise Refusal("not_allowed")


async def show(request: Request) -> Response:
    """Trial balance, what waits, rates."""
    need(request, "see_ledger")
    found = await books.books()
    today = clock.now().date()
    return seen(request, found, "ledger/index.html", books=found, first=today.replace(month=1, day=1), last=today)


async def export(request: Request) -> Response:
    """One row a posting, of a period: this year's until today if none is given."""
    need(request, "see_ledger")
    read, today = Form(dict(request.query_params)), clock.now().date()
    first, last = read.day("from") or today.replace(month=1, day=1), read.day("to") or today
    if last < first:
        read.wrong("to", "too_small")
    if not 1970 <= first.year <= last.year < 9999:
        read.wrong("from", "not_a_day")
    read.checked()
    return sheet(books.exported(*books.period(first, last)), f"ledger-{first}-{last}.csv")


def sheet(content: Any, name: str) -> Response:
    """A CSV file to be saved."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(content, media_type="text/csv; charset=utf-8", headers=headers)


async def order(request: Request) -> Response:
    """An order's transfers and balances."""
    row, place = await access.order(person(request), request.path_params["o"])
    place.need("see_ledger")
    return json(await view.of_order(row))


async def set_rate(request: Request) -> Response:
    """What a currency is worth in dirhams, from now on."""
    data = await form(request)
    read = Form({name: str(value) if name == "rate" and value is not None else value for name, value in data.items()})
    rate, sure = read.needed("rate", 30), read.raw("sure") is not None and read.yes("sure")
    read.checked()
    found = await ledger.set_rate(actor(request), data.get("currency"), rate, sure=sure)
    return answer(request, found, redirect="/ledger" if data.get("next") == "/ledger" else "/board", status=201)


async def pay_shipping(request: Request) -> Response:
    """A carrier's invoice was paid."""
    return answer(request, await ledger.pay_shipping(actor(request), *await _bill(request)), redirect="/ledger", status=201)


async def record_fee(request: Request) -> Response:
    """A bank or a provider kept something."""
    return answer(request, await ledger.record_fee(actor(request), *await _bill(request)), redirect="/ledger", status=201)


async def _bill(request: Request) -> tuple[str, int, str]:
    data = await form(request)
    read = Form(minor(data, "amount", data.get("currency")))
    read.need("amount")
    currency, amount = read.code("currency", frozenset(EXPONENTS), "unknown_currency"), read.whole("amount", 1, LARGEST)
    read.need("currency")
    reference = " ".join(read.needed("reference", 100).split())
    if not reference.isascii():
        read.wrong("reference", "bad_characters")
    read.checked()
    return currency or "", amount or 0, reference


async def settle(request: Request) -> Response:
    """Money that fits no order was dealt with."""
    read = Form(await form(request))
    note = read.needed("note", NOTE)
    read.checked()
    return answer(request, await ledger.settle(actor(request), request.path_params["e"], note), redirect="/ledger")


async def confirm_refund(request: Request) -> Response:
    """It was given back by hand."""
    read = Form(await form(request))
    reference = " ".join(read.needed("reference", refunds.REFERENCE).split())
    read.checked()
    return answer(request, await refunds.confirm(actor(request), request.path_params["r"], reference), redirect="/ledger")


routes = [
    Route("/ledger", show),
    Route("/ledger/export.csv", export),
    Route("/ledger/orders/{o}", order),
    Route("/ledger/rates", set_rate, methods=["POST"]),
    Route("/ledger/shipping", pay_shipping, methods=["POST"]),
    Route("/ledger/fees", record_fee, methods=["POST"]),
    Route("/ledger/events/{e}/settle", settle, methods=["POST"]),
    Route("/ledger/refunds/{r}/confirm", confirm_refund, methods=["POST"]),
]

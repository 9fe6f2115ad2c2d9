"""Orders: looking at one, its verbs, and a small page for each verb that needs a form."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub import access
from hub.actions import carriers, orders
from hub.errors import Refusal
from hub.rules.labels import OPEN
from hub.rules.orders import Outcome, Size
from hub.rules.payments import LARGEST
from hub.rules.terms.shape import LARGEST_CM
from hub.views import labels, sending
from hub.views import orders as view
from hub.web.base import actor, answer, form, fragment, locale, page, person, seen
from hub.web.reading import Form, minor
from models.orders import Order

NOTE = 2_000  # characters
HEAVIEST_G = 1_000_000
PAGES = {  # page -> verb of the people's table
    "pay": "record_payment", "progress": "progress", "made": "made", "inspect": "inspect", "ship": "book_shipment",
    "ship_more": "book_shipment",
    "extend": "extend", "pause": "extend", "cancel": "cancel", "dispute": "dispute", "resolve": "resolve",
}


async def show(request: Request) -> Response:
    """One order."""
    shown = await _order(request)
    return seen(request, shown, "orders/show.html", order=shown, thread=None)


async def card(request: Request) -> Response:
    """The order's card, drawn for this viewer."""
    return fragment(request, "orders/card.html", order=await _order(request), thread=None)


async def verb_page(request: Request) -> Response:
    """The form of one verb, for somebody who may use it now."""
    name = request.path_params["verb"]
    if name not in PAGES:
        raise Refusal("not_found")
    row, place = await access.order(person(request), request.path_params["o"])
    shown = await view.order(row, place, locale(request))
    place.need(PAGES[name])
    if name not in shown["may"] and not (name == "pay" and shown["stage"] not in view.ENDED):
        raise Refusal("order_moved", current=shown)
    more = await _sending(row, place, locale(request)) if PAGES[name] == "book_shipment" else {}
    return page(request, f"orders/{name}.html", order=shown, thread=None, gate=view.gate(row), **more)


async def _sending(row: Order, place: access.Place, language: str) -> dict[str, Any]:
    """What a booking's form proposes; for stewards, who can be asked for prices, and labels that wait for somebody."""
    buys = place.may("buy_label")
    unsure = [one for one in await labels.of_order(row, language) if one["state"] in OPEN] if buys else []
    sellers = carriers.sellers() if buys else []
    return {"sending": sending.proposal(row), "door": await sending.door(row), "sellers": sellers, "open_labels": unsure}


async def _order(request: Request) -> dict[str, Any]:
    row, place = await access.order(person(request), request.path_params["o"])
    return await view.order(row, place, locale(request))


async def pay(request: Request) -> Response:
    """A steward records money that arrived."""
    data = await form(request)
    read = Form(minor(data, "amount", data.get("currency")))
    read.need("amount")
    amount, currency = read.whole("amount", 1, LARGEST), read.needed("currency", 3).upper()
    reference, method = " ".join(read.needed("reference", 100).split()), read.text("method", 30) or "bank_transfer"
    read.checked()
    return _answered(request, await orders.pay(actor(request), _id(request), amount or 0, currency, reference, method.lower()))


async def undo_payment(request: Request) -> Response:
    """A steward takes back what was recorded by mistake."""
    read = Form(await form(request))
    reason = read.text("reason", NOTE)
    read.checked()
    return _answered(request, await orders.undo_payment(actor(request), _id(request), request.path_params["p"], reason))


async def progress(request: Request) -> Response:
    """A step of the making."""
    read = Form(await form(request))
    step, media, note = read.needed("step", 20), read.media(), read.text("note", NOTE)
    read.checked()
    return _answered(request, await orders.progress(actor(request), _id(request), step, media, note))


async def made(request: Request) -> Response:
    """The piece is finished."""
    read = Form(await form(request))
    media, measured, weight = read.media(), _size(read), read.whole("weight_g", 1, HEAVIEST_G)
    read.checked()
    return _answered(request, await orders.made(actor(request), _id(request), media, measured, weight))


async def inspect(request: Request) -> Response:
    """The quality gate."""
    read = Form(await form(request))
    passed, measured, weight = read.yes("passed"), _size(read), read.whole("weight_g", 1, HEAVIEST_G)
    reason, media = read.text("reason", NOTE), read.media()
    read.checked()
    return _answered(request, await orders.inspect(actor(request), _id(request), passed, measured, weight, reason, media))


async def extend(request: Request) -> Response:
    """More time, or a pause: asked by the artisan, or answered by the buyer."""
    read = Form(await form(request))
    if read.raw("agree") is not None:
        agree, asked = read.yes("agree"), read.day("until")
        read.checked()
        return _answered(request, await orders.answer_extension(actor(request), _id(request), agree, asked))
    if read.raw("pause_until") is not None:
        return await _pause(request, read)
    read.need("until")
    until, reason = read.day("until"), read.text("reason", NOTE)
    read.checked()
    assert until
    return _answered(request, await orders.ask_extension(actor(request), _id(request), until, reason))


async def _pause(request: Request, read: Form) -> Response:
    """A rest, asked by the artisan."""
    start, end, reason = read.day("pause_from"), read.day("pause_until"), read.text("reason", NOTE)
    read.checked()
    assert end
    return _answered(request, await orders.ask_pause(actor(request), _id(request), start, end, reason))


async def cancel(request: Request) -> Response:
    """Cancel, or ask or agree to; `agree` false: the order goes on."""
    read = Form(await form(request))
    agree, reason = read.raw("agree") is None or read.yes("agree"), read.text("reason", NOTE)
    read.checked()
    if not agree:
        return _answered(request, await orders.keep(actor(request), _id(request)))
    return _answered(request, await orders.cancel(actor(request), _id(request), reason))


async def confirm(request: Request) -> Response:
    """It has arrived well."""
    await form(request)
    return _answered(request, await orders.confirm(actor(request), _id(request)))


async def dispute(request: Request) -> Response:
    """Something is wrong."""
    read = Form(await form(request))
    reason, media = read.text("reason", NOTE), read.media()
    read.checked()
    return _answered(request, await orders.dispute(actor(request), _id(request), reason, media))


async def resolve(request: Request) -> Response:
    """A steward settles it; a decimal amount is in the order's currency."""
    data = await form(request)
    if data.get("amount_decimal"):
        row, _ = await access.order(person(request), _id(request))
        data = minor(data, "amount", row.currency)
    read = Form(data)
    outcome = read.needed("outcome", 20)
    if outcome not in set(Outcome):
        read.wrong("outcome", "missing")
    amount, note = read.whole("amount", 0, LARGEST), read.text("note", NOTE)
    read.checked()
    return _answered(request, await orders.resolve(actor(request), _id(request), Outcome(outcome), amount, note))


def _size(read: Form) -> Size:
    return Size(read.whole("width_cm", 1, LARGEST_CM), read.whole("length_cm", 1, LARGEST_CM))


def _id(request: Request) -> str:
    return str(request.path_params["o"])


def _answered(request: Request, found: dict[str, Any]) -> Response:
    return answer(request, found, redirect=f"/orders/{found['id']}")


VERBS = {"payments": pay, "progress": progress, "made": made, "inspect": inspect, "extend": extend, "cancel": cancel,
         "confirm": confirm, "dispute": dispute, "resolve": resolve}

routes = [
    Route("/orders/{o}", show),
    Route("/orders/{o}/card", card),
    *(Route(f"/orders/{{o}}/{name}", handler, methods=["POST"]) for name, handler in VERBS.items()),
    Route("/orders/{o}/payments/{p}/undo", undo_payment, methods=["POST"]),
    Route("/orders/{o}/{verb}", verb_page),
]

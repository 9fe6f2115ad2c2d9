"""Quotes: wishes, offers, and every answer to them."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub import access
from hub.actions import quotes
from hub.errors import Refusal
from hub.rules.terms.shape import LARGEST_CM, LONGEST_MAKING, LONGEST_TEXT, MOST_PIECES
from hub.views import ledger, rates
from hub.views import quotes as view
from hub.views import threads as thread_view
from hub.web.base import actor, answer, form, fragment, locale, page, person, seen
from hub.web.reading import Form, minor

REASON = 1_000  # characters
LIMITS = {"cm": LARGEST_CM, "pieces": MOST_PIECES, "days": LONGEST_MAKING, "text": LONGEST_TEXT}


async def show(request: Request) -> Response:
    """One quote."""
    row, place = await access.quote(person(request), _quote(request))
    shown = await view.quote(row, place, locale(request))
    return seen(request, shown, "quotes/show.html", quote=shown, version=None, thread=None)


async def card(request: Request) -> Response:
    """The quote's card, drawn for this viewer."""
    row, place = await access.quote(person(request), _quote(request))
    shown = await view.quote(row, place, locale(request))
    return fragment(request, "quotes/card.html", quote=shown, version=request.query_params.get("version"), thread=None)


async def request_quote(request: Request) -> Response:
    """A buyer's wish."""
    found = await quotes.request(actor(request), request.path_params["t"], await form(request))
    return answer(request, found, redirect=f"/threads/{found['thread']}", status=201)


async def offer(request: Request) -> Response:
    """The artisan's first version."""
    found = await quotes.offer(actor(request), request.path_params["t"], terms(await form(request)))
    return answer(request, found, redirect=f"/threads/{found['thread']}", status=201)


async def counter(request: Request) -> Response:
    """Other terms, by the side awaited."""
    data = await form(request)
    return _answered(request, await quotes.counter(actor(request), _quote(request), _version(data), terms(data)))


async def revise(request: Request) -> Response:
    """Better terms, by the side that wrote the newest."""
    data = await form(request)
    return _answered(request, await quotes.revise(actor(request), _quote(request), _version(data), terms(data)))


async def accept(request: Request) -> Response:
    """Yes, to that version."""
    data = Form(await form(request))
    version, terms_hash = data.whole("version", 1, 10**6), data.text("terms_hash", 64)
    helped_by = data.id("helped_by")
    data.checked()
    return _answered(request, await quotes.accept(actor(request), _quote(request), version, terms_hash, helped_by))


async def decline(request: Request) -> Response:
    """No, with a reason if they like."""
    data = Form(await form(request))
    version, reason = data.whole("version", 1, 10**6), data.text("reason", REASON)
    data.checked()
    return _answered(request, await quotes.decline(actor(request), _quote(request), version, reason))


async def withdraw(request: Request) -> Response:
    """Taken back."""
    version = _version(await form(request))
    return _answered(request, await quotes.withdraw(actor(request), _quote(request), version))


async def confirm(request: Request) -> Response:
    """A late acceptance may count."""
    return _answered(request, await quotes.confirm(actor(request), _quote(request)))


def _quote(request: Request) -> str:
    return str(request.path_params["q"])


def _answered(request: Request, found: dict[str, Any]) -> Response:
    return answer(request, found, redirect=f"/threads/{found['thread']}")


def _version(data: dict[str, Any]) -> int | None:
    read = Form(data)
    version = read.whole("version", 1, 10**6)
    read.checked()
    return version


def terms(data: dict[str, Any]) -> Any:
    """The terms of a body, under `terms` or beside the rest; decimal prices, attributes and a bare last day as forms write them."""
    found = data.get("terms", data)
    if not isinstance(found, dict):
        return found
    currency = found.get("currency")
    found = minor(found, "shipping", currency)
    if isinstance(found.get("items"), list):
        found = found | {"items": [_attributes(minor(item, "unit_price", currency), number) for number, item in enumerate(found["items"])]}
    until = found.get("valid_until")
    if isinstance(until, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", until.strip()):
        found = found | {"valid_until": f"{until.strip()}T23:59:59Z"}
    return found


def _attributes(item: Any, number: int) -> Any:
    """`facts` of an item, pairs of a name and its words, as the item's attributes. Raises Refusal `bad_terms` for words without a name."""
    if not isinstance(item, dict) or not isinstance(item.get("facts"), list):
        return item
    found: dict[str, Any] = {}
    for place, fact in enumerate(item["facts"]):
        name, words = (fact.get("name"), fact.get("value")) if isinstance(fact, dict) else (None, None)
        if words and not isinstance(name, str):
            raise Refusal("bad_terms", fields={f"items.{number}.facts.{place}.name": "missing"})
        if isinstance(name, str) and words:
            found[name.strip()] = words
    return {key: value for key, value in item.items() if key != "facts"} | {"attributes": found}


# Pages


async def wish_page(request: Request) -> Response:
    """Where a buyer says what they wish for."""
    thread = await _thread(request, "request_quote")
    quote = thread["quote"]
    return page(request, "quotes/request.html", thread=thread, limits=LIMITS, wish=quote["wish"] if quote else None)


async def offer_page(request: Request) -> Response:
    """The quote maker, starting from the wish or the piece."""
    thread = await _thread(request, "offer")
    quote = thread["quote"] if thread["quote"] and thread["quote"]["status"] == "requested" else None
    return await _maker(request, thread, quote, "offer", f"/threads/{thread['id']}/quotes")


async def counter_page(request: Request) -> Response:
    """The maker, starting from the newest version."""
    return await _next_version(request, "counter")


async def revise_page(request: Request) -> Response:
    """The same, for the side that wrote it."""
    return await _next_version(request, "revise")


async def _next_version(request: Request, mode: str) -> Response:
    row, place = await access.quote(person(request), _quote(request))
    place.need(mode)
    quote = await view.quote(row, place, locale(request))
    if mode not in quote["may"]:
        raise Refusal("quote_moved", current=quote)
    seat = await access.thread(person(request), row.thread_id)
    thread = await thread_view.thread(seat.thread, seat.participation, person(request))
    return await _maker(request, thread | {"quote": quote}, quote, mode, f"/quotes/{row.id}/{mode}")


async def _maker(request: Request, thread: dict[str, Any], quote: dict[str, Any] | None, mode: str, action: str) -> Response:
    about, terms = thread["about"], quote["terms"] if quote else None
    before = str(terms["currency"] if terms else about["price"]["currency"] if about else "EUR")
    currencies = list(dict.fromkeys([before, *await rates.known()]))
    wanted = request.query_params.get("currency", "")
    currency = wanted if wanted in currencies else before
    if quote and terms:
        quote = quote | {"terms": await _in(terms, currency)}
    exchange = await ledger.rate(currency)
    asked = (await rates.proposed({"price": about["price"]["amount"]}, about["price"]["currency"], currency))["price"] if about else None
    return page(
        request, "quotes/maker.html", thread=thread, quote=quote, mode=mode, action=action, currency=currency, currencies=currencies,
        asked=asked, limits=LIMITS,
        version=quote["version"] if quote and quote["version"] else None, mad_rate=exchange["rate"] if exchange else None,
    )


async def _in(terms: dict[str, Any], currency: str) -> dict[str, Any]:
    """Terms as they are proposed in another currency."""
    prices = {str(number): item["unit_price"] for number, item in enumerate(terms["items"])} | {"shipping": terms["shipping"]}
    new = await rates.proposed(prices, terms["currency"], currency)
    items = [item | {"unit_price": new[str(number)]} for number, item in enumerate(terms["items"])]
    return terms | {"currency": currency, "shipping": new["shipping"], "items": items}


async def _thread(request: Request, verb: str) -> dict[str, Any]:
    """The thread, for somebody in it who may do this."""
    who = person(request)
    seat = await access.thread(who, request.path_params["t"])
    place = access.seated(seat, who)
    place.need(verb)
    return await thread_view.thread(seat.thread, seat.participation, who) | {
        "quote": await view.current(seat.thread.id, place),
    }


routes = [
    Route("/threads/{t}/request", wish_page),
    Route("/threads/{t}/offer", offer_page),
    Route("/threads/{t}/quote-requests", request_quote, methods=["POST"]),
    Route("/threads/{t}/quotes", offer, methods=["POST"]),
    Route("/quotes/{q}", show),
    Route("/quotes/{q}/card", card),
    Route("/quotes/{q}/counter", counter_page),
    Route("/quotes/{q}/counter", counter, methods=["POST"]),
    Route("/quotes/{q}/revise", revise_page),
    Route("/quotes/{q}/revise", revise, methods=["POST"]),
    Route("/quotes/{q}/accept", accept, methods=["POST"]),
    Route("/quotes/{q}/decline", decline, methods=["POST"]),
    Route("/quotes/{q}/withdraw", withdraw, methods=["POST"]),
    Route("/quotes/{q}/confirm", confirm, methods=["POST"]),
]

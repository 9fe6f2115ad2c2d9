"""Money for those who bring and earn it: the buyer's checkout, the artisan's page, where they are paid, what they bear."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hub import access
from hub.actions import orders, payouts
from hub.rules.payments import LARGEST
from hub.views import money
from hub.web.base import actor, answer, form, json, person, seen, wants_json
from hub.web.ledger import need
from hub.web.reading import Form, minor

ACCOUNT = 60  # characters, as people type it


async def show(request: Request) -> Response:
    """What is coming, what was paid, for which piece."""
    need(request, "see_own_money")
    found = await money.of_artisan(person(request))
    return seen(request, found, "money/index.html", earnings=found)


async def place_myself(request: Request) -> Response:
    """Where the artisan is paid, by themselves."""
    return await _place(request, person(request).id, "/money")


async def place(request: Request) -> Response:
    """The same by a steward, for somebody."""
    return await _place(request, request.path_params["p"], "/ledger")


async def _place(request: Request, whose: Any, onward: str) -> Response:
    read = Form(await form(request))
    way, name, account = read.text("way", 8), read.text("name", 200) or "", read.text("account", ACCOUNT) or ""
    read.checked()
    found = await payouts.set_destination(actor(request), whose, way, " ".join(name.split()), account)
    return answer(request, found, redirect=onward, status=201)


async def check_out(request: Request) -> Response:
    """Onward to the provider's page, where the buyer pays what is due now."""
    await form(request)
    found = await orders.check_out(person(request), request.path_params["o"])
    return json(found, 201, {"Location": found["url"]}) if wants_json(request) else RedirectResponse(found["url"], 303)


async def bear(request: Request) -> Response:
    """The artisan agrees to bear a part; a decimal amount is in the order's currency."""
    data = await form(request)
    if data.get("amount_decimal"):
        row, _ = await access.order(person(request), request.path_params["o"])
        data = minor(data, "amount", row.currency)
    read = Form(data)
    read.need("amount")
    amount = read.whole("amount", 0, LARGEST)
    read.checked()
    found = await orders.bear(actor(request), request.path_params["o"], amount or 0)
    return answer(request, found, redirect=f"/orders/{found['id']}")


routes = [
    Route("/money", show),
    Route("/money/place", place_myself, methods=["POST"]),
    Route("/people/{p}/place", place, methods=["POST"]),
    Route("/orders/{o}/checkout", check_out, methods=["POST"]),
    Route("/orders/{o}/bear", bear, methods=["POST"]),
]

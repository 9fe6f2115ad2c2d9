"""The ledger, for the head office."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub import access
from hub.actions import ledger
from hub.views import ledger as view
from hub.web.base import actor, answer, form, json, person


async def order(request: Request) -> Response:
    """An order's transfers and balances."""
    row, place = await access.order(person(request), request.path_params["o"])
    place.need("see_ledger")
    return json(await view.of_order(row))


async def set_rate(request: Request) -> Response:
    """What a currency is worth in dirhams, from now on."""
    data = await form(request)
    found = await ledger.set_rate(actor(request), data.get("currency"), data.get("rate"))
    return answer(request, found, redirect="/board", status=201)


routes = [Route("/ledger/orders/{o}", order), Route("/ledger/rates", set_rate, methods=["POST"])]

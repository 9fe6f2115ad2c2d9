"""The storefront: public pages of pieces and their makers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.actions import catalogue
from hub.config import config
from hub.rules import crafts
from hub.rules.terms import shares
from hub.views import catalogue as view
from hub.views import passports, people
from hub.views.ledger import money
from hub.web.base import json, locale, page, wants_json

CRAFTS = tuple(craft for craft in crafts.STEPS if craft != "other")
MAKERS = 9  # on the first page


async def home(request: Request) -> Response:
    """Who we are, and what there is."""
    items, onward = await _paged(await catalogue.products(), locale(request))
    if wants_json(request):
        return json({"items": items} | onward)
    artisans = await view.makers(MAKERS)
    return page(request, "home/index.html", items=items, crafts=_present(items), artisans=artisans)


async def products(request: Request) -> Response:
    """All pieces, or those of one craft."""
    craft = request.query_params.get("craft")
    craft = craft if craft in CRAFTS else None
    found = await catalogue.products(craft, before=request.query_params.get("before"))
    items, onward = await _paged(found, locale(request))
    if wants_json(request):
        return json({"items": items} | onward)
    return page(request, "products/index.html", items=items, craft=craft, crafts=CRAFTS, next=onward.get("next"))


async def product(request: Request) -> Response:
    """One piece."""
    shown = await view.piece(await catalogue.product(request.path_params["id"]), locale(request))
    assert shown, "products are never taken out of the database"
    if wants_json(request):
        return json(shown)
    return page(request, "products/show.html", product=shown, split=open_book(shown["price"]))


async def artisan(request: Request) -> Response:
    """A maker and their pieces."""
    row = await catalogue.artisan(request.path_params["id"])
    found = await catalogue.products(artisan=row.id, before=request.query_params.get("before"))
    items, onward = await _paged(found, locale(request))
    shown = people.profile(row, locale(request)) | {"passports": await passports.of_maker(row.id, locale(request))}
    if wants_json(request):
        return json(shown | {"items": items} | onward)
    return page(request, "artisans/show.html", artisan=shown, items=items, next=onward.get("next"))


def open_book(price: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Who gets what of the price of a piece, before shipping."""
    artisan_share, cooperative = shares(price["amount"], config().commission_percent)
    amounts = {"total": price["amount"], "artisan": artisan_share, "cooperative": cooperative}
    return {name: money(amount, price["currency"]) for name, amount in amounts.items()}


async def _paged(found: list[UUID], language: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The pieces of one page, and where the next one begins if there is one."""
    ids = found[: catalogue.PAGE]
    shown = await view.pieces(ids, language)
    onward = {"next": str(ids[-1])} if len(found) > len(ids) else {}
    return [shown[item] for item in ids if item in shown], onward


def _present(items: list[dict[str, Any]]) -> list[str]:
    return [craft for craft in CRAFTS if any(item["craft"] == craft for item in items)]


routes = [
    Route("/", home),
    Route("/products", products),
    Route("/products/{id}", product),
    Route("/artisans/{id}", artisan),
]

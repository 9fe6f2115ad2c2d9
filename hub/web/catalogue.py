"""The storefront: public pages of pieces and their makers."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.actions import catalogue
from hub.config import config
from hub.rules import crafts
from hub.rules.terms import shares
from hub.views import catalogue as view
from hub.views import people
from hub.views.ledger import money
from hub.web.base import json, locale, page, wants_json
from models.catalogue import Product

CRAFTS = tuple(craft for craft in crafts.STEPS if craft != "other")


async def home(request: Request) -> Response:
    """Who we are, and what there is."""
    items, onward = _paged(await catalogue.products(limit=24), 24, locale(request))
    if wants_json(request):
        return json({"items": items} | onward)
    artisans = [people.short(artisan) for artisan in await catalogue.artisans(9)]
    return page(request, "home/index.html", items=items, crafts=_present(items), artisans=artisans)


async def products(request: Request) -> Response:
    """All pieces, or those of one craft."""
    craft = request.query_params.get("craft")
    craft = craft if craft in CRAFTS else None
    rows = await catalogue.products(craft, before=request.query_params.get("before"))
    items, onward = _paged(rows, catalogue.PAGE, locale(request))
    if wants_json(request):
        return json({"items": items} | onward)
    return page(request, "products/index.html", items=items, craft=craft, crafts=CRAFTS, next=onward.get("next"))


async def product(request: Request) -> Response:
    """One piece."""
    row = await catalogue.product(request.path_params["id"])
    shown = view.product(row, locale(request))
    if wants_json(request):
        return json(shown)
    return page(request, "products/show.html", product=shown, split=open_book(row))


async def artisan(request: Request) -> Response:
    """A maker and their pieces."""
    row = await catalogue.artisan(request.path_params["id"])
    rows = await catalogue.products(artisan=row.id, before=request.query_params.get("before"))
    items, onward = _paged(rows, catalogue.PAGE, locale(request))
    shown = people.profile(row, locale(request))
    if wants_json(request):
        return json(shown | {"items": items} | onward)
    return page(request, "artisans/show.html", artisan=shown, items=items, next=onward.get("next"))


def open_book(row: Product) -> dict[str, dict[str, Any]]:
    """Who gets what of the price of a piece, before shipping."""
    artisan_share, cooperative = shares(row.price, config().commission_percent)
    amounts = {"total": row.price, "artisan": artisan_share, "cooperative": cooperative}
    return {name: money(amount, row.currency) for name, amount in amounts.items()}


def _paged(rows: list[Product], limit: int, language: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    onward = {"next": str(rows[limit - 1].id)} if len(rows) > limit else {}
    return [view.product(row, language) for row in rows[:limit]], onward


def _present(items: list[dict[str, Any]]) -> list[str]:
    return [craft for craft in CRAFTS if any(item["craft"] == craft for item in items)]


routes = [
    Route("/", home),
    Route("/products", products),
    Route("/products/{id}", product),
    Route("/artisans/{id}", artisan),
]

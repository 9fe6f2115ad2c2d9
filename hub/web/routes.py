"""The URL table: every noun's routes, in one list."""

from __future__ import annotations

from starlette.routing import Route

from hub.web import (
    board,
    catalogue,
    courier,
    hooks,
    house,
    labels,
    ledger,
    media,
    money,
    orders,
    passports,
    payouts,
    people,
    quotes,
    shipments,
    threads,
)

NOUNS = (
    house, people, catalogue, media, threads, quotes, orders, shipments, labels, courier, passports, ledger, money, payouts, board, hooks,
)  # fmt: skip
routes: list[Route] = [route for noun in NOUNS for route in noun.routes]

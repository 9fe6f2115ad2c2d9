"""Payouts, for the head office: a batch, its file, and what became of each line."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.actions import payouts
from hub.config import config
from hub.errors import Refusal
from hub.ids import uuid_or_none
from hub.rules.payments import LARGEST
from hub.views import payouts as view
from hub.web.base import actor, answer, form, seen
from hub.web.ledger import NOTE, need, sheet
from hub.web.reading import Form, minor
from models.ledger import PayoutBatch


async def prepare(request: Request) -> Response:
    """A batch of all who are owed at least so much."""
    data = await form(request)
    read = Form(minor(data, "minimum", data.get("currency")))
    currency, minimum = read.needed("currency", 3).upper(), read.whole("minimum", 0, LARGEST)
    read.checked()
    found = await payouts.prepare(actor(request), currency, minimum)
    return answer(request, found, redirect=f"/ledger/payouts/{found['id']}", status=201)


async def show(request: Request) -> Response:
    """A batch and its lines."""
    found = await _batch(request)
    return seen(request, found, "ledger/payouts.html", batch=found)


async def file(request: Request) -> Response:
    """What the bank or the post office takes."""
    found = await _batch(request)
    return sheet(iter([view.sheet(found, config().cooperative)]), f"payouts-{found['at'][:10]}-{found['id'][-6:]}.csv")


async def _batch(request: Request) -> dict[str, Any]:
    need(request, "pay_out")
    found = uuid_or_none(request.path_params["b"])
    row = await PayoutBatch.get_or_none(id=found) if found else None
    if row is None:
        raise Refusal("not_found")
    return await view.batch(row)


async def confirm(request: Request) -> Response:
    """A line has arrived."""
    await form(request)
    found = await payouts.confirm(actor(request), request.path_params["l"])
    return answer(request, found, redirect=f"/ledger/payouts/{found['batch']}")


async def bounce(request: Request) -> Response:
    """A line has come back."""
    read = Form(await form(request))
    reason = read.text("reason", NOTE)
    read.checked()
    found = await payouts.bounce(actor(request), request.path_params["l"], reason)
    return answer(request, found, redirect=f"/ledger/payouts/{found['batch']}")


async def come_back(request: Request) -> Response:
    """A line that had arrived has come back later."""
    read = Form(await form(request))
    reason = read.needed("reason", NOTE)
    read.checked()
    found = await payouts.come_back(actor(request), request.path_params["l"], reason)
    return answer(request, found, redirect=f"/ledger/payouts/{found['batch']}")


async def exchange(request: Request) -> Response:
    """What artisans are owed becomes dirhams, at the bank's rate."""
    read = Form(await form(request))
    currency, rate, sure = read.needed("currency", 3).upper(), read.needed("rate", 30), read.raw("sure") is not None and read.yes("sure")
    read.checked()
    return answer(request, await payouts.exchange(actor(request), currency, rate, sure=sure), redirect="/ledger", status=201)


routes = [
    Route("/ledger/payouts", prepare, methods=["POST"]),
    Route("/ledger/exchange", exchange, methods=["POST"]),
    Route("/ledger/payouts/{b}", show),
    Route("/ledger/payouts/{b}/sheet.csv", file),
    Route("/ledger/payouts/lines/{l}/confirm", confirm, methods=["POST"]),
    Route("/ledger/payouts/lines/{l}/bounce", bounce, methods=["POST"]),
    Route("/ledger/payouts/lines/{l}/return", come_back, methods=["POST"]),
]

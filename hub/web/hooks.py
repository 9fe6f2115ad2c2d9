"""What other parties call: each proves itself by its signature, and each call takes effect once."""

from __future__ import annotations

import asyncio

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub import jobs
from hub.actions import orders, providers, refunds
from hub.actions.providers import Arrived
from hub.actions.tracking import reports as kept
from hub.config import config
from hub.errors import Refusal
from hub.unit import Actor
from hub.web import reports, signatures
from hub.web.base import json
from hub.web.forms import body, rewritten

LARGEST = 256 * 1024  # bytes of one call
PATIENCE_S = 3.0  # for the count of what was new; then the answer is that it is kept
TELLER = Actor(scope="carrier")


async def carrier(request: Request) -> Response:
    """What a carrier reports: kept in one insert, then worked on. Whoever uses our own form is told how much was new."""
    name = request.path_params["carrier"]
    raw = await body(request, LARGEST)
    secret = config().carrier_secrets.get(name)
    if not secret:
        raise Refusal("not_found")
    if name in AGGREGATORS:
        return await _aggregator(name, secret, request, raw)
    signatures.ours(secret, request.headers, raw)
    report = reports.ours(raw)
    await kept.check_times(name, report)
    number = await kept.keep(name, report, rewritten(raw))
    if number is None:
        return json({"stored": 0})
    try:
        async with asyncio.timeout(PATIENCE_S):
            told = await kept.take(TELLER, number)
    except (TimeoutError, Refusal) as busy:
        if isinstance(busy, Refusal) and not busy.retry:
            raise
        return _kept(number, 202)
    return json({"stored": told["stored"]}) if told["known"] else json({"stored": 0, "kept": True}, 202)


async def _aggregator(name: str, secret: str, request: Request, raw: bytes) -> Response:
    """They want to hear at once that it has arrived, and send it again otherwise."""
    check, read = AGGREGATORS[name]
    check(secret, request.headers, raw)
    report = read(raw)
    number = await kept.keep(name, report, rewritten(raw)) if report else None
    return _kept(number, 200) if number else json({"stored": 0})


def _kept(number: int, status: int) -> Response:
    """After the answer, a worker is woken."""
    answer = json({"stored": 0, "kept": True}, status)
    answer.background = BackgroundTask(jobs.later, jobs.TAKE_REPORT, report=number)
    return answer


AGGREGATORS = {"aftership": (signatures.aftership, reports.aftership), "easypost": (signatures.easypost, reports.easypost)}


async def payment(request: Request) -> Response:
    """What a payment provider tells. 200 also for what is nothing of ours, and for what waits for a steward: it was heard."""
    provider = providers.named(request.path_params["provider"])
    told = provider.heard(await body(request, LARGEST), request.headers.get("stripe-signature", ""))
    teller = Actor(scope=f"provider:{provider.name}")
    if isinstance(told, Arrived):
        return json(await orders.arrived(teller, provider.name, told))
    return json(await refunds.heard(teller, told) if told else {"posted": False})


routes = [
    Route("/hooks/carriers/{carrier}", carrier, methods=["POST"]),
    Route("/hooks/payments/{provider}", payment, methods=["POST"]),
]

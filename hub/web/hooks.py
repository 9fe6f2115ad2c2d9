"""What other parties call: each proves itself by its signature, and each call takes effect once."""

from __future__ import annotations

import hmac
import re
from datetime import timedelta
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub import clock
from hub.actions import orders, providers, refunds
from hub.actions.providers import Arrived
from hub.actions.tracking import reports
from hub.actions.tracking.scans import Scan
from hub.config import config
from hub.errors import Refusal
from hub.rules.shipments import Source, Status, known_reason
from hub.unit import Actor
from hub.web.base import json
from hub.web.forms import body
from hub.web.reading import Form

FRESH_FOR = timedelta(minutes=5)
LARGEST = 256 * 1024  # bytes of one call
MOST = 500  # checkpoints of one call


async def carrier(request: Request) -> Response:
    """Checkpoints from a carrier, in the generic form of `docs/protocol.md`."""
    name = request.path_params["carrier"]
    raw = await body(request, LARGEST)
    secret = config().carrier_secrets.get(name)
    if not secret:
        raise Refusal("not_found")
    check_signature(secret, request.headers.get("anou-signature", ""), raw)
    event_id, number, scans = _report(raw)
    told = await reports.carrier_reports(Actor(scope=f"carrier:{name}"), name, event_id, number, scans, raw.decode())
    return json({"stored": told["stored"]} if told["known"] else {"stored": 0, "kept": True}, 200 if told["known"] else 202)


def check_signature(secret: str, header: str, raw: bytes) -> None:
    """`t=<unix seconds>,v1=<hex HMAC-SHA256(secret, "<t>." + raw)>`, at most 5 minutes old. Raises Refusal `bad_signature`."""
    found = re.fullmatch(r"t=(\d{1,12}),\s*v1=([0-9a-fA-F]{64})", header.strip())
    if found is None:
        raise Refusal("bad_signature")
    at, given = found.groups()
    right = hmac.digest(secret.encode(), at.encode() + b"." + raw, "sha256").hex()
    old = abs(clock.now().timestamp() - int(at)) > FRESH_FOR.total_seconds()
    if not hmac.compare_digest(right, given.lower()) or old:
        raise Refusal("bad_signature")


def _report(raw: bytes) -> tuple[str, str, list[Scan]]:
    """Event id, tracking number and checkpoints. Raises Refusal `bad_request`, `bad_form`."""
    try:
        data = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as fault:
        raise Refusal("bad_request") from fault
    if b"\\u0000" in raw:
        raise Refusal("bad_request")
    read = Form(data)
    event_id, number = read.needed("event_id", 200), read.needed("tracking_number", 60)
    if not number.isascii():
        read.wrong("tracking_number", "bad_characters")
    read.need("checkpoints")
    scans = [_scan(group) for group in read.groups("checkpoints", MOST)]
    read.checked()
    return event_id, number, scans


def _scan(group: Any) -> Scan:
    """A status that is not one of ours is kept as the raw code of an `unknown` one."""
    group.need("at")
    status, code = group.text("status", 80) or "", group.text("code", 80)
    known = status in set(Status)
    return Scan(
        status=Status(status) if known else Status.UNKNOWN, source=Source.CARRIER_HOOK, at=group.moment("at"),
        place=group.text("place", 200), note=group.text("note", 1_000), code=code or (None if known else status or None),
        reason=known_reason(group.text("reason", 40)),
    )


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

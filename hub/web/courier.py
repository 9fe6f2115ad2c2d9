"""The courier's link: no account, only this parcel."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub import access
from hub.actions import positions, shipments
from hub.config import config
from hub.errors import Refusal
from hub.rules.places import Point
from hub.rules.shipments import Source, check_courier_status
from hub.unit import Actor
from hub.views import shipments as view
from hub.web import forms
from hub.web.base import answer, form, json, locale, seen
from hub.web.reading import Form
from hub.web.shipments import read_scan

NAME = 120  # characters
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


async def show(request: Request) -> Response:
    """The parcel, and big buttons."""
    row = await access.parcel(_token(request))
    shown = await view.for_courier(row, locale(request))
    return seen(request, shown, "courier/show.html", shipment=shown, token=_token(request))


async def checkpoint(request: Request) -> Response:
    """Collected, on the way, delivered ..."""
    data = await form(request)
    check_courier_status(str(data.get("status") or ""))
    read = Form(_placed(data))
    scan, name = read_scan(read, Source.COURIER_LINK), read.text("name", NAME)
    read.checked()
    return _answered(request, await shipments.courier_scans(_courier(request), _token(request), scan, name))


def _placed(data: dict[str, Any]) -> dict[str, Any]:
    """A location may be words, or where the telephone believes to be."""
    where = data.get("location")
    if not isinstance(where, dict):
        return data
    if where.get("name"):
        return data | {"location": where["name"]}
    try:
        return data | {"location": f"{float(where['lat']):.4f}, {float(where['lon']):.4f}"}
    except (KeyError, TypeError, ValueError):
        raise Refusal("bad_form", fields={"location": "not_text"}) from None


async def proof(request: Request) -> Response:
    """Who took it: a name, perhaps a photo or a drawn signature."""
    await access.parcel(_token(request))  # a stranger's picture is not even read
    data, content = await _with_file(request)
    read = Form(data)
    name, at = read.needed("name", NAME), read.moment("at")
    if read.raw("media"):
        raise Refusal("media_missing", fields={"media": "missing"})  # a courier has no pictures here: they come with the proof
    read.checked()
    return _answered(request, await shipments.prove(_courier(request), _token(request), name, content, at))


async def _with_file(request: Request) -> tuple[dict[str, Any], bytes | None]:
    """The fields and, of a multipart form, its one file. Raises Refusal `too_big`, `bad_request`."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await form(request), None
    async with forms.with_file(request, config().media_bytes) as (found, content):
        return forms.nested(found), content


async def position(request: Request) -> Response:
    """Where the courier is now; passed on, never stored. Or that it is no longer shared."""
    read = Form(await form(request))
    stopping = read.raw("stop") is not None and read.yes("stop")
    for name in () if stopping else ("lat", "lon"):
        read.need(name)
    lat, lon, accuracy, at = read.number("lat"), read.number("lon"), read.number("accuracy_m"), read.moment("at")
    read.checked()
    if stopping:
        return json(await positions.stop(_token(request), at))
    assert lat is not None and lon is not None
    return json(await positions.share(_token(request), Point(lat, lon), accuracy, at))


def _token(request: Request) -> str:
    """What stands in the link. Raises Refusal `not_found` for what can't be one: it goes into the scope of keys, too."""
    token = str(request.path_params["token"])
    if not TOKEN.fullmatch(token):
        raise Refusal("not_found")
    return token


def _courier(request: Request) -> Actor:
    """Whoever holds the link; their keys are the link's own."""
    return Actor(key=request.headers.get("idempotency-key") or None, scope=f"courier:{_token(request)}")


def _answered(request: Request, found: dict[str, Any]) -> Response:
    return answer(request, found, redirect=f"/c/{_token(request)}")


routes = [
    Route("/c/{token}", show),
    Route("/c/{token}/checkpoints", checkpoint, methods=["POST"]),
    Route("/c/{token}/position", position, methods=["POST"]),
    Route("/c/{token}/proof", proof, methods=["POST"]),
]

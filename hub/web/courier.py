"""The courier's link: no account, only this parcel."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub import access
from hub.actions import media, shipments
from hub.config import config
from hub.errors import Refusal
from hub.rules.shipments import Source, check_courier_status
from hub.unit import Actor
from hub.views import shipments as view
from hub.web.base import answer, form, json, locale, seen
from hub.web.reading import Form
from hub.web.shipments import read_scan

NAME = 120  # characters
SLACK = 64 * 1024  # bytes a form may add to its file


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
    picture, digest = None, ""
    if content:
        picture = await asyncio.to_thread(media.renditions, content, config().media_pixels)
        digest = sha256(content).hexdigest()
    return _answered(request, await shipments.prove(_courier(request), _token(request), name, picture, digest, at))


async def _with_file(request: Request) -> tuple[dict[str, Any], bytes | None]:
    """The fields and, of a multipart form, its one file. Raises Refusal `too_big`, `bad_request`."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await form(request), None
    most = config().media_bytes
    if int(request.headers.get("content-length") or most + SLACK + 1) > most + SLACK:
        raise Refusal("too_big")
    try:
        async with request.form(max_files=1, max_fields=20, max_part_size=SLACK) as parts:
            fields = {name: value for name, value in parts.items() if isinstance(value, str)}
            files = [value for value in parts.values() if isinstance(value, UploadFile)]
            content = await files[0].read(most + 1) if files else None
    except MultiPartException as fault:
        raise Refusal("bad_request") from fault
    if content and len(content) > most:
        raise Refusal("too_big")
    return fields, content


async def position(request: Request) -> Response:
    """Where the courier is now; passed on, never stored."""
    read = Form(await form(request))
    for name in ("lat", "lon"):
        read.need(name)
    lat, lon, accuracy, at = read.number("lat"), read.number("lon"), read.number("accuracy_m"), read.moment("at")
    read.checked()
    assert lat is not None and lon is not None
    return json(await shipments.position(_token(request), lat, lon, accuracy, at))


def _token(request: Request) -> str:
    return str(request.path_params["token"])


def _courier(request: Request) -> Actor:
    """Whoever holds the link; their keys are the link's own."""
    return Actor(key=request.headers.get("idempotency-key") or None, scope=f"courier:{_token(request)[:43]}")


def _answered(request: Request, found: dict[str, Any]) -> Response:
    return answer(request, found, redirect=f"/c/{_token(request)}")


routes = [
    Route("/c/{token}", show),
    Route("/c/{token}/checkpoints", checkpoint, methods=["POST"]),
    Route("/c/{token}/position", position, methods=["POST"]),
    Route("/c/{token}/proof", proof, methods=["POST"]),
]

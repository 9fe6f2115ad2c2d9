"""The courier's link: no account, only this parcel. Whatever opens nothing answers the same plain 404."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hub import access
from hub.actions import guesses, positions, shipments
from hub.actions.shipments import Proof
from hub.config import config
from hub.errors import Refusal
from hub.i18n import COURIER_LOCALES
from hub.rules.couriers import TOKEN_LENGTH
from hub.rules.places import Point
from hub.rules.shipments import Source, check_courier_status
from hub.unit import Actor
from hub.views import shipments as view
from hub.web import forms, offline
from hub.web.base import COURIER_LOCALE, answer, form, json, locale, page, seen, wants_json
from hub.web.reading import Form
from hub.web.shipments import read_scan
from models.shipments import Shipment

NAME = 120  # characters
TOKEN = re.compile(f"[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}")
KNOWN = "anou_courier"  # cookie: the last link that this phone opened
SEASON, YEAR = 90 * 24 * 3600, 365 * 24 * 3600


async def entry(request: Request) -> Response:
    """A short address, to be typed."""
    return RedirectResponse("/c/", 303)


async def find(request: Request) -> Response:
    """Scan a label, or type its code."""
    return _spoken(request, page(request, "courier/find.html"))


async def open_code(request: Request) -> Response:
    """A label's short code leads to the same page as its link.

    Who guessed too often hears nothing more, right or wrong, or the right ones would tell. A phone that opened a link before
    is counted by that parcel, not by an address which it may share with half a country.
    """
    typed, who = (await form(request)).get("code"), await _guesser(request)
    await guesses.count(who)
    row = await access.parcel_by_code(typed)
    await guesses.forgive(who)
    link = f"/c/{(await access.courier_tokens([row]))[row.id]}"
    return answer(request, {"link": link}, redirect=link)


async def show(request: Request) -> Response:
    """The parcel, and big buttons. By a link that opens nothing: the way to one that does, and what the phone still holds."""
    try:
        row = await _parcel(request)
    except Refusal as refusal:
        if wants_json(request) or refusal.code != "not_found":
            raise
        return _spoken(request, page(request, "courier/find.html", status=404, gone=True))
    shown = await view.for_courier(row, locale(request))
    response = seen(request, shown, "courier/show.html", shipment=shown, token=_token(request))
    if request.cookies.get(KNOWN) != _token(request):
        secure = config().base.startswith("https:")
        response.set_cookie(KNOWN, _token(request), max_age=SEASON, path="/c/", samesite="lax", httponly=True, secure=secure)
    return _spoken(request, response)


async def blank(request: Request) -> Response:
    """The page of a parcel that this phone has not seen yet, for the service worker to fill in without a network."""
    return _spoken(request, page(request, "courier/show.html", shipment=view.unseen(), token=offline.ANY_TOKEN))


def _spoken(request: Request, response: Response) -> Response:
    """In which language it is, and a language that was chosen on it stays with this phone. The page itself reads the cookie."""
    response.headers["Content-Language"] = locale(request)
    if request.query_params.get("lang") in COURIER_LOCALES:
        response.set_cookie(COURIER_LOCALE, locale(request), max_age=YEAR, path="/c/", samesite="lax")
    return response


async def checkpoint(request: Request) -> Response:
    """Collected, on the way, delivered ..."""
    await _parcel(request)
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
        here = Point(float(where["lat"]), float(where["lon"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Refusal("bad_form", fields={"location": "not_text"}) from None
    if not here.there:
        raise Refusal("bad_form", fields={"location": "bad_position"})
    return data | {"location": f"{here.lat:.4f}, {here.lon:.4f}"}


async def proof(request: Request) -> Response:
    """Who took it: a name, perhaps a photo and a drawn signature."""
    await _parcel(request)  # a stranger's picture is not even read
    data, files = await _with_files(request)
    read = Form(data)
    name, at = read.needed("name", NAME), read.moment("at")
    if read.raw("media"):
        raise Refusal("media_missing", fields={"media": "missing"})  # a courier has no pictures here: they come with the proof
    read.checked()
    signature = files.pop("signature", None)
    photo = next(iter(files.values()), None)
    proven = Proof(name, photo, signature, at)
    return _answered(request, await shipments.prove(_courier(request), _token(request), proven))


async def _with_files(request: Request) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The fields and, of a multipart form, its files. Raises Refusal `too_big`, `bad_request`."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await form(request), {}
    async with forms.with_files(request, config().media_bytes, 2) as (found, files):
        return forms.nested(found), files


async def position(request: Request) -> Response:
    """Where the courier is now; passed on, never stored. Or that it is no longer shared."""
    await _parcel(request)
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


async def _parcel(request: Request) -> Shipment:
    """What the link opens, before anything else is read of the request. Raises Refusal `not_found`, for too many wrong links `rate`.

    A right link always opens: nobody guesses 128 bits, and an address may be that of many phones.
    """
    try:
        return await access.parcel(_token(request))
    except Refusal as refusal:
        if refusal.code == "not_found":
            await guesses.count(_address(request))
        raise


async def _guesser(request: Request) -> str:
    try:
        return f"parcel {(await access.parcel(request.cookies.get(KNOWN, ''))).id}"
    except Refusal:
        return _address(request)


def _address(request: Request) -> str:
    """Whoever asks, as far as the network tells; of IPv6 the network, for a phone has 2^64 addresses of its own."""
    host = request.client.host if request.client else ""
    return ":".join(ip_address(host).exploded.split(":")[:4]) if ":" in host else host


def _token(request: Request) -> str:
    """What stands in the link; nothing for what can't be one: it goes into the scope of keys, too."""
    token = str(request.path_params["token"])
    return token if TOKEN.fullmatch(token) else ""


def _courier(request: Request) -> Actor:
    """Whoever holds the link; their keys are the link's own."""
    return Actor(key=request.headers.get("idempotency-key") or None, scope=f"courier:{_token(request)}")


def _answered(request: Request, found: dict[str, Any]) -> Response:
    return answer(request, found, redirect=f"/c/{_token(request)}")


routes = [
    Route("/c", entry),
    Route("/c/", find),
    Route("/c/", open_code, methods=["POST"]),
    Route("/c/sw.js", offline.worker),
    Route("/c/blank", blank),
    Route("/c/{token}", show),
    Route("/c/{token}/checkpoints", checkpoint, methods=["POST"]),
    Route("/c/{token}/position", position, methods=["POST"]),
    Route("/c/{token}/proof", proof, methods=["POST"]),
]

"""The passport of a piece: open to whoever scans its code, and to nobody who guesses."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import msgspec
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub import access
from hub.actions import passports
from hub.errors import Refusal
from hub.views import passports as view
from hub.web import pages
from hub.web.base import actor, answer, form, json, locale, page, person, viewer, wants_json
from hub.web.reading import Form
from models.orders import Order
from models.passports import Passport, Withdrawal

NAME = re.compile(r"[A-Za-z0-9_-]{22}")
TAG_LANGUAGES = ("fr", "ar", "en")
UNLISTED = {"X-Robots-Tag": "noindex, nofollow"}
CACHED = "max-age=300"


async def show(request: Request) -> Response:
    """The page, or the certificate with what the page shows."""
    row, who = await _row(request), viewer(request)
    shown = await view.passport(row, await _taken_back(row), locale(request))
    if wants_json(request):
        return json(shown, headers=UNLISTED | {"Cache-Control": f"public, {CACHED}", "Vary": "Accept, Cookie, Accept-Language"})
    place = await _place(request, row) if who and not shown["withdrawn"] else access.NOBODY
    may = {"may_print": place.may("see_tag"), "may_withdraw": place.may("withdraw_passport")}
    drawn = page(request, "passports/show.html", passport=shown, **may)
    drawn.headers.update(UNLISTED | {"Cache-Control": f"{'private' if who else 'public'}, {CACHED}"})
    return drawn


async def certificate(request: Request) -> Response:
    """The file that `anou passport verify` checks. Raises Refusal `passport_withdrawn`: it does not go out any more."""
    row = await _standing(request)
    content = msgspec.json.format(msgspec.json.encode(view.envelope(row)), indent=1)
    headers = {"Content-Disposition": f'attachment; filename="anou-passport-{row.id[:8]}.json"', "Cache-Control": f"public, {CACHED}"}
    return Response(content, media_type="application/json", headers=UNLISTED | headers)


async def tag_pdf(request: Request) -> Response:
    """The hang tag, for the maker and the head office."""
    from hub.views.tag import tag  # here: fpdf2 is as slow to import as all the rest of the hub

    row = await _standing(request)
    person(request)
    (await _place(request, row)).need("see_tag")
    sides = {language: await _side(row, language) for language in TAG_LANGUAGES}
    content = await asyncio.to_thread(tag, sides, view.url(row.id))
    headers = {"Content-Disposition": f'inline; filename="tag-{row.id[:8]}.pdf"', "Cache-Control": "private, no-store"}
    return Response(content, media_type="application/pdf", headers=UNLISTED | headers)


async def keys(request: Request) -> Response:
    """The public keys with which certificates were ever signed."""
    return json({"keys": await view.keys()}, headers={"Cache-Control": f"public, {CACHED}"})


async def withdrawn(request: Request) -> Response:
    """The passports that the cooperative does not stand for any more."""
    return json({"withdrawn": await view.withdrawn()}, headers={"Cache-Control": f"public, {CACHED}"})


async def withdraw(request: Request) -> Response:
    """A steward takes a passport back."""
    read = Form(await form(request))
    reason = read.needed("reason", 1_000)
    read.checked()
    row = await _row(request)
    found = await passports.withdraw(actor(request), row.id, reason)
    return answer(request, found, redirect=found["url"])


async def _taken_back(row: Passport) -> Withdrawal | None:
    return await Withdrawal.get_or_none(passport_id=row.id)


async def _standing(request: Request) -> Passport:
    """Raises Refusal `not_found`, `passport_withdrawn`."""
    row = await _row(request)
    if await _taken_back(row):
        raise Refusal("passport_withdrawn")
    return row


async def _row(request: Request) -> Passport:
    """Raises Refusal `not_found`, whatever is wrong with the name."""
    name = str(request.path_params["passport"])
    row = await Passport.filter(id=name).select_related("key").first() if NAME.fullmatch(name) else None
    if row is None:
        raise Refusal("not_found")
    return row


async def _place(request: Request, row: Passport) -> access.Place:
    order = await Order.get(id=row.order_id)
    return await access.place(person(request), order.thread_id)


async def _side(row: Passport, language: str) -> dict[str, Any]:
    """What the tag says in one language; words of crafts and materials are those of the pages."""
    shown, env = await view.passport(row, None, language), pages.environment(language)
    materials: Any = env.get_template("quotes/parts/materials.html").module
    words: Any = env.get_template("parts/words.html").module
    piece = shown["certificate"]["piece"]
    named = [_said(materials.called(name)) for name in piece["materials"]]
    return shown | {"materials": named, "craft": _said(words.craft(piece["craft"]))}


def _said(words: Markup) -> str:
    """What a macro of the pages writes, as plain text."""
    return str(words.unescape()).strip()


routes = [
    Route("/p/keys.json", keys),
    Route("/p/withdrawn.json", withdrawn),
    Route("/p/{passport}", show),
    Route("/p/{passport}/withdraw", withdraw, methods=["POST"]),
    Route("/p/{passport}/certificate.json", certificate),
    Route("/p/{passport}/tag.pdf", tag_pdf),
]

"""Signing in and out, who I am, which devices."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub import sessions
from hub.actions import people
from hub.config import config
from hub.errors import Refusal
from hub.i18n import LOCALES
from hub.unit import Actor
from hub.views import people as view
from hub.views import rates
from hub.web.base import actor, answer, form, here_only, json, locale, page, person, viewer, wants_json
from hub.web.middleware import refusal_dict

YEAR = 365 * 24 * 3600


async def sign_in(request: Request) -> Response:
    """The page that asks for an address or a number."""
    return page(request, "people/sign_in.html", next=here_only(request.query_params.get("next"), "") or None)


async def ask_code(request: Request) -> Response:
    """Send a code to this contact."""
    data = await form(request)
    onward = here_only(data.get("next"), "")
    try:
        stranger = Actor(key=request.headers.get("idempotency-key"), scope=f"contact:{data.get('contact')}"[:100])
        asked = await people.ask_code(stranger, data.get("contact"), locale(request))
    except Refusal as refusal:
        if wants_json(request):
            raise
        return _again(request, "people/sign_in.html", refusal, data.get("contact"), onward)
    if wants_json(request):
        return json(asked)
    return page(request, "people/code.html", contact=asked["contact"], next=onward or None)


def _again(request: Request, template: str, refusal: Refusal, contact: object, onward: str) -> Response:
    """The same form once more, with why, and with what was typed."""
    shown = refusal_dict(refusal, locale(request))
    typed = str(contact or "")
    return page(request, template, status=refusal.status, refusal=shown, contact=typed, next=onward or None)


async def code(request: Request) -> Response:
    """The page that asks for the code."""
    onward = here_only(request.query_params.get("next"), "")
    return page(request, "people/code.html", contact=request.query_params.get("contact", ""), next=onward or None)


async def sign_in_with_code(request: Request) -> Response:
    """Contact and code become a session."""
    data = await form(request)
    onward = here_only(data.get("next"), "")
    try:
        found, token = await people.sign_in_with_code(
            data.get("contact"), data.get("code"), _device(request), locale(request)
        )
    except Refusal as refusal:
        if wants_json(request):
            raise
        return _again(request, "people/code.html", refusal, data.get("contact"), onward)
    return _signed_in(answer(request, view.viewer(found), redirect=onward or home(found.roles)), token)


async def link(request: Request) -> Response:
    """A one-tap link: looking at it shows one button, so that previews don't use it up; demo links sign in at once."""
    token = request.path_params["token"]
    found = await people.link(token)
    if found.lasting:
        return await use_link(request)
    return page(request, "people/link.html", person=view.viewer(found.person))


async def use_link(request: Request) -> Response:
    """The link becomes a session."""
    found, token = await people.sign_in_with_link(request.path_params["token"], _device(request))
    return _signed_in(answer(request, view.viewer(found), redirect=home(found.roles)), token)


def home(roles: list[str]) -> str:
    """Where somebody's work is."""
    if "steward" in roles:
        return "/board"
    return "/threads" if {"artisan", "mentor"} & set(roles) else "/"


def _device(request: Request) -> str:
    return request.headers.get("user-agent", "")


def _signed_in(response: Response, token: str) -> Response:
    response.set_cookie(
        sessions.COOKIE,
        token,
        max_age=config().session_days * 86400,
        httponly=True,
        samesite="lax",
        secure=config().base.startswith("https:"),
    )
    return response


async def sign_out(request: Request) -> Response:
    """End this device's session."""
    if viewer(request):
        await people.end_session(actor(request), request.scope["anou.session"])
    response = answer(request, {"signed_out": True}, redirect="/")
    response.delete_cookie(sessions.COOKIE)
    scripted = wants_json(request)  # `lib/db` empties the store itself, but for what a courier left there for the hub
    response.headers["Clear-Site-Data"] = '"cache"' if scripted else '"cache", "storage"'
    return response


async def me(request: Request) -> Response:
    """Who I am, and where I am signed in."""
    who = person(request)
    if wants_json(request):
        return json(view.viewer(who))
    current = request.scope["anou.session"]
    devices = [view.device(row, current) for row in await people.devices(who)]
    return page(request, "people/me.html", devices=devices, currencies=await rates.known())


async def rename(request: Request) -> Response:
    """The name others see."""
    return answer(request, await people.rename(actor(request), (await form(request)).get("name")), redirect="/me")


async def choose_currency(request: Request) -> Response:
    """The currency shown beside the binding one."""
    return answer(request, await people.choose_currency(actor(request), (await form(request)).get("currency")), redirect="/me")


async def revoke(request: Request) -> Response:
    """Sign out another device."""
    return answer(request, await people.end_session(actor(request), request.path_params["id"]), redirect="/me")


async def choose_locale(request: Request) -> Response:
    """The language of the screens, for this device and, when signed in, for the person."""
    data = await form(request)
    chosen = str(data.get("locale") or "")
    if viewer(request):
        await people.choose_locale(actor(request), chosen)
    elif chosen not in LOCALES:
        raise Refusal("bad_form", fields={"locale": "unknown"})
    onward = here_only(data.get("next") or request.headers.get("referer", "").removeprefix(config().base), "/")
    response = answer(request, {"locale": chosen}, redirect=onward)
    response.set_cookie("anou_locale", chosen, max_age=YEAR, samesite="lax", httponly=True)
    return response


routes = [
    Route("/sign-in", sign_in),
    Route("/sign-in", ask_code, methods=["POST"]),
    Route("/sign-in/code", code),
    Route("/sign-in/code", sign_in_with_code, methods=["POST"]),
    Route("/sign-in/link/{token}", link),
    Route("/sign-in/link/{token}", use_link, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/me", me),
    Route("/me", rename, methods=["POST"]),
    Route("/me/locale", choose_locale, methods=["POST"]),
    Route("/me/currency", choose_currency, methods=["POST"]),
    Route("/me/devices/{id}/revoke", revoke, methods=["POST"]),
]

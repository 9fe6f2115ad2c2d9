"""Around every HTTP request: who and in which language, same-origin for unsafe requests, headers, and refusals."""

from __future__ import annotations

import base64
import os
from typing import Any
from urllib.parse import urlencode

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub import i18n, sessions
from hub.config import config
from hub.database import DOWN, OperationalError
from hub.errors import N_, Refusal
from hub.rules.refused import Refused
from hub.web import base
from hub.web.addresses import plain

log = structlog.get_logger("web")

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN = ("/hooks/",)  # called by machines that prove themselves by signature, not by origin
CHECKOUT = " https://checkout.stripe.com"  # where a form may lead on to, if buyers pay there
ONWARD = {  # nouns that have a page, and what a link to it is called
    "orders": N_("Back to the order"), "threads": N_("Back to the conversation"), "quotes": N_("Look at it"), "shipments": N_("Look at it"),
}
COURIER = "/c/"  # the same for everybody who holds the link, in four languages
QUIET = ("/static/", "/healthz", "/readyz", "/metrics", COURIER)  # nobody needs to be known for these


class Household:
    """One pure ASGI layer: cheaper than a stack of BaseHTTPMiddleware, and it lets WebSockets through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; every error ends in an answer."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["client"]:
            host, port = scope["client"]
            scope["client"] = (plain(host), port)
        request = Request(scope, receive)
        scope["anou.nonce"] = base64.b64encode(os.urandom(12)).decode()
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _headers(MutableHeaders(raw=message["headers"]), scope)
            await send(message)

        try:
            await self._know(request)
            _same_origin(request)
            await self.app(scope, receive, sending)
        except ClientDisconnect:
            return None
        except Exception as fault:
            if started:
                raise
            response = _refused(request, _as_refusal(fault))
            await response(scope, receive, sending)

    async def _know(self, request: Request) -> None:
        scope = request.scope
        scope["anou.locale"] = _locale(request, None)
        if request.url.path.startswith(QUIET):
            return
        signed = await sessions.find(request.cookies.get(sessions.COOKIE))
        if signed:
            scope["anou.session"], scope["anou.person"] = signed
            scope["anou.locale"] = _locale(request, signed.person.locale)


def _locale(request: Request, own: str | None) -> str:
    asked, cookies = request.query_params.get("lang"), request.cookies
    accepted, usual = request.headers.get("accept-language", ""), config().default_locale
    if request.url.path.startswith(COURIER):
        asked = asked or cookies.get(base.COURIER_LOCALE) or cookies.get("anou_locale")
        return i18n.chosen(asked, accepted, usual, i18n.COURIER_LOCALES)
    return i18n.chosen(asked or cookies.get("anou_locale") or own, accepted, usual)


def _same_origin(request: Request) -> None:
    """Unsafe requests come from our own pages. Raises Refusal `foreign_origin`."""
    if request.method in SAFE or request.url.path.startswith(OPEN):
        return
    headers: Headers = request.headers
    if origins := headers.getlist("origin"):
        if len(origins) > 1 or origins[0] not in config().allowed_origins:
            raise Refusal("foreign_origin")
    elif headers.get("sec-fetch-site") != "same-origin":
        raise Refusal("foreign_origin")


def _as_refusal(fault: Exception) -> Refusal:
    if isinstance(fault, Refusal):
        return fault
    if isinstance(fault, Refused):
        return Refusal.of(fault)
    if isinstance(fault, DOWN) or (isinstance(fault, OperationalError) and isinstance(fault.__cause__, DOWN)):
        log.warning("unavailable", fault=repr(fault))
        return Refusal("unavailable", after_ms=2000)
    log.exception("server_fault")
    return Refusal("server_fault")


def refusal_dict(refusal: Refusal, locale: str) -> dict[str, Any]:
    """`{"code", "message", "fields"?, "words"?, "current"?}` in this language; `words` says for people what is wrong with each field."""
    found: dict[str, Any] = {"code": refusal.code, "message": i18n.words(locale, refusal.words)}
    if refusal.fields:
        found["fields"] = refusal.fields
        found["words"] = {name: i18n.words(locale, why) for name, why in refusal.reasons.items()}
    if refusal.current is not None:
        found["current"] = refusal.current
    return found


def _refused(request: Request, refusal: Refusal) -> Response:
    shown = refusal_dict(refusal, base.locale(request))
    headers = {"Retry-After": str(max(1, (refusal.after_ms or 1000) // 1000))} if refusal.retry else {}
    if base.wants_json(request) or request.url.path.startswith(OPEN):
        return base.json({"error": shown}, refusal.status, headers)
    if refusal.code == "signed_out" and request.method in SAFE:
        onward = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?{urlencode({'next': onward})}", 303)
    try:
        response = base.page(request, "errors/refusal.html", status=refusal.status, refusal=shown | {"next": _onward(request, refusal)})
    except Exception:
        log.exception("refusal_page")
        response = base.json({"error": shown}, refusal.status)
    response.headers.update(headers)
    return response


def _onward(request: Request, refusal: Refusal) -> dict[str, str] | None:
    """From a refused verb back to the thing that it was about, where that is there to be seen."""
    _, noun, *rest = request.url.path.split("/")
    if noun not in ONWARD or len(rest) < 2 or refusal.status in (401, 404):
        return None
    return {"href": f"/{noun}/{rest[0]}", "label": i18n.words(base.locale(request), ONWARD[noun])}


def _headers(headers: MutableHeaders, scope: Scope) -> None:
    """What keeps pages from being framed, sniffed or scripted by others."""
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    if headers.get("content-type", "").startswith("text/html"):
        headers.setdefault("Cache-Control", "private, no-store" if scope.get("anou.person") else "private, no-cache")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Permissions-Policy", "camera=(self), microphone=(self), geolocation=(self)")
        headers.setdefault(
            "Content-Security-Policy",
            f"default-src 'self'; script-src 'self' 'nonce-{scope['anou.nonce']}'; style-src 'self';"
            f" img-src 'self' blob: data:{_tiles(scope)}; connect-src 'self'; media-src 'self' blob:; object-src 'none'; base-uri 'none';"
            f" form-action 'self'{CHECKOUT if config().stripe_key else ''}; frame-ancestors 'none'",
        )
    elif headers.get("content-type", "").startswith("application/json"):
        headers.setdefault("Cache-Control", "no-store")


def _tiles(scope: Scope) -> str:
    """Where the squares of a map come from, for those who may see a courier on it; nothing unless one is configured."""
    return f" {config().map_origin}" if config().map_origin and scope.get("anou.person") else ""

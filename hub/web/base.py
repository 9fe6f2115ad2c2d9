"""What every handler uses: who asks, in which language, and how the answer is written."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hub.errors import Refusal
from hub.unit import Actor
from hub.web import pages
from hub.web.forms import parse as form
from models.people import Person

__all__ = [
    "COURIER_LOCALE",
    "actor",
    "answer",
    "form",
    "fragment",
    "here_only",
    "locale",
    "page",
    "person",
    "seen",
    "viewer",
    "wants_json",
]

COURIER_LOCALE = "anou_courier_locale"  # cookie: the language chosen on a courier's page
HERE = re.compile(r"/(?!/)[^\\\s\x00-\x1f]*")


def viewer(request: Request) -> Person | None:
    """Whoever is signed in on this device."""
    return request.scope.get("anou.person")


def person(request: Request) -> Person:
    """Whoever is signed in. Raises Refusal `signed_out`."""
    found = viewer(request)
    if found is None:
        raise Refusal("signed_out")
    return found


def actor(request: Request) -> Actor:
    """The signed-in person with this request's Idempotency-Key. Raises Refusal `signed_out`."""
    return Actor(person(request), request.headers.get("idempotency-key") or None)


def locale(request: Request) -> str:
    """The language of this answer."""
    return str(request.scope.get("anou.locale", "fr"))


def wants_json(request: Request) -> bool:
    """Did the caller ask for JSON rather than a page?"""
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


def json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """`content` as a JSON answer."""
    return Response(msgspec.json.encode(content), status, headers, media_type="application/json")


def answer(request: Request, result: Any, *, redirect: str, status: int = 200) -> Response:
    """What a verb did: JSON for programs, a redirect for browsers."""
    if wants_json(request):
        return json(result, status, {"Location": redirect})
    return RedirectResponse(redirect, 303)


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """A whole page, as HTML in the viewer's language."""
    return pages.render(request, template, status, context)


def fragment(request: Request, template: str, **context: Any) -> Response:
    """A piece of a page, to be put in place by the browser."""
    return pages.render(request, template, 200, context)


def seen(request: Request, thing: Any, template: str, **context: Any) -> Response:
    """A thing looked at: itself as JSON, or its page."""
    if wants_json(request):
        return json(thing)
    return page(request, template, **context)


def here_only(target: Any, default: str = "/") -> str:
    """`target` if it is a path of this site, else `default`: nobody is sent elsewhere by a link.

    Browsers read a backslash as a slash and skip tabs and line ends, so that `/\\t/elsewhere` is an address of another site.
    """
    return target if isinstance(target, str) and HERE.fullmatch(target) else default

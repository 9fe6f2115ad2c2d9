"""The service worker of the courier's pages: its script, with the list of files that these pages are made of.

Its reach is `/c/`, and no other page of the hub has one.
"""

from __future__ import annotations

import re
from functools import cache

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hub.i18n import COURIER_LOCALES
from hub.rules.couriers import TOKEN_LENGTH
from hub.web import pages

ANY_TOKEN = "x" * TOKEN_LENGTH  # stands in the page of a parcel not seen yet
SCRIPT = pages.STATIC / "js" / "courier-worker.js"
TAG = re.compile(r"<([a-z]+-[a-z-]+)")
IMPORT = re.compile(r"""(?:from|import\()\s*['"]((?:lib|elements)/[\w-]+)['"]""")


async def worker(request: Request) -> Response:
    """Asked for anew at each visit: a browser keeps an old one for a day at most."""
    return Response(script(), media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@cache
def script() -> str:
    """The worker of this version; another version has other files, so it is another script."""
    told = {"FILES": files(), "LANGUAGES": COURIER_LOCALES, "ANY_TOKEN": ANY_TOKEN}
    head = "".join(f"const {name} = {msgspec.json.encode(value).decode()};" for name, value in told.items())
    return head + pages.lean(SCRIPT.read_text("utf-8"))


def files() -> list[str]:
    """The addresses of everything a courier's page loads."""
    modules = _modules(["elements/verb-form", *(f"elements/{tag}" for tag in sorted(_tags()))])
    return [pages.asset(name) for name in ("css/app.css", "icons/mark.svg", "js/app.js", *(f"js/{module}.js" for module in modules))]


def _tags() -> set[str]:
    """The custom elements of these pages."""
    folder = pages.FRONTEND / "templates"
    texts = [path.read_text("utf-8") for path in (folder / "layout.html", *sorted((folder / "courier").rglob("*.html")))]
    return {tag for text in texts for tag in TAG.findall(text)}


def _modules(first: list[str]) -> list[str]:
    """These modules, those of `app.js`, and whatever they import."""
    found: list[str] = []
    waiting = [*IMPORT.findall(_source("app")), *first]
    for module in waiting:  # grows while it is gone through
        if module not in found:
            found.append(module)
            waiting += IMPORT.findall(_source(module))
    return found


def _source(module: str) -> str:
    path = pages.STATIC / "js" / f"{module}.js"
    return path.read_text("utf-8") if path.exists() else ""

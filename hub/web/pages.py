"""Templates: one environment, the functions they may call, and the names of static files."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from hub import clock, i18n
from hub.config import config
from hub.ids import short
from hub.rules.money import EXPONENTS
from hub.views import people as people_view
from hub.web.drawing import Drawing, words

FRONTEND = Path(__file__).parent.parent.parent / "frontend"
STATIC = FRONTEND / "static"
SUFFIXES = frozenset({".js", ".svg", ".png", ".woff2", ".webp", ".ico"})
LAYERS = ("tokens", "reset", "base", "layout")  # css files, in their order; components follow by name


@lru_cache(maxsize=16)
def environment(locale: str) -> Drawing:
    """The templates, speaking `locale`."""
    env = Drawing(
        loader=FileSystemLoader(FRONTEND / "templates"),
        autoescape=select_autoescape(["html"]),
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=config().development,
    )
    env.install_gettext_translations(i18n.translations(locale), newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        _=words(i18n.translations(locale)),
        locale=locale,
        dir="rtl" if locale in i18n.RIGHT_TO_LEFT else "ltr",
        locales=i18n.LOCALES,
        money=lambda amount: i18n.money(amount, locale),
        weight=lambda grams: i18n.weight(grams, locale),
        date=lambda moment, style="long": i18n.when(moment, style, locale),
        both_ends=lambda moment, there: i18n.both_ends(moment, there, locale),
        village_clock=i18n.village_clock,
        exponents=EXPONENTS,
        short=short,
        country=lambda code: i18n.country(code, locale),
        language=lambda code: i18n.language(code, locale),
        asset=asset,
        icon=icon,
        import_map=import_map,
        config=config(),
    )
    return env


def render(request: Request, template: str, status: int, context: dict[str, Any]) -> Response:
    """The template with everything a page may rely on."""
    locale = request.scope.get("anou.locale", "fr")
    person = request.scope.get("anou.person")
    text = (
        environment(locale)
        .get_template(template)
        .render(
            viewer=people_view.viewer(person) if person else None,
            path=request.url.path,
            query=request.url.query,
            csp_nonce=request.scope.get("anou.nonce", ""),
            now=clock.now(),
            **context,
        )
    )
    return Response(text, status, media_type="text/html", headers={"Vary": "Accept, Cookie, Accept-Language"})


@cache
def bundle() -> bytes:
    """All stylesheets in one, in the order of their layers, without comments and indentation."""
    folder = STATIC / "css"
    names = [folder / f"{name}.css" for name in LAYERS] + sorted((folder / "components").glob("*.css"))
    text = "\n".join(["@layer tokens, reset, base, layout, components;", *(name.read_text("utf-8") for name in names)])
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)).encode()


def lean(script: str) -> str:
    """A script without comments and indentation: a quarter less to send. Each line keeps its number."""
    text = re.sub(r"^\s*/\*\*.*?\*/$", lambda doc: "\n" * doc[0].count("\n"), script, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"^[ \t]*(//.*)?|[ \t]+// [^'\"`\n]*$", "", text, flags=re.MULTILINE)


class Asset(NamedTuple):
    """A static file in memory: as it is, and gzipped where that makes it smaller."""

    content: bytes
    gzipped: bytes | None
    media_type: str


@cache
def assets() -> dict[str, Asset]:
    """Digest-named path -> file, for everything under `static/`."""
    found = {_named("css/app.css", bundle()): _asset("app.css", bundle())}
    for path in sorted(STATIC.rglob("*")):
        if path.is_file() and path.suffix in SUFFIXES:
            content = lean(path.read_text("utf-8")).encode() if path.suffix == ".js" else path.read_bytes()
            found[_named(path.relative_to(STATIC).as_posix(), content)] = _asset(path.name, content)
    return found


def _asset(name: str, content: bytes) -> Asset:
    packed = gzip.compress(content, 9, mtime=0)
    return Asset(
        content,
        packed if len(packed) < len(content) * 0.9 else None,
        mimetypes.guess_type(name)[0] or "application/octet-stream",
    )


@cache
def _names() -> dict[str, str]:
    return {re.sub(r"\.[0-9a-f]{10}(\.\w+)$", r"\1", name): name for name in assets()}


def _named(name: str, content: bytes) -> str:
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:10]}{dot}{suffix}"


def asset(name: str) -> str:
    """The URL of a static file; it changes with the content, so it may be cached for ever. KeyError if there is none."""
    return f"/static/{_names()[name]}"


@cache
def import_map() -> Markup:
    """The import map of all scripts: `lib/x` and `elements/x`."""
    entries = [
        f'"{name[3:-3]}":"{asset(name)}"'
        for name in sorted(_names())
        if name.startswith(("js/lib/", "js/elements/")) and name.endswith(".js")
    ]
    return Markup('{"imports":{' + ",".join(entries) + "}}")


@cache
def icon(name: str) -> Markup:
    """An inline SVG of `static/icons`, hidden from screen readers: the label stands beside it."""
    svg = (STATIC / "icons" / f"{name}.svg").read_text("utf-8").strip()
    return Markup(svg.replace("<svg", '<svg class="icon" aria-hidden="true" focusable="false"', 1))

"""Gather every translatable string of the hub into the catalogues, and say what is still untranslated.

    python tools/messages.py            update frontend/locales/*/LC_MESSAGES/hub.po
    python tools/messages.py --check    change nothing; exit 1 if French or Tachelhit is incomplete, or a string is not in a catalogue

Strings are English sentences: `_('...')` and `{% trans %}` in templates, `_`, `gettext`, `ngettext` and `N_` in Python,
and the values of the tables named in TABLES. English repeats them; strings no longer used are dropped. Tachelhit holds what
stands on the courier's page, and what somebody has translated besides; the rest is said in French (`hub/i18n.py`).
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
LOCALES = ("fr", "en", "ar", "zgh")
COMPLETE = ("fr", "zgh")
PARTLY = {"zgh": "frontend/templates/courier/"}  # what must be in this language
CODE = ("hub", "realtime", "workers")
TABLES = {"hub/rules/refused.py": ("CODES", "REASONS")}  # the rules know nothing of languages, so nothing marks these
MARKS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None, "words": (2,)}
JINJA = {
    "extensions": "jinja2.ext.do,jinja2.ext.loopcontrols",
    "trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false",
}

PLACE = re.compile(r"%\(\w+\)s|\{\w+\}")  # where a name or a number goes: translations must keep it

Message = str | tuple[str, ...]


def found() -> Iterator[tuple[str, Message]]:
    """(file, string) of everything a person may read; a plural is a tuple."""
    for path in sorted((FRONTEND / "templates").rglob("*.html")):
        with path.open("rb") as file:
            for _, message, _, _ in extract("jinja2.ext:babel_extract", file, {"_": None, "gettext": None, "ngettext": (1, 2)}, (), JINJA):
                yield _where(path), message
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            with path.open("rb") as file:
                for _, message, _, _ in extract("python", file, MARKS):
                    yield _where(path), message
    for name, tables in TABLES.items():
        for text in _values(ROOT / name, tables):
            yield name, text


def _where(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _values(path: Path, tables: tuple[str, ...]) -> Iterator[str]:
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id in tables and node.value:
            yield from ast.literal_eval(node.value).values()


def catalogue(locale: str, messages: list[tuple[str, Message]]) -> Catalog:
    """What the catalogue of `locale` should hold: today's strings with the translations known so far."""
    known = known_to(locale)
    fresh = Catalog(locale=locale, project="Anou Hub", fuzzy=False)
    for where, message in messages:
        many = isinstance(message, tuple)
        key = message[:2] if many else message
        old = known.get(key) if known else None
        if old is None and locale in PARTLY and not where.startswith(PARTLY[locale]):
            continue
        text = old.string if old else ""
        if locale == "en":
            text = key
        fresh.add(key, text or (("",) * fresh.num_plurals if many else ""), locations=[(where, 0)])
    return fresh


def known_to(locale: str) -> Catalog | None:
    """The catalogue as it stands in the repository."""
    path = file_of(locale)
    if not path.exists():
        return None
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def file_of(locale: str) -> Path:
    """Where the catalogue of `locale` lives."""
    return FRONTEND / "locales" / locale / "LC_MESSAGES" / "hub.po"


def written(made: Catalog) -> bytes:
    """The catalogue as a file; without dates, so that it changes only when the words do."""
    out = io.BytesIO()
    write_po(out, made, width=120, sort_output=True, include_lineno=False, omit_header=True)
    header = (
        'msgid ""\nmsgstr ""\n"Project-Id-Version: Anou Hub\\n"\n'
        f'"Language: {made.locale}\\n"\n"Plural-Forms: {made.plural_forms}\\n"\n'
        '"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n\n'
    )
    return header.encode() + out.getvalue()


def untranslated(made: Catalog) -> list[str]:
    """The strings of a catalogue that have no translation yet, or one whose placeholders differ."""
    missing = []
    for message in made:
        if not message.id:
            continue
        texts = tuple(text or "" for text in ((message.string,) if isinstance(message.string, str) else message.string or ("",)))
        ids = (message.id,) if isinstance(message.id, str) else message.id
        asked = {name for text in ids for name in PLACE.findall(text)}
        if not all(texts) or any(not asked >= set(PLACE.findall(text)) for text in texts) or not asked <= set(PLACE.findall(texts[-1])):
            missing.append(ids[0])
    return missing


def main(check: bool) -> int:
    """Update or check; the exit code."""
    messages = list(dict.fromkeys(found()))
    failed = False
    for locale in LOCALES:
        made = catalogue(locale, messages)
        path, missing = file_of(locale), untranslated(made)
        before = known_to(locale)
        absent = [m.id for m in made if m.id and not (before and before.get(m.id))]
        if check:
            failed |= bool(absent) or (locale in COMPLETE and bool(missing))
        elif not path.exists() or path.read_bytes() != written(made):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(written(made))
        lost = f", {len(absent)} not in the catalogue" if check and absent else ""
        print(f"{locale}: {len(made)} strings, {len(missing)} untranslated{lost}")
        for text in sorted({*missing, *(map(str, absent) if check else ())}):
            print(f"  {locale}: {text}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))

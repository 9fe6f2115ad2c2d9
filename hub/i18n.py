"""Languages: gettext catalogues, and how numbers, money and dates are written in each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, dates, numbers
from babel.core import get_global
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from hub import clock
from hub.rules import clocks
from hub.rules.money import EXPONENTS

FOLDER = Path(__file__).parent.parent / "frontend" / "locales"
LOCALES = ("fr", "en", "ar")
COURIER_LOCALES = ("zgh", "ar", "fr", "en")  # of the courier's page; what Tachelhit lacks is said in French
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
SAME = {"shi": "zgh"}  # browsers call Tachelhit by its own code
CLDR = {"ar": "ar_MA", "zgh": "shi_Latn"}  # whose numbers, dates and countries we write
OWN_NAMES = {  # what CLDR does not know, or names otherwise
    "zgh": {"fr": "Tachelhit", "en": "Tachelhit", "ar": "تشلحيت"},
    "ary": {"fr": "Darija", "en": "Darija", "ar": "الدارجة"},
}


def compile_catalogues() -> None:
    """Write each `hub.mo` that is missing or older than its `hub.po`."""
    for locale in COURIER_LOCALES:
        source = FOLDER / locale / "LC_MESSAGES" / "hub.po"
        target = source.with_suffix(".mo")
        if not source.exists() or (target.exists() and target.stat().st_mtime >= source.stat().st_mtime):
            continue
        with source.open("rb") as text:
            catalogue = read_po(text, locale=locale)
        partial = target.with_suffix(f".{os.getpid()}.{id(catalogue)}.tmp")
        with partial.open("wb") as binary:
            write_mo(binary, catalogue)
        partial.replace(target)


@cache
def translations(locale: str) -> NullTranslations:
    """The catalogue of a locale; English msgids where it has none."""
    found = Translations.load(str(FOLDER), [locale], domain="hub")
    if locale not in LOCALES:
        found.add_fallback(translations("fr"))
    return found


def words(locale: str, msgid: str, **values: Any) -> str:
    """`msgid` in this language, with its placeholders filled."""
    text: str = translations(locale).ugettext(msgid) if msgid else ""  # of nothing a catalogue gives its header
    return text % values if values else text


def chosen(asked: str | None, accepted: str, default: str, locales: Sequence[str] = LOCALES) -> str:
    """The locale to use: the one asked for, else the browser's first that we have, else the default."""
    if asked in locales:
        return str(asked)
    for part in accepted.split(","):
        tag = part.split(";")[0].strip().split("-")[0].lower()
        if (tag := SAME.get(tag, tag)) in locales:
            return tag
    return default


def localised(texts: dict[str, str] | None, locale: str) -> str:
    """The text in this language, else in French, English, or whatever there is."""
    if not texts:
        return ""
    for key in (locale, "fr", "en"):
        if texts.get(key):
            return texts[key]
    return next(iter(texts.values()))


def money(amount: dict[str, Any], locale: str) -> str:
    """`{"amount": 42050, "currency": "EUR"}` as `420,50 €`; whole amounts without decimals, others with those of ISO 4217: some
    locales show a currency with fewer than it is counted in."""
    places = EXPONENTS[amount["currency"]]
    value = amount["amount"] / 10**places
    whole = amount["amount"] % 10**places == 0
    pattern = "#,##0 ¤" if locale != "en" else "¤#,##0"
    if whole:
        return numbers.format_currency(value, amount["currency"], pattern, locale=_babel(locale), currency_digits=False)
    usual = str(_babel(locale).currency_formats["standard"].pattern).replace("0.00", "0." + "0" * places)
    return numbers.format_currency(value, amount["currency"], usual, locale=_babel(locale), currency_digits=False)


def weight(grams: float, locale: str) -> str:
    """A weight as written in `locale`: grams below a kilogram."""
    number, unit = (grams / 1000, "kg") if grams >= 1000 else (grams, "g")
    return f"{numbers.format_decimal(round(number, 2), '#,##0.##', locale=_babel(locale))}\u00a0{unit}"


def when(moment: str | datetime | date, style: str, locale: str) -> str:
    """A time in words: `time`, `short`, `long` or `relative`."""
    if isinstance(moment, str):
        moment = date.fromisoformat(moment) if len(moment) == 10 else clock.parse(moment)
    if isinstance(moment, datetime):
        moment = moment.astimezone(UTC)
        if style == "relative":
            return dates.format_timedelta(moment - clock.now(), add_direction=True, locale=_babel(locale))
        if style == "time":
            return dates.format_time(moment, "short", locale=_babel(locale))
        if style == "short":
            return dates.format_datetime(moment, "d MMM HH:mm", locale=_babel(locale))
    elif style == "relative":
        return dates.format_timedelta(
            moment - clock.now().date(), add_direction=True, locale=_babel(locale), granularity="day"
        )
    elif style == "short":
        return dates.format_date(moment, "d MMM", locale=_babel(locale))
    return dates.format_date(moment, "long", locale=_babel(locale))


def both_ends(moment: str, there: str | None, locale: str) -> tuple[str, str | None]:
    """A time on the clocks of the village and of the zone `there`, with its day; the second one's only where it differs."""
    here, other = clocks.both_ends(clock.parse(moment), there)
    said = _local(here, "EEE d MMM HH:mm", locale)
    if other is None:
        return said, None
    return said, _local(other, "HH:mm" if other.date() == here.date() else "EEE d MMM HH:mm", locale)


def village_clock(moment: str) -> str:
    """What the clocks of the village showed at that time, for a program: `2026-11-20T12:00`."""
    return clocks.both_ends(clock.parse(moment), None)[0].strftime("%Y-%m-%dT%H:%M")


def _local(moment: datetime, pattern: str, locale: str) -> str:
    return dates.format_datetime(moment, pattern, tzinfo=moment.tzinfo, locale=_babel(locale))


def zones(code: str) -> list[str]:
    """The time zones of a country, as CLDR knows them."""
    return list(get_global("territory_zones").get(code.upper(), ()))


def country(code: str, locale: str) -> str:
    """The name of an ISO 3166 country in this language."""
    name = str(_babel(locale).territories.get(code.upper(), code))
    return name[:1].upper() + name[1:]  # CLDR writes them small in Tachelhit


def language(code: str, locale: str) -> str:
    """The name of a language in this language."""
    own = OWN_NAMES.get(code)
    return own.get(locale, own["en"]) if own else str(_babel(locale).languages.get(code, code))


@cache
def _babel(locale: str) -> Locale:
    return Locale.parse(CLDR.get(locale, locale))

"""Reading what people send, field by field: every bad field is noted, none stops the reading."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from uuid import UUID

from hub.rules.threads import storable

Bad = dict[str, str]
"""Dotted path of a field ('items.0.quantity') -> a key of hub.rules.refused.REASONS."""


class Fields:
    """One group of named values at `path`. A value that is absent, None or blank is no value; what is bad is noted in
    `bad` under its path, and read as the default. Unknown names are ignored."""

    def __init__(self, data: object, bad: Bad, path: str = "") -> None:
        self.bad, self.path = bad, path
        self.data: Mapping[object, object] = {}
        if isinstance(data, Mapping):
            self.data = data
        elif not _blank(data):
            self.wrong("", "not_an_object")

    def wrong(self, name: str, reason: str) -> None:
        path = ".".join(part for part in (self.path, name) if part)
        self.bad.setdefault(path, reason)

    def raw(self, name: str) -> object:
        """The value, or None for no value."""
        value = self.data.get(name)
        return None if _blank(value) else value

    def need(self, name: str) -> None:
        if self.raw(name) in (None, [], ()):
            self.wrong(name, "missing")

    def text(self, name: str, longest: int) -> str | None:
        """Trimmed, in Unicode's composed form."""
        value = self.raw(name)
        return None if value is None else self._words(name, value, longest)

    def said(self, name: str, longest: int) -> str | None:
        """Words that a machine passes on for people to read: a number is written out, what is too long is cut, and what is
        no words at all is no value. Never bad."""
        value = self.raw(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not storable(value):
            return None
        return unicodedata.normalize("NFC", value).strip()[:longest].rstrip() or None

    def whole(self, name: str, low: int, high: int) -> int | None:
        """A whole number within [low, high]; digits (of any script) from a form count, booleans and fractions don't."""
        value = self.raw(name)
        if isinstance(value, str) and re.fullmatch(r"[-+]?\d{1,18}", value.strip()):
            value = int(value)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.wrong(name, "not_whole")
        elif value < low:
            self.wrong(name, "too_small")
        elif value > high:
            self.wrong(name, "too_large")
        else:
            return value
        return None

    def code(self, name: str, known: frozenset[str], reason: str) -> str | None:
        """One of `known`, in capitals."""
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, str) and value.strip().upper() in known:
            return value.strip().upper()
        self.wrong(name, reason)
        return None

    def id(self, name: str) -> str | None:
        value = self.raw(name)
        return None if value is None else self._id(name, value)

    def ids(self, name: str, most: int) -> tuple[str, ...]:
        """Different ids, in the order given; a single one needs no list."""
        found = [self._id(f"{name}.{i}", value) for i, value in self._list(name, most)]
        return tuple(dict.fromkeys(one for one in found if one))

    def names(self, name: str, most: int, longest: int) -> tuple[str, ...]:
        """Short words (colours, materials), from a list or one string with commas (also Arabic ones)."""
        value = self.raw(name)
        parts = [part for part in re.split(r"[,;،]", value) if part.strip()] if isinstance(value, str) else value
        found = [self._words(f"{name}.{i}", one, longest) for i, one in self._list(name, most, parts)]
        return tuple(dict.fromkeys(one for one in found if one))

    def pairs(self, name: str, most: int, longest: int) -> dict[str, str]:
        """Free attributes: short name -> words; whole numbers are turned into words."""
        group = Fields(self.raw(name), self.bad, f"{self.path}.{name}" if self.path else name)
        if len(group.data) > most:
            self.wrong(name, "too_many")
            return {}
        found: dict[str, str] = {}
        for key, value in group.data.items():
            at = key[:40] if isinstance(key, str) and storable(key) else "?"
            label = group._words(at, key, 40)
            if isinstance(value, int) and not isinstance(value, bool):
                value = str(value)
            words = None if _blank(value) else group._words(at, value, longest)
            if label and words:
                found[label] = words
        return found

    def groups(self, name: str, most: int) -> list["Fields"]:
        """A list of groups, each with the path 'name.index'."""
        return [Fields(value if value is not None else (), self.bad, f"{name}.{i}") for i, value in
                self._list(name, most)]

    def moment(self, name: str) -> datetime | None:
        """ISO 8601, to UTC; without an offset it is UTC."""
        value = self.raw(name)
        if value is None:
            return None
        try:
            found = datetime.fromisoformat(str(value).strip())
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.wrong(name, "not_a_time")
            return None

    def day(self, name: str) -> date | None:
        """ISO 8601 date; of a date and time, its date."""
        value = self.raw(name)
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        try:
            return datetime.fromisoformat(str(value).strip()).date()
        except ValueError:
            self.wrong(name, "not_a_day")
            return None

    def _words(self, name: str, value: object, longest: int) -> str | None:
        if not isinstance(value, str):
            self.wrong(name, "not_text")
        elif not storable(value):
            self.wrong(name, "bad_characters")
        elif len(words := unicodedata.normalize("NFC", value).strip()) > longest:
            self.wrong(name, "too_long")
        else:
            return words
        return None

    def _id(self, name: str, value: object) -> str | None:
        try:
            return str(UUID(value if isinstance(value, str) else str(value)))
        except ValueError:
            self.wrong(name, "not_an_id")
            return None

    def _list(self, name: str, most: int, value: object = ...) -> list[tuple[int, object]]:
        value = self.raw(name) if value is ... else value
        if value is None:
            return []
        if isinstance(value, str | UUID):
            value = [value]
        if not isinstance(value, list | tuple):
            self.wrong(name, "not_a_list")
        elif len(value) > most:
            self.wrong(name, "too_many")
        else:
            return list(enumerate(value))
        return []


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())

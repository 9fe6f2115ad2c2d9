"""JSON values against the schemas of our own description: the keywords that stand in it, and a fault for any other.

A validator of the whole of JSON Schema would be a library for the tests alone; what this one does not know it refuses to pass over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

Json = dict[str, Any]
TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int, "number": (int, float),
}  # fmt: skip
SILENT = {"title", "description", "default", "then"}
UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I)


class Schemas:
    """A document, and what is wrong with values by it."""

    def __init__(self, document: Json) -> None:
        self.document = document

    def at(self, reference: str) -> Any:
        """What a reference leads to. Raises KeyError."""
        found: Any = self.document
        assert reference.startswith("#/"), reference
        for part in reference[2:].split("/"):
            found = found[part]
        return found

    def faults(self, value: Any, schema: Json, at: str = "$") -> list[str]:
        """Every fault, with its place."""
        said = [(keyword, asked) for keyword, asked in schema.items() if keyword not in SILENT]
        return [fault for keyword, asked in said for fault in self._by(keyword, asked, value, schema, at)]

    def fits(self, value: Any, schema: Json) -> bool:
        """Is there nothing wrong with it?"""
        return not self.faults(value, schema)

    def _by(self, keyword: str, asked: Any, value: Any, schema: Json, at: str) -> Iterator[str]:
        if keyword == "$ref":
            yield from self.faults(value, self.at(asked), at)
        elif keyword in ("anyOf", "oneOf", "allOf", "if"):
            yield from self._some(keyword, asked, value, schema, at)
        elif keyword == "type":
            wrong = not isinstance(value, TYPES[asked]) or (isinstance(value, bool) and asked in ("integer", "number"))
            yield from [f"{at}: {value!r} is no {asked}"] if wrong else []
        elif keyword in ("enum", "const"):
            allowed = asked if keyword == "enum" else [asked]
            same = any(value == one and type(value) is type(one) for one in allowed)
            yield from [] if same else [f"{at}: {value!r} is none of {allowed}"]
        elif isinstance(value, dict) and keyword in OBJECT:
            yield from self._object(keyword, asked, value, at)
        elif isinstance(value, list) and keyword == "items":
            yield from (fault for number, one in enumerate(value) for fault in self.faults(one, asked, f"{at}[{number}]"))
        else:
            yield from [f"{at}: {value!r} is beyond {keyword} {asked}"] if _beyond(keyword, asked, value) else []

    def _some(self, keyword: str, asked: Any, value: Any, schema: Json, at: str) -> Iterator[str]:
        if keyword == "if":
            yield from self.faults(value, schema["then"], at) if self.fits(value, asked) else []
        elif keyword == "allOf":
            yield from (fault for one in asked for fault in self.faults(value, one, at))
        else:
            fitting = sum(self.fits(value, one) for one in asked)
            yield from [] if fitting == 1 or (fitting and keyword == "anyOf") else [f"{at}: {value!r} fits {fitting} of {asked}"]

    def _object(self, keyword: str, asked: Any, value: Json, at: str) -> Iterator[str]:
        if keyword == "required":
            yield from (f"{at}: {name} is missing" for name in asked if name not in value)
        elif keyword == "properties":
            yield from (fault for name in asked if name in value for fault in self.faults(value[name], asked[name], f"{at}.{name}"))
        elif keyword == "propertyNames":
            yield from (fault for name in value for fault in self.faults(name, asked, f"{at}.{name}"))
        else:
            yield from (fault for name, one in value.items() for fault in self.faults(one, asked, f"{at}.{name}"))


OBJECT = {"required", "properties", "propertyNames", "additionalProperties"}
BOUNDS = {
    "maxLength": (str, lambda value, most: len(value) > most), "pattern": (str, lambda value, form: not re.search(form, value)),
    "maxItems": (list, lambda value, most: len(value) > most), "minItems": (list, lambda value, least: len(value) < least),
    "maxProperties": (dict, lambda value, most: len(value) > most),
    "minimum": ((int, float), lambda value, least: value < least), "maximum": ((int, float), lambda value, most: value > most),
}  # fmt: skip


def _beyond(keyword: str, asked: Any, value: Any) -> bool:
    if keyword == "format":
        return isinstance(value, str) and not FORMATS[asked](value)
    if keyword in OBJECT or keyword == "items":
        return False  # of another type, which is said elsewhere
    kind, beyond = BOUNDS[keyword]
    return isinstance(value, kind) and not isinstance(value, bool) and bool(beyond(value, asked))


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


FORMATS = {"uuid": UUID.fullmatch, "date-time": _is_time}

"""What the fields of a form or a JSON body mean: each bad one is named, none stops the reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hub.errors import Refusal
from hub.rules.money import from_major
from hub.rules.refused import Refused
from hub.rules.terms.fields import Fields

MOST_MEDIA = 10
YES = frozenset({"true", "1", "on", "yes"})
NO = frozenset({"false", "0", "off", "no"})
UNREAD = "?"


class Form(Fields):
    """A body's fields. Read everything, then `checked()`."""

    def __init__(self, data: object) -> None:
        super().__init__(data, {})

    def checked(self) -> None:
        """Raises Refusal `bad_form`, naming every field that was wrong."""
        if self.bad:
            raise Refusal("bad_form", fields=self.bad)

    def needed(self, name: str, longest: int) -> str:
        """Words that have to be there."""
        self.need(name)
        return self.text(name, longest) or ""

    def yes(self, name: str) -> bool:
        """A truth that has to be told: true or false, as JSON or as a form writes it."""
        value = self.raw(name)
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().lower() in YES | NO:
            return value.strip().lower() in YES
        self.wrong(name, "missing")
        return False

    def number(self, name: str) -> float | None:
        """A decimal number with a point, or None."""
        value = self.raw(name)
        if value is None:
            return None
        try:
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise ValueError
            return float(value)
        except ValueError:
            self.wrong(name, "not_whole")
            return None

    def media(self, name: str = "media") -> list[str]:
        """Ids of pictures."""
        return list(self.ids(name, MOST_MEDIA))


@contextmanager
def called(**names: str) -> Iterator[None]:
    """A refusal inside speaks of fields as this form calls them: `called(at="at_home")`."""
    try:
        yield
    except (Refusal, Refused) as no:
        no.fields = {names.get(field, field): why for field, why in no.fields.items()}
        raise


def minor(data: Any, name: str, currency: object) -> Any:
    """`data` with `<name>_decimal`, as a person types it ("1 250,50"), turned into `<name>` in minor units.

    What can't be read becomes a value that no reader takes for a number: plain digits under `<name>` would be minor units.
    """
    typed = data.get(f"{name}_decimal") if isinstance(data, dict) else None
    if typed is None or not str(typed).strip():
        return data
    rest = {key: value for key, value in data.items() if key != f"{name}_decimal"}
    try:
        rest[name] = from_major(str(typed), str(currency or "").strip().upper()).amount
    except Refused:
        rest[name] = UNREAD
    return rest

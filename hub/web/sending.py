"""What a booking says: its parcels, when it is fetched, what customs are told."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from hub.rules.money import EXPONENTS
from hub.rules.payments import LARGEST
from hub.rules.sending import DAY_PARTS, Box, Customs, Door, is_phone, window
from hub.rules.terms.fields import Fields
from hub.web.reading import Form, minor

MOST_PARCELS = 50
LARGEST_CM = 1_000
HEAVIEST_G = 1_000_000
LENGTHS = {"name": 60, "street": 60, "street2": 60, "city": 45, "postal_code": 12, "phone": 30, "email": 100, "company": 60}


def boxes(read: Form) -> list[Box]:
    """Its parcels."""
    return [_box(group) for group in read.groups("parcels", MOST_PARCELS)]


def _box(group: Any) -> Box:
    for name in ("length_cm", "width_cm", "height_cm", "weight_g"):
        group.need(name)
    length, width, height = (group.whole(name, 1, LARGEST_CM) or 0 for name in ("length_cm", "width_cm", "height_cm"))
    return Box(length, width, height, group.whole("weight_g", 1, HEAVIEST_G) or 0)


def address(read: Form) -> dict[str, str | None]:
    """What a booking says under `to`."""
    to = Fields(read.raw("to"), read.bad, "to")
    given = {name: to.text(name, most) for name, most in LENGTHS.items()}
    if given["phone"] and not is_phone(given["phone"]):
        to.wrong("phone", "bad_phone")
    return given


def called_day(read: Form) -> dict[str, str]:
    """What the form calls the ends of the pickup's window, where it says a day."""
    return dict.fromkeys(("pickup_from", "pickup_until"), "pickup_day") if read.raw("pickup_day") else {}


def door(read: Form) -> Door | None:
    """Where in its city it is brought to, where the booking says so."""
    given = address(read)
    found = Door(**{field.name: given[field.name] for field in fields(Door)})
    return found if found.street or found.postal_code or found.name or found.phone else None  # the city alone was agreed


def pickup(read: Form) -> tuple[datetime | None, datetime | None]:
    """When the carrier fetches it: two moments, or a day and a part of it at the village."""
    day, part = read.day("pickup_day"), read.text("pickup_part", 20) or "day"
    if day is None:
        return read.moment("pickup_from"), read.moment("pickup_until")
    if part not in DAY_PARTS:
        read.wrong("pickup_part", "missing")
        return None, None
    return window(day, part)


def customs(read: Form) -> Customs | None:
    """What is in it and what it is worth, where the booking says so: in minor units, or as a person types it."""
    given = read.raw("customs")
    if given is None:
        return None
    currency = given.get("currency") if isinstance(given, dict) else None
    group = Fields(minor(given, "value", currency), read.bad, "customs")
    for name in ("description", "value", "currency"):
        group.need(name)
    words, value = group.text("description", 200), group.whole("value", 1, LARGEST)
    known = group.code("currency", frozenset(EXPONENTS), "unknown_currency")
    return Customs(words, value, known) if words and value and known else None

"""What has to be known before a piece leaves the village: its parcels, when it is fetched, what customs and papers need."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil, pi, sqrt
from zoneinfo import ZoneInfo

from hub.rules.orders import Size
from hub.rules.refused import Refused
from hub.rules.shipments import Status

HOME = "MA"
PICKUP_AHEAD = timedelta(days=60)
LONGEST_WINDOW = timedelta(hours=14)
VILLAGE = ZoneInfo("Africa/Casablanca")
DAY_PARTS = {"morning": (time(8), time(12)), "afternoon": (time(13), time(18)), "day": (time(8), time(18))}
PILE_CM = 1.5  # a folded-back rug is about so thick
PADDING_CM = 6  # of cloth and card, both sides together
PACKING_G = 500
PHONE = re.compile(r"\+?[\d ()./-]+")
PAPERS: tuple[str, ...] = (
    "export_papers_origin", "export_papers_customs", "export_papers_exchange", "export_papers_buyer", "export_papers",
)
"""For what a parcel waits before its first scan: the certificate of origin, the customs declaration, the bank's paper about
the money from abroad, something from the buyer; or something else."""


@dataclass(frozen=True, slots=True)
class Box:
    """A parcel's size and weight."""

    length_cm: int
    width_cm: int
    height_cm: int
    weight_g: int


@dataclass(frozen=True, slots=True)
class Customs:
    """What is in it, and what it is worth without its transport, in minor units."""

    description: str
    value: int
    currency: str


@dataclass(frozen=True, slots=True)
class Door:
    """Where in the city that was agreed a courier rings: only what the terms and the buyer's account don't say better."""

    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    name: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """One end of a parcel's journey, as a carrier wants to know it."""

    name: str
    street: str
    city: str
    country: str
    postal_code: str | None = None
    street2: str | None = None
    company: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Consignment:
    """What a carrier is asked to carry."""

    sender: Address
    receiver: Address
    boxes: tuple[Box, ...]
    customs: Customs | None
    day: date  # of the pickup, or today


def proposed(size: Size, weight_g: int | None) -> Box:
    """The parcel of a piece: rolled from its longer side where it is flat (both sides known), else a box of some size."""
    weight = (weight_g or 0) + PACKING_G
    if not (size.width_cm and size.length_cm):
        return Box(40, 30, 30, weight)
    rolled, along = max(size.width_cm, size.length_cm), min(size.width_cm, size.length_cm)
    across = ceil(sqrt(4 * rolled * PILE_CM / pi)) + PADDING_CM  # the area of the roll's end is length x thickness
    return Box(along + PADDING_CM, across, across, weight)


def window(day: date, part: str) -> tuple[datetime, datetime]:
    """A part of a day at the village, as two moments (UTC)."""
    start, end = (datetime.combine(day, at, VILLAGE).astimezone(UTC) for at in DAY_PARTS[part])
    return start, end


def check_pickup(start: datetime | None, end: datetime | None, now: datetime) -> None:
    """A window within one day's light, not over yet, within two months. Raises Refused('bad_pickup')."""
    if start is None and end is None:
        return
    if start is None or end is None:
        raise Refused("bad_pickup", {"pickup_from" if start is None else "pickup_until": "missing"})
    if end <= start or end - start > LONGEST_WINDOW:
        raise Refused("bad_pickup", {"pickup_until": "not_a_time"})
    if end <= now:
        raise Refused("bad_pickup", {"pickup_until": "in_the_past"})
    if start > now + PICKUP_AHEAD:
        raise Refused("bad_pickup", {"pickup_from": "too_far"})


def declared(country: str, title: str, total: int, shipping: int, currency: str) -> Customs | None:
    """What customs are told unless somebody says it better; None within the country."""
    return None if country == HOME else Customs(title, total - shipping, currency)


def check_papers(status: Status, reason: str | None) -> None:
    """For a steward: papers are awaited (`reason`) or there (None), before the first scan only.

    Raises Refused: `on_its_way`, `unknown_paper`.
    """
    if status is not Status.PENDING:
        raise Refused("on_its_way")
    if reason is not None and reason not in PAPERS:
        raise Refused("unknown_paper", {"reason": "missing"})


def is_phone(text: str) -> bool:
    """May a courier dial it? At least six digits, of any country, with whatever people put between them."""
    return PHONE.fullmatch(text) is not None and sum(sign.isdigit() for sign in text) >= 6

"""What the hub and a carrier say to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Protocol

import msgspec

from hub.rules.money import Money
from hub.rules.sending import Address, Consignment
from hub.rules.shipments import Scan


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """How one carrier is reached: `{"karrio": "dhl_universal", "settings": {"consumer_key": "…"}}`."""

    karrio: str  # the name of Karrio's connector
    settings: dict[str, Any] = {}
    url: str = ""  # where it answers; empty: the connector's own address
    at_once: Annotated[int, msgspec.Meta(ge=1, le=64)] = 8  # calls at the same time
    sender: Address | None = None  # where the cooperative hands parcels over; without it no prices and no labels


@dataclass(frozen=True, slots=True)
class News:
    """All that a carrier knows of one number, again and again the same; nothing if it does not know the number."""

    scans: list[Scan] = field(default_factory=list)
    eta: date | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A service at a price; `service` is the connector's name of it."""

    service: str
    words: str
    price: Money
    days: int | None


@dataclass(frozen=True, slots=True)
class Bought:
    """A label that is paid for: its PDF, if the carrier made one, and what it costs, if the carrier said so."""

    tracking_number: str
    shipment_id: str | None
    label: bytes | None
    price: Money | None


class Unanswered(Exception):
    """The carrier is down, too slow, wants to be left alone, or does not let us in: nothing is known about the parcel.

    Where a label was to be bought: certainly nothing was.
    """


class Declined(Exception):
    """The carrier says no, in its own words: nothing was bought."""


class Unsure(Exception):
    """The carrier was asked for a label, and whether it was bought can't be said."""


class Carrier(Protocol):
    """Somebody who can be asked."""

    at_once: int
    sender: Address | None

    async def track(self, numbers: Sequence[str]) -> dict[str, News]:
        """What is known of each number. Raises Unanswered."""

    async def rates(self, what: Consignment) -> list[Offer]:
        """What it would cost, the cheapest first. Raises Unanswered, Declined."""

    async def label(self, what: Consignment, service: str, reference: str) -> Bought:
        """Buy a label. Raises Unanswered, Declined, Unsure; any other exception is as good as Unsure."""

    def spoken(self, service: str) -> str:
        """A service in words."""

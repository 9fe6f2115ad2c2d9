"""What the hub and a carrier say to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Protocol

import msgspec

from hub.rules.shipments import Scan


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """How one carrier is reached: `{"karrio": "dhl_universal", "settings": {"consumer_key": "…"}}`."""

    karrio: str  # the name of Karrio's connector
    settings: dict[str, Any] = {}
    url: str = ""  # where it answers; empty: the connector's own address
    at_once: Annotated[int, msgspec.Meta(ge=1, le=64)] = 8  # calls at the same time


@dataclass(frozen=True, slots=True)
class News:
    """All that a carrier knows of one number, again and again the same; nothing if it does not know the number."""

    scans: list[Scan] = field(default_factory=list)
    eta: date | None = None


class Unanswered(Exception):
    """The carrier is down, too slow, wants to be left alone, or does not let us in: nothing is known about the parcel."""


class Carrier(Protocol):
    """Somebody who can be asked."""

    at_once: int

    async def track(self, numbers: Sequence[str]) -> dict[str, News]:
        """What is known of each number. Raises Unanswered."""

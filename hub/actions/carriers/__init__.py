"""Carriers that are asked where a parcel is, what it costs to send one, and for its label: one small interface, one file a kind.
They know no order and no table.

Which carriers, and how they are reached, is `ANOU_CARRIERS`: a JSON object of the names under which shipments are booked.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from hub.actions.carriers.by_karrio import Karrio
from hub.actions.carriers.terms import Bought, Carrier, Declined, Line, News, Offer, Unanswered, Unsure
from hub.config import config

__all__ = ["Bought", "Carrier", "Declined", "Line", "News", "Offer", "Unanswered", "Unsure", "named", "names", "sellers"]


def names() -> list[str]:
    """The carriers this house can ask."""
    return sorted(_configured(config().carriers))


def sellers() -> list[str]:
    """Those who can be asked for prices and labels: where the house has said from where it sends."""
    return [name for name, carrier in sorted(_configured(config().carriers).items()) if carrier.sender]


def named(name: str) -> Carrier | None:
    """The carrier of this name, if the house can ask it."""
    return _configured(config().carriers).get(name)


@lru_cache(maxsize=2)
def _configured(text: str) -> dict[str, Carrier]:
    try:
        lines = msgspec.json.decode(text or "{}", type=dict[str, Line])
    except msgspec.MsgspecError as fault:
        raise ValueError(f"ANOU_CARRIERS can't be read: {fault}") from fault
    return {name: Karrio(line) for name, line in lines.items()}

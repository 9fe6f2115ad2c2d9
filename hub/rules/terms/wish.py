"""A buyer's wish: the structured request that a quote answers."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hub.rules.refused import Refused
from hub.rules.terms.fields import Bad, Fields
from hub.rules.terms.shape import (
    LARGEST_CM,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_MEDIA,
    MOST_NAMES,
    MOST_PIECES,
    ShipTo,
    ship_to,
)

FURTHEST_WISH = timedelta(days=3 * 365)


@dataclass(frozen=True, slots=True)
class Wish:
    """Sizes in whole centimetres; `wanted_by` a day; `product` and `media` are ids."""

    description: str
    product: str | None = None
    width_cm: int | None = None
    length_cm: int | None = None
    colours: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    quantity: int = 1
    wanted_by: date | None = None
    ship_to: ShipTo | None = None
    media: tuple[str, ...] = ()
    note: str | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON: lists and ISO dates, None where nothing was wished."""
        return asdict(self) | {
            "colours": list(self.colours), "materials": list(self.materials), "media": list(self.media),
            "wanted_by": self.wanted_by.isoformat() if self.wanted_by else None,
        }


def parse_wish(data: object, now: datetime) -> Wish:
    """Read `{product?, description, width_cm?, length_cm?, colours?, materials?, quantity? (1), wanted_by?, ship_to?,
    media?, note?}`. Raises Refused('bad_wish', fields) naming all bad fields."""
    bad: Bad = {}
    top = Fields(data, bad)
    top.need("description")
    wish = Wish(
        description=top.text("description", LONGEST_TEXT) or "",
        product=top.id("product"),
        width_cm=top.whole("width_cm", 1, LARGEST_CM),
        length_cm=top.whole("length_cm", 1, LARGEST_CM),
        colours=top.names("colours", MOST_NAMES, LONGEST_NAME),
        materials=top.names("materials", MOST_NAMES, LONGEST_NAME),
        quantity=top.whole("quantity", 1, MOST_PIECES) or 1,
        wanted_by=_wanted(top, now.date()),
        ship_to=_destination(top, bad),
        media=top.ids("media", MOST_MEDIA),
        note=top.text("note", LONGEST_TEXT),
    )
    if bad:
        raise Refused("bad_wish", bad)
    return wish


def _wanted(top: Fields, today: date) -> date | None:
    day = top.day("wanted_by")
    if day and day < today:
        top.wrong("wanted_by", "in_the_past")
    elif day and day > today + FURTHEST_WISH:
        top.wrong("wanted_by", "too_far")
    return day


def _destination(top: Fields, bad: Bad) -> ShipTo | None:
    """A form's untouched fields are no destination at all."""
    group = Fields(top.raw("ship_to"), bad, "ship_to")
    return ship_to(group) if group.raw("country") or group.raw("city") else None

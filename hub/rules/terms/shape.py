"""Terms as a person sends them, checked and made into one shape."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.rules.money import EXPONENTS
from hub.rules.refused import Refused
from hub.rules.terms.countries import COUNTRIES
from hub.rules.terms.fields import Bad, Fields

MOST_ITEMS = 20
MOST_PIECES = 1_000
LONGEST_TEXT = 4_000
LONGEST_NAME = 100
MOST_NAMES = 20
MOST_MEDIA = 10
LARGEST_CM = 5_000
LONGEST_MAKING = 730
BELOW_TOTAL = 10**12
"""The total in minor units stays below this."""
USUAL_VALIDITY = timedelta(days=7)
LONGEST_VALIDITY = timedelta(days=90)

_CURRENCIES = frozenset(EXPONENTS)


@dataclass(frozen=True, slots=True)
class ShipTo:
    country: str
    city: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """`unit_price` in minor units of the terms' currency; sizes in whole centimetres."""

    description: str
    quantity: int
    unit_price: int
    product: str | None = None
    width_cm: int | None = None
    length_cm: int | None = None
    materials: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    technique: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Terms:
    """`shipping` in minor units of `currency`; `valid_until` in UTC; `media` are ids of reference photos."""

    items: tuple[Item, ...]
    shipping: int
    currency: str
    making_days: int
    deposit_percent: int
    ship_to: ShipTo
    valid_until: datetime
    note: str | None = None
    media: tuple[str, ...] = ()

    @property
    def goods(self) -> int:
        """All pieces without shipping, in minor units."""
        return sum(item.quantity * item.unit_price for item in self.items)


def parse_terms(data: object, now: datetime) -> Terms:
    """Read `{items, shipping, currency, making_days, deposit_percent, ship_to, valid_until?, note?, media?}`.

    Without `valid_until` the terms hold for 7 days. Raises Refused('bad_terms', fields) naming *all* bad fields; what
    has no question mark is needed.
    """
    bad: Bad = {}
    top = Fields(data, bad)
    for name in ("items", "shipping", "currency", "making_days", "deposit_percent"):
        top.need(name)
    terms = Terms(
        items=tuple(_item(group) for group in top.groups("items", MOST_ITEMS)),
        shipping=top.whole("shipping", 0, BELOW_TOTAL - 1) or 0,
        currency=top.code("currency", _CURRENCIES, "unknown_currency") or "",
        making_days=top.whole("making_days", 1, LONGEST_MAKING) or 0,
        deposit_percent=top.whole("deposit_percent", 0, 100) or 0,
        ship_to=ship_to(Fields(top.raw("ship_to"), bad, "ship_to")),
        valid_until=_validity(top, now),
        note=top.text("note", LONGEST_TEXT),
        media=top.ids("media", MOST_MEDIA),
    )
    if not bad and not terms.goods + terms.shipping > 0:
        bad["items"] = "nothing_to_pay"
    if not bad and terms.goods + terms.shipping >= BELOW_TOTAL:
        bad["items"] = "too_large"
    if bad:
        raise Refused("bad_terms", bad)
    return terms


def _item(group: Fields) -> Item:
    for name in ("description", "quantity", "unit_price"):
        group.need(name)
    return Item(
        description=group.text("description", LONGEST_TEXT) or "",
        quantity=group.whole("quantity", 1, MOST_PIECES) or 0,
        unit_price=group.whole("unit_price", 0, BELOW_TOTAL - 1) or 0,
        product=group.id("product"),
        width_cm=group.whole("width_cm", 1, LARGEST_CM),
        length_cm=group.whole("length_cm", 1, LARGEST_CM),
        materials=group.names("materials", MOST_NAMES, LONGEST_NAME),
        colours=group.names("colours", MOST_NAMES, LONGEST_NAME),
        technique=group.text("technique", LONGEST_NAME),
        attributes=group.pairs("attributes", MOST_NAMES, 200),
    )


def ship_to(group: Fields) -> ShipTo:
    group.need("country")
    return ShipTo(group.code("country", COUNTRIES, "unknown_country") or "", group.text("city", LONGEST_NAME))


def _validity(top: Fields, now: datetime) -> datetime:
    until = top.moment("valid_until") or now + USUAL_VALIDITY
    if until <= now:
        top.wrong("valid_until", "in_the_past")
    elif until > now + LONGEST_VALIDITY:
        top.wrong("valid_until", "too_far")
    return until

"""What the clocks show at both ends of a journey: in the village, and where the parcel goes."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.rules.sending import VILLAGE

HALF_A_YEAR = timedelta(days=182)


def day_at_home(at: datetime) -> date:
    """The day it was in the village: what is printed there, or told to a carrier, has that date."""
    return at.astimezone(VILLAGE).date()


def zone_there(zones: Sequence[str], city: str | None, at: datetime) -> str | None:
    """The zone of a place in a country of these `zones`: the one that is named after its city, else the one with which all
    others of the country agree, in summer and in winter. None where that can't be said."""
    named = [zone for zone in zones if is_of_city(zone, city)]
    found = named or sorted(zones)
    return found[0] if found and _agree(found, (at, at + HALF_A_YEAR)) else None


def is_of_city(zone: str, city: str | None) -> bool:
    """Is the zone named after this city?"""
    return _plain(zone.rpartition("/")[2]) == _plain(city or "")


def both_ends(at: datetime, there: str | None) -> tuple[datetime, datetime | None]:
    """When it was in the village, and on the clocks at the other end; None where those show the same, or are not known."""
    here = at.astimezone(VILLAGE)
    other = at.astimezone(ZoneInfo(there)) if there else here
    return here, other if other.utcoffset() != here.utcoffset() else None


def _agree(zones: Iterable[str], moments: Iterable[datetime]) -> bool:
    clocks = [ZoneInfo(zone) for zone in zones]
    return all(len({moment.astimezone(clock).utcoffset() for clock in clocks}) == 1 for moment in moments)


def _plain(name: str) -> str:
    return name.replace("_", " ").strip().casefold()

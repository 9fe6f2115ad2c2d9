"""When a parcel will probably be there: what its carrier says, or else how long others took on the same way."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hub.rules.shipments import ENDED, Checkpoint, Status

ENOUGH = 5  # journeys from which anything follows
REMEMBERED = 200  # of one way, the newest
EXPECTED_WITHIN = timedelta(days=366)  # a date beyond that, or before the booking, is a mistake of the carrier's
STILL = frozenset({Status.PENDING, Status.UNKNOWN, Status.CANCELLED, Status.DELIVERED})
"""What says nothing about when it left."""

SILENT = ENDED | {Status.RETURN_TO_SENDER}


@dataclass(frozen=True, slots=True)
class Journey:
    """One that has ended: whole days from the first scan on the way to the delivery."""

    carrier: str
    village: str | None
    days: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """A range of days with its source; `journeys` is how many it was learned from, None when the carrier said it.

    `late`: the last of these days is over, and it has not come.
    """

    first: date
    last: date
    source: str
    journeys: int | None
    late: bool


def expected(status: Status, left_at: datetime | None, eta: date | None, past: Sequence[Journey], today: date) -> Arrival | None:
    """The carrier's day, else the range of `past` counted from when it left; None where nothing can be said."""
    if status in SILENT:
        return None
    if eta:
        return Arrival(eta, eta, "carrier", None, late=eta < today)
    days = arrival_range([journey.days for journey in past]) if len(past) >= ENOUGH else None
    if left_at is None or days is None:
        return None
    first, last = (left_at.date() + timedelta(days=count) for count in days)
    late = last < today
    return Arrival(first if late else max(first, today), last, "history", len(past), late)


def like(past: Iterable[Journey], carrier: str, village: str | None) -> list[Journey]:
    """Of the newest journeys to a country those that tell most: the same carrier from the same village, the same
    carrier, any; whichever has enough of them first."""
    everyone = list(past)
    same = [journey for journey in everyone if journey.carrier == carrier]
    near = [journey for journey in same if village and journey.village == village]
    return next((some[:REMEMBERED] for some in (near, same, everyone) if len(some) >= ENOUGH), [])


def left_at(scans: Iterable[Checkpoint]) -> datetime | None:
    """When it was first seen on its way; None for what nobody saw before it was there."""
    return min((scan.at for scan in scans if scan.status not in STILL), default=None)


def days_taken(scans: Collection[Checkpoint], delivered_at: datetime) -> int | None:
    """Calendar days of an ended journey (clocks that contradict each other made it one); None if it tells nothing.

    One that turned back took longer than the way does; a courier's word of that from after the delivery turned nothing.
    """
    left = left_at(scans)
    if left is None or any(scan.status is Status.RETURN_TO_SENDER and scan.at < delivered_at for scan in scans):
        return None
    return max((delivered_at.date() - left.date()).days, 0)


def believable(eta: date | None, booked_at: datetime) -> date | None:
    """What the carrier says, unless it can't be: no year but the next holds a parcel's arrival."""
    if eta is None or not booked_at.date() <= eta <= booked_at.date() + EXPECTED_WITHIN:
        return None
    return eta


def arrival_range(past_days: Sequence[int]) -> tuple[int, int] | None:
    """Median and 90th percentile (nearest rank) of a route's past journeys, in days; None without a past."""
    ordered = sorted(past_days)
    if not ordered:
        return None
    return ordered[-(-len(ordered) * 50 // 100) - 1], ordered[-(-len(ordered) * 90 // 100) - 1]

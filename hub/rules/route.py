"""The way of a parcel as named stops, and how far along it a courier is. The legs between stops count alike, however long
they are: a village, its town and a port would else lie on one spot of the line that ends in another country."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import asin, cos, dist, radians, sin
from typing import TypeAlias

from hub.rules.places import Point, find, fold, is_degrees, of_country
from hub.rules.shipments import Status

BETWEEN = 3  # stops between the two ends, the newest: what a telephone has room for
LONGEST_NAME = 40
EARTH_KM = 6371.0
NEAR_KM = 75.0
NEAR_SHARE = 0.25  # of a leg: between two towns of one valley nobody is near either all the way
AWAY_FROM_IT = frozenset({Status.CANCELLED, Status.RETURN_TO_SENDER})
Vector: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Stop:
    """`name` is empty where only the country is known; `at` None where it is not known where that is."""

    name: str
    at: Point | None = None
    country: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """`here` is the stop that the parcel reached last: an index of `stops`, of which there are two at least."""

    stops: tuple[Stop, ...]
    here: int


def drawn(status: Status, start: Stop, places: Sequence[str], end: Stop) -> Route | None:
    """From one end to the other by the `places` of its scans, oldest first; None for what is not on its way there."""
    if status in AWAY_FROM_IT:
        return None
    middle = [start]
    for stop in (_stop(place) for place in places):
        if stop and _called(stop) not in (_called(middle[-1]), ""):
            middle.append(stop)
    there = len(middle) > 1 and _called(middle[-1]) == _called(end)
    if there:
        middle.pop()
    stops = (_placed(start), *middle[1:][-BETWEEN:], _placed(end))
    return Route(stops, len(stops) - (1 if there or status is Status.DELIVERED else 2))


def along(route: Route, courier: Point) -> float | None:
    """Where on the drawn line the courier is, from 0 to 1, never before the stop that was reached last.

    None where it can't be said, for want of two known places on what is left of the way. A stop whose place is not known
    is somewhere on the longer leg around it.
    """
    if route.here == len(route.stops) - 1:
        return 1.0
    known = [(index, _vector(stop.at)) for index, stop in enumerate(route.stops) if stop.at]
    left = known[max(sum(index <= route.here for index, _ in known) - 1, 0) :]
    if len(left) < 2:
        return None
    me = _vector(courier)
    legs = [_closest(me, before, after) for before, after in pairwise(left)]
    return max(min(legs)[1], route.here) / (len(route.stops) - 1)


def near(route: Route, courier: Point, share: float) -> int | None:
    """The stop that the courier is near, on the ground, where `along` says that they are; an index of `stops`."""
    at = share * (len(route.stops) - 1)
    stop = round(at)
    place = route.stops[stop].at
    return stop if place and abs(at - stop) <= NEAR_SHARE and _km(place, courier) <= NEAR_KM else None


def _km(one: Point, other: Point) -> float:
    return 2 * EARTH_KM * asin(min(dist(_vector(one), _vector(other)) / 2, 1.0))


def _closest(me: Vector, before: tuple[int, Vector], after: tuple[int, Vector]) -> tuple[float, float]:
    """How far this leg is from `me`, and the place on it that is nearest, in stops."""
    (first, a), (last, b) = before, after
    length = dist(a, b) ** 2
    share = sum((p - q) * (r - q) for p, q, r in zip(me, a, b, strict=True)) / length if length else 0.0
    share = min(max(share, 0.0), 1.0)
    foot = tuple(q + share * (r - q) for q, r in zip(a, b, strict=True))
    up = dist(foot, (0, 0, 0)) or 1.0  # back onto the ground: a long leg's straight line runs below it
    return round(dist(me, tuple(part / up for part in foot)), 9), first + share * (last - first)


def _vector(at: Point) -> Vector:
    """On a ball of radius 1: there is no edge on it at which the degrees begin anew."""
    lat, lon = radians(at.lat), radians(at.lon)
    return cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)


def _called(stop: Stop) -> str:
    known = find(stop.name)
    return fold(known.name if known else stop.name)


def _stop(place: str) -> Stop | None:
    """A scan's place under its known name, else as it was called; None for degrees in the middle of nowhere."""
    known = find(place)
    if known:
        return Stop(known.name, known.at)
    return None if is_degrees(place) else Stop(place.split(",")[0].strip()[:LONGEST_NAME])


def _placed(end: Stop) -> Stop:
    known = find(end.name)
    return replace(end, at=known.at if known else of_country(end.country))

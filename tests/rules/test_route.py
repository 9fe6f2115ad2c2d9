"""The way of a parcel as named stops, and where on it a courier is."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub.rules import places, route
from hub.rules.places import Point
from hub.rules.route import Route, Stop, along, drawn, near
from hub.rules.shipments import Status

AZILAL, LYON = Stop("Azilal", country="MA"), Stop("Lyon", country="FR")
points = st.builds(Point, st.floats(-89, 89), st.floats(-180, 180))
stops = st.lists(st.builds(Stop, st.just("x"), st.none() | points), min_size=2, max_size=7)
ways = stops.flatmap(lambda some: st.builds(Route, st.just(tuple(some)), st.integers(0, len(some) - 1)))


def way(*at: Point | None, here: int = 0) -> Route:
    return Route(tuple(Stop(str(number), point) for number, point in enumerate(at)), here)


def names(found: Route | None) -> list[str]:
    assert found
    return [stop.name for stop in found.stops]


# Where places are


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("BENI MELLAL, MA", "Béni Mellal"), ("Casablanca - Nouasseur", "Casablanca"), ("Hub / Roissy CDG 2 (FR)", "Roissy"),
        ("فاس", "Fès"), ("fez", "Fès"), ("New-York", "New York"), ("31.9611, -6.5700", "Azilal"), ("Portland, Oregon", "Portland"),
    ],
)
def test_a_place_is_known_however_it_is_written(words: str, name: str) -> None:
    found = places.find(words)
    assert found and found.name == name


def test_what_is_not_known_is_not_guessed() -> None:
    for words in ("", "Ighrem n'Ougdal", "0, 0", "-0.5,-30"):
        assert places.find(words) is None
    assert places.is_degrees("31.9, -6.5") and not places.is_degrees("Azilal")


def test_every_country_but_ours_has_a_city() -> None:
    assert places.of_country("ma") is None and places.of_country("XX") is None
    paris, sydney = places.of_country("fr"), places.of_country("AU")
    assert paris and paris.lat == pytest.approx(48.9, abs=0.1)
    assert sydney and (sydney.lat, sydney.lon) == pytest.approx((-33.9, 151.2), abs=0.1)


# What is drawn


def test_a_route_goes_from_the_village_by_its_scans_to_the_buyer() -> None:
    found = drawn(Status.IN_TRANSIT, AZILAL, ["azilal", "Casablanca, MA", "CASABLANCA", "Nowhere Sorting Centre, ZZ"], LYON)
    assert names(found) == ["Azilal", "Casablanca", "Nowhere Sorting Centre", "Lyon"]
    assert found and found.here == 2 and [stop.at is None for stop in found.stops] == [False, False, True, False]


def test_before_the_first_scan_it_is_at_the_village() -> None:
    found = drawn(Status.PENDING, AZILAL, [], LYON)
    assert names(found) == ["Azilal", "Lyon"] and found and found.here == 0


def test_an_unnamed_end_is_somewhere_in_its_country() -> None:
    found = drawn(Status.PENDING, Stop(""), [""], Stop("", country="US"))
    assert found and [stop.name for stop in found.stops] == ["", ""]
    assert found.stops[0].at is None and found.stops[1].at == places.of_country("US")


def test_the_city_of_the_buyer_is_one_stop_and_delivery_is_there() -> None:
    for status in (Status.OUT_FOR_DELIVERY, Status.DELIVERED):
        found = drawn(status, AZILAL, ["Casablanca", "lyon"], LYON)
        assert names(found) == ["Azilal", "Casablanca", "Lyon"] and found and found.here == 2
    found = drawn(Status.DELIVERED, AZILAL, [], LYON)
    assert found and found.here == 1 and along(found, Point(0, 0)) == 1.0


def test_a_village_under_another_of_its_names_is_one_stop() -> None:
    assert names(drawn(Status.PICKED_UP, Stop("Ait Bougmez"), ["Aït Bouguemez"], LYON)) == ["Ait Bougmez", "Lyon"]


def test_degrees_are_drawn_as_the_place_nearby_or_not_at_all() -> None:
    found = drawn(Status.IN_TRANSIT, AZILAL, ["32.3400, -6.3500", "-40.0, -30.0"], LYON)
    assert names(found) == ["Azilal", "Béni Mellal", "Lyon"]


def test_only_the_newest_stops_have_room() -> None:
    found = drawn(Status.IN_TRANSIT, AZILAL, [f"Stop {number}" for number in range(9)], LYON)
    assert names(found) == ["Azilal", "Stop 6", "Stop 7", "Stop 8", "Lyon"] and found and found.here == 3


def test_what_comes_back_or_was_called_off_has_no_route() -> None:
    for status in route.AWAY_FROM_IT:
        assert drawn(status, AZILAL, ["Casablanca"], LYON) is None


# Where the courier is


def test_half_way_between_two_stops() -> None:
    assert along(way(Point(30, 0), Point(40, 0)), Point(35, 3)) == pytest.approx(0.5, abs=0.01)


def test_legs_count_alike_and_unknown_stops_lie_between_known_ones() -> None:
    near_then_far = way(Point(32, -7), Point(33, -7), Point(53, -7))
    assert along(near_then_far, Point(32.5, -7)) == pytest.approx(0.25, abs=0.01)
    assert along(near_then_far, Point(43, -7)) == pytest.approx(0.75, abs=0.01)
    assert along(way(Point(30, 0), None, Point(40, 0)), Point(35, 0)) == pytest.approx(0.5, abs=0.01)
    assert along(way(None, Point(30, 0), Point(40, 0)), Point(20, 0)) == pytest.approx(0.5)


def test_never_before_the_stop_that_was_reached() -> None:
    passed = way(Point(32, -7), Point(33, -7), Point(45, 5), here=1)
    assert along(passed, Point(32, -7)) == 0.5
    assert along(way(Point(32, -7), Point(33, -7), here=1), Point(32, -7)) == 1.0
    unknown = way(Point(30, 0), None, Point(40, 0), here=1)
    assert along(unknown, Point(31, 0)) == 0.5 and along(unknown, Point(38, 0)) == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize("at", [(None, None), (Point(30, 0), None), (None, Point(30, 0))])
def test_without_two_known_stops_nothing_is_said(at: tuple[Point | None, ...]) -> None:
    assert along(way(*at), Point(35, 0)) is None


def test_across_the_line_where_degrees_begin_anew() -> None:
    assert along(way(Point(-18, 178), Point(-18, -178)), Point(-18, 180)) == pytest.approx(0.5, abs=0.001)
    assert along(way(Point(0, 0), Point(0, 180)), Point(0, 0)) == 0.0


@given(ways, points)
def test_it_is_always_on_the_line(found: Route, courier: Point) -> None:
    share = along(found, courier)
    assert share is None or found.here / (len(found.stops) - 1) - 1e-9 <= share <= 1


@given(points, points, st.floats(0, 1), st.floats(0, 1))
def test_who_goes_on_never_goes_back(start: Point, end: Point, one: float, other: float) -> None:
    """From one stop straight to the next."""
    a, b = route._vector(start), route._vector(end)
    assume(0.01 < sum((p - q) ** 2 for p, q in zip(a, b, strict=True)) < 3.9)
    line = way(start, end)
    shares = [along(line, _on_the_ground(a, b, share)) for share in sorted((one, other))]
    assert shares[0] is not None and shares[1] is not None and shares[0] <= shares[1] + 1e-6


@given(points, points, points, st.floats(-180, 180))
def test_it_does_not_matter_where_degrees_are_counted_from(start: Point, end: Point, courier: Point, turn: float) -> None:
    def turned(at: Point) -> Point:
        return Point(at.lat, (at.lon + turn + 180) % 360 - 180)

    first, second = along(way(start, end), courier), along(way(turned(start), turned(end)), turned(courier))
    assert first is not None and second is not None
    assert first == pytest.approx(second, abs=1e-4) or route._vector(start) == pytest.approx(route._vector(end), abs=1e-3)


@given(stops, st.data())
def test_at_a_stop_it_is_at_that_stop(some: list[Stop], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(some) - 1))
    here = some[index].at
    found = along(Route(tuple(some), 0), here) if here else None
    if found is not None and here:
        nearest = [number for number, stop in enumerate(some) if stop.at == here]
        assert found <= nearest[0] / (len(some) - 1) + 1e-6  # or earlier, where the way passes there before


def _on_the_ground(a: tuple[float, ...], b: tuple[float, ...], share: float) -> Point:
    from math import asin, atan2, degrees, dist

    foot = [p + share * (q - p) for p, q in zip(a, b, strict=True)]
    x, y, z = (part / dist(foot, (0, 0, 0)) for part in foot)
    return Point(degrees(asin(max(-1.0, min(1.0, z)))), degrees(atan2(y, x)))


@pytest.mark.parametrize(("lat", "lon", "there"), [
    (31.6, -8, True), (90, 180, True), (-90, -180, True), (90.1, 0, False), (0, -180.1, False), (float("nan"), 0, False),
    (0, float("nan"), False), (float("inf"), 0, False), (0, float("-inf"), False),
])  # fmt: skip
def test_a_place_is_on_earth_or_it_is_none(lat: float, lon: float, there: bool) -> None:
    assert Point(lat, lon).there is there


# What is near


def called_near(found: Route, courier: Point) -> str | None:
    share = along(found, courier)
    assert share is not None
    stop = near(found, courier, share)
    return None if stop is None else found.stops[stop].name


@pytest.mark.parametrize(
    ("courier", "name"),
    [
        (Point(31.96, -6.57), None),  # behind: it was scanned in Casablanca
        (Point(33.6, -7.6), "Casablanca"), (Point(33.5, -8.2), "Casablanca"),
        (Point(35.5, -13.0), None),  # on the sea, a tenth of the leg to America
        (Point(38.0, -40.0), None), (Point(40.5, -72.0), None), (Point(40.6, -73.8), "New York"),
    ],
)
def test_near_is_a_matter_of_kilometres(courier: Point, name: str | None) -> None:
    found = drawn(Status.IN_TRANSIT, AZILAL, ["Casablanca"], Stop("New York", country="US"))
    assert found and called_near(found, courier) == name


def test_between_two_towns_of_one_valley_nobody_is_near_either_all_the_way() -> None:
    short = way(Point(32.0, -6.5), Point(32.0, -6.0))  # 47 km
    found = [called_near(short, Point(32.0, lon)) for lon in (-6.5, -6.4, -6.25, -6.1, -6.0)]
    assert found == ["0", "0", None, "1", "1"]


@given(ways, points)
def test_what_is_near_is_a_known_stop_of_what_is_left_of_the_way(found: Route, courier: Point) -> None:
    share = along(found, courier)
    assume(share is not None)
    stop = near(found, courier, share or 0.0)
    assert stop is None or (found.stops[stop].at is not None and stop >= found.here)

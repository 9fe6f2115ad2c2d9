"""What the clocks show in the village and at the buyer's door."""

import zoneinfo
from datetime import UTC, date, datetime

import pytest

from hub.i18n import zones
from hub.rules.clocks import both_ends, day_at_home, is_of_city, zone_there

WINTER, SUMMER = datetime(2026, 1, 15, 23, 30, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(("country", "city", "zone"), [
    ("FR", "Lyon", "Europe/Paris"), ("FR", None, "Europe/Paris"), ("DE", "Köln", "Europe/Berlin"), ("MA", "Rabat", "Africa/Casablanca"),
    ("US", "new york", "America/New_York"), ("US", " Los Angeles", "America/Los_Angeles"), ("US", "Springfield", None),
    ("ES", "Sevilla", None), ("ES", "Madrid", "Europe/Madrid"), ("XX", "Nowhere", None),
])  # fmt: skip
def test_the_zone_of_a_place_is_its_citys_or_the_one_all_of_the_country_agree_on(country: str, city: str | None, zone: str | None) -> None:
    assert zone_there(zones(country), city, WINTER) == zone_there(zones(country), city, SUMMER) == zone


def test_zones_that_agree_in_winter_only_are_two() -> None:
    assert zone_there(["America/Phoenix", "America/Denver"], None, WINTER) is None


@pytest.mark.parametrize(("at", "zone", "differs"), [
    (WINTER, "Africa/Casablanca", False), (WINTER, None, False), (WINTER, "Europe/Paris", False), (SUMMER, "Europe/Paris", True),
    (WINTER, "Europe/London", True), (SUMMER, "Europe/London", False),
])  # fmt: skip
def test_where_the_clocks_show_the_same_there_is_one_time(at: datetime, zone: str | None, differs: bool) -> None:
    here, there = both_ends(at, zone)
    assert here == at and (there is not None) == differs
    assert there in (None, at)


def test_a_zone_is_named_after_its_city() -> None:
    assert is_of_city("America/New_York", "New York") and not is_of_city("Europe/Paris", "Lyon") and not is_of_city("Europe/Paris", None)


def test_the_zones_are_those_of_the_pinned_package_not_of_an_old_machine() -> None:
    assert zoneinfo.TZPATH == ()
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert [moment and moment.hour for moment in both_ends(noon, "Europe/Paris")] == [12, 13], "Morocco left UTC+1 in September 2026"


def test_the_day_in_the_village_is_not_the_day_in_utc() -> None:
    assert [day_at_home(datetime(2026, 7, 15, hour, 30, tzinfo=UTC)) for hour in (0, 22, 23)] == [
        date(2026, 7, 15), date(2026, 7, 15), date(2026, 7, 16),
    ]  # fmt: skip

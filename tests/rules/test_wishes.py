"""A buyer's wish, as a form or a program sends it."""

from datetime import UTC, date, datetime

import pytest

from hub.rules.refused import Refused
from hub.rules.terms import ShipTo, Wish, parse_wish

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRODUCT = "0190d0a0-0000-7000-8000-000000000001"


def test_a_whole_wish() -> None:
    wish = parse_wish({
        "product": PRODUCT, "description": "The same, indigo instead of red", "width_cm": "200", "length_cm": 300,
        "colours": "indigo, écru، نيلي", "materials": ["wool"], "quantity": 2, "wanted_by": "2026-05-01",
        "ship_to": {"country": "fr"}, "media": [PRODUCT], "note": "for May"}, NOW)
    assert wish == Wish("The same, indigo instead of red", PRODUCT, 200, 300, ("indigo", "écru", "نيلي"), ("wool",), 2,
                        date(2026, 5, 1), ShipTo("FR"), (PRODUCT,), "for May")
    assert wish.plain()["wanted_by"] == "2026-05-01"
    assert wish.plain()["ship_to"] == {"country": "FR", "city": None}
    assert parse_wish(wish.plain(), NOW) == wish


def test_a_wish_is_words_at_least() -> None:
    wish = parse_wish({"description": "blue", "ship_to": {"country": "", "city": ""}, "quantity": ""}, NOW)
    assert wish == Wish("blue")
    assert wish.plain() == {
        "description": "blue", "product": None, "width_cm": None, "length_cm": None, "colours": [], "materials": [],
        "quantity": 1, "wanted_by": None, "ship_to": None, "media": [], "note": None}


@pytest.mark.parametrize("day", ["2026-03-01", "2026-05-01T10:00:00Z", date(2026, 5, 1), datetime(2026, 5, 1, 3)])
def test_days(day: object) -> None:
    assert type(parse_wish({"description": "blue", "wanted_by": day}, NOW).wanted_by) is date


@pytest.mark.parametrize(("changed", "path", "reason"), [
    ({"description": ""}, "description", "missing"),
    ({"wanted_by": "2026-02-28"}, "wanted_by", "in_the_past"),
    ({"wanted_by": "2036-02-28"}, "wanted_by", "too_far"),
    ({"wanted_by": "spring"}, "wanted_by", "not_a_day"),
    ({"wanted_by": 20260501.5}, "wanted_by", "not_a_day"),
    ({"ship_to": {"city": "Lyon"}}, "ship_to.country", "missing"),
    ({"ship_to": 3}, "ship_to", "not_an_object"),
    ({"quantity": "0"}, "quantity", "too_small"),
    ({"colours": "\0"}, "colours.0", "bad_characters"),
])
def test_bad_wishes(changed: dict[str, object], path: str, reason: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_wish({"description": "blue"} | changed, NOW)
    assert refusal.value.code == "bad_wish"
    assert refusal.value.fields[path] == reason

"""Terms: what people send, what is frozen, what it costs, what changed."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.refused import Refused
from hub.rules.terms import Difference, Item, ShipTo, differences, frozen, parse_terms, terms_hash, totals
from hub.rules.terms.fields import Fields

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRODUCT = "0190d0a0-0000-7000-8000-000000000001"
RUG: dict[str, Any] = {
    "description": "The rug of the photo, larger", "product": PRODUCT, "quantity": 1, "unit_price": 250_000,
    "width_cm": 200, "length_cm": 300, "materials": ["wool"], "colours": ["indigo"], "technique": "knotted",
    "attributes": {"pile": "high"},
}
SENT: dict[str, Any] = {
    "items": [RUG], "shipping": 30_000, "currency": "EUR", "making_days": 60, "deposit_percent": 50,
    "ship_to": {"country": "FR", "city": "Lyon"},
}


def sent(**changed: object) -> dict[str, Any]:
    return SENT | changed


def rug(**changed: object) -> dict[str, Any]:
    return sent(items=[RUG | changed])


def bad(data: object) -> dict[str, str]:
    with pytest.raises(Refused) as refusal:
        parse_terms(data, NOW)
    assert refusal.value.code == "bad_terms"
    return refusal.value.fields


def test_terms_as_sent() -> None:
    terms = parse_terms(SENT, NOW)
    assert terms.items == (Item("The rug of the photo, larger", 1, 250_000, PRODUCT, 200, 300, ("wool",), ("indigo",),
                                "knotted", {"pile": "high"}),)
    assert (terms.shipping, terms.currency, terms.making_days, terms.deposit_percent) == (30_000, "EUR", 60, 50)
    assert terms.ship_to == ShipTo("FR", "Lyon")
    assert terms.valid_until == NOW + timedelta(days=7)
    assert terms.note is None and terms.media == ()


def test_what_a_form_sends_means_the_same() -> None:
    form = {
        "items": [{key: str(value) for key, value in RUG.items() if isinstance(value, int)} | {
            "description": "  The rug of the photo, larger ", "product": PRODUCT.upper(), "materials": "wool",
            "colours": "indigo, ,indigo", "technique": "knotted", "attributes": {"pile": "high", "fringe": ""}}],
        "shipping": " 30000 ", "currency": "eur", "making_days": "٦٠", "deposit_percent": "50",
        "ship_to": {"country": "fr", "city": "Lyon"}, "note": "", "valid_until": " ", "media": "",
        "csrf": "whatever",
    }
    assert parse_terms(form, NOW) == parse_terms(SENT, NOW)


def test_all_that_is_missing_is_named_at_once() -> None:
    assert bad({"items": [{}]}) == {
        "items.0.description": "missing", "items.0.quantity": "missing", "items.0.unit_price": "missing",
        "shipping": "missing", "currency": "missing", "making_days": "missing", "deposit_percent": "missing",
        "ship_to.country": "missing"}
    assert bad(sent(items=[]))["items"] == bad(sent(items=None))["items"] == "missing"


@pytest.mark.parametrize(("data", "path", "reason"), [
    (rug(quantity=0), "items.0.quantity", "too_small"),
    (rug(quantity=1_001), "items.0.quantity", "too_large"),
    (rug(quantity=True), "items.0.quantity", "not_whole"),
    (rug(quantity=1.5), "items.0.quantity", "not_whole"),
    (rug(quantity="two"), "items.0.quantity", "not_whole"),
    (rug(quantity="9" * 19), "items.0.quantity", "not_whole"),
    (rug(unit_price=-1), "items.0.unit_price", "too_small"),
    (rug(unit_price=10**12), "items.0.unit_price", "too_large"),
    (rug(unit_price="-5"), "items.0.unit_price", "too_small"),
    (rug(width_cm=0), "items.0.width_cm", "too_small"),
    (rug(length_cm=5_001), "items.0.length_cm", "too_large"),
    (rug(description="a" * 4_001), "items.0.description", "too_long"),
    (rug(description="a\0"), "items.0.description", "bad_characters"),
    (rug(description="\udc00"), "items.0.description", "bad_characters"),
    (rug(description=7), "items.0.description", "not_text"),
    (rug(description="  "), "items.0.description", "missing"),
    (rug(technique="k" * 101), "items.0.technique", "too_long"),
    (rug(product="not-an-id"), "items.0.product", "not_an_id"),
    (rug(colours=["red", 3]), "items.0.colours.1", "not_text"),
    (rug(colours={"red": 1}), "items.0.colours", "not_a_list"),
    (rug(materials=["wool"] * 21), "items.0.materials", "too_many"),
    (rug(attributes=[1]), "items.0.attributes", "not_an_object"),
    (rug(attributes={"a": True}), "items.0.attributes.a", "not_text"),
    (rug(attributes={"a": "b" * 201}), "items.0.attributes.a", "too_long"),
    (rug(attributes={"k" * 41: "b"}), "items.0.attributes." + "k" * 40, "too_long"),
    (rug(attributes={"\udc00": "b"}), "items.0.attributes.?", "bad_characters"),
    (rug(attributes={3: "b"}), "items.0.attributes.?", "not_text"),
    (rug(attributes={str(n): "b" for n in range(21)}), "items.0.attributes", "too_many"),
    (sent(items=[RUG] * 21), "items", "too_many"),
    (sent(items="rug"), "items.0", "not_an_object"),
    (sent(items=[None]), "items.0", "not_an_object"),
    (sent(items=5), "items", "not_a_list"),
    (sent(shipping=-1), "shipping", "too_small"),
    (sent(currency="XXX"), "currency", "unknown_currency"),
    (sent(currency=978), "currency", "unknown_currency"),
    (sent(making_days=0), "making_days", "too_small"),
    (sent(making_days=731), "making_days", "too_large"),
    (sent(deposit_percent=101), "deposit_percent", "too_large"),
    (sent(deposit_percent=-1), "deposit_percent", "too_small"),
    (sent(ship_to={"country": "ZZ"}), "ship_to.country", "unknown_country"),
    (sent(ship_to="FR"), "ship_to", "not_an_object"),
    (sent(ship_to={"country": "FR", "city": "x" * 101}), "ship_to.city", "too_long"),
    (sent(valid_until="soon"), "valid_until", "not_a_time"),
    (sent(valid_until="0001-01-01T00:00:00+23:00"), "valid_until", "not_a_time"),
    (sent(valid_until="2026-03-01T12:00:00Z"), "valid_until", "in_the_past"),
    (sent(valid_until="2026-05-31T12:00:00Z"), "valid_until", "too_far"),
    (sent(note=["a"]), "note", "not_text"),
    (sent(media=["x"]), "media.0", "not_an_id"),
    (sent(media=[PRODUCT] * 11), "media", "too_many"),
    (rug(unit_price=0) | {"shipping": 0}, "items", "nothing_to_pay"),
    (rug(unit_price=10**12 - 1), "items", "too_large"),
    ([], "", "not_an_object"),
])
def test_a_bad_field_is_named_with_its_reason(data: object, path: str, reason: str) -> None:
    assert bad(data)[path] == reason


@pytest.mark.parametrize("data", [
    rug(quantity=1_000, unit_price=1), rug(unit_price=0), rug(width_cm=5_000), sent(deposit_percent=0),
    sent(making_days=730), sent(valid_until="2026-05-30T12:00:00Z"), sent(valid_until="2026-03-01T12:01"),
    sent(valid_until="2026-03-02T00:00:00+05:00"), sent(items=[RUG] * 20), rug(attributes={"knots": 1_200}),
    rug(width_cm=None, length_cm="", attributes=None), sent(media=PRODUCT), sent(note="N\u0303", deposit_percent="100"),
])
def test_at_the_limits(data: dict[str, Any]) -> None:
    assert parse_terms(data, NOW)


SOMETHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        [*SENT, *RUG, "valid_until", "media", "note", "country"]), inner, max_size=5), max_leaves=12)


@given(SOMETHING, st.sampled_from([*SENT, "valid_until", "note", "media"]))
def test_whatever_is_sent_is_terms_or_a_refusal(value: object, name: str) -> None:
    for data in (value, sent(**{name: value}), rug(**{name: value})):
        try:
            assert parse_terms(data, NOW).goods >= 0
        except Refused as refusal:
            assert refusal.fields and json.dumps(refusal.fields).encode()


# -- price -------------------------------------------------------------------------------------------------------------

@given(st.integers(0, 10**9), st.integers(1, 100), st.integers(0, 10**9), st.integers(0, 100), st.integers(0, 100),
       st.booleans())
def test_the_open_book_adds_up(price: int, quantity: int, shipping: int, deposit: int, commission: int, half: bool
                               ) -> None:
    if price + shipping == 0:
        return
    terms = parse_terms(rug(unit_price=price, quantity=quantity) | {
        "shipping": shipping, "deposit_percent": deposit}, NOW)
    percent = min(Decimal(100), commission + Decimal("0.5") * half)
    price_of = totals(terms, percent)
    assert price_of.artisan + price_of.cooperative + price_of.shipping == price_of.total
    assert price_of.deposit + price_of.balance == price_of.total == price * quantity + shipping
    assert price_of.shipping == shipping
    assert abs(price_of.cooperative - Decimal(price * quantity) * percent / 100) <= Decimal("0.5")
    assert 2 * abs(100 * price_of.deposit - price_of.total * deposit) <= 100


def test_halves_of_a_deposit_round_up_and_of_a_commission_to_the_artisan() -> None:
    one = totals(parse_terms(rug(unit_price=1) | {"shipping": 0}, NOW), 50)
    assert (one.deposit, one.balance, one.artisan, one.cooperative) == (1, 0, 1, 0)


@pytest.mark.parametrize("commission", [-1, 101])
def test_a_commission_is_a_percentage(commission: int) -> None:
    with pytest.raises(ValueError):
        totals(parse_terms(SENT, NOW), commission)


# -- frozen and hashed -------------------------------------------------------------------------------------------------

def test_a_frozen_version_is_complete_plain_and_can_be_sent_again() -> None:
    version = frozen(parse_terms(SENT, NOW), 12, {"currency": "MAD", "rate": "10.85", "at": "2026-03-01T00:00:00Z"})
    assert json.loads(json.dumps(version)) == version
    assert version["totals"] == {"total": 280_000, "artisan": 220_000, "cooperative": 30_000, "shipping": 30_000,
                                 "deposit": 140_000, "balance": 140_000}
    assert version["valid_until"] == "2026-03-08T12:00:00Z"
    assert version["items"] == [RUG]
    assert version["exchange"]["rate"] == "10.85"
    again = frozen(parse_terms(version, NOW), 12, version["exchange"])
    assert terms_hash(again) == terms_hash(version)


def test_the_hash_is_known() -> None:
    assert terms_hash({"b": 1, "a": ["é", None]}) == (
        "6b940ff97b8f64e75080429519f8fe71eb9a5693540a8b6c61147486f08706db")


@given(st.permutations(list(SENT)), st.permutations(list(RUG)))
def test_the_hash_minds_no_order_of_keys(outer: list[str], inner: list[str]) -> None:
    shuffled = {key: SENT[key] for key in outer} | {"items": [{key: RUG[key] for key in inner}]}
    version = frozen(parse_terms(shuffled, NOW), 12)
    shown = frozen(parse_terms(shuffled, NOW), 12, None, {"currency": "USD", "rate": "1.17", "at": "2026-03-01T00:00:00Z"})
    assert shown["display"]["rate"] == "1.17" and terms_hash(shown) != terms_hash(version)
    assert terms_hash(dict(reversed(version.items()))) == terms_hash(frozen(parse_terms(SENT, NOW), 12))


@pytest.mark.parametrize("changed", [
    rug(width_cm=201), rug(colours=["red"]), sent(shipping=30_001), sent(currency="MAD"), sent(making_days=61),
    sent(deposit_percent=51), sent(note="soft"), sent(ship_to={"country": "FR"}),
])
def test_any_term_changes_the_hash(changed: dict[str, Any]) -> None:
    assert terms_hash(frozen(parse_terms(changed, NOW), 12)) != terms_hash(frozen(parse_terms(SENT, NOW), 12))


def test_commission_and_exchange_are_part_of_it_and_never_floats() -> None:
    terms = parse_terms(SENT, NOW)
    assert frozen(terms, Decimal("12.50"))["commission_percent"] == "12.5"
    assert frozen(terms, Decimal("12.0"))["commission_percent"] == 12
    assert terms_hash(frozen(terms, 12)) != terms_hash(frozen(terms, 13))
    with pytest.raises(TypeError):
        frozen(terms, 12, {"rate": 10.85})  # type: ignore[dict-item]


# -- what changed ------------------------------------------------------------------------------------------------------

def version(data: dict[str, Any]) -> dict[str, Any]:
    return frozen(parse_terms(data, NOW), 10)


def test_nothing_changed() -> None:
    assert differences(version(SENT), version(SENT)) == []


def test_what_changed_is_named_term_by_term() -> None:
    changed = rug(length_cm=250, colours=["red"], unit_price=200_000) | {"making_days": 45}
    assert differences(version(SENT), version(changed)) == [
        Difference("length_cm", 0, 300, 250),
        Difference("colours", 0, ["indigo"], ["red"]),
        Difference("unit_price", 0, 250_000, 200_000),
        Difference("making_days", None, 60, 45),
        Difference("total", None, 280_000, 230_000),
    ]


def test_an_item_came_or_went() -> None:
    two = version(sent(items=[RUG, RUG | {"description": "a cushion", "unit_price": 0}]))
    one = version(SENT)
    assert differences(one, two) == [Difference("item", 1, None, two["items"][1])]
    assert differences(two, one) == [Difference("item", 1, two["items"][1], None)]


@pytest.mark.parametrize(("value", "kept"), [
    ("  e\u0301te\u0301 ", "été"), ("ab   cd", "ab"), (12, "12"), (1.5, "1.5"), (None, None), (" ", None), (True, None), (["a"], None),
    ({}, None), ("a\0", None),
])  # fmt: skip
def test_what_a_machine_passes_on_for_people_is_kept_as_far_as_it_goes(value: object, kept: str | None) -> None:
    read = Fields({"note": value}, {})
    assert (read.said("note", 4), read.bad) == (kept, {})

"""Money: minor units, one currency, parts that add up."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.money import EXPONENTS, Money, about, check_rate, crossed, from_major, rounded, split
from hub.rules.refused import Refused

WEIGHTS = st.lists(st.integers(0, 10**6) | st.fractions(0, 100), min_size=1, max_size=8).filter(any)


@given(st.integers(-10**14, 10**14), WEIGHTS)
def test_the_parts_add_up_and_none_is_a_whole_unit_off(total: int, weights: list[int | Fraction]) -> None:
    parts = split(total, weights)
    whole = sum(Fraction(weight) for weight in weights)
    assert sum(parts) == total
    assert all(abs(part - Fraction(total) * Fraction(weight) / whole) < 1
               for part, weight in zip(parts, weights, strict=True))
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(st.integers(0, 10**12), WEIGHTS)
def test_a_debt_is_split_as_the_mirror_of_a_sum(total: int, weights: list[int | Fraction]) -> None:
    assert split(-total, weights) == [-part for part in split(total, weights)]


def test_largest_remainder() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(10, [Fraction(1, 3), Fraction(2, 3)]) == [3, 7]
    assert split(1, [50, 50]) == [1, 0]
    assert split(0, [0, 0]) == [0, 0]


@pytest.mark.parametrize(("total", "weights"), [(1, [0, 0]), (1, []), (5, [2, -1])])
def test_nothing_to_divide_by_is_a_mistake_of_ours(total: int, weights: list[int | Fraction]) -> None:
    with pytest.raises(ValueError):
        split(total, weights)


def test_arithmetic_within_one_currency() -> None:
    dirhams = Money(12_345, "MAD")
    assert dirhams + Money(5, "MAD") == Money(12_350, "MAD")
    assert dirhams - Money(45, "MAD") == Money(12_300, "MAD")
    assert -dirhams == Money(-12_345, "MAD")
    assert dirhams * 2 == Money(24_690, "MAD")
    assert bool(dirhams) and not Money(0, "MAD")
    assert Money(1, "MAD") < dirhams <= dirhams
    assert dirhams > Money(1, "MAD") and dirhams >= dirhams
    assert str(dirhams) == "123.45 MAD"


MIXED: list[Callable[[Money, Money], object]] = [
    lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a < b, lambda a, b: a <= b, lambda a, b: a > b,
    lambda a, b: a >= b]


@pytest.mark.parametrize("mix", MIXED)
def test_mixed_currencies_are_refused(mix: Callable[[Money, Money], object]) -> None:
    with pytest.raises(Refused, match="mixed_currencies"):
        mix(Money(1, "MAD"), Money(1, "EUR"))


def test_unknown_currencies_and_floats_are_refused() -> None:
    with pytest.raises(Refused, match="unknown_currency"):
        Money(1, "XXX")
    for amount in (1.0, True):
        with pytest.raises(TypeError):
            Money(amount, "MAD")  # type: ignore[arg-type]


@pytest.mark.parametrize(("currency", "exponent"), [
    ("MAD", 2), ("EUR", 2), ("USD", 2), ("GBP", 2), ("CHF", 2), ("JPY", 0), ("XOF", 0), ("TND", 3), ("KWD", 3)])
def test_minor_units_of_iso_4217(currency: str, exponent: int) -> None:
    assert EXPONENTS[currency] == exponent
    assert Money(10**exponent, currency).major() == 1


def test_what_people_type() -> None:
    assert from_major("1 250,50", "MAD") == Money(125_050, "MAD")
    assert from_major("1250.5", "EUR") == Money(125_050, "EUR")
    assert from_major("-3", "JPY") == Money(-3, "JPY")


@pytest.mark.parametrize("text", ["", "abc", "1.234", "1,2,3", "1e5", "NaN", "0x10", "+5", "1,250", "1.250", "1.0000"])
def test_what_people_mistype(text: str) -> None:
    with pytest.raises(Refused, match="bad_amount"):
        from_major(text, "MAD")


def test_conversion_minds_both_exponents() -> None:
    assert Money(100_00, "EUR").converted("MAD", Decimal("10.855")) == Money(1085_50, "MAD")
    assert Money(100_00, "EUR").converted("JPY", Decimal("160")) == Money(16_000, "JPY")
    assert Money(1_000, "JPY").converted("TND", Decimal("0.02")) == Money(20_000, "TND")


@given(st.fractions(-1000, 1000))
def test_rounding_is_to_the_nearest_and_halves_go_away_from_zero(amount: Fraction) -> None:
    assert abs(rounded(amount) - amount) <= Fraction(1, 2)
    assert rounded(-amount) == -rounded(amount)
    assert rounded(Fraction(5, 2)) == 3


@pytest.mark.parametrize(("ours", "theirs", "rate"), [("1", "10", "0.1"), ("10.85", "1", "10.85"), ("10.8", "9.2", "1.173913043")])
def test_a_rate_is_crossed_through_dirhams(ours: str, theirs: str, rate: str) -> None:
    assert crossed(Decimal(ours), Decimal(theirs)) == Decimal(rate)


@pytest.mark.parametrize(
    ("typed", "before", "kept"),
    [("10.85", None, "10.85"), (" 10,85 ", "10", "10.85"), ("5", "10", "5"), ("20", "10", "20"), ("0.00000001", None, "0.00000001"),
     ("999.99", None, "999.99")],
)  # fmt: skip
def test_a_rate_near_the_one_before_is_kept(typed: str, before: str | None, kept: str) -> None:
    assert check_rate(typed, Decimal(before) if before else None, sure=False) == Decimal(kept)


@pytest.mark.parametrize(
    ("typed", "field"),
    [("", "not_a_rate"), ("NaN", "not_a_rate"), ("1e3", "not_a_rate"), ("0.000000001", "not_a_rate"), ("1 0", "not_a_rate"),
     ("0", "too_small"), ("-10", "too_small"), ("1000", "too_large"), ("999999999999", "too_large")],
)  # fmt: skip
def test_a_rate_that_can_not_be_is_refused_however_sure(typed: str, field: str) -> None:
    with pytest.raises(Refused) as no:
        check_rate(typed, None, sure=True)
    assert (no.value.code, no.value.fields) == ("bad_rate", {"rate": field})


@pytest.mark.parametrize("typed", ["4.99", "20.01", "108.5"])
def test_a_rate_far_from_the_one_before_is_confirmed(typed: str) -> None:
    with pytest.raises(Refused, match="rate_far"):
        check_rate(typed, Decimal(10), sure=False)
    assert check_rate(typed, Decimal(10), sure=True) == Decimal(typed)


@pytest.mark.parametrize(("amount", "rate", "roughly"), [
    (95_000, "1.1739", 111_500), (95_050, "1", 95_100), (100, "1.1739", 117), (899, "1.1125", 1_000), (95_000, "0", 0),
])
def test_about_so_much_is_said_in_whole_units_from_ten_on(amount: int, rate: str, roughly: int) -> None:
    assert about(Money(amount, "EUR"), "USD", Decimal(rate)) == Money(roughly, "USD")


def test_about_so_much_knows_currencies_without_cents() -> None:
    assert about(Money(95_000, "EUR"), "JPY", Decimal("163.21")) == Money(155_050, "JPY")

"""Where artisans are paid, lines of a batch, and what a payout was for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules import sheets
from hub.rules.payouts import (
    Earned,
    PayoutState,
    Way,
    check_destination,
    covered,
    ends_as,
    iban_is_right,
    rib_is_right,
    written,
)
from hub.rules.refused import Refused

RIB = "011519000001205000534921"  # of the example in the IBAN registry
IBAN = "MA64011519000001205000534921"
START = datetime(2026, 1, 1, tzinfo=UTC)


def refused(way: str | None, name: str, account: str) -> dict[str, str]:
    with pytest.raises(Refused) as no:
        check_destination(way, name, account)
    assert no.value.code == "bad_destination"
    return no.value.fields


@pytest.mark.parametrize(
    ("way", "typed", "kept", "shown"),
    [
        ("bank", "011 519 0000012050005349 21", RIB, "011 519 0000012050005349 21"),
        ("bank", "٠١١٥١٩٠٠٠٠٠١٢٠٥٠٠٠٥٣٤٩٢١", RIB, "011 519 0000012050005349 21"),
        ("bank", "ma64 0115 1900 0001 2050 0053 4921", IBAN, "MA64 0115 1900 0001 2050 0053 4921"),
        ("bank", "FR76 3000 6000 0112 3456 7890 189", "FR7630006000011234567890189", "FR76 3000 6000 0112 3456 7890 189"),
        ("post", "06 12-34.56 78", "+212612345678", "06 12 34 56 78"),
        ("mobile", "00212 712 345 678", "+212712345678", "07 12 34 56 78"),
        ("mobile", "+33 6 12 34 56 78", "+33612345678", "00 33612345678"),
    ],
)
def test_what_people_write_is_kept_one_way_and_shown_another(way: str, typed: str, kept: str, shown: str) -> None:
    found, account = check_destination(way, "Fatima", typed)
    assert (found, account, written(found, account)) == (Way(way), kept, shown)


@given(st.integers(0, 23), st.integers(1, 9))
def test_a_wrong_digit_of_a_rib_is_noticed(place: int, off: int) -> None:
    digit = (int(RIB[place]) + off) % 10
    assert rib_is_right(RIB) and not rib_is_right(f"{RIB[:place]}{digit}{RIB[place + 1:]}")


@given(st.integers(0, 22))
def test_two_digits_of_a_rib_in_the_wrong_order_are_noticed(place: int) -> None:
    swapped = f"{RIB[:place]}{RIB[place + 1]}{RIB[place]}{RIB[place + 2:]}"
    assert swapped == RIB or not rib_is_right(swapped)


def test_an_iban_s_digits_are_checked() -> None:
    assert iban_is_right(IBAN) and not iban_is_right(IBAN.replace("64", "46", 1))


@pytest.mark.parametrize(
    ("way", "name", "account", "fields"),
    [
        (None, "", "", {"way": "missing", "name": "missing", "account": "missing"}),
        ("cheque", "F", "0612345678", {"way": "missing"}),
        ("bank", "F", RIB[:-1] + "2", {"account": "bad_rib"}),
        ("bank", "F", "12", {"account": "bad_rib"}),
        ("bank", "F", "", {"account": "missing"}),
        ("bank", "F", IBAN[:-1] + "2", {"account": "bad_iban"}),
        ("post", "F" * 121, "0612345678", {"name": "too_long"}),
        ("post", "F", "0112345678", {"account": "bad_phone"}),
        ("post", "F", "+212112345678", {"account": "bad_phone"}),
        ("mobile", "F", "", {"account": "missing"}),
    ],
)
def test_what_can_not_be_is_named(way: str | None, name: str, account: str, fields: dict[str, str]) -> None:
    assert refused(way, name, account) == fields


def test_a_line_ends_once() -> None:
    assert ends_as(PayoutState.SENT, PayoutState.CONFIRMED) and ends_as(PayoutState.SENT, PayoutState.BOUNCED)
    assert not ends_as(PayoutState.BOUNCED, PayoutState.BOUNCED)
    for state, to in (("confirmed", "bounced"), ("bounced", "returned"), ("sent", "returned"), ("returned", "confirmed")):
        with pytest.raises(Refused, match="line_ended"):
            ends_as(PayoutState(state), PayoutState(to))


def test_what_had_arrived_may_come_back_later() -> None:
    assert ends_as(PayoutState.CONFIRMED, PayoutState.RETURNED) and not ends_as(PayoutState.RETURNED, PayoutState.RETURNED)


def test_a_payout_is_for_what_was_earned_since_the_one_before() -> None:
    at = [START + timedelta(days=day) for day in range(5)]
    earned = [Earned("a", 10, at[0]), Earned("b", 5, at[1]), Earned("a", 7, at[1]), Earned("a", 1, at[2]), Earned("c", 9, at[4])]
    assert covered([at[1], at[3]], earned) == [{"a": 17, "b": 5}, {"a": 1}]
    assert covered([], earned) == []


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", " =1", "＝1"])
def test_a_cell_never_begins_a_formula(text: str) -> None:
    assert sheets.cell(text) == "'" + text


def test_cells() -> None:
    assert (sheets.cell(None), sheets.cell(5), sheets.cell("Fatima")) == ("", "5", "Fatima")
    assert sheets.lines([("a", 'b "c"', "d,e")]) == 'a,"b ""c""","d,e"\r\n'
    assert (sheets.amount(125_050, "MAD"), sheets.amount(0, "EUR"), sheets.amount(7, "JPY")) == ("1250.50", "0.00", "7")
    with pytest.raises(ValueError, match="negative"):
        sheets.amount(-1, "MAD")

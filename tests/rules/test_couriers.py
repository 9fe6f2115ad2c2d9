"""The link in a label's code, and the short code below it."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.couriers import CODE_LENGTH, CODE_SIGNS, is_token, read_code, read_token, spaced, token

SECRET, OTHER = b"a" * 32, b"b" * 32
codes = st.text(CODE_SIGNS, min_size=CODE_LENGTH, max_size=CODE_LENGTH)


@given(st.uuids(), st.integers(0, 2**31 - 1))
def test_a_token_names_its_shipment_and_is_true_for_its_turn_only(shipment: object, turn: int) -> None:
    made = token(SECRET, shipment, turn)  # type: ignore[arg-type]
    assert len(made) == 43 and read_token(made) == shipment
    assert is_token(SECRET, made, shipment, turn)  # type: ignore[arg-type]
    assert not is_token(SECRET, made, shipment, turn + 1) and not is_token(OTHER, made, shipment, turn)  # type: ignore[arg-type]
    assert not is_token(SECRET, made, uuid4(), turn)


@given(st.text(max_size=60))
def test_what_is_no_token_names_nothing(text: str) -> None:
    assert read_token(text) is None or len(text) == 43


def test_the_last_sign_can_not_be_changed_into_another_spelling() -> None:
    """43 signs of 6 bits hold 2 bits more than 32 bytes: one token has one spelling."""
    shipment = uuid4()
    made = token(SECRET, shipment, 0)
    for sign in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        assert is_token(SECRET, made[:-1] + sign, shipment, 0) is (sign == made[-1])


@given(codes)
def test_a_code_is_read_as_it_is_printed_and_as_thumbs_type_it(code: str) -> None:
    assert read_code(spaced(code)) == code
    assert read_code(f" {code[:5].lower()}.{code[5:].lower()} ") == code
    assert read_code(code.replace("0", "o").replace("1", "l")) == read_code(code.replace("0", "O").replace("1", "i")) == code
    assert read_code(code.translate({ord("0") + n: "٠١٢٣٤٥٦٧٨٩"[n] for n in range(10)})) == code


NO_CODES = (None, "", "0", "0123456789A", "012345678", "UUUUUUUUUU", "0" * 10_000, ["0123456789"], {}, "01234é6789", "²123456789")


@pytest.mark.parametrize("typed", NO_CODES)
def test_what_is_no_code(typed: object) -> None:
    assert read_code(typed) is None

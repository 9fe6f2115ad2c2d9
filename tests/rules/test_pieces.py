"""When an item that names a one-of-a-kind product means that very piece."""

import pytest

from hub.rules.orders import Size, is_the_piece

PIECE = {"piece": Size(200, 300), "piece_colours": ["Red", "cream"]}


@pytest.mark.parametrize(
    ("agreed", "colours", "quantity", "expected"),
    [
        (Size(), [], 1, True),
        (Size(200, 300), ["red"], 1, True),
        (Size(200, None), [" CREAM "], 1, True),
        (Size(200, 250), [], 1, False),
        (Size(190, None), ["red"], 1, False),
        (Size(200, 300), ["indigo"], 1, False),
        (Size(200, 300), ["red"], 2, False),
    ],
)
def test_another_size_colour_or_number_is_made_anew(agreed: Size, colours: list[str], quantity: int, expected: bool) -> None:
    assert is_the_piece(agreed, colours, quantity, **PIECE) is expected  # type: ignore[arg-type]


def test_a_piece_of_unknown_size_and_colour_is_the_piece() -> None:
    assert is_the_piece(Size(1, 1), ["red"], 1, piece=Size(), piece_colours=[])

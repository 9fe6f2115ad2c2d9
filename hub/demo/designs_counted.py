"""Designs that are counted: flat-woven bands, and borders around a field."""

from numpy.random import Generator

from hub.demo.motifs import Field
from hub.demo.yarns import FLAT, PLUSH, Design


def hanbel(dice: Generator, across: int, down: int) -> Design:
    """Flat-woven bands, plain and counted, the women's cloak and the tent's floor."""
    schemes = (
        ("madder", "indigo", "cream", "saffron", "brown-black", "white"),
        ("indigo", "blue", "white", "oatmeal", "charcoal", "cream"),
        ("walnut", "brown-black", "cream", "rust", "oatmeal", "white"),
    )
    field = Field(across, down, 0, dice)
    y, count = 0.0, 0
    while y < down:
        tall = float(dice.uniform(9, 20)) if count % 2 == 0 else float(dice.choice((16, 20, 26)))
        _hanbel_band(field, y, tall, count)
        y += tall
        count += 1
    scheme = schemes[int(dice.integers(0, len(schemes)))]
    return Design(field.knots(), scheme, FLAT, fringe="cream")


def _hanbel_band(field: Field, y: float, tall: float, count: int) -> None:
    dice = field.dice
    plain = int((0, 4, 0, 1)[count // 2 % 4])
    if count % 2 == 0:
        field.band(y, y + tall, plain)
        field.band(y + tall * 0.4, y + tall * 0.4 + 2, 5)
        field.band(y + tall * 0.4 + 4, y + tall * 0.4 + 5, 3)
        return
    ground, ink = ((2, 4), (1, 2), (2, 0), (4, 2), (0, 5))[int(dice.integers(0, 5))]
    field.band(y, y + tall, ground)
    kind = int(dice.integers(0, 4))
    middle, reach = y + tall / 2, int(tall / 2) - 3
    pitch = field.across / round(field.across / (reach * (2.3 if kind != 3 else 1.2)))
    for i in range(-1, round(field.across / pitch) + 1):
        x = (i + 0.5) * pitch
        if kind == 0:
            field.steps(x, middle, reach, ink)
            field.steps(x, middle, reach - 5, 3)
        elif kind == 1:
            field.hourglass(x, middle, reach, reach, ink)
        elif kind == 2:
            field.steps(x, middle, reach, ink, 3)
            field.steps(x, middle, reach - 3, ground)
            field.steps(x, middle, reach - 6, 5)
    if kind == 3:
        field.zigzag(y + 4, tall - 9, pitch, ink, 4, 0)
        field.zigzag(y + 4, tall - 9, pitch, 3, 1, 0)
    for edge in (y, y + tall - 2):
        field.band(edge, edge + 2, 5)


def taznakht(dice: Generator, across: int, down: int) -> Design:
    """Borders within borders around a saffron field: the mountain of Siroua."""
    schemes = (
        ("saffron", "madder", "indigo", "cream", "brown-black", "rust"),
        ("madder", "saffron", "indigo", "cream", "brown-black", "straw"),
        ("straw", "indigo", "brick", "ivory", "brown-black", "saffron"),
    )
    field = Field(across, down, 1, dice)
    _ladder(field, 3)
    field.box(12, 12, across - 12, down - 12, 4)
    field.box(14, 14, across - 14, down - 14, 2)
    _stars_around(field, 14, 15)
    field.box(29, 29, across - 29, down - 29, 3)
    field.box(31, 31, across - 31, down - 31, 0)
    _taznakht_field(field, 33)
    return Design(field.knots(), schemes[int(dice.integers(0, len(schemes)))], PLUSH, fringe="cream")


def _ladder(field: Field, ink: int) -> None:
    across, down = field.across, field.down
    for i in range(0, across, 8):
        for y in (6, down - 7):
            field.lozenge(i + 4, y, 3, 4, ink, 0)
    for j in range(0, down, 8):
        for x in (6, across - 7):
            field.lozenge(x, j + 4, 4, 3, ink, 0)


def _stars_around(field: Field, margin: int, wide: int) -> None:
    across, down, middle = field.across, field.down, margin + wide // 2
    columns = round((across - 2 * middle) / 17)
    rows = round((down - 2 * middle) / 17)
    for i in range(columns + 1):
        for y in (middle, down - middle - 1):
            _rosette(field, middle + i * (across - 2 * middle - 1) / columns, y, i)
    for j in range(1, rows):
        for x in (middle, across - middle - 1):
            _rosette(field, x, middle + j * (down - 2 * middle - 1) / rows, j)


def _rosette(field: Field, x: float, y: float, turn: int) -> None:
    field.star(x, y, 6, (0, 3, 5)[turn % 3])
    field.lozenge(x, y, 2, 2, 1, 0)


def _taznakht_field(field: Field, margin: int) -> None:
    dice, across, down = field.dice, field.across, field.down
    wide, count = (across - 2 * margin) / 2, max(round((down - 2 * margin) / 58), 2)
    tall = (down - 2 * margin) / count / 2
    inks = ((1, 0, 2, 3, 1), (2, 3, 1, 0, 2), (4, 5, 3, 2, 0))
    for i in range(count):
        x, y = across / 2, margin + tall * (2 * i + 1)
        field.nested(x, y, wide * 0.94, tall * 0.96, inks[(i + int(dice.integers(0, 2))) % 3], 0.5)
        field.star(x, y, 7, 3)
        field.star(x, y, 4, 1)
    for i in range(count + 1):
        for side in (-1, 1):
            x, y = across / 2 + side * wide * 0.74, margin + tall * 2 * i
            if margin + 8 < y < down - margin - 8:
                field.nested(x, y, wide * 0.24, tall * 0.4, (2, 3, 1), 0.4)
            else:
                field.hourglass(x, y + (8 if i == 0 else -8), 6, 6, 1)

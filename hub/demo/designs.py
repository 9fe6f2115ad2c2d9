"""What each region weaves, and the designs that are told freely."""

from collections.abc import Callable

from numpy.random import Generator

from hub.demo.designs_counted import hanbel, taznakht
from hub.demo.motifs import Field
from hub.demo.yarns import PLUSH, RAG, SHAGGY, Design


def beni_ourain(dice: Generator, across: int, down: int) -> Design:
    """Ivory, one dark line, lozenges that grow as the weaver goes."""
    field = Field(across, down, 0, dice)
    half = across / int(dice.integers(3, 6)) / 2
    heart = str(dice.choice(("ring", "seed", "cross", "none")))
    knots = [-half * 0.4]
    while knots[-1] < down + half:
        knots.append(knots[-1] + half * float(dice.uniform(1.15, 1.75)))
    shift = half * float(dice.uniform(0, 1))
    for row in range(len(knots) - 1):
        count = round(across / half) + 4
        line = [field.near((i - 2) * half + shift, knots[row + (i + row) % 2], 1.0) for i in range(count)]
        field.line(line, 1, 2 if dice.random() < 0.7 else 3)
        for i in range(1, count, 2):
            x = (i - 2 + (row + 1) % 2) * half + shift
            if dice.random() < 0.85:
                _heart(field, heart, x, knots[row + 1], half * 0.36)
    return Design(field.knots(), ("ivory", "brown-black"), SHAGGY)


def _heart(field: Field, sign: str, x: float, y: float, reach: float) -> None:
    if sign == "ring":
        field.ring(x, y, reach, reach * 1.2, 1, 2)
    elif sign == "seed":
        field.lozenge(x, y, reach * 0.5, reach * 0.7, 1)
    elif sign == "cross":
        field.cross(x, y, reach * 0.7, 1, 2)


def azilal(dice: Generator, across: int, down: int) -> Design:
    """An ivory page on which a woman writes what she likes, in every colour left in the basket."""
    inks = ("rose", "saffron", "turquoise", "fuchsia", "orange", "blue", "green", "aubergine")
    picked = [str(ink) for ink in dice.permutation(inks)[:5]]
    field = Field(across, down, 0, dice)
    y = float(dice.uniform(6, 11))
    last = -1
    while y < down - 12:
        kind = int(dice.choice([k for k in range(6) if k != last]))
        y += _azilal_row(field, kind, y) + float(dice.uniform(3, 8))
        last = kind
    return Design(field.knots(), ("ivory", "brown-black", *picked), SHAGGY)


def _ink(dice: Generator) -> int:
    return int(dice.choice((1, 1, 2, 3, 4, 5, 6)))


def _azilal_row(field: Field, kind: int, y: float) -> float:
    """One register of signs; how many knots tall it came out."""
    dice, wide = field.dice, field.across
    if kind == 0:
        ink = _ink(dice)
        field.zigzag(y, 11, 10, ink, 3)
        field.zigzag(y + 7, 11, 10, _ink(dice), 2)
        return 20
    if kind == 1:
        count = int(dice.integers(2, 4))
        tall = wide / count * 0.42
        for i in range(count):
            x = (i + 0.5) * wide / count + dice.normal(0, 3)
            field.nested(x, y + tall, wide / count * 0.4, tall, (_ink(dice), 0, _ink(dice), _ink(dice)), 1.2)
        return tall * 2
    if kind == 2:
        for i in range(5):
            x = (i + 0.5) * wide / 5 + dice.normal(0, 2.5)
            sign = dice.integers(0, 4)
            if sign == 0:
                field.saltire(x, y + 8, 7, _ink(dice), 3)
            elif sign == 1:
                field.comb(x, y + 3, 4, 10, _ink(dice))
            elif sign == 2:
                field.hourglass(x, y + 8, 6, 8, _ink(dice))
            else:
                field.cross(x, y + 8, 7, _ink(dice), 3)
        return 17
    if kind == 3:
        cell = int(dice.integers(4, 6))
        start = int(dice.integers(6, wide // 3))
        field.checks(start, int(y), int(dice.integers(6, 12)), 4, cell, (_ink(dice), 0))
        field.ring(start + wide * 0.5, y + cell * 2, 11, cell * 2.4, _ink(dice), 3)
        return cell * 4
    if kind == 4:
        offset = dice.uniform(0, 8)
        for i in range(9):
            field.lozenge(offset + (i + 0.5) * wide / 9, y + 6, 5, 6, _ink(dice))
        return 12
    x = float(dice.uniform(wide * 0.25, wide * 0.75))
    for share, ink in ((1.0, _ink(dice)), (0.66, _ink(dice)), (0.33, _ink(dice))):
        field.ring(x, y + 27, 34 * share, 27 * share, ink, 3, 1.4)
    field.saltire(wide - x if abs(wide - 2 * x) > wide * 0.3 else wide * 0.1, y + 20, 8, _ink(dice), 3)
    return 54


def boucherouite(dice: Generator, across: int, down: int) -> Design:
    """Rags: old djellabas, a wedding scarf, whatever colour the day brings."""
    dyes = (
        "fuchsia",
        "blue",
        "saffron",
        "charcoal",
        "white",
        "turquoise",
        "madder",
        "orange",
        "rose",
        "mint",
        "indigo",
    )
    field = Field(across, down, int(dice.integers(0, len(dyes))), dice)
    y = -8.0
    while y < down:
        tall = float(dice.uniform(9, 24))
        field.band(y, y + tall, int(dice.integers(0, len(dyes))))
        x = float(dice.uniform(-15, 5))
        while x < across:
            wide = float(dice.uniform(9, 22))
            inks = [int(i) for i in dice.integers(0, len(dyes), 3)]
            field.nested(x + wide, y + tall / 2, wide, tall * float(dice.uniform(0.5, 0.95)), inks, 1.6)
            x += wide * 2 * float(dice.uniform(0.8, 1.1))
        y += tall
    knots = field.knots()
    stray = dice.random(knots.shape) < 0.1
    knots[stray] = dice.integers(0, len(dyes), int(stray.sum()))
    return Design(knots, dyes, RAG, fringe="white")


def boujad(dice: Generator, across: int, down: int) -> Design:
    """Pink to rust, one lozenge leaning on the next, none of them straight."""
    dyes = ("madder", "rose", "orange", "blush", "brick", "fuchsia", "aubergine", "rust", "straw", "indigo")
    field = Field(across, down, int(dice.choice((1, 4, 7))), dice)
    y = 0.0
    while y < down:
        tall = float(dice.uniform(16, 34))
        field.pen.polygon(
            [(0, y), (across, y + dice.normal(0, 4)), (across, y + tall + 12), (0, y + tall + 12)],
            fill=int(dice.choice((0, 1, 2, 3, 4, 7))),
        )
        y += tall
    columns = int(dice.integers(2, 4))
    step = across / columns
    y, row = step * 0.3, 0
    while y < down + step * 0.3:
        tall = step * float(dice.uniform(0.45, 0.68))
        for i in range(-1, columns + 1):
            x = (i + 0.5 + (row % 2) * 0.5) * step + dice.normal(0, 2)
            inks = [int(k) for k in dice.permutation((0, 1, 2, 3, 4, 5, 6, 7, 8))[: int(dice.integers(3, 6))]]
            field.nested(x, y, step * float(dice.uniform(0.42, 0.54)), tall, inks, 2.0)
            if dice.random() < 0.35:
                field.lozenge(x, y, 3.5, 4.5, int(dice.choice((8, 9, 6))), 0.5)
        y += tall * float(dice.uniform(0.95, 1.25))
        row += 1
    return Design(field.knots(), dyes, PLUSH, fringe="oatmeal")


STYLES: dict[str, Callable[[Generator, int, int], Design]] = {
    "beni_ourain": beni_ourain,
    "azilal": azilal,
    "boucherouite": boucherouite,
    "hanbel": hanbel,
    "taznakht": taznakht,
    "boujad": boujad,
}
ACROSS = {"beni_ourain": 132, "azilal": 132, "boucherouite": 84, "hanbel": 190, "taznakht": 150, "boujad": 124}

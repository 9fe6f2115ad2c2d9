"""What each region weaves: a Design is knots, the dyes they are counted in, and how the yarn behaves."""

from collections.abc import Callable
from dataclasses import dataclass

from numpy.random import Generator

from hub.demo.motifs import Field, Knots


@dataclass(frozen=True)
class Yarn:
    """How one knot looks: all lengths in knots, all strengths about 0..1."""

    wander: float  # how far a knot strays from its place
    dome: float  # how round each knot stands
    hair: float  # how much loose fibre shows
    nap: float  # how the pile lies, light and dark, like brushed velvet
    spread: float  # difference from one knot to its neighbour
    abrash: float  # difference from one dye lot to the next
    soft_edge: float  # how woolly the selvedge is, in knots


SHAGGY = Yarn(wander=0.95, dome=0.35, hair=0.85, nap=0.06, spread=0.045, abrash=0.05, soft_edge=1.1)
PLUSH = Yarn(wander=0.55, dome=0.6, hair=0.5, nap=0.05, spread=0.07, abrash=0.09, soft_edge=0.6)
RAG = Yarn(wander=1.5, dome=1.0, hair=0.35, nap=0.04, spread=0.16, abrash=0.05, soft_edge=1.0)
FLAT = Yarn(wander=0.22, dome=0.8, hair=0.16, nap=0.012, spread=0.06, abrash=0.11, soft_edge=0.3)


@dataclass(frozen=True)
class Design:
    """A cloth before it is wool. `dyes` are palette names, indexed by the knots' numbers."""

    knots: Knots
    dyes: tuple[str, ...]
    yarn: Yarn
    fringe: str = "ivory"
    both_ends: bool = True


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
    dyes = ("fuchsia", "blue", "saffron", "charcoal", "white", "turquoise", "madder", "orange", "rose", "mint", "indigo")
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

"""The signs that weavers count out in knots. A Field is cloth as a grid of dye numbers, one per knot."""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Knots = NDArray[np.uint8]
Point = tuple[float, float]


class Field:
    """Knots to draw on; every sign wavers a little, as by a hand that counts from memory."""

    def __init__(self, across: int, down: int, ground: int, dice: Generator) -> None:
        self.across, self.down, self.dice = across, down, dice
        self.image = Image.new("L", (across, down), ground)
        self.pen = ImageDraw.Draw(self.image)

    def knots(self) -> Knots:
        """The finished grid, rows first."""
        return np.asarray(self.image, np.uint8).copy()

    def near(self, x: float, y: float, waver: float = 0.6) -> Point:
        """About there."""
        return x + self.dice.normal(0, waver), y + self.dice.normal(0, waver)

    def line(self, points: Sequence[Point], ink: int, thick: int = 2) -> None:
        """A line of knots."""
        self.pen.line(list(points), fill=ink, width=thick)

    def band(self, top: float, bottom: float, ink: int) -> None:
        """A plain stripe from edge to edge."""
        self.pen.rectangle((0, round(top), self.across, round(bottom) - 1), fill=ink)

    def box(self, left: float, top: float, right: float, bottom: float, ink: int) -> None:
        """A filled rectangle, right and bottom not included."""
        self.pen.rectangle((round(left), round(top), round(right) - 1, round(bottom) - 1), fill=ink)

    def corners(self, x: float, y: float, wide: float, tall: float, waver: float = 0.6) -> list[Point]:
        """A lozenge's four points, from the top, clockwise."""
        around = ((0, -tall), (wide, 0), (0, tall), (-wide, 0))
        return [self.near(x + right, y + low, waver) for right, low in around]

    def lozenge(self, x: float, y: float, wide: float, tall: float, ink: int, waver: float = 0.6) -> None:
        """Filled."""
        self.pen.polygon(self.corners(x, y, wide, tall, waver), fill=ink)

    def ring(self, x: float, y: float, wide: float, tall: float, ink: int, thick: int = 2, waver: float = 0.6) -> None:
        """A lozenge in outline."""
        points = self.corners(x, y, wide, tall, waver)
        self.line([*points, points[0]], ink, thick)

    def nested(self, x: float, y: float, wide: float, tall: float, inks: Sequence[int], waver: float = 0.6) -> None:
        """Lozenge in lozenge, outermost ink first."""
        for inside, ink in enumerate(inks):
            share = 1 - inside / len(inks)
            self.lozenge(x, y, wide * share, tall * share, ink, waver)

    def zigzag(self, top: float, tall: float, step: float, ink: int, thick: int = 2, waver: float = 0.3) -> None:
        """Water, from edge to edge."""
        count = int(self.across / step) + 3
        points = [self.near((i - 0.5) * step, top + (tall if i % 2 else 0), waver) for i in range(count)]
        self.line(points, ink, thick)

    def river(self, x: float, wide: float, step: float, ink: int, thick: int = 2, waver: float = 0.4) -> None:
        """Water, from end to end."""
        count = int(self.down / step) + 3
        points = [self.near(x + (wide if i % 2 else 0), (i - 0.5) * step, waver) for i in range(count)]
        self.line(points, ink, thick)

    def cross(self, x: float, y: float, reach: float, ink: int, thick: int = 2) -> None:
        """The four directions."""
        self.line([self.near(x - reach, y), self.near(x + reach, y)], ink, thick)
        self.line([self.near(x, y - reach), self.near(x, y + reach)], ink, thick)

    def saltire(self, x: float, y: float, reach: float, ink: int, thick: int = 2) -> None:
        """An X; with a lozenge above, a person."""
        self.line([self.near(x - reach, y - reach), self.near(x + reach, y + reach)], ink, thick)
        self.line([self.near(x + reach, y - reach), self.near(x - reach, y + reach)], ink, thick)

    def comb(self, x: float, y: float, teeth: int, tall: float, ink: int, gap: int = 4) -> None:
        """The weaver's own tool."""
        left = x - gap * (teeth - 1) / 2
        self.line([(left, y), (left + gap * (teeth - 1), y)], ink, 2)
        for tooth in range(teeth):
            self.line([(left + gap * tooth, y), self.near(left + gap * tooth, y + tall, 0.4)], ink, 2)

    def hourglass(self, x: float, y: float, wide: float, tall: float, ink: int) -> None:
        """Two triangles, point to point."""
        self.pen.polygon([(x - wide, y - tall), (x + wide, y - tall), (x, y)], fill=ink)
        self.pen.polygon([(x - wide, y + tall), (x + wide, y + tall), (x, y)], fill=ink)

    def star(self, x: float, y: float, reach: float, ink: int) -> None:
        """Eight points: a square and a lozenge on the same heart."""
        half = reach * 0.66
        self.box(x - half, y - half, x + half + 1, y + half + 1, ink)
        self.lozenge(x, y, reach, reach, ink, 0)

    def checks(self, left: int, top: int, columns: int, rows: int, cell: int, inks: tuple[int, int]) -> None:
        """A chessboard patch."""
        for row in range(rows):
            for column in range(columns):
                x, y = left + column * cell, top + row * cell
                self.box(x, y, x + cell, y + cell, inks[(row + column) % 2])

    def steps(self, x: float, y: float, reach: int, ink: int, tread: int = 2) -> None:
        """A stepped lozenge, as flat weaves make it."""
        for offset in range(-reach, reach + 1, tread):
            wide = reach - abs(offset)
            self.box(x - wide - 1, y + offset, x + wide + 2, y + offset + tread, ink)

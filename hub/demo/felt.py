"""Pieces of felt laid on a weaving, and lines sewn on them."""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from hub.demo.paint import Colour, Pixels, blur, clouds, mix, rgb, shape, streaks
from hub.demo.relief import Sheen, lit, put

FELT = Sheen(0.03, 6)
Point = tuple[float, float]


class Felt:
    """A square of cloth on which pieces of felt are laid, in units where the square runs from -1 to 1."""

    def __init__(self, picture: Pixels, hand: Generator) -> None:
        self.picture, self.hand, self.side = picture, hand, picture.shape[0]
        self.fibre = clouds(hand, self.side, self.side, 7, 2) * 0.5 + streaks(hand, self.side, self.side, 9, 1.4) * 0.35

    def cut(self, points: Sequence[Point], round_: bool = True) -> Pixels:
        """The mask of a piece with these corners; smoothed into a curve when round."""
        outline = curve_through(points) if round_ else list(points)
        drawn = Image.new("L", (self.side * 2, self.side * 2), 0)
        ImageDraw.Draw(drawn).polygon([((x + 1) * self.side, (y + 1) * self.side) for x, y in outline], fill=255)
        return shape((self.side, self.side), drawn)

    def lay(self, mask: Pixels, colour: Pixels, thick: float = 10, soft: float = 26) -> None:
        """Put a piece down: padded, fuzzy, with its shadow."""
        left, top, right, bottom = Image.fromarray((mask * 255).astype(np.uint8)).getbbox() or (0, 0, 1, 1)
        near = np.s_[max(top - 40, 0) : bottom + 40, max(left - 40, 0) : right + 40]
        piece, fibre = mask[near], self.fibre[near]
        padded = blur(piece, soft) * soft * 1.7 + blur(piece, 3) * 3 + fibre * 0.28
        shown = lit(padded, colour[near] * (1 + fibre * 0.035)[..., None], FELT)
        self.picture[near] = put(self.picture[near], shown, piece, thick)

    def plain(self, colour: Colour, change: float = 1.0) -> Pixels:
        """A sheet of one felt."""
        return np.broadcast_to(rgb(colour) * np.float32(change), (self.side, self.side, 3))

    def thread(self, points: Sequence[Point], colour: Colour, wide: float = 0.012, curve: bool = True) -> None:
        """A sewn line."""
        path = curve_through(points, closed=False) if curve else list(points)
        places = np.clip((np.asarray(path) + 1) / 2, 0, 1) * self.side
        left, top = np.maximum(places.min(0).astype(int) - 20, 0)
        right, bottom = np.minimum(places.max(0).astype(int) + 20, self.side)
        drawn = Image.new("L", (int(right - left) * 2, int(bottom - top) * 2), 0)
        ends = [(float(x), float(y)) for x, y in (places - (left, top)) * 2]
        ImageDraw.Draw(drawn).line(ends, fill=255, width=max(round(wide * self.side), 1), joint="curve")
        mask = shape((int(bottom - top), int(right - left)), drawn) * 0.9
        near = np.s_[top:bottom, left:right]
        self.picture[near] = mix(self.picture[near], rgb(colour), mask)


def curve_through(points: Sequence[Point], closed: bool = True) -> list[Point]:
    """A smooth line through the points (Catmull and Rom's)."""
    knots = np.asarray(points, float)
    ring = np.vstack([knots[-1:], knots, knots[:2]]) if closed else np.vstack([knots[:1], knots, knots[-1:]])
    steps = np.linspace(0, 1, 14, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(ring, ring[1:], ring[2:], ring[3:], strict=False):
        pieces.append(
            0.5
            * (2 * b + (c - a) * steps + (2 * a - 5 * b + 4 * c - d) * steps**2 + (3 * b - a - 3 * c + d) * steps**3)
        )
    line = np.vstack([*pieces, knots[:1] if closed else knots[-1:]])
    return [(float(x), float(y)) for x, y in line]

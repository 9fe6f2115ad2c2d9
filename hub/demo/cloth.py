"""Knots become wool: colour, pile and light for any part of a design, at any closeness."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from hub.demo.paint import LIGHT, Pixels, clouds, grid, ramp, rgb, slopes, streaks
from hub.demo.palette import DYES
from hub.demo.yarns import Design, Yarn


@dataclass(frozen=True)
class Cloth:
    """Lit wool and how much of each pixel it covers (0..1), on the canvas it was asked for."""

    colour: Pixels
    cover: Pixels


@dataclass(frozen=True)
class Frame:
    """Where a cloth lies on the canvas, in pixels, and how far it is turned (radians)."""

    left: float
    top: float
    width: float
    height: float
    turn: float = 0.0


def dye(design: Design, dice: Generator) -> Pixels:
    """Knot by knot colour: dye lots change along the cloth, spinning changes along the thread."""
    table = np.stack([rgb(DYES[name]) for name in design.dyes])
    down, across = design.knots.shape
    lots = clouds(dice, down, len(design.dyes) * 4, 26, 3)[:, ::4]
    steps = clouds(dice, down, 4, 7, 2)[:, :1] * 0.35
    rows = 1 + design.yarn.abrash * (lots + steps)
    tone = np.take_along_axis(rows, design.knots.astype(np.int64), axis=1)
    tone *= 1 + design.yarn.spread * dice.standard_normal((down, across)).astype(np.float32)
    warmth = 1 + design.yarn.spread * 0.16 * dice.standard_normal((down, across, 3)).astype(np.float32)
    return np.clip(table[design.knots] * tone[..., None] * warmth, 0, 1).astype(np.float32)


def weave(design: Design, size: tuple[int, int], frame: Frame, dice: Generator) -> Cloth:
    """The cloth as seen: `size` is (height, width) of the canvas, `frame` where the whole design lies."""
    knot = frame.width / design.knots.shape[1]
    x, y = _places(design, size, frame, dice)
    woolly = design.yarn.soft_edge
    bulk = _bulk(design, x, y)
    edge_x, edge_y = x, y
    x, y = _stray(design.yarn, x, y, knot, dice)
    share = np.float32(woolly / max(design.yarn.wander, 0.2) * 0.7)
    cover = _cover(design, edge_x + (x - edge_x) * share, edge_y + (y - edge_y) * share)
    row = np.floor(y)
    x = x + np.float32(0.5) * (row % 2)
    column = np.floor(x)
    colours = dye(design, dice)
    picked = colours[
        np.clip(row, 0, colours.shape[0] - 1).astype(np.intp),
        np.clip(column, 0, colours.shape[1] - 1).astype(np.intp),
    ]
    light = _light(design.yarn, x - column - 0.5, y - row - 0.5, knot, dice)
    return Cloth(np.clip(picked * (light * bulk)[..., None], 0, 1.05), cover)


def _places(design: Design, size: tuple[int, int], frame: Frame, dice: Generator) -> tuple[Pixels, Pixels]:
    """Which knot each pixel looks at, before the wool strays: turned, and pulled by an uneven beat."""
    rows, columns = grid(*size)
    down, across = design.knots.shape
    away_x = columns - np.float32(frame.left + frame.width / 2)
    away_y = rows - np.float32(frame.top + frame.height / 2)
    x = (away_x + away_y * np.float32(frame.turn)) / np.float32(frame.width) + np.float32(0.5)
    y = (away_y - away_x * np.float32(frame.turn)) / np.float32(frame.height) + np.float32(0.5)
    pull = clouds(dice, size[0], size[1], frame.width * 0.42, 1)
    beat = clouds(dice, size[0], size[1], frame.width * 0.5, 1)
    return (x + pull * np.float32(0.006)) * across, (y + beat * np.float32(0.0035)) * down


def _cover(design: Design, x: Pixels, y: Pixels) -> Pixels:
    down, across = design.knots.shape
    inside = np.minimum(np.minimum(x, across - x), np.minimum(y, down - y) + 0.3)
    return ramp(-0.3, 0.35, inside)


def _bulk(design: Design, x: Pixels, y: Pixels) -> Pixels:
    """Pile rolls over at the selvedge: bright towards the window, dark away from it."""
    down, across = design.knots.shape
    roll = design.yarn.soft_edge * 2.2
    bright = np.exp(-np.maximum(np.minimum(x, y), 0) / np.float32(roll))
    dark = np.exp(-np.maximum(np.minimum(across - x, down - y), 0) / np.float32(roll))
    return np.asarray(np.float32(1) + bright * np.float32(0.05) - dark * np.float32(0.26))


def _stray(yarn: Yarn, x: Pixels, y: Pixels, knot: float, dice: Generator) -> tuple[Pixels, Pixels]:
    height, width = x.shape
    slow = clouds(dice, height, width, knot * 5, 1) * np.float32(yarn.wander * 0.5)
    quick = streaks(dice, height, width, knot * 1.2, max(knot * 0.36, 1)) * np.float32(yarn.wander * 0.4)
    return x + slow + quick, y - slow + quick[::-1, ::-1]


def _light(yarn: Yarn, from_x: Pixels, from_y: Pixels, knot: float, dice: Generator) -> Pixels:
    """How brightly each pixel of wool shines: knots stand up, hairs catch light, pile lies this way and that."""
    height, width = from_x.shape
    dome = np.float32(1) - (from_x * from_x + from_y * from_y) * 2
    hair = streaks(dice, height, width, knot * 1.5, max(knot * 0.2, 1.0))
    surface = (dome * np.float32(yarn.dome) + hair * np.float32(yarn.hair * 0.28)) * np.float32(min(knot, 14) * 0.3)
    across, down = slopes(surface)
    lamp = (across * LIGHT[0] + down * LIGHT[1]) * np.float32(0.42)
    lamp = lamp / (1 + np.abs(lamp))
    gaps = np.float32(0.30 * yarn.dome + 0.06) * (np.float32(0.72) - dome)
    nap = clouds(dice, height, width, width * 0.16, 2) * np.float32(yarn.nap)
    tufts = clouds(dice, height, width, knot * 3.4, 1)
    tufts = (tufts - np.roll(tufts, (2, 2), (0, 1))) * np.float32(yarn.hair * 0.16) + tufts * np.float32(
        yarn.hair * 0.05
    )
    return np.asarray(
        np.float32(0.97) + nap + tufts + lamp * np.float32(0.62) - gaps + hair * np.float32(yarn.hair * 0.05)
    )

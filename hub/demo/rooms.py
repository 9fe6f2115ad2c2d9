"""Where pieces are photographed: limewashed walls, floors of tile, plank and earth, and the sun through a window."""

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from hub.demo.paint import Pixels, blur, clouds, grid, mix, ramp, rgb, shape, sheet, slopes, streaks
from hub.demo.palette import WALLS


def plaster(dice: Generator, height: int, width: int, wall: str) -> Pixels:
    """Limewash put on by hand: broad patches, trowel marks, a few pits."""
    patches = clouds(dice, height, width, width * 0.5, 4)
    trowel = clouds(dice, height, width, 26, 2)
    tone = 1 + patches * np.float32(0.055) + trowel * np.float32(0.012)
    return sheet(height, width, WALLS[wall]) * tone[..., None]


def tiles(dice: Generator, height: int, width: int, side: float = 150.0) -> Pixels:
    """Square terracotta, each fired a little differently."""
    rows, columns = grid(height, width)
    wobble = clouds(dice, height, width, 120, 1) * np.float32(1.6)
    x, y = (columns + wobble) / np.float32(side), (rows - wobble) / np.float32(side)
    tone = dice.normal(1, 0.06, (int(height / side) + 3, int(width / side) + 3)).astype(np.float32)
    each = tone[np.floor(y).astype(np.intp) + 1, np.floor(x).astype(np.intp) + 1]
    edge = np.minimum(np.minimum(x % 1, 1 - x % 1), np.minimum(y % 1, 1 - y % 1))
    stains = clouds(dice, height, width, 90, 3)
    clay = rgb((170, 120, 94)) * (each + stains * np.float32(0.06))[..., None]
    joint = rgb((136, 116, 100)) * (1 + stains * np.float32(0.1))[..., None]
    return mix(joint, clay, ramp(0.008, 0.022, edge))


def planks(dice: Generator, height: int, width: int, board: float = 170.0) -> Pixels:
    """Cedar boards, laid lengthwise."""
    rows, columns = grid(height, width)
    count = int(width / board) + 2
    at = columns / np.float32(board)
    which = np.floor(at).astype(np.intp)
    tone = dice.normal(1, 0.07, count).astype(np.float32)[which]
    nth = which.astype(np.float32)
    sway = clouds(dice, height, width, 300, 1)
    grain = np.sin((at * 21 + sway * 2.2 + nth * 1.7 + rows * np.float32(0.0016) * (nth % 3 - 1)) * 2)
    fibre = streaks(dice, height, width, 90, 2)
    seam = ramp(0.0, 0.018, np.minimum(at % 1, 1 - at % 1))
    wood = rgb((150, 118, 90)) * (tone + grain * np.float32(0.022) + fibre * np.float32(0.03))[..., None]
    return np.asarray(wood * (np.float32(0.45) + seam * np.float32(0.55))[..., None])


def earth(dice: Generator, height: int, width: int) -> Pixels:
    """Polished tadelakt or beaten earth, seen from above."""
    patches = clouds(dice, height, width, width * 0.35, 5)
    grit = streaks(dice, height, width, 2, 2)
    tone = 1 + patches * np.float32(0.06) + grit * np.float32(0.012)
    return sheet(height, width, (203, 184, 160)) * tone[..., None]


def window_sun(dice: Generator, height: int, width: int) -> Pixels:
    """Daylight with a slanting window in it: multiply a picture by this."""
    small_h, small_w = height // 4, width // 4
    drawn = Image.new("L", (small_w, small_h), 0)
    pen = ImageDraw.Draw(drawn)
    slant = float(dice.uniform(0.25, 0.4)) * small_h
    left = float(dice.uniform(-0.1, 0.2)) * small_w
    pane, bar = small_w * 0.36, small_w * 0.03
    for column in range(3):
        for row in range(3):
            x, y = left + column * (pane + bar), -small_h * 0.35 + row * small_h * 0.42 + column * slant * 0.35
            tall = small_h * 0.39
            pen.polygon(
                [(x, y), (x + pane, y + slant * 0.35), (x + pane, y + tall + slant * 0.35), (x, y + tall)], fill=255
            )
    sun = blur(shape((small_h, small_w), drawn), small_w * 0.022)
    grown = np.asarray(Image.fromarray(sun).resize((width, height), Image.Resampling.BICUBIC), np.float32)
    return np.float32(0.93) + grown * np.float32(0.12)


def slope_light(height: int, width: int, strength: float = 0.12) -> Pixels:
    """Brighter towards the window, upper left."""
    rows, columns = grid(height, width)
    return np.float32(1) + np.float32(strength) * (np.float32(0.5) - (columns / width * 0.6 + rows / height * 0.4))


def linen(dice: Generator, height: int, width: int, colour: tuple[int, int, int] = (206, 192, 168)) -> Pixels:
    """Plain cloth on a table, with soft folds."""
    rows, columns = grid(height, width)
    threads = np.sin(columns * np.float32(1.25)) * np.sin(rows * np.float32(1.25))
    slubs = streaks(dice, height, width, 60, 3) + streaks(dice, width, height, 60, 3).T
    folds = clouds(dice, height, width, width * 0.3, 2)
    across, down = slopes(folds)
    creases = across * 9 + down * 6
    tone = (
        1
        + threads * np.float32(0.045)
        + slubs * np.float32(0.02)
        + creases * np.float32(1.1)
        + folds * np.float32(0.02)
    )
    return np.asarray(sheet(height, width, colour) * tone[..., None])

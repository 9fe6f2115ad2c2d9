"""Work in hand: the same rug part woven on an upright loom, and a ball of the wool it is made of."""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from hub.demo import rooms
from hub.demo.cloth import Cloth, Frame, weave
from hub.demo.paint import (
    Colour,
    Pixels,
    cast,
    clouds,
    darken,
    develop,
    dice,
    grid,
    mix,
    ramp,
    rgb,
    sharpen,
    sheet,
    streaks,
)
from hub.demo.palette import DYES
from hub.demo.weave import AS_IS, TALL, Swap, design_of, lay
from hub.demo.yarns import Design

WALL_OF_STYLE = ("ochre", "rose", "limewash", "sand", "clay")


def progress(
    seed: int, style: str, fraction: float, width: int = 1200, height: int = 1600, swap: Swap = AS_IS
) -> Image.Image:
    """The rug of this seed when `fraction` of it (0..1) is woven, from the bottom up."""
    hand = dice(seed, style, "loom")
    picture = _room(hand, height, width, WALL_OF_STYLE[seed % len(WALL_OF_STYLE)])
    foot, head = height * 0.865, height * 0.125
    tall = min((foot - head) * 0.93, width * 0.9)
    wide = tall / TALL
    left = (width - wide) / 2
    woven_top = foot - tall * min(max(fraction, 0.02), 1.0)
    picture = _warps(picture, hand, (left, wide), (head, min(woven_top + 20, foot)))
    design = design_of(seed, style, swap)
    cloth = _woven(design, (height, width), Frame(left, foot - tall, wide, tall), woven_top, hand)
    picture = lay(picture, cloth, 10, 6, 14)
    picture = _heddle(picture, hand, left, wide, max(woven_top - height * 0.13, head + 30))
    for beam in ((left - 120, head - 26, wide + 240, 52), (left - 120, foot - 16, wide + 240, 60)):
        picture = timber(picture, hand, *beam)
    for post in (left - 92, left + wide + 46):
        picture = timber(picture, hand, post, 30, 46, height * 0.93)
    picture = _balls(picture, hand, foot, left, seed)
    light = rooms.window_sun(hand, height, width) * rooms.slope_light(height, width, 0.22)
    return sharpen(develop(picture * light[..., None], hand))


def _room(hand: Generator, height: int, width: int, wall: str) -> Pixels:
    picture = rooms.plaster(hand, height, width, wall) * np.float32(0.93)
    start = int(height * 0.93)
    ground = rooms.earth(hand, height - start, width) * np.asarray((0.72, 0.66, 0.58), np.float32)
    picture[start:] = ground
    rows, _ = grid(height, width)
    corner = np.exp(-np.abs(rows - start) / np.float32(26))
    return darken(picture, corner, 0.28)


def _warps(picture: Pixels, hand: Generator, span: tuple[float, float], reach: tuple[float, float]) -> Pixels:
    """Tight pale threads from beam to cloth."""
    height, width = picture.shape[:2]
    left, wide = span
    rows, columns = grid(height, width)
    pitch = 6.4
    drift = clouds(hand, height, width, 400, 1) * np.float32(0.7)
    place = (columns - left + drift) / np.float32(pitch)
    across = np.abs(place % 1 - 0.5) * 2
    thread = ramp(0.62, 0.3, across) * ((columns > left) & (columns < left + wide))
    thread = thread * ((rows > reach[0]) & (rows < reach[1]))
    tones = hand.normal(1, 0.06, int(wide / pitch) + 8).astype(np.float32)
    each = tones[np.clip(place, 0, len(tones) - 1).astype(np.intp)] * (np.float32(1.08) - across * np.float32(0.35))
    shaded = darken(picture, cast(thread, 12, 8, 8), 0.42)
    return mix(shaded, rgb(DYES["cream"]) * each[..., None], thread)


def _woven(design: Design, size: tuple[int, int], frame: Frame, top: float, hand: Generator) -> Cloth:
    """The finished part: ragged where the last rows are still being knotted."""
    cloth = weave(design, size, frame, hand)
    rows, columns = grid(*size)
    ragged = clouds(hand, 1, size[1], 90, 2)[0] * 7 + (columns[0] > size[1] * hand.uniform(0.35, 0.65)) * 12
    return Cloth(cloth.colour, cloth.cover * ramp(-2, 2, rows - np.float32(top) - ragged.astype(np.float32)))


def _heddle(picture: Pixels, hand: Generator, left: float, wide: float, y: float) -> Pixels:
    """The reed that parts the warps, and its loops of string."""
    height, width = picture.shape[:2]
    loops = Image.new("L", (width * 2, height * 2), 0)
    pen = ImageDraw.Draw(loops)
    for x in np.arange(left + 6, left + wide - 4, 13):
        end = y + 44 + hand.normal(0, 3)
        pen.line([(x * 2, y * 2), ((x + hand.normal(0, 2)) * 2, end * 2)], fill=235, width=3)
    mask = np.asarray(loops.resize((width, height), Image.Resampling.BOX), np.float32) / 255
    strung = mix(darken(picture, cast(mask, 5, 4, 4), 0.3), sheet(height, width, DYES["white"]), mask)
    return timber(strung, hand, left - 40, y - 9, wide + 80, 19)


def timber(picture: Pixels, hand: Generator, left: float, top: float, wide: float, tall: float) -> Pixels:
    """A round pole of poplar, upright or level, with its shadow."""
    spill = 60
    x, y = max(int(left) - spill, 0), max(int(top) - spill, 0)
    near = picture[y : int(top + tall) + spill, x : int(left + wide) + spill]
    height, width = near.shape[:2]
    rows, columns = grid(height, width)
    rows, columns = rows + y, columns + x
    level = wide > tall
    across = (rows - top) / tall if level else (columns - left) / wide
    inside = ramp(-1.2, 1.2, np.minimum(columns - left, left + wide - columns))
    inside = inside * ramp(-1.2, 1.2, np.minimum(rows - top, top + tall - rows))
    fibre = streaks(hand, width, height, 120, 3).T if level else streaks(hand, height, width, 120, 3)
    round_ = np.float32(1.05) - (across - np.float32(0.34)) ** 2 * np.float32(1.25)
    wood = rgb((150, 112, 76)) * (round_ * (1 + fibre * np.float32(0.06)))[..., None]
    near[...] = mix(darken(near, cast(inside, 14, 12, 14), 0.42), wood, inside)
    return picture


def _balls(picture: Pixels, hand: Generator, foot: float, left: float, seed: int) -> Pixels:
    """Three balls of wool at the foot of the loom."""
    names: Sequence[str] = [
        str(n) for n in dice(seed, "balls").permutation(("madder", "indigo", "saffron", "ivory", "rose", "green"))
    ]
    for i, name in enumerate(names[:3]):
        size = int(hand.uniform(0.073, 0.103) * picture.shape[1])
        ball, cover = yarn_ball(hand, size, DYES[name])
        x, y = int(left + (0.5 + i * 1.05) * size + hand.normal(0, size * 0.05)), int(picture.shape[0] * 0.985 - size)
        patch = picture[y : y + size, x : x + size]
        below = np.zeros(picture.shape[:2], np.float32)
        below[y + size // 2 : y + size, x : x + size] = cover[size // 2 :]
        picture = darken(picture, cast(below, 12, 4, 10), 0.5)
        patch = picture[y : y + size, x : x + size]
        picture[y : y + size, x : x + size] = mix(patch, ball, cover)
    return picture


def yarn_ball(hand: Generator, size: int, colour: Colour) -> tuple[Pixels, Pixels]:
    """A wound ball, lit, and its outline: layer over layer of parallel turns."""
    rows, columns = grid(size, size)
    x, y = columns / (size / 2) - 1, rows / (size / 2) - 1
    inside = 1 - x * x - y * y
    z = np.sqrt(np.clip(inside, 0, 1))
    tone = np.full((size, size), 0.5, np.float32)
    for _ in range(9):
        axis = hand.standard_normal(3)
        axis /= np.linalg.norm(axis)
        latitude = (x * axis[0] + y * axis[1] + z * axis[2]).astype(np.float32)
        middle, reach = hand.uniform(-0.25, 0.25), hand.uniform(0.2, 0.36)
        turn = np.abs(np.sin((latitude - middle) * np.float32(58)))
        away = np.abs(latitude - np.float32(middle)) / np.float32(reach)
        ply = np.float32(0.55) + np.float32(0.5) * np.sqrt(turn)
        tone = np.where(away < 1, ply, tone * (1 - np.float32(0.35) * ramp(1.18, 1.0, away)))
    fuzz = clouds(hand, size, size, max(size / 80, 2), 2)
    lamp = np.clip(-0.45 * x - 0.55 * y + 0.7 * z, 0, 1)
    lit = rgb(colour) * (tone * (np.float32(0.42) + lamp * np.float32(0.8)) * (1 + fuzz * np.float32(0.09)))[..., None]
    return lit.astype(np.float32), ramp(-0.01, 0.03, inside)


def swatch(colour: str, width: int = 600, height: int = 600) -> Image.Image:
    """A ball of wool in a dye of the palette, on tadelakt."""
    hand = dice(sum(colour.encode()), colour, "swatch")
    picture = rooms.earth(hand, height, width)
    size = int(min(width, height) * 0.74)
    ball, cover = yarn_ball(hand, size, DYES[colour])
    top, left = (height - size) // 2, (width - size) // 2
    mask = np.zeros((height, width), np.float32)
    mask[top : top + size, left : left + size] = cover
    picture = darken(picture, cast(mask, size // 14, size // 11, size / 12), 0.55)
    picture[top : top + size, left : left + size] = mix(picture[top : top + size, left : left + size], ball, cover)
    return sharpen(develop(picture * rooms.slope_light(height, width, 0.2)[..., None], hand))

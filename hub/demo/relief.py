"""Small things seen from above: a height in pixels, a colour, a sheen; light does the rest."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from PIL import Image

from hub.demo import rooms
from hub.demo.paint import LIGHT, Pixels, blur, cast, darken, develop, grid, mix, ramp, sharpen, slopes


@dataclass(frozen=True)
class Sheen:
    """How a surface answers light."""

    gloss: float
    power: float
    metal: float = 0.0


GLAZE = Sheen(0.5, 60)
SILVER = Sheen(0.55, 26, 1.0)
LEATHER = Sheen(0.16, 12)
WOOD = Sheen(0.14, 16)
ENAMEL = Sheen(0.42, 55)


def lit(height: Pixels, colour: Pixels, sheen: Sheen) -> Pixels:
    """Shade a surface by its slopes; hollows gather shadow, metal mirrors the room."""
    across, down = slopes(height)
    steep = 1 / np.sqrt(across * across + down * down + 1)
    facing = (-across * LIGHT[0] - down * LIGHT[1] + LIGHT[2]) * steep
    diffuse = np.clip(facing / np.float32(LIGHT[2]), 0, 1.5)
    long = math.hypot(LIGHT[0], LIGHT[1], LIGHT[2] + 1)
    half = (LIGHT[0] / long, LIGHT[1] / long, (LIGHT[2] + 1) / long)
    mirror = np.clip((-across * half[0] - down * half[1] + half[2]) * steep, 0, 1) ** np.float32(sheen.power)
    hollow = np.clip((blur(height, 9) - height) * np.float32(0.05), 0, 0.5)
    shade = np.float32(0.42) + np.float32(0.58) * diffuse - hollow
    if sheen.metal:
        room = np.sin((-down * 1.9 - across * 1.2) * steep * 2.4 + 0.5) * np.float32(0.26)
        shade = np.float32(0.3) + diffuse * np.float32(0.42) + room - hollow * 1.3
    return np.asarray(colour * shade[..., None] + (mirror * np.float32(sheen.gloss))[..., None])


def put(picture: Pixels, thing: Pixels, mask: Pixels, thick: float) -> Pixels:
    """Set a thing of that thickness (pixels) down on what is there."""
    step = int(thick * 0.55)
    shadow = cast(mask, step, int(thick * 0.7), max(thick * 0.5, 3))
    grounded = darken(darken(picture, shadow, 0.5), blur(mask, max(thick * 0.16, 2)), 0.3)
    return mix(grounded, thing, mask)


def around(picture: Pixels, x: float, y: float, reach: float) -> tuple[Pixels, float, float]:
    """The part of a picture near a point, and the point's place in it: work there, and the picture changes."""
    left, top = max(int(x - reach), 0), max(int(y - reach), 0)
    return picture[top : int(y + reach), left : int(x + reach)], x - left, y - top


def photograph(picture: Pixels, hand: Generator) -> Image.Image:
    """Window light, then the camera."""
    height, width = picture.shape[:2]
    light = rooms.slope_light(height, width, 0.2) * rooms.window_sun(hand, height, width)
    return sharpen(develop(picture * light[..., None], hand))


def polar(size: tuple[int, int], x: float, y: float) -> tuple[Pixels, Pixels]:
    """Distance from a point in pixels, and the angle around it."""
    rows, columns = grid(*size)
    return np.hypot(columns - np.float32(x), rows - np.float32(y)), np.arctan2(
        rows - np.float32(y), columns - np.float32(x)
    )


def fold(angle: Pixels, count: int) -> Pixels:
    """The angle folded into `count` mirrored petals: 0 on a petal's axis, 1 between two."""
    turns = angle * np.float32(count / (2 * np.pi))
    return np.asarray(np.abs(turns - np.round(turns)) * 2)


def within(distance: Pixels, edge: float = 0.0, soft: float = 1.2) -> Pixels:
    """1 inside an outline (negative distance), with a soft edge."""
    return ramp(edge + soft, edge - soft, distance)


def slab(
    size: tuple[int, int], x: float, y: float, wide: float, tall: float, round_: float, turn: float = 0.0
) -> Pixels:
    """Signed distance to a rounded rectangle around (x, y)."""
    rows, columns = grid(*size)
    away_x, away_y = columns - np.float32(x), rows - np.float32(y)
    cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    right = np.abs(away_x * cos + away_y * sin) - np.float32(wide / 2 - round_)
    low = np.abs(away_y * cos - away_x * sin) - np.float32(tall / 2 - round_)
    outside = np.hypot(np.maximum(right, 0), np.maximum(low, 0))
    return outside + np.minimum(np.maximum(right, low), 0) - np.float32(round_)

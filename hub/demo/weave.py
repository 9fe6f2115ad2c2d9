"""Rugs as a visitor would photograph them: whole, close up, half made on the loom; and the wool itself."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from hub.demo import rooms
from hub.demo.cloth import Cloth, Frame, weave
from hub.demo.designs import ACROSS, STYLES
from hub.demo.paint import Pixels, blur, cast, clouds, darken, develop, dice, mix, rgb, sharpen
from hub.demo.palette import DYES
from hub.demo.yarns import Design

TALL = 1.5  # every rug is half as long again as it is wide
FLOORS: tuple[Callable[[Generator, int, int], Pixels], ...] = (rooms.earth, rooms.tiles, rooms.planks)


Swap = Mapping[str, str]
AS_IS: Swap = MappingProxyType({})


def design_of(seed: int, style: str, swap: Swap = AS_IS) -> Design:
    """The same seed is the same rug in every photograph; `swap` re-dyes it, as {"madder": "indigo"} does."""
    across = ACROSS[style]
    design = STYLES[style](dice(seed, style), across, round(across * TALL))
    return replace(design, dyes=tuple(swap.get(name, name) for name in design.dyes))


def rug(seed: int, style: str, width: int = 1200, height: int = 1600, swap: Swap = AS_IS) -> Image.Image:
    """The whole rug from above, on a floor, in window light."""
    hand = dice(seed, style, "photograph")
    design = design_of(seed, style, swap)
    tall = height * 0.82
    wide = tall / TALL
    frame = Frame((width - wide) / 2, (height - tall) / 2, wide, tall, float(hand.normal(0, 0.006)))
    floor = FLOORS[seed % len(FLOORS)](hand, height, width)
    return _photograph(floor, design, frame, hand)


def _photograph(floor: Pixels, design: Design, frame: Frame, hand: Generator) -> Image.Image:
    height, width = floor.shape[:2]
    cloth = weave(design, (height, width), frame, hand)
    fringe = fringes(design, (height, width), frame, hand)
    floor = lay(floor, fringe, 3, 4, 6)
    picture = lay(floor, cloth, 7, 9, 16)
    folds = 1 + clouds(hand, height, width, width * 0.45, 1) * np.float32(0.022)
    light = rooms.window_sun(hand, height, width) * rooms.slope_light(height, width, 0.16) * folds
    return sharpen(develop(picture * light[..., None], hand))


def lay(under: Pixels, cloth: Cloth, right: int, down: int, softness: float) -> Pixels:
    """Put a cloth down: a shadow where it touches, a wider one around, then the wool."""
    shadow = cast(cloth.cover, right, down, softness)
    contact = blur(cloth.cover, softness * 0.4)
    grounded = darken(darken(under, shadow, 0.42), contact, 0.25)
    return mix(grounded, cloth.colour, cloth.cover)


def fringes(design: Design, size: tuple[int, int], frame: Frame, hand: Generator) -> Cloth:
    """The warps' ends, knotted and loose."""
    height, width = size
    wool = Image.new("L", (width * 2, height * 2), 0)
    shade = Image.new("L", (width * 2, height * 2), 128)
    ends = ((frame.top + frame.height - 4, 1), (frame.top + 4, -1)) if design.both_ends else ((frame.top + 4, -1),)
    for y, way in ends:
        _fringe(ImageDraw.Draw(wool), ImageDraw.Draw(shade), frame, y, way, hand)
    cover = np.asarray(wool.resize((width, height), Image.Resampling.BOX), np.float32) / 255
    tone = np.asarray(shade.resize((width, height), Image.Resampling.BOX), np.float32) / 128
    return Cloth(rgb(DYES[design.fringe]) * tone[..., None], cover)


def _fringe(
    wool: ImageDraw.ImageDraw, shade: ImageDraw.ImageDraw, frame: Frame, y: float, way: int, hand: Generator
) -> None:
    count = 58
    long = frame.height * 0.044
    for tassel in range(count):
        x = frame.left + (tassel + 0.5 + hand.normal(0, 0.12)) * frame.width / count
        root = y + (x - frame.left - frame.width / 2) * frame.turn
        lean, bend = hand.normal(0, 3.5), hand.normal(0, 4)
        tone = hand.uniform(108, 140)
        for spread, reach, shine in hand.uniform((-1, 0.72, 0.82), (1, 1.08, 1.12), (14, 3)):
            ends = ((spread * 2, 0.0), (spread * 2.6 + bend * 0.4, 0.35), (spread * 4 + bend + lean, 0.7))
            points = [(x * 2 + aside, (root + way * long * reach * far) * 2) for aside, far in ends]
            points.append((x * 2 + spread * 6.5 + lean * 2.2, (root + way * long * reach) * 2))
            wool.line(points, fill=225, width=2)
            shade.line(points, fill=int(tone * shine), width=2)
        knot = root + way * long * 0.16
        box = (x * 2 - 6, knot * 2 - 5, x * 2 + 6, knot * 2 + 6)
        wool.ellipse(box, fill=255)
        shade.ellipse(box, fill=int(tone))


def detail(seed: int, style: str, width: int = 1200, height: int = 1600, swap: Swap = AS_IS) -> Image.Image:
    """A hand's breadth of the same rug, close enough to count the knots."""
    hand = dice(seed, style, "detail")
    design = design_of(seed, style, swap)
    wide = width * 2.7
    tall = wide * TALL
    frame = Frame(-wide * float(hand.uniform(0.2, 0.4)), -tall * float(hand.uniform(0.25, 0.5)), wide, tall, 0.12)
    cloth = weave(design, (height, width), frame, hand)
    light = rooms.slope_light(height, width, 0.3)
    return sharpen(develop(cloth.colour * light[..., None], hand))

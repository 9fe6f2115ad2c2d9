"""Thuya burl, walnut and lemonwood from Essaouira and the cedar valleys: boxes, spoons, carved dishes."""

import numpy as np
from numpy.random import Generator
from PIL import Image

from hub.demo import rooms
from hub.demo.paint import Colour, Pixels, blur, clouds, dice, grid, mix, ramp, rgb, streaks
from hub.demo.relief import WOOD, around, fold, lit, photograph, polar, put, slab, within

WALNUT: Colour = (118, 78, 50)
THUYA: Colour = (150, 84, 44)
LEMON: Colour = (222, 186, 124)
OLIVE: Colour = (176, 132, 78)
EBONY: Colour = (46, 34, 30)


def burl(hand: Generator, height: int, width: int) -> Pixels:
    """Thuya root: swirls, and the small dark eyes that make it dear."""
    warp = clouds(hand, height, width, 150, 4)
    eyes = clouds(hand, height, width, 26, 1)
    rings = np.sin(warp * 17 + eyes * 1.3)
    dark = ramp(0.75, 1.25, eyes)
    tone = 1 + rings * 0.1 + clouds(hand, height, width, 330, 2) * 0.13
    return mix(rgb(THUYA) * tone[..., None], rgb((74, 36, 22)), dark * 0.8)


def plain(hand: Generator, height: int, width: int, colour: Colour, turn: float = 0.0) -> Pixels:
    """Straight timber: growth lines along the piece."""
    rows, columns = grid(height, width)
    sway = clouds(hand, height, width, 260, 2)
    across = columns * np.float32(np.cos(turn)) + rows * np.float32(np.sin(turn))
    lines = np.sin(across * 0.085 + sway * 3.4) * 0.6 + np.sin(across * 0.31 + sway * 7) * 0.4
    pores = streaks(hand, height, width, 26, 2.2)
    return rgb(colour) * (1 + lines * 0.09 + pores * 0.03)[..., None]


def box(seed: int, width: int = 1200, height: int = 1600) -> Image.Image:
    """A thuya casket from above, its lid inlaid with lemonwood, ebony and mother-of-pearl."""
    hand = dice(seed, "box")
    picture = rooms.plaster(hand, height, width, ("limewash", "sand")[seed % 2])
    x, y, wide, tall = width / 2, height / 2, width * 0.7, height * 0.66
    lid = slab((height, width), x, y, wide, tall, 22)
    colour = _inlay(burl(hand, height, width), lid, x, y, wide * 0.36)
    surface = ramp(0, -16, lid) * 15 + ramp(-150, -168, lid) * 5 + clouds(hand, height, width, 300, 1) * 2
    below = slab((height, width), x + 5, y + 9, wide + 20, tall + 20, 24)
    base = burl(hand, height, width) * np.float32(0.62)
    picture = put(picture, lit(ramp(0, -12, below) * 12, base, WOOD), within(below), 120)
    picture = put(picture, lit(blur(surface, 1.5), colour, WOOD), within(lid), 14)
    return photograph(picture, hand)


def _inlay(colour: Pixels, lid: Pixels, x: float, y: float, radius: float) -> Pixels:
    height, width = lid.shape
    rows, columns = grid(height, width)
    for inset, ink, half in ((34, LEMON, 5), (48, EBONY, 3), (118, EBONY, 3), (132, LEMON, 5)):
        colour = mix(colour, rgb(ink), ramp(half + 1, half - 1, np.abs(lid + inset)))
    side = np.abs(columns - x) - np.abs(rows - y) > (lid * 0).max() + (width * 0.7 - height * 0.66) / 2
    along = np.where(side, rows - y, columns - x)
    saw = np.abs((along / 44) % 1 - 0.5) * 2
    depth = (-lid - 83) / 26
    colour = mix(colour, rgb(LEMON), ramp(0.05, -0.05, np.abs(depth) + saw - 1))
    colour = mix(colour, rgb((226, 228, 222)), ramp(0.05, -0.05, np.abs(depth) + saw - 0.5) * 0.95)
    far, angle = polar((height, width), x, y)
    r, petal = far / np.float32(radius), fold(angle, 8)
    sharp = r * (np.cos(petal * np.pi / 8) + np.sin(petal * np.pi / 8) * 0.75)
    for limit, ink in ((1.0, EBONY), (0.975, LEMON), (0.85, EBONY), (0.835, WALNUT)):
        colour = mix(colour, rgb(ink), ramp(limit + 0.005, limit - 0.005, sharp))
    for limit, ink in (
        (0.62, LEMON),
        (0.56, EBONY),
        (0.545, THUYA),
        (0.3, LEMON),
        (0.24, (226, 228, 222)),
        (0.1, EBONY),
    ):
        turned = r * (1.12 - 0.3 * (1 - petal))
        colour = mix(colour, rgb(ink), ramp(limit + 0.006, limit - 0.006, turned))
    return colour


def spoons(seed: int, width: int = 1200, height: int = 1600) -> Image.Image:
    """Four spoons of four woods on linen."""
    hand = dice(seed, "spoons")
    picture = rooms.linen(hand, height, width, (214, 204, 186))
    woods = (WALNUT, LEMON, OLIVE, THUYA)
    for i in range(4):
        x = width * (0.17 + 0.22 * i)
        _spoon(
            picture,
            hand,
            x,
            height * 0.5 + float(hand.normal(0, 22)),
            height * 0.36,
            woods[(i + seed) % 4],
            float(hand.normal(0, 0.025)),
        )
    return photograph(picture, hand)


def _spoon(picture: Pixels, hand: Generator, x: float, y: float, half: float, tint: Colour, turn: float) -> None:
    view, here_x, here_y = around(picture, x, y, half * 1.2)
    left = max(int(here_x - half * 0.42), 0)
    view = view[:, left : int(here_x + half * 0.42)]
    height, width = view.shape[:2]
    rows, columns = grid(height, width)
    v = (rows - here_y) / half
    u = (columns - (here_x - left)) / half + v * turn
    oval = np.hypot(u / 0.235, (v + 0.62) / 0.36)
    bowl = (oval - 1) * 0.22
    grip = np.abs(u) - (0.034 + 0.018 * ramp(0.1, 0.95, v) + 0.03 * ramp(-0.12, -0.3, v))
    grip = np.maximum(grip, np.maximum(v - 0.94 + 6 * u * u, -0.42 - v))
    outline = np.minimum(bowl, grip) * half
    neck = -np.log(np.exp(-bowl * half / 9) + np.exp(-grip * half / 9)) * 9
    outline = np.where(np.abs(v + 0.25) < 0.2, np.minimum(outline, neck), outline)
    hollow = np.clip(1 - (oval / 0.86) ** 2, 0, 1)
    surface = np.sqrt(np.clip(-outline / 26, 0, 1)) * 20 - hollow * half * 0.13
    colour = plain(hand, height, width, tint, turn)
    notch = ramp(0.4, 0.2, np.abs(((v * 26) % 1) - 0.5)) * (np.abs(v - 0.72) < 0.11) * (grip < -0.008)
    ringed = ramp(0.012, 0.005, np.abs(np.hypot(u, v - 0.52) - 0.026))
    mark = np.maximum(notch, ringed)
    colour = colour * (1 - mark * 0.45)[..., None]
    view[...] = put(view, lit(blur(surface - mark * 4, 2), colour, WOOD), within(outline), 24)


def tray(seed: int, width: int = 1200, height: int = 1600) -> Image.Image:
    """A walnut dish, turned, then carved with a rosette by knife."""
    hand = dice(seed, "tray")
    picture = rooms.linen(hand, height, width, (198, 176, 146))
    far, angle = polar((height, width), width / 2, height / 2)
    radius = width * 0.42
    r = far / np.float32(radius) + clouds(hand, height, width, 260, 1) * 0.0015
    cut = _rosette(r, angle)
    basin = ramp(0.9, 0.76, r) * -34
    rim = ramp(1.0, 0.965, r) * 14
    tools = np.sin(far * 0.42) * 0.35
    colour = plain(hand, height, width, WALNUT, 0.35) * (1 - cut * 0.34)[..., None]
    picture = put(picture, lit(blur(rim + basin + tools - cut * 9, 2), colour, WOOD), within((r - 1) * radius), 44)
    return photograph(picture, hand)


def _rosette(r: Pixels, angle: Pixels) -> Pixels:
    """Chip-carved petals: how deep the knife went, 0..1."""
    six, twelve, many = fold(angle, 6), fold(angle, 12), fold(angle, 40)

    def leaf(petal: Pixels, middle: float, long: float, wide: float) -> Pixels:
        width = wide * np.clip(1 - ((r - middle) / long) ** 2, 0, 1)
        return np.asarray(np.clip(1 - petal / np.maximum(width, 1e-3), 0, 1) * (np.abs(r - middle) < long))

    cut = leaf(six, 0.24, 0.2, 0.62)
    cut = np.maximum(cut, leaf(1 - six, 0.36, 0.085, 0.34) * 0.8)
    cut = np.maximum(cut, leaf(twelve, 0.56, 0.085, 0.7) * 0.9)
    for ring in (0.465, 0.655):
        cut = np.maximum(cut, ramp(0.011, 0.003, np.abs(r - ring)))
    frieze = np.clip(1 - np.abs(r - 0.94) / 0.032 - many, 0, 1) * 1.2
    cut = np.maximum(cut, frieze)
    return np.asarray(np.maximum(cut, ramp(0.008, 0.003, np.abs(r - 0.895))))

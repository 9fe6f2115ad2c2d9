"""Goat and sheep leather, vegetable tanned, sewn by hand: poufs, satchels, babouches."""

import numpy as np
from numpy.random import Generator
from PIL import Image

from hub.demo import rooms
from hub.demo.paint import Colour, Pixels, blur, clouds, dice, grid, mix, ramp, rgb, sheet, streaks
from hub.demo.relief import LEATHER, SILVER, around, fold, lit, photograph, polar, put, slab, within

HIDES: tuple[Colour, ...] = ((150, 88, 48), (176, 116, 64), (112, 44, 36), (206, 160, 62), (84, 56, 42))
THREAD: Colour = (226, 206, 166)


def hide(hand: Generator, height: int, width: int, colour: Colour) -> tuple[Pixels, Pixels]:
    """Tanned skin: its colour, and the height of its grain."""
    pores = streaks(hand, height, width, 3.4, 3.4)
    patina = clouds(hand, height, width, 190, 3)
    creases = np.abs(clouds(hand, height, width, 60, 2))
    tone = 1 + patina * 0.08 - ramp(0.07, 0.0, creases) * 0.05 + pores * 0.016
    return rgb(colour) * tone[..., None], pores * 0.34 + patina * 2.2


def stitches(along: Pixels, off: Pixels, length: float, wide: float) -> Pixels:
    """A running stitch: `along` and `off` the line, in pixels."""
    phase = np.abs((along / length) % 1 - 0.5)
    return ramp(0.36, 0.28, phase) * ramp(wide, wide * 0.5, np.abs(off))


def _sew(colour: Pixels, surface: Pixels, thread: Pixels, groove: Pixels) -> tuple[Pixels, Pixels]:
    worn = colour * (1 - groove * 0.32)[..., None]
    return mix(worn, rgb(THREAD), thread * 0.92), surface - groove * 3.4 + thread * 2.6


def pouf(seed: int, width: int = 1200, height: int = 1600) -> Image.Image:
    """A round pouf from above: twelve panels, a sewn star."""
    hand = dice(seed, "pouf")
    picture = rooms.tiles(hand, height, width, 210)
    far, angle = polar((height, width), width / 2, height / 2)
    radius = width * 0.415
    plump = clouds(hand, height, width, 230, 2)
    petal = fold(angle, 12)
    bulge = (1 - petal**2) * np.float32(0.016) * ramp(0.5, 1.0, far / np.float32(radius))
    r = far / np.float32(radius) * (1 - bulge) + plump * 0.004
    colour, grain = hide(hand, height, width, HIDES[seed % len(HIDES)])
    body = np.sqrt(np.clip(1.06 - r * r, 0.0, 1)) * radius * 0.42
    seam = (1 - petal) * r * radius * np.pi / 12
    puff = (1 - np.exp(-seam / 34)) * 26 * ramp(0.3, 0.5, r)
    tight = np.cos(seam * 0.0 + r * 26 + plump * 5) * np.exp(-seam / 60) * 2.2
    surface = body + puff + grain + tight + plump * 4
    groove = ramp(5, 1, seam) * (r > 0.33)
    thread = np.maximum(
        stitches(r * radius, seam - 13, 17, 3.2) * (r > 0.36),
        stitches(angle * 0.345 * radius, (r - 0.345) * radius, 17, 3.2),
    )
    colour, surface = _star(colour, surface, r, angle, radius)
    colour, surface = _sew(colour, surface, thread, np.maximum(groove, ramp(5, 2, np.abs(r - 0.325) * radius)))
    picture = put(picture, lit(blur(surface, 2), colour, LEATHER), within((r - 1) * radius), 90)
    return photograph(picture, hand)


def _star(colour: Pixels, surface: Pixels, r: Pixels, angle: Pixels, radius: float) -> tuple[Pixels, Pixels]:
    """Silk embroidery around the heart of the pouf."""
    petal = fold(angle, 12)
    star = r * (1 + petal * 0.55)
    silk = np.zeros_like(r)
    for ring in (0.275, 0.225, 0.14):
        silk = np.maximum(silk, ramp(4.6, 2.4, np.abs(star - ring) * radius))
    silk = np.maximum(silk, ramp(0.028, 0.02, np.hypot(petal * 0.14, r - 0.255 * 0.98)) * 0.95)
    silk = np.maximum(silk, ramp(0.045, 0.04, r))
    leaf = np.abs(petal) - 0.72 * np.sqrt(np.clip(1 - ((r - 0.68) / 0.2) ** 2, 0, 1))
    silk = np.maximum(silk, ramp(0.055, 0.02, np.abs(leaf + 0.12)) * (np.abs(r - 0.68) < 0.19))
    sheen = 0.86 + 0.14 * np.sin(angle * 260)
    return mix(colour, rgb(THREAD) * sheen[..., None], silk * 0.9), surface + silk * 2.6


def satchel(seed: int, width: int = 1200, height: int = 1600) -> Image.Image:
    """A shoulder bag on a limewashed wall: flap, embossing, brass button."""
    hand = dice(seed, "satchel")
    picture = rooms.plaster(hand, height, width, ("limewash", "sand", "rose")[seed % 3])
    x, y, wide, tall = width / 2, height * 0.62, width * 0.68, height * 0.4
    colour, grain = hide(hand, height, width, HIDES[seed % len(HIDES)])
    picture = _strap(picture, colour, grain, x, y - tall * 0.4, wide)
    body = slab((height, width), x, y, wide, tall, 70)
    surface: Pixels = ramp(0, -40, body) * 40 + grain
    piece, surface = _border(colour * np.float32(0.9), surface, body, 24)
    picture = put(picture, lit(blur(surface, 1.5), piece, LEATHER), within(body), 60)
    flap_y, flap_tall = y - tall * 0.16, tall * 0.68
    flap: Pixels = slab((height, width), x, flap_y, wide * 1.02, flap_tall, 120)
    flap = np.maximum(flap, -(grid(height, width)[0] - (y - tall / 2 - 6)))
    piece, surface = _border(colour, ramp(0, -16, flap) * 16 + grain, flap, 24)
    emboss = _tooling(height, width, x, flap_y, flap_tall * 0.27) * (flap < -44)
    piece = piece * (1 - emboss * 0.34)[..., None]
    picture = put(picture, lit(blur(surface - emboss * 5, 1.5), piece, LEATHER), within(flap), 26)
    return photograph(_button(picture, x, flap_y + flap_tall * 0.41), hand)


def _border(colour: Pixels, surface: Pixels, outline: Pixels, inset: float) -> tuple[Pixels, Pixels]:
    rows, columns = grid(*outline.shape)
    thread = stitches(columns + rows, outline + inset, 24, 4.0)
    return _sew(colour, surface, thread, ramp(6, 3, np.abs(outline + inset)))


def _tooling(height: int, width: int, x: float, y: float, radius: float) -> Pixels:
    """Pressed with a hot iron: a rosette and a frieze."""
    far, angle = polar((height, width), x, y)
    r, petal = far / np.float32(radius), fold(angle, 8)
    marks = ramp(0.045, 0.02, np.abs(r * (1 + petal * 0.4) - 0.95))
    marks = np.maximum(marks, ramp(0.045, 0.02, np.abs(r * (1 + petal * 0.4) - 0.75)))
    leaf = np.abs(petal) - 0.7 * np.sqrt(np.clip(1 - ((r - 0.4) / 0.22) ** 2, 0, 1))
    marks = np.maximum(marks, ramp(0.0, -0.12, leaf) * (np.abs(r - 0.4) < 0.22))
    marks = np.maximum(marks, ramp(0.1, 0.07, r))
    rows, columns = grid(height, width)
    lattice = np.abs(((columns - x) / 42) % 1 - 0.5) + np.abs((rows - y + radius * 1.32) / 46)
    lattice = np.minimum(
        lattice,
        np.abs(((columns - x) / 42) % 1 - 0.5) + np.abs((rows - y - radius * 0.0) / 46) + (r < 1.5) * np.float32(9),
    )
    return np.asarray(np.maximum(marks, ramp(0.1, 0.05, np.abs(lattice - 0.38))))


def _button(picture: Pixels, x: float, y: float) -> Pixels:
    view, x, y = around(picture, x, y, 80)
    height, width = view.shape[:2]
    far, _ = polar((height, width), x, y)
    dome = np.sqrt(np.clip(1 - (far / 30) ** 2, 0, 1)) * 24
    view[...] = put(view, lit(dome, sheet(height, width, (206, 160, 84)), SILVER), within(far - 30), 16)
    return picture


def _strap(picture: Pixels, colour: Pixels, grain: Pixels, x: float, y: float, wide: float) -> Pixels:
    height, width = grain.shape
    rows, columns = grid(height, width)
    away = np.hypot((columns - x) / (wide * 0.4), (rows - y) / (height * 0.36))
    band = (np.abs(away - 1) - 0.055) * wide * 0.4
    band = np.where(rows < y + 60, band, 99)
    thread = stitches(np.arctan2(rows - y, columns - x) * wide * 0.5, band + 9, 22, 3.0)
    piece, surface = _sew(colour, ramp(0, -14, band) * 9 + grain, thread, np.zeros_like(band))
    return put(picture, lit(blur(surface, 1.5), piece, LEATHER), within(band), 22)


def babouches(seed: int, width: int = 1200, height: int = 1600) -> Image.Image:
    """A pair of pointed slippers on tadelakt."""
    hand = dice(seed, "babouches")
    picture = rooms.earth(hand, height, width)
    for side in (-1, 1):
        _slipper(
            picture, hand, width * (0.5 + side * 0.2), height * 0.5, height * 0.37, side, HIDES[(seed + 2) % len(HIDES)]
        )
    return photograph(picture, hand)


def _slipper(picture: Pixels, hand: Generator, x: float, y: float, half: float, side: int, tint: Colour) -> None:
    view, x, y = around(picture, x, y, half * 1.12)
    left = max(int(x - half * 0.6), 0)
    view, x = view[:, left : int(x + half * 0.6)], x - left
    height, width = view.shape[:2]
    rows, columns = grid(height, width)
    v = (rows - y) / half
    u = (columns - x) / half * side - 0.05 * np.sin((v + 1) * 1.7) + 0.05
    toe = np.clip((v + 1.0) / 0.75, 0, 1) ** 0.62
    heel = np.sqrt(np.clip(1 - (np.clip(v - 0.55, 0, 1) / 0.45) ** 2, 0, 1))
    waist = 0.34 - 0.06 * np.exp(-(((v - 0.35) / 0.3) ** 2)) - 0.03 * ramp(-0.3, 0.7, v)
    outline = (np.abs(u) - waist * toe * heel) * half * 0.85
    outline = np.where(np.abs(v) < 1, outline, 50)
    colour, grain = hide(hand, height, width, tint)
    sole, soft = hide(hand, height, width, (190, 148, 104))
    vamp = v - 0.02 + 0.32 * np.abs(u) ** 1.5 * 2.2
    inner = np.clip(-outline, 0, 60)
    insole, _ = _sew(
        sole * (0.72 + 0.28 * ramp(0, 46, inner))[..., None], soft, stitches(rows, outline + 26, 20, 2.6), soft * 0
    )
    view[...] = put(view, lit(blur(soft + inner * -0.12, 2), insole, LEATHER), within(outline), 34)
    top = np.maximum(outline, vamp * half * 0.9)
    puff = np.sqrt(np.clip(-outline / (half * 0.34), 0, 1)) * half * 0.3 * (0.45 + 0.55 * ramp(-1, -0.1, v))
    thread = stitches(columns + rows, vamp * half * 0.9 + 16, 19, 3.2)
    spine = np.abs(u) * half
    motif = np.maximum(stitches(rows, spine - 34, 16, 3), ramp(5, 2.5, np.abs(np.abs(np.sin(v * 13)) * 20 - spine)))
    thread = np.maximum(thread, motif * (v > -0.62) * (vamp < -0.12))
    piece, surface = _sew(colour, puff + grain, thread, ramp(6, 3, np.abs(vamp * half * 0.9 + 16)))
    view[...] = put(view, lit(blur(surface, 2), piece, LEATHER), within(top), 30)

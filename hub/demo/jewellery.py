"""Tiznit silver: fibulae, bracelets and necklaces, engraved, with enamel, coral and amber."""

import numpy as np
from numpy.random import Generator
from PIL import Image

from hub.demo import rooms
from hub.demo.paint import Colour, Pixels, blur, clouds, dice, grid, ramp, rgb
from hub.demo.relief import ENAMEL, SILVER, around, fold, lit, photograph, polar, put, within

METAL: Colour = (184, 181, 174)
STONES: tuple[Colour, ...] = ((188, 52, 40), (206, 138, 40), (46, 128, 128), (52, 112, 68), (40, 68, 132))
CLOTHS: tuple[Colour, ...] = ((70, 58, 56), (58, 66, 84), (96, 60, 54))


def _cloth(seed: int, hand: Generator, height: int, width: int) -> Pixels:
    return rooms.linen(hand, height, width, CLOTHS[seed % len(CLOTHS)])


def bead(picture: Pixels, x: float, y: float, radius: float, colour: Colour, metal: bool = False) -> None:
    """A round bead or cabochon with its highlight and shadow, set into the picture."""
    view, here_x, here_y = around(picture, x, y, radius * 2.2)
    if not view.size:
        return
    far, angle = polar((view.shape[0], view.shape[1]), here_x, here_y)
    r = far / np.float32(radius)
    dome = np.sqrt(np.clip(1 - r * r * 0.96, 0, 1))
    base = np.broadcast_to(rgb(colour), (*r.shape, 3))
    shown = lit(dome * np.float32(radius), base, SILVER if metal else ENAMEL)
    if not metal:
        glow = ramp(0.2, 0.95, r) * np.clip(np.cos(angle - 0.85), 0, 1)
        shown = shown + glow[..., None] * rgb(colour) * np.float32(0.35)
    view[...] = put(view, shown, within(far - radius), radius * 0.5)


def _silver(picture: Pixels, distance: Pixels, engraved: Pixels, hand: Generator, thick: float) -> Pixels:
    """A plate by its outline (negative inside): bevelled, hammered, darkened where it is engraved."""
    height, width = distance.shape
    hammer = clouds(hand, height, width, 34, 2)
    surface = ramp(0, -thick, distance) * thick - engraved * 3.2 + hammer * 0.7
    tarnish = 1 - np.clip(blur(engraved, 2) * 0.62, 0, 0.8)
    colour = rgb(METAL) * tarnish[..., None] * (1 + hammer * np.float32(0.04))[..., None]
    return put(picture, lit(blur(surface, 1.5), colour, SILVER), within(distance), thick * 1.5)


def _line(value: Pixels, wide: float) -> Pixels:
    return ramp(wide, wide * 0.45, np.abs(value))


def fibula(seed: int, width: int = 1200, height: int = 1600) -> Image.Image:
    """A pair of tizerzai joined by a chain."""
    hand = dice(seed, "fibula")
    picture = _cloth(seed, hand, height, width)
    places = ((width * 0.28, height * 0.45), (width * 0.72, height * 0.45))
    _chain(picture, hand, places[0], places[1], height * 0.3)
    for x, y in places:
        _tizerzai(picture, dice(seed, "twin"), x, y, width * 0.215)
    return photograph(picture, hand)


def _tizerzai(picture: Pixels, hand: Generator, x: float, y: float, half: float) -> None:
    """One triangular fibula: ring and pin above, engraved field, enamel, a pendant crown below."""
    view, here_x, here_y = around(picture, x, y, half * 2.05)
    rows, columns = grid(view.shape[0], view.shape[1])
    right, low = (columns - here_x) / half, (rows - here_y) / half
    pin = np.maximum(np.abs(right + low * 0.02) - 0.035 * np.clip(0.8 - low * 0.35, 0.2, 2), np.abs(low) - 1.78) * half
    view[...] = _silver(view, pin, np.zeros_like(right), hand, 9)
    ring = (np.abs(np.hypot(right, low + 1.42) - 0.3) - 0.06) * half
    view[...] = _silver(view, ring, np.zeros_like(right), hand, 11)
    triangle = np.maximum(low - 0.62, np.abs(right) * 0.885 - (low + 1.12) * 0.5)
    scallop = np.abs(((right * 4.5) % 1) - 0.5) * 0.1
    plate = np.maximum(np.maximum(triangle, np.abs(right) - 1.02), low - 0.56 - scallop) * half
    engraved = np.zeros_like(right)
    for inset in (0.075, 0.115, 0.36):
        engraved = np.maximum(engraved, _line(plate + inset * half, 3.2))
    teeth = np.abs(((np.abs(right) * 7 + low * 3.5) % 1) - 0.5) * 0.22
    engraved = np.maximum(engraved, _line(plate + (0.2 + teeth) * half, 3.0) * (plate < -0.13 * half))
    flower = np.hypot(right, low - 0.14)
    petals = fold(np.arctan2(low - 0.14, right), 8)
    engraved = np.maximum(engraved, _line((flower - 0.3 + petals * 0.1) * half, 3.2))
    view[...] = _silver(view, plate, engraved, hand, 13)
    stone = [STONES[i] for i in hand.permutation(len(STONES))[:3]]
    bead(picture, x, y + half * 0.14, half * 0.155, stone[0])
    for away, drop in ((-0.62, 0.36), (0.62, 0.36), (0.0, -0.52)):
        bead(picture, x + away * half, y + drop * half, half * 0.078, stone[1])
    for i in range(-4, 5):
        bead(picture, x + i * half * 0.223, y + half * 0.68, half * 0.062, stone[2] if i % 2 else METAL, i % 2 == 0)


def _chain(picture: Pixels, hand: Generator, start: tuple[float, float], end: tuple[float, float], sag: float) -> None:
    count = 62
    for i in range(count):
        t = i / (count - 1)
        x = start[0] + (end[0] - start[0]) * t
        y = start[1] + 120 + sag * 4 * t * (1 - t)
        bead(picture, x + float(hand.normal(0, 1)), y, 10 if i % 2 else 7.5, METAL, True)


def bracelet(seed: int, width: int = 1200, height: int = 1600) -> Image.Image:
    """A wide cuff seen from above, enamel between filigree."""
    hand = dice(seed, "bracelet")
    picture = _cloth(seed, hand, height, width)
    x, y, radius = width * 0.5, height * 0.5, width * 0.36
    far, angle = polar((height, width), x, y)
    r = far / np.float32(radius)
    outline = (np.abs(r - 0.83) - 0.17) * radius
    engraved = _line((np.abs(r - 0.83) - 0.12) * radius, 4)
    petal = fold(angle, 16)
    engraved = np.maximum(engraved, _line((np.abs(r - 0.83) - 0.1 + petal * 0.1) * radius, 4))
    engraved = np.maximum(engraved, _line((np.hypot(r - 0.83, (1 - petal) * 0.16) - 0.05) * radius, 4))
    engraved = np.where(np.abs(r - 0.83) < 0.16, engraved, 0)
    picture = _silver(picture, outline, engraved, hand, 24)
    stones = [STONES[i] for i in hand.permutation(len(STONES))[:3]]
    for i in range(16):
        turn = 2 * np.pi * i / 16
        at = x + np.cos(turn) * radius * 0.83, y + np.sin(turn) * radius * 0.83
        bead(picture, *at, radius * (0.056 if i % 4 else 0.085), stones[1 + i % 2] if i % 4 else stones[0])
    for i in range(96):
        turn = 2 * np.pi * (i + 0.5) / 96
        for rim in (0.685, 0.975):
            bead(picture, x + np.cos(turn) * radius * rim, y + np.sin(turn) * radius * rim, radius * 0.017, METAL, True)
    return photograph(picture, hand)


def necklace(seed: int, width: int = 1200, height: int = 1600) -> Image.Image:
    """Amber, coral and silver, with a pendant."""
    hand = dice(seed, "necklace")
    picture = _cloth(seed, hand, height, width)
    stones = [STONES[i] for i in hand.permutation(3)]
    turn, x, y = -0.42 * np.pi, width * 0.5, height * 0.385
    wide, tall = width * 0.33, height * 0.29
    i = 0
    while turn < 1.42 * np.pi:
        heavy = 0.6 + 0.4 * np.cos((turn - np.pi / 2) * 0.85) ** 2
        kind = (0, 2, 1, 2)[i % 4]
        size = width * 0.001 * heavy * (34, 29, 16)[kind] * hand.uniform(0.92, 1.08)
        turn += size / 400
        spot = x + np.cos(turn) * wide, y + np.sin(turn) * tall
        bead(picture, float(spot[0]), float(spot[1]), float(size), METAL if kind == 2 else stones[kind], kind == 2)
        turn += size / 400
        i += 1
    _pendant(picture, hand, x, y + tall + width * 0.15, width * 0.145, stones[2])
    return photograph(picture, hand)


def _pendant(picture: Pixels, hand: Generator, x: float, y: float, radius: float, stone: Colour) -> None:
    view, here_x, here_y = around(picture, x, y, radius * 2)
    far, angle = polar((view.shape[0], view.shape[1]), here_x, here_y)
    r = far / np.float32(radius) * (1 + 0.06 * np.cos(angle * 12))
    petal = fold(angle, 12)
    engraved = np.maximum(_line((r - 0.86) * radius, 3.5), _line((r - 0.62 + petal * 0.16) * radius, 3.5))
    engraved = np.maximum(engraved, _line((r - 0.36) * radius, 3.5))
    view[...] = _silver(view, (r - 1) * radius, engraved, hand, 13)
    bead(picture, x, y, radius * 0.27, stone)
    for i in range(12):
        turn = 2 * np.pi * (i + 0.5) / 12
        bead(picture, x + np.cos(turn) * radius * 0.74, y + np.sin(turn) * radius * 0.74, radius * 0.06, STONES[3])
    for i in range(-2, 3):
        for link in range(3):
            bead(
                picture,
                x + i * radius * 0.34,
                y + radius * (1.02 - abs(i) * 0.09 + link * 0.13),
                radius * 0.05,
                METAL,
                True,
            )
        bead(picture, x + i * radius * 0.34, y + radius * (1.47 - abs(i) * 0.09), radius * 0.115, METAL, True)

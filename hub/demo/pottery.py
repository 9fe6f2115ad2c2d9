"""Safi and Tamegroute: dishes, bowls and tagines, thrown, painted with a donkey-hair brush, glazed."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.random import Generator
from PIL import Image

from hub.demo import rooms
from hub.demo.paint import Colour, Pixels, blur, cast, clouds, darken, dice, grid, mix, ramp, rgb
from hub.demo.relief import GLAZE, around, fold, lit, photograph, polar, put, within

GLAZES: tuple[tuple[Colour, ...], ...] = (
    ((236, 228, 208), (38, 62, 120), (206, 156, 62), (76, 118, 84)),
    ((232, 222, 200), (38, 92, 98), (190, 84, 48), (40, 58, 98)),
    ((58, 102, 74), (34, 62, 48), (118, 142, 82), (28, 44, 38)),
    ((226, 206, 170), (112, 52, 34), (40, 62, 104), (198, 140, 56)),
)


def dish(seed: int, width: int = 1200, height: int = 1600) -> Image.Image:
    """One large dish from above, on linen."""
    hand = dice(seed, "dish")
    picture = rooms.linen(hand, height, width)
    picture = throw(picture, hand, (width * 0.5, height * 0.5), width * 0.415, GLAZES[seed % len(GLAZES)], 0.5)
    return photograph(picture, hand)


def bowls(seed: int, width: int = 1200, height: int = 1600) -> Image.Image:
    """Three bowls of one firing on a cedar table."""
    hand = dice(seed, "bowls")
    picture = rooms.planks(hand, height, width, 260)
    places = ((0.32, 0.22, 0.245), (0.69, 0.49, 0.25), (0.31, 0.76, 0.24))
    for across, down, radius in places:
        picture = throw(picture, hand, (width * across, height * down), width * radius, GLAZES[seed % len(GLAZES)], 1.0)
    return photograph(picture, hand)


def throw(
    picture: Pixels, hand: Generator, at: tuple[float, float], radius: float, glaze: Sequence[Colour], deep: float
) -> Pixels:
    """A round vessel around a point; `deep` 0.5 for a dish, 1 for a bowl."""
    view, *spot = around(picture, *at, radius * 1.25)
    size = view.shape[0], view.shape[1]
    far, angle = polar(size, spot[0], spot[1])
    angle = angle + np.float32(hand.uniform(0, 6))
    wobble = clouds(hand, *size, 170, 2)
    r = far / np.float32(radius) + wobble * np.float32(0.0016)
    rim = ramp(1.0, 0.965, r) * ramp(0.925, 0.955, r)
    well = np.clip((0.94 - r) / 0.94, 0, 1)
    basin = -(1 - np.cos(np.pi * np.clip(well * 1.5, 0, 1))) / 2 * radius * 0.3 * deep
    surface = basin + rim * radius * 0.035 + wobble * 0.8
    colour = _painted(hand, r + wobble * np.float32(0.004), angle + wobble * np.float32(0.02), glaze)
    crackle = clouds(hand, *size, 14, 2)
    colour = colour * (1 + crackle * np.float32(0.022))[..., None]
    shiny = lit(blur(surface, 3), colour, GLAZE)
    shiny = _window_in_glaze(shiny, far, size, (spot[0], spot[1]), radius, deep)
    view[...] = put(view, shiny, within((r - 1) * radius), radius * 0.13)
    return picture


def _window_in_glaze(
    shiny: Pixels, far: Pixels, size: tuple[int, int], at: tuple[float, float], radius: float, deep: float
) -> Pixels:
    """The window reflected in the well: two bright panes bent by the bowl."""
    rows, columns = grid(*size)
    x, y = (columns - at[0]) / radius, (rows - at[1]) / radius
    bend = x + y
    along = x - y
    glow = ramp(0.09, 0.03, np.abs(bend - 0.62 - along * along * 0.42)) * ramp(0.42, 0.36, np.abs(along))
    glow = glow * ramp(0.01, 0.03, np.abs(along)) * (far < radius * 0.9)
    return shiny + (glow * np.float32(0.2 + 0.1 * deep))[..., None]


def _painted(hand: Generator, r: Pixels, angle: Pixels, glaze: Sequence[Colour]) -> Pixels:
    """Rings of motifs, from the rim to the heart."""
    ground, line, warm, cool = (rgb(c) for c in glaze)
    colour = np.broadcast_to(ground, (*r.shape, 3)).astype(np.float32)
    count = int(hand.choice((8, 10, 12)))
    thin, inks = 0.006, ((line, warm, cool), (cool, line, warm), (warm, cool, line))[int(hand.integers(0, 3))]

    def stroke(value: Pixels, ink: Pixels, strong: float = 0.92) -> None:
        nonlocal colour
        colour = mix(colour, ink, value * np.float32(strong))

    for ring, thick in ((0.955, 0.03), (0.9, 0.007), (0.66, 0.011), (0.62, 0.006), (0.3, 0.009)):
        stroke(ramp(thick, thick - thin, np.abs(r - ring)), line)
    many = fold(angle, count * 3)
    stroke(ramp(0.06, 0.045, np.abs(r - 0.86 + many * 0.05)) * ramp(0.035, 0.02, np.abs(r - 0.86)), inks[1])
    petal = fold(angle, count)
    leaf = np.abs(petal) - 0.82 * np.sqrt(np.clip(1 - ((r - 0.735) / 0.085) ** 2, 0, 1))
    stroke(ramp(0.02, -0.05, leaf), inks[0])
    stroke(ramp(-0.2, -0.27, leaf), ground)
    stroke(ramp(0.03, 0.02, np.hypot(petal * 0.24, r - 0.735)), inks[1])
    star = r * (1 + 0.42 * fold(angle, 8))
    stroke(ramp(0.008, 0.002, np.abs(star - 0.55)), line)
    stroke(ramp(0.5, 0.492, star) * ramp(0.315, 0.33, r), inks[2], 0.85)
    stroke(ramp(0.012, 0.006, np.abs(star - 0.42)) * ramp(0.31, 0.32, r), ground)
    heart = r * (1 + 0.9 * fold(angle, count // 2))
    stroke(ramp(0.27, 0.26, heart), inks[0])
    stroke(ramp(0.15, 0.14, heart), inks[1])
    stroke(ramp(0.035, 0.028, r), ground)
    beads = np.hypot((fold(angle, 24)) * 0.065, r - 0.59)
    stroke(ramp(0.016, 0.011, beads), inks[1])
    return colour


def tagine(seed: int, width: int = 1200, height: int = 1600) -> Image.Image:
    """A painted tagine on a table against a limewashed wall."""
    hand = dice(seed, "tagine")
    picture = rooms.plaster(hand, height, width, ("ochre", "limewash", "rose")[seed % 3])
    table = int(height * 0.68)
    picture[table:] = rooms.planks(hand, width, height - table, 130).transpose(1, 0, 2)[: height - table]
    rows, _ = grid(height, width)
    picture = darken(picture, np.exp(-np.abs(rows - table) / np.float32(14)), 0.22)
    glaze = GLAZES[seed % len(GLAZES)]
    scale = width * 0.365
    foot = height * 0.8
    picture = darken(picture, _table_shadow(height, width, foot, scale), 0.6)
    picture = _turned(picture, hand, _base_profile, (width / 2, foot, scale), 0.46, glaze, False)
    picture = _turned(picture, hand, _lid_profile, (width / 2, foot - scale * 0.4, scale), 1.72, glaze, True)
    return photograph(picture, hand)


def _table_shadow(height: int, width: int, foot: float, scale: float) -> Pixels:
    rows, columns = grid(height, width)
    oval = np.hypot(
        (columns - width / 2 - scale * 0.22) / (scale * 1.08), (rows - foot + scale * 0.04) / (scale * 0.22)
    )
    return blur(ramp(1.1, 0.72, oval), 16)


def _base_profile(up: Pixels) -> Pixels:
    """Half width by height above the foot."""
    return np.where(up < 0.36, 0.58 + 0.42 * np.sin(np.clip(up / 0.36, 0, 1) * np.pi / 2) ** 0.9, 1.0)


def _lid_profile(up: Pixels) -> Pixels:
    """A tall hat with a cup for a knob."""
    hat = 0.93 * (1 - np.clip(up / 1.4, 0, 1)) ** 0.82 + 0.07
    knob = 0.1 + 0.105 * ramp(1.33, 1.62, up)
    return np.asarray(np.maximum(hat, np.where(up > 1.22, knob, 0)))


def _turned(
    picture: Pixels,
    hand: Generator,
    profile: Callable[[Pixels], Pixels],
    place: tuple[float, float, float],
    tall: float,
    glaze: Sequence[Colour],
    lid: bool,
) -> Pixels:
    """A shape turned on the wheel, seen from the side and slightly above."""
    x, foot, scale = place
    height, width = picture.shape[:2]
    rows, columns = grid(height, width)
    aside = (columns - x) / scale
    dip = np.float32(0.13)
    up = (foot - rows) / scale
    for _ in range(2):
        reach = profile(np.clip(up, 0, tall))
        round_ = np.sqrt(np.clip(1 - (aside / reach) ** 2, 0, 1))
        up = (foot - rows) / scale + dip * reach * round_ - dip * reach * 0.45
    inside = ramp(1.008, 0.992, np.abs(aside) / reach) * ramp(-0.006, 0.006, up) * ramp(tall + 0.006, tall - 0.006, up)
    across = aside / reach
    slope = (profile(np.clip(up + 0.02, 0, tall)) - profile(np.clip(up - 0.02, 0, tall))) / 0.04
    norm = 1 / np.sqrt(1 + slope * slope)
    facing = (across * -0.55 + round_ * 0.62) * norm + slope * norm * -0.5
    wobble = clouds(hand, height, width, 120, 2)
    colour = _banded(up / tall + wobble * 0.003, np.arcsin(np.clip(across, -1, 1)) + wobble * 0.015, glaze, lid)
    tone = np.float32(0.36) + np.clip(facing, 0, 1.2) * np.float32(0.82) + wobble * np.float32(0.012)
    shine = np.exp(-(((across + 0.46) / 0.05) ** 2)) * 0.38 * ramp(0.04, 0.2, up / tall) * ramp(0.97, 0.8, up / tall)
    shine = shine + np.exp(-(((across + 0.3) / 0.3) ** 2)) * 0.06
    body = colour * tone[..., None] + shine[..., None]
    return mix(darken(picture, cast(inside, 16, 10, 22), 0.22), body, inside)


def _banded(v: Pixels, angle: Pixels, glaze: Sequence[Colour], lid: bool) -> Pixels:
    """Belts of lozenges, scales and dots around the body; v runs 0..1 upwards."""
    ground, line, warm, cool = (rgb(c) for c in glaze)
    colour = np.broadcast_to(ground, (*v.shape, 3)).astype(np.float32)
    belts = ((0.08, 0.05), (0.25, 0.1), (0.45, 0.07), (0.6, 0.05)) if lid else ((0.45, 0.3),)
    for i, (middle, half) in enumerate(belts):
        count = (22, 14, 16, 12)[i]
        petal = fold(angle, count)
        off = (v - middle) / half
        diamond = np.abs(off) + petal
        for limit, ink in ((0.98, (line, cool, line, warm)[i]), (0.62, ground), (0.4, (warm, warm, cool, line)[i])):
            colour = mix(colour, ink, ramp(limit, limit - 0.08, diamond))
        for edge in (-1.12, 1.12):
            colour = mix(colour, line, ramp(0.1, 0.06, np.abs(off - edge)))
    if lid:
        for low, ink in ((0.68, cool), (0.86, line)):
            colour = mix(colour, ink, ramp(low, low + 0.006, v))
        colour = mix(colour, warm, ramp(0.02, 0.015, np.abs(v - 0.775)))
        colour = mix(colour, line, ramp(0.022, 0.018, v))
    return colour

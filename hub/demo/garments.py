"""What people wear in their portraits: scarves, djellabas, turbans, hair."""

import numpy as np

from hub.demo.felt import Felt
from hub.demo.paint import Colour, mix, rgb
from hub.demo.palette import DYES


def shoulders(felt: Felt, robe: Colour, trim: Colour) -> None:
    felt.lay(
        felt.cut([(-0.86, 1.25), (-0.78, 0.66), (-0.42, 0.46), (0, 0.42), (0.42, 0.46), (0.78, 0.66), (0.86, 1.25)]),
        felt.plain(robe),
        16,
    )
    for away in (-0.3, 0.3):
        felt.thread([(away * 1.9, 0.62), (away * 1.5, 0.8), (away * 1.35, 1.05)], trim, 0.02)
        felt.thread([(away * 2.1, 0.66), (away * 1.7, 0.84), (away * 1.55, 1.05)], trim, 0.008)


def scarf_behind(felt: Felt, dye: Colour, dress: str) -> None:
    drop = 0.62 if dress == "veil" else 0.3
    outline = [
        (0, -0.74),
        (0.3, -0.66),
        (0.45, -0.36),
        (0.44, 0.0),
        (0.5, drop),
        (0.2, drop + 0.1),
        (-0.2, drop + 0.1),
        (-0.5, drop),
        (-0.44, 0.0),
        (-0.45, -0.36),
        (-0.3, -0.66),
    ]
    felt.lay(felt.cut(outline), felt.plain(dye, 0.8), 14)


def scarf_before(felt: Felt, dye: Colour, trim: Colour, dress: str) -> None:
    """The front of the scarf frames the face; its ends cross under the chin."""
    ring = [
        (0, -0.75),
        (0.3, -0.67),
        (0.455, -0.36),
        (0.42, 0.04),
        (0.29, 0.34),
        (0.22, 0.42),
        (0.13, 0.3),
        (0.27, 0.08),
        (0.3, -0.14),
        (0.22, -0.36),
        (0, -0.42),
    ]
    left = [(-x, y) for x, y in ring[::-1]]
    hood = np.maximum(felt.cut(ring), felt.cut(left))
    hood = np.maximum(hood, felt.cut([(-0.1, -0.73), (0.1, -0.73), (0.1, -0.42), (-0.1, -0.42)], False))
    wrap = felt.cut(
        [
            (-0.4, 0.2),
            (-0.2, 0.27),
            (0, 0.345),
            (0.2, 0.27),
            (0.4, 0.2),
            (0.5, 0.5),
            (0.3, 0.68),
            (0, 0.72),
            (-0.32, 0.66),
            (-0.5, 0.5),
        ]
    )
    felt.lay(wrap, felt.plain(dye, 0.94), 10)
    felt.lay(hood, felt.plain(dye), 10)
    shade: Colour = (int(dye[0] * 0.66), int(dye[1] * 0.66), int(dye[2] * 0.66))
    for i in range(3):
        felt.thread(
            [(-0.36 + i * 0.05, 0.3 + i * 0.08), (-0.05, 0.44 + i * 0.08), (0.38 - i * 0.03, 0.33 + i * 0.09)],
            shade,
            0.007,
        )
    for reach in (0.0, 0.035):
        felt.thread(
            [
                (-0.285 - reach, -0.16),
                (-0.205 - reach, -0.37 - reach),
                (0, -0.44 - reach),
                (0.205 + reach, -0.37 - reach),
                (0.285 + reach, -0.16),
            ],
            trim,
            0.013 - reach * 0.14,
        )
    if dress == "veil":
        for i in range(-4, 5):
            x = i * 0.055
            felt.thread([(x, -0.53 + x * x * 0.9), (x, -0.505 + x * x * 0.9)], trim, 0.022, False)


def brooch(felt: Felt) -> None:
    """A fibula where the ends meet."""
    plate = felt.cut([(-0.075, 0.78), (0.075, 0.78), (0, 0.64)], False)
    felt.lay(plate, felt.plain((206, 204, 198)), 5, 6)
    stone = felt.cut([(-0.02, 0.735), (0, 0.715), (0.02, 0.735), (0, 0.755)])
    felt.picture = mix(felt.picture, rgb((178, 48, 40)), stone)


def djellaba(felt: Felt, skin: Colour, robe: Colour, trim: Colour) -> None:
    felt.lay(
        felt.cut([(-0.5, 0.75), (-0.4, 0.36), (-0.2, 0.2), (0.2, 0.2), (0.4, 0.36), (0.5, 0.75)]),
        felt.plain(robe, 0.74),
        12,
    )
    felt.lay(
        felt.cut(
            [
                (-0.9, 1.25),
                (-0.82, 0.62),
                (-0.42, 0.42),
                (-0.15, 0.4),
                (0, 0.62),
                (0.15, 0.4),
                (0.42, 0.42),
                (0.82, 0.62),
                (0.9, 1.25),
            ]
        ),
        felt.plain(robe),
        14,
    )
    neck = felt.cut([(-0.17, 0.36), (0.17, 0.36), (0.0, 0.74)], False)
    felt.lay(neck, felt.plain(skin, 0.82), 1, 8)
    for inset in (0.0, 0.03):
        felt.thread(
            [(-0.2 - inset, 0.36), (0, 0.76 + inset * 1.5), (0.2 + inset, 0.36)], trim, 0.014 - inset * 0.2, False
        )
    felt.thread([(0, 0.78), (0, 1.1)], trim, 0.018, False)


def headgear(felt: Felt, dress: str, dye: Colour, hair: Colour) -> None:
    if dress == "long hair":
        long_hair_before(felt, hair)
        return
    if dress == "bareheaded":
        crown = [
            (-0.33, -0.1),
            (-0.37, -0.34),
            (-0.24, -0.6),
            (0.02, -0.68),
            (0.27, -0.6),
            (0.37, -0.34),
            (0.33, -0.1),
            (0.27, -0.32),
            (0.08, -0.42),
            (-0.14, -0.38),
            (-0.28, -0.28),
        ]
        felt.lay(felt.cut(crown), felt.plain(hair), 6, 16)
        return
    if dress == "cap":
        felt.lay(
            felt.cut(
                [(-0.325, -0.3), (-0.3, -0.54), (-0.14, -0.68), (0.14, -0.68), (0.3, -0.54), (0.325, -0.3), (0, -0.25)]
            ),
            felt.plain(dye),
            8,
        )
        felt.thread([(-0.31, -0.35), (0, -0.3), (0.31, -0.35)], DYES["cream"], 0.026)
        for i in range(-4, 5):
            felt.thread(
                [(i * 0.066 - 0.025, -0.41), (i * 0.066, -0.46), (i * 0.066 + 0.025, -0.41)],
                DYES["cream"],
                0.012,
                False,
            )
        return
    cloth = DYES["white"] if sum(dye) % 2 else dye
    crown = [(-0.36, -0.34), (-0.37, -0.55), (-0.2, -0.72), (0.04, -0.75), (0.26, -0.69), (0.37, -0.52), (0.36, -0.34)]
    felt.lay(felt.cut(crown), felt.plain(cloth, 0.84), 9, 18)
    for side, tone in ((-1, 0.92), (1, 1.0)):
        band = [(-0.4, -0.24), (-0.41, -0.4), (-0.1, -0.56), (0.24, -0.68), (0.36, -0.52), (0.1, -0.38), (-0.14, -0.31)]
        felt.lay(felt.cut([(x * side, y) for x, y in band]), felt.plain(cloth, tone), 8, 14)
    brim = [
        (-0.4, -0.26),
        (-0.39, -0.4),
        (-0.15, -0.43),
        (0.15, -0.43),
        (0.39, -0.4),
        (0.4, -0.26),
        (0.15, -0.29),
        (-0.15, -0.29),
    ]
    felt.lay(felt.cut(brim), felt.plain(cloth, 0.97), 8, 12)


def long_hair_behind(felt: Felt, hair: Colour) -> None:
    half = [(0.0, -0.68), (0.3, -0.58), (0.42, -0.3), (0.43, 0.1), (0.47, 0.42), (0.3, 0.52), (0.14, 0.44)]
    outline = [*half, *[(-x, y) for x, y in half[:0:-1]]]
    felt.lay(felt.cut(outline), felt.plain(hair, 0.85), 8, 16)


def long_hair_before(felt: Felt, hair: Colour) -> None:
    """Parted on one side, falling past the cheeks."""
    right = [
        (-0.1, -0.62),
        (0.2, -0.64),
        (0.38, -0.42),
        (0.4, 0.0),
        (0.43, 0.38),
        (0.34, 0.3),
        (0.29, -0.02),
        (0.2, -0.32),
    ]
    left = [(-0.06, -0.64), (-0.28, -0.58), (-0.4, -0.36), (-0.4, 0.0), (-0.43, 0.38), (-0.34, 0.3), (-0.3, -0.08)]
    felt.lay(felt.cut(left), felt.plain(hair, 0.95), 5, 14)
    felt.lay(felt.cut(right), felt.plain(hair), 5, 14)

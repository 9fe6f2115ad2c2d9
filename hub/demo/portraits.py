"""People of the cooperative, cut from felt and laid on their own weaving: no likeness, only presence."""

import numpy as np
from numpy.random import Generator
from PIL import Image

from hub.demo import rooms
from hub.demo.cloth import Frame, weave
from hub.demo.felt import Felt
from hub.demo.paint import Colour, Pixels, blur, develop, dice, grid, mix, rgb, sharpen
from hub.demo.palette import DYES
from hub.demo.weave import design_of

SKINS: tuple[Colour, ...] = ((206, 152, 112), (186, 130, 92), (162, 108, 76), (222, 172, 134), (142, 94, 66))
DRESSES = ("scarf", "veil", "turban", "cap", "bareheaded")
BACKDROPS = ("taznakht", "boujad", "hanbel", "azilal", "beni_ourain", "boucherouite")


def portrait(seed: int, dress: str = "scarf", size: int = 800) -> Image.Image:
    """Head and shoulders; `dress` is one of DRESSES."""
    hand = dice(seed, "portrait", dress)
    felt = Felt(_backdrop(seed, hand, size), hand)
    skin = SKINS[seed % len(SKINS)]
    dyes = [
        DYES[str(name)]
        for name in hand.permutation(("madder", "indigo", "saffron", "aubergine", "turquoise", "rust", "green"))
    ]
    lean = float(hand.normal(0, 0.02))
    if dress in ("scarf", "veil"):
        _shoulders(felt, dyes[1], dyes[2])
        _scarf_behind(felt, dyes[0], dress)
        _face(felt, skin, lean, None)
        _scarf_before(felt, dyes[0], dyes[2], dress)
        _brooch(felt)
    else:
        _djellaba(felt, skin, DYES[("oatmeal", "walnut", "indigo", "charcoal")[seed % 4]], dyes[2])
        hair: Colour = ((44, 36, 34), (150, 144, 138), (58, 42, 34))[seed % 3]
        _face(felt, skin, lean, hair if dress != "bareheaded" else None)
        _headgear(felt, dress, dyes[0], hair)
    light = rooms.slope_light(size, size, 0.22)
    return sharpen(develop(felt.picture * light[..., None], hand))


def _backdrop(seed: int, hand: Generator, size: int) -> Pixels:
    """A weaving a step behind, so a little dim and out of focus."""
    design = design_of(seed, BACKDROPS[seed % len(BACKDROPS)])
    wide = size * 1.5
    cloth = weave(design, (size, size), Frame(-size * 0.25, -size * 0.4, wide, wide * 1.5), hand)
    dim = np.stack([blur(cloth.colour[..., i], 3) for i in range(3)], -1)
    rows, columns = grid(size, size)
    halo = np.exp(-(((columns / size - 0.5) / 0.42) ** 2 + ((rows / size - 0.42) / 0.42) ** 2))
    return dim * np.float32(0.62) + rgb((206, 176, 136)) * (0.16 + 0.14 * halo)[..., None]


def _shoulders(felt: Felt, robe: Colour, trim: Colour) -> None:
    felt.lay(
        felt.cut([(-0.86, 1.25), (-0.78, 0.66), (-0.42, 0.46), (0, 0.42), (0.42, 0.46), (0.78, 0.66), (0.86, 1.25)]),
        felt.plain(robe),
        16,
    )
    for away in (-0.3, 0.3):
        felt.thread([(away * 1.9, 0.62), (away * 1.5, 0.8), (away * 1.35, 1.05)], trim, 0.02)
        felt.thread([(away * 2.1, 0.66), (away * 1.7, 0.84), (away * 1.55, 1.05)], trim, 0.008)


def _face(felt: Felt, skin: Colour, lean: float, beard: Colour | None) -> None:
    felt.lay(felt.cut([(-0.15, 0.1), (0.15, 0.1), (0.17, 0.5), (0, 0.6), (-0.17, 0.5)]), felt.plain(skin, 0.86), 4)
    oval = [
        (0, -0.52),
        (0.24, -0.43),
        (0.315, -0.16),
        (0.27, 0.1),
        (0.13, 0.29),
        (0, 0.33),
        (-0.13, 0.29),
        (-0.27, 0.1),
        (-0.315, -0.16),
        (-0.24, -0.43),
    ]
    colour = np.array(felt.plain(skin))
    rows, columns = grid(felt.side, felt.side)
    x, y = columns / felt.side * 2 - 1, rows / felt.side * 2 - 1
    for side in (-1, 1):
        blush = np.exp(-(((x - side * 0.17 - lean) / 0.1) ** 2 + ((y - 0.06) / 0.08) ** 2))
        colour = mix(colour, rgb((198, 92, 72)), blush * 0.2)
    felt.lay(felt.cut([(px + lean, py) for px, py in oval]), colour, 8, 34)
    if beard is not None:
        jaw = [
            (-0.3, -0.06),
            (-0.25, 0.1),
            (-0.12, 0.12),
            (0, 0.1),
            (0.12, 0.12),
            (0.25, 0.1),
            (0.3, -0.06),
            (0.29, 0.16),
            (0.15, 0.36),
            (0, 0.42),
            (-0.15, 0.36),
            (-0.29, 0.16),
        ]
        felt.lay(felt.cut([(px + lean, py) for px, py in jaw]), felt.plain(beard), 4, 14)
    _features(felt, lean, beard or (56, 38, 32), skin, beard is not None)


def _features(felt: Felt, lean: float, brow: Colour, skin: Colour, bearded: bool) -> None:
    dark: Colour = (54, 34, 30)
    deep: Colour = (int(skin[0] * 0.72), int(skin[1] * 0.64), int(skin[2] * 0.62))
    for side in (-1, 1):
        x = lean + side * 0.135
        white = felt.cut([(x - 0.064, -0.088), (x, -0.122), (x + 0.064, -0.088), (x, -0.066)])
        felt.picture = mix(felt.picture, rgb((236, 226, 212)), white * 0.85)
        iris = felt.cut([(x, -0.125), (x + 0.029, -0.094), (x, -0.067), (x - 0.029, -0.094)])
        felt.picture = mix(felt.picture, rgb(dark), iris * np.maximum(white, 0.15))
        felt.thread(
            [(x - 0.074, -0.082), (x - 0.035, -0.113), (x, -0.122), (x + 0.035, -0.113), (x + 0.074, -0.082)],
            dark,
            0.012,
        )
        felt.thread([(x - 0.08, -0.185), (x, -0.215), (x + 0.08, -0.185)], brow, 0.017)
    felt.thread([(lean + 0.005, -0.1), (lean + 0.035, 0.03), (lean + 0.03, 0.055), (lean - 0.02, 0.06)], deep, 0.01)
    lip: Colour = (int(skin[0] * 0.84), int(skin[1] * 0.58), int(skin[2] * 0.58))
    mouth = 0.175 if bearded else 0.165
    lips = felt.cut(
        [(lean - 0.075, mouth - 0.006), (lean, mouth - 0.014), (lean + 0.075, mouth - 0.006), (lean, mouth + 0.032)]
    )
    felt.picture = mix(felt.picture, rgb(lip), lips * 0.7)
    felt.thread([(lean - 0.08, mouth - 0.01), (lean, mouth + 0.004), (lean + 0.08, mouth - 0.01)], (112, 50, 44), 0.007)


def _scarf_behind(felt: Felt, dye: Colour, dress: str) -> None:
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


def _scarf_before(felt: Felt, dye: Colour, trim: Colour, dress: str) -> None:
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


def _brooch(felt: Felt) -> None:
    """A fibula where the ends meet."""
    plate = felt.cut([(-0.075, 0.78), (0.075, 0.78), (0, 0.64)], False)
    felt.lay(plate, felt.plain((206, 204, 198)), 5, 6)
    stone = felt.cut([(-0.02, 0.735), (0, 0.715), (0.02, 0.735), (0, 0.755)])
    felt.picture = mix(felt.picture, rgb((178, 48, 40)), stone)


def _djellaba(felt: Felt, skin: Colour, robe: Colour, trim: Colour) -> None:
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


def _headgear(felt: Felt, dress: str, dye: Colour, hair: Colour) -> None:
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

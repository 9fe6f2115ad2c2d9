"""People of the cooperative, cut from felt and laid on their own weaving: no likeness, only presence."""

import numpy as np
from numpy.random import Generator
from PIL import Image

from hub.demo import garments, rooms
from hub.demo.cloth import Frame, weave
from hub.demo.felt import Felt
from hub.demo.paint import Colour, Pixels, blur, develop, dice, grid, mix, rgb, sharpen
from hub.demo.palette import DYES
from hub.demo.weave import design_of

SKINS: tuple[Colour, ...] = ((206, 152, 112), (186, 130, 92), (162, 108, 76), (222, 172, 134), (142, 94, 66))
DRESSES = ("scarf", "veil", "turban", "cap", "bareheaded", "long hair")
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
        garments.shoulders(felt, dyes[1], dyes[2])
        garments.scarf_behind(felt, dyes[0], dress)
        _face(felt, skin, lean, None)
        garments.scarf_before(felt, dyes[0], dyes[2], dress)
        garments.brooch(felt)
    else:
        garments.djellaba(felt, skin, DYES[("oatmeal", "walnut", "indigo", "charcoal")[seed % 4]], dyes[2])
        hair: Colour = ((44, 36, 34), (150, 144, 138), (74, 48, 34))[seed % 3]
        if dress == "long hair":
            garments.long_hair_behind(felt, hair)
        bearded = dress in ("turban", "cap")
        _face(felt, skin, lean, hair if bearded else None)
        garments.headgear(felt, dress, dyes[0], hair)
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

"""Light, noise and colour for the drawn pictures: everything is a float32 array, channels last, 0..1."""

from typing import Any
from zlib import crc32

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Pixels = NDArray[np.floating[Any]]
Colour = tuple[int, int, int]
LIGHT = (-0.52, -0.62, 0.59)  # from the upper left, towards the viewer


def dice(seed: int, *salt: str) -> Generator:
    """The same seed and salt throw the same numbers for ever."""
    return np.random.default_rng([seed, *(crc32(word.encode()) for word in salt)])


def rgb(colour: Colour) -> Pixels:
    """0..255 to 0..1."""
    return np.asarray(colour, np.float32) / 255


def sheet(height: int, width: int, colour: Colour) -> Pixels:
    """A plain sheet of one colour."""
    return np.broadcast_to(rgb(colour), (height, width, 3)).astype(np.float32)


def stretch(field: Pixels, height: int, width: int) -> Pixels:
    """A single-channel field enlarged or reduced smoothly."""
    flat = Image.fromarray(np.ascontiguousarray(field, np.float32))
    filter_ = Image.Resampling.BICUBIC if height >= field.shape[0] else Image.Resampling.BOX
    return np.asarray(flat.resize((width, height), filter_), np.float32)


def clouds(dice_: Generator, height: int, width: int, cell: float, octaves: int = 2) -> Pixels:
    """Smooth noise around 0, roughly -1..1; `cell` is the size in pixels of its largest lumps."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        step = max(cell / 2**octave, 1.0)
        grid = dice_.standard_normal((int(height / step) + 3, int(width / step) + 3)).astype(np.float32)
        total += stretch(grid, height, width) * 0.6**octave
    return total * np.float32(0.6)


def streaks(dice_: Generator, height: int, width: int, long: float, thin: float = 1.0) -> Pixels:
    """Noise drawn out downwards: hair, grain, brushed plaster."""
    grid = dice_.standard_normal((int(height / long) + 3, int(width / thin) + 3), dtype=np.float32)
    flat = Image.fromarray(grid).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(flat, np.float32)


def grid(height: int, width: int) -> tuple[Pixels, Pixels]:
    """Row and column of each pixel."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    return rows, columns


def ramp(low: float, high: float, value: Pixels) -> Pixels:
    """0 below low, 1 above high, an S between; low may exceed high to run downwards."""
    t = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def mix(under: Pixels, over: Pixels, amount: Pixels) -> Pixels:
    """Paint one colour array over another by a single-channel amount."""
    return under + (over - under) * amount[..., None]


def blur(field: Pixels, radius: float) -> Pixels:
    """A soft single-channel copy, without the 8-bit steps that show up as bands once lit."""
    shrink = max(int(radius / 2), 1)
    height, width = field.shape
    small = stretch(field, max(height // shrink, 2), max(width // shrink, 2)) if shrink > 1 else field
    for _ in range(2):
        edged = np.pad(small, 2, mode="edge")
        tall = (edged[:-4] + 4 * edged[1:-3] + 6 * edged[2:-2] + 4 * edged[3:-1] + edged[4:]) / 16
        small = (tall[:, :-4] + 4 * tall[:, 1:-3] + 6 * tall[:, 2:-2] + 4 * tall[:, 3:-1] + tall[:, 4:]) / 16
    return stretch(small, height, width) if shrink > 1 else small


def slopes(height_map: Pixels) -> tuple[Pixels, Pixels]:
    """How the surface rises to the right and downwards, per pixel."""
    across = np.zeros_like(height_map)
    down = np.zeros_like(height_map)
    across[:, 1:-1] = (height_map[:, 2:] - height_map[:, :-2]) / 2
    down[1:-1] = (height_map[2:] - height_map[:-2]) / 2
    return across, down


def cast(mask: Pixels, right: int, down: int, softness: float) -> Pixels:
    """The shadow a shape throws, 0..1."""
    moved = np.zeros_like(mask)
    height, width = mask.shape
    moved[max(down, 0) :, max(right, 0) :] = mask[: height - max(down, 0), : width - max(right, 0)]
    return blur(moved, softness)


def darken(
    picture: Pixels, shadow: Pixels, depth: float, tint: tuple[float, float, float] = (1.0, 0.92, 0.8)
) -> Pixels:
    """Warm shadows: the deeper, the less blue is kept out."""
    return np.asarray(picture * (1 - shadow[..., None] * (np.asarray(tint, np.float32) * np.float32(depth))))


def shape(size: tuple[int, int], drawn: Image.Image) -> Pixels:
    """A mask drawn large by Pillow, reduced to (height, width) with soft edges."""
    small = drawn.resize((size[1], size[0]), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / 255


def develop(picture: Pixels, dice_: Generator, grain: float = 0.012) -> Image.Image:
    """The last step of every photograph: gentle contrast, vignette, film grain."""
    height, width = picture.shape[:2]
    rows, columns = np.ogrid[-1:1:50j, -1:1:50j]
    falloff = stretch(1 - 0.13 * (rows**2 + columns**2) ** 1.3 / 2, height, width)
    speckle = dice_.standard_normal((height // 2 + 1, width // 2 + 1), dtype=np.float32)
    noise = np.repeat(np.repeat(speckle, 2, 0), 2, 1)[:height, :width] * np.float32(grain)
    lit = np.clip(picture * falloff[..., None] + noise[..., None], 0, 1).astype(np.float32)
    lit += np.float32(0.4) * (lit - np.float32(0.5)) * lit * (1 - lit)
    return Image.fromarray((np.clip(lit, 0, 1) * np.float32(255)).astype(np.uint8))


def sharpen(image: Image.Image) -> Image.Image:
    """What every camera does before it shows you the picture."""
    return image.filter(ImageFilter.Kernel((3, 3), (-1, -2, -1, -2, 44, -2, -1, -2, -1), 32))

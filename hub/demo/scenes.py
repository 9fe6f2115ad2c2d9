"""Villages under the Atlas, in flat earth colours with evening light: the storefront's hero and the artisans' headers."""

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from hub.demo.paint import Colour, Pixels, clouds, develop, dice, grid, mix, ramp, rgb, sharpen, streaks

Ridge = Pixels
SKIES: tuple[tuple[Colour, Colour], ...] = (
    ((122, 160, 186), (244, 222, 190)),
    ((146, 168, 190), (248, 206, 168)),
    ((104, 150, 186), (232, 224, 206)),
)


def village(seed: int, width: int = 1600, height: int = 900) -> Image.Image:
    """Ranges, a village on its shoulder, terraces below."""
    hand = dice(seed, "village")
    above, below = SKIES[seed % len(SKIES)]
    picture = _sky(hand, height, width, above, below)
    haze = rgb(below)
    for depth in range(4):
        picture = _range(picture, hand, depth, haze)
    picture = _hill(picture, hand, height * 0.73, height * 0.1, (176, 118, 80))
    picture = _houses(picture, hand, int(hand.integers(13, 18)), 0.62, 0.78, 0.75)
    picture = _terraces(picture, hand)
    picture = _trees(picture, hand)
    picture = _houses(picture, hand, 4, 0.845, 0.88, 1.35)
    picture = _hill(picture, hand, height * 0.945, height * 0.05, (120, 96, 56))
    warm = _evening(height, width)
    return sharpen(develop(picture * warm, hand, 0.014))


def _evening(height: int, width: int) -> Pixels:
    rows, columns = grid(height, width)
    glow = np.exp(-((columns / width - 0.1) ** 2 + (rows / height - 0.35) ** 2) * 3)
    return 1 + glow[..., None] * np.asarray((0.11, 0.06, 0.0), np.float32)


def _sky(hand: Generator, height: int, width: int, above: Colour, below: Colour) -> Pixels:
    rows, _ = grid(height, width)
    sky = mix(np.broadcast_to(rgb(above), (height, width, 3)), rgb(below), ramp(0, height * 0.55, rows))
    thin = clouds(hand, height, width // 4, 70, 3)
    wide = np.asarray(Image.fromarray(thin.astype(np.float32)).resize((width, height), Image.Resampling.BICUBIC))
    return mix(sky, rgb((252, 244, 230)), ramp(0.25, 1.3, wide) * 0.55)


def ridge(hand: Generator, width: int, base: float, tall: float, rough: float = 0.55) -> Ridge:
    """A skyline: for each column the row where the mountain begins."""
    line = np.zeros(width, np.float32)
    for octave in range(8):
        count = 3 * 2**octave
        heights = hand.uniform(-1, 1, count + 3)
        line += np.interp(np.linspace(0.3, count + 1.3, width), np.arange(count + 3), heights) * rough**octave
    return base - tall * line


def _range(picture: Pixels, hand: Generator, depth: int, haze: Pixels) -> Pixels:
    """One range, further ones paler; faces towards the sun are light, gullies run down."""
    height, width = picture.shape[:2]
    colour = ((126, 128, 148), (138, 120, 124), (150, 108, 92), (162, 104, 72))[depth]
    line = ridge(hand, width, height * (0.32, 0.43, 0.52, 0.61)[depth], height * (0.1, 0.075, 0.065, 0.05)[depth])
    rows, _ = grid(height, width)
    under = rows - line[None, :]
    mask = ramp(-1, 1, under)
    lean = (clouds(hand, height, width * 2, 140, 5)[:, ::2] + streaks(hand, height, width, 90, 26) * 0.12)
    facing = np.roll(lean, 5, 1) - lean
    tone = 1 + facing * 1.9 - ramp(0, height * 0.4, under) * 0.04
    rock = rgb(colour) * np.clip(tone, 0.55, 1.35)[..., None]
    if depth == 0:
        snow = ramp(0.25, -0.1, under / height * 2.4 + lean * 0.16 - 0.02) * np.clip(tone, 0.75, 1.08)
        rock = mix(rock, rgb((250, 248, 246)) * np.clip(tone, 0.86, 1.04)[..., None], np.clip(snow, 0, 1))
    far = np.float32((0.46, 0.34, 0.2, 0.08)[depth]) + ramp(0, height * 0.26, under) * np.float32(0.2)
    return mix(picture, mix(rock, haze, far), mask)


def _hill(picture: Pixels, hand: Generator, base: float, tall: float, colour: Colour) -> Pixels:
    height, width = picture.shape[:2]
    line = ridge(hand, width, base, tall * 0.6, 0.42)
    rows, _ = grid(height, width)
    under = rows - line[None, :]
    lean = clouds(hand, height, width, 120, 5)
    tone = 1 + lean * 0.06 + (np.roll(lean, 4, 1) - lean) * 1.2
    return mix(picture, rgb(colour) * tone[..., None], ramp(-1, 1, under))


def _terraces(picture: Pixels, hand: Generator) -> Pixels:
    """Barley, alfalfa and fallow, held by low walls."""
    height, width = picture.shape[:2]
    fields: tuple[Colour, ...] = ((126, 138, 70), (158, 150, 78), (104, 126, 66), (184, 154, 92), (140, 112, 74))
    rows, _ = grid(height, width)
    for step in range(7):
        line = ridge(hand, width, height * (0.775 + step * 0.026), height * 0.011, 0.5)
        under = rows - line[None, :]
        cuts = np.sort(hand.uniform(0, width, 9))
        which = np.searchsorted(cuts, np.arange(width) + hand.normal(0, 1))
        colours = np.stack([rgb(fields[int(hand.integers(0, len(fields)))]) for _ in range(len(cuts) + 1)])
        furrow = streaks(hand, width, height, 60, 2).T[:height, :width] * 0.045
        tone = 1 + furrow - ramp(7, 0, under) * 0.28
        picture = mix(picture, colours[which][None] * tone[..., None], ramp(-1, 1, under))
    return picture


def _houses(picture: Pixels, hand: Generator, count: int, top: float, foot: float, size: float) -> Pixels:
    """Adobe cubes, furthest first: a bright face, a shaded face, small windows, poles of the roof."""
    height, width = picture.shape[:2]
    over = Image.new("RGBA", (width * 2, height * 2), (0, 0, 0, 0))
    pen = ImageDraw.Draw(over)
    middle = hand.uniform(0.32, 0.68) if size < 1 else hand.choice((0.12, 0.86))
    for y in np.sort(hand.uniform(top, foot, count)):
        x = (middle + hand.normal(0, 0.13 if size < 1 else 0.06)) * width
        _house(pen, hand, x * 2, y * height * 2, height * 0.115 * size * hand.uniform(0.7, 1.15), size < 1)
    drawn = np.asarray(over.resize((width, height), Image.Resampling.LANCZOS), np.float32) / 255
    straw = 1 + clouds(hand, height, width, 22, 3) * np.float32(0.045)
    return mix(picture, drawn[..., :3] * straw[..., None], drawn[..., 3])


def _house(pen: ImageDraw.ImageDraw, hand: Generator, x: float, y: float, tall: float, towers: bool) -> None:
    tower = towers and hand.random() < 0.22
    wide = tall * (0.62 if tower else hand.uniform(0.85, 1.7))
    tall = tall * (1.7 if tower else 1)
    side = wide * hand.uniform(0.28, 0.45)
    tone = hand.uniform(0.88, 1.08)
    lit = tuple(int(c * tone) for c in (214, 152, 104))
    dim = tuple(int(c * tone) for c in (146, 94, 70))
    rim = tuple(int(c * tone) for c in (232, 178, 128))
    pen.polygon([(x, y - tall), (x + wide, y - tall), (x + wide, y), (x, y)], fill=lit)
    pen.polygon([(x + wide, y - tall), (x + wide + side, y - tall * 0.95), (x + wide + side, y), (x + wide, y)], fill=dim)
    pen.rectangle((x - 2, y - tall - 4, x + wide, y - tall + 3), fill=rim)
    if tower:
        for i in range(3):
            left = x + i * wide * 0.38
            pen.polygon([(left, y - tall), (left + wide * 0.12, y - tall * 1.08), (left + wide * 0.24, y - tall)], fill=lit)
    dark = (78, 48, 40)
    floors = 2 if tall > wide * 0.75 else 1
    for floor in range(floors):
        for i in range(max(int(wide / 26), 1)):
            left = x + wide * (i + 0.5) / max(int(wide / 26), 1) - 4 + hand.normal(0, 2)
            top = y - tall * (0.78 - floor * 0.4)
            pen.rectangle((left, top, left + 7, top + 10), fill=dark)
            pen.line((left - 2, top - 2, left + 9, top - 2), fill=rim, width=2)
    if not tower and hand.random() < 0.6:
        door = x + wide * hand.uniform(0.2, 0.7)
        paint = ((64, 104, 122), (120, 74, 48), (92, 112, 84))[int(hand.integers(0, 3))]
        pen.rectangle((door, y - tall * 0.3, door + tall * 0.15, y), fill=paint)
    pen.line((x, y, x + wide + side, y), fill=(110, 72, 50), width=3)


def _trees(picture: Pixels, hand: Generator) -> Pixels:
    """Poplars along the water, walnuts in the fields."""
    height, width = picture.shape[:2]
    over = Image.new("RGBA", (width * 2, height * 2), (0, 0, 0, 0))
    pen = ImageDraw.Draw(over)
    places = [(x, 0.80 + hand.normal(0, 0.008)) for x in np.linspace(0.04, 0.96, 26) + hand.normal(0, 0.03, 26)]
    places += [(hand.uniform(0, 1), hand.uniform(0.84, 0.93)) for _ in range(14)]
    for across, down in sorted(places, key=lambda place: place[1]):
        _tree(pen, hand, across * width * 2, down * height * 2, height * 0.085 * (0.75 + (down - 0.79) * 4))
    drawn = np.asarray(over.resize((width, height), Image.Resampling.LANCZOS), np.float32) / 255
    return mix(picture, drawn[..., :3], drawn[..., 3])


def _tree(pen: ImageDraw.ImageDraw, hand: Generator, x: float, y: float, tall: float) -> None:
    poplar = hand.random() < 0.6
    wide = tall * (0.2 if poplar else 0.62)
    rise = tall * (1.5 if poplar else 0.85)
    pen.line((x, y, x, y - rise * 0.5), fill=(84, 62, 44), width=5)
    for _ in range(90):
        up = hand.uniform(0.15, 1)
        spread = wide * (1 - abs(up - 0.5) * (1.5 if poplar else 1.2)) * hand.uniform(-1, 1)
        sunny = np.clip(0.72 + up * 0.3 - spread / wide * 0.3 + hand.normal(0, 0.06), 0.5, 1.3)
        fill = tuple(int(c * sunny) for c in (106, 124, 62))
        reach = tall * hand.uniform(0.05, 0.1)
        pen.ellipse((x + spread - reach, y - rise * up - reach, x + spread + reach, y - rise * up + reach), fill=fill)

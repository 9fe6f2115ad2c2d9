"""Villages under the Atlas in evening light: the storefront's hero and the artisans' headers."""

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from hub.demo.paint import (
    Colour,
    Pixels,
    clouds,
    develop,
    dice,
    grid,
    mix,
    ramp,
    rgb,
    sharpen,
    slopes,
    streaks,
    stretch,
)

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
    middle = float(hand.uniform(0.3, 0.7))
    picture = _hill(picture, hand, middle)
    picture = _houses(picture, hand, _on_hill(hand, middle), 0.8)
    picture = _terraces(picture, hand)
    picture = _trees(picture, hand)
    side = 0.1 if middle > 0.5 else 0.84
    picture = _houses(picture, hand, [(side + float(hand.normal(0, 0.05)), y) for y in (0.86, 0.885, 0.9)], 1.4)
    warm = _evening(height, width)
    return sharpen(develop(picture * warm, hand, 0.006))


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


def _relief(hand: Generator, height: int, width: int, cell: float, octaves: int) -> Pixels:
    """How much a slope faces the evening sun, about -1..1, as gullies that run down and to the side."""
    small_h, small_w = height // 2 + 1, width // 2 + 1
    lumps = clouds(hand, small_h, small_w + small_h, cell / 2, octaves)
    rows, columns = grid(small_h, small_w)
    sway = clouds(hand, small_h, small_w, cell, 2) * 9
    leaning = lumps[rows.astype(np.intp), np.clip(columns + rows * 0.55 + sway, 0, lumps.shape[1] - 1).astype(np.intp)]
    across, down = slopes(leaning)
    faces = np.tanh((across * -1.0 + down * -0.35) * cell * 0.16)
    return stretch(faces + leaning * 0.25, height, width)


def _range(picture: Pixels, hand: Generator, depth: int, haze: Pixels) -> Pixels:
    """One range, further ones paler; faces towards the sun are light, the others blue."""
    height, width = picture.shape[:2]
    colour = ((120, 124, 148), (138, 122, 130), (158, 116, 98), (172, 116, 82))[depth]
    base, tall = (0.34, 0.46, 0.56, 0.645)[depth], (0.12, 0.085, 0.06, 0.035)[depth]
    line = ridge(hand, width, height * base, height * tall, (0.53, 0.5, 0.44, 0.4)[depth])
    start = max(int(line.min()) - 2, 0)
    view = picture[start:]
    rows, _ = grid(view.shape[0], width)
    under = rows + start - line[None, :]
    sun = _relief(hand, view.shape[0], width, (190, 170, 150, 240)[depth], (6, 5, 5, 4)[depth])
    strength = (0.16, 0.13, 0.14, 0.1)[depth]
    rock = rgb(colour) * (1 + sun * strength)[..., None] + sun[..., None] * np.asarray((0.02, 0.0, -0.02), np.float32)
    if depth == 0:
        line_of_snow = ramp(0.15, -0.1, under / height + sun * 0.05 - 0.01)
        cold = np.asarray((0.93, 0.93, 0.95), np.float32) + sun[..., None] * np.asarray((0.07, 0.055, 0.03), np.float32)
        rock = mix(rock, cold, line_of_snow)
    far = np.float32((0.2, 0.27, 0.16, 0.04)[depth]) + ramp(0, height * 0.3, under) * np.float32(
        (0.5, 0.45, 0.4, 0.2)[depth]
    )
    view[...] = mix(view, mix(rock, haze, far), ramp(-1, 1, under))
    return picture


def _hill(picture: Pixels, hand: Generator, middle: float) -> Pixels:
    """The shoulder that the village stands on."""
    height, width = picture.shape[:2]
    columns = np.arange(width) / width
    line = ridge(hand, width, height * 0.775, height * 0.012, 0.4)
    line = line - height * 0.15 * np.exp(-(((columns - middle) / 0.21) ** 2))
    start = int(line.min()) - 2
    view = picture[start:]
    rows, _ = grid(view.shape[0], width)
    under = rows + start - line[None, :]
    sun = _relief(hand, view.shape[0], width, 130, 5)
    side = ((columns - middle) * 0.45)[None, :]
    tone = 1 + sun * 0.05 - np.clip(side, -0.1, 0.14) - ramp(0, height * 0.2, under) * 0.08
    view[...] = mix(view, rgb((188, 130, 88)) * tone[..., None], ramp(-1, 1, under))
    return picture


def _terraces(picture: Pixels, hand: Generator) -> Pixels:
    """Barley, alfalfa and fallow, held by low walls, wider towards us."""
    height, width = picture.shape[:2]
    fields: tuple[Colour, ...] = ((128, 136, 76), (164, 152, 84), (108, 124, 70), (188, 158, 98), (150, 120, 82))
    near = 0.775
    for step in range(8):
        line = ridge(hand, width, height * near, height * (0.006 + step * 0.0022), 0.45)
        near += 0.014 + step * 0.0062
        start = max(int(line.min()) - 2, 0)
        view = picture[start:]
        rows, _ = grid(view.shape[0], width)
        under = rows + start - line[None, :]
        cuts = np.sort(hand.uniform(0, width, 10 - step))
        slant = np.arange(width)[None, :] + under * hand.uniform(-1.2, 1.2)
        which = np.searchsorted(cuts, slant)
        colours = np.stack([rgb(fields[int(hand.integers(0, len(fields)))]) for _ in range(len(cuts) + 1)])
        furrow = streaks(hand, width, view.shape[0], 50, 2 + step * 0.6).T * (0.03 + step * 0.006)
        tone = 1 + furrow - ramp(5 + step * 1.6, 0, under) * 0.3
        view[...] = mix(view, colours[which] * tone[..., None], ramp(-1, 1, under))
    return picture


def _on_hill(hand: Generator, middle: float) -> list[tuple[float, float]]:
    """Rows of houses that follow the shoulder, highest row first, as shares of the picture."""
    places = []
    for row in range(5):
        reach = 0.045 + row * 0.03
        for x in np.arange(-reach, reach, 0.036):
            if hand.random() < 0.85:
                away = x + float(hand.normal(0, 0.006))
                crest = 0.645 + 0.13 * (1 - np.exp(-((away / 0.21) ** 2)))
                places.append((middle + away - 0.02, float(crest + row * 0.024 + hand.normal(0, 0.003))))
    return places


def _houses(picture: Pixels, hand: Generator, places: list[tuple[float, float]], size: float) -> Pixels:
    """Adobe cubes, furthest first: a bright face, a shaded face, small windows."""
    height, width = picture.shape[:2]
    over = Image.new("RGBA", (width * 2, height * 2), (0, 0, 0, 0))
    pen = ImageDraw.Draw(over)
    for x, y in sorted(places, key=lambda place: place[1]):
        _house(pen, hand, x * width * 2, y * height * 2, height * 0.09 * size * hand.uniform(0.7, 1.15), size < 1)
    drawn = np.asarray(over.resize((width, height), Image.Resampling.BOX), np.float32) / 255
    straw = 1 + clouds(hand, height, width, 22, 2) * np.float32(0.04)
    return mix(picture, drawn[..., :3] * straw[..., None], drawn[..., 3])


def _house(pen: ImageDraw.ImageDraw, hand: Generator, x: float, y: float, tall: float, towers: bool) -> None:
    tower = towers and hand.random() < 0.1
    wide = tall * (0.62 if tower else hand.uniform(0.85, 1.7))
    tall = tall * (1.7 if tower else 1)
    side = wide * hand.uniform(0.28, 0.45)
    tone = hand.uniform(0.88, 1.08)
    lit = tuple(int(c * tone) for c in (216, 160, 114))
    dim = tuple(int(c * tone) for c in (150, 102, 80))
    rim = tuple(int(c * tone) for c in (232, 178, 128))
    pen.polygon([(x, y - tall), (x + wide, y - tall), (x + wide, y), (x, y)], fill=lit)
    pen.polygon(
        [(x + wide, y - tall), (x + wide + side, y - tall * 0.95), (x + wide + side, y), (x + wide, y)], fill=dim
    )
    pen.rectangle((x - 2, y - tall - 4, x + wide, y - tall + 3), fill=rim)
    if tower:
        for i in range(3):
            left = x + i * wide * 0.38
            pen.polygon(
                [(left, y - tall), (left + wide * 0.12, y - tall * 1.08), (left + wide * 0.24, y - tall)], fill=lit
            )
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
    drawn = np.asarray(over.resize((width, height), Image.Resampling.BOX), np.float32) / 255
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

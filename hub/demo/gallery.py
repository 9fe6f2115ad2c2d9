"""Every picture of the demo by its few words: what to draw, from which seed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from hub.demo import jewellery, leather, loom, pottery, weave, wood
from hub.demo.designs import STYLES

OBJECTS: dict[str, Callable[[int, int, int], Image.Image]] = {
    "dish": pottery.dish,
    "bowls": pottery.bowls,
    "tagine": pottery.tagine,
    "fibula": jewellery.fibula,
    "bracelet": jewellery.bracelet,
    "necklace": jewellery.necklace,
    "pouf": leather.pouf,
    "satchel": leather.satchel,
    "babouches": leather.babouches,
    "box": wood.box,
    "spoons": wood.spoons,
    "tray": wood.tray,
}
VIEWS = ("front", "detail", "loom")
WOVEN_SO_FAR = 0.55


@dataclass(frozen=True)
class Picture:
    """A photograph to draw. `view` is one of VIEWS; only rugs are seen on the loom."""

    view: str
    style: str
    seed: int


def draw(picture: Picture, width: int = 1200, height: int = 1600) -> Image.Image:
    """The photograph itself."""
    if picture.style not in STYLES:
        return _object(picture, width, height)
    if picture.view == "detail":
        return weave.detail(picture.seed, picture.style, width, height)
    if picture.view == "loom":
        return loom.progress(picture.seed, picture.style, WOVEN_SO_FAR, width, height)
    return weave.rug(picture.seed, picture.style, width, height)


def draw_all(pictures: Sequence[Picture], width: int = 1200, height: int = 1600) -> list[Image.Image]:
    """All views of one piece; what they share is drawn once."""
    held: dict[tuple[str, int], Image.Image] = {}
    found = []
    for picture in pictures:
        if picture.style in STYLES:
            found.append(draw(picture, width, height))
            continue
        key = (picture.style, picture.seed)
        if key not in held:
            held[key] = OBJECTS[picture.style](picture.seed, width, height)
        found.append(_view(held[key], picture.view))
    return found


def _object(picture: Picture, width: int, height: int) -> Image.Image:
    """Small things come closer by stepping nearer: the middle of the same photograph."""
    return _view(OBJECTS[picture.style](picture.seed, width, height), picture.view)


def _view(whole: Image.Image, view: str) -> Image.Image:
    width, height = whole.size
    if view == "front":
        return whole
    return whole.crop((width // 5, height // 4, width * 4 // 5, height * 3 // 4 + height // 20))

"""Pictures: what happens when somebody sends one.

It is turned upright by its EXIF, loses every other note the camera made (its location above all), and is kept as two
WebP renditions. Bytes lie in an object store (a folder, or S3), the row says whose they are.
"""

from __future__ import annotations

import asyncio
import io
import warnings
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

import obstore
from obstore.store import LocalStore, from_url
from PIL import Image, ImageOps, UnidentifiedImageError

from hub.config import config
from hub.errors import Refusal
from hub.ids import new_id, uuid_or_none
from hub.unit import Actor, Unit, verb
from hub.views.media import photo
from models.media import Media, MediaThread
from models.people import Person

FORMATS = ("JPEG", "PNG", "WEBP", "MPO", "AVIF", "GIF")
SIDES = {"small": 480, "large": 1600}  # longest side of each rendition, in pixels
PUBLIC = frozenset({"product", "portrait", "village"})
PURPOSES = frozenset(
    {"message", "progress", "finished", "proof", "portrait", "product", "reference", "inspection", "dispute"}
)
_decoding = asyncio.Semaphore(2)  # a large picture takes some 200 MB while it is decoded


class Renditions(NamedTuple):
    """A picture as it is kept; `width` and `height` are those of `large`."""

    small: bytes
    large: bytes
    width: int
    height: int


def renditions(content: bytes, most_pixels: int) -> Renditions:
    """Turn upright, strip, resize. Raises Refusal `not_a_picture`, `picture_too_large`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(content), formats=FORMATS)
            if opened.width * opened.height > most_pixels:
                raise Refusal("picture_too_large")
            opened.draft("RGB", (SIDES["large"], SIDES["large"]))
            upright = ImageOps.exif_transpose(opened)
            large = _flat(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise Refusal("picture_too_large") from fault
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        KeyError,
        IndexError,
        TypeError,
    ) as fault:
        raise Refusal("not_a_picture") from fault
    return resized(large)


def resized(large: Image.Image) -> Renditions:
    """An upright RGB picture in the sizes that are kept."""
    large.thumbnail((SIDES["large"],) * 2, Image.Resampling.LANCZOS)
    small = large.copy()
    small.thumbnail((SIDES["small"],) * 2, Image.Resampling.LANCZOS)
    return Renditions(_webp(small), _webp(large), *large.size)


def _flat(picture: Image.Image) -> Image.Image:
    """RGB on white, whatever it was."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        ground = Image.new("RGB", rgba.size, "white")
        ground.paste(rgba, mask=rgba.getchannel("A"))
        return ground
    return picture.convert("RGB")


def _webp(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=80, method=3)
    return out.getvalue()


@cache
def store() -> Any:
    """Where the bytes lie."""
    if config().media_url:
        return from_url(config().media_url)
    folder = config().data / "media"
    folder.mkdir(parents=True, exist_ok=True)
    return LocalStore(folder)


async def add(actor: Actor, content: bytes, purpose: str) -> dict[str, Any]:
    """Keep a picture that somebody sent; its view. Raises Refusal `bad_form`, `not_a_picture`, `picture_too_large`."""
    if purpose not in PURPOSES:
        raise Refusal("bad_form", fields={"purpose": "unknown"})
    async with _decoding:
        pictures = await asyncio.to_thread(renditions, content, config().media_pixels)
    return await _keep(actor, pictures, sha256(content).hexdigest(), purpose)


@verb
async def _keep(u: Unit, pictures: Renditions, digest: str, purpose: str) -> dict[str, Any]:
    return photo(await keep(u, pictures, digest, purpose)) or {}


async def keep(u: Unit, pictures: Renditions, digest: str, purpose: str) -> Media:
    """Store the renditions and their row, inside a unit of the caller."""
    owner = u.actor.person
    media = Media(
        id=new_id(),
        owner_id=owner.id if owner else None,
        purpose=purpose,
        width=pictures.width,
        height=pictures.height,
        sha256=digest,
    )
    await write(media, pictures)
    await media.save(using_db=u.connection)
    return media


async def write(media: Media, pictures: Renditions) -> None:
    """The bytes, before the row that speaks of them."""
    await obstore.put_async(store(), _path(media, "small"), pictures.small)
    await obstore.put_async(store(), _path(media, "large"), pictures.large)


async def read(media: Media, rendition: str) -> bytes:
    """The bytes of one rendition. Raises FileNotFoundError."""
    found = await obstore.get_async(store(), _path(media, rendition))
    return bytes(await found.bytes_async())


def _path(media: Media, rendition: str) -> str:
    return f"{str(media.id)[-2:]}/{media.id}/{rendition}.webp"


async def show_in(u: Unit, ids: list[str], thread_id: Any) -> None:
    """Let the people of a thread see these pictures, which must be the actor's own. Raises Refusal `media_missing`."""
    await check_own(u.person, ids)
    await MediaThread.bulk_create(
        [MediaThread(media_id=media, thread_id=thread_id) for media in dict.fromkeys(ids)],
        ignore_conflicts=True,
        using_db=u.connection,
    )


async def check_own(person: Person, ids: list[str]) -> None:
    """Raises Refusal `media_missing` unless every picture exists and is this person's."""
    wanted = {uuid_or_none(media) for media in ids}
    if None in wanted or await Media.filter(id__in=wanted, owner_id=person.id).count() != len(wanted):
        raise Refusal("media_missing")


async def visible(person: Person | None, media_id: Any) -> Media:
    """The picture, for somebody who may see it. Raises Refusal `not_found`."""
    media = await Media.get_or_none(id=found) if (found := uuid_or_none(media_id)) else None
    if media is None:
        raise Refusal("not_found")
    if media.purpose in PUBLIC or (person and (media.owner_id == person.id or "steward" in person.roles)):
        return media
    if (
        person
        and await MediaThread.filter(
            media_id=media.id, thread__participations__person_id=person.id, thread__participations__left_at=None
        ).exists()
    ):
        return media
    raise Refusal("not_found")

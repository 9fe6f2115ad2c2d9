"""Pictures: what happens when somebody sends one.

It is turned upright by its EXIF, loses every other note the camera made (its location above all), and is kept as two
WebP renditions. Bytes lie in an object store (a folder, or S3), the row says whose they are.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import obstore
from obstore.store import LocalStore, from_url
from PIL import ExifTags, Image, ImageCms

from hub.config import config
from hub.errors import Refusal
from hub.ids import new_id, uuid_or_none
from hub.rules.media import PUBLIC, SENT_BY
from hub.rules.people import may
from hub.unit import Actor, Unit, verb
from hub.views.media import photo
from models.media import Media, MediaThread
from models.passports import Passport
from models.people import Person

# MPO is opened by JPEG's opener. It has none of its own, and named here it would hide the formats behind it.
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
SIDES = {"small": 480, "large": 1600}  # longest side of each rendition, in pixels
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # by EXIF orientation
_decoding = asyncio.Semaphore(2)  # while it is decoded a large JPEG takes some 200 MB, the largest WebP 800


class Renditions(NamedTuple):
    """A picture as it is kept; `width` and `height` are those of `large`."""

    small: bytes
    large: bytes
    width: int
    height: int


def renditions(content: bytes, most_pixels: int) -> Renditions:
    """Turn upright, strip, resize. Raises Refusal `not_a_picture`, `picture_too_large`."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > most_pixels:
                raise Refusal("picture_too_large")
            turn, profile = _turn(opened), opened.info.get("icc_profile")
            large = _srgb(_flat(_shrunk(opened)), profile)
    except Refusal:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise Refusal("picture_too_large") from fault
    except Exception as fault:  # decoders raise whatever comes to their mind when the file is broken
        raise Refusal("not_a_picture") from fault
    return resized(large.transpose(turn) if turn is not None else large)


def resized(large: Image.Image) -> Renditions:
    """An upright RGB picture in the sizes that are kept."""
    large.thumbnail((SIDES["large"],) * 2, Image.Resampling.LANCZOS)
    small = large.copy()
    small.thumbnail((SIDES["small"],) * 2, Image.Resampling.LANCZOS)
    return Renditions(_webp(small), _webp(large), *large.size)


def _turn(picture: Image.Image) -> Image.Transpose | None:
    """What makes it upright, as its EXIF says."""
    try:
        return TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # an unreadable note is no reason to refuse the picture
        return None


def _shrunk(picture: Image.Image) -> Image.Image:
    """8 bits a channel, and no larger than is kept: what follows is done to few pixels."""
    if picture.mode.startswith("I"):  # 16 bits of grey, which `convert` would cut off instead of scaling
        picture = picture.convert("I").point(lambda level: level / 256).convert("L")
    elif picture.mode in ("P", "PA", "1") or "transparency" in picture.info:
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    picture.thumbnail((SIDES["large"],) * 2, Image.Resampling.LANCZOS)
    return picture


def _flat(picture: Image.Image) -> Image.Image:
    """On white where it was transparent."""
    if "A" not in picture.getbands():
        return picture
    rgba = picture.convert("RGBA")
    ground = Image.new("RGB", rgba.size, "white")
    ground.paste(rgba, mask=rgba.getchannel("A"))
    return ground


def _srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB as screens take it to be: with its profile gone, a telephone's wide colours would look pale."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile else None
        if source and "sRGB" not in ImageCms.getProfileDescription(source):
            ours = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(picture, source, ours, outputMode="RGB") or picture
    except (ImageCms.PyCMSError, OSError):  # broken, or of another kind of picture
        pass
    return picture.convert("RGB")


def _webp(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=80, method=3, icc_profile=None, exif=b"", xmp=b"")
    return out.getvalue()


def store() -> Any:
    """Where the bytes lie."""
    return _opened(config().media_url) if config().media_url else _folder(config().data / "media")


@cache
def _opened(url: str) -> Any:
    return from_url(url)


@cache
def _folder(path: Path) -> Any:
    path.mkdir(parents=True, exist_ok=True)
    return LocalStore(path)


class Laid(NamedTuple):
    """A picture whose bytes lie in the store. Nobody sees it until a unit writes its row, with `keep`."""

    id: UUID
    width: int
    height: int
    sha256: str


async def add(actor: Actor, content: bytes, purpose: str) -> dict[str, Any]:
    """Keep a picture that somebody sent; its view.

    Raises Refusal `bad_form`, `not_allowed`, `not_a_picture`, `picture_too_large`.
    """
    if purpose not in SENT_BY:
        raise Refusal("bad_form", fields={"purpose": "unknown"})
    if actor.person is None or not may(SENT_BY[purpose], actor.person.roles):
        raise Refusal("not_allowed")
    async with laid(content) as picture:
        return await _keep(actor, picture, purpose)


@asynccontextmanager
async def laid(content: bytes) -> AsyncIterator[Laid]:
    """The picture that `content` holds, for one unit inside that may keep it: the store is never waited for in a transaction.

    Its bytes are taken away again when the unit refused, or was an answer given before. Where that is not certain (no
    answer, a cancelled request) they stay: bytes without a row are wasted, a row without bytes would be wrong. Raises
    Refusal `not_a_picture`, `picture_too_large`.
    """
    async with _decoding:
        pictures = await asyncio.to_thread(renditions, content, config().media_pixels)
    found = Laid(new_id(), pictures.width, pictures.height, sha256(content).hexdigest())
    await write(found.id, pictures)
    try:
        yield found
    except Refusal as refusal:
        if not refusal.retry:
            await _remove(found.id)
        raise
    if not await Media.exists(id=found.id):
        await _remove(found.id)


@verb
async def _keep(u: Unit, picture: Laid, purpose: str) -> dict[str, Any]:
    return photo(await keep(u, picture, purpose)) or {}


async def keep(u: Unit, picture: Laid, purpose: str) -> Media:
    """Write the row of a picture that was laid down, inside a unit of the caller."""
    owner = u.actor.person.id if u.actor.person else None
    return await Media.create(owner_id=owner, purpose=purpose, using_db=u.connection, **picture._asdict())


async def write(media_id: UUID, pictures: Renditions) -> None:
    """The bytes, before the row that speaks of them."""
    await obstore.put_async(store(), _path(media_id, "small"), pictures.small)
    await obstore.put_async(store(), _path(media_id, "large"), pictures.large)


async def _remove(media_id: UUID) -> None:
    await obstore.delete_async(store(), [_path(media_id, rendition) for rendition in SIDES])


async def read(media: Media, rendition: str) -> bytes:
    """The bytes of one rendition. Raises FileNotFoundError."""
    found = await obstore.get_async(store(), _path(media.id, rendition))
    return bytes(await found.bytes_async())


def _path(media_id: UUID, rendition: str) -> str:
    return f"{str(media_id)[-2:]}/{media_id}/{rendition}.webp"


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
    if await Passport.filter(media__contains=[media.id]).exists():
        return media  # a photo of a passport is everybody's to see
    raise Refusal("not_found")

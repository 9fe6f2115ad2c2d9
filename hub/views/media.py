"""Pictures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from hub import rows
from models.media import Media

RENDITIONS = ("small", "large")
PICTURES = "SELECT id, width, height FROM media WHERE id = ANY($1::uuid[])"


class Picture(NamedTuple):
    """What is shown of a `Media`."""

    id: UUID
    width: int
    height: int


def photo(media: Media | Picture | None, alt: str = "") -> dict[str, Any] | None:
    """`{id, width, height, renditions: {small, large}, alt}`; sizes in pixels of `large`."""
    if media is None:
        return None
    name = str(media.id)
    return {
        "id": name,
        "width": media.width,
        "height": media.height,
        "alt": alt,
        "renditions": {size: f"/media/{name}/{size}" for size in RENDITIONS},
    }


async def photos(ids: Iterable[UUID | str]) -> dict[str, dict[str, Any]]:
    """Photos by id, in one query."""
    wanted = set(map(str, ids))
    found = [Picture(*row) for row in await rows.fetch(PICTURES, wanted)] if wanted else []
    return {str(picture.id): shown for picture in found if (shown := photo(picture))}

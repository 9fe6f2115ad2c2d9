"""Pictures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from models.media import Media

RENDITIONS = ("small", "large")


def photo(media: Media | None, alt: str = "") -> dict[str, Any] | None:
    """`{id, width, height, renditions: {small, large}, alt}`; sizes in pixels of `large`."""
    if media is None:
        return None
    return {
        "id": str(media.id),
        "width": media.width,
        "height": media.height,
        "alt": alt,
        "renditions": {name: f"/media/{media.id}/{name}" for name in RENDITIONS},
    }


async def photos(ids: Iterable[UUID | str]) -> dict[str, dict[str, Any]]:
    """Photos by id, in one query."""
    wanted = set(map(str, ids))
    if not wanted:
        return {}
    return {str(media.id): found for media in await Media.filter(id__in=wanted) if (found := photo(media))}

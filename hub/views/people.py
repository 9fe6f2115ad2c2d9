"""People, as others see them."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from hub import clock, i18n, rows
from hub.views import media
from models.people import Person, Session

FACE = "face.id, face.name, face.roles, face.village, face.craft, face.reads, portrait.id, portrait.width, portrait.height"
"""What a statement selects of a person `face` and their `portrait`, to be read into a `Face`."""


FACES = """
SELECT :face FROM person face LEFT JOIN media portrait ON portrait.id = face.portrait_id WHERE face.id = ANY($1::uuid[])
""".replace(":face", FACE)


class Face(NamedTuple):
    """What others see of a person."""

    id: UUID
    name: str
    roles: list[str]
    village: str | None
    craft: str | None
    reads: list[str]
    portrait_id: UUID | None
    width: int | None
    height: int | None

    @property
    def portrait(self) -> media.Picture | None:
        """Their picture."""
        return media.Picture(self.portrait_id, self.width or 0, self.height or 0) if self.portrait_id else None


def viewer(person: Person) -> dict[str, Any]:
    """The signed-in person, for every page and for `GET /me`. `portrait` must have been fetched."""
    return {
        "id": str(person.id),
        "name": person.name,
        "roles": list(person.roles),
        "locale": person.locale,
        "reads": list(person.reads),
        "speaks": list(person.speaks),
        "display_currency": person.display_currency,
        "portrait": media.photo(person.portrait, person.name),
    }


def short(person: Person | Face) -> dict[str, Any]:
    """A person beside what they said or made. A Person's `portrait` must have been fetched."""
    return {
        "id": str(person.id),
        "name": person.name,
        "roles": list(person.roles),
        "village": person.village,
        "craft": person.craft,
        "reads": list(person.reads),
        "portrait": media.photo(person.portrait, person.name),
    }


async def faces(ids: set[str]) -> dict[str, dict[str, Any]]:
    """People by id, in one query."""
    found = [Face(*row) for row in await rows.fetch(FACES, ids)] if ids else []
    return {str(face.id): short(face) for face in found}


def profile(person: Person, locale: str) -> dict[str, Any]:
    """An artisan's public page."""
    return short(person) | {
        "region": person.region,
        "speaks": list(person.speaks),
        "bio": i18n.localised(person.bio, locale) or None,
        "locale": person.locale,
    }


def device(session: Session, current: UUID) -> dict[str, Any]:
    """A device one is signed in on."""
    return {
        "id": str(session.id),
        "device": session.device,
        "created_at": clock.iso(session.created_at),
        "seen_at": clock.iso(session.seen_at),
        "current": session.id == current,
    }

"""People, as others see them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hub import clock, i18n
from hub.views import media
from models.people import Person, Session


def viewer(person: Person) -> dict[str, Any]:
    """The signed-in person, for every page and for `GET /me`. `portrait` must have been fetched."""
    return {
        "id": str(person.id),
        "name": person.name,
        "roles": list(person.roles),
        "locale": person.locale,
        "reads": list(person.reads),
        "speaks": list(person.speaks),
        "portrait": media.photo(person.portrait, person.name),
    }


def short(person: Person) -> dict[str, Any]:
    """A person beside what they said or made. `portrait` must have been fetched."""
    return {
        "id": str(person.id),
        "name": person.name,
        "roles": list(person.roles),
        "village": person.village,
        "craft": person.craft,
        "reads": list(person.reads),
        "portrait": media.photo(person.portrait, person.name),
    }


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

"""Passports, as everybody sees them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from hub import clock, i18n, rows
from hub.config import config
from hub.rules import passports as rules
from hub.views import media, people
from models.passports import Passport, PassportKey

OF_ORDERS = "SELECT order_id, id FROM passport WHERE order_id = ANY($1::uuid[])"
MAKER = "SELECT artisan_id FROM orders WHERE id = $1"


def url(passport: str) -> str:
    """The address that the QR of the tag holds."""
    return f"{config().base}/p/{passport}"


def envelope(row: Passport) -> dict[str, Any]:
    """The certificate with its signature, as it is downloaded. The row's `key` must have been fetched."""
    return rules.envelope(row.certificate.encode(), row.signature, row.key.public_key)


async def of_orders(ids: Iterable[UUID]) -> dict[UUID, dict[str, str]]:
    """Order -> where its passport is, for those that have one."""
    return {order: {"id": name, "url": f"/p/{name}"} for order, name in await rows.fetch(OF_ORDERS, list(ids))}


async def passport(row: Passport, locale: str) -> dict[str, Any]:
    """The envelope, with what a page needs to be drawn: the words of this language, the maker's face, the photos."""
    shown = envelope(row)
    said = shown["certificate"]
    piece = said["piece"]
    [[artisan]] = await rows.fetch(MAKER, row.order_id)
    faces = await people.faces({str(artisan)})
    photos = await media.photos(photo["id"] for photo in said["photos"])
    return shown | {
        "id": row.id, "url": f"/p/{row.id}", "issued_at": clock.iso(row.issued_at),
        "title": i18n.localised(piece["title"], locale) or None, "after": i18n.localised(piece["after"], locale) or None,
        "technique": i18n.localised(piece["technique"], locale) or None,
        "maker": faces[str(artisan)] | {"name": said["maker"]["name"], "village": said["maker"]["village"]},
        "photos": [photos[photo["id"]] | {"of": photo["of"], "step": photo["step"]} for photo in said["photos"] if photo["id"] in photos],
    }


async def keys() -> list[dict[str, str]]:
    """Every public key that ever signed, the newest first."""
    found = await PassportKey.all().order_by("-since", "id")
    return [{"key": row.id, "public_key": row.public_key, "since": clock.iso(row.since)} for row in found]

"""Passports, as everybody sees them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from hub import clock, i18n, rows
from hub.config import config
from hub.rules import passports as rules
from hub.views import media, people
from models.passports import Passport, PassportKey, Withdrawal

OF_ORDERS = """
SELECT p.order_id, p.id, w.id IS NOT NULL AS withdrawn FROM passport p LEFT JOIN passport_withdrawal w ON w.passport_id = p.id
WHERE p.order_id = ANY($1::uuid[])
"""
OF_MAKER = """
SELECT p.id, p.certificate FROM orders o JOIN passport p ON p.order_id = o.id LEFT JOIN passport_withdrawal w ON w.passport_id = p.id
WHERE o.artisan_id = $1 AND w.id IS NULL ORDER BY o.inspected_at DESC NULLS LAST LIMIT $2
"""
MOST_OF_MAKER = 24
MAKER = "SELECT artisan_id FROM orders WHERE id = $1"


def url(passport: str) -> str:
    """The address that the QR of the tag holds."""
    return f"{config().base}/p/{passport}"


def envelope(row: Passport) -> dict[str, Any]:
    """The certificate with its signature, as it is downloaded. The row's `key` must have been fetched."""
    return rules.envelope(row.certificate.encode(), row.signature, row.key.public_key)


async def of_orders(ids: Iterable[UUID]) -> dict[UUID, dict[str, str]]:
    """Order -> where its passport is, for those that have one."""
    found = await rows.fetch(OF_ORDERS, list(ids))
    return {order: {"id": name, "url": f"/p/{name}", "withdrawn": withdrawn} for order, name, withdrawn in found}


async def of_maker(person: UUID, locale: str) -> list[dict[str, Any]]:
    """Finished pieces of an artisan that have a passport which stands, the newest first: as the passport says, nothing else."""
    found = [(row["id"], msgspec.json.decode(row["certificate"])) for row in await rows.fetch(OF_MAKER, person, MOST_OF_MAKER)]
    whole = {name: next((photo["id"] for photo in said["photos"] if photo["of"] == "finished"), None) for name, said in found}
    photos = await media.photos(photo for photo in whole.values() if photo)
    return [
        {"id": name, "url": f"/p/{name}", "finished_on": said["finished_on"], "craft": said["piece"]["craft"],
         "title": i18n.localised(said["piece"]["title"], locale) or None,
         "after": i18n.localised(said["piece"]["after"], locale) or None, "photo": photos.get(str(whole[name]))}
        for name, said in found
    ]


async def withdrawn() -> list[dict[str, str]]:
    """Every passport that is not to be believed any more, for those who check files, the newest first."""
    return [{"id": row.passport_id, "at": clock.iso(row.at)} for row in await Withdrawal.all().order_by("-at", "id")]


async def passport(row: Passport, taken_back: Withdrawal | None, locale: str) -> dict[str, Any]:
    """The envelope, with what a page needs to be drawn: the words of this language, the maker's face, the photos.

    One that was withdrawn is shown without what would prove it.
    """
    shown = envelope(row) | ({"signature": None, "sha256": None} if taken_back else {})
    said = shown["certificate"]
    piece = said["piece"]
    [[artisan]] = await rows.fetch(MAKER, row.order_id)
    faces = await people.faces({str(artisan)})
    photos = await media.photos(photo["id"] for photo in said["photos"])
    return shown | {
        "id": row.id, "url": f"/p/{row.id}", "issued_at": clock.iso(row.issued_at),
        "withdrawn": {"at": clock.iso(taken_back.at), "reason": taken_back.reason} if taken_back else None,
        "title": i18n.localised(piece["title"], locale) or None, "after": i18n.localised(piece["after"], locale) or None,
        "technique": i18n.localised(piece["technique"], locale) or None,
        "maker": faces[str(artisan)] | {"name": said["maker"]["name"], "village": said["maker"]["village"]},
        "photos": [photos[photo["id"]] | {"of": photo["of"], "step": photo["step"]} for photo in said["photos"] if photo["id"] in photos],
    }


async def keys() -> list[dict[str, str]]:
    """Every public key that ever signed, the newest first."""
    found = await PassportKey.all().order_by("-since", "id")
    return [{"key": row.id, "public_key": row.public_key, "since": clock.iso(row.since)} for row in found]

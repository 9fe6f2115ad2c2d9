"""Products."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from hub import i18n, rows
from hub.views import media, people
from hub.views.people import FACE, Face

PIECES = """
SELECT p.id AS piece, p.artisan_id, p.title, p.description, p.craft AS made_as, p.price, p.currency, p.one_of_a_kind, p.available,
    p.width_cm, p.length_cm, p.weight_g, p.materials, p.colours, p.technique, p.making_days,
    ARRAY(SELECT ROW(m.id, m.width, m.height) FROM product_photo f JOIN media m ON m.id = f.media_id
          WHERE f.product_id = p.id ORDER BY f.position) AS photos,
    :face
FROM product p JOIN person face ON face.id = p.artisan_id LEFT JOIN media portrait ON portrait.id = face.portrait_id
WHERE p.id = ANY($1::uuid[])
""".replace(":face", FACE)
MAKERS = """
SELECT :face FROM person face LEFT JOIN media portrait ON portrait.id = face.portrait_id
WHERE face.roles @> '{artisan}' AND face.craft IS NOT NULL ORDER BY face.created_at LIMIT $1
""".replace(":face", FACE)


async def pieces(ids: Collection[UUID], locale: str) -> dict[UUID, dict[str, Any]]:
    """Products by their ids, with their makers and photos, in one query."""
    return {row["piece"]: _piece(row, locale) for row in await rows.fetch(PIECES, list(ids))} if ids else {}


async def piece(product_id: UUID | None, locale: str) -> dict[str, Any] | None:
    """One product, if there is one."""
    return (await pieces([product_id], locale)).get(product_id) if product_id else None


async def makers(limit: int) -> list[dict[str, Any]]:
    """Artisans with a craft, those who came first."""
    return [people.short(Face(*row)) for row in await rows.fetch(MAKERS, limit)]


def _piece(row: Record, locale: str) -> dict[str, Any]:
    title = _words(row["title"], locale)
    return {
        "id": str(row["piece"]),
        "artisan": str(row["artisan_id"]),
        "maker": people.short(Face(*row[-len(Face._fields) :])),
        "title": title,
        "description": _words(row["description"], locale),
        "craft": row["made_as"],
        "price": {"amount": row["price"], "currency": row["currency"]},
        "one_of_a_kind": row["one_of_a_kind"],
        "available": row["available"],
        "photos": [media.photo(media.Picture(*photo), title) for photo in row["photos"]],
        "width_cm": row["width_cm"],
        "length_cm": row["length_cm"],
        "weight_g": row["weight_g"],
        "materials": row["materials"],
        "colours": row["colours"],
        "technique": _words(row["technique"], locale) or None,
        "making_days": row["making_days"],
    }


def _words(texts: str | None, locale: str) -> str:
    """Of a column `locale -> text`, as JSON."""
    return i18n.localised(msgspec.json.decode(texts), locale) if texts else ""

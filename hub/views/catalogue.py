"""Products."""

from __future__ import annotations

from typing import Any

from tortoise.queryset import QuerySet

from hub import i18n
from hub.views import media, people
from models.catalogue import Product


def fetched(products: QuerySet[Product]) -> QuerySet[Product]:
    """The query with what `product` reads."""
    return products.select_related("artisan", "artisan__portrait").prefetch_related("photos__media")


def product(row: Product, locale: str) -> dict[str, Any]:
    """A product, from a row that was `fetched`."""
    title = i18n.localised(row.title, locale)
    ordered = sorted(row.photos, key=lambda photo: photo.position)  # type: ignore[attr-defined]
    return {
        "id": str(row.id),
        "artisan": str(row.artisan_id),
        "maker": people.short(row.artisan),
        "title": title,
        "description": i18n.localised(row.description, locale),
        "craft": row.craft,
        "price": {"amount": row.price, "currency": row.currency},
        "one_of_a_kind": row.one_of_a_kind,
        "available": row.available,
        "photos": [media.photo(photo.media, title) for photo in ordered],
        "width_cm": row.width_cm,
        "length_cm": row.length_cm,
        "weight_g": row.weight_g,
        "materials": list(row.materials),
        "colours": list(row.colours),
        "technique": i18n.localised(row.technique, locale) or None,
        "making_days": row.making_days,
    }

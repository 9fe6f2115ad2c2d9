"""Looking at the shop: what is shown to whom, in pages of bounded size."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hub.errors import Refusal
from hub.ids import uuid_or_none
from models.catalogue import Product
from models.people import Person

PAGE = 24


async def products(
    craft: str | None = None, artisan: UUID | None = None, before: Any = None, limit: int = PAGE
) -> list[UUID]:
    """Public products, newest first; `before` is the id of the last one seen. One more than `limit` says there are more."""
    query = Product.filter(public=True)
    if craft:
        query = query.filter(craft=craft)
    if artisan:
        query = query.filter(artisan_id=artisan)
    if last := uuid_or_none(before) if before else None:
        query = query.filter(id__lt=last)
    return await query.order_by("-id").limit(limit + 1).values_list("id", flat=True)  # type: ignore[return-value]  # flat: ids, not rows


async def product(product_id: Any) -> UUID:
    """One public product. Raises Refusal `not_found`."""
    found = uuid_or_none(product_id)
    if found is None or not await Product.exists(id=found, public=True):
        raise Refusal("not_found")
    return found


async def artisan(artisan_id: Any) -> Person:
    """An artisan's profile. Raises Refusal `not_found`."""
    found = uuid_or_none(artisan_id)
    row = (
        await Person.filter(id=found, roles__contains=["artisan"]).select_related("portrait").first() if found else None
    )
    if row is None:
        raise Refusal("not_found")
    return row

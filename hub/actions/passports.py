"""Passports: the paper that a piece gets once it passed its inspection, and which nothing changes afterwards."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

import structlog

from hub import access, rows
from hub.actions import media as pictures
from hub.actions.orders.held import tell
from hub.config import config
from hub.errors import Refusal
from hub.rules import passports as rules
from hub.rules.clocks import day_at_home
from hub.rules.orders import Size
from hub.rules.passports import Days, Maker, Picture, Step
from hub.rules.terms.frozen import canonical
from hub.signing import public_key, sign
from hub.unit import Actor, Unit, verb
from hub.views import passports as view
from models.catalogue import Product
from models.media import Media
from models.orders import Order, Progress
from models.passports import Passport, PassportKey, Withdrawal
from models.people import Person

log = structlog.get_logger("passports")

BATCH = 100  # orders that one round of the clock looks at
MOST_PHOTOS = 40  # of one passport, the newest of the making
SHOWN = ("title", "width_cm", "length_cm", "materials", "colours", "technique")  # of a piece of the shop
DUE = """
SELECT o.id FROM orders o LEFT JOIN passport p ON p.order_id = o.id
WHERE p.id IS NULL AND NOT o.has_passport AND o.stage = ANY($1::text[]) AND o.inspected_at IS NOT NULL AND o.finished IS NOT NULL
ORDER BY o.inspected_at LIMIT $2
"""


async def issue(actor: Actor, order_id: Any) -> dict[str, Any]:
    """Sign the passport of an order's piece, once; the same one ever after.

    The photos are read before the transaction, which never waits for their store. Raises Refusal `not_found`, and
    `order_moved` where no inspection was passed; BadKey.
    """
    row = await access.any_order(order_id)
    if there := await _there(row.id):
        return view.envelope(there)
    public_key(config().passport_key)  # before any work
    if row.stage not in rules.CHECKED or not row.finished:
        raise Refusal("order_moved")
    shown = await _photos(row)
    return await _issue(actor, row.id, shown)


async def _there(order_id: UUID) -> Passport | None:
    return await Passport.filter(order_id=order_id).select_related("key").first()


async def due() -> list[UUID]:
    """Orders whose piece passed its inspection and has no passport yet, the oldest first; none without a key to sign with."""
    found = [order for [order] in await rows.fetch(DUE, sorted(rules.CHECKED), BATCH)]
    if found and not config().passport_key:
        log.warning("no_passport_key", waiting=len(found))
        return []
    return found


@verb
async def _issue(u: Unit, order_id: UUID, photos: list[Picture]) -> dict[str, Any]:
    row = await access.hold_order(u, order_id)
    if there := await _there(row.id):
        return view.envelope(there)
    name, private = secrets.token_urlsafe(16), config().passport_key
    written = canonical(await _certificate(row, name, photos))
    key = await _published(u, public_key(private))
    made = await Passport.create(
        id=name, order_id=row.id, certificate=written.decode(), signature=sign(private, written), key=key,
        media=[photo.id for photo in photos], issued_at=u.now, using_db=u.connection,
    )
    row.has_passport = True
    await row.save(using_db=u.connection, update_fields=["has_passport"])
    await tell(u, row)
    return view.envelope(made)


async def _published(u: Unit, public: str) -> PassportKey:
    """The row of the key that signs from now on."""
    await PassportKey.bulk_create(
        [PassportKey(id=rules.key_id(public), public_key=public, since=u.now)], ignore_conflicts=True, using_db=u.connection
    )
    return await PassportKey.get(id=rules.key_id(public), using_db=u.connection)


async def _certificate(row: Order, name: str, photos: list[Picture]) -> dict[str, Any]:
    maker, buyer = await Person.get(id=row.artisan_id), await Person.get(id=row.buyer_id)
    measured = row.finished | {key: value for key, value in (row.inspection or {}).items() if value is not None}
    finished = row.made_at or row.inspected_at
    assert finished and row.inspected_at
    return rules.certificate(
        name, view.url(name), config().cooperative, await _piece(row, buyer),
        Maker(maker.name, maker.village, maker.region),
        Size(measured.get("width_cm"), measured.get("length_cm")), measured.get("weight_g"),
        Days(day_at_home(row.making_at) if row.making_at else None, day_at_home(finished), day_at_home(row.inspected_at)),
        [Step(step.step, day_at_home(step.at)) for step in await _steps(row)], photos,
    )


async def _piece(row: Order, buyer: Person) -> rules.Piece:
    items = row.terms["items"]
    named = items[0]["product"]
    product = await Product.get_or_none(id=named) if named else None
    shop = {name: getattr(product, name) for name in SHOWN} if product else None
    held = product is not None and product.id in row.pieces
    return rules.piece(row.craft, items, shop, held=held, unspoken=[buyer.name, row.terms["ship_to"]["city"] or ""])


async def _steps(row: Order) -> list[Progress]:
    return await Progress.filter(order_id=row.id).order_by("at", "id")


@verb
async def withdraw(u: Unit, passport: str, reason: str) -> dict[str, Any]:
    """A steward says that a passport is not to be believed, and why: for everybody to read. Nothing of it is changed or taken away.

    Raises Refusal `not_found`, `not_allowed`, `passport_withdrawn` (it was before).
    """
    row = await Passport.filter(id=passport).select_related("key").first()
    if row is None:
        raise Refusal("not_found")
    order = await access.hold_order(u, row.order_id)
    (await access.place(u.person, order.thread_id)).need("withdraw_passport")
    if await Withdrawal.filter(passport_id=row.id).using_db(u.connection).exists():
        raise Refusal("passport_withdrawn")
    made = await Withdrawal.create(passport_id=row.id, reason=reason, by_id=u.person.id, at=u.now, using_db=u.connection)
    await tell(u, order)
    return await view.passport(row, made, u.person.locale)


# Photos: of the steps and of the finished piece, those that the artisan took and sent for that


async def _photos(row: Order) -> list[Picture]:
    steps = [(str(item), "making", step.step) for step in await _steps(row) for item in step.media]
    whole = [(str(item), "finished", None) for fact in (row.finished, row.inspection) if fact for item in fact["media"]]
    wanted = {item: (of, step) for item, of, step in [*steps[-MOST_PHOTOS:], *whole]}
    theirs = await Media.filter(id__in=list(wanted), owner_id=row.artisan_id, purpose__in=sorted(rules.PICTURES))
    by_id = {str(media.id): media for media in theirs}
    found = [await _photo(by_id[item], *told) for item, told in wanted.items() if item in by_id]
    return [photo for photo in found if photo]


async def _photo(media: Media, of: str, step: str | None) -> Picture | None:
    """None where the bytes are gone: a certificate names what can be seen."""
    try:
        content = await pictures.read(media, "large")
    except FileNotFoundError:
        return None
    return Picture(str(media.id), of, step, rules.digest(content))

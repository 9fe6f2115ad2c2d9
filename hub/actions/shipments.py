"""What happens to a shipment on its way: scanned by its courier or corrected by a steward, delivered with proof.

What carriers tell comes by `hub/actions/tracking/`, where a courier is just now by `hub/actions/positions.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from hub import access
from hub.actions import media as pictures
from hub.actions import orders
from hub.actions.media import Laid
from hub.actions.tracking import numbers, reports
from hub.actions.tracking.scans import record, unknown
from hub.config import config
from hub.errors import Refusal
from hub.rules import shipments as rules
from hub.rules.shipments import Scan as Scan  # as callers of these verbs know it
from hub.rules.shipments import Source, Status
from hub.unit import Actor, Unit, verb
from hub.views import shipments as view
from models.media import MediaThread
from models.shipments import Checkpoint, Shipment

PICTURES = """
SELECT count(*) AS pictures FROM media m JOIN media_thread mt ON mt.media_id = m.id
WHERE mt.thread_id = $1 AND m.purpose = 'proof' AND m.created_at > $2
"""
PROVES = {"file": "proof_media_id", "signature": "proof_signature_id"}  # a picture as a proof calls it, and where it is kept
RENEW = """
UPDATE shipment SET link_turn = link_turn + 1, link_since = $2, courier_code = courier_code() WHERE id = $1
RETURNING link_turn, link_since, courier_code
"""


@verb
async def courier_scans(u: Unit, token: str, scan: Scan, name: str | None = None) -> dict[str, Any]:
    """The courier records where the parcel is. Who took it may come along with `delivered`, or afterwards as proof.

    Raises Refusal `not_found`, `proven`, `link_full`.
    """
    row = await access.lock_parcel(u, token)
    await _room(u, row, [scan])
    if name and scan.status is Status.DELIVERED:
        _prove(row, name, rules.true_time(scan.at, u.now, row.booked_at))
    await record(u, row, [scan])
    return await view.for_courier(row, _locale())


@dataclass(frozen=True, slots=True)
class Proof:
    """Who took the parcel, perhaps with what the courier's phone holds of it: the bytes of two pictures."""

    name: str
    photo: bytes | None = None
    signature: bytes | None = None
    at: datetime | None = None


async def prove(actor: Actor, token: str, proof: Proof) -> dict[str, Any]:
    """Who took the parcel, perhaps with a photo and a drawn signature; it is delivered, if that was not said yet.

    Raises Refusal `not_found`, `proven`, `link_full`, `not_a_picture`, `picture_too_large`, which name the picture: `file` or `signature`.
    """
    sent = {"file": proof.photo, "signature": proof.signature}
    async with AsyncExitStack() as leaving:
        return await _proved(actor, token, proof, {field: await _laid(leaving, field, one) for field, one in sent.items() if one})


async def _laid(leaving: AsyncExitStack, field: str, content: bytes) -> Laid:
    try:
        return await leaving.enter_async_context(pictures.laid(content))
    except Refusal as refusal:
        raise Refusal(refusal.code, fields={field: refusal.code}) from refusal


@verb
async def _proved(u: Unit, token: str, proof: Proof, sent: dict[str, Laid]) -> dict[str, Any]:
    row = await access.lock_parcel(u, token)
    arrived = [] if row.status == Status.DELIVERED else [Scan(Status.DELIVERED, Source.COURIER_LINK, at=proof.at)]
    await _room(u, row, arrived)
    theirs = _prove(row, proof.name, rules.true_time(proof.at, u.now, row.booked_at))
    new = {field: picture for field, picture in sent.items() if theirs and getattr(row, PROVES[field]) is None}
    rules.check_pictures(await _pictures_of_late(u, row) if new else 0, new)
    for field, picture in new.items():
        setattr(row, PROVES[field], await _kept(u, row, picture))
    await record(u, row, arrived)
    return await view.for_courier(row, _locale())


async def _kept(u: Unit, row: Shipment, picture: Laid) -> UUID:
    """Its row, and that the people of the thread may see it."""
    media = await pictures.keep(u, picture, "proof")
    await MediaThread.create(media_id=media.id, thread_id=row.order.thread_id, using_db=u.connection)
    return media.id


@verb
async def renew_link(u: Unit, shipment_id: Any) -> dict[str, Any]:
    """The courier's link and code open nothing any more; the next label has new ones. Raises Refusal `not_found`, `not_allowed`."""
    row, place = await access.lock_shipment(u, shipment_id)
    place.need("renew_courier_link")
    [renewed] = await u.connection.execute_query_dict(RENEW, [row.id, u.now])
    row.update_from_dict(renewed)
    await orders.tell(u, row.order)
    return await view.shipment(row, place, u.person.locale)


@verb
async def correct(u: Unit, shipment_id: Any, scan: Scan) -> dict[str, Any]:
    """A steward's own word, which stands above every other: so its time is not mended but has to be right.

    Raises Refusal `not_found`, `not_allowed`, `bad_form`.
    """
    row, place = await access.lock_shipment(u, shipment_id)
    place.need("correct_shipment")
    if scan.at and (why := rules.astray(scan.at, u.now, row.order.opened_at)):
        raise Refusal("bad_form", fields={"at": why})
    await record(u, row, [scan])
    return await view.shipment(row, place, u.person.locale)


@verb
async def number(u: Unit, shipment_id: Any, tracking_number: str) -> dict[str, Any]:
    """A steward says which number a living parcel has. What its carrier reported of that number before is worked on.

    Raises Refusal `not_found`, `not_allowed`, `moved`, `bad_tracking_number`, `number_used`.
    """
    row, place = await access.lock_shipment(u, shipment_id)
    place.need("correct_shipment")
    if not row.living:
        raise Refusal("moved")
    row.tracking_number = rules.check_tracking_number(tracking_number)
    row.poll_at, row.silent_polls = u.now, 0
    await numbers.claim(u, row.tracking_number)
    try:
        await row.save(using_db=u.connection, update_fields=["tracking_number", "poll_at", "silent_polls"])
    except IntegrityError:
        raise Refusal("number_used", fields={"tracking_number": "number_used"}) from None
    await record(u, row, [])
    await reports.wake(u, row)
    return await view.shipment(row, place, u.person.locale)


async def _room(u: Unit, row: Shipment, scans: Sequence[Scan]) -> None:
    """Raises Refusal `link_full` when the link brings too many; a scan that is known already takes no room."""
    if not await unknown(row.id, scans, u.now):
        return
    since = rules.scans_count_from(u.now, row.link_since)
    known = Checkpoint.filter(shipment_id=row.id, source=Source.COURIER_LINK.value, received_at__gt=since)
    rules.check_scans(await known.using_db(u.connection).count())


async def _pictures_of_late(u: Unit, row: Shipment) -> int:
    [found] = await u.connection.execute_query_dict(PICTURES, [row.order.thread_id, u.now - rules.PROOF_PICTURES_WITHIN])
    return int(found["pictures"])


def _prove(row: Shipment, name: str, at: datetime) -> bool:
    """Who took it, as far as that isn't known: is the proof that stands of this person? One proof's pictures stand by no other's name."""
    known = (row.proof_name or "", row.proof_at) if row.proof_at else None
    if rules.takes_over(name, at, known, Status(row.status)):
        row.proof_name, row.proof_at = name, at
        row.proof_media_id = row.proof_signature_id = None
    return rules.same_name(name, row.proof_name)


def _locale() -> str:
    return config().default_locale

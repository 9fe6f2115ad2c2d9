"""Shipments, their checkpoints, and what the courier's own page shows."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

from hub import access, clock, i18n, rows
from hub.access import Place
from hub.config import config
from hub.errors import N_
from hub.rules import shipments as rules
from hub.rules.shipments import COURIER_MAY, Source, Status
from hub.views import media
from models.orders import Order
from models.people import Person
from models.shipments import Checkpoint, Parcel, Shipment

CHECKPOINTS = 200  # shown of one shipment, the newest
PARCELS = "SELECT * FROM parcel WHERE shipment_id = ANY($1::uuid[]) ORDER BY number"
SCANS = """
SELECT c.* FROM unnest($1::uuid[]) AS s (id)
CROSS JOIN LATERAL (SELECT * FROM checkpoint WHERE shipment_id = s.id ORDER BY at DESC, sameness LIMIT $2) AS c
"""

WORDS: dict[str, str] = {
    "pending": N_("Waiting for the carrier"),
    "picked_up": N_("Collected"),
    "in_transit": N_("On the way"),
    "out_for_delivery": N_("Out for delivery"),
    "ready_for_pickup": N_("Ready to be fetched"),
    "on_hold": N_("On hold"),
    "delivery_delayed": N_("Delayed"),
    "delivery_failed": N_("Delivery failed"),
    "return_to_sender": N_("On its way back"),
    "delivered": N_("Delivered"),
    "cancelled": N_("Cancelled"),
    "unknown": N_("No news"),
}


PAPERS: dict[str, str] = {
    "export_papers_origin": N_("Waiting for the certificate of origin"),
    "export_papers_customs": N_("Waiting for the customs declaration"),
    "export_papers_exchange": N_("Waiting for the bank's paper"),
    "export_papers_buyer": N_("Waiting for something from the buyer"),
    "export_papers": N_("Waiting for export papers before it can leave."),
}


async def shipment(row: Shipment, place: Place, locale: str) -> dict[str, Any]:
    """One shipment, as this person sees it."""
    return (await many([row], {row.id: place}, locale))[0]


async def many(found: Sequence[Shipment], places: Mapping[UUID, Place], locale: str) -> list[dict[str, Any]]:
    """Several shipments in a fixed number of queries; `places` by the shipments' ids."""
    if not found:
        return []
    ids = [row.id for row in found]
    parcels: defaultdict[UUID, list[Parcel]] = defaultdict(list)
    scans: defaultdict[UUID, list[Checkpoint]] = defaultdict(list)
    boxes, observed, photos, links = await asyncio.gather(
        rows.models(Parcel, PARCELS, ids),
        rows.models(Checkpoint, SCANS, ids, CHECKPOINTS),
        media.photos(row.proof_media_id for row in found if row.proof_media_id),
        courier_links(row.id for row in found if places[row.id].may("see_courier_link")),
    )
    for parcel in boxes:
        parcels[parcel.shipment_id].append(parcel)
    for scan in observed:
        scans[scan.shipment_id].append(scan)
    return [
        _shipment(row, parcels[row.id], scans[row.id], photos, links.get(row.id), places[row.id].may("see_shipment"), locale)
        for row in found
    ]


def brief(shipment_id: UUID, status: str, locale: str) -> dict[str, Any]:
    """What a list shows of a shipment."""
    return {"id": str(shipment_id), "status": status, "label": label(status, locale)}


async def courier_links(shipment_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The address behind each label's QR."""
    wanted = list(shipment_ids)
    tokens = await access.courier_tokens(wanted) if wanted else {}
    return {shipment_id: f"{config().base}/c/{token}" for shipment_id, token in tokens.items()}


def _shipment(
    row: Shipment, parcels: list[Parcel], scans: list[Checkpoint], photos: dict[str, Any], link: str | None, inside: bool, locale: str
) -> dict[str, Any]:
    """`inside`: for somebody who may know what it is worth; the courier may not."""
    return {
        "id": str(row.id), "order": str(row.order_id), "status": row.status, "reason": row.reason,
        "label": label(row.status, locale), "carrier": row.carrier, "service": row.service, "tracking_number": row.tracking_number,
        "pickup": _pickup(row),
        "customs": row.customs if inside else None, "papers": _papers(scans, locale),
        "eta": row.eta.isoformat() if row.eta else None, "booked_at": clock.iso(row.booked_at),
        "delivered_at": clock.iso(row.delivered_at) if row.delivered_at else None,
        "parcels": [
            {"number": parcel.number, "length_cm": parcel.length_cm, "width_cm": parcel.width_cm, "height_cm": parcel.height_cm,
             "weight_g": parcel.weight_g}
            for parcel in parcels
        ],
        "checkpoints": [checkpoint(scan, locale) for scan in reversed(rules.timeline(scans, observed))],
        "courier_link": link, "label_url": f"/shipments/{row.id}/label.pdf" if link else None,
        "carrier_label_url": f"/labels/{row.carrier_label}/label.pdf" if link and row.carrier_label else None, "proof": _proof(row, photos),
    }


def observed(scan: Checkpoint) -> rules.Checkpoint:
    """A stored scan as the rules read it."""
    return rules.Checkpoint(scan.at.astimezone(UTC), Status(scan.status), Source(scan.source), scan.place, scan.code, scan.reason)


def checkpoint(scan: Checkpoint, locale: str) -> dict[str, Any]:
    """One scan; `label` is its status in words. Newest first wherever several are listed."""
    return {
        "at": clock.iso(scan.at), "received_at": clock.iso(scan.received_at), "status": scan.status, "reason": scan.reason,
        "place": scan.place, "note": scan.note, "source": scan.source, "code": scan.code, "label": label(scan.status, locale),
    }


def label(status: str, locale: str) -> str:
    """A status in words."""
    return i18n.words(locale, WORDS.get(status, WORDS["unknown"]))


def _pickup(row: Shipment) -> dict[str, str] | None:
    if not (row.pickup_from and row.pickup_until):
        return None
    return {"from": clock.iso(row.pickup_from), "until": clock.iso(row.pickup_until)}


def _papers(scans: Sequence[Checkpoint], locale: str) -> dict[str, Any] | None:
    """The leg before the first scan: `{reason, label, since, ready}`; None where no papers were ever spoken of."""
    ours = [scan for scan in reversed(scans) if scan.status == Status.PENDING and scan.source == Source.STEWARD]
    if not any(scan.reason in PAPERS for scan in ours):
        return None
    last = ours[-1]
    return {
        "reason": last.reason, "label": i18n.words(locale, PAPERS[last.reason]) if last.reason in PAPERS else None,
        "since": clock.iso(next(scan.at for scan in ours if scan.reason in PAPERS)), "ready": last.reason is None,
        "ready_at": clock.iso(last.at) if last.reason is None else None,
    }


def _proof(row: Shipment, photos: dict[str, Any]) -> dict[str, Any] | None:
    if row.proof_name is None or row.proof_at is None:
        return None
    return {"name": row.proof_name, "at": clock.iso(row.proof_at), "photo": photos.get(str(row.proof_media_id))}


async def for_courier(row: Shipment, locale: str) -> dict[str, Any]:
    """What a courier's link shows: this parcel, where it goes, and what may be recorded. Nothing of the price."""
    order = await Order.get(id=row.order_id).select_related("buyer", "artisan")
    one = await shipment(row, access.NOBODY, locale)
    return one | {
        "sender": _end(order.artisan, {"city": order.artisan.village, "country": "MA"}),
        "receiver": _end(order.buyer, order.terms["ship_to"]),
        "title": order.title,
        "statuses": [status.value for status in Status if status in COURIER_MAY],
    }


def _end(person: Person, where: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": person.name, "phone": person.phone, "city": where.get("city"), "country": where["country"]}

"""Shipments, their checkpoints, and what the courier's own page shows."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from types import MappingProxyType
from typing import Any
from uuid import UUID

from asyncpg import Record

from hub import access, clock, i18n, rows
from hub.access import Place
from hub.config import config
from hub.errors import N_
from hub.rules import clocks, couriers
from hub.rules import shipments as rules
from hub.rules.sending import HOME
from hub.rules.shipments import COURIER_MAY, Source, Status
from hub.rules.trouble import awaits_papers, papers_since
from hub.views import journeys, media
from hub.views.reasons import why
from models.orders import Order
from models.people import Person
from models.shipments import Checkpoint, Shipment

CHECKPOINTS = 200  # shown of one shipment, the newest
SHIPMENTS = "SELECT * FROM shipment WHERE id = ANY($1::uuid[])"
PARCELS = """
SELECT s.id AS shipment, a.village, o.terms->'ship_to'->>'country' AS country, o.terms->'ship_to'->>'city' AS city, p.*
FROM shipment s JOIN orders o ON o.id = s.order_id JOIN person a ON a.id = o.artisan_id LEFT JOIN parcel p ON p.shipment_id = s.id
WHERE s.id = ANY($1::uuid[]) ORDER BY p.number
"""
BOX = ("number", "length_cm", "width_cm", "height_cm", "weight_g")
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
    "cancelled": N_("Called off"),
    "unknown": N_("No news"),
}


async def shipment(row: Shipment, place: Place, locale: str) -> dict[str, Any]:
    """One shipment, as this person sees it."""
    return (await many([row], {row.id: place}, locale))[0]


async def many(found: Sequence[Shipment], places: Mapping[UUID, Place], locale: str) -> list[dict[str, Any]]:
    """Several shipments in a fixed number of queries; `places` by the shipments' ids."""
    if not found:
        return []
    ids = [row.id for row in found]
    parcels: defaultdict[UUID, list[Record]] = defaultdict(list)
    scans: defaultdict[UUID, list[Checkpoint]] = defaultdict(list)
    boxes, told, photos, links = await asyncio.gather(
        rows.fetch(PARCELS, ids),
        rows.models(Checkpoint, SCANS, ids, CHECKPOINTS),
        media.photos(picture for row in found for picture in (row.proof_media_id, row.proof_signature_id) if picture),
        courier_links(row for row in found if places[row.id].may("see_courier_link")),
    )
    for parcel in boxes:
        parcels[parcel["shipment"]].append(parcel)
    for scan in told:
        scans[scan.shipment_id].append(scan)
    ends = {row.id: parcels[row.id][0] for row in found}
    ways = await journeys.of(found, ends, {row.id: [observed(scan) for scan in scans[row.id]] for row in found})
    return [
        _shipment(row, parcels[row.id], scans[row.id], photos, links.get(row.id), places[row.id].may("see_shipment"), locale)
        | ways[row.id]
        for row in found
    ]


async def cards(events: Sequence[dict[str, Any]], place: Place, locale: str) -> None:
    """Give the last of a shipment's events among these its `card`, the shipment as it stands; its others get none.

    A page of events has one card a shipment, whatever page it is.
    """
    last = {event["data"]["shipment"]: event for event in events if event["kind"].startswith("shipment.")}
    if not last or not place.may("see_shipment"):
        return
    found = await rows.models(Shipment, SHIPMENTS, list(last))
    for shown in await many(found, {row.id: place for row in found}, locale):
        last[shown["id"]]["card"] = shown


def brief(shipment_id: UUID, status: str, locale: str) -> dict[str, Any]:
    """What a list shows of a shipment."""
    return {"id": str(shipment_id), "status": status, "label": label(status, locale)}


async def courier_links(shipments: Iterable[Shipment]) -> dict[UUID, str]:
    """The address behind each label's QR."""
    wanted = list(shipments)
    tokens = await access.courier_tokens(wanted) if wanted else {}
    return {shipment_id: f"{config().base}/c/{token}" for shipment_id, token in tokens.items()}


def _shipment(
    row: Shipment, parcels: list[Record], scans: list[Checkpoint], photos: dict[str, Any], link: str | None, inside: bool, locale: str
) -> dict[str, Any]:
    """`inside`: for somebody who may know what it is worth; the courier may not."""
    return {
        "id": str(row.id), "order": str(row.order_id), "status": row.status, "reason": row.reason,
        "label": label(row.status, locale), "why": why(row.reason, locale),
        "carrier": row.carrier, "service": row.service, "tracking_number": row.tracking_number, "pickup": _pickup(row),
        "customs": row.customs if inside else None, "papers": _papers(scans, locale),
        "eta": row.eta.isoformat() if row.eta else None, "booked_at": clock.iso(row.booked_at),
        "delivered_at": clock.iso(row.delivered_at) if row.delivered_at else None,
        "parcels": [{name: parcel[name] for name in BOX} for parcel in parcels if parcel["number"]],
        "checkpoints": [checkpoint(scan, locale) for scan in reversed(rules.timeline(scans, observed))],
        "ends": _ends(row, parcels[0]),
        "courier_link": link, "courier_code": couriers.spaced(row.courier_code) if link else None,
        "label_url": f"/shipments/{row.id}/label.pdf" if link else None,
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
        "why": why(scan.reason, locale),
    }


def _ends(row: Shipment, end: Record) -> dict[str, Any]:
    """Where it goes and whose clock counts there: `{country, city, zone, of_city}`; `zone` is None where several may be meant."""
    country, city = end["country"], end["city"]
    zones = i18n.zones(country)
    zone = clocks.zone_there(zones, city, row.booked_at)
    return {"country": country, "city": city, "zone": zone, "of_city": len(zones) > 1 and bool(zone and clocks.is_of_city(zone, city))}


def label(status: str, locale: str) -> str:
    """A status in words."""
    return i18n.words(locale, WORDS.get(status, WORDS["unknown"]))


def _pickup(row: Shipment) -> dict[str, str] | None:
    if not (row.pickup_from and row.pickup_until):
        return None
    return {"from": clock.iso(row.pickup_from), "until": clock.iso(row.pickup_until)}


def _papers(scans: Sequence[Checkpoint], locale: str) -> dict[str, Any] | None:
    """The leg before the first scan: `{reason, label, since, ready, ready_at}`, the last wait if there were several; None where no
    papers were ever spoken of. `scans`: newest first."""
    ours = [scan for scan in scans if scan.status == Status.PENDING and scan.source == Source.STEWARD]
    asked = [place for place, scan in enumerate(scans) if scan in ours and awaits_papers(Status.PENDING, scan.reason)]
    since = papers_since(observed(scan) for scan in scans[asked[0] :]) if asked else None
    if since is None:
        return None
    last = ours[0]
    return {
        "reason": last.reason, "label": why(last.reason, locale), "since": clock.iso(since), "ready": last.reason is None,
        "ready_at": clock.iso(last.at) if last.reason is None else None,
    }


def _proof(row: Shipment, photos: dict[str, Any]) -> dict[str, Any] | None:
    if row.proof_name is None or row.proof_at is None:
        return None
    return {
        "name": row.proof_name, "at": clock.iso(row.proof_at), "photo": photos.get(str(row.proof_media_id)),
        "signature": photos.get(str(row.proof_signature_id)),
    }


async def for_courier(row: Shipment, locale: str) -> dict[str, Any]:
    """What a courier's link shows: this parcel, where it goes, and what may be recorded.

    Nothing of the price, and nothing that was written for others: neither the piece's title, which may be the buyer's own
    words, nor the notes of the head office and of carriers, nor the pictures of a proof.
    """
    order = await Order.get(id=row.order_id).select_related("buyer", "artisan")
    one = await shipment(row, access.NOBODY, locale)
    return one | {
        "sender": _end(order.artisan, {"city": order.artisan.village, "country": HOME}),
        "receiver": _end(order.buyer, order.terms["ship_to"], row.door or {}),
        "statuses": [status.value for status in Status if status in COURIER_MAY],
        "courier_code": couriers.spaced(row.courier_code), "papers": None,
        "checkpoints": [scan if scan["source"] == Source.COURIER_LINK else scan | {"note": None} for scan in one["checkpoints"]],
        "proof": one["proof"] and {"name": one["proof"]["name"], "at": one["proof"]["at"]},
    }


def unseen() -> dict[str, Any]:
    """A parcel of which a phone knows no more than its link."""
    nothing = dict.fromkeys(("sender", "receiver", "proof", "courier_code"))
    return nothing | {"status": Status.PENDING.value, "booked_at": "", "checkpoints": [], "parcels": []}


def _end(person: Person, where: Mapping[str, Any], door: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """`door`: what the booking says of it (`hub.rules.sending.Door`)."""
    known = {name: value for name, value in door.items() if value}
    return {
        "name": person.name, "phone": person.phone, "street": None, "postal_code": None, "city": where.get("city"), **known,
        "country": where["country"],
    }

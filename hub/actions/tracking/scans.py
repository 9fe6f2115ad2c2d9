"""A scan, and what becomes of it: stored once, the status derived anew from all, the thread told. Whoever reports, this is how."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from hub import clock, events
from hub.actions import orders
from hub.actions.tracking import journeys, numbers
from hub.actions.tracking.watch import weigh
from hub.rules import shipments as rules
from hub.rules.orders import Stage
from hub.rules.shipments import Scan, Source, Status
from hub.unit import Unit
from hub.views import shipments as view
from models.shipments import Checkpoint, Shipment

SCANS = 2_000  # of one shipment that are looked at, the newest: more than any carrier sends
ARRIVING = (Stage.SHIPPED, Stage.DELIVERED)
DERIVED = (
    "status", "reason", "living", "heard_at", "delivered_at", "proof_name", "proof_at", "proof_media_id", "proof_signature_id",
    "trouble", "look_at", "eta", "eta_at", "tracking_number",
)


async def record(u: Unit, row: Shipment, scans: Sequence[Scan]) -> int:
    """Add the scans that are new, derive the status from everything known, tell the thread; how many were new.

    The same scan reported twice is one. It is an event of the thread at the time it is learned; `happened_at` says when
    it was.
    """
    fresh = await _added(u, row, scans)
    known = await Checkpoint.filter(shipment_id=row.id).order_by("-at", "sameness").limit(SCANS)
    observed = [view.observed(scan) for scan in known]
    status, reason, delivered_at = rules.derive(observed)
    before = Status(row.status)
    ends = status in rules.ENDED and status is not before
    if rules.is_living(status) and not row.living:
        await numbers.give_up(u, row)
    row.status, row.reason, row.living = status.value, reason, rules.is_living(status)
    if fresh and rules.is_news(before, status):
        row.heard_at = u.now
    row.delivered_at = rules.arrived_at(delivered_at, row.booked_at)  # under way again it has none, and its link works again
    weigh(row, known, u)
    await row.save(using_db=u.connection, update_fields=DERIVED)
    if Status.DELIVERED in (before, status):
        await journeys.remember(u, row, observed)
    if ends and row.order.stage in ARRIVING and await orders.all_there(row.order_id):
        await orders.deliver(u, row.order)
    for scan in fresh:
        await _say(u, row, scan)
    await orders.tell(u, row.order, row.id)
    return len(fresh)


async def unknown(shipment_id: UUID, scans: Sequence[Scan], now: datetime) -> dict[str, Scan]:
    """Those that are not stored yet, by the key under which they will be.

    Whoever tells of a known scan with another status contradicts it: both are kept, and the rules choose between them.
    """
    if not scans:
        return {}
    keys = [key for scan in scans for key in (sameness(scan, now), contradicting(scan, now))]
    rows = await Checkpoint.filter(shipment_id=shipment_id, sameness__in=keys).values_list("sameness", "status", "reason")
    known: dict[str, tuple[str, str | None]] = {key: (status, reason) for key, status, reason in rows}
    fresh = {}
    for scan in scans:
        key, says = sameness(scan, now), (scan.status.value, scan.reason)
        if known.get(key, says) != says:
            key = contradicting(scan, now)
        if key not in known:
            known[key], fresh[key] = says, scan
    return fresh


async def _added(u: Unit, row: Shipment, scans: Sequence[Scan]) -> list[Checkpoint]:
    """Those not known yet, stored; the thread's row is held, so nobody adds the same meanwhile."""
    fresh = [_checkpoint(u, row, scan, key) for key, scan in (await unknown(row.id, scans, u.now)).items()]
    fresh.sort(key=lambda one: one.at)
    await Checkpoint.bulk_create(fresh, using_db=u.connection)
    return fresh


def _checkpoint(u: Unit, row: Shipment, scan: Scan, key: str) -> Checkpoint:
    booked_at = row.booked_at if scan.source is Source.COURIER_LINK else None  # carriers may know it before we do
    return Checkpoint(
        shipment_id=row.id, at=rules.true_time(scan.at, u.now, booked_at), received_at=u.now, status=scan.status.value, reason=scan.reason,
        place=scan.place, note=scan.note, source=scan.source.value, code=scan.code,
        by_id=u.actor.person.id if u.actor.person else None, sameness=key,
    )


def of_parcel(scans: Iterable[Scan], opened_at: datetime) -> list[Scan]:
    """Without those of an earlier parcel that had the same number, before this order was opened."""
    return [scan for scan in scans if scan.at is None or not rules.is_before(scan.at, opened_at)]


def sameness(scan: Scan, now: datetime) -> str:
    """Equal for the same scan told again, by the time that was told: what a clock that runs ahead says is heard at two moments."""
    return sha256(repr(rules.same(_told(scan, now))).encode()).hexdigest()


def contradicting(scan: Scan, now: datetime) -> str:
    """The same for one that contradicts a known scan about its status."""
    return sha256(repr((rules.same(_told(scan, now)), scan.status.value, scan.reason)).encode()).hexdigest()


def _told(scan: Scan, now: datetime) -> rules.Checkpoint:
    return rules.Checkpoint((scan.at or now).astimezone(UTC), scan.status, scan.source, scan.place, scan.code)


async def _say(u: Unit, row: Shipment, scan: Checkpoint) -> None:
    await u.say(row.order.thread_id, events.ShipmentCheckpoint(
        shipment=str(row.id), order=str(row.order_id), status=scan.status, shipment_status=row.status, happened_at=clock.iso(scan.at),
        place=scan.place, note=scan.note, source=scan.source, name=row.proof_name if scan.status == Status.DELIVERED else None,
    ))

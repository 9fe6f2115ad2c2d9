"""Shipments: one status derived from every checkpoint, in whatever order they came."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeVar

from hub.rules.refused import Refused

STALE_AFTER = timedelta(days=5)
LINK_OUTLIVES_DELIVERY = timedelta(days=30)
SLOWEST_POLL = timedelta(hours=2)
FIRST_POLL = timedelta(minutes=15)
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(minutes=30)
CLOCK_SLACK = timedelta(minutes=5)
DEAD_CLOCK = timedelta(days=30)
REPORT_TRIES = 20  # of working on a carrier's report; then the clock leaves it to the stewards
SCANS_OF_A_LINK = 100  # of one parcel: none is scanned so often, and whoever found a label can't fill the house; within
SCANS_OF_A_LINK_WITHIN = timedelta(days=1)
PROOF_PICTURES = 20  # in one thread, within
PROOF_PICTURES_WITHIN = timedelta(days=1)
REPORTS_LOOKED_AT = timedelta(days=30)  # for so long one of a number that nobody knows may still find its parcel


class Status(StrEnum):
    """Karrio's tracking statuses."""

    PENDING = "pending"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY_FOR_PICKUP = "ready_for_pickup"
    ON_HOLD = "on_hold"
    DELIVERY_DELAYED = "delivery_delayed"
    DELIVERY_FAILED = "delivery_failed"
    RETURN_TO_SENDER = "return_to_sender"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Source(StrEnum):
    COURIER_LINK = "courier_link"
    CARRIER_HOOK = "carrier_hook"
    CARRIER_POLL = "carrier_poll"
    STEWARD = "steward"


_REASONS = """
export_papers export_papers_origin export_papers_customs export_papers_exchange export_papers_buyer
carrier_damaged_parcel carrier_sorting_error carrier_address_not_found carrier_parcel_lost carrier_not_enough_time
carrier_vehicle_issue carrier_capacity_exceeded carrier_mechanical_delay
consignee_refused consignee_business_closed consignee_not_available consignee_not_home consignee_cancelled
consignee_verification_failed consignee_incorrect_address consignee_access_restricted consignee_safe_place_unavailable
customs_delay customs_documentation customs_duties_unpaid customs_prohibited customs_inspection
retailer_cancelled retailer_incorrect_data retailer_not_ready retailer_incorrect_parcel retailer_incorrect_dimensions
retailer_packaging_issue weather_delay natural_disaster force_majeure parcel_being_researched security_issue
regulatory_hold
"""
REASONS = frozenset(_REASONS.split())
"""Karrio's incident reasons, and those of `export_papers`: our own leg, waiting for papers before the first scan."""

EXPORT_PAPERS = "export_papers"
"""What the reasons of that leg begin with."""

OWN_LEG = "papers"
"""The code of what a steward says of that leg: not a correction, so it stands behind every scan."""

COURIER_MAY = frozenset(Status) - {Status.PENDING, Status.CANCELLED, Status.UNKNOWN, Status.RETURN_TO_SENDER}
"""What a courier's link may record; the rest is the hub's, the carrier's or a steward's to say. A return, too: the label stands on
the box that the buyer has, and a return that is dated back would undo the delivery."""

ENDED = frozenset({Status.DELIVERED, Status.CANCELLED})
"""Not living: the tracking number may be used again, and the carrier is no longer asked. A return is on its way."""

_SAYS_NOTHING = (Status.UNKNOWN, Status.PENDING)
_RANK = {status: rank for rank, status in enumerate((
    Status.UNKNOWN, Status.PENDING, Status.CANCELLED, Status.PICKED_UP, Status.IN_TRANSIT, Status.DELIVERY_DELAYED,
    Status.ON_HOLD, Status.OUT_FOR_DELIVERY, Status.READY_FOR_PICKUP, Status.DELIVERY_FAILED, Status.DELIVERED,
    Status.RETURN_TO_SENDER))}
"""Of two checkpoints at the same moment, the one that is further on counts as the later."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One observed scan: `at` is when it happened (UTC), `code` the carrier's raw code."""

    at: datetime
    status: Status
    source: Source
    place: str | None = None
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """What somebody reports: `at` is when it happened, None for now; `reason` one of REASONS or nothing."""

    status: Status
    source: Source
    at: datetime | None = None
    place: str | None = None
    note: str | None = None
    code: str | None = None
    reason: str | None = None


class Standing(NamedTuple):
    """Where a shipment stands. `delivered_at` is of the first `delivered` since it last was anything else; None while it is not there."""

    status: Status
    reason: str | None
    delivered_at: datetime | None


Told = TypeVar("Told")


def same(checkpoint: Checkpoint) -> tuple[str, str, datetime, str]:
    """Two checkpoints with equal keys are one. Without a raw code (courier, steward) the status stands for it."""
    place = " ".join((checkpoint.place or "").split()).casefold()
    return checkpoint.source.value, checkpoint.code or checkpoint.status.value, checkpoint.at, place


def timeline(told: Iterable[Told], observed: Callable[[Told], Checkpoint]) -> list[Told]:
    """What was told, oldest first and each scan once, the same in whatever order it came.

    One that was told twice and differently (the same raw code, another status) counts as what is further on.
    """
    scans = {same(scan): (scan, one) for scan, one in sorted(((observed(one), one) for one in told), key=lambda pair: _later(pair[0]))}
    return [one for _, one in sorted(scans.values(), key=lambda pair: _later(pair[0]))]


def derive(checkpoints: Iterable[Checkpoint]) -> Standing:
    """Where the shipment stands, from all checkpoints: any order, any repetition, one answer.

    Read by `at`: the latest that says something counts, `pending` and `unknown` never hide a scan, nor do the papers of
    our own leg: who waits for them does not know yet that the parcel was fetched. `delivered` is left only by a carrier's
    `return_to_sender` or a steward, never by the courier's link, which stands on the box that the buyer has by then;
    `return_to_sender` only by a steward, for what is delivered after it is delivered to the maker. Without checkpoints: pending.
    """
    now = Standing(Status.PENDING, None, None)
    for checkpoint in timeline(checkpoints, lambda scan: scan):
        if _moves(now.status, checkpoint):
            there = now.delivered_at or checkpoint.at if checkpoint.status is Status.DELIVERED else None
            now = Standing(checkpoint.status, checkpoint.reason or None, there)
    return now


def _later(checkpoint: Checkpoint) -> tuple[datetime, bool, int, str, tuple[str, str, datetime, str]]:
    return (checkpoint.at, checkpoint.source is Source.STEWARD, _RANK[checkpoint.status], checkpoint.reason or "", same(checkpoint))


def _moves(status: Status, checkpoint: Checkpoint) -> bool:
    if checkpoint.source is Source.STEWARD and checkpoint.code != OWN_LEG:
        return True
    if checkpoint.status in _SAYS_NOTHING:
        return status in _SAYS_NOTHING and _RANK[checkpoint.status] >= _RANK[status]
    if status is Status.DELIVERED:
        turned = checkpoint.status is Status.RETURN_TO_SENDER and checkpoint.source is not Source.COURIER_LINK
        return turned or checkpoint.status is Status.DELIVERED
    return status is not Status.RETURN_TO_SENDER or checkpoint.status is Status.RETURN_TO_SENDER


def true_time(at: datetime | None, received_at: datetime, booked_at: datetime | None = None) -> datetime:
    """When it happened, as far as believable: a clock that runs ahead is brought back to the moment of receipt.

    So is one from long before the shipment was booked: the telephone was off for long, and woke up in another year.
    """
    if at is None or at > received_at + CLOCK_SLACK or (booked_at and at < booked_at - DEAD_CLOCK):
        return received_at
    return at


def astray(at: datetime, now: datetime, opened_at: datetime) -> str | None:
    """Why a scan can't be of this parcel, or None: carriers' clocks are right and stewards read theirs, so it is refused, not mended."""
    if at > now + CLOCK_SLACK:
        return "in_the_future"
    return "before_the_order" if is_before(at, opened_at) else None


def is_before(at: datetime, opened_at: datetime) -> bool:
    """From before there was anything to send: numbers are used again, and carriers tell of the parcel that had it before."""
    return at < opened_at - DEAD_CLOCK


def check_courier_status(text: str) -> Status:
    """Raises Refused('status_not_for_couriers')."""
    if text not in COURIER_MAY:
        raise Refused("status_not_for_couriers", {"status": "status_not_for_couriers"})
    return Status(text)


def known_reason(text: str | None) -> str | None:
    """The reason if it is one of ours, else None: carriers invent more."""
    return text if text in REASONS else None


def looks_s10(number: str) -> bool:
    """The shape of a postal number (UPU S10), RR 47312482 9 GB; spaces don't count."""
    return re.fullmatch(r"[A-Z]{2}[0-9]{9}[A-Z]{2}", plain_number(number)) is not None


def valid_s10(number: str) -> bool:
    """A postal number whose ninth digit is right: weights 8 6 4 2 3 5 9 7, eleven minus the rest, 10 -> 0, 11 -> 5."""
    if not looks_s10(number):
        return False
    digits = [int(digit) for digit in plain_number(number)[2:11]]
    check = 11 - sum(digit * weight for digit, weight in zip(digits[:8], (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return digits[8] == {10: 0, 11: 5}.get(check, check)


def check_tracking_number(number: str) -> str:
    """The number without spaces, in capitals. Raises Refused('bad_tracking_number') for a postal one mistyped, and for
    signs that no carrier uses."""
    if not is_number(number) or (looks_s10(number) and not valid_s10(number)):
        raise Refused("bad_tracking_number", {"tracking_number": "bad_tracking_number"})
    return plain_number(number)


def is_number(number: str) -> bool:
    """Only signs that a label shows and every machine reads: other letters may grow longer as capitals, controls are seen by nobody."""
    return number.isascii() and plain_number(number).isprintable()


def plain_number(number: str) -> str:
    """As it is compared: without spaces, in capitals."""
    return "".join(number.split()).upper()


def all_there(statuses: Iterable[Status]) -> bool:
    """Has an order arrived that travels in shipments of these statuses? Those that were called off don't count."""
    sent = [status for status in statuses if status is not Status.CANCELLED]
    return bool(sent) and all(status is Status.DELIVERED for status in sent)


def is_living(status: Status) -> bool:
    return status not in ENDED


def is_news(before: Status, now: Status) -> bool:
    """Does what was just heard move `heard_at`? Not once the shipment has ended, or each word about it would put its end off."""
    return is_living(now) or now is not before


def arrived_at(delivered_at: datetime | None, booked_at: datetime) -> datetime | None:
    """When it was there, as far as believable: not before it was booked, whatever a slow clock says."""
    return delivered_at and max(delivered_at, booked_at)


def ended_at(living: bool, delivered_at: datetime | None, heard_at: datetime) -> datetime | None:
    """When a shipment ended; None while it lives. One that was called off ended when that was heard: `heard_at` rests from then on."""
    return None if living else delivered_at or heard_at


def scans_count_from(now: datetime, renewed_at: datetime | None) -> datetime:
    """Scans by a parcel's link that were received after this count: what came by a link before it was renewed is another's doing."""
    return max(now - SCANS_OF_A_LINK_WITHIN, renewed_at or datetime.min.replace(tzinfo=UTC))


def check_scans(of_late: int) -> None:
    """Is there room for one more scan by the link? Raises Refused('link_full')."""
    if of_late >= SCANS_OF_A_LINK:
        raise Refused("link_full")


def check_pictures(of_late: int, coming: Collection[str]) -> None:
    """Is there room in this thread for these more pictures of a proof? Raises Refused('link_full'), which names them."""
    if of_late + len(coming) > PROOF_PICTURES:
        raise Refused("link_full", dict.fromkeys(coming, "too_many"))


def takes_over(name: str, at: datetime, proven: tuple[str, datetime] | None, status: Status) -> bool:
    """Does a proof by the courier's link stand for who took the parcel, instead of the one that is known (`proven`: name, when)?

    What was said of a parcel that is delivered stands: whoever has the box has its label, too. Raises Refused('proven') for
    another name. Before that, one from before the known one, that comes late, takes nothing back.
    """
    if proven is None:
        return True
    if status is Status.DELIVERED and not same_name(name, proven[0]):
        raise Refused("proven")
    return status is not Status.DELIVERED and at >= proven[1]


def same_name(one: str, other: str | None) -> bool:
    """Case and spaces don't count."""
    return " ".join(one.split()).casefold() == " ".join((other or "").split()).casefold()


def link_expires_at(ended_at: datetime | None) -> datetime | None:
    """When the courier's link stops working, by when the parcel was delivered or called off; None while it travels."""
    return ended_at + LINK_OUTLIVES_DELIVERY if ended_at else None


def poll_after(silent_polls: int) -> timedelta:
    """How long to wait before asking the carrier again: doubling with each answer without news, at most 2 h."""
    doublings = min(max(silent_polls, 0), 10)
    return min(FIRST_POLL * (1 << doublings), SLOWEST_POLL)


def rest_after(rests: int) -> timedelta:
    """How long a carrier that does not answer is left alone, doubling with each time one after the other, at most 30 minutes."""
    return min(FIRST_REST * (1 << min(max(rests, 0), 10)), LONGEST_REST)

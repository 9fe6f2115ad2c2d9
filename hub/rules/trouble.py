"""What is wrong with a parcel on its way, the worst first: what the stewards' board is sorted by."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum

from hub.rules.shipments import EXPORT_PAPERS, STALE_AFTER, Checkpoint, Source, Status, is_living, timeline

PAPERS_LONG = timedelta(days=21)
UNREPORTED_AFTER = timedelta(days=3)


class Trouble(IntEnum):
    """The lower, the sooner somebody has to do something. Kept in the database: numbers don't change their meaning."""

    LOST = 10
    DAMAGED = 15
    RETURNING = 20
    FAILED = 30
    CUSTOMS = 40
    HELD = 50
    SILENT = 60
    LATE = 70
    DELAYED = 75
    PAPERS = 80
    UNREPORTED = 85
    NONE = 99


_OF_REASON = {"carrier_parcel_lost": Trouble.LOST, "carrier_damaged_parcel": Trouble.DAMAGED}
_OF_STATUS = {
    Status.RETURN_TO_SENDER: Trouble.RETURNING, Status.DELIVERY_FAILED: Trouble.FAILED, Status.ON_HOLD: Trouble.HELD,
    Status.DELIVERY_DELAYED: Trouble.DELAYED,
}


@dataclass(frozen=True, slots=True)
class Journey:
    """What is known of a shipment. `papers_since`: since when it waits for export papers; `reported`: has its carrier said
    anything about its number?"""

    status: Status
    booked_at: datetime
    heard_at: datetime
    reason: str | None = None
    eta: date | None = None
    collected_by: datetime | None = None  # the end of the window in which it is fetched
    papers_since: datetime | None = None
    numbered: bool = False
    reported: bool = False


def trouble(journey: Journey, now: datetime) -> Trouble:
    """The worst of what is wrong now."""
    return min((kind for kind, since in begins(journey).items() if since <= now), default=Trouble.NONE)


def look_again(journey: Journey, now: datetime) -> datetime | None:
    """When something more will be wrong unless there is news; None: time alone changes nothing any more."""
    return min((since for since in begins(journey).values() if since > now), default=None)


def begins(journey: Journey) -> dict[Trouble, datetime]:
    """Each trouble it has, or will have if nothing is heard, with the moment at which it begins. What has ended has none."""
    if not is_living(journey.status):
        return {}
    found = {} if (said := _said(journey)) is None else {said: journey.booked_at}
    if awaits_papers(journey.status, journey.reason):
        found[Trouble.PAPERS] = (journey.papers_since or journey.booked_at) + PAPERS_LONG
    else:  # whoever waits for a paper hears nothing, and knows why
        found[Trouble.SILENT] = journey.heard_at + STALE_AFTER
        if journey.numbered and not journey.reported:
            found[Trouble.UNREPORTED] = max(journey.booked_at, journey.collected_by or journey.booked_at) + UNREPORTED_AFTER
    if journey.eta:
        found[Trouble.LATE] = datetime.combine(journey.eta + timedelta(days=1), time(), UTC)
    return found


def papers_since(scans: Iterable[Checkpoint]) -> datetime | None:
    """Since when export papers are awaited, by the wait that goes on: an earlier one has ended with the papers, or with the way."""
    since = None
    for scan in timeline(scans, lambda scan: scan):
        if awaits_papers(scan.status, scan.reason):
            since = since or scan.at
        elif scan.status is not Status.UNKNOWN or scan.source is Source.STEWARD:  # a carrier's unknown word ends nothing
            since = None
    return since


def _said(journey: Journey) -> Trouble | None:
    """What the status or its reason says is wrong."""
    reason = journey.reason or ""
    if reason in _OF_REASON:
        return _OF_REASON[reason]
    if reason.startswith("customs_") and journey.status is not Status.RETURN_TO_SENDER:
        return Trouble.CUSTOMS
    return _OF_STATUS.get(journey.status)


def awaits_papers(status: Status, reason: str | None) -> bool:
    """Our own leg, before the first scan."""
    return status is Status.PENDING and (reason or "").startswith(EXPORT_PAPERS)

"""What carriers' bodies say: our own form, AfterShip's and EasyPost's. Each bad field is named.

Our own form is strict. Aggregators pass on what their carriers wrote, and send a refused call again for days: only what names
the parcel and the times has to be right, the words for people are kept as far as there is room for them.

A status that is not one of ours is looked up in the carrier's own vocabulary and in the posts'; what is in none is kept as
`unknown` with the raw code.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from hashlib import sha256

from hub.actions.tracking.reports import Report
from hub.rules.shipments import Scan, Source, Status, is_number, known_reason
from hub.rules.terms.fields import Fields
from hub.rules.tracking import aftership as aftership_words
from hub.rules.tracking import easypost as easypost_words
from hub.rules.tracking import upu
from hub.rules.tracking.meaning import Meaning
from hub.web.forms import from_json
from hub.web.reading import Form

MOST = 500  # checkpoints of one call
PLACE, NOTE = 200, 1_000  # letters of a scan's words
EXPECTED = ("latest_estimated_delivery.datetime", "courier_estimated_delivery_date.estimated_delivery_date", "expected_delivery")
"""Where AfterShip's versions write the day of arrival, the newest first."""


def ours(raw: bytes) -> Report:
    """The generic form of `docs/protocol.md`. Raises Refusal `bad_request`, `bad_form`."""
    read = Form(from_json(raw))
    event_id, number, eta = read.needed("event_id", 200), _number(read, "tracking_number"), read.day("eta")
    read.need("checkpoints")
    scans = [_ours(group) for group in read.groups("checkpoints", MOST)]
    read.checked()
    return Report(event_id, number, scans, eta)


def _ours(group: Fields) -> Scan:
    group.need("at")
    status, code = group.text("status", 80) or "", group.text("code", 80)
    place, note = group.text("place", PLACE), group.text("note", NOTE)
    if status in set(Status):
        return _scan(group, "at", Meaning(Status(status), known_reason(group.text("reason", 40))), code, place, note)
    meaning = _post(upu.meaning(status), upu.meaning(code))
    return _scan(group, "at", meaning, code or status or None, place, note)


def aftership(raw: bytes) -> Report | None:
    """`tracking_update`; None for its other events. Times without an offset are taken as UTC."""
    read = Form(from_json(raw))
    if read.text("event", 60) != "tracking_update":
        return None
    told = Fields(read.raw("msg") or {}, read.bad, "msg")
    number, eta = _number(told, "tracking_number"), _eta(told, *EXPECTED)
    scans = [_aftership(group) for group in told.groups("checkpoints", MOST) if group.raw("checkpoint_time")]
    read.checked()
    return Report(read.text("event_id", 200) or _made_up(raw), number, scans, eta)


def _aftership(group: Fields) -> Scan:
    tag, subtag, code = group.said("tag", 40), group.said("subtag", 40), group.said("raw_tag", 80)
    meaning = _post(aftership_words.meaning(tag, subtag), upu.meaning(code))
    place = group.said("location", PLACE) or _place(group, "city", "state", "country_name")
    return _scan(group, "checkpoint_time", meaning, code or subtag or tag, place, group.said("message", NOTE))


def easypost(raw: bytes) -> Report | None:
    """Events about a tracker; None for its others."""
    read = Form(from_json(raw))
    told = Fields(read.raw("result") or {}, read.bad, "result")
    if told.text("object", 40) != "Tracker":
        return None
    number, eta = _number(told, "tracking_code"), _eta(told, "est_delivery_date")
    scans = [_easypost(group) for group in told.groups("tracking_details", MOST) if group.raw("datetime")]
    read.checked()
    return Report(read.text("id", 200) or _made_up(raw), number, scans, eta)


def _easypost(group: Fields) -> Scan:
    status, detail, code = group.said("status", 40), group.said("status_detail", 60), group.said("carrier_code", 80)
    meaning = _post(easypost_words.meaning(status, detail), upu.meaning(code))
    place = group.said("tracking_location", PLACE) or _place(Fields(group.raw("tracking_location"), {}), "city", "state", "country")
    return _scan(group, "datetime", meaning, code or detail or status, place, group.said("message", NOTE))


def _scan(group: Fields, at: str, meaning: Meaning, code: str | None, place: str | None, note: str | None) -> Scan:
    return Scan(
        status=meaning.status, source=Source.CARRIER_HOOK, at=group.moment(at), place=place, note=note, code=code, reason=meaning.reason
    )


def _post(meaning: Meaning, posts: Meaning) -> Meaning:
    """A carrier that says nothing we know may still pass on a code of the posts."""
    return posts if meaning.status is Status.UNKNOWN else meaning


def _place(group: Fields, *names: str) -> str | None:
    return ", ".join(part for part in (group.said(name, 60) for name in names) if part) or None


def _number(told: Fields, name: str) -> str:
    told.need(name)
    number = told.text(name, 60) or ""
    if not is_number(number):
        told.wrong(name, "bad_characters")
    return number


def _eta(told: Fields, *names: str) -> date | None:
    """The first of these days that can be read (`outer.inner` is one within a group): no call is refused for a bad one."""
    for name in names:
        outer, _, inner = name.rpartition(".")
        group = told.raw(outer) if outer else told.data
        if isinstance(group, Mapping) and (day := Fields(group, {}).day(inner)):
            return day
    return None


def _made_up(raw: bytes) -> str:
    """For a call without an id of its own: the same bytes are the same event."""
    return sha256(raw).hexdigest()

"""Threads and their events, as one viewer sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from hub import clock
from hub.journal import Head, Said
from hub.rules.translations import Rendering, Source, State, choose
from hub.unit import services
from hub.views import catalogue, media, people
from models.catalogue import Product
from models.people import Person
from models.threads import Participation, Thread
from models.translations import Translation

SHOWN = 50  # events of a page at first
INBOX = 50  # threads of the inbox at once


async def events(said: Sequence[Said], reader: Person) -> list[dict[str, Any]]:
    """Events with what a person needs to see them: photos, and renderings with the one for this reader chosen.

    To a message's data are added `photos`, `translations: [{lang, text, by, source}]`, `shown` (the translation this
    reader sees first, or None for the original) and `waits` (nobody has relayed it for this reader yet).
    """
    found = [event.fields() for event in said]
    pictures = await media.photos(item for event in found for item in event["data"].get("media") or ())
    renderings = await _renderings(said)
    for event in found:
        data = event["data"]
        if data.get("media"):
            data["photos"] = [pictures[item] for item in data["media"] if item in pictures]
        if event["kind"] == "message":
            _render(
                data, renderings.get((event["thread"], event["seq"]), []), reader, own=event["by"] == str(reader.id)
            )
    return found


async def _renderings(said: Sequence[Said]) -> dict[tuple[str, int], list[Translation]]:
    """Every rendering of these events, oldest first."""
    found: dict[tuple[str, int], list[Translation]] = {}
    messages = [event for event in said if event.kind == "message"]
    if not messages:
        return found
    rows = Translation.filter(
        thread_id__in={event.thread for event in messages}, seq__in={event.seq for event in messages}
    )
    for row in await rows.order_by("id"):
        found.setdefault((str(row.thread_id), row.seq), []).append(row)
    return found


def _render(data: dict[str, Any], rows: list[Translation], reader: Person, *, own: bool) -> None:
    newest = {row.lang: row for row in rows}  # a correction takes the place of what it corrects
    data["translations"] = [
        {"lang": row.lang, "text": row.text, "by": str(row.by_id) if row.by_id else None, "source": row.source}
        for row in newest.values()
    ]
    offered = [Rendering(str(row.id), row.lang, Source(row.source), State(row.state)) for row in newest.values()]
    choice = choose(None if own else data.get("lang"), offered, list(reader.reads))
    by_id = {str(row.id): row for row in rows}
    data["shown"] = None
    if choice.rendering:
        row = by_id[choice.rendering.id]
        data["shown"] = {
            "lang": row.lang,
            "text": row.text,
            "by": str(row.by_id) if row.by_id else None,
            "source": row.source,
        }
    data["waits"] = choice.waits and bool(data.get("body"))


def wanted_languages(thread: dict[str, Any]) -> list[str]:
    """The language each side of a thread (its view) reads best: what a mentor will be asked to relay into."""
    sides = [thread["people"][thread[side]]["reads"] for side in ("buyer", "artisan")]
    return list(dict.fromkeys(reads[0] for reads in sides if reads))


async def thread(row: Thread, own: Participation, viewer: Person) -> dict[str, Any]:
    """A thread with its people, those who left too, and its piece, for somebody who has the place `own` in it."""
    seats = await Participation.filter(thread_id=row.id).select_related("person", "person__portrait").order_by("id")
    [head] = await services().journal.heads(viewer.id, [row.id]) or [Head(row.id, row.last_seq, 0, 0, 0)]
    about = await catalogue.fetched(Product.filter(id=row.product_id)).first() if row.product_id else None
    return _shape(row, head, own, seats) | {
        "about": catalogue.product(about, viewer.locale) if about else None,
        "from": own.from_seq,
    }


def _shape(row: Thread, head: Head, own: Participation, seats: Sequence[Participation]) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "artisan": str(row.artisan_id),
        "buyer": str(row.buyer_id),
        "product": str(row.product_id) if row.product_id else None,
        "head": head.head,
        "unread": head.unread,
        "read": head.read,
        "people": {str(seat.person_id): people.short(seat.person) | {"here": False} for seat in seats},
        "participants": [participant(seat) for seat in seats if seat.left_at is None],
        "my_role": own.role,
        "moved_at": clock.iso(row.moved_at),
    }


def participant(seat: Participation) -> dict[str, Any]:
    """Somebody's membership, and how far everything reached them."""
    return {"person": str(seat.person_id), "role": seat.role, "got": seat.got, "read": seat.read}


async def inbox(viewer: Person) -> list[dict[str, Any]]:
    """The viewer's threads, the most recently moved first, in a fixed number of queries."""
    heads = await services().journal.heads(viewer.id, None, INBOX)
    ids = [head.thread for head in heads]
    if not ids:
        return []
    rows = {row.id: row for row in await Thread.filter(id__in=ids)}
    about = {row.product_id for row in rows.values() if row.product_id}
    pieces = {row.id: row for row in await catalogue.fetched(Product.filter(id__in=about))}
    here = Participation.filter(thread_id__in=ids, left_at=None).select_related("person", "person__portrait")
    seats: dict[UUID, list[Participation]] = {}
    for seat in await here.order_by("id"):
        seats.setdefault(seat.thread_id, []).append(seat)
    last = await _newest(ids, viewer)
    found = []
    for head in heads:
        row, inside = rows[head.thread], seats[head.thread]
        own = next(seat for seat in inside if seat.person_id == viewer.id)
        piece = pieces.get(row.product_id)
        found.append(
            _shape(row, head, own, inside)
            | {"about": catalogue.product(piece, viewer.locale) if piece else None, "last": last.get(str(row.id))}
        )
    return found


async def _newest(ids: list[UUID], viewer: Person) -> dict[str, dict[str, Any]]:
    """The newest event of each thread that says something and is this viewer's to see, in words they read if there are any."""
    rows = await services().journal.pool.fetch(
        "SELECT e.thread_id, e.seq, e.by_id, e.at, e.kind, e.data, e.cid FROM participation AS p"
        " CROSS JOIN LATERAL (SELECT * FROM event WHERE thread_id = p.thread_id AND seq > p.from_seq"
        "   AND kind NOT IN ('joined', 'left', 'edited', 'removed', 'translated')"
        " ORDER BY seq DESC LIMIT 1) AS e WHERE p.thread_id = ANY($1) AND p.person_id = $2",
        ids,
        viewer.id,
    )
    found = {}
    for event in await events([Said(*row) for row in rows], viewer):
        data = event["data"]
        shown = data.get("shown")
        found[event["thread"]] = {
            "text": (shown or {}).get("text") or data.get("body"),
            "at": event["at"],
            "by": event["by"],
            "kind": event["kind"],
            "message": data.get("kind"),
            "seq": event["seq"],
        }
    return found

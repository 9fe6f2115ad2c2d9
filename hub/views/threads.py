"""Threads and their events, as one viewer sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from hub import clock, rows
from hub.journal import Head, Said
from hub.rules.translations import Rendering, Source, State, choose
from hub.unit import services
from hub.views import catalogue, media, people
from hub.views.people import FACE, Face
from models.people import Person
from models.threads import Participation, Thread
from models.translations import Translation

SHOWN = 50  # events of a page at first
INBOX = 50  # threads of the inbox at once
THREADS = "SELECT * FROM thread WHERE id = ANY($1::uuid[])"
MEMBERS = """
SELECT p.thread_id, p.role, p.got, p.read, p.left_at IS NOT NULL, :face
FROM participation p JOIN person face ON face.id = p.person_id LEFT JOIN media portrait ON portrait.id = face.portrait_id
WHERE p.thread_id = ANY($1::uuid[]) ORDER BY p.id
""".replace(":face", FACE)
RENDERINGS = "SELECT * FROM translation WHERE thread_id = ANY($1::uuid[]) AND seq = ANY($2::bigint[]) ORDER BY id"
NEWEST = """
SELECT e.thread_id, e.seq, e.by_id, e.at, e.kind, e.data, e.cid FROM participation AS p
CROSS JOIN LATERAL (SELECT * FROM event WHERE thread_id = p.thread_id AND seq > p.from_seq
    AND kind NOT IN ('joined', 'left', 'edited', 'removed', 'translated') ORDER BY seq DESC LIMIT 1) AS e
WHERE p.thread_id = ANY($1) AND p.person_id = $2
"""


class Member(NamedTuple):
    """Somebody who is in a thread, or was."""

    role: str
    got: int
    read: int
    gone: bool
    face: Face


async def events(said: Sequence[Said], reader: Person) -> list[dict[str, Any]]:
    """Events with what a person needs to see them: photos, and renderings with the one for this reader chosen.

    To a message's data are added `photos`, `translations: [{lang, text, by, source}]`, `shown` (the translation this
    reader sees first, or None for the original) and `waits` (nobody has relayed it for this reader yet).
    """
    found = [event.fields() for event in said]
    pictures, renderings = await asyncio.gather(
        media.photos(item for event in found for item in event["data"].get("media") or ()), _renderings(said)
    )
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
    threads, numbers = {event.thread for event in messages}, {event.seq for event in messages}
    for row in await rows.models(Translation, RENDERINGS, threads, numbers):
        found.setdefault((str(row.thread_id), row.seq), []).append(row)
    return found


def _render(data: dict[str, Any], given: list[Translation], reader: Person, *, own: bool) -> None:
    newest = {row.lang: row for row in given}  # a correction takes the place of what it corrects
    data["translations"] = [
        {"lang": row.lang, "text": row.text, "by": str(row.by_id) if row.by_id else None, "source": row.source}
        for row in newest.values()
    ]
    offered = [Rendering(str(row.id), row.lang, Source(row.source), State(row.state)) for row in newest.values()]
    choice = choose(None if own else data.get("lang"), offered, list(reader.reads))
    by_id = {str(row.id): row for row in given}
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
    """A thread with its people, those who left too, and its piece, for somebody who has the place `own` in it.

    `others` are whose reading counts for the ticks: of the two who deal with each other, those that are not the viewer.
    """
    members, head, about = await asyncio.gather(
        _members([row.id]), services().journal.head(viewer.id, row.id), catalogue.piece(row.product_id, viewer.locale)
    )
    inside = [member for member in members[row.id] if not member.gone]
    others = [member for member in inside if member.role in ("buyer", "artisan") and member.face.id != viewer.id]
    return _shape(row, head or Head(row.id, row.last_seq, 0, 0, 0), own.role, members[row.id]) | {
        "about": about,
        "from": own.from_seq,
        "roles": {str(member.face.id): member.role for member in inside},
        "others": [str(member.face.id) for member in others],
        "reached": {mark: max((getattr(member, mark) for member in others), default=0) for mark in ("got", "read")},
    }


def _shape(row: Thread, head: Head, role: str, members: Sequence[Member]) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "artisan": str(row.artisan_id),
        "buyer": str(row.buyer_id),
        "product": str(row.product_id) if row.product_id else None,
        "head": head.head,
        "unread": head.unread,
        "read": head.read,
        "people": {str(member.face.id): people.short(member.face) | {"here": False} for member in members},
        "participants": [_participant(member) for member in members if not member.gone],
        "my_role": role,
        "moved_at": clock.iso(row.moved_at),
    }


def _participant(member: Member) -> dict[str, Any]:
    """Somebody's membership, and how far everything reached them."""
    return {"person": str(member.face.id), "role": member.role, "got": member.got, "read": member.read}


async def _members(threads: list[UUID]) -> dict[UUID, list[Member]]:
    """Who is and was in each of the threads, those first who came first."""
    found: dict[UUID, list[Member]] = {thread_id: [] for thread_id in threads}
    for thread_id, role, got, read, gone, *face in await rows.fetch(MEMBERS, threads):
        found[thread_id].append(Member(role, got, read, gone, Face(*face)))
    return found


async def inbox(viewer: Person) -> list[dict[str, Any]]:
    """The viewer's threads, the most recently moved first, in a fixed number of queries."""
    heads = await services().journal.heads(viewer.id, INBOX)
    ids = [head.thread for head in heads]
    if not ids:
        return []
    members, last, found = await asyncio.gather(_members(ids), _newest(ids, viewer), rows.models(Thread, THREADS, ids))
    threads = {row.id: row for row in found}
    pieces = await catalogue.pieces({row.product_id for row in found if row.product_id}, viewer.locale)
    return [
        _shape(threads[head.thread], head, _role(members[head.thread], viewer), members[head.thread])
        | {"about": pieces.get(threads[head.thread].product_id), "last": last.get(str(head.thread))}
        for head in heads
    ]


def _role(members: Sequence[Member], viewer: Person) -> str:
    return next(member.role for member in members if member.face.id == viewer.id)


async def _newest(ids: list[UUID], viewer: Person) -> dict[str, dict[str, Any]]:
    """The newest event of each thread that says something and is this viewer's to see, in words they read if there are any."""
    found = {}
    for event in await events([Said(*row) for row in await rows.fetch(NEWEST, ids, viewer.id)], viewer):
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

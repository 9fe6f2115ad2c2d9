"""Who is signed in on this device: the session cookie's token looked up by its hash."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from asyncpg import Record

from hub import clock, rows
from hub.ids import hashed
from hub.together import Together
from hub.unit import services
from models.media import Media
from models.people import Person, Session

COOKIE = "anou_session"
SEEN_EVERY = timedelta(minutes=10)  # how often "last seen" is written
MOST = 256  # looked up in one statement
FIND = """
SELECT p.*, s.id AS session, s.token_hash, s.seen_at, m.width, m.height
FROM session s JOIN person p ON p.id = s.person_id LEFT JOIN media m ON m.id = p.portrait_id
WHERE s.token_hash = ANY($1::text[]) AND s.revoked_at IS NULL AND s.expires_at > $2
"""


class Signed(NamedTuple):
    """A living session and its person, with their portrait."""

    session: UUID
    person: Person


async def find(token: str | None) -> Signed | None:
    """The session of this token, unless it ended, was revoked or never was."""
    record = await _together.find(hashed(token)) if token else None
    if record is None:
        return None
    person = rows.row(Person, record)
    person.portrait = _portrait(record)
    return Signed(record["session"], person)


def _portrait(record: Record) -> Media | None:
    """What is shown of it."""
    if not record["portrait_id"]:
        return None
    return Media.construct(True, id=record["portrait_id"], width=record["width"], height=record["height"])


async def _living(hashes: list[str]) -> dict[str, Record]:
    now = clock.now()
    found = await services().journal.pool.fetch(FIND, hashes, now)
    if stale := [record["session"] for record in found if now - record["seen_at"] > SEEN_EVERY]:
        await Session.filter(id__in=stale).update(seen_at=now)
    return {record["token_hash"]: record for record in found}


_together = Together(_living, MOST)

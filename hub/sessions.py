"""Who is signed in on this device: the session cookie's token looked up by its hash."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from hub import clock
from hub.ids import hashed
from models.people import Person, Session

COOKIE = "anou_session"
SEEN_EVERY = timedelta(minutes=10)  # how often "last seen" is written


class Signed(NamedTuple):
    """A living session and its person."""

    session: Session
    person: Person


async def find(token: str | None) -> Signed | None:
    """The session of this token, unless it ended, was revoked or never was."""
    if not token:
        return None
    now = clock.now()
    session = (
        await Session.filter(token_hash=hashed(token), revoked_at=None, expires_at__gt=now)
        .select_related("person", "person__portrait")
        .first()
    )
    if session is None:
        return None
    if now - session.seen_at > SEEN_EVERY:
        await Session.filter(id=session.id).update(seen_at=now)
    return Signed(session, session.person)

"""People and threads for a test, thousands of them in a handful of statements."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from hub import clock, ids


class Someone(NamedTuple):
    """A signed-in person; ids as text."""

    id: str
    session: str
    token: str


class Talk(NamedTuple):
    """A thread and who is in it."""

    thread: str
    people: tuple[Someone, ...]


async def people(connection: Any, count: int) -> list[Someone]:
    """`count` new people, each signed in on one device. `connection` is asyncpg's."""
    made = [Someone(str(ids.new_id()), str(ids.new_id()), ids.new_token()) for _ in range(count)]
    now = clock.now()
    everyone = [one.id for one in made]
    await connection.execute(
        "INSERT INTO person (id, name, roles, locale, reads, speaks, bio, created_at)"
        " SELECT id, 'Somebody', '{}', 'en', '{en}', '{en}', '{}', $2 FROM unnest($1::uuid[]) AS g (id)",
        everyone, now,
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO session (id, person_id, token_hash, device, created_at, seen_at, expires_at)"
        " SELECT s, p, h, 'chaos', $4, $4, $5 FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS g (s, p, h)",
        [one.session for one in made], everyone, [ids.hashed(one.token) for one in made], now, now + timedelta(days=1),
    )  # fmt: skip
    return made


async def talks(connection: Any, count: int, size: int = 2) -> list[Talk]:
    """`count` new threads of `size` new people each: a buyer, an artisan, and mentors."""
    everyone = await people(connection, count * size)
    return await seat(connection, [tuple(everyone[n * size : (n + 1) * size]) for n in range(count)])


async def seat(connection: Any, groups: list[tuple[Someone, ...]]) -> list[Talk]:
    """A new thread for each of these groups of at least two."""
    made = [Talk(str(ids.new_id()), group) for group in groups]
    now = clock.now()
    await connection.execute(
        "INSERT INTO thread (id, buyer_id, artisan_id, last_seq, roster, created_at, moved_at)"
        " SELECT t, b, a, 0, 1, $4, $4 FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS g (t, b, a)",
        [talk.thread for talk in made], [talk.people[0].id for talk in made], [talk.people[1].id for talk in made], now,
    )  # fmt: skip
    seats = [
        (talk.thread, one.id, ("buyer", "artisan", "mentor")[min(place, 2)]) for talk in made for place, one in enumerate(talk.people)
    ]
    await connection.execute(
        "INSERT INTO participation (thread_id, person_id, role, from_seq, got, read, joined_at)"
        " SELECT t, p, r, 0, 0, 0, $4 FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS g (t, p, r)",
        [seat[0] for seat in seats], [seat[1] for seat in seats], [seat[2] for seat in seats], now,
    )  # fmt: skip
    return made

"""What the sockets ask the database, in as few statements as there are questions. Timelines are read through the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from hub import clock
from hub.journal import UNREAD, Head, Journal, Said
from hub.together import Together

READS = 2  # of the other reads, at a time: pages and the lanes of the journal share the connections and must not wait
CHUNK = 1000  # rows asked for in one statement
PEOPLE_AT_ONCE = 64  # people whose threads are asked for in one statement
PAGES_AT_ONCE = 16  # pages of events in one statement, each of up to 200 events of up to 4,000 characters
OWN_THREADS = 200  # of one person, those that moved most recently

T = TypeVar("T")

HEADS = """
SELECT p.thread_id::text, p.person_id::text, t.last_seq, u.unread
FROM unnest($1::uuid[], $2::uuid[]) AS w (thread, person)
JOIN participation p ON p.thread_id = w.thread AND p.person_id = w.person AND p.left_at IS NULL
JOIN thread t ON t.id = w.thread :unread
""".replace(":unread", UNREAD)
OWN = """
SELECT p.person_id, p.thread_id, p.last_seq, p.got, p.read, u.unread FROM unnest($1::uuid[]) AS w (person) CROSS JOIN LATERAL (
    SELECT q.*, t.last_seq, t.moved_at FROM participation q JOIN thread t ON t.id = q.thread_id
    WHERE q.person_id = w.person AND q.left_at IS NULL ORDER BY t.moved_at DESC LIMIT $2) AS p
:unread ORDER BY p.moved_at DESC
""".replace(":unread", UNREAD)
STANDING = """
SELECT p.person_id, p.thread_id, t.last_seq, p.from_seq,
    (SELECT array_agg(q.person_id::text ORDER BY q.id) FROM participation q WHERE q.thread_id = p.thread_id AND q.left_at IS NULL)
FROM unnest($1::uuid[], $2::uuid[]) AS w (person, thread)
JOIN participation p ON p.thread_id = w.thread AND p.person_id = w.person AND p.left_at IS NULL
JOIN thread t ON t.id = w.thread
"""
MISSED = """
SELECT e.thread_id, e.seq, e.by_id, e.at, e.kind, e.data, e.cid, w.after FROM unnest($1::uuid[], $2::bigint[]) AS w (thread, after)
CROSS JOIN LATERAL (SELECT * FROM event WHERE thread_id = w.thread AND seq > w.after ORDER BY seq LIMIT $3) AS e ORDER BY e.seq
"""
MOVED = """
SELECT t.id::text, p.person_id::text, t.last_seq FROM thread t JOIN participation p ON p.thread_id = t.id
WHERE t.moved_at > $1 AND p.left_at IS NULL AND p.person_id = ANY($2::uuid[])
"""
PEOPLE = "SELECT person_id::text, from_seq FROM participation WHERE thread_id = $1 AND left_at IS NULL ORDER BY id"
ENDED = """
SELECT w.id::text FROM unnest($1::uuid[]) AS w (id) LEFT JOIN session s ON s.id = w.id
WHERE s.id IS NULL OR s.revoked_at IS NOT NULL OR s.expires_at <= $2
"""
STRANGERS = """
SELECT w.thread::text, w.person::text FROM unnest($1::uuid[], $2::uuid[]) AS w (thread, person)
LEFT JOIN participation p ON p.thread_id = w.thread AND p.person_id = w.person AND p.left_at IS NULL
WHERE p.id IS NULL
"""
# Rows are locked in the order of their keys, so that two nodes with the same people never wait for each other in a circle.
MARKS = """
WITH given AS (
    SELECT p.id, greatest(p.got, least(w.got, t.last_seq)) AS got, greatest(p.read, least(w.read, t.last_seq)) AS read
    FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[]) AS w (thread, person, got, read)
    JOIN participation p ON p.thread_id = w.thread AND p.person_id = w.person AND p.left_at IS NULL
    JOIN thread t ON t.id = w.thread
    WHERE least(w.got, t.last_seq) > p.got OR least(w.read, t.last_seq) > p.read
    ORDER BY p.id FOR NO KEY UPDATE OF p
)
UPDATE participation p SET got = greatest(p.got, g.got), read = greatest(p.read, g.read) FROM given g WHERE p.id = g.id
RETURNING p.thread_id::text, p.person_id::text, p.got, p.read,
    (SELECT array_agg(q.person_id::text) FROM participation q WHERE q.thread_id = p.thread_id AND q.left_at IS NULL)
"""


class Standing(NamedTuple):
    """A person's place in a thread: `floor` is the last event before they were let in, `people` who is in it."""

    thread: UUID
    head: int
    floor: int
    people: tuple[str, ...]


class Moved(NamedTuple):
    """How far a participant's watermarks have come, and who is to know."""

    thread: str
    person: str
    got: int
    read: int
    people: list[str]


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """`items` in pieces of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


class Store:
    """The database, as the sockets know it. What each of many asks when all come back at once is asked together."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._turn = asyncio.Semaphore(READS)
        self._own = Together(self._ask_own, PEOPLE_AT_ONCE)
        self._standing = Together(self._ask_standing, PEOPLE_AT_ONCE)
        self._missed = Together(self._ask_missed, PAGES_AT_ONCE)

    async def _fetch(self, query: str, *values: Any) -> list[Any]:
        async with self._turn:
            return list(await self._journal.pool.fetch(query, *values))

    async def epoch(self) -> str:
        """The name of this database."""
        return str((await self._fetch("SELECT epoch FROM house WHERE id = 1"))[0][0])

    async def own(self, person: UUID) -> list[Head]:
        """The 200 threads of this person that moved most recently."""
        return await self._own.find(person) or []

    async def _ask_own(self, people: list[UUID]) -> dict[UUID, list[Head]]:
        found: dict[UUID, list[Head]] = {}
        for person, *head in await self._journal.pool.fetch(OWN, people, OWN_THREADS):
            found.setdefault(person, []).append(Head(*head))
        return found

    async def standing(self, person: UUID, threads: Sequence[UUID]) -> dict[str, Standing]:
        """This person's place in those of `threads` that they are in."""
        return (await self._standing.find((person, *threads)) or {}) if threads else {}

    async def _ask_standing(self, asked: list[tuple[UUID, ...]]) -> dict[tuple[UUID, ...], dict[str, Standing]]:
        """Of each (person, thread, thread ...)."""
        pairs = [(person, thread) for person, *threads in asked for thread in threads]
        places: dict[tuple[UUID, UUID], Standing] = {}
        for part in chunks(pairs):
            for person, thread, head, floor, people in await self._journal.pool.fetch(STANDING, *zip(*part, strict=True)):
                places[person, thread] = Standing(thread, head, floor, tuple(people))
        return {
            (person, *threads): {str(thread): places[person, thread] for thread in threads if (person, thread) in places}
            for person, *threads in asked
        }

    async def after(self, thread: UUID, seq: int, limit: int) -> list[Said]:
        """Up to `limit` events above `seq`, ascending."""
        return await self._missed.find((thread, seq, limit)) or []

    async def _ask_missed(self, asked: list[tuple[UUID, int, int]]) -> dict[tuple[UUID, int, int], list[Said]]:
        """Of each (thread, seq, limit)."""
        found: dict[tuple[UUID, int], list[Said]] = {(thread, seq): [] for thread, seq, _ in asked}
        most = max(limit for _, _, limit in asked)
        wanted = list(found)
        rows = await self._journal.pool.fetch(MISSED, [thread for thread, _ in wanted], [seq for _, seq in wanted], most)
        for *said, after in rows:
            found[said[0], after].append(Said(*said))
        return {(thread, seq, limit): found[thread, seq][:limit] for thread, seq, limit in asked}

    async def before(self, thread: UUID, seq: int, limit: int, floor: int) -> list[Said]:
        """The `limit` events just below `seq` (and above `floor`), ascending."""
        async with self._turn:
            return await self._journal.before(thread, seq, limit, floor)

    async def missed(self, thread: str, seq: int, limit: int) -> tuple[list[Said], tuple[str, ...]]:
        """Events above `seq`, and who may see them: who is in the thread after they were read, and was let in before them.

        They end where somebody was let in "from now on": what comes behind has other readers, and is for the next call.
        """
        said = await self.after(UUID(thread), seq, limit)
        people = await self._fetch(PEOPLE, UUID(thread)) if said else []
        ends = min((floor for _, floor in people if floor > seq), default=None)
        return (
            [event for event in said if ends is None or event.seq <= ends],
            tuple(person for person, floor in people if floor <= seq),
        )

    async def heads(self, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int]]:
        """Head and unread of each (thread, person) who is in it."""
        found: dict[tuple[str, str], tuple[int, int]] = {}
        for part in chunks(pairs):
            rows = await self._fetch(HEADS, [pair[0] for pair in part], [pair[1] for pair in part])
            found |= {(thread, person): (head, unread) for thread, person, head, unread in rows}
        return found

    async def last_seqs(self, threads: Sequence[str]) -> dict[str, int]:
        """How far each thread has come."""
        found: dict[str, int] = {}
        for part in chunks(threads):
            found |= dict(await self._fetch("SELECT id::text, last_seq FROM thread WHERE id = ANY($1::uuid[])", part))
        return found

    async def moved(self, since: datetime, people: Sequence[str]) -> list[tuple[str, str, int]]:
        """(thread, person, head) of those people's threads that moved since then."""
        return [tuple(row) for part in chunks(people) for row in await self._fetch(MOVED, since, part)]

    async def ended(self, sessions: Sequence[str]) -> set[str]:
        """Those of the sessions that live no longer."""
        return {row[0] for part in chunks(sessions) for row in await self._fetch(ENDED, part, clock.now())}

    async def strangers(self, pairs: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those (thread, person) where the person is not in the thread."""
        return {
            (row[0], row[1])
            for part in chunks(pairs)
            for row in await self._fetch(STRANGERS, [pair[0] for pair in part], [pair[1] for pair in part])
        }

    async def mark(self, marks: Sequence[tuple[str, str, int, int]]) -> list[Moved]:
        """Move the watermarks of (thread, person, got, read), never backwards, never beyond the head; those that moved."""
        return [Moved(*row) for part in chunks(marks) for row in await self._fetch(MARKS, *zip(*part, strict=True))]

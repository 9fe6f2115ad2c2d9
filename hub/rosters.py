"""Who is in a thread, remembered for as long as the thread's roster number stays the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, NamedTuple

KEPT = 50_000  # threads whose people are remembered
ASK = (
    "SELECT t.id::text, t.roster, array_agg(p.person_id::text ORDER BY p.id) FROM thread t"
    " JOIN participation p ON p.thread_id = t.id WHERE t.id = ANY($1) AND p.left_at IS NULL GROUP BY t.id"
)


class Roster(NamedTuple):
    """The people of a thread, and the number under which they are its people."""

    number: int
    people: tuple[str, ...]


NOBODY = Roster(0, ())


class Rosters:
    """The rosters this process knows. The database moves a thread's number with every coming and going."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Roster] = OrderedDict()

    def get(self, thread: str) -> Roster | None:
        """What was last known of this thread; the writer of a message has it confirmed by the database."""
        return self._known.get(thread)

    async def load(self, source: Any, threads: Iterable[str]) -> None:
        """Ask the database (an asyncpg connection or pool) for these threads."""
        for thread, number, people in await source.fetch(ASK, list(threads)):
            self._known[thread] = Roster(number, tuple(people))
            self._known.move_to_end(thread)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)

    async def people(self, source: Any, threads: dict[str, int]) -> dict[str, tuple[str, ...]]:
        """The people of each thread, under this roster number or a later one."""
        if unknown := [thread for thread, number in threads.items() if self._known.get(thread, NOBODY).number != number]:
            await self.load(source, unknown)
        return {thread: self._known.get(thread, NOBODY).people for thread in threads}

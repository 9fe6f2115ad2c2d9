"""One lane of the journal: what waits to be written, and the connection that writes it in one call, one commit."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from hub import clock
from hub.config import Config
from hub.database import DOWN, credentials, server_settings

RETRY_S = 8.0  # how long a batch is tried again while the database does not answer
APPEND = "SELECT ord, outcome, seq, at, roster FROM journal_append($1, $2, $3, $4, $5)"
STORED, REPEATED, STRANGER = 0, 1, 2  # outcomes of journal_append
# The function's statements are planned once a connection, not once a call: by index only, for a plan made while the
# tables are small must still be right when they are large.
PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan"} | {
    f"enable_{way}": "off" for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin")
}


class Stored(NamedTuple):
    """The answer to `append`: where the message stands, and whether it stood there already."""

    seq: int
    at: datetime
    dup: bool


class Waiting(NamedTuple):
    """A message without a number yet, and who waits for its answer."""

    thread: UUID
    person: UUID
    cid: UUID
    data: str
    answer: asyncio.Future[Stored]


class Lane:
    """What waits to be written, and the one connection that writes it; opened again when it was lost."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._connection: asyncpg.Connection | None = None
        self.waiting: list[Waiting] = []
        self.flushing = False

    async def write(self, batch: list[Waiting]) -> list[Any]:
        """One call, one commit. Trying again after a lost connection is safe: client ids take effect once."""
        arguments = (
            [w.thread for w in batch],
            [w.person for w in batch],
            [w.cid for w in batch],
            [w.data for w in batch],
            clock.now(),
        )
        deadline = asyncio.get_running_loop().time() + RETRY_S
        while True:
            try:
                return await self._call(*arguments)
            except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, *DOWN) as fault:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(0.25 if isinstance(fault, DOWN) else 0.01)

    async def _call(self, *arguments: Any) -> list[Any]:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(
                **credentials(self._config.database_url),
                timeout=self._config.db_timeout,
                command_timeout=self._config.db_timeout + 2,
                server_settings=server_settings(self._config) | PLANNED_ONCE,
            )
        return list(await self._connection.fetch(APPEND, *arguments))

    async def close(self) -> None:
        """Give the connection back, within three seconds."""
        if self._connection and not self._connection.is_closed():
            try:
                await self._connection.close(timeout=3)
            except DOWN:
                self._connection.terminate()

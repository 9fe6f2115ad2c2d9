"""Connections that only ever read, one statement at a time: nothing is left behind in them that had to be tidied away.

asyncpg's pool asks the server to reset each connection that comes back, and gives it back in a task of its own: twice the
time of a look-up by key. What is read here is never part of a transaction; who writes reads through their unit.
"""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg

from hub.config import Config
from hub.database import DOWN, credentials, server_settings
from hub.tasks import end

MOST = 6  # connections
CLOSING_S = 3.0


class Readers:
    """A few connections, opened when they are needed, the last one used first."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._turn = asyncio.Semaphore(MOST)
        self._free: list[asyncpg.Connection] = []
        self._mending: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Open the first, so that a wrong address is known at once."""
        self._free.append(await self.connect())

    async def fetch(self, query: str, *values: Any) -> list[asyncpg.Record]:
        """The rows of one reading statement; waits `pool_wait` for a connection. Raises TimeoutError when none came free."""
        async with asyncio.timeout(self._config.pool_wait):
            await self._turn.acquire()
        try:
            connection = await self._take()
            try:
                found: list[asyncpg.Record] = await connection.fetch(query, *values)
            except asyncpg.PostgresError:  # the server's own no: the connection is as good as before, or closed
                self._give(connection)
                raise
            except BaseException:  # cancelled, or too late: the server has been told, and has yet to say so
                self._mend(connection)
                raise
            self._give(connection)
            return found
        finally:
            self._turn.release()

    async def _take(self) -> asyncpg.Connection:
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                return connection
        return await self.connect()

    def _give(self, connection: asyncpg.Connection) -> None:
        if len(self._free) >= MOST:  # others were opened while it was mended
            connection.terminate()
        elif not connection.is_closed():
            self._free.append(connection)

    def _mend(self, connection: asyncpg.Connection) -> None:
        task = asyncio.create_task(self._mended(connection))
        self._mending.add(task)
        task.add_done_callback(self._mending.discard)

    async def _mended(self, connection: asyncpg.Connection) -> None:
        """It is as good as before once it answers again."""
        try:
            await connection.fetch("SELECT 1", timeout=CLOSING_S)
        except BaseException:
            connection.terminate()
        else:
            self._give(connection)

    async def connect(self) -> asyncpg.Connection:
        """One more connection, with the limits of all."""
        return await asyncpg.connect(
            **credentials(self._config.database_url),
            timeout=self._config.db_timeout,
            command_timeout=self._config.db_timeout + 2,
            server_settings=server_settings(self._config),
        )

    async def stop(self) -> None:
        """Give the connections back, within three seconds."""
        await end(self._mending)
        free, self._free = self._free, []
        for connection in free:
            try:
                await connection.close(timeout=CLOSING_S)
            except DOWN:
                connection.terminate()

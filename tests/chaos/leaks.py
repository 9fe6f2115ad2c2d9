"""What must be as it was once nobody asks for anything: connections, turns, locks, transactions, sockets."""

from __future__ import annotations

import asyncio

import asyncpg
from tortoise import connections

from hub import unit
from hub.config import config
from hub.database import credentials
from hub.readers import MOST
from hub.unit import services
from realtime.store import READS
from tests.chaos.check import Broken
from tests.realtime.conftest import Node

HELD = """
SELECT count(*), count(*) FILTER (WHERE state LIKE 'idle in transaction%'),
    (SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND pid <> pg_backend_pid())
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'anou'
"""
WHOSE = """
SELECT a.application_name, a.state, a.wait_event, now() - a.state_change AS since, left(a.query, 80) AS query, l.locktype, l.mode, l.granted
FROM pg_stat_activity a LEFT JOIN pg_locks l USING (pid)
WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
    AND (l.pid IS NOT NULL OR a.state <> 'idle')
"""


class Leaks:
    """Of a node in this process, whose `sockets` stay open."""

    def __init__(self, node: Node, sockets: int) -> None:
        self._node, self._sockets = node, sockets

    async def none(self, within: float = 5.0) -> None:
        """Wait until everything was given back. Raises Broken with what was left behind."""
        await unit.finished(within)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while found := self._here() | await self._there():
            if loop.time() > deadline:
                raise Broken([f"left behind: {found}", *await self._whose()])
            await asyncio.sleep(0.02)

    def _here(self) -> dict[str, int]:
        """What this process holds."""
        orm, reading = connections.get("default")._pool, services().journal.pool  # type: ignore[attr-defined]
        held = {
            "connections of the ORM": orm.get_size() - orm.get_idle_size() if orm else 0,
            "connections for reading": MOST - reading._turn._value,
            "turns of units": max(1, config().db_pool - 3) - services().turns._value,
            "turns of reads": READS - self._node.realtime._store._turn._value,
            "sockets": len(self._node.realtime.fanout.connections()) - self._sockets,
        }
        return {name: count for name, count in held.items() if count}

    async def _whose(self) -> list[str]:
        """What the sessions of the database that hold something are about."""
        return [str(dict(row)) for row in await _asked(WHOSE)]

    async def _there(self) -> dict[str, int]:
        """What the database holds for it."""
        [(opened, idle, locks)] = await _asked(HELD)
        most = config().db_pool + config().lane_pool + MOST
        found = {"connections too many": max(0, opened - most), "transactions": idle, "locks": locks}
        return {name: count for name, count in found.items() if count}


async def _asked(query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(**credentials(config().database_url))
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()

"""`anou bench storm`: everybody loses the line at once, misses events, and comes back without waiting."""

from __future__ import annotations

import time
from typing import Any

import asyncpg

from hub.database import credentials
from tests.bench.history import fill
from tests.bench.stage import hub_people, pairs, stage

MISSED = 20


async def run(clients: int) -> dict[str, Any]:
    """Seconds until all are caught up, against the seconds that reading the same events costs by itself."""
    async with stage() as at:
        threads = await pairs(clients // 2)
        connection = await asyncpg.connect(**credentials(at.config.database_url))
        try:
            await fill(connection, [thread for thread, _ in threads], MISSED)
            reads = await _reads(connection, [thread for thread, _ in threads])
        finally:
            await connection.close()
        base, _pid = await at.hub()
        found = await at.load({"people": hub_people([base], threads), "warm_s": 0, "seconds": 0.1, "silent": True})
        await at.stop()
    return {"clients": clients, "caught_up_s": found["connected_s"], "events": found["events"], "reads_s": reads}


async def _reads(connection: Any, threads: list[str]) -> float:
    """What the database needs to hand out the missed events, twice each."""
    start = time.perf_counter()
    for thread in threads:
        for _ in range(2):
            await connection.fetch(
                "SELECT thread_id, seq, by_id, at, kind, data, cid FROM event WHERE thread_id = $1 AND seq > 0 ORDER BY seq LIMIT 200",
                thread,
            )
    return time.perf_counter() - start

"""`anou bench history`: does a message cost more when much was said before, and an old page more than the newest?"""

from __future__ import annotations

import time
from typing import Any

import asyncpg

from hub.database import credentials
from tests.bench.chat import THREADS
from tests.bench.stage import hub_people, pairs, stage

PAGE = 50
FILL = """
WITH filled AS (
    INSERT INTO event (thread_id, seq, by_id, at, kind, data, cid)
    SELECT t.id, t.last_seq + g, t.buyer_id, now(), 'message',
           jsonb_build_object('kind', 'text', 'body', 'Le bleu est-il le même que sur la photo ? ' || g, 'lang', 'fr'), gen_random_uuid()
    FROM thread t CROSS JOIN generate_series(1, $2::int) g WHERE t.id = ANY ($1::uuid[]))
UPDATE thread SET last_seq = last_seq + $2::int WHERE id = ANY ($1::uuid[])
"""


async def fill(connection: Any, threads: list[str], each: int) -> None:
    """`each` messages more in every thread."""
    await connection.execute(FILL, threads, each, timeout=1800)


async def run(small: int, large: int, seconds: float) -> dict[str, Any]:
    """Messages a second with `small` and with `large` events stored; a page of old messages against the newest."""
    async with stage() as at:
        threads = await pairs(THREADS)
        names = [thread for thread, _ in threads]
        connection = await asyncpg.connect(**credentials(at.config.database_url))
        rates = []
        stored = 0
        for size in (small, large):
            await fill(connection, names, (size - stored) // THREADS)
            stored = size
            await connection.execute("VACUUM ANALYZE event", timeout=1800)
            base, _pid = await at.hub()
            heads = {
                str(row["id"]): row["last_seq"] for row in await connection.fetch("SELECT id, last_seq FROM thread")
            }
            found = await at.load(
                {"people": hub_people([base], threads), "warm_s": 2, "seconds": seconds, "heads": heads}
            )
            rates.append(found["delivered_per_s"])
            await at.stop()
        newest, old = (
            await _page(connection, names, large // THREADS),
            await _page(connection, names, large // THREADS // 2),
        )
        await connection.close()
    return {
        "rate_small": rates[0], "rate_large": rates[1], "cost_ratio": rates[0] / rates[1],
        "newest_page_ms": newest, "old_page_ms": old, "page_ratio": old / newest,
    }  # fmt: skip


async def _page(connection: Any, threads: list[str], before: int) -> float:
    times = []
    for thread in threads * 4:
        start = time.perf_counter()
        await connection.fetch(
            "SELECT thread_id, seq, by_id, at, kind, data, cid FROM event WHERE thread_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3",
            thread, before, PAGE,
        )  # fmt: skip
        times.append((time.perf_counter() - start) * 1000)
    return sorted(times)[len(times) // 2]

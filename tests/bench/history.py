"""`anou bench history`: does a message cost more when much was said before, and an old page more than the newest?"""

from __future__ import annotations

import random
import time
from dataclasses import replace
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg

from hub import database
from hub.config import use
from hub.database import credentials
from hub.journal import BEFORE
from tests.bench import processor
from tests.bench.chat import THREADS
from tests.bench.course import far, step
from tests.bench.stage import Stage, heads, hub_people, pairs, stage

PAGE = 50
PAGES = 400
CHUNK = 100_000  # events in one commit
FILL = """
WITH filled AS (
    INSERT INTO event (thread_id, seq, by_id, at, kind, data, cid)
    SELECT t.id, t.last_seq + g, CASE WHEN g % 2 = 0 THEN t.buyer_id ELSE t.artisan_id END, now(), 'message',
           jsonb_build_object('kind', 'text', 'body', 'Le bleu est-il le même que sur la photo ? ' || g, 'lang', 'fr'),
           uuidv7(make_interval(secs => g - $2::int))
    FROM generate_series(1, $2::int) g CROSS JOIN thread t WHERE t.id = ANY ($1::uuid[]) ORDER BY g)
UPDATE thread SET last_seq = last_seq + $2::int WHERE id = ANY ($1::uuid[])
"""


async def fill(connection: Any, threads: list[str], each: int) -> None:
    """`each` messages more in every thread, as they would have come: all threads side by side, every index kept."""
    await connection.execute("SET synchronous_commit = off")  # only of this filling
    some = max(1, CHUNK // len(threads))
    for begun in range(0, each, some):
        await connection.execute(FILL, threads, min(some, each - begun), timeout=600)
        far(begun / each)


async def run(small: int, large: int, seconds: float, repeat: int) -> dict[str, Any]:
    """Messages a second, and processor microseconds of each, with `small` and with `large` events stored: two databases,
    in turns, medians. Milliseconds for a page of old messages against the newest, by the journal's own statement."""
    async with stage() as at:
        houses = {}
        for name, size in (("small", small), ("large", large)):
            async with step(f"{size:,} events are stored"):
                houses[name] = await House.built(at, name, size)
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in houses}
        for _ in range(repeat):
            for name, house in houses.items():
                runs[name].append(await house.chat(seconds))
        async with step("old pages and new ones"):
            pages = await houses["large"].pages()
    costs = {name: {key: median(one[key] for one in found) for key in found[0]} for name, found in runs.items()}
    return costs | {
        "cost_ratio": costs["small"]["delivered_per_s"] / costs["large"]["delivered_per_s"],
        "processor_ratio": costs["large"]["us_together"] / costs["small"]["us_together"],
        **pages, "page_ratio": pages["old_page_ms"] / pages["newest_page_ms"],
    }  # fmt: skip


def steps(repeat: int) -> int:
    """How many steps that is."""
    return 3 + 2 * repeat


class House:
    """A database of its own in the stage's Postgres, with its threads."""

    def __init__(self, at: Stage, url: str) -> None:
        self._at, self._url = at, url
        self._threads: list[tuple[str, list[dict[str, str]]]] = []

    @classmethod
    async def built(cls, at: Stage, name: str, size: int) -> House:
        """With `size` events in it."""
        guard = await asyncpg.connect(**credentials(at.config.database_url))
        await guard.execute(f"CREATE DATABASE {name}")
        await guard.close()
        house = cls(at, at.config.database_url.rpartition("/")[0] + f"/{name}")
        own = use(replace(at.config, database_url=house._url))
        await database.migrate(own)
        house._threads = await pairs(THREADS)
        connection = await asyncpg.connect(**credentials(house._url))
        await fill(connection, [thread for thread, _ in house._threads], size // THREADS)
        await connection.execute("VACUUM ANALYZE", timeout=600)
        await connection.execute("CHECKPOINT", timeout=600)
        await connection.close()
        return house

    async def chat(self, seconds: float) -> dict[str, float]:
        """Everyone says something at once, and again as soon as it is acknowledged."""
        base, _pid = await self._at.hub(database_url=self._url)
        job = {
            "people": hub_people([base], self._threads),
            "warm_s": 2,
            "seconds": seconds,
            "heads": await heads(self._url),
        }
        before = processor.spent()
        found = await self._at.load(job)
        used = processor.each(before, processor.spent(), found["delivered"])
        await self._at.stop()
        if found["errors"]:
            raise RuntimeError(f"{found['errors']} errors, the first: {found['first_error']}")
        return {"delivered_per_s": found["delivered_per_s"], "us_together": sum(used.values())} | {
            f"us_{program}": cost for program, cost in used.items()
        }

    async def pages(self) -> dict[str, float]:
        """A page from anywhere in the history, and the newest, in turns; each of another thread than the one before."""
        connection = await asyncpg.connect(**credentials(self._url))
        stand = list((await heads(self._url)).items())
        chance = random.Random(1)
        times: dict[str, list[float]] = {"newest_page_ms": [], "old_page_ms": []}
        for number in range(PAGES):
            thread, head = stand[number % len(stand)]
            for key, below in (("newest_page_ms", head + 1), ("old_page_ms", chance.randint(PAGE + 1, head - PAGE))):
                start = time.perf_counter()
                rows = await connection.fetch(BEFORE, UUID(thread), below, PAGE, 0)
                times[key].append((time.perf_counter() - start) * 1000)
                assert len(rows) == PAGE
        await connection.close()
        return {key: median(found) for key, found in times.items()}

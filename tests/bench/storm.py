"""`anou bench storm`: everybody loses the line at once, misses events, and comes back in the same moment."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import UUID

import asyncpg

from hub import clock, readers, sessions
from hub.database import credentials
from hub.ids import hashed
from hub.journal import AFTER
from realtime.store import OWN, OWN_THREADS, STANDING
from tests.bench import processor
from tests.bench.course import far, step
from tests.bench.history import fill
from tests.bench.stage import SERVER_CORE, crowd, hub_people, pairs, pin, stage

MISSED = 20
PAGE = 200
STEPS = 5


async def run(clients: int) -> dict[str, Any]:
    """Seconds until all are caught up, against what reading the same costs by itself: of everyone their session, their
    heads, their places and what they missed, statement by statement, as many side by side as the hub has connections for.

    `processor_ratio` is the same of processor time, hub and services together: it is right on a busy machine, too.
    """
    async with stage() as at:
        async with step("people and threads"):
            threads = await pairs(clients // 2)
            names = [thread for thread, _ in threads]
            connection = await asyncpg.connect(**credentials(at.config.database_url))
        base, _pid = await at.hub()
        async with crowd() as people:
            async with step("everyone comes in"):
                await people.does("enter", people=hub_people([base], threads), at_once=50)
            async with step("everyone is cut off, and misses what is said"):
                await people.does("cut")
                await fill(connection, names, MISSED)
                await connection.execute("VACUUM ANALYZE")
                await asyncio.sleep(3)
            async with step("everyone comes back"):
                before = processor.spent()
                back = await people.does("return", at_once=0)
                after = processor.spent()
        if back["events"] != clients * MISSED:
            raise RuntimeError(f"{back['events']} events instead of {clients * MISSED}")
        await at.stop()
        async with step("the same reads by themselves"):
            reads = await _reads(at.config.database_url, threads)
        await connection.close()
    used = {f"{program}_processor_s": seconds - before.get(program, 0.0) for program, seconds in after.items()}
    return {
        "clients": clients, "events": back["events"], "caught_up_s": back["all_s"], "half_caught_up_s": back["half_s"], **used, **reads,
        "ratio": back["all_s"] / reads["reads_s"], "processor_ratio": sum(used.values()) / reads["reads_processor_s"],
    }  # fmt: skip


async def _reads(url: str, threads: list[tuple[str, list[dict[str, str]]]]) -> dict[str, float]:
    """What everyone's reads need, on the server's core: by the clock, and of the processor (asking and answering)."""
    pin(SERVER_CORE)
    pool = await asyncpg.create_pool(**credentials(url), min_size=readers.MOST, max_size=readers.MOST)
    waiting = [(UUID(thread), person) for thread, two in threads for person in two]
    everyone = len(waiting)

    async def reader() -> None:
        async with pool.acquire() as connection:
            while waiting:
                thread, person = waiting.pop()
                identifier = UUID(person["id"])
                await connection.fetch(sessions.FIND, [hashed(person["token"])], clock.now())
                await connection.fetch(OWN, [identifier], OWN_THREADS)
                await connection.fetch(STANDING, [identifier], [thread])
                await connection.fetch(AFTER, thread, 0, PAGE)
                far(1 - len(waiting) / everyone)

    start, asking, answering = time.perf_counter(), time.process_time(), processor.spent()["postgres"]
    await asyncio.gather(*(reader() for _ in range(readers.MOST)))
    took = time.perf_counter() - start
    used = time.process_time() - asking + processor.spent()["postgres"] - answering
    await pool.close()
    return {"reads_s": took, "reads_processor_s": used}

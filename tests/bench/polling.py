"""`anou bench polling`: how long one worker takes to ask about every living parcel, by carriers that answer in 300 ms."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import Any

import asyncpg

from hub import clock, database
from tests.bench.course import far, step
from tests.bench.parcels import parcels
from tests.bench.stage import Stage, stage
from tests.dhl_peer import Dhl, dhl, line

ANSWER_S = 0.3
CARRIERS = 5
AT_ONCE = 16
STEPS = 4
LONGEST_S = 1_800
_LEFT = """
SELECT count(*) FROM shipment WHERE living AND tracking_number LIKE 'P%' AND carrier = ANY($2)
AND (poll_at IS NULL OR poll_at < $1::timestamptz + interval '5 min')
"""


async def run(count: int) -> dict[str, Any]:
    """Seconds of a round in which every parcel has news, of one without any, and of one without any while a carrier is down."""
    async with contextlib.AsyncExitStack() as held:
        at = await held.enter_async_context(stage())
        names = [f"carrier_{number}" for number in range(CARRIERS)]
        peers = {name: await held.enter_async_context(dhl(ANSWER_S)) for name in names}
        async with step("parcels"):
            await parcels(at, names, count)
        for peer in peers.values():
            peer.everything = True
        lines = json.dumps({name: line(peer.url, AT_ONCE) for name, peer in peers.items()})
        await at.worker(carriers=lines)
        async with step("a round with news of every parcel"):
            news = await _round(at, names, peers)
        async with step("a round without news"):
            quiet = await _round(at, names, peers)
        down = names[-1]
        peers[down].status = 500
        async with step("a round while one carrier is down"):
            others = await _round(at, names[:-1], peers)
        return {
            "parcels": count, "carriers": CARRIERS, "answer_ms": ANSWER_S * 1_000, "calls_at_once_of_a_carrier": AT_ONCE,
            "round_with_news_s": news["took_s"], "round_without_news_s": quiet["took_s"], "calls": quiet["calls"],
            "one_down": {"round_of_the_others_s": others["took_s"], "calls_of_the_others": others["calls"],
                         "calls_of_the_one_down": len(peers[down].asked), "parcels_of_the_others": count - count // CARRIERS},
        }  # fmt: skip


async def _round(at: Stage, names: list[str], peers: dict[str, Dhl]) -> dict[str, Any]:
    """From the moment at which everything is due."""
    connection = await asyncpg.connect(**database.credentials(at.config.database_url))
    for peer in peers.values():
        peer.asked.clear()
    began, due = time.monotonic(), clock.now()
    await connection.execute("UPDATE shipment SET poll_at = $1 WHERE tracking_number LIKE 'P%'", due)
    left = total = await connection.fetchval(_LEFT, due, names)
    while left and time.monotonic() - began < LONGEST_S:
        await asyncio.sleep(0.5)
        left = await connection.fetchval(_LEFT, due, names)
        far(1 - left / total)
    await connection.close()
    if left:
        raise RuntimeError(f"{left} parcels were not asked about")
    return {"took_s": time.monotonic() - began, "calls": sum(len(peers[name].asked) for name in names)}

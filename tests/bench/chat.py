"""`anou bench chat`: durable messages delivered per second, and their delay at 200 a second."""

from __future__ import annotations

from typing import Any

from tests.bench import processor
from tests.bench.stage import Stage, floor_people, heads, hub_people, pairs, stage

THREADS = 50
CALM = 200  # messages a second of the second measurement


async def run(nodes: int, seconds: float, repeat: int) -> dict[str, Any]:
    """Floor and hub in turns, the same number of times; medians, and the ratio between them."""
    floors: list[dict[str, Any]] = []
    hubs: list[dict[str, Any]] = []
    async with stage() as at:
        threads = await pairs(THREADS)
        for _ in range(repeat):
            base, _pid = await at.floor(THREADS)
            floors.append(await _both(at, floor_people(base, THREADS), seconds))
            await at.stop()
            bases = [(await at.hub())[0] for _ in range(nodes)]
            hubs.append(await _both(at, hub_people(bases, threads), seconds))
            await at.stop()
    floor, hub = _median(floors), _median(hubs)
    ratio = {key: hub[key] / floor[key] for key in floor if key in hub and not key.startswith("us_")}
    return {"floor": floor, "hub": hub, "nodes": nodes, "ratio": ratio}


async def _both(at: Stage, people: list[dict[str, Any]], seconds: float) -> dict[str, float]:
    """At full speed and at 200 a second; `us_*` is the processor time of a message at full speed, by program."""
    before = processor.spent()
    full = await at.load({"people": people, "warm_s": 2, "seconds": seconds, "heads": await heads()})
    used = processor.each(before, processor.spent(), full["delivered"])
    calm = await at.load({"people": people, "warm_s": 1, "seconds": seconds, "rate": CALM, "heads": await heads()})
    for found in (full, calm):
        if found["errors"]:
            raise RuntimeError(f"{found['errors']} errors, the first: {found['first_error']}")
    return {
        "delivered_per_s": full["delivered_per_s"], "p50_full_ms": full["p50_ms"],
        "p50_calm_ms": calm["p50_ms"], "p99_calm_ms": calm["p99_ms"], **{f"us_{name}": cost for name, cost in used.items()},
    }  # fmt: skip


def _median(runs: list[dict[str, float]]) -> dict[str, float]:
    return {key: sorted(run[key] for run in runs)[len(runs) // 2] for key in runs[0]}

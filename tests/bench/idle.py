"""`anou bench idle`: what a connection that says nothing costs, in memory and in processor time."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from tests.bench.stage import Stage, floor_people, hub_people, pairs, stage

PAGE = 4096
TICKS = 100  # of /proc, a second


async def run(connections: int, seconds: float) -> dict[str, Any]:
    """Resident memory per connection (KiB, above the empty server) and share of a core, hub and floor."""
    async with stage() as at:
        threads = await pairs(connections // 2)
        base, pid = await at.floor(connections // 2)
        floor = await _measured(at, pid, floor_people(base, connections // 2), seconds)
        await at.stop()
        base, pid = await at.hub()
        hub = await _measured(at, pid, hub_people([base], threads), seconds)
        await at.stop()
    return {
        "connections": connections,
        "floor": floor,
        "hub": hub,
        "ratio": {key: hub[key] / floor[key] for key in ("kib_each",)},
    }


async def _measured(at: Stage, pid: int, people: list[dict[str, Any]], seconds: float) -> dict[str, float]:
    await asyncio.sleep(1)
    empty = resident(pid)
    load = asyncio.create_task(at.load({"people": people, "warm_s": seconds, "seconds": 3, "silent": True}))
    while not load.done() and (first := resident(pid)) and not await _settled(pid, first):
        pass
    full, spent, start = resident(pid), processor(pid), time.monotonic()
    await asyncio.sleep(max(seconds - 5, 1))
    used, took, later = processor(pid) - spent, time.monotonic() - start, resident(pid)
    await load
    return {
        "kib_each": (full - empty) / 1024 / len(people), "core_percent": 100 * used / took, "growth_percent": 100 * (later - full) / full,
    }  # fmt: skip


async def _settled(pid: int, before: int) -> bool:
    """Has the memory stopped growing, the processor calmed down?"""
    spent = processor(pid)
    await asyncio.sleep(2)
    return processor(pid) - spent < 0.2 and abs(resident(pid) - before) < 512 * 1024


def resident(pid: int) -> int:
    """Bytes of memory that the process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def processor(pid: int) -> float:
    """Seconds of processor time that it has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS

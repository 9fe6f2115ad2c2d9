"""`anou bench idle`: what a connection that says nothing costs, in memory and in processor time."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from tests.bench import processor
from tests.bench.course import far, step
from tests.bench.stage import crowd, floor_people, hub_people, pairs, stage

PAGE = 4096
SETTLE_S = 12  # after everyone is caught up: presence is told, garbage found
STEPS = 5


async def run(connections: int, seconds: float) -> dict[str, Any]:
    """Resident memory per connection (KiB, above the empty server), share of a core that the server's process uses while
    nobody says anything, and its memory at the start and after each minute (MiB); hub and floor."""
    async with stage() as at:
        async with step("people and threads"):
            threads = await pairs(connections // 2)
        base, pid = await at.floor(connections // 2)
        floor = await _measured("floor", pid, floor_people(base, connections // 2), seconds)
        await at.stop()
        base, pid = await at.hub()
        hub = await _measured("hub", pid, hub_people([base], threads), seconds)
        await at.stop()
    return {"connections": connections, "floor": floor, "hub": hub, "ratio": {"kib_each": hub["kib_each"] / floor["kib_each"]}}


async def _measured(name: str, pid: int, people: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
    await asyncio.sleep(2)
    empty = resident(pid)
    async with crowd() as guests:
        async with step(f"the {name}: everyone comes in"):
            come = await guests.does("enter", people=people, at_once=50)
            await asyncio.sleep(SETTLE_S)
        async with step(f"the {name}: nobody says anything"):
            full, before, start = resident(pid), processor.spent(), time.monotonic()
            minutes = [full / 2**20]
            while (left := start + seconds - time.monotonic()) > 0:
                await asyncio.sleep(min(1.0, left))
                far((time.monotonic() - start) / seconds)
                if time.monotonic() - start >= 60 * len(minutes):
                    minutes.append(resident(pid) / 2**20)
            after, took, later = processor.spent(), time.monotonic() - start, resident(pid)
    used = {program: 100 * (seconds - before.get(program, 0)) / took for program, seconds in after.items()}
    return {
        "kib_each": (full - empty) / 1024 / len(people), "core_percent": used[name], "services_percent": sum(used.values()) - used[name],
        "growth_percent": 100 * (later - full) / full, "mib_by_minute": minutes, "enter_s": come["all_s"],
    }  # fmt: skip


def resident(pid: int) -> int:
    """Bytes of memory that the process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


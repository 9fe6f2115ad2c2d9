"""`anou bench where`: in which part of the server a message's microseconds are spent, hub and floor side by side."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.bench import processor
from tests.bench.chat import THREADS
from tests.bench.stage import Stage, floor_people, heads, hub_people, pairs, stage

WARM_S = 2.0
RATE = 500  # samples a second
# The innermost line of a stack that stands here names the part; what stands in none (asyncio, the standard library) is
# counted where it was called from, and at last with the loop itself.
PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("frames out", (
        "Connection.push (realtime/", "Connection.flush (realtime/", "write_text (", "Realtime._flush (", "out (realtime/",
        "WebSocketsSansIOProtocol.send (",
    )),
    ("bytes to frames", ("websockets/", "uvicorn/", "realtime/wire.py", "Floor._talk (")),
    ("what a frame says", (
        "realtime/talk.py", "realtime/protocol.py", "realtime/limits.py", "realtime/connection.py", "realtime/node.py", "hub/ids.py",
    )),
    ("what a message may be", ("hub/actions/", "hub/rules/", "hub/events.py")),
    ("batch and number", ("hub/lane.py", "hub/journal.py", "hub/rosters.py", "hub/clock.py", "Floor._flush (")),
    ("asyncpg", ("asyncpg/",)),
    ("fan-out", ("realtime/fanout.py", "realtime/timeline.py", "realtime/gaps.py", "Bus.ring (", "Bus._deliver (")),
    ("bell", ("hub/bus.py", "redis/")),
)  # fmt: skip
LOOP = "loop and tasks"


async def run(seconds: float) -> dict[str, Any]:
    """Microseconds a message at full speed, by part of the server's process; Postgres and Valkey as a whole."""
    async with stage() as at:
        threads = await pairs(THREADS)
        base, pid = await at.floor(THREADS)
        floor = await _profiled(at, pid, "floor", floor_people(base, THREADS), seconds)
        await at.stop()
        base, pid = await at.hub()
        hub = await _profiled(at, pid, "hub", hub_people([base], threads), seconds)
        await at.stop()
    return {part: {"floor": floor.get(part, 0.0), "hub": cost} for part, cost in hub.items()}


async def _profiled(at: Stage, pid: int, name: str, people: list[dict[str, Any]], seconds: float) -> dict[str, float]:
    before = processor.spent()
    load = asyncio.create_task(
        at.load({"people": people, "warm_s": WARM_S, "seconds": seconds, "heads": await heads()})
    )
    await asyncio.sleep(WARM_S)
    raw = at.config.data / f"{name}.raw"
    shares = await _sampled(pid, raw, max(seconds - 1, 1))
    found = await load
    used = processor.each(before, processor.spent(), found["delivered"])
    own = used[name]
    parts = {part: shares[part] * own for part, _marks in PARTS} | {LOOP: shares[LOOP] * own}
    return parts | {"postgres": used["postgres"], "valkey": used["valkey"], "together": sum(used.values())}


async def _sampled(pid: int, raw: Path, seconds: float) -> dict[str, float]:
    """Each part's share of the samples that py-spy takes of this process."""
    spy = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "py-spy"), "record", "-p", str(pid), "-d", str(int(seconds)), "-r", str(RATE), "-f", "raw",
        "-o", str(raw), stdout=-3, stderr=-3,
    )  # fmt: skip
    if await spy.wait():
        raise RuntimeError(
            "py-spy could not look into the server: it needs the right to trace processes (root, or ptrace_scope 0)"
        )
    counted: Counter[str] = Counter()
    for line in raw.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        counted[_part(stack.split(";"))] += int(count)
    return {part: count / counted.total() for part, count in counted.items()} | {
        part: 0.0 for part in (*(name for name, _ in PARTS), LOOP) if part not in counted
    }


def _part(stack: list[str]) -> str:
    for call in reversed(stack):
        for part, marks in PARTS:
            if any(mark in call for mark in marks):
                return part
    return LOOP

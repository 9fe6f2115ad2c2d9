"""`anou bench pages`: the server's time for the pages that people open most, warm."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import httpx

from tests.bench.course import step
from tests.bench.furnished import Furnished
from tests.bench.stage import stage

WARM = 20
HTML = {"Accept": "text/html", "Accept-Encoding": "gzip"}


async def run(rounds: int) -> dict[str, Any]:
    """Of each page, in milliseconds: the server's wall time and processor time (medians), all that its process used for
    each, what the client saw; and bytes on the line. The pages are asked in turns, so that a busy moment meets them all."""
    async with stage() as at:
        async with step("a cooperative is furnished"):
            base, _pid = await at.timed_hub()
            house = Furnished(base)
            await house.fill()
        pages = {
            "storefront": ("claire", "/"), "thread": ("claire", f"/threads/{house.thread}"), "inbox": ("claire", "/threads"),
            "mentor's thread": ("ahmed", f"/threads/{house.thread}"), "pieces": ("claire", "/products"),
            "order": ("claire", f"/orders/{house.order}"), "board": ("khadija", "/board"),
        }  # fmt: skip
        found: dict[str, list[dict[str, float]]] = {name: [] for name in pages}
        turns = max(1, rounds // WARM)
        for turn in range(turns + 1):
            async with step("everything once, to warm up" if turn == 0 else "asking for pages"):
                for name, (who, path) in pages.items():
                    times = await _timed(house.clients[who], path)
                    if turn:
                        found[name].append(times)
        await house.close()
        await at.stop()
    return {name: {key: median(times[key] for times in turns) for key in turns[0]} for name, turns in found.items()}


def steps(rounds: int) -> int:
    """How many steps that is."""
    return 2 + max(1, rounds // WARM)


async def _timed(client: httpx.AsyncClient, path: str) -> dict[str, float]:
    before = (await client.get("/timings")).json()["process_s"]
    seen = []
    for _ in range(WARM):
        start = time.perf_counter()
        answer = await client.get(path, headers=HTML)
        seen.append((time.perf_counter() - start) * 1000)
        answer.raise_for_status()
    timings = (await client.get("/timings")).json()
    return {
        "p50_ms": median(timings["wall_ms"]), "cpu_ms": median(timings["cpu_ms"]),
        "process_ms": (timings["process_s"] - before) * 1000 / WARM, "client_p50_ms": median(seen),
        "bytes": float(answer.num_bytes_downloaded),
    }  # fmt: skip

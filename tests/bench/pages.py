"""`anou bench pages`: the server's time for the thread page, the inbox and the storefront, warm."""

from __future__ import annotations

import time
from typing import Any

import asyncpg
import httpx

from hub.database import credentials
from hub.ids import new_id
from hub.sessions import COOKIE
from models.catalogue import Product
from models.people import Person
from models.threads import Participation, Thread
from tests.bench.history import fill
from tests.bench.stage import hub_people, pairs, stage

ROUNDS = 60
SHOP = 48


async def run() -> dict[str, Any]:
    """Milliseconds, median and 99th percentile, of each page as HTML."""
    async with stage() as at:
        threads = await pairs(40)
        thread, two = threads[0]
        await _shop(two[1]["id"])
        await _inbox(two[0]["id"], [people[1]["id"] for _, people in threads[1:]])
        connection = await asyncpg.connect(**credentials(at.config.database_url))
        await fill(connection, [name for name, _ in threads], 60)
        await connection.close()
        base, _pid = await at.hub()
        cookie = hub_people([base], threads)[0]["headers"]["Cookie"].partition("=")[2]
        found = {}
        async with httpx.AsyncClient(
            base_url=base, cookies={COOKIE: cookie}, headers={"Accept": "text/html"}
        ) as client:
            for name, path in {"thread": f"/threads/{thread}", "inbox": "/threads", "storefront": "/"}.items():
                found[name] = await _timed(client, path)
        await at.stop()
    return found


async def _timed(client: httpx.AsyncClient, path: str) -> dict[str, float]:
    times = []
    for number in range(ROUNDS + 10):
        start = time.perf_counter()
        answer = await client.get(path)
        answer.raise_for_status()
        if number >= 10:
            times.append((time.perf_counter() - start) * 1000)
    times.sort()
    return {"p50_ms": times[len(times) // 2], "p99_ms": times[-1], "bytes": float(len(answer.content))}


async def _shop(artisan: str) -> None:
    await Person.filter(id=artisan).update(craft="textile")
    for number in range(SHOP):
        await Product.create(
            id=new_id(), artisan_id=artisan, title={"fr": f"Tapis {number}"}, craft="textile", price=90_000, currency="EUR",
            width_cm=200, length_cm=300,
        )  # fmt: skip


async def _inbox(buyer: str, artisans: list[str]) -> None:
    for artisan in artisans:
        thread = await Thread.create(id=new_id(), buyer_id=buyer, artisan_id=artisan)
        for person, role in ((buyer, "buyer"), (artisan, "artisan")):
            await Participation.create(thread=thread, person_id=person, role=role)

"""`anou bench hooks`: a burst of carriers' calls; how soon each is answered, how soon all are worked on, and that none is lost."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from datetime import timedelta
from typing import Any

import asyncpg
import httpx

from hub import clock, database
from tests.bench.course import far, step
from tests.bench.parcels import parcels
from tests.bench.stage import LOAD_CORE, Stage, pin, stage

SECRET = "bench"
PARCELS = 500
AT_ONCE = 32
CALM = 200
STEPS = 5
LONGEST_S = 600


async def run(calls: int) -> dict[str, Any]:
    """Milliseconds to the answer, one call at a time and in the burst, for an aggregator's form and for our own; seconds of work after."""
    async with stage() as at:
        async with step("parcels"):
            await parcels(at, ["carrier"], PARCELS)
        base, _ = await at.hub(carrier_secrets={"generic": SECRET, "easypost": SECRET})
        await at.worker()
        pin(LOAD_CORE)
        async with httpx.AsyncClient(base_url=base, timeout=60, limits=httpx.Limits(max_connections=AT_ONCE)) as machine:
            async with step("one call at a time"):
                calm = await _sent(machine, "easypost", range(CALM), 1)
                calm_ours = await _sent(machine, "generic", range(CALM), 1)
            async with step("the burst"):
                burst = await _sent(machine, "easypost", range(CALM, calls), AT_ONCE)
            async with step("worked on"):
                after = await _worked(at, calls + CALM)
            async with step("a burst in our own form"):
                ours = await _sent(machine, "generic", range(CALM, calls), AT_ONCE)
            after_ours = await _worked(at, 2 * calls)
        return {
            "calls": calls, "at_once": AT_ONCE,
            "aggregator": _figures(calm, burst, after), "ours": _figures(calm_ours, ours, after_ours),
            "lost": 2 * calls - after_ours["scans"],
        }  # fmt: skip


def _figures(calm: dict[str, Any], burst: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {"calm_ms": calm["ms"], "burst_ms": burst["ms"], "burst_per_s": burst["per_s"], "worked_on_after_s": after["took_s"]}


async def _sent(machine: httpx.AsyncClient, carrier: str, numbers: range, at_once: int) -> dict[str, Any]:
    """Each call tells of one scan."""
    took: list[float] = []
    waiting = iter(numbers)

    async def send() -> None:
        for number in waiting:
            raw, headers = _call(carrier, number)
            began = time.monotonic()
            answer = await machine.post(f"/hooks/carriers/{carrier}", content=raw, headers=headers)
            took.append((time.monotonic() - began) * 1_000)
            if answer.status_code not in (200, 202):
                raise RuntimeError(answer.text)
            far(len(took) / len(numbers))

    began = time.monotonic()
    await asyncio.gather(*(send() for _ in range(at_once)))
    ordered = sorted(took)
    middle, late = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
    return {"ms": {"p50": middle, "p99": late}, "per_s": len(took) / (time.monotonic() - began)}


def _call(carrier: str, number: int) -> tuple[bytes, dict[str, str]]:
    at, parcel = clock.iso(clock.now() - timedelta(hours=1)), f"P{number % PARCELS}"
    if carrier == "easypost":
        detail = {"datetime": at, "status": "in_transit", "carrier_code": str(number), "message": "Departed"}
        result = {"object": "Tracker", "tracking_code": parcel, "tracking_details": [detail]}
        raw = json.dumps({"id": f"evt_{number}", "object": "Event", "description": "tracker.updated", "result": result}).encode()
        return raw, {"X-Hmac-Signature": f"hmac-sha256-hex={hmac.digest(SECRET.encode(), raw, 'sha256').hex()}"}
    scan = {"at": at, "status": "in_transit", "code": f"g{number}"}
    raw = json.dumps({"event_id": f"e{number}", "tracking_number": parcel, "checkpoints": [scan]}).encode()
    stamp = str(int(time.time()))
    return raw, {"Anou-Signature": f"t={stamp},v1={hmac.digest(SECRET.encode(), stamp.encode() + b'.' + raw, 'sha256').hex()}"}


async def _worked(at: Stage, scans: int) -> dict[str, Any]:
    """Until everything that was kept is worked on."""
    connection = await asyncpg.connect(**database.credentials(at.config.database_url))
    began, found = time.monotonic(), 0
    while time.monotonic() - began < LONGEST_S:
        found = await connection.fetchval("SELECT count(*) FROM checkpoint")
        if not await connection.fetchval("SELECT count(*) FROM carrier_report WHERE worked_at IS NULL"):
            break
        far(found / scans)
        await asyncio.sleep(0.2)
    found = await connection.fetchval("SELECT count(*) FROM checkpoint")
    await connection.close()
    return {"took_s": time.monotonic() - began, "scans": found}

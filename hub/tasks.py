"""Background tasks: going on for certain, and ending for certain."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog

log = structlog.get_logger("tasks")

AGAIN_S = 0.5  # a library may swallow a cancellation that came while it was timing out: ask again
ENOUGH = 10
RECOVER_S = 1.0


async def going(loop: Callable[[], Awaitable[None]]) -> None:
    """Run what never returns, for ever: a fault in it is logged, and a second later it begins anew.

    Without this a clock of the node would stop for good, in silence, at the first exception that nobody thought of.
    """
    while True:
        try:
            await loop()
        except Exception:
            log.exception("loop_fault", loop=getattr(loop, "__qualname__", repr(loop)))
        await asyncio.sleep(RECOVER_S)


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel these tasks until they have ended; what doesn't end in five seconds is left behind, and logged."""
    running = {task for task in tasks if not task.done()}
    for _ in range(ENOUGH):
        if not running:
            return
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=AGAIN_S)
    log.warning("task_did_not_end", tasks=[str(task.get_coro()) for task in running])

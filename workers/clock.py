"""What the clock does to several things, one unit each: one that fails does not hold up the others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog

from hub.database import DOWN
from hub.errors import Refusal
from hub.unit import Actor

log = structlog.get_logger("clock")
CLOCK = Actor(scope="clock")


async def each(found: Iterable[Any], verb: Callable[[Actor, Any], Awaitable[Any]]) -> int:
    """Do `verb` to each; how many it was right for. A refusal means that somebody was faster, unless it says try again.

    A fault is logged, and the rest are done all the same: the oldest come first, and one of them would stop all others.
    """
    done = 0
    for thing in found:
        try:
            await verb(CLOCK, thing)
            done += 1
        except Refusal as refusal:
            if refusal.retry:
                raise
        except DOWN:
            raise
        except Exception:
            log.exception("clock_fault", verb=verb.__name__, thing=str(thing))
    return done

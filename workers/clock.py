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
TRIES = 10  # without an answer, in one round: then it is not the thing that is to blame


async def each(found: Iterable[Any], verb: Callable[[Actor, Any], Awaitable[Any]]) -> int:
    """Do `verb` to each; how many it was right for. A refusal means that somebody was faster, unless it says try again:
    then the round is tried again, but not before the others had their turn, or TRIES of them had no answer either.

    A fault is logged, and the rest are done all the same: the oldest come first, and one of them would stop all others.
    """
    done, no = 0, []
    for thing in found:
        try:
            await verb(CLOCK, thing)
            done += 1
        except Refusal as refusal:
            no += [refusal] if refusal.retry else []
            if len(no) == TRIES:
                break
        except DOWN:
            raise
        except Exception:
            log.exception("clock_fault", verb=verb.__name__, thing=str(thing))
    if no:
        raise no[0]
    return done

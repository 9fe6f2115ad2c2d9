"""One hub node: the ASGI app in the hardened server of `realtime.server`."""

from __future__ import annotations

import asyncio
import gc

from hub.config import Config

ALLOCATIONS = (20_000, 10, 10)  # between two searches for garbage, of each age; Python has 700, 10, 10


def serve(config: Config) -> None:
    """Serve until a signal says stop; connections are sent away gently first."""
    import uvloop

    from hub.app import create
    from realtime.server import serve as listen

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        app = create(config)
        seldom()
        runner.run(listen(app, config))


def seldom() -> None:
    """Look for garbage less often. What a hub throws away is nearly all gone by itself, and what it keeps, thousands of
    connections, is looked through each time in vain: that was half of its work when many came at once."""
    gc.collect()
    gc.freeze()  # what was imported stays
    gc.set_threshold(*ALLOCATIONS)

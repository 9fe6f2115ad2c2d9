"""One hub node: the ASGI app in the hardened server of `realtime.server`."""

from __future__ import annotations

import asyncio
import gc

from hub.config import Config

YOUNG = 20_000  # new objects before the garbage collector looks at them; at the usual 700 it took a twentieth of the time


def serve(config: Config) -> None:
    """Serve until a signal says stop; connections are sent away gently first."""
    import uvloop

    from hub.app import create
    from realtime.server import serve as listen

    app = create(config)
    gc.collect()
    gc.freeze()  # what was imported stays: no need to look at it again and again
    gc.set_threshold(YOUNG, 20, 20)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(listen(app, config))

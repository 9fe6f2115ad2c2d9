"""One hub node: the ASGI app in the hardened server of `realtime.server`."""

from __future__ import annotations

import asyncio

from hub.config import Config


def serve(config: Config) -> None:
    """Serve until a signal says stop; connections are sent away gently first."""
    import uvloop

    from hub.app import create
    from realtime.server import serve as listen

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(listen(create(config), config))

"""The hub with a stopwatch around its app: what each request took, on the wall and of the processor, until it was answered.

`GET /timings` hands out `{"wall_ms": [...], "cpu_ms": [...], "process_s"}` of the requests since it was last asked; the
last is all that the process has used, with parsing, writing and whatever else it does.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

import msgspec
import uvloop

from hub.app import create
from hub.config import load
from hub.serving import seldom
from realtime.server import serve


class Timed:
    """An ASGI app around another."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.wall: list[float] = []
        self.cpu: list[float] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"] == "/timings":
            await self._tell(send)
        else:
            wall, cpu = time.perf_counter(), time.process_time()
            await self.app(scope, receive, send)
            self.wall.append((time.perf_counter() - wall) * 1000)
            self.cpu.append((time.process_time() - cpu) * 1000)

    async def _tell(self, send: Any) -> None:
        body = msgspec.json.encode({"wall_ms": self.wall, "cpu_ms": self.cpu, "process_s": time.process_time()})
        self.wall, self.cpu = [], []
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    config = load(port=int(sys.argv[1]))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        app = Timed(create(config))
        seldom()
        runner.run(serve(app, config))

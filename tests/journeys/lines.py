"""What stands between a browser and a hub: a line that goes dead without a word, and a hub that dies or goes down."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from hub.config import Config
from tests.house import House, serving

ROOT = Path(__file__).parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Line:
    """Carries bytes from `base` to the hub at `to`, until something happens to it."""

    to: int = 0
    deaf: bool = False  # what the hub says doesn't arrive
    dead: bool = False  # nothing arrives, and nobody is told
    pace: int = 0  # bytes a second of each connection towards the hub, where it is slow
    base: str = ""
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @classmethod
    @contextlib.asynccontextmanager
    async def laid(cls) -> AsyncIterator[Self]:
        """A line that leads nowhere yet."""
        line = cls()
        server = await asyncio.start_server(line._carry, "127.0.0.1", 0)
        line.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield line
        finally:
            server.close()
            line.cut()
            await server.wait_closed()

    @contextlib.asynccontextmanager
    async def to_a_hub(self, config: Config) -> AsyncIterator[House]:
        """A hub to which it leads."""
        async with serving(replace(config, origins=(self.base,))) as house:
            self.to = house.config.port
            yield house

    def cut(self) -> None:
        """Every connection is gone at once."""
        for writer in list(self._open):
            writer.transport.abort()

    async def _carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self._open.add(back)
        try:
            far, on = await asyncio.open_connection("127.0.0.1", self.to)
            self._open.add(on)
            await asyncio.gather(self._pump(near, on, to_hub=True), self._pump(far, back, to_hub=False))
            on.transport.abort()
            self._open.discard(on)
        except OSError:
            pass
        finally:
            back.transport.abort()
            self._open.discard(back)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, to_hub: bool) -> None:
        swallowed = False  # what lost a byte never speaks again
        with contextlib.suppress(OSError):
            while chunk := await source.read(65536):
                swallowed = swallowed or self.dead or (self.deaf and not to_hub)
                if not swallowed:
                    sink.write(chunk)
                    await sink.drain()
                    if to_hub and self.pace:
                        await asyncio.sleep(len(chunk) / self.pace)
        sink.transport.abort()


@dataclass
class Hub:
    """A hub node in a process of its own."""

    config: Config
    process: asyncio.subprocess.Process

    @classmethod
    @contextlib.asynccontextmanager
    async def serving(cls, config: Config) -> AsyncIterator[Self]:
        """One more node of this house, at a port of its own; gone at the end."""
        config = replace(config, port=free_port())
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hub", "serve", env=os.environ | config.environment(), cwd=ROOT
        )
        hub = cls(config, process)
        try:
            await hub._ready()
            yield hub
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def _ready(self) -> None:
        async with asyncio.timeout(30):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.config.port)
                    writer.close()
                    return
                assert self.process.returncode is None, "the hub did not start"
                await asyncio.sleep(0.05)

    async def is_killed(self) -> None:
        """At once, whatever it is doing."""
        self.process.kill()
        await self.process.wait()

    async def goes_down(self) -> None:
        """As at a new version: it sends everybody away first."""
        self.process.send_signal(signal.SIGTERM)
        await self.process.wait()

"""The other end of `node.py`: hub nodes as processes that can be told their faults, and ended in every way."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import SystemRandom
from typing import Any

import msgspec

from hub.config import Config
from tests.chaos.nursery import Nursery

START_S = 30.0


def free_port() -> int:
    """A free port below those that outgoing connections take: it stays free for a node that is started again."""
    while True:
        port = SystemRandom().randrange(12_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class Node:
    """A process of a hub node. `name` is what its `welcome` says; `pid` and `port` are known once it serves."""

    def __init__(self, log: Path) -> None:
        self.log, self.name = log, log.stem
        self.pid = self.port = 0
        self.ended = False  # by itself or by SIGTERM, in order
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def url(self) -> str:
        """Its socket's address."""
        return f"ws://127.0.0.1:{self.port}/ws"

    @property
    def alive(self) -> bool:
        """As far as has been heard."""
        return self._reader is not None and not self._reader.at_eof()

    async def start(self, nursery: Nursery, config: Config) -> None:
        """Serve with these settings; returns when it answers."""
        self.port = config.port
        self._reader, self._writer = await asyncio.open_connection(sock=nursery.node(self.log))
        self.pid = (await self._heard())["pid"]
        self._tell(serve=replace(config, node=self.name).environment())
        async with asyncio.timeout(START_S):
            while not await self._answers():
                if not self.alive:
                    raise RuntimeError(f"a node ended: {self.last_words()}")
                await asyncio.sleep(0.01)

    async def _answers(self) -> bool:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(2):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                try:
                    writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    return (await reader.readline()).startswith(b"HTTP/1.1 200")
                finally:
                    writer.close()
        return False

    async def fault(self, **what: Any) -> int:
        """Set its faults (`faults.Faults`); how many bells were false so far."""
        self._tell(faults=what)
        return int((await self._heard())["bells"])

    def _tell(self, **what: Any) -> None:
        assert self._writer
        self._writer.write(msgspec.json.encode(what) + b"\n")

    async def _heard(self) -> dict[str, Any]:
        assert self._reader
        async with asyncio.timeout(START_S):
            line = await self._reader.readline()
        if not line:
            raise RuntimeError(f"a node ended: {self.last_words()}")
        found: dict[str, Any] = msgspec.json.decode(line)
        return found

    async def gone(self, within: float = 30.0) -> None:
        """Wait until its process is no more; `ended` says whether in order."""
        if self._reader and self._writer:
            async with asyncio.timeout(within):
                while line := await self._reader.readline():
                    self.ended = self.ended or "ended" in msgspec.json.decode(line)
            self._writer.close()

    async def kill(self) -> None:
        """`kill -9`."""
        if self.pid and self.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        await self.gone(10)

    async def stop(self, within: float = 30.0) -> None:
        """SIGTERM, and wait until it has sent everybody away."""
        os.kill(self.pid, signal.SIGTERM)
        try:
            await self.gone(within)
        except TimeoutError:
            await self.kill()
        if not self.ended:
            raise RuntimeError(f"a node did not end in order: {self.last_words()}")

    def last_words(self) -> str:
        """The end of its log."""
        with suppress(OSError):
            return self.log.read_bytes()[-2000:].decode(errors="replace")
        return ""


class Nodes:
    """All nodes of a scenario."""

    def __init__(self, folder: Path, nursery: Nursery) -> None:
        self._folder, self._nursery = folder, nursery
        self._made: list[Node] = []

    async def start(self, config: Config) -> Node:
        """A serving node."""
        made = Node(self._folder / f"node-{len(self._made) + 1}.log")
        self._made.append(made)
        await made.start(self._nursery, config)
        return made

    async def stop(self) -> None:
        """End every process."""
        for node in self._made:
            with suppress(TimeoutError):
                await node.kill()

"""The other end of `node.py`: hub nodes as processes, with a spare one warm, so that a dead one is replaced at once."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections import deque
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import SystemRandom
from typing import Any

import msgspec

from hub.config import Config

ROOT = Path(__file__).parent.parent.parent
START_S = 30.0


def free_port() -> int:
    """A free port below those that outgoing connections take: it stays free for a node that is started again."""
    while True:
        port = SystemRandom().randrange(12_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class Node:
    """A process of a hub node. `port` once it serves."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.name = log.stem  # as its `welcome` says
        self.port = 0
        self.process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def url(self) -> str:
        """Its socket's address."""
        return f"ws://127.0.0.1:{self.port}/ws"

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def warm(self) -> None:
        """Start the process; returns when everything is loaded."""
        ours, theirs = socket.socketpair()
        with theirs, self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.chaos.node", str(theirs.fileno()),
                cwd=ROOT, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[theirs.fileno()],
            )  # fmt: skip
        self._reader, self._writer = await asyncio.open_connection(sock=ours)
        await self._heard()

    async def serve(self, config: Config) -> None:
        """Serve with these settings; returns when it answers."""
        self.port = config.port
        assert self._writer
        self._writer.write(msgspec.json.encode({"serve": replace(config, node=self.name).environment()}) + b"\n")
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
        assert self._writer
        self._writer.write(msgspec.json.encode({"faults": what}) + b"\n")
        return int((await self._heard())["bells"])

    async def _heard(self) -> dict[str, Any]:
        assert self._reader
        async with asyncio.timeout(START_S):
            line = await self._reader.readline()
        if not line:
            raise RuntimeError(f"a node ended: {self.last_words()}")
        found: dict[str, Any] = msgspec.json.decode(line)
        return found

    async def killed(self, within: float = 30.0) -> None:
        """Wait until it has died by itself."""
        assert self.process
        async with asyncio.timeout(within):
            await self.process.wait()
        self._let_go()

    async def kill(self) -> None:
        """`kill -9`."""
        await self._end(signal.SIGKILL, 10)

    async def stop(self, within: float = 30.0) -> None:
        """SIGTERM, and wait until it has sent everybody away."""
        await self._end(signal.SIGTERM, within)

    async def _end(self, number: int, within: float) -> None:
        if self.process is None:
            return
        if self.alive:
            with suppress(ProcessLookupError):
                self.process.send_signal(number)
            try:
                async with asyncio.timeout(within):
                    await self.process.wait()
            except TimeoutError:
                os.kill(self.pid, signal.SIGKILL)
                await self.process.wait()
                raise RuntimeError(f"a node does not end: {self.last_words()}") from None
        self._let_go()

    def _let_go(self) -> None:
        if self._writer:
            self._writer.close()

    def last_words(self) -> str:
        """The end of its log."""
        with suppress(OSError):
            return self.log.read_bytes()[-2000:].decode(errors="replace")
        return ""


class Nodes:
    """All nodes of a scenario, and `spares` more that are warm."""

    def __init__(self, folder: Path, spares: int) -> None:
        self._folder, self._wanted = folder, spares
        self._spares: deque[asyncio.Task[Node]] = deque()
        self._count = 0
        self.running: list[Node] = []

    def _spare(self) -> None:
        self._count += 1
        self._spares.append(asyncio.create_task(self._warm(Node(self._folder / f"node-{self._count}.log"))))

    async def _warm(self, node: Node) -> Node:
        try:
            await node.warm()
        except BaseException:
            await node.kill()
            raise
        return node

    async def start(self, config: Config) -> Node:
        """A serving node, from the spares if there is one."""
        if not self._spares:
            self._spare()
        made = await self._spares.popleft()
        while len(self._spares) < self._wanted:
            self._spare()
        self.running.append(made)
        await made.serve(config)
        return made

    async def stop(self) -> None:
        """End every process."""
        for spare in self._spares:
            spare.cancel()
        found = await asyncio.gather(*self._spares, return_exceptions=True)
        self._spares.clear()
        everyone = [*self.running, *(node for node in found if isinstance(node, Node))]
        for node in everyone:
            with suppress(RuntimeError):
                await node.kill()

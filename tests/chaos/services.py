"""A Postgres and a Valkey of a scenario's own, which it may stop, kill and start again. Synced to disk as in production."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from hub.children import Child, gone, stop
from hub.database import credentials
from hub.datafolder import keys
from hub.postgres import LASTING, Postgres
from hub.valkey import Valkey


class Service:
    """A running service: `child` is its process, `url` where it listens, also after it was started again."""

    def __init__(self, child: Child, url: str) -> None:
        self.child, self.url = child, url

    def pause(self) -> None:
        """SIGSTOP, it and its children: connections stay, and nobody answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        with suppress(psutil.NoSuchProcess):
            first = psutil.Process(self.child.pid)
            first.send_signal(number)
            for other in first.children(recursive=True):  # Postgres forks one for each connection
                with suppress(psutil.NoSuchProcess):
                    other.send_signal(number)

    async def end(self, harder: bool = False) -> None:
        """Stop it as an administrator would, or (`harder`) as a power cut would."""
        number = signal.SIGKILL if harder else self.child.gently
        self.child.ask(number)
        if not await gone(self.child, within=20):
            raise RuntimeError(f"{self.child.name} does not end")
        for _ in range(100):  # backends notice by themselves that their postmaster was killed
            if not any(other.is_running() for other in self._orphans()):
                return
            await asyncio.sleep(0.05)

    def _orphans(self) -> list[psutil.Process]:
        folder = self.child.argv[self.child.argv.index("-D") + 1] if "-D" in self.child.argv else ""
        found = []
        for process in psutil.process_iter(["name"]):
            with suppress(psutil.Error):
                if folder and process.info["name"] == "postgres" and process.cwd() == folder:
                    found.append(process)
        return found

    async def start(self) -> None:
        """Start it again, at the same address; returns when it answers."""
        self.child.start()
        for _ in range(600):
            if not self.child.alive:
                raise RuntimeError(f"{self.child.name} does not start: {self.child.last_words(5)}")
            with suppress(OSError, asyncpg.PostgresError):
                if await self._answers():
                    return
            await asyncio.sleep(0.05)
        raise RuntimeError(f"{self.child.name} does not answer")

    async def _answers(self) -> bool:
        if self.url.startswith("postgres"):
            connection = await asyncpg.connect(**credentials(self.url), timeout=5)
            await connection.close()
        else:
            _, writer = await asyncio.open_connection("127.0.0.1", int(self.url.rpartition(":")[2].partition("/")[0]))
            writer.close()
        return True


@asynccontextmanager
async def folder(keep: bool = False) -> AsyncIterator[Path]:
    """A folder that Postgres can live in, also as somebody else; gone at the end, unless it is to be looked into."""
    made = Path(tempfile.mkdtemp(prefix="anou-chaos-"))
    os.chmod(made, 0o711)
    try:
        yield made
    finally:
        if not keep:
            shutil.rmtree(made, ignore_errors=True)


@asynccontextmanager
async def postgres(at: Path) -> AsyncIterator[Service]:
    """An empty database."""
    started = Postgres(at, keys(at)["postgres"], LASTING)
    async with _running(started, partial(stop, within=4.0, harder=signal.SIGQUIT)) as found:
        yield found


@asynccontextmanager
async def valkey(at: Path) -> AsyncIterator[Service]:
    """An empty bus."""
    async with _running(Valkey(at, keys(at)["valkey"]), partial(stop, within=3.0)) as found:
        yield found


@asynccontextmanager
async def _running(part: Postgres | Valkey, end: partial[Any]) -> AsyncIterator[Service]:
    try:
        await part.start()
        assert part.child
        yield Service(part.child, part.url)
    finally:
        if part.child:
            Service(part.child, part.url).resume()
            await end(part.child)

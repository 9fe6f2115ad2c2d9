"""A bad line: a TCP proxy with latency, jitter, resets, and ends that vanish without a FIN."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from random import Random

CHUNK = 16 * 1024
WAITING = 64  # chunks on their way in one direction


@dataclass
class Weather:
    """What the line does to what passes; may be changed at any time."""

    latency_s: float = 0.0  # each way
    jitter_s: float = 0.0  # more or less than that, evenly
    resets: float = 0.0  # the chance, in every second of its life, that a connection is reset


class Line:
    """`port` leads to `target` (a port of 127.0.0.1), in this weather. `links` are the connections that stand."""

    def __init__(self, target: int, weather: Weather | None = None, seed: object = 0, small: bool = False) -> None:
        self.target, self.weather, self.chance = target, weather or Weather(), Random(f"line {seed}")
        self.links: set[Link] = set()
        self.resets = 0
        self.dead = False  # nothing passes, in neither direction, and nobody is told; new connections are taken and lead nowhere
        self._small = small  # as small buffers as the kernel allows, so that a reader who doesn't read is felt at once
        self._server: asyncio.Server | None = None
        self.port = 0

    async def open(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=CHUNK, backlog=2048)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Reset whatever stands, and listen no more."""
        if self._server:
            self._server.close()
        tasks = [link.task for link in self.links if link.task]
        for link in list(self.links):
            link.reset()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def url(self, path: str = "/ws") -> str:
        """The address of the hub behind it."""
        return f"ws://127.0.0.1:{self.port}{path}"

    def reset(self, share: float = 1.0) -> int:
        """Reset this share of the connections, at random; how many."""
        hit = [link for link in self.links if self.chance.random() < share]
        for link in hit:
            link.reset()
        return len(hit)

    def vanish(self) -> None:
        """Both ends of every connection go on believing in it, and nothing passes any more."""
        for link in self.links:
            link.dead = True

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(self, writer)
        link.task = asyncio.current_task()
        self.links.add(link)
        try:
            await link.run(reader)
        except asyncio.CancelledError:  # the line is closed; to a server of streams a cancelled task would be a fault
            return
        finally:
            self.links.discard(link)


class Link:
    """One connection through a line. `dead`: nothing passes, nobody is told."""

    def __init__(self, line: Line, near: asyncio.StreamWriter) -> None:
        self.line, self.near = line, near
        self.far: asyncio.StreamWriter | None = None
        self.dead = line.dead
        self.task: asyncio.Task[None] | None = None
        self._over = asyncio.Event()

    async def run(self, reader: asyncio.StreamReader) -> None:
        """Until one end closes or the line resets it; a dead one until the line is closed, whatever the ends do."""
        if self.dead:
            await self._over.wait()
            return
        try:
            back, self.far = await asyncio.open_connection("127.0.0.1", self.line.target, limit=CHUNK)
        except OSError:
            self.reset()
            return
        for writer in (self.near, self.far):
            self._tune(writer)
        passing = [
            asyncio.create_task(work)
            for work in (self._pass(reader, self.far), self._pass(back, self.near), self._weather(), self._over.wait())
        ]
        try:
            await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in passing:
                task.cancel()
            await asyncio.gather(*passing, return_exceptions=True)
            for writer in (self.near, self.far):
                writer.close()

    def _tune(self, writer: asyncio.StreamWriter) -> None:
        end = writer.get_extra_info("socket")
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.line._small:
            writer.transport.set_write_buffer_limits(CHUNK)
            for side in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                end.setsockopt(socket.SOL_SOCKET, side, 4096)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One direction: read as it comes, write when its time has come, in order."""
        loop = asyncio.get_running_loop()
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(WAITING)

        async def deliver() -> None:
            while True:
                due, data = await under_way.get()
                if due > loop.time():
                    await asyncio.sleep(due - loop.time())
                await self._alive()
                if not data:
                    return
                writer.write(data)
                await writer.drain()

        async def take() -> None:
            last = 0.0
            while True:
                data = b""
                with suppress(OSError):
                    data = await reader.read(CHUNK)
                weather = self.line.weather
                wait = weather.latency_s + self.line.chance.uniform(-weather.jitter_s, weather.jitter_s)
                last = max(last, loop.time() + max(0.0, wait))
                await under_way.put((last, data))
                if not data:
                    return

        taking = asyncio.create_task(take())
        try:
            with suppress(OSError):
                await deliver()
        finally:
            taking.cancel()

    async def _alive(self) -> None:
        if self.dead:
            await asyncio.get_running_loop().create_future()  # for ever

    async def _weather(self) -> None:
        while True:
            await asyncio.sleep(1)
            if not self.dead and self.line.chance.random() < self.line.weather.resets:
                self.reset()
                return

    def reset(self) -> None:
        """Both ends get an RST."""
        self.line.resets += 1
        for writer in (self.near, self.far):
            if writer:
                with suppress(OSError):
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
        self._over.set()


@asynccontextmanager
async def line(target: int, weather: Weather | None = None, seed: object = 0, small: bool = False) -> AsyncIterator[Line]:
    """A line to this port, for the block."""
    made = Line(target, weather, seed, small)
    await made.open()
    try:
        yield made
    finally:
        await made.close()

"""A person's browser in tests: a real WebSocket that keeps every frame it was sent."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any, Self
from uuid import UUID, uuid4

import websockets
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

Frame = dict[str, Any]


class Browser:
    """One open socket. `frames` holds what came, arrays taken apart; `code` how it closed."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[Frame] = []
        self.texts: list[str] = []
        self._news = asyncio.Event()
        self._refs = itertools.count(1)
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, port: int, token: str | None, **options: Any) -> Self:
        """Open a socket as a page of this hub does; `options` change what a page would do."""
        headers = {"Cookie": f"theme=dark; anou_session={token}"} if token else {}
        wanted: dict[str, Any] = {"origin": f"http://127.0.0.1:{port}", "subprotocols": ["hub.v1"], "max_size": None}
        wanted |= {"additional_headers": headers, "compression": None} | options
        return cls(await websockets.connect(f"ws://127.0.0.1:{port}/ws", **wanted))

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self.socket:
                self.texts.append(str(text))
                found = json.loads(text)
                self.frames += found if isinstance(found, list) else [found]
                self._news.set()
        self._news.set()

    async def tell(self, t: str, **fields: Any) -> None:
        """Send a frame."""
        await self.socket.send(json.dumps({"t": t} | {name: _plain(value) for name, value in fields.items()}))

    async def hello(self, threads: dict[UUID, int] | None = None, **fields: Any) -> Frame:
        """Say hello and wait until the hub says it is level; the welcome."""
        await self.tell("hello", device="test", threads={str(key): seq for key, seq in (threads or {}).items()}, **fields)
        await self.until("synced")
        return await self.until("welcome")

    async def say(self, thread: UUID, body: str = "hello", **fields: Any) -> str:
        """Send a message without waiting; its `ref`."""
        ref = str(next(self._refs))
        await self.tell("send", **{"ref": ref, "thread": thread, "cid": uuid4(), "kind": "text", "body": body} | fields)
        return ref

    async def ask(self, t: str, **fields: Any) -> Frame:
        """Send a frame with a `ref` and wait for its answer."""
        ref = fields.setdefault("ref", str(next(self._refs)))
        before = len(self.frames)
        await self.tell(t, **fields)
        return await self.until("ok", "error", "events", since=before, ref=ref)

    async def answer(self, ref: str) -> Frame:
        """What the hub answers to the send with this `ref`."""
        return await self.until("ok", "error", ref=ref)

    def of(self, *kinds: str, **fields: Any) -> list[Frame]:
        """The frames of these types that carry these fields."""
        wanted = {name: _plain(value) for name, value in fields.items()}
        return [frame for frame in self.frames if frame["t"] in kinds and wanted.items() <= frame.items()]

    def seqs(self, thread: UUID) -> list[int]:
        """Numbers of the live events of `thread`, as they came."""
        return [frame["seq"] for frame in self.of("event", thread=thread)]

    async def until(self, *kinds: str, count: int = 1, within: float = 5, since: int = 0, **fields: Any) -> Frame:
        """The `count`-th frame of these types with these fields, waiting for it if need be."""
        wanted, at, found = {name: _plain(value) for name, value in fields.items()}, since, 0
        async with asyncio.timeout(within):
            while True:
                while at < len(self.frames):
                    frame, at = self.frames[at], at + 1
                    found += frame["t"] in kinds and wanted.items() <= frame.items()
                    if found == count:
                        return frame
                if self._reader.done():
                    raise AssertionError(f"closed with {self.socket.close_code} before {kinds} {fields}")
                self._news.clear()
                await self._news.wait()

    async def seen(self, thread: UUID, seq: int, within: float = 5) -> list[int]:
        """Wait for the event `seq` of `thread`; the numbers of all that came."""
        await self.until("event", thread=thread, seq=seq, within=within)
        return self.seqs(thread)

    async def closed(self, within: float = 5) -> int:
        """Wait until the hub closes the socket; the code."""
        async with asyncio.timeout(within):
            await self._reader
        return self.socket.close_code or 0

    async def leave(self) -> None:
        """Close the page."""
        await self.socket.close()
        await self._reader

    def vanish(self) -> None:
        """Lose the line, without a word."""
        self.socket.transport.abort()


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, UUID) else value


async def quiet(seconds: float = 0.3) -> None:
    """Long enough for something to arrive that must not."""
    await asyncio.sleep(seconds)


@contextlib.asynccontextmanager
async def closing(*browsers: Browser) -> AsyncIterator[None]:
    """Close these pages at the end."""
    try:
        yield
    finally:
        await asyncio.gather(*(browser.leave() for browser in browsers))

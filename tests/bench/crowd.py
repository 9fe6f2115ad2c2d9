"""A crowd of people who listen: they come in, are cut off all at once, and come back. A process of its own, on the core that
the server does not use.

Reads one command a line from standard input, writes one answer a line: `enter` (with `people`, as `hub_people` gives them),
`cut`, `return`. Whoever returns says how far they had come; an answer comes when everyone is caught up, and says what was
wrong, if anything was.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from typing import Any

import msgspec
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

PATIENCE_S = 120


class Heard(msgspec.Struct):
    """What matters of a frame."""

    t: str
    seq: int = 0
    code: Any = None


_frames = msgspec.json.Decoder(list[Heard] | Heard)


class Guest(WSListener):
    """One person, through all their connections."""

    def __init__(self, person: dict[str, Any]) -> None:
        self.person = person
        self.last = 0
        self.events = 0
        self.fault = ""
        self.transport: WSTransport | None = None
        self.level: asyncio.Future[None]

    async def come(self) -> None:
        """Connect, say how far they have come, and wait until they are told the rest."""
        self.level = asyncio.get_running_loop().create_future()
        url, headers = self.person["url"], self.person["headers"]
        await ws_connect(lambda: self, url, extra_headers=headers, websocket_handshake_timeout=PATIENCE_S)
        async with asyncio.timeout(PATIENCE_S):
            await self.level

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        thread = self.person["thread"]
        known = {thread: self.last} if isinstance(thread, str) else {}
        transport.send(WSMsgType.TEXT, msgspec.json.encode({"t": "hello", "device": "bench", "threads": known}))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type != WSMsgType.TEXT:
            return
        found = _frames.decode(frame.get_payload_as_memoryview())
        for heard in found if isinstance(found, list) else (found,):
            self._hear(heard)

    def _hear(self, heard: Heard) -> None:
        if heard.t == "event":
            if heard.seq != self.last + 1:
                self.fault = self.fault or f"{heard.seq} after {self.last}"
            self.last = heard.seq
            self.events += 1
        elif heard.t == "synced" and not self.level.done():
            self.level.set_result(None)
        elif heard.t in ("error", "bye", "reset"):
            self.fault = self.fault or f"{heard.t} {heard.code}"

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self.level.done():
            self.level.set_exception(ConnectionError("cut off before they were caught up"))

    def cut(self) -> None:
        """As when a router dies: no close frame."""
        if self.transport:
            self.transport.underlying_transport.abort()


class Crowd:
    """Everyone."""

    def __init__(self) -> None:
        self.guests: list[Guest] = []

    async def enter(self, people: list[dict[str, Any]], at_once: int) -> dict[str, Any]:
        """They come for the first time, so many at a time."""
        self.guests = [Guest(person) for person in people]
        return await self.come(at_once)

    async def come(self, at_once: int) -> dict[str, Any]:
        """Everyone connects; 0: all at once."""
        gate = asyncio.Semaphore(at_once or len(self.guests))
        before = sum(guest.events for guest in self.guests)
        start = time.perf_counter()
        times: list[float] = []

        async def one(guest: Guest) -> None:
            async with gate:
                await guest.come()
            times.append(time.perf_counter() - start)

        await asyncio.gather(*(one(guest) for guest in self.guests))
        times.sort()
        faults = [guest.fault for guest in self.guests if guest.fault]
        events = sum(guest.events for guest in self.guests) - before
        return {"all_s": times[-1], "half_s": times[len(times) // 2], "events": events, "faults": faults[:3]}

    def cut(self) -> dict[str, Any]:
        """Everyone loses the line."""
        for guest in self.guests:
            guest.cut()
        return {"cut": len(self.guests)}


async def main() -> None:
    """One command after the other, until the input ends."""
    crowd = Crowd()
    lines = asyncio.StreamReader(limit=2**26)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        command = msgspec.json.decode(line)
        if command["do"] == "enter":
            answer = await crowd.enter(command["people"], command["at_once"])
        elif command["do"] == "return":
            answer = await crowd.come(command["at_once"])
        else:
            answer = crowd.cut()
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(main())

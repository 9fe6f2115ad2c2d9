"""The load generator: compiled WebSocket clients in a process of their own, on the core that the server does not use.

Reads its job as JSON from standard input, writes its result as JSON to standard output. Both the floor and the hub speak
enough of the same frames for one generator: `hello` is answered by `synced`, `send` by `ok`, and the other person's
connection gets an `event`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from array import array
from typing import Any

import msgspec
import uuid_utils
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

BODY = "Le bleu est-il le même que sur la photo ? "


class Talker(WSListener):
    """One person's connection."""

    def __init__(self, run: Run, thread: Any) -> None:
        self.run, self.thread = run, thread
        self.head = run.heads.get(thread, 0)
        self.transport: WSTransport | None = None
        self.synced: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.number = 0
        self.free = True

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        known = {self.thread: self.head} if isinstance(self.thread, str) else {}
        self._put({"t": "hello", "device": "bench", "threads": known})

    def _put(self, frame: dict[str, Any]) -> None:
        assert self.transport is not None
        self.transport.send(WSMsgType.TEXT, msgspec.json.encode(frame))

    def say(self) -> None:
        """One message; its body carries the moment it left."""
        self.number += 1
        self.free = False
        body = f"{time.perf_counter_ns():020d} {BODY}"
        self._put(
            {
                "t": "send",
                "ref": str(self.number),
                "thread": self.thread,
                "cid": str(uuid_utils.uuid7()),  # as the browser does
                "kind": "text",
                "body": body,
            }
        )

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type != WSMsgType.TEXT:
            return
        found = msgspec.json.decode(frame.get_payload_as_bytes())
        for item in found if isinstance(found, list) else (found,):
            self._hear(item)

    def _hear(self, frame: dict[str, Any]) -> None:
        kind = frame["t"]
        if kind == "ok":
            self.free = True
            self.run.acknowledged += 1
            if self.run.closed_loop and not self.run.over:
                self.say()
        elif kind == "event":
            self._delivered(frame)
        elif kind == "synced" and not self.synced.done():
            self.synced.set_result(None)
        elif kind in ("error", "bye"):
            self.run.errors.append(frame)

    def _delivered(self, frame: dict[str, Any]) -> None:
        self.run.events += 1
        body = frame["data"].get("body", "")
        if frame.get("by") == self.run.own.get(self) or not body[:20].isdigit():
            return  # one's own message, which the hub also sends back
        self.run.delivered += 1
        if self.run.measuring:
            self.run.latencies.append(time.perf_counter_ns() - int(body[:20]))


class Run:
    """All talkers, and what was counted."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        self.heads: dict[str, int] = job.get("heads", {})
        self.connected_s = 0.0
        self.events = 0
        self.closed_loop = not job.get("rate")
        self.over = self.measuring = False
        self.acknowledged = self.delivered = 0
        self.latencies = array("q")
        self.errors: list[dict[str, Any]] = []
        self.own: dict[Talker, str] = {}
        self.talkers: list[Talker] = []

    async def connect(self) -> None:
        """Everyone in, at most 50 at a time."""
        gate = asyncio.Semaphore(50)

        async def one(person: dict[str, Any]) -> None:
            async with gate:
                talker = Talker(self, person["thread"])
                await ws_connect(
                    lambda: talker, person["url"], extra_headers=person["headers"], websocket_handshake_timeout=30
                )
                async with asyncio.timeout(30):
                    await talker.synced
                self.own[talker] = person.get("id", "")
                self.talkers.append(talker)

        start = time.perf_counter()
        await asyncio.gather(*(one(person) for person in self.job["people"]))
        self.connected_s = time.perf_counter() - start

    async def measure(self) -> dict[str, Any]:
        """Warm up, then count for the given time."""
        saying = asyncio.create_task(self._say() if not self.job.get("silent") else asyncio.sleep(0))
        await asyncio.sleep(self.job["warm_s"])
        self.measuring, before, start = True, self.delivered, time.perf_counter()
        await asyncio.sleep(self.job["seconds"])
        took, counted = time.perf_counter() - start, self.delivered - before
        self.over, self.measuring = True, False
        saying.cancel()
        ordered = sorted(self.latencies)
        return {
            "delivered_per_s": counted / took,
            "delivered": self.delivered,
            "p50_ms": _at(ordered, 0.5),
            "p99_ms": _at(ordered, 0.99),
            "errors": len(self.errors),
            "connected_s": self.connected_s,
            "events": self.events,
            "first_error": self.errors[0] if self.errors else None,
        }

    async def _say(self) -> None:
        if self.closed_loop:
            for talker in self.talkers:
                talker.say()
            return
        loop, gap = asyncio.get_running_loop(), 1 / self.job["rate"]
        due = loop.time()
        while not self.over:
            for talker in self.talkers:
                due += gap
                await asyncio.sleep(max(0, due - loop.time()))
                talker.say()


def _at(ordered: list[int], share: float) -> float | None:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] / 1e6 if ordered else None


async def main() -> None:
    """One job."""
    run = Run(msgspec.json.decode(sys.stdin.buffer.read()))
    await run.connect()
    sys.stdout.buffer.write(msgspec.json.encode(await run.measure()))


if __name__ == "__main__":
    uvloop.run(main())

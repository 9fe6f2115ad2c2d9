"""The floor: the least a durable chat server can do on this stack, against which the hub is measured.

A bare ASGI app on the same uvicorn: one asyncpg statement that commits whatever arrived while the last commit was in
flight, delivery in process, an acknowledgement. No sessions, no membership, no client ids, no receipts, no bus.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any

import asyncpg
import msgspec
import uvicorn
import uvloop

SCHEMA = """
CREATE TABLE IF NOT EXISTS floor_thread (id int PRIMARY KEY, seq bigint NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS floor_event (
    thread int NOT NULL, seq bigint NOT NULL, body text NOT NULL, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (thread, seq));
"""
INSERT = """
WITH given AS (SELECT * FROM unnest($1::int[], $2::text[]) WITH ORDINALITY AS g (thread, body, ord)),
counted AS (SELECT thread, count(*) AS n FROM given GROUP BY thread),
bumped AS (UPDATE floor_thread t SET seq = t.seq + c.n FROM counted c WHERE t.id = c.thread RETURNING t.id, t.seq - c.n AS before),
numbered AS (SELECT g.ord, g.thread, g.body, b.before + row_number() OVER (PARTITION BY g.thread ORDER BY g.ord) AS seq
             FROM given g JOIN bumped b ON b.id = g.thread),
stored AS (INSERT INTO floor_event (thread, seq, body) SELECT thread, seq, body FROM numbered)
SELECT ord, seq FROM numbered ORDER BY ord
"""
BATCH = 256


class Floor:
    """Who is connected, and what waits for the next commit."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.threads: dict[int, list[Any]] = {}
        self.waiting: list[tuple[int, str, Any, Any]] = []
        self.flushing = False
        self.task: asyncio.Task[None] | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            return await send({"type": "lifespan.shutdown.complete"})
        thread = int(scope["path"].rpartition("/")[2])
        await receive()
        await send({"type": "websocket.accept"})
        here = self.threads.setdefault(thread, [])
        here.append(send)
        try:
            await self._talk(thread, receive, send)
        finally:
            here.remove(send)
        return None

    async def _talk(self, thread: int, receive: Any, send: Any) -> None:
        decode = msgspec.json.decode
        while (message := await receive())["type"] == "websocket.receive":
            frame = decode(message["text"])
            if frame["t"] != "send":
                await send({"type": "websocket.send", "text": '{"t":"synced"}'})
                continue
            self.waiting.append((thread, frame["body"], frame["ref"], send))
            if not self.flushing:
                self.flushing = True
                self.task = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        while self.waiting:
            batch, self.waiting = self.waiting[:BATCH], self.waiting[BATCH:]
            rows = await self.connection.fetch(INSERT, [b[0] for b in batch], [b[1] for b in batch])
            for (thread, body, ref, author), (_, seq) in zip(batch, rows, strict=True):
                event = msgspec.json.encode(
                    {"t": "event", "thread": thread, "seq": seq, "kind": "message", "data": {"body": body}}
                )
                text = event.decode()
                for send in self.threads[thread]:
                    if send is not author:
                        await send({"type": "websocket.send", "text": text})
                await author({"type": "websocket.send", "text": f'{{"t":"ok","ref":"{ref}","seq":{seq}}}'})
        self.flushing = False


async def main(dsn: str, port: int, threads: int) -> None:
    """Serve until the process is told to stop."""
    connection = await asyncpg.connect(dsn)  # not a pool, which would have its connection reset after every commit
    await connection.execute(SCHEMA)
    await connection.execute(
        "INSERT INTO floor_thread SELECT g FROM generate_series(0, $1 - 1) g ON CONFLICT DO NOTHING", threads
    )
    settings = uvicorn.Config(
        Floor(connection),
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_level="warning",
        lifespan="on",
        access_log=False,
    )
    listener = socket.create_server(("127.0.0.1", port), backlog=2048)
    await uvicorn.Server(settings).serve([listener])


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))

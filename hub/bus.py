"""The bell: tells every node what was committed, and carries what is never stored. It may be lost; the log can't.

A bell is delivered to this node's own connections first, in process, then published for the others on one of a fixed
number of Valkey channels. Publishing never waits and never fails a request: with Valkey dead one node still delivers
live, and the sweep of `realtime` finds what other nodes missed.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any
from zlib import crc32

import msgspec
import structlog
from redis import asyncio as redis
from redis.exceptions import RedisError

from hub.tasks import end

log = structlog.get_logger("bus")

PENDING = 20_000  # bells waiting for Valkey; beyond it the oldest are dropped: the log has them
TOGETHER = 200  # bells in one message
PING_S = 10.0  # a subscriber that hears nothing for this long after a ping is rebuilt


class Bell(msgspec.Struct, array_like=True):
    """One thing to tell: `frame` is the ready-made JSON that goes to the connections of `to`.

    `sort`: `event` (durable, numbered `seq` in `thread`), `signal` (ephemeral), `echo` (ephemeral, for those of `to` who
    follow `thread`), `here` (the person named by `frame` came, or with `seq` 0 went), `left` (the people of `to` are out of
    `thread`), `revoked` (the session named by `frame` ended).
    """

    sort: str
    node: str
    thread: str
    seq: int
    to: tuple[str, ...]
    frame: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Bell]).decode


class Bus:
    """This node's end of the bell. `deliver` is called for every bell, own or foreign, and must not wait."""

    def __init__(self, url: str, node: str, channels: int) -> None:
        self.url, self.node = url, node
        self.channels = [f"bell:{number}" for number in range(channels)]
        self._own = self.channels[crc32(node.encode()) % channels]  # where this node rings: one message for many bells
        self.deliver: Callable[[Bell], None] = lambda bell: None
        self.recovered: Callable[[], Awaitable[None]] | None = None  # called after the bus was rebuilt
        self.healthy = False
        self._mark = f"{node}\n".encode()  # before what this node publishes, so that it need not read it back
        self._pending: deque[Bell] = deque(maxlen=PENDING)
        self._work = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.commands: redis.Redis = redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3)

    async def start(self) -> None:
        """Begin to publish and to listen; returns at once, Valkey there or not."""
        self._tasks = [asyncio.create_task(self._publish_loop()), asyncio.create_task(self._listen_loop())]

    async def stop(self) -> None:
        """Send what is waiting (for a second at most), then let go."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                while self._pending and self.healthy:
                    await asyncio.sleep(0.01)
        await end(self._tasks)
        await self.commands.aclose()

    def ring(
        self, sort: str, *, thread: str = "", seq: int = 0, to: tuple[str, ...] = (), frame: bytes = b""
    ) -> None:
        """Deliver here and now, and tell the other nodes."""
        bell = Bell(sort, self.node, thread, seq, to, frame)
        self.deliver(bell)
        self._pending.append(bell)
        self._work.set()

    async def _publish_loop(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._pending:
                batch = [self._pending.popleft() for _ in range(min(TOGETHER, len(self._pending)))]
                try:
                    await self.commands.publish(self._own, self._mark + _encode(batch))
                except (RedisError, OSError, TimeoutError) as fault:
                    log.warning("bells_lost", count=len(batch), fault=repr(fault))
                    await asyncio.sleep(0.5)

    async def _listen_loop(self) -> None:
        wait = 0.2
        while True:
            try:
                await self._listen()
            except (RedisError, OSError, TimeoutError) as fault:
                if self.healthy:
                    log.warning("bus_lost", fault=repr(fault))
                self.healthy = False
            await asyncio.sleep(wait * random.uniform(0.5, 1.5))
            wait = min(wait * 2, 3.0) if not self.healthy else 0.2

    async def _listen(self) -> None:
        """Subscribe and forward until the link is found dead; a half-open link yields None for ever, hence the ping."""
        client: Any = redis.Redis.from_url(self.url, socket_connect_timeout=3, socket_keepalive=True)
        pubsub = client.pubsub()
        try:
            async with asyncio.timeout(5):
                await pubsub.subscribe(*self.channels)
            loop = asyncio.get_running_loop()
            heard, pinged = loop.time(), False
            self.healthy = True
            if self.recovered:
                await self.recovered()
            while True:
                message = await pubsub.get_message(timeout=1.0)
                if message is not None:
                    heard, pinged = loop.time(), False
                    self._hear(message)
                elif loop.time() - heard > 2 * PING_S:
                    raise TimeoutError("no pong from the bus")
                elif loop.time() - heard > PING_S and not pinged:
                    pinged = True
                    await pubsub.ping()
        finally:
            self.healthy = False
            with contextlib.suppress(Exception):
                async with asyncio.timeout(1):
                    await pubsub.aclose()
                    await client.aclose()

    def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] != "message" or message["data"].startswith(self._mark):
            return
        try:
            bells = _decode(message["data"].partition(b"\n")[2])
        except msgspec.MsgspecError:
            log.warning("bell_unreadable", size=len(message["data"]))
            return
        for bell in bells:
            self.deliver(bell)

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
from time import monotonic
from typing import Any
from zlib import crc32

import msgspec
import structlog
from redis import asyncio as redis
from redis.exceptions import RedisError

from hub.tasks import end, going

log = structlog.get_logger("bus")

PENDING = 20_000  # bells waiting for Valkey; beyond it the oldest are dropped: the log has them
TOGETHER = 200  # bells in one message
PING_S = 10.0  # a subscriber that hears nothing for this long after a ping is rebuilt
AGAIN_S, LATEST_S = 0.2, 3.0  # between two tries to reach Valkey, at first and at last


class Bell(msgspec.Struct, array_like=True):
    """One thing to tell: `frame` is the ready-made JSON that goes to the connections of `to`.

    `sort`: `event` (durable, numbered `seq` in `thread`), `moved` (the same without its frame: read it from the log), `signal`
    (ephemeral), `echo` (ephemeral, for those of `to` who follow `thread`), `here` (the person named by `frame` came, or with
    `seq` 0 went), `left` (the people of `to` are out of `thread`), `revoked` (the session named by `frame` ended).
    """

    sort: str
    node: str
    thread: str
    seq: int
    to: tuple[str, ...]
    frame: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Bell]).decode


def lives(node: str) -> str:
    """The channel on which nothing is ever rung: somebody listens to it as long as the process of this node lives."""
    return f"node:{node}"


class Bus:
    """This node's end of the bell. `deliver` is called for every bell, own or foreign, and must not wait."""

    def __init__(self, url: str, node: str, channels: int) -> None:
        self.url, self.node = url, node
        self.channels = [f"bell:{number}" for number in range(channels)]
        self._heard_on = [*self.channels, lives(node)]
        self._own = self.channels[crc32(node.encode()) % channels]  # where this node rings: one message for many bells
        self.deliver: Callable[[Bell], None] = lambda bell: None
        self.recovered: Callable[[], Awaitable[None]] | None = None  # called after the bus was rebuilt
        self.healthy = False
        self._mark = f"{node}\n".encode()  # before what this node publishes, so that it need not read it back
        self._pending: deque[Bell] = deque(maxlen=PENDING)
        self._work = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._heard = 0.0  # when the bus last said anything
        self._line: Any = None  # the connection that rings
        self.commands: redis.Redis = redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3)

    async def start(self) -> None:
        """Begin to publish and to listen; returns at once, Valkey there or not."""
        self._tasks = [asyncio.create_task(going(loop)) for loop in (self._publish_loop, self._listen_loop)]

    async def stop(self) -> None:
        """Send what is waiting (for a second at most), then let go."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                while self._pending and self.healthy:
                    await asyncio.sleep(0.01)
        await end(self._tasks)
        if self._line:
            await self._line.disconnect(nowait=True)
        await self.commands.aclose()

    def ring(
        self, sort: str, *, thread: str = "", seq: int = 0, to: tuple[str, ...] = (), frame: bytes = b""
    ) -> None:
        """Deliver here and now, and tell the other nodes."""
        bell = Bell(sort, self.node, thread, seq, to, frame)
        self._deliver(bell)
        self._pending.append(bell)
        self._work.set()

    def _deliver(self, bell: Bell) -> None:
        """A bell that breaks something must not take with it whoever rang, or whoever listens: the sweep will find it."""
        try:
            self.deliver(bell)
        except Exception:
            log.exception("bell_fault", sort=bell.sort, thread=bell.thread, seq=bell.seq)

    async def _publish_loop(self) -> None:
        while True:
            await self._work.wait()
            while self._pending:
                batch = [self._pending.popleft() for _ in range(min(TOGETHER, len(self._pending)))]
                try:
                    await self._publish(self._mark + _encode(batch))
                except (RedisError, OSError, TimeoutError) as fault:
                    log.warning("bells_lost", count=len(batch), fault=repr(fault))
                    await asyncio.sleep(AGAIN_S)
            self._work.clear()  # not before: what a fault left waiting is taken up by the loop that begins anew

    async def _publish(self, message: bytes) -> None:
        """On a connection of its own, which is made anew after any fault."""
        if self._line is None:
            pool: Any = self.commands.connection_pool
            self._line = pool.make_connection()
        try:
            await self._line.send_command("PUBLISH", self._own, message)
            await self._line.read_response()
        except BaseException:
            line, self._line = self._line, None
            with contextlib.suppress(RedisError, OSError):
                await line.disconnect(nowait=True)
            raise

    async def _listen_loop(self) -> None:
        wait = AGAIN_S
        while True:
            try:
                await self._listen()
            except (RedisError, OSError, TimeoutError) as fault:
                if self.healthy:
                    log.warning("bus_lost", fault=repr(fault))
                    wait = AGAIN_S
            finally:
                self.healthy = False
            await asyncio.sleep(wait * random.uniform(0.5, 1.5))
            wait = min(wait * 2, LATEST_S)

    async def _listen(self) -> None:
        """Subscribe and forward until the link is found dead. redis-py's own loop costs a tenth of a busy node's time."""
        client: Any = redis.Redis.from_url(self.url, socket_connect_timeout=3, socket_keepalive=True)
        link = client.connection_pool.make_connection()
        try:
            async with asyncio.timeout(5):
                await self._subscribe(link)
            self.healthy = True
            if self.recovered:
                await self.recovered()
            await self._watch(link, asyncio.create_task(self._read(link)))
        finally:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(1):
                    await link.disconnect(nowait=True)
                    await client.aclose()

    async def _subscribe(self, link: Any) -> None:
        """Listen to every channel, and wait until Valkey says so: what is rung from now on is heard."""
        await link.connect()
        await link.send_command("SUBSCRIBE", *self._heard_on)
        confirmed = 0
        while confirmed < len(self._heard_on):
            kind, *rest = await link.read_response()
            if kind == b"subscribe":
                confirmed += 1
            elif kind == b"message":
                self._hear(rest[-1])

    async def _read(self, link: Any) -> None:
        while True:
            kind, *rest = await link.read_response()
            self._heard = monotonic()
            if kind == b"message":
                self._hear(rest[-1])

    async def _watch(self, link: Any, reading: asyncio.Task[None]) -> None:
        """Ping a link that was silent since the last look, and give it until the next: a half-open one is silent for ever. Raises what
        ended the reading, or TimeoutError."""
        seen, pinged = self._heard, False
        try:
            while not reading.done():
                await asyncio.wait([reading], timeout=PING_S)
                silent, seen = self._heard == seen, self._heard  # noted before the ping: its pong may be here while it is still being sent
                if reading.done() or not silent:
                    pinged = False
                elif pinged:
                    raise TimeoutError("no pong from the bus")
                else:
                    pinged = True
                    async with asyncio.timeout(PING_S):
                        await link.send_command("PING")
            reading.result()
        finally:
            await end([reading])

    def _hear(self, message: bytes) -> None:
        if message.startswith(self._mark):
            return
        try:
            bells = _decode(message.partition(b"\n")[2])
        except msgspec.MsgspecError:
            log.warning("bell_unreadable", size=len(message))
            return
        for bell in bells:
            self._deliver(bell)

"""The server: uvicorn with our WebSockets (`realtime.wire`), a listening socket of our own, and a gentle way to stop.

At shutdown the connections are sent away in batches, each with a `bye`.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import signal
import socket
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from typing import cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from hub.config import Config
from realtime.protocol import DRAINING
from realtime.wire import AWAY_MS, HttpProtocol, HubProtocol, Receiver

UNACKNOWLEDGED_MS = 30_000  # after which the kernel gives a silent peer up
BACKLOG = 2048
BATCH_S, BATCH = 0.25, 50  # connections sent away at a time, when there are few
ANSWERS_S = 2.0  # for sends still without an answer when everyone was sent away


class State(ServerState):
    """What uvicorn's protocols share, and whether we are going down."""

    draining = False


class Server(uvicorn.Server):
    """uvicorn, with a drain before its shutdown."""

    def __init__(self, config: uvicorn.Config, drain_s: float) -> None:
        super().__init__(config)
        self.server_state = State()
        self._drain_s = drain_s

    def _receivers(self) -> list[Receiver]:
        found = [wire.receiver for wire in self.server_state.connections if isinstance(wire, HubProtocol)]
        return [receiver for receiver in found if receiver]

    async def drain(self) -> None:
        """Send everyone away over `drain_s` (few: at once), each with a `bye`, none before its sends were answered."""
        cast(State, self.server_state).draining = True
        waiting = self._receivers()
        batch = max(BATCH, math.ceil(len(waiting) * BATCH_S / max(self._drain_s, BATCH_S)))
        while waiting and not self.force_exit:
            for receiver in waiting[:batch]:
                receiver.leave(*AWAY_MS)
            del waiting[:batch]
            if waiting:
                await asyncio.sleep(BATCH_S)
        for _ in range(int(ANSWERS_S / 0.05)):
            if self.force_exit or not self._receivers():  # a receiver stays until its close frame was answered
                break
            await asyncio.sleep(0.05)
        for receiver in self._receivers():
            receiver.close(DRAINING, "draining")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        await self.drain()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The first SIGINT or SIGTERM begins the drain, a second SIGINT ends it; then the process ends as if by itself."""
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGINT, signal.SIGTERM)
        try:
            for number in numbers:
                loop.add_signal_handler(number, self.handle_exit, number, None)
        except (ValueError, RuntimeError):  # not the main thread
            yield
            return
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)


def listening_socket(config: Config) -> socket.socket:
    """Bound to the configured address, with limits that accepted sockets inherit. Raises SystemExit with one clear line."""
    try:
        [(family, kind, number, _, address), *_] = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        found = socket.socket(family, kind, number)
    except OSError as error:
        raise SystemExit(f"anou: can't listen on {config.host}: {error.strerror}") from None
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
        found.bind(address)
        found.listen(BACKLOG)
    except OSError as error:
        found.close()
        raise SystemExit(f"anou: port {config.port} can't be used: {error.strerror}; choose another with --port") from None
    found.setblocking(False)
    return found


def trusted(proxies: Iterable[str]) -> list[str]:
    """Whose `X-Forwarded-For` is believed: this machine and the proxies, each also as a socket for both families writes an IPv4 address."""
    listed = ["127.0.0.1", *proxies]
    return [*listed, *(mapped for one in listed if (mapped := _mapped(one)))]


def _mapped(listed: str) -> str | None:
    """`::ffff:10.0.0.0/104` for `10.0.0.0/8`; None for what is no address or network of IPv4."""
    try:
        network = IPv4Network(listed)
    except ValueError:
        return None
    return f"::ffff:{network.network_address}/{96 + network.prefixlen}"


def server(app: ASGIApp, config: Config) -> Server:
    """The server for this app, not started yet."""
    settings = uvicorn.Config(
        app, http=HttpProtocol, ws=HubProtocol, lifespan="on", log_config=None, log_level="warning", access_log=False,
        server_header=False, ws_max_size=config.frame_bytes, ws_ping_interval=config.ping_s, ws_ping_timeout=config.pong_s,
        ws_per_message_deflate=False, timeout_graceful_shutdown=5, backlog=BACKLOG,
        forwarded_allow_ips=trusted(config.proxies),
    )  # fmt: skip
    return Server(settings, config.drain_s)


async def serve(app: ASGIApp, config: Config) -> None:
    """Serve until SIGTERM or SIGINT, then drain. Raises SystemExit when the port is taken or the app does not start."""
    listener = listening_socket(config)
    try:
        await server(app, config).serve([listener])
    finally:
        listener.close()

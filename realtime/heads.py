"""Heads: how far threads came that a connection does not follow, told together and soon rather than one by one and at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from hub.database import DOWN
from realtime import frames
from realtime.connection import LIVE, WAITING, Connection
from realtime.store import Store

HEADS_S = 0.075  # heads of one moment are told together
RETRY_S = 1.0


class Heads:
    """Connections that have yet to be told of threads that moved: what `connection.moved` names."""

    def __init__(self, store: Store, start: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._store, self._start = store, start
        self._waiting: set[Connection] = set()
        self._timer: asyncio.TimerHandle | None = None

    def moved(self, connection: Connection, thread: str) -> None:
        """Tell this connection, soon, how far `thread` has come."""
        if connection.stage == WAITING or connection.closed:
            return
        if connection.moved is None:
            connection.moved = set()
        connection.moved.add(thread)
        self.tell(connection)

    def tell(self, connection: Connection, wait: float = HEADS_S) -> None:
        """Tell it, soon, what it has yet to be told: when it is live, and reads."""
        self._waiting.add(connection)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(wait, self._due)

    def forget(self, connection: Connection) -> None:
        """It is gone."""
        self._waiting.discard(connection)

    def stop(self) -> None:
        """Nobody is told any more."""
        if self._timer:
            self._timer.cancel()

    def _due(self) -> None:
        self._timer = None
        wanted: dict[Connection, set[str]] = {}
        for connection in self._waiting:
            if connection.moved and connection.stage == LIVE and not connection.wire.paused:
                wanted[connection], connection.moved = connection.moved, None
        self._waiting.clear()
        if wanted:
            self._start(self._tell(wanted))

    async def _tell(self, wanted: dict[Connection, set[str]]) -> None:
        try:
            heads = await self._store.heads([(thread, to.person_id) for to, threads in wanted.items() for thread in threads])
        except DOWN:
            for connection, threads in wanted.items():
                connection.moved = (connection.moved or set()) | threads
                self.tell(connection, RETRY_S)
            return
        for connection, threads in wanted.items():
            for thread in threads:
                found = heads.get((thread, connection.person_id))
                if found and thread not in connection.follows:
                    connection.push(frames.out(frames.Head(thread, *found)))

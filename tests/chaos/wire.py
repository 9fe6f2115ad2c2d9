"""One connection of a client: compiled, with one timer, and an end that is always told."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Protocol

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport

LOST = 1006  # how it ends when nobody said a word
LEFT = 4200

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Page(Protocol):
    """The client, as far as its connection needs it."""

    silence_s: float
    faults: list[str]

    def connected(self, line: Wire) -> None: ...
    def hear(self, frame: dict[str, Any]) -> None: ...


class Wire(WSListener):
    """One connection of a client."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.transport: WSTransport | None = None
        loop = asyncio.get_running_loop()
        self.over: asyncio.Future[int] = loop.create_future()
        self._code = LOST
        self._heard = loop.time()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self._watch()
        self.page.connected(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            self._heard = asyncio.get_running_loop().time()
            found = _decode(frame.get_payload_as_bytes())
            if not self.over.done():
                self._hear(found if isinstance(found, list) else [found])
        elif frame.msg_type == WSMsgType.CLOSE:
            self._code = int.from_bytes(frame.get_payload_as_bytes()[:2], "big") or 1005
            transport.send_close()
            transport.disconnect()

    def _hear(self, found: list[dict[str, Any]]) -> None:
        try:
            for frame in found:
                self.page.hear(frame)
        except Exception as fault:  # picows would only close the connection
            self.page.faults.append(f"{fault!r} at {found}")

    def tell(self, frame: dict[str, Any]) -> bool:
        """Send a frame; False when there is no line any more."""
        if self.transport is None or self.over.done():
            return False
        self.transport.send(WSMsgType.TEXT, _encode(frame))
        return True

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._end(self._code)

    def _watch(self) -> None:
        """Silence for too long is a dead line. One timer, not one for each frame."""
        if self.over.done():
            return
        loop = asyncio.get_running_loop()
        left = self._heard + self.page.silence_s - loop.time()
        if left <= 0:
            self.cut()
        else:
            loop.call_later(left, self._watch)

    def _end(self, code: int) -> None:
        if not self.over.done():
            self.over.set_result(code)

    def leave(self) -> None:
        """After `bye`: the close did not come in time, so it is taken as said."""
        if not self.over.done():
            self._code = LEFT
            self.close()
            self._end(LEFT)

    def close(self) -> None:
        """Say goodbye."""
        if self.transport and not self.over.done():
            with suppress(Exception):
                self.transport.send_close()
                self.transport.disconnect()

    def cut(self) -> None:
        """The line is gone, now; nobody is told."""
        if self.transport:
            self.transport.underlying_transport.abort()
        self._end(LOST)

"""A WebSocket on the wire: uvicorn's protocol class, hardened.

Frames go from the parser straight to the connection and back, without a queue and a task between them. A client that does
not read costs 32 KiB here and what its socket holds, and is aborted rather than waited for.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import fcntl
import socket
import struct
import termios
from typing import Any, Protocol, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, apply_mask  # type: ignore[attr-defined]  # the compiled one where there is one
from websockets.protocol import OPEN
from websockets.streams import StreamReader

from realtime.endpoint import EXTENSION
from realtime.protocol import NOT_UTF_8

SEND_BUFFER = 32 * 1024  # of the kernel, per WebSocket (it doubles that)
WRITE_BUFFER = 32 * 1024  # of ours; beyond it the connection is told to wait
CLOSING_S = 10.0  # for the other side to answer a close frame
AWAY_MS = (100, 1500)  # when those sent away come back
_AT_REST = StreamReader.at_eof.__code__  # where the parser waits between two frames


class Receiver(Protocol):
    """Whoever is attached to a socket."""

    def heard(self, text: bytes | None) -> None: ...
    def writable(self) -> None: ...
    def lost(self) -> None: ...
    def leave(self, min_ms: int, max_ms: int) -> None: ...
    def close(self, code: int, reason: str) -> None: ...


class HubProtocol(WebSocketsSansIOProtocol):
    """A WebSocket that never makes the hub wait."""

    def __init__(self, config: uvicorn.Config, server_state: ServerState, app_state: dict[str, Any], **rest: Any) -> None:
        super().__init__(config, server_state, app_state, **rest)
        self._state = server_state
        self._receiver: Receiver | None = None
        self._begun = False
        self.paused = False

    @property
    def receiver(self) -> Receiver | None:
        """Who is attached."""
        return self._receiver

    # What the transport tells us

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(WRITE_BUFFER)
        with contextlib.suppress(OSError):
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        receiver, self._receiver = self._receiver, None
        if receiver:
            receiver.lost()
        self._let_go()

    def _let_go(self) -> None:
        """Untie what holds itself in a circle, a generator and a fault's traceback among it: some of what was last read hangs
        on it, and garbage is looked for seldom (`hub.serving`)."""
        self.conn.parser.close()
        self.conn.parser_exc = None
        self.frames = []
        if hasattr(self, "scope"):
            cast(dict[str, Any], self.scope["extensions"]).pop(EXTENSION, None)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.paused = True

    def resume_writing(self) -> None:
        super().resume_writing()
        self.paused = False
        if self._receiver:
            self._receiver.writable()

    def keepalive_timeout(self) -> None:
        self.transport.abort()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self.transport.is_closing():  # they went in the middle of the handshake: it needs no answer any more
            self.handshake_complete = True

    # Frames in

    def data_received(self, data: bytes) -> None:
        if self._begun and self._between_frames():
            data = self._plain(data)
        if data:
            super().data_received(data)

    def _between_frames(self) -> bool:
        """Is the parser at rest, with nothing of a frame or of a fragmented message in its hands?"""
        parser: Any = self.conn.parser
        while (inner := getattr(parser, "gi_yieldfrom", None)) is not None:
            parser = inner
        return parser.gi_code is _AT_REST and self.conn.current_size is None and not self.close_sent

    def _plain(self, data: bytes) -> bytes:
        """Hear the whole short text frames at the front of `data` without the parser's detours; what is left is for it."""
        start, end = 0, len(data)
        while end - start >= 8 and data[start] == 0x81:
            size, mask = data[start + 1] - 0x80, start + 2
            if size == 126:
                size, mask = int.from_bytes(data[mask : mask + 2]), start + 4
            elif size == 127:
                break
            after = mask + 4 + size
            if size < 0 or after > end or size > self.config.ws_max_size:
                break
            self._hear(apply_mask(data[mask + 4 : after], data[mask : mask + 4]))
            start = after
            if self.close_sent or self._receiver is None:
                break
        return data[start:]

    def _hear(self, text: bytes) -> None:
        if self._receiver is None or self.close_sent:
            return
        if not text.isascii():
            try:
                text.decode()
            except UnicodeDecodeError:
                self.finish(NOT_UTF_8, "not UTF-8")
                return
        self._receiver.heard(text)

    # What the parser tells us

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            cast(dict[str, Any], self.scope["extensions"])[EXTENSION] = self

    def handle_ping(self) -> None:
        """Answer, unless the other side does not even take the answers before: it may ask faster than it reads."""
        pong = b"".join(self.conn.data_to_send())
        if not self.paused and not self.transport.is_closing():
            self.transport.write(pong)

    def handle_cont(self, event: Frame) -> None:
        """Fragments are kept as the bytes they carry: their number has no bound, those of a frame have."""
        if isinstance(self.frames[0], bytes):
            self.frames = [bytearray(self.frames[0])]  # type: ignore[list-item]
        self.frames[0] += event.data
        if event.fin:
            self.send_receive_event_to_app()

    def send_receive_event_to_app(self) -> None:
        if not self._begun:
            super().send_receive_event_to_app()
            return
        data, self.frames = b"".join(self.frames), []
        if self.curr_msg_data_type == "text":
            self._hear(data)
        elif self._receiver and not self.close_sent:
            self._receiver.heard(None)

    def handle_parser_exception(self) -> None:
        """Say why and hang up, but read on: closing over what lies unread would reset the line before the reason arrives."""
        if self.close_sent or self.transport.is_closing():
            return
        self.stop_keepalive()
        self.transport.write(b"".join(self.conn.data_to_send()))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.close_sent = True
        self.close_timer = self.loop.call_later(CLOSING_S, self.transport.abort)
        receiver, self._receiver = self._receiver, None
        if receiver:
            receiver.lost()
        else:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": 1006})

    # What the attached one does

    def attach(self, receiver: Receiver) -> None:
        """From now on `receiver` hears what becomes of this socket; of frames, once it has begun."""
        self._receiver = receiver
        if self.disconnected or self.transport.is_closing():
            self._receiver = None
            receiver.lost()

    def begin(self) -> None:
        """The handshake was answered. Frames that came before are heard now."""
        self._begun = True
        early: list[bytes | None] = []
        while not self.queue.empty():
            message = self.queue.get_nowait()
            if message["type"] == "websocket.receive":
                words = message.get("text")
                early.append(words.encode() if words is not None else None)
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        for text in early:
            if self._receiver:
                self._receiver.heard(text)
        if self._receiver and getattr(self._state, "draining", False):
            self._receiver.leave(*AWAY_MS)

    def write_text(self, body: bytes) -> None:
        """Write one text frame. We never mask, compress or fragment, so its head is all there is to make."""
        if self.close_sent or self.transport.is_closing():
            return
        size = len(body)
        if size < 126:
            head = b"\x81%c" % size
        elif size < 65536:
            head = struct.pack("!BBH", 0x81, 126, size)
        else:
            head = struct.pack("!BBQ", 0x81, 127, size)
        self.transport.write(head + body)

    def finish(self, code: int, reason: str) -> None:
        """Send the close frame; the other side has 10 s to answer it, then the socket is cut."""
        if self.close_sent or self.transport.is_closing() or self.conn.state is not OPEN:
            return  # the last: their close frame came in the same breath, and is about to be answered
        self.stop_keepalive()
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.close_timer = self.loop.call_later(CLOSING_S, self.transport.abort)

    def abort(self) -> None:
        """Cut the socket; nothing waits for it any more."""
        self.transport.abort()

    def unread(self) -> int:
        """Bytes the other side has not taken yet, in our buffer and in the kernel's."""
        waiting = array.array("i", [0])
        try:
            fcntl.ioctl(self.transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, waiting)
        except (OSError, ValueError):  # the latter: it is gone already
            pass
        return self.transport.get_write_buffer_size() + waiting[0]


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's, which lets go of its parser, and with it of itself, when a WebSocket takes over."""

    def handle_websocket_upgrade(self) -> None:
        super().handle_websocket_upgrade()
        self.parser = None  # type: ignore[assignment]

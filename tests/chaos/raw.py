"""A WebSocket without manners: any bytes may be sent, and what comes back is only looked at for its frames."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import Self

from tests.chaos.client import ORIGIN

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
CLEAR = bytes(4)  # a mask that hides nothing
READ = 256 * 1024


def frame(
    opcode: int, payload: bytes = b"", *, fin: bool = True, reserved: int = 0, mask: bytes = CLEAR, size: int | None = None
) -> bytes:
    """A frame of a client; `size` is what it claims to carry, and without a `mask` it is one of a server."""
    size = len(payload) if size is None else size
    bit = 0x80 if mask else 0
    head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode])
    if size < 126:
        head += bytes([bit | size])
    elif size < 65536:
        head += struct.pack("!BH", bit | 126, size)
    else:
        head += struct.pack("!BQ", bit | 127, size)
    return head + mask + (_hidden(payload, mask) if mask not in (b"", CLEAR) else payload)


def _hidden(payload: bytes, mask: bytes) -> bytes:
    size = len(payload)
    long = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(long)).to_bytes(size)


def handshake(port: int, token: str = "", origins: tuple[bytes, ...] = (ORIGIN.encode(),), more: bytes = b"") -> bytes:
    """The request that opens a socket. `more`: further header lines, each with its line end."""
    cookie = b"Cookie: anou_session=" + token.encode() + b"\r\n" if token else b""
    return (
        b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" % port
        + b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: hub.v1\r\n"
        + b"".join(b"Origin: " + origin + b"\r\n" for origin in origins) + cookie + more + b"\r\n"
    )  # fmt: skip


class Raw:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._rest = bytearray()
        self.code: int | None = None  # of the close frame

    @classmethod
    async def connect(cls, port: int, small: bool = False) -> Self:
        """A TCP connection; `small`: that takes as little as possible from the other side."""
        line = socket.socket()
        line.setblocking(False)
        if small:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", port))
        return cls(*await asyncio.open_connection(sock=line, limit=READ))

    @classmethod
    async def open(cls, port: int, token: str, first: bytes = b"", small: bool = False) -> Self:
        """A WebSocket on which `first` is the first thing said. Raises ConnectionError when it is refused."""
        made = await cls.connect(port, small)
        status = await made.ask(handshake(port, token))
        if status != 101:
            raise ConnectionError(f"refused with {status}")
        if first:
            await made.send(first)
        return made

    async def ask(self, request: bytes) -> int:
        """Send an HTTP request; its status, 0 when the line was cut instead."""
        try:
            self._writer.write(request)
            answer = await self._reader.readuntil(b"\r\n\r\n")
        except (OSError, asyncio.IncompleteReadError):
            return 0
        return int(answer.split(b" ", 2)[1])

    def pause(self) -> None:
        """Read nothing any more."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]

    async def send(self, data: bytes) -> bool:
        """Send it; False when the line is gone."""
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError:
            return False
        return True

    async def frames(self) -> list[tuple[int, bytes]]:
        """The next whole frames (opcode, payload); [] at the end of the line."""
        while True:
            if found := list(self._whole()):
                return found
            try:
                data = await self._reader.read(READ)
            except OSError:
                data = b""
            if not data:
                return []
            self._rest += data

    def _whole(self) -> Iterator[tuple[int, bytes]]:
        rest = self._rest
        while len(rest) >= 2:
            size, begin = rest[1] & 0x7F, 2
            if size > 125:
                begin = 4 if size == 126 else 10
                if len(rest) < begin:
                    return
                size = int.from_bytes(rest[2:begin], "big")
            if len(rest) < begin + size:
                return
            opcode, payload = rest[0] & 0x0F, bytes(rest[begin : begin + size])
            del rest[: begin + size]
            if opcode == CLOSE:
                self.code = int.from_bytes(payload[:2], "big") or 1005
            yield opcode, payload

    async def until(self, wanted: bytes, within: float = 30.0) -> bool:
        """Read until a frame carries these bytes; False when the line ended first. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while self.code is None and (found := await self.frames()):
                if any(wanted in payload for _, payload in found):
                    return True
        return False

    async def ended(self, within: float = 30.0) -> int:
        """Read until the other side says goodbye or the line ends; the close code, 1006 for none. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while self.code is None and await self.frames():
                pass
        return self.code or 1006

    def cut(self) -> None:
        """Be gone."""
        with suppress(OSError):
            self._writer.transport.abort()

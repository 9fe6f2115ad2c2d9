"""Bytes become frames in the same order and number, however the network cuts them up."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import random
from dataclasses import dataclass, field

import pytest
from websockets.frames import Frame, Opcode

from tests.realtime.conftest import Node, Someone, Story


@dataclass
class Line:
    """A bare TCP line to `/ws`, on which any bytes can be written."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: bytearray = field(default_factory=bytearray)

    async def pongs(self, until: int) -> list[int]:
        """The numbers that came back in `pong` frames, waiting for `until`."""
        async with asyncio.timeout(5):
            while ((found := self._numbers()) and found[-1] != until) or not found:
                self.heard += await self.reader.read(65536)
        return found

    def _numbers(self) -> list[int]:
        parts = bytes(self.heard).split(b'{"t":"pong","n":')[1:]
        return [int(part.partition(b"}")[0]) for part in parts]

    async def closed(self) -> bytes:
        """All that comes until the hub closes."""
        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionResetError):  # what lay unread at the other end when it closed
                while news := await self.reader.read(65536):
                    self.heard += news
        return bytes(self.heard)


async def line(node: Node, who: Someone) -> Line:
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: hub.v1\r\nOrigin: http://127.0.0.1:{node.port}\r\n"
        f"Cookie: anou_session={who.token}\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    writer.write(text({"t": "hello", "device": "bare", "threads": {}}))
    return Line(reader, writer)


def text(frame: dict[str, object]) -> bytes:
    return Frame(Opcode.TEXT, json.dumps(frame, ensure_ascii=False).encode()).serialize(mask=True)


def ping(number: int, size: int = 0) -> bytes:
    return text({"t": "ping", "n": number, "padding": "ⵣ" * (size // 3)})


def pieces(number: int, chance: random.Random) -> bytes:
    """One message in fragments, with a ping of the WebSocket itself between them."""
    words = json.dumps({"t": "ping", "n": number}).encode()
    cut = chance.randrange(1, len(words))
    between = Frame(Opcode.PING, b"?").serialize(mask=True)
    first, last = Frame(Opcode.TEXT, words[:cut], fin=False), Frame(Opcode.CONT, words[cut:])
    return first.serialize(mask=True) + between + last.serialize(mask=True)


@pytest.mark.parametrize("seed", range(6))
async def test_however_the_bytes_are_cut(node: Node, story: Story, seed: int) -> None:
    chance, bare = random.Random(seed), await line(node, story.claire)
    stream = b"".join(
        pieces(number, chance) if chance.random() < 0.2 else ping(number, chance.choice((0, 0, 0, 60, 90, 300, 5_000, 60_000)))
        for number in range(80)
    )
    sizes = (1, 2, 3, 5, 6, 7, 8, 9, 40, 200, 1_400, 70_000)
    at = 0
    while at < len(stream):
        size = chance.choice(sizes)
        bare.writer.write(stream[at : at + size])
        at += size
        if chance.random() < 0.3:
            await asyncio.sleep(0)
    assert await bare.pongs(79) == list(range(80))
    bare.writer.close()


BROKEN: dict[str, tuple[bytes, int]] = {
    "not masked": (Frame(Opcode.TEXT, b'{"t":"ping","n":9}').serialize(mask=False), 1002),
    "reserved bit": (bytes([0xC1]) + ping(9)[1:], 1002),
    "not UTF-8": (Frame(Opcode.TEXT, b'{"t":"ping","n":"\xff"}').serialize(mask=True), 1007),
    "too big": (ping(9, 70_000), 1009),
    "out of turn": (Frame(Opcode.TEXT, b"{", fin=False).serialize(mask=True) + ping(9), 1002),
    "binary": (Frame(Opcode.BINARY, b'{"t":"ping","n":9}').serialize(mask=True), 4000),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_what_is_no_frame_ends_the_line(node: Node, story: Story, name: str) -> None:
    (wrong, code), bare = BROKEN[name], await line(node, story.claire)
    bare.writer.write(ping(1))
    await bare.pongs(1)
    bare.writer.write(wrong + ping(2))
    await bare.writer.drain()
    await asyncio.sleep(0.05)
    bare.writer.write(Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True))
    last = await bare.closed()
    assert code.to_bytes(2) in last
    assert b'"n":2' not in last and b'"n":9' not in last
    bare.writer.close()


async def test_a_close_frame_in_the_same_breath(node: Node, story: Story, caplog: pytest.LogCaptureFixture) -> None:
    bare = await line(node, story.claire)
    bare.writer.write(Frame(Opcode.BINARY, b"?").serialize(mask=True) + Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True))
    assert (await bare.closed())[-4:] == b"\x88\x02\x03\xe8"
    assert not caplog.records
    bare.writer.close()

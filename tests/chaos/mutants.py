"""Frames that nobody should send: mutations of good ones, and everything that RFC 6455 forbids. Pure; chance comes from outside."""

from __future__ import annotations

import json
from random import Random
from typing import Any
from uuid import UUID

from tests.chaos.raw import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame

MOST = 65_536  # bytes of a frame that the hub hears
DEADLY_SHARE = 0.02  # of all frames: such as end the connection
NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 1e400, -0.0, 2**31, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**400, "", " ", "\0", "\ud800",
    "\udfff\ud800", "\u202e", "\ufeff", "🧶" * 40, "e\u0301" * 50, "x" * 129, "x" * 4001, "00000000-0000-0000-0000-000000000000",
    "not-a-uuid", [], [[]], {}, {"t": "send"}, ["send"] * 20, {"": None}, {str(n): n for n in range(50)},
)  # fmt: skip
LITERALS = (
    "NaN", "Infinity", "-Infinity", "1e999", "-", "01", "1.", "'a'", "undefined", "\\u0000", '"\\ud800"', '"\\x00"', "9" * 5000, "{", "]",
    '"',
)  # fmt: skip
SNIPPETS = (
    '"', "\\", "\\\\", '\\"', "{", "}", "[", "]", ":", ",", "\0", "\n", "\u2028", "\ufffd", "\\ud83d", "null", "1e5", "t", "🧶", " ",
)  # fmt: skip


class Mutants:
    """`thread` is one in which whoever sends this may speak: some of what is said there is heard by others."""

    def __init__(self, chance: Random, thread: str) -> None:
        self._chance, self._thread = chance, thread
        self._depth_shapes = (self._deep_list, self._deep_object, self._deep_string)

    # Good frames, to begin with

    def good(self) -> dict[str, Any]:
        """Any frame of the protocol but hello, right in every field."""
        chance, thread = self._chance, self._thread
        cid = str(UUID(int=chance.getrandbits(128), version=4))
        return dict(
            chance.choice((
                {"t": "send", "ref": "r", "thread": thread, "cid": cid, "kind": "text", "body": "salam 🧶", "lang": "fr"},
                {"t": "send", "ref": 1, "thread": thread, "cid": cid, "kind": "photo", "media": [cid], "reply_to": 1},
                {"t": "fetch", "ref": 2, "thread": thread, "after": 0, "limit": 2},
                {"t": "fetch", "ref": "b", "thread": thread, "before": 5, "limit": 1},
                {"t": "got", "thread": thread, "seq": 1}, {"t": "read", "thread": thread, "seq": 2},
                {"t": "typing", "thread": thread, "on": True}, {"t": "focus", "thread": None}, {"t": "ping", "n": "p"},
                {"t": "hello", "device": "again", "threads": {thread: 0}}, {"t": "dance", "steps": 3},
            ))
        )  # fmt: skip

    # What the decoder hears, and survives

    def text(self) -> bytes:
        """The payload of one text frame: UTF-8 of at most 64 KiB."""
        ways = (
            self._field_changed, self._field_changed, self._field_changed, self._signs_changed, self._signs_changed, self._cut_and_glued,
            self._literal, self._noise, self._depth, self._repeated_key, self._long, self._plain,
        )  # fmt: skip
        return self._chance.choice(ways)().encode("utf-8", "ignore")[:MOST]

    def _plain(self) -> str:
        return json.dumps(self.good(), ensure_ascii=self._chance.random() < 0.5)

    def _field_changed(self) -> str:
        chance, found = self._chance, self.good()
        for _ in range(chance.randint(1, 3)):
            name = chance.choice([*found, "t", "extra"])
            action = chance.random()
            if action < 0.15:
                found.pop(name, None)
            elif action < 0.25:
                found[name] = self.good()
            else:
                found[name] = chance.choice(NASTY)
        return json.dumps(found, ensure_ascii=chance.random() < 0.7)

    def _signs_changed(self) -> str:
        text = self._plain()
        for _ in range(self._chance.randint(1, 6)):
            at = self._chance.randrange(len(text) + 1)
            text = text[:at] + self._chance.choice(SNIPPETS) + text[at + self._chance.randint(0, 2) :]
        return text

    def _cut_and_glued(self) -> str:
        first, second = self._plain(), self._plain()
        return first[: self._chance.randrange(len(first) + 1)] + second[self._chance.randrange(len(second) + 1) :]

    def _literal(self) -> str:
        text, literal = self._plain(), self._chance.choice(LITERALS)
        colon = text.rindex(":")
        return literal if self._chance.random() < 0.3 else text[: colon + 1] + literal + "}"

    def _noise(self) -> str:
        chance = self._chance
        planes = (0x20, 0x7F), (0, 0x20), (0x80, 0x7FF), (0x800, 0xD7FF), (0x10000, 0x10FFFF)
        return "".join(chr(chance.randint(*chance.choice(planes))) for _ in range(chance.randint(0, 60)))

    def _depth(self) -> str:
        depth = self._chance.choice((20, 31, 32, 33, 100, 1000))
        return self._chance.choice(self._depth_shapes)(depth * 20 if self._chance.random() < 0.03 else depth)

    def _deep_list(self, depth: int) -> str:
        return '{"t":"ping","n":1,"x":' + "[" * depth + ("]" * depth if self._chance.random() < 0.7 else "") + "}"

    def _deep_object(self, depth: int) -> str:
        return '{"t":"ping","n":1,"x":' + '{"":' * depth + "0" + "}" * depth + "}"

    def _deep_string(self, depth: int) -> str:
        return "[" * 33 + '"' + self._chance.choice(('\\"', "\\\\", '"', "\\u005b", "[")) * depth

    def _repeated_key(self) -> str:
        text = self._plain()
        return text[:-1] + "," + text[1:]

    def _long(self) -> str:
        body = self._chance.choice(("x", "é", "🧶", "\\")) * self._chance.choice((399, 3999, 4001, 16_000))
        return json.dumps(self.good() | {"body": body})

    # As frames

    def harmless(self) -> bytes:
        """Bytes after which the connection still stands: one message, whole or in pieces, or a frame of the line itself."""
        chance, way = self._chance, self._chance.random()
        if way < 0.7:
            return frame(TEXT, self.text())
        if way < 0.85:
            return frame(TEXT, self.text(), mask=chance.randbytes(4))
        if way < 0.95:
            return self._pieces(self.text())
        return frame(chance.choice((PING, PONG)), chance.randbytes(chance.randint(0, 125)))

    def _pieces(self, payload: bytes) -> bytes:
        """The same message in fragments, empty ones too, with pings between."""
        chance = self._chance
        cuts = sorted(chance.randrange(len(payload) + 1) for _ in range(chance.randint(1, 4)))
        found, opcode = b"", TEXT
        for begin, end in zip([0, *cuts], [*cuts, len(payload)], strict=True):
            found += frame(opcode, payload[begin:end], fin=False)
            opcode = CONTINUATION
            if chance.random() < 0.3:
                found += frame(PING, b"between")
        return found + frame(CONTINUATION, b"")

    def deadly(self) -> bytes:
        """Bytes after which the hub must hang up."""
        chance, text = self._chance, self.text()
        ways: tuple[bytes, ...] = (
            frame(BINARY, text), frame(TEXT, b"\xff\xfe" + text[:1000]), frame(TEXT, b"\xed\xa0\x80"), frame(TEXT, b"\xc0\xaf"),
            frame(TEXT, b"\xf5\x80\x80\x80"), frame(TEXT, b"x" * (MOST + 1)), frame(TEXT, size=2**62), frame(TEXT, size=2**63 + 5),
            frame(TEXT, text, reserved=4), frame(TEXT, text, reserved=chance.randint(1, 7)), frame(TEXT, text[:100], mask=b""),
            frame(chance.choice((3, 4, 5, 6, 7, 11, 12, 13, 14, 15)), text[:100]), frame(CONTINUATION, text[:100]),
            frame(PING, b"x" * 126), frame(PING, fin=False), frame(CLOSE, b"\x03"), frame(CLOSE, b"\x03\xe8\xff"),
            frame(CLOSE, b"\x00\x01"), frame(CLOSE, b"\x03\xee"), frame(CLOSE, b"\x0f\xa0bye"),
            frame(CLOSE, b"\x03\xe8") + frame(TEXT, text), frame(TEXT, text[:50], fin=False) + frame(TEXT, b"{}"),
            frame(TEXT, b"\xe2\x82", fin=False) + frame(CONTINUATION, b"\x28"),
            frame(TEXT, b"x" * MOST, fin=False) + frame(CONTINUATION, b"x", fin=False),
        )  # fmt: skip
        return chance.choice(ways)

    def broken_handshake(self, good: bytes) -> bytes:
        """A request that is nearly one."""
        chance = self._chance
        at = chance.randrange(len(good))
        way = chance.randrange(4)
        if way == 0:
            return good[:at] + chance.randbytes(chance.randint(1, 4)) + good[at + chance.randint(0, 3) :] + b"\r\n\r\n"
        if way == 1:
            return good.replace(b"\r\n", b"\r\nX-Long: " + b"x" * chance.choice((100, 9000, 70_000)) + b"\r\n", 1)
        if way == 2:
            return chance.randbytes(200) + b"\r\n\r\n"
        lines = good.split(b"\r\n")
        del lines[chance.randrange(len(lines) - 2)]
        return b"\r\n".join(lines)

"""What a client wrote and the hub has not acknowledged yet: sent again, with the same `cid`, until there is an `ok`."""

from __future__ import annotations

import asyncio
import time
from random import Random
from typing import Any, Protocol
from uuid import UUID

AGAIN_S = 1.0  # after an answer that says "again" without saying when


class Sender(Protocol):
    """The client, as far as its outbox needs it."""

    live: bool
    chance: Random
    patience_s: float
    histories: dict[str, Any]

    def tell(self, frame: dict[str, Any]) -> bool: ...
    def ref(self) -> str: ...


class Message:
    """One message, as its author knows it: `seq` once it is stored."""

    __slots__ = ("body", "cid", "dup", "refused", "sent_at", "seq", "stored_at", "thread", "tries", "written_at")

    def __init__(self, thread: str, cid: str, body: str) -> None:
        self.thread, self.cid, self.body = thread, cid, body
        self.written_at, self.sent_at, self.stored_at = time.monotonic(), 0.0, 0.0
        self.seq = self.tries = 0
        self.dup = False
        self.refused = ""


class Outbox:
    """Messages of one client. `at_once`: how many of one thread may be without an answer at a time."""

    def __init__(self, sender: Sender, at_once: int) -> None:
        self._sender, self._at_once = sender, at_once
        self.written: list[Message] = []  # all there ever were, in order
        self.acknowledged: list[Message] = []
        self.refusals: list[Message] = []
        self._waiting: dict[str, dict[str, Message]] = {}  # thread -> cid -> message
        self._flying: dict[str, dict[str, Message]] = {}  # thread -> ref -> message
        self._thread_of: dict[str, str] = {}  # ref -> thread, of this connection
        self._pauses: dict[str, asyncio.TimerHandle] = {}
        self.overdue = 0  # sends that had no answer for too long, on a line that stood
        self.slowest_s = 0.0  # the longest that a send waited for an answer, of whichever kind
        self._watching = False

    @property
    def empty(self) -> bool:
        """Was everything acknowledged, or refused for good?"""
        return not any(self._waiting.values())

    def waiting(self) -> int:
        """How many have no `ok` yet."""
        return sum(map(len, self._waiting.values()))

    def add(self, thread: str, words: str) -> Message:
        """Write one down, and send it if there is a line."""
        cid = str(UUID(int=self._sender.chance.getrandbits(128), version=4))
        made = Message(thread, cid, f"{len(self.written)} {words or cid}")
        self.written.append(made)
        self._waiting.setdefault(thread, {})[cid] = made
        self._send(thread)
        return made

    def online(self) -> None:
        """There is a line: everything that waits goes again."""
        for thread in self._waiting:
            self._send(thread)

    def offline(self) -> None:
        """No answer will come any more to what was sent."""
        self._flying.clear()
        self._thread_of.clear()

    def stored(self, frame: dict[str, Any]) -> None:
        """An `ok`."""
        message = self._landed(frame["ref"])
        if message is None:
            return
        if not message.seq:
            message.seq, message.dup, message.stored_at = frame["seq"], frame["dup"], time.monotonic()
            self.acknowledged.append(message)
        elif message.seq != frame["seq"]:
            message.refused = f"acknowledged as {message.seq} and as {frame['seq']}"
        self._waiting[message.thread].pop(message.cid, None)
        self._send(message.thread)

    def refused(self, frame: dict[str, Any]) -> None:
        """An `error` with a `ref`."""
        message = self._landed(frame["ref"])
        if message is None:
            return
        if frame["retry"]:
            self._later(message.thread, frame.get("after_ms", AGAIN_S * 1000) / 1000)
            return
        message.refused = frame["code"]
        self.refusals.append(message)
        self._waiting[message.thread].pop(message.cid, None)
        self._send(message.thread)

    def _landed(self, ref: str) -> Message | None:
        thread = self._thread_of.pop(ref, None)
        if thread is None:
            return None
        message = self._flying[thread].pop(ref)
        self.slowest_s = max(self.slowest_s, time.monotonic() - message.sent_at)
        return message

    def _send(self, thread: str) -> None:
        if not self._sender.live or thread in self._pauses:
            return
        flying = self._flying.setdefault(thread, {})
        if len(flying) >= self._at_once:
            return
        under_way = {message.cid for message in flying.values()}
        for message in list(self._waiting.get(thread, {}).values()):
            if len(flying) >= self._at_once:
                return
            if message.cid not in under_way:
                self._send_one(message, flying)

    def _send_one(self, message: Message, flying: dict[str, Message]) -> None:
        ref = self._sender.ref()
        told = self._sender.tell(
            {"t": "send", "ref": ref, "thread": message.thread, "cid": message.cid, "kind": "text", "body": message.body, "lang": "en"}
        )
        if told:
            message.tries += 1
            message.sent_at = time.monotonic()
            flying[ref] = message
            self._thread_of[ref] = message.thread
            if not self._watching:
                self._watching = True
                asyncio.get_running_loop().call_later(self._sender.patience_s, self._watch)

    def _watch(self) -> None:
        """Whatever has no answer for too long goes again. One timer, not one for each message."""
        self._watching = False
        late = time.monotonic() - self._sender.patience_s
        for ref, thread in list(self._thread_of.items()):
            if self._flying[thread][ref].sent_at <= late:
                self.overdue += 1
                self._landed(ref)
                self._send(thread)
        if self._thread_of and not self._watching:
            self._watching = True
            asyncio.get_running_loop().call_later(self._sender.patience_s / 4, self._watch)

    def _later(self, thread: str, seconds: float) -> None:
        """Nothing more in this thread for a while."""
        if thread not in self._pauses:
            self._pauses[thread] = asyncio.get_running_loop().call_later(seconds, self._resume, thread)

    def _resume(self, thread: str) -> None:
        del self._pauses[thread]
        self._send(thread)

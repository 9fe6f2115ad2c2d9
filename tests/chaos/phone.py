"""A client in the hand of somebody who does everything to it: goes away, comes back wrongly, does not read, says things twice.

It keeps the protocol all the same, in two things more than `Client`: it takes up a thread that it hears of, also one whose
beginning is not for its person, and it looks at the heads of its `welcome`.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

from tests.chaos.client import Client
from tests.chaos.history import History, entry
from tests.chaos.outbox import Message

NOWHERE = "ws://127.0.0.1:1/ws"
BACK_S = 0.05  # until it tries again: a person who taps


class Heard(NamedTuple):
    """An event that was told: when, when it was stored, and which."""

    told: float
    stored: float
    thread: str
    seq: int


class Phone(Client):
    """`pages` keeps what was fetched, `wrong` what the hub may never say."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, patience_s=5.0, at_once=3, **more)
        self.pages: list[tuple[dict[str, Any], dict[str, Any]]] = []  # what was asked for, the answer
        self.wrong: list[str] = []
        self.heard: list[Heard] = []  # every event, live or not
        self._home = list(self.roads)
        self._taking: dict[str, list[dict[str, Any]]] = {}  # threads that are being taken up -> what came meanwhile
        self._calls: set[str] = set()  # heard of once more meanwhile
        self._again: dict[str, Message] = {}  # ref -> what was said once more
        self._asked: dict[str, dict[str, Any]] = {}  # ref -> a fetch of its person's
        self._unlisted: set[str] = set()
        self._beyond = 0

    def _wait(self, code: int) -> float:
        super()._wait(code)
        return BACK_S * self.chance.random()

    # What is done to it

    def away(self) -> None:
        """No network."""
        self.roads[:], self._road = [NOWHERE], 0
        self.drop()

    def back(self) -> None:
        """The network is there again."""
        self.roads[:], self._road = self._home, 0

    def move(self) -> None:
        """Another node, from now on."""
        self._home.append(self._home.pop(0))
        if self.roads != [NOWHERE]:
            self.roads[:], self._road = self._home, 0
        self.drop()

    def slow(self) -> None:
        """Read nothing any more."""
        if self._line and self._line.transport:
            with suppress(RuntimeError, OSError):
                self._line.transport.underlying_transport.pause_reading()

    def fast(self) -> None:
        """Read again."""
        if self._line and self._line.transport:
            with suppress(RuntimeError, OSError):
                self._line.transport.underlying_transport.resume_reading()

    def rewind(self, share: float) -> None:
        """Come back with an older copy."""
        for thread, history in list(self.histories.items()):
            if kept := int(len(history.entries) * share):
                fresh = self.histories[thread] = History(history.floor)
                for known in history.entries[:kept]:
                    fresh.take(known)
            else:
                del self.histories[thread]
        self.drop()

    def boast(self) -> None:
        """Come back with a number beyond the head."""
        self._beyond = 1000
        self.drop()

    def mistake(self) -> None:
        """Come back as from another database."""
        self._epoch = str(uuid4())
        self.drop()

    def omit(self) -> None:
        """Come back without naming one of its threads."""
        if self.histories:
            self._unlisted = {self.chance.choice(list(self.histories))}
        self.drop()

    def repeat(self) -> None:
        """Say something once more that was acknowledged long ago."""
        if self.outbox.acknowledged:
            message = self.chance.choice(self.outbox.acknowledged)
            ref = "again " + self.ref()
            sent = {"t": "send", "ref": ref, "thread": message.thread, "cid": message.cid, "kind": "text", "body": message.body}
            if self.tell(sent):
                self._again[ref] = message

    def leaf(self, thread: str, edge: str, seq: int, limit: int) -> None:
        """Fetch a page, as somebody who scrolls; `edge` is `after` or `before`."""
        asked = {"t": "fetch", "ref": "page " + self.ref(), "thread": thread, edge: seq, "limit": limit}
        if self.tell(asked):
            self._asked[asked["ref"]] = asked

    # What it says and hears besides

    def positions(self) -> dict[str, int]:
        beyond, unlisted, self._beyond, self._unlisted = self._beyond, self._unlisted, 0, set()
        return {thread: last + beyond for thread, last in self.last.items() if thread not in unlisted}

    def hear(self, frame: dict[str, Any]) -> None:
        kind, ref = frame["t"], frame.get("ref")
        if kind == "event":
            self.heard.append(Heard(time.time(), datetime.fromisoformat(frame["at"]).timestamp(), frame["thread"], frame["seq"]))
            if frame["thread"] not in self.histories:  # it spoke there, and so follows it
                self._behind(frame["thread"], frame["seq"])
            if frame["thread"] in self._taking:
                self._taking[frame["thread"]].append(frame)
                return
        if ref in self._again:
            self._heard_again(self._again.pop(ref), frame)
            return
        if ref in self._asked:
            asked = self._asked.pop(ref)
            if kind == "events":
                self.pages.append((asked, frame))
                self._behind(frame["thread"], frame["head"])
            return
        super().hear(frame)
        if kind == "welcome":
            for found in frame["threads"]:
                self._behind(found["thread"], found["head"])

    def _heard_again(self, message: Message, frame: dict[str, Any]) -> None:
        if frame["t"] == "ok" and (frame["seq"], frame["dup"]) != (message.seq, True):
            self.wrong.append(f"{message.cid} is {message.seq}, and said again it was {frame['seq']}, dup {frame['dup']}")

    def _behind(self, thread: str, head: int) -> None:
        if thread in self.histories:
            super()._behind(thread, head)
        elif thread in self._taking:
            self._calls.add(thread)
        else:
            self._taking[thread] = []
            self._beside(self._take_up(thread))

    def _fill(self, thread: str, head: int = 0) -> None:
        """What it has nothing of may begin anywhere: somebody sent out and called back from now on, with no bell to tell it."""
        if self.histories[thread].entries:
            super()._fill(thread, head)
        else:
            del self.histories[thread]
            self._behind(thread, head)

    def _reset(self, why: str, thread: str | None) -> None:
        self.resets.append(why)
        for name in [thread] if thread else list(self.histories):
            self.histories.pop(name, None)
            if why not in ("left", "unknown_thread"):
                self._behind(name, 0)

    async def _take_up(self, thread: str) -> None:
        """The thread from its beginning, or from where it is this person's; what comes meanwhile is kept for then."""
        ref = self.ref()
        answer = self._fetching[ref] = asyncio.get_running_loop().create_future()
        page: dict[str, Any] | None = None
        if self.tell({"t": "fetch", "ref": ref, "thread": thread, "after": 0, "limit": 200}):
            with suppress(TimeoutError, asyncio.CancelledError):
                async with asyncio.timeout(self.patience_s):
                    page = await answer
        early, called = self._taking.pop(thread), thread in self._calls
        self._calls.discard(thread)
        if thread in self.histories:
            return
        if page is None:
            if called and self.live:  # refused, and meanwhile called back
                self._behind(thread, 0)
            return
        self.histories[thread] = history = History(page["events"][0]["seq"] - 1 if page["events"] else page["head"])
        for event in (*page["events"], *early):
            history.take(entry(event))
        if history.gap or history.last < page["head"]:
            self._fill(thread, page["head"])

    @property
    def busy(self) -> bool:
        """Is it still taking something up?"""
        return bool(self._taking)

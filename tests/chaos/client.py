"""A client that keeps its side of docs/protocol.md as the browser does, and remembers everything it was told.

It applies only last + 1, holds what came early, fetches what is missing, notices silence, comes back with jitter by close
code or `bye`, and sends each message with one `cid` for ever until there is an `ok`. Compiled sockets, so that thousands
fit on one core.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from random import Random
from typing import Any

from picows import WSError, ws_connect

from tests.chaos.folk import Someone
from tests.chaos.history import History, entry
from tests.chaos.outbox import Message, Outbox
from tests.chaos.wire import LOST, Wire

ORIGIN = "http://chaos.test"
SILENCE_S = 35.0  # without a frame: the line is dead
PATIENCE_S = 20.0  # for an answer, and for the handshake
FILL_AFTER_S = 0.12  # a gap often closes by itself
MARK_S = 0.3  # `got` of one moment is one frame
STOPS = frozenset({1007, 1009, 4000, 4001, 4003, 4010})
AT_ONCE = frozenset({4200, 4201})


class Client:
    """One page of one person. `roads` are addresses of nodes or lines to them, tried in turn when one does not answer.

    `threads` maps each thread to the number up to which events are not this person's to see (usually 0).
    """

    def __init__(
        self, who: Someone, roads: Sequence[str], threads: Iterable[str] | dict[str, int], seed: object, *,
        silence_s: float = SILENCE_S, patience_s: float = PATIENCE_S, at_once: int = 1,
    ) -> None:  # fmt: skip
        self.who, self.roads = who, list(roads)
        self.chance = Random(f"{seed} {who.id}")
        self.silence_s, self.patience_s = silence_s, patience_s
        floors = threads if isinstance(threads, dict) else dict.fromkeys(threads, 0)
        self.histories = {thread: History(floor) for thread, floor in floors.items()}
        self.outbox = Outbox(self, at_once)
        self.live = False  # welcomed
        self.level = False  # and synced
        self.node = ""
        # What it went through
        self.closes: list[tuple[float, int]] = []  # when (monotonic), close code; 1006: lost without a word
        self.waits: list[float] = []  # seconds from each loss of the line until synced again
        self.errors: Counter[str] = Counter()  # codes of `error` frames
        self.resets: list[str] = []
        self.faults: list[str] = []  # what it could not make sense of
        self.late_s = 0.0  # the longest time from an event's `at` until it was applied here
        self.stopped: int | None = None  # the close code after which it gave up
        # Its connection
        self._line: Wire | None = None
        self._life: asyncio.Task[None] | None = None
        self._road = self.chance.randrange(len(self.roads))
        self._epoch: str | None = None
        self._attempt = 0
        self._back_at = 0.0  # after `bye`: when to come back
        self._down_since: float | None = None
        self._refs = itertools.count(1)
        self._fetching: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._filling: dict[str, int] = {}  # thread -> the head that is to be reached
        self._marked: set[str] = set()
        self._work: set[asyncio.Task[None]] = set()

    def __str__(self) -> str:
        if self.stopped is not None:
            state = f"closed with {self.stopped}"
        elif self._down_since is not None:
            state = f"away for {time.monotonic() - self._down_since:.1f} s, attempt {self._attempt}, last lost with {self.closes[-1][1]}"
        else:
            state = f"{'level' if self.level else 'live' if self.live else 'not live yet'} on {self.node or 'no node'}"
        return f"client {self.who.id[-6:]} ({state})"

    # What its person does

    def start(self) -> None:
        """Open the page."""
        self._life = asyncio.create_task(self._live())

    async def stop(self) -> None:
        """Close the page."""
        for task in (self._life, *self._work):
            if task:
                task.cancel()
        if self._line:
            self._line.close()
        await asyncio.gather(*(task for task in (self._life, *self._work) if task), return_exceptions=True)

    def say(self, thread: str, words: str = "") -> Message:
        """Write a message down and send it as soon as may be."""
        return self.outbox.add(thread, words)

    def drop(self) -> None:
        """Lose the line, without a word to anybody."""
        if self._line:
            self._line.cut()

    @property
    def last(self) -> dict[str, int]:
        """How far it has come in each thread."""
        return {thread: history.last for thread, history in self.histories.items()}

    # The life of its connections

    async def _live(self) -> None:
        while self.stopped is None:
            line = Wire(self)
            try:
                await ws_connect(
                    lambda: line,  # noqa: B023  (called before the next turn)
                    self.roads[self._road], websocket_handshake_timeout=self.patience_s, enable_auto_pong=True,
                    extra_headers={"Origin": ORIGIN, "Cookie": f"anou_session={self.who.token}", "Sec-WebSocket-Protocol": "hub.v1"},
                )  # fmt: skip
            except (OSError, TimeoutError, WSError):
                pass
            if line.transport:
                code = await line.over
            else:  # also when picows returns without a word: the other end went in the middle of the handshake
                code, self._road = LOST, (self._road + 1) % len(self.roads)
            self._closed(code)
            if self.stopped is None:
                await asyncio.sleep(self._wait(code))

    def _closed(self, code: int) -> None:
        now = time.monotonic()
        was, self._line, self.live, self.level = self._line, None, False, False
        if was:
            self.closes.append((now, code))
            if self._down_since is None:
                self._down_since = now
            self._road = self.chance.randrange(len(self.roads))  # a proxy may lead anywhere
        for waiting in self._fetching.values():
            waiting.cancel()
        self._fetching.clear()
        self.outbox.offline()
        if code in STOPS:
            self.stopped = code
        if code in AT_ONCE:  # this node goes down: another may be there
            self._road = (self._road + 1) % len(self.roads)

    def _wait(self, code: int) -> float:
        attempt, self._attempt = self._attempt, self._attempt + 1
        back_at, self._back_at = self._back_at, 0.0
        if back_at:
            return max(0.0, back_at - time.monotonic())
        if code in AT_ONCE and attempt < 3:
            return self.chance.random()
        return 0.5 + self.chance.random() * (min(30.0, 2.0 ** min(attempt, 10)) - 0.5)

    def connected(self, line: Wire) -> None:
        """The line stands."""
        self._line = line
        self.opened()

    def opened(self) -> None:
        """Hello."""
        known = {"threads": self.positions()} | ({"epoch": self._epoch} if self._epoch else {})
        self.tell({"t": "hello", "device": "chaos"} | known)

    def positions(self) -> dict[str, int]:
        """What a hello says of each thread."""
        return self.last

    def tell(self, frame: dict[str, Any]) -> bool:
        """Send a frame; False when there is no line."""
        return self._line is not None and self._line.tell(frame)

    def ref(self) -> str:
        """A name for the next answer."""
        return str(next(self._refs))

    # What the hub says

    def hear(self, frame: dict[str, Any]) -> None:
        """One frame."""
        kind = frame["t"]
        if kind == "event":
            self._event(frame)
        elif kind == "ok":
            self.outbox.stored(frame)
        elif kind == "error":
            self._error(frame)
        elif kind == "events":
            if waiting := self._fetching.pop(frame["ref"], None):
                waiting.set_result(frame)
            self._behind(frame["thread"], frame["head"])
        elif kind == "welcome":
            self._epoch, self.node, self.live = frame["epoch"], frame["node"], True
            self.outbox.online()
        elif kind == "synced":
            self._synced(frame)
        elif kind == "head":
            self._behind(frame["thread"], frame["head"])
        elif kind == "reset":
            self._reset(frame["why"], frame.get("thread"))
        elif kind == "bye":
            wait = self.chance.uniform(frame["min_ms"], frame["max_ms"]) / 1000
            self._back_at = time.monotonic() + wait
            asyncio.get_running_loop().call_later(wait, self._line.leave if self._line else int)

    def _event(self, frame: dict[str, Any]) -> None:
        thread = frame["thread"]
        history = self.histories.get(thread)
        if history is None:
            return
        if history.take(entry(frame)):
            self.late_s = max(self.late_s, time.time() - datetime.fromisoformat(frame["at"]).timestamp())
            self._mark(thread)
        if history.gap:
            self._fill(thread)

    def _error(self, frame: dict[str, Any]) -> None:
        self.errors[frame["code"]] += 1
        ref = frame.get("ref")
        if ref is not None and (waiting := self._fetching.pop(ref, None)):
            waiting.cancel()
        elif ref is not None:
            self.outbox.refused(frame)

    def _synced(self, frame: dict[str, Any]) -> None:
        self._attempt, self.level = 0, True
        if self._down_since is not None:
            self.waits.append(time.monotonic() - self._down_since)
            self._down_since = None
        for thread, head in frame["threads"].items():
            self._behind(thread, head)

    def _reset(self, why: str, thread: str | None) -> None:
        self.resets.append(why)
        for name in [thread] if thread else list(self.histories):
            if name in self.histories and why in ("left", "unknown_thread"):
                del self.histories[name]
            elif name in self.histories:
                self.histories[name].forget()

    # What is missing

    def _behind(self, thread: str, head: int) -> None:
        if thread in self.histories and head > self.histories[thread].last:
            self._fill(thread, head)

    def _fill(self, thread: str, head: int = 0) -> None:
        if thread not in self._filling:
            self._beside(self._fetch(thread))
        self._filling[thread] = max(head, self._filling.get(thread, 0))

    async def _fetch(self, thread: str) -> None:
        """Until there is no gap and the head is reached; a lost line ends it, and the next hello makes good for it."""
        try:
            await asyncio.sleep(FILL_AFTER_S)
            history = self.histories[thread]
            while history.gap or history.last < self._filling[thread]:
                before, ref = history.last, self.ref()
                answer = self._fetching[ref] = asyncio.get_running_loop().create_future()
                if not self.tell({"t": "fetch", "ref": ref, "thread": thread, "after": before, "limit": 200}):
                    return
                async with asyncio.timeout(self.patience_s):
                    page = await answer
                for event in page["events"]:
                    self._event({"thread": thread, **event})
                if history.last == before:
                    return
        except (TimeoutError, KeyError):
            return
        except asyncio.CancelledError:
            if asyncio.current_task().cancelling():  # type: ignore[union-attr]
                raise
        finally:
            del self._filling[thread]

    def _beside(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    def _mark(self, thread: str) -> None:
        if not self._marked:
            asyncio.get_running_loop().call_later(MARK_S, self._say_marks)
        self._marked.add(thread)

    def _say_marks(self) -> None:
        marked, self._marked = self._marked, set()
        for thread in marked:
            if self.live and thread in self.histories:
                self.tell({"t": "got", "thread": thread, "seq": self.histories[thread].last})

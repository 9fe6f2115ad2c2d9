"""What each frame of a client does. Nothing here waits: what needs the database runs beside, and answers when it can."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import structlog
from msgspec import UNSET

from hub import clock, i18n, ids
from hub.actions import threads
from hub.config import Config
from hub.database import DOWN
from hub.errors import Refusal
from hub.lane import Stored
from realtime import frames, protocol
from realtime.connection import LIVE, RESUMING, WAITING, Connection
from realtime.fanout import Fanout
from realtime.limits import FETCHES, SENDS, TOO_FAST, Strikes
from realtime.protocol import BadFrame, Fetch, Focus, Got, Hello, Ping, Read, Send, Typing
from realtime.receipts import Receipts
from realtime.resume import Resume
from realtime.typing import Typists

log = structlog.get_logger("talk")


class Talk:
    """The client's side of `hub.v1`."""

    def __init__(self, config: Config, fanout: Fanout, resume: Resume, receipts: Receipts, typists: Typists) -> None:
        self._config, self._fanout, self._resume, self._receipts, self._typists = config, fanout, resume, receipts, typists
        self._verbs: dict[type, Callable[[Connection, Any], None]] = {
            Hello: self._hello, Send: self._send, Fetch: self._fetch, Got: self._got, Read: self._read, Typing: self._typing,
            Focus: self._focus, Ping: self._ping,
        }  # fmt: skip

    def hear(self, connection: Connection, text: bytes | None) -> None:
        """One frame of a client; None stands for a binary one."""
        if text is None:
            connection.close(protocol.BROKEN, "binary frame")
            return
        try:
            frame = protocol.decode(text)
        except BadFrame as bad:
            self._bad(connection, bad)
            return
        if connection.stage == WAITING and not isinstance(frame, Hello):
            connection.close(protocol.BROKEN, "hello comes first")
        elif self._allowed(connection, frame) and frame is not None:
            self._verbs[type(frame)](connection, frame)

    def _bad(self, connection: Connection, bad: BadFrame) -> None:
        if connection.stage == WAITING and bad.t != "hello":
            connection.close(protocol.BROKEN, "hello comes first")
            return
        self._refuse(connection, Refusal("bad_frame"), bad.ref)

    def _allowed(self, connection: Connection, frame: protocol.AnyClientFrame | None) -> bool:
        """Is this frame within the rate? What resumes is never counted; what is ignored (None) is."""
        if frame is not None and frame.resumes and (connection.stage == WAITING or type(frame) is not Hello):
            return True
        now = monotonic()
        wait = connection.allowance.take(now)
        if not wait:
            return True
        ref = getattr(frame, "ref", None)
        if ref is not None:
            self._refuse(connection, Refusal("rate", after_ms=int(wait * 1000) + 1), ref)
        if connection.too_fast is None:
            connection.too_fast = Strikes(TOO_FAST)
        if connection.too_fast.strike(now):
            connection.close(protocol.RATE, "too fast")
        return False

    def _refuse(self, connection: Connection, refusal: Refusal, ref: str | int | None) -> None:
        """Say no. Ten frames a minute that are none at all break the protocol."""
        code = refusal.code if refusal.code in protocol.CODES else "bad_frame"
        error = frames.Error(
            code,
            i18n.words(connection.person.locale, refusal.words),
            refusal.retry,
            UNSET if ref is None else ref,
            UNSET if refusal.after_ms is None else refusal.after_ms,
        )
        connection.push(frames.out(error))
        if refusal.code == "bad_frame":
            if connection.bad is None:
                connection.bad = Strikes(self._config.bad_frames)
            if connection.bad.strike(monotonic()):
                connection.close(protocol.BROKEN, "bad frames")

    # One function a frame

    def _hello(self, connection: Connection, frame: Hello) -> None:
        if connection.stage != WAITING:
            self._refuse(connection, Refusal("bad_frame"), None)
            return
        connection.stage = RESUMING
        if connection.stopwatch:
            connection.stopwatch.cancel()
            connection.stopwatch = None
        self._fanout.start(self._whole(connection, self._resume.hello(connection, frame, lambda: self._speak(connection))))

    async def _whole(self, connection: Connection, work: Awaitable[None]) -> None:
        """A fault in the middle of a resume closes the connection, so that the client begins anew."""
        try:
            await work
        except Exception:
            log.exception("resume_fault", person=connection.person_id)
            connection.close(protocol.FAULT, "resume failed")

    def _send(self, connection: Connection, frame: Send) -> None:
        if connection.outstanding >= SENDS:
            self._refuse(connection, Refusal("overloaded", after_ms=1000), frame.ref)
            return
        connection.outstanding += 1
        if connection.stage == LIVE:
            self._post(connection, frame)
        else:  # whoever speaks in a thread follows it, and nothing live may come before `welcome`
            connection.early = [*(connection.early or ()), frame]

    def _speak(self, connection: Connection) -> None:
        """The connection is live: what it said before is said now."""
        early, connection.early = connection.early or [], None
        for frame in early:
            self._post(connection, frame)

    def _post(self, connection: Connection, frame: Send) -> None:
        if connection.line is None and not frame.media:
            self._say(connection, frame)
        else:  # pictures are looked up first: what comes behind them waits, so that the order stays
            connection.line = asyncio.create_task(self._in_line(connection, connection.line, frame))

    def _say(self, connection: Connection, frame: Send) -> None:
        """Plain words, without a task: the answer comes by callback."""
        thread = ids.text(frame.thread)
        fresh = self._follow(connection, thread)
        try:
            threads.say(
                connection.person, connection.person_id, thread, ids.text(frame.cid),
                frame.kind, frame.body, frame.lang, frame.reply_to,
                lambda found: self._answer(connection, thread, frame.ref, fresh, found),
            )  # fmt: skip
        except Refusal as refusal:
            self._answer(connection, thread, frame.ref, fresh, refusal)

    async def _in_line(self, connection: Connection, before: asyncio.Task[None] | None, frame: Send) -> None:
        if before:
            await before
        thread, media = str(frame.thread), [str(item) for item in frame.media or ()]
        fresh = self._follow(connection, thread)
        try:
            found: Stored | BaseException = await threads.send(
                connection.person, frame.thread, frame.cid, frame.kind, frame.body, media, frame.lang, frame.reply_to
            )
        except Exception as fault:
            found = fault
        if connection.line is asyncio.current_task():
            connection.line = None
        self._answer(connection, thread, frame.ref, fresh, found)

    def _follow(self, connection: Connection, thread: str) -> bool:
        """Whoever speaks in a thread follows it; was that new?"""
        fresh = thread not in connection.follows
        if fresh:
            self._fanout.follow(connection, thread, 0)
        return fresh

    def _answer(
        self, connection: Connection, thread: str, ref: protocol.Ref, fresh: bool, found: Stored | BaseException
    ) -> None:
        if isinstance(found, BaseException):
            if fresh:
                self._fanout.unfollow(connection, thread)
            self._refuse(connection, _refusal(found), ref)
        else:
            if fresh and (timeline := self._fanout.timelines.get(thread)):  # what came after it may have had no bell
                self._fanout.settle(timeline, found.seq if found.dup else found.seq - 1, ())
            connection.push(frames.out(frames.Ok(ref, thread, found.seq, clock.iso(found.at), found.dup)))
        connection.answered()

    def _fetch(self, connection: Connection, frame: Fetch) -> None:
        if connection.fetches is None:
            connection.fetches = [frame]
            self._fanout.start(self._pages(connection))
        elif len(connection.fetches) >= FETCHES:
            self._refuse(connection, Refusal("overloaded", after_ms=1000), frame.ref)
        else:
            connection.fetches.append(frame)

    async def _pages(self, connection: Connection) -> None:
        """Answer this connection's fetches one after the other, as fast as it reads."""
        while connection.fetches:
            frame = connection.fetches[0]
            await connection.room()
            if connection.closed:
                return
            try:
                await self._resume.fetch(connection, frame)
            except Exception as fault:
                self._refuse(connection, _refusal(fault), frame.ref)
            connection.fetches.pop(0)
        connection.fetches = None

    def _got(self, connection: Connection, frame: Got) -> None:
        self._receipts.mark(ids.text(frame.thread), connection.person_id, got=frame.seq)

    def _read(self, connection: Connection, frame: Read) -> None:
        self._receipts.mark(ids.text(frame.thread), connection.person_id, read=frame.seq)

    def _typing(self, connection: Connection, frame: Typing) -> None:
        thread = str(frame.thread)
        timeline = self._fanout.timelines.get(thread)
        if timeline and thread in connection.follows and connection.person_id in timeline.people:
            self._typists.typing(connection, thread, timeline.people, frame.on)

    def _focus(self, connection: Connection, frame: Focus) -> None:
        connection.focus = frame.thread

    def _ping(self, connection: Connection, frame: Ping) -> None:
        connection.push(frames.out(frames.Pong(frame.n)))


def _refusal(fault: BaseException) -> Refusal:
    if isinstance(fault, Refusal):
        return fault
    if not isinstance(fault, DOWN):
        log.error("frame_fault", exc_info=fault)
    return Refusal("unavailable", after_ms=2000)

"""`hub.v1` as data: its numbers, what a client may say, and how text becomes that. What the hub says: `frames.py`. Pure.

The page that other programs are written against is `docs/protocol.md`. Unknown fields are ignored, types are strict.
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

SUBPROTOCOL = "hub.v1"
DEPTH = 32  # how deep a frame may be nested
JOINED = 64  # objects in one frame, at most
PAGE = 200  # events in one page, and threads in one hello


class Close(NamedTuple):
    """What a close code means, what a client does then, and whether this version says it."""

    meaning: str
    then: Literal["back off", "stop", "sign in", "come back soon"]
    said: bool = True


NOT_UTF_8, TOO_BIG, FAULT, RESTARTING, TRY_LATER = 1007, 1009, 1011, 1012, 1013
BROKEN, SIGNED_OUT, FORBIDDEN, TOO_MANY = 4000, 4001, 4003, 4010
OVERLOADED, RATE, TOO_SLOW, DRAINING, RESYNC = 4100, 4108, 4113, 4200, 4201
CLOSES = {
    NOT_UTF_8: Close("not UTF-8", "back off"),
    TOO_BIG: Close("frame too big", "back off"),
    FAULT: Close("a fault of the hub", "back off"),
    RESTARTING: Close("restarting", "back off"),
    TRY_LATER: Close("try later", "back off"),
    BROKEN: Close("the protocol was broken", "stop"),
    SIGNED_OUT: Close("signed out", "sign in"),
    FORBIDDEN: Close("forbidden", "stop", said=False),
    TOO_MANY: Close("too many connections", "stop"),
    OVERLOADED: Close("overloaded", "back off", said=False),
    RATE: Close("too fast", "back off"),
    TOO_SLOW: Close("too slow", "back off"),
    DRAINING: Close("draining: the node goes down", "come back soon"),
    RESYNC: Close("resync", "come back soon", said=False),
}
CODES = {
    "bad_frame": "not a frame, or a message that can't be",
    "unknown_thread": "no such thread, or not one of this person's",
    "not_allowed": "not theirs to do",
    "too_long": "more than 4,000 characters",
    "empty": "nothing in it",
    "media_missing": "a picture that is not there, or not this person's",
    "rate": "too fast",
    "overloaded": "too much at once",
    "unavailable": "the database does not answer; perhaps stored",
}
"""What an `error` may say. Whether it is worth saying the same again stands in `hub.errors.RETRIED`."""

Seq = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Ref = Annotated[str, Meta(max_length=128)] | Annotated[int, Meta(ge=-(2**53), le=2**53)]


class BadFrame(Exception):
    """Not a frame of `hub.v1`; `ref` and `t` are what could be read of it."""

    def __init__(self, ref: str | int | None = None, t: str | None = None) -> None:
        super().__init__("bad_frame")
        self.ref, self.t = ref, t


# What a client may say


class ClientFrame(Struct, tag_field="t"):
    """Base of all frames from a client."""

    @property
    def resumes(self) -> bool:
        """Is it part of catching up, which is never counted?"""
        return False


class Hello(ClientFrame, tag="hello"):
    """The first frame: which threads are known here, and up to which event."""

    device: Annotated[str, Meta(max_length=200)]
    threads: Annotated[dict[UUID, Seq], Meta(max_length=PAGE, extra_json_schema={"propertyNames": {"format": "uuid"}})]
    epoch: str | None = None

    @property
    def resumes(self) -> bool:
        return True


class Send(ClientFrame, tag="send"):
    """Say something. `cid` is chosen by the client and kept for ever."""

    ref: Ref
    thread: UUID
    cid: UUID
    kind: Literal["text", "photo", "voice"]
    body: str | None = None
    media: Annotated[list[UUID], Meta(max_length=100)] | None = None
    lang: str | None = None
    reply_to: Annotated[int, Meta(ge=1, le=2**63 - 1)] | None = None


class Fetch(ClientFrame, tag="fetch"):
    """A page of a thread's events: above `after`, or below `before`; one of the two."""

    ref: Ref
    thread: UUID
    limit: Annotated[int, Meta(ge=1, le=PAGE)]
    after: Seq | None = None
    before: Seq | None = None

    @property
    def resumes(self) -> bool:
        return self.after is not None


class Got(ClientFrame, tag="got"):
    """Delivered to this device up to `seq`."""

    thread: UUID
    seq: Seq


class Read(ClientFrame, tag="read"):
    """Read up to `seq`."""

    thread: UUID
    seq: Seq


class Typing(ClientFrame, tag="typing"):
    """Somebody is writing, or has stopped."""

    thread: UUID
    on: bool


class Focus(ClientFrame, tag="focus"):
    """Which thread is on screen."""

    thread: UUID | None


class Ping(ClientFrame, tag="ping"):
    """Is anybody there?"""

    n: Ref


CLIENT_FRAMES = (Hello, Send, Fetch, Got, Read, Typing, Focus, Ping)
TAGS = frozenset(str(frame.__struct_config__.tag) for frame in CLIENT_FRAMES)
AnyClientFrame = Hello | Send | Fetch | Got | Read | Typing | Focus | Ping


_decode = msgspec.json.Decoder(AnyClientFrame).decode
# Possessive, and an unfinished string ends with the text: nothing is read twice, whatever quotes and backslashes stand there.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.S)


def decode(text: bytes) -> AnyClientFrame | None:
    """The frame that `text` (UTF-8) writes; None when its type is unknown and nobody waits for an answer. Raises BadFrame."""
    if text.count(b"{") + text.count(b"[") > DEPTH and _depth(text.decode()) > DEPTH:
        raise BadFrame
    try:
        frame: AnyClientFrame = _decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        _refuse(text)
        return None
    if type(frame) is Fetch and (frame.after is None) == (frame.before is None):
        raise BadFrame(frame.ref, "fetch")
    if b"\\" in text and not _storable(frame):
        raise BadFrame(getattr(frame, "ref", None), str(frame.__struct_config__.tag))
    return frame


def _refuse(text: bytes) -> None:
    """Raise BadFrame for text that is no frame, unless it is one of a later version that waits for no answer."""
    try:
        found = json.loads(text.decode(), parse_constant=_no_number)  # reads more than msgspec does: lone surrogates, huge numbers
    except (ValueError, RecursionError):
        raise BadFrame from None
    if not isinstance(found, dict):
        raise BadFrame
    t, ref = found.get("t"), found.get("ref")
    if isinstance(t, str) and t not in TAGS and ref is None:
        return
    raise BadFrame(ref if _is_ref(ref) else None, t if isinstance(t, str) else None)


def _no_number(name: str) -> None:
    raise ValueError(name)


def _is_ref(ref: object) -> bool:
    if isinstance(ref, str):
        return len(ref) <= 128 and _writable(ref)
    return isinstance(ref, int) and not isinstance(ref, bool) and abs(ref) <= 2**53


def _depth(text: str) -> int:
    deepest = depth = 0
    for sign in _STRING.sub("", text):
        if sign in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "}]":
            depth -= 1
    return deepest


def _writable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def _storable(frame: AnyClientFrame) -> bool:
    """No NUL and no lone surrogate in any text: what neither the database nor UTF-8 can hold."""
    texts = (getattr(frame, name, None) for name in ("ref", "n", "body", "lang", "device", "epoch"))
    return all(_writable(text) for text in texts if isinstance(text, str))

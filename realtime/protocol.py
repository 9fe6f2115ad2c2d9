"""`hub.v1` as data: its numbers, what a client may say, and how text becomes that. What the hub says: `frames.py`. Pure.

The page that other programs are written against is `docs/protocol.md`. Unknown fields are ignored, types are strict.
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

SUBPROTOCOL = "hub.v1"
DEPTH = 32  # how deep a frame may be nested
JOINED = 64  # objects in one frame, at most
PAGE = 200  # events in one page, and threads in one hello

# Close codes
GOING_AWAY, FAULT, RESTARTING, TRY_LATER = 1001, 1011, 1012, 1013
BROKEN, SIGNED_OUT, FORBIDDEN, TOO_MANY = 4000, 4001, 4003, 4010
OVERLOADED, RATE, TOO_SLOW, DRAINING, RESYNC = 4100, 4108, 4113, 4200, 4201

CODES = frozenset(
    {"bad_frame", "unknown_thread", "not_allowed", "too_long", "rate", "overloaded", "unavailable", "media_missing", "empty"}
)  # what an `error` may say

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


class Hello(ClientFrame, tag="hello"):
    """The first frame: which threads are known here, and up to which event."""

    device: Annotated[str, Meta(max_length=200)]
    threads: Annotated[dict[UUID, Seq], Meta(max_length=PAGE)]
    epoch: str | None = None


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
    """A page of a thread's events, above `after` or below `before`."""

    ref: Ref
    thread: UUID
    limit: Annotated[int, Meta(ge=1, le=PAGE)]
    after: Seq | None = None
    before: Seq | None = None


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
# An opened string always matches, if need be up to the end, and nothing is tried twice: one pass, whatever a client writes.
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.S)


def decode(text: str) -> AnyClientFrame | None:
    """The frame that `text` writes; None when its type is unknown and nobody waits for an answer. Raises BadFrame."""
    if text.count("{") + text.count("[") > DEPTH and _too_deep(text):
        raise BadFrame
    try:
        frame: AnyClientFrame = _decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        _refuse(text)
        return None
    if isinstance(frame, Fetch) and (frame.after is None) == (frame.before is None):
        raise BadFrame(frame.ref, "fetch")
    if "\\u" in text and not _storable(frame):
        raise BadFrame(getattr(frame, "ref", None), str(frame.__struct_config__.tag))
    return frame


def _refuse(text: str) -> None:
    """Raise BadFrame for text that is no frame, unless it is one of a later version that waits for no answer."""
    try:
        found = json.loads(text, parse_constant=_no_number)  # reads more than msgspec does: lone surrogates, huge numbers
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


def _too_deep(text: str) -> bool:
    depth = 0
    for sign in _STRING.sub("", text):
        if sign in "{[":
            depth += 1
            if depth > DEPTH:
                return True
        elif sign in "}]":
            depth -= 1
    return False


def _writable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def _storable(frame: AnyClientFrame) -> bool:
    """No NUL and no lone surrogate in any text: what neither the database nor UTF-8 can hold."""
    texts = (getattr(frame, name, None) for name in ("ref", "n", "body", "lang", "device", "epoch"))
    return all(_writable(text) for text in texts if isinstance(text, str))

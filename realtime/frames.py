"""What the hub says in `hub.v1`: one struct a frame, encoded once for everyone it goes to. Pure."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from realtime.protocol import Ref


class ServerFrame(Struct, tag_field="t"):
    """Base of all frames to a client."""


class ThreadHead(Struct):
    """One line of `welcome`: how far a thread has come, and how far this person has."""

    thread: str
    head: int
    read: int
    unread: int


class Welcome(ServerFrame, tag="welcome"):
    session: str
    person: str
    node: str
    epoch: str
    now: str
    beat_s: float
    limits: dict[str, int]
    threads: list[ThreadHead]


class Event(ServerFrame, tag="event"):
    """A durable fact. Written by `hub.journal.Said.frame`; here for the record."""

    thread: str
    seq: int
    by: str | None
    at: str
    kind: str
    data: dict[str, Any]
    cid: str | UnsetType = UNSET


class Events(ServerFrame, tag="events"):
    ref: Ref
    thread: str
    events: list[Raw]
    more: bool
    head: int


class Synced(ServerFrame, tag="synced"):
    threads: dict[str, int]


class Head(ServerFrame, tag="head"):
    thread: str
    head: int
    unread: int


class Reset(ServerFrame, tag="reset"):
    """`why`: epoch, ahead, unknown_thread, left, from_now."""

    why: str
    thread: str | UnsetType = UNSET


class Ok(ServerFrame, tag="ok"):
    ref: Ref
    thread: str
    seq: int
    at: str
    dup: bool


class Error(ServerFrame, tag="error"):
    code: str
    message: str
    retry: bool
    ref: Ref | UnsetType = UNSET
    after_ms: int | UnsetType = UNSET


class Receipt(ServerFrame, tag="receipt"):
    thread: str
    person: str
    got: int
    read: int


class Typing(ServerFrame, tag="typing"):
    thread: str
    person: str
    on: bool


class Presence(ServerFrame, tag="presence"):
    thread: str
    person: str
    here: bool


class Position(ServerFrame, tag="position"):
    shipment: str
    lat: float
    lon: float
    accuracy_m: float | None
    at: str


class Hint(ServerFrame, tag="hint"):
    topic: str


class Beat(ServerFrame, tag="beat"):
    pass


class Pong(ServerFrame, tag="pong"):
    n: Ref


class Bye(ServerFrame, tag="bye"):
    code: int
    min_ms: int
    max_ms: int


SERVER_FRAMES = (
    Welcome, Event, Events, Synced, Head, Reset, Ok, Error, Receipt, Typing, Presence, Position, Hint, Beat, Pong, Bye,
)

_encode = msgspec.json.Encoder().encode
CONTROL, EVENT, SIGNAL = 0, 1, 2  # never dropped; dropped for a `head` under pressure; dropped first


class Out:
    """A frame on its way: encoded once, shared by everyone it goes to."""

    __slots__ = ("body", "sort", "thread")

    def __init__(self, body: bytes, sort: int = CONTROL, thread: str = "") -> None:
        self.body, self.sort, self.thread = body, sort, thread


def out(frame: ServerFrame) -> Out:
    """A frame that is delivered whatever the pressure."""
    return Out(_encode(frame))


def text(frame: ServerFrame) -> str:
    """A frame as JSON text, for the bell."""
    return _encode(frame).decode()


BEAT = out(Beat())

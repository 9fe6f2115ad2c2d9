"""What the hub says in `hub.v1`: one struct a frame, encoded once for everyone it goes to. Pure."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from hub.events import Id
from realtime.protocol import CODES, PAGE, Ref, Seq

# What is written is text that other parts of the hub have made; these say what kind of text, for the description.
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Unread = Annotated[int, Meta(ge=0, le=100, description="Events of others above `read` that call for a look; 100 stands for more.")]
Why = Annotated[str, Meta(extra_json_schema={"enum": ["epoch", "ahead", "unknown_thread", "left", "from_now"]})]
Code = Annotated[str, Meta(extra_json_schema={"enum": list(CODES)})]
Topic = Annotated[str, Meta(pattern="^(inbox|board|money|(order|card):[0-9a-f-]{36})$")]
Milliseconds = Annotated[int, Meta(ge=0)]


class ServerFrame(Struct, tag_field="t"):
    """Base of all frames to a client."""


class ThreadHead(Struct):
    """One line of `welcome`: how far a thread has come, and how far this person has."""

    thread: Id
    head: Seq
    read: Seq
    unread: Unread


class Limits(Struct):
    """How much a client may say and ask for; each is explained in `x-limits`."""

    frame_bytes: int
    text_chars: int
    frames_per_minute: int
    burst: int
    connections: int
    threads: int
    page: int


class Welcome(ServerFrame, tag="welcome"):
    """The answer to `hello`: who this is, and the 200 threads that moved most recently."""

    session: Id
    person: Id
    node: str
    epoch: Annotated[Id, Meta(description="The name of the database; goes into the next `hello`.")]
    now: Time
    beat_s: float
    limits: Limits
    threads: Annotated[list[ThreadHead], Meta(max_length=PAGE)]


class Event(ServerFrame, tag="event"):
    """A fact that is stored for ever under a number in its thread. `data` depends on `kind`; more kinds may come."""

    thread: Id
    seq: Annotated[int, Meta(ge=1)]
    by: Annotated[Id | None, Meta(description="A person; null: the clock, a carrier or a courier.")]
    at: Time
    kind: str
    data: dict[str, Any]
    cid: Annotated[Id, Meta(description="Of a message: what its author chose.")] | UnsetType = UNSET


class Events(ServerFrame, tag="events"):
    """A page: the answer to `fetch`. Ascending, and as many as fit into one frame."""

    ref: Ref
    thread: Id
    events: Annotated[list[Raw], Meta(max_length=PAGE)]
    more: Annotated[bool, Meta(description="There are further ones in the direction that was asked for.")]
    head: Seq


class Synced(ServerFrame, tag="synced"):
    """What was missing has been sent: how far each listed thread was brought."""

    threads: dict[Id, Seq]


class Head(ServerFrame, tag="head"):
    """This thread has moved on beyond what was sent here."""

    thread: Id
    head: Seq
    unread: Unread


class Reset(ServerFrame, tag="reset"):
    """Forget the local copy of this thread, or of all, and fetch anew."""

    why: Why
    thread: Id | UnsetType = UNSET


class Ok(ServerFrame, tag="ok"):
    """Stored durably."""

    ref: Ref
    thread: Id
    seq: Annotated[int, Meta(ge=1)]
    at: Time
    dup: Annotated[bool, Meta(description="This `cid` was there already, under this `seq`.")]


class Error(ServerFrame, tag="error"):
    """No, and why not."""

    code: Code
    message: Annotated[str, Meta(description="Why, and what to do, in the person's language.")]
    retry: Annotated[bool, Meta(description="The same again may be taken later.")]
    ref: Ref | UnsetType = UNSET
    after_ms: Milliseconds | UnsetType = UNSET


class Receipt(ServerFrame, tag="receipt"):
    """How far this person's devices have got the thread, and how far they have read it."""

    thread: Id
    person: Id
    got: Seq
    read: Seq


class Typing(ServerFrame, tag="typing"):
    """Somebody is writing, or has stopped."""

    thread: Id
    person: Id
    on: bool


class Presence(ServerFrame, tag="presence"):
    """Somebody of a followed thread has a connection, or has none any more."""

    thread: Id
    person: Id
    here: bool


class Position(ServerFrame, tag="position"):
    """Where a courier is now, or (`gone`, and then nothing else) that it is no longer shared. Never stored."""

    shipment: Id
    at: Time
    lat: Annotated[float, Meta(ge=-90, le=90)] | UnsetType = UNSET
    lon: Annotated[float, Meta(ge=-180, le=180)] | UnsetType = UNSET
    accuracy_m: float | UnsetType | None = UNSET
    along: Annotated[float, Meta(ge=0, le=1, description="On the drawn route; null: no telling.")] | UnsetType | None = UNSET
    near: Annotated[int, Meta(ge=0, description="The stop of it that is near, from 0; null: none.")] | UnsetType | None = UNSET
    gone: bool | UnsetType = UNSET


class Hint(ServerFrame, tag="hint"):
    """Something on this page changed: fetch it again."""

    topic: Topic


class Beat(ServerFrame, tag="beat"):
    """The line is alive."""


class Pong(ServerFrame, tag="pong"):
    """The answer to `ping`."""

    n: Ref


class Bye(ServerFrame, tag="bye"):
    """This node goes down: come back after a random time in this range. The close follows."""

    code: int
    min_ms: Milliseconds
    max_ms: Milliseconds


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


def out(frame: ServerFrame, thread: str = "") -> Out:
    """A frame that is delivered whatever the pressure; `thread`: unless its reader is sent out of that one first."""
    return Out(_encode(frame), CONTROL, thread)


def body(frame: ServerFrame) -> bytes:
    """A frame as JSON, for the bell."""
    return _encode(frame)


BEAT = out(Beat())

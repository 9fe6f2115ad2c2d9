"""How much a client may say: what the limits are, a bucket of frames that refills, strikes that are forgotten. Pure."""

from __future__ import annotations

from typing import NamedTuple

from hub.config import Config
from hub.rules.threads import LONGEST_TEXT
from realtime.frames import Limits
from realtime.protocol import DEPTH, JOINED, PAGE

MINUTE = 60.0
TOO_FAST = 5  # times over the rate in a minute
SENDS = 64  # of one connection without an answer
FETCHES = 256  # of one connection waiting
FOLLOWS = 400  # threads a connection follows at most; the one it took up first goes
UNCOUNTED = "A first `hello`, and `fetch` with `after`, are not counted"


class Limit(NamedTuple):
    """A number that a client comes to feel, and how."""

    name: str
    value: float
    words: str


def limits(config: Config) -> tuple[Limit, ...]:
    """All of them, on a hub of this configuration. The first ones also stand in `welcome`."""
    return (
        Limit("frame_bytes", config.frame_bytes, "bytes of one frame; more: closed with 1009"),
        Limit("text_chars", LONGEST_TEXT, "characters of a text; more: `too_long`"),
        Limit("frames_per_minute", config.frames_per_minute, f"frames a minute; more: `rate`. {UNCOUNTED}"),
        Limit("burst", config.frames_burst, "of them at once"),
        Limit("connections", config.connections_per_person, "connections of one person; the next one is closed with 4010"),
        Limit("threads", PAGE, "threads in one `hello`, and in one `welcome`"),
        Limit("page", PAGE, "events in one page"),
        Limit("too_fast", TOO_FAST, "times over the rate in a minute: closed with 4108"),
        Limit("bad_frames", config.bad_frames, "bad frames in a minute: closed with 4000"),
        Limit("depth", DEPTH, "levels in a frame; more: `bad_frame`"),
        Limit("sends", SENDS, "`send`s of one connection without an answer; more: `overloaded`"),
        Limit("fetches", FETCHES, "`fetch`es of one connection that wait; more: `overloaded`"),
        Limit("follows", FOLLOWS, "threads that a connection follows; of more, the one taken up first goes"),
        Limit("joined", JOINED, "objects that the hub puts into one frame"),
        Limit("hello_s", config.hello_s, "seconds until `hello`; later: closed with 4000"),
        Limit("behind_frames", config.behind_frames, "frames that wait for a slow reader; more: `head` instead of events"),
        Limit("behind_bytes", config.behind_bytes, "bytes that wait for a slow reader; more: the same"),
        Limit("stuck_s", config.stuck_s, "seconds in which a full socket takes nothing: it is cut"),
        Limit("typing_every_s", config.typing_every_s, "seconds between two `typing` that are passed on"),
        Limit("typing_s", config.typing_s, "seconds after which `typing` ends by itself"),
        Limit("grace_s", config.grace_s, "seconds for which a person without a connection is still `here`"),
        Limit("recheck_s", config.recheck_s, "seconds until session and membership are looked at again, at most"),
    )


def told(config: Config) -> Limits:
    """Those that `welcome` names."""
    return Limits(**{limit.name: int(limit.value) for limit in limits(config) if limit.name in Limits.__struct_fields__})


class Allowance:
    """`per_minute` frames a minute, and `burst` at once."""

    __slots__ = ("_at", "_burst", "_per_second", "_tokens")

    def __init__(self, per_minute: int, burst: int, now: float) -> None:
        self._per_second, self._burst = per_minute / MINUTE, burst
        self._tokens, self._at = float(burst), now

    def take(self, now: float) -> float:
        """Use one frame: 0, or the seconds to wait until there is one again."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._per_second


class Strikes:
    """So many faults in a minute are too many."""

    __slots__ = ("_most", "_times")

    def __init__(self, most: int) -> None:
        self._most = most
        self._times: tuple[float, ...] = ()

    def strike(self, now: float) -> bool:
        """One more; True when that was the last one allowed."""
        self._times = (*(at for at in self._times if now - at < MINUTE), now)
        return len(self._times) >= self._most

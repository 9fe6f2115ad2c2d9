"""How much a client may say: a bucket of frames that refills, and strikes that are forgotten after a minute. Pure."""

from __future__ import annotations

MINUTE = 60.0


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

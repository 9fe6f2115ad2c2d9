"""The time, in UTC, and the one place from which a test can set it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_shift = timedelta()
_written: tuple[datetime | None, str] = None, ""


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC) + _shift


def iso(moment: datetime) -> str:
    """`2026-03-01T09:30:00.123Z`: how every time leaves the hub."""
    global _written
    if moment != _written[0]:  # everything that is committed together has one moment
        _written = moment, moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return _written[1]


def parse(text: str) -> datetime:
    """The moment an ISO 8601 text names; without an offset it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Let the hub live `by` later (or earlier) than it is: for tests of rules that the clock drives."""
    global _shift
    before, _shift = _shift, _shift + by
    try:
        yield
    finally:
        _shift = before

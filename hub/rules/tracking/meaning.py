"""A status, and why, where that is known."""

from __future__ import annotations

from typing import NamedTuple

from hub.rules.shipments import Status


class Meaning(NamedTuple):
    """What a foreign code says in our words; `reason` is one of `hub.rules.shipments.REASONS`."""

    status: Status
    reason: str | None = None


UNKNOWN = Meaning(Status.UNKNOWN)

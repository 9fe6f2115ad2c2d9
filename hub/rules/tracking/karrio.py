"""Karrio's normalised tracking statuses and incident reasons. Ours are the same words, so there is nothing to translate."""

from __future__ import annotations

from hub.rules.shipments import Status, known_reason
from hub.rules.tracking.meaning import UNKNOWN, Meaning


def meaning(status: str | None, reason: str | None = None) -> Meaning:
    """A connector that knows no status for an event leaves it out."""
    if status not in set(Status):
        return UNKNOWN
    return Meaning(Status(status), known_reason(reason))

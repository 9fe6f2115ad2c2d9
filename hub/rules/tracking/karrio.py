"""Karrio's normalised tracking statuses and incident reasons. Ours are the same words, so there is nothing to translate."""

from __future__ import annotations

from hub.rules.shipments import Status, known_reason
from hub.rules.tracking.meaning import UNKNOWN, Meaning

BETTER = {
    ("mydhl", "PU"): Meaning(Status.PICKED_UP),  # DHL Express has it in hand; the connector calls that pending
}
"""Connector and the carrier's own code, where the connector's table says something else than the carrier."""


def meaning(status: str | None, reason: str | None = None, connector: str = "", code: str | None = None) -> Meaning:
    """A connector that knows no status for an event leaves it out."""
    if (connector, code) in BETTER:
        return BETTER[connector, code or ""]
    if status not in set(Status):
        return UNKNOWN
    return Meaning(Status(status), known_reason(reason))

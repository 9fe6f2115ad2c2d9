"""Labels that are bought from carriers."""

from __future__ import annotations

from typing import Any

from hub.actions import labels
from workers.clock import CLOCK


async def doubt_labels(context: dict[str, Any]) -> int:
    """Purchases whose process died while the carrier was asked: onto the stewards' board."""
    return int((await labels.doubt(CLOCK))["doubted"])

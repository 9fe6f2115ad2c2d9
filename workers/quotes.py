"""What time does to quotes."""

from __future__ import annotations

from typing import Any

from hub.actions import quotes
from workers.clock import each


async def expire_quotes(context: dict[str, Any]) -> int:
    """Quotes whose last minute has passed."""
    return await each(await quotes.overdue(), quotes.expire)

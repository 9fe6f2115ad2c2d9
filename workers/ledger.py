"""Money that is on its way back."""

from __future__ import annotations

from typing import Any

from hub.actions import refunds
from workers.clock import CLOCK, each


async def give_back(context: dict[str, Any], *, refund: str) -> None:
    """Ask the provider for one refund."""
    await refunds.give_back(CLOCK, refund)


async def give_all_back(context: dict[str, Any]) -> int:
    """Refunds that wait for their provider to be asked: a wake-up was lost, or the provider did not answer."""
    return await each(await refunds.waiting(), refunds.give_back)

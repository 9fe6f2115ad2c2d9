"""Papers of pieces that passed their inspection."""

from __future__ import annotations

from typing import Any

from hub.actions import passports
from hub.config import config
from workers.clock import CLOCK, each


async def issue_passport(context: dict[str, Any], *, order: str) -> None:
    """One passport, right after the inspection."""
    if config().passport_key:
        await passports.issue(CLOCK, order)


async def issue_passports(context: dict[str, Any]) -> int:
    """Passports whose wake-up was lost, or of pieces that were finished before there were any."""
    return await each(await passports.due(), passports.issue)

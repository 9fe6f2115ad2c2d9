"""What is heard of parcels on their way."""

from __future__ import annotations

from typing import Any

from hub.actions.tracking import reports
from workers.clock import CLOCK, each


async def take_report(context: dict[str, Any], *, report: int) -> None:
    """Work on one report of a carrier."""
    await reports.take(CLOCK, report)


async def take_reports(context: dict[str, Any]) -> int:
    """Reports that are kept and that nobody has worked on: a wake-up was lost, or a process died."""
    return await each(await reports.waiting(), reports.take)

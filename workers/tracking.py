"""What is heard of parcels on their way."""

from __future__ import annotations

from typing import Any

from hub import jobs
from hub.actions import carriers
from hub.actions.tracking import polls, reports, watch
from workers.clock import CLOCK, each


async def take_report(context: dict[str, Any], *, report: int) -> None:
    """Work on one report of a carrier."""
    await reports.take(CLOCK, report)


async def take_reports(context: dict[str, Any]) -> int:
    """Reports that are kept and that nobody has worked on: a wake-up was lost, or a process died."""
    found = await reports.waiting()
    done = await each(found, reports.take)
    if found:
        await reports.look(CLOCK, found)
    return done


async def look_at_parcels(context: dict[str, Any]) -> int:
    """Parcels of which nothing was heard, that are late, that wait too long: onto the board."""
    return await each(await watch.waiting(), watch.look)


async def ask_carrier(context: dict[str, Any], *, carrier: str) -> int:
    """Ask one carrier about its parcels that are due."""
    return await polls.ask(carrier)


async def ask_carriers(context: dict[str, Any]) -> int:
    """A job for each carrier, so that none waits for another; one that is still at work is left to it."""
    return sum([await jobs.later(jobs.ASK_CARRIER, once=carrier, carrier=carrier) for carrier in carriers.names()])

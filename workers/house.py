"""Housekeeping jobs."""

from __future__ import annotations

from typing import Any

from hub.actions import house


async def forget_answers(context: dict[str, Any]) -> int:
    """Answers that no retry will ask for any more."""
    return await house.forget_answers()


async def forget_keys(context: dict[str, Any]) -> int:
    """Codes, links and sessions that open nothing any more."""
    return await house.forget_keys()


async def forget_reports(context: dict[str, Any]) -> int:
    """What carriers wrote word for word, months ago."""
    return await house.forget_reports()


async def forget_doors(context: dict[str, Any]) -> int:
    """Where parcels went, once nobody goes there any more."""
    return await house.forget_doors()

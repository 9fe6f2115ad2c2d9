"""Housekeeping jobs."""

from __future__ import annotations

from typing import Any

from hub.actions import house


async def forget_answers(context: dict[str, Any]) -> int:
    """Answers that no retry will ask for any more."""
    return await house.forget_answers()

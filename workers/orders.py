"""What time does to orders."""

from __future__ import annotations

from typing import Any

from hub.actions import orders
from workers.clock import each


async def remind_orders(context: dict[str, Any]) -> int:
    """Orders whose deposit did not arrive in 48 hours."""
    return await each(await orders.waiting(), orders.remind)


async def lapse_orders(context: dict[str, Any]) -> int:
    """Orders whose deposit did not arrive in 72 hours."""
    return await each(await orders.lapsing(), orders.lapse)


async def complete_orders(context: dict[str, Any]) -> int:
    """Orders delivered 14 days ago to a buyer who says nothing."""
    return await each(await orders.silent(), orders.confirm)

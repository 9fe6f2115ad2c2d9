"""Background jobs of people: one-time codes on their way."""

from __future__ import annotations

from typing import Any

from hub.actions import outbound


async def send_code(context: dict[str, Any], *, kind: str, to: str, subject: str, text: str) -> None:
    """Send a one-time code by e-mail or text message."""
    await (outbound.mail(to, subject, text) if kind == "email" else outbound.text_message(to, text))

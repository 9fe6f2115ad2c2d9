"""What the house does for itself, unasked."""

from __future__ import annotations

from datetime import timedelta

from hub import clock
from models.house import Answer

ANSWERS_KEPT = timedelta(days=7)  # longer than any outbox keeps trying


async def forget_answers() -> int:
    """Delete stored answers to Idempotency-Keys older than a week; how many."""
    return await Answer.filter(at__lt=clock.now() - ANSWERS_KEPT).delete()

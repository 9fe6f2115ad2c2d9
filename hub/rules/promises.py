"""The day a piece is promised for, and how two people move it: by more time, or by a pause."""

from datetime import date, timedelta

from hub.rules.refused import Refused

LONGEST_EXTENSION = timedelta(days=365)


def promised_by(deposit_date: date, making_days: int) -> date:
    """The day the piece is promised for: the day the deposit was full, and the agreed days of making."""
    return deposit_date + timedelta(days=making_days)


def extended(promised: date, until: date, today: date, reason: str) -> date:
    """The new promise an artisan asks for: later than the old one, not past, within a year; with a reason."""
    if not reason.strip():
        raise Refused("reason_needed", {"reason": "missing"})
    if until <= promised or until < today or until > max(today, promised) + LONGEST_EXTENSION:
        raise Refused("bad_date", {"until": "bad_date"})
    return until


def paused(promised: date, start: date, end: date, today: date, reason: str) -> date:
    """The promise moved by the days of a pause (illness, a feast) from `start`, not past, until work goes on at `end`.

    Raises Refused: `reason_needed`, `bad_date` (also where the moved promise would be past already: that is an extension).
    """
    if start < today or end <= start:
        raise Refused("bad_date", {"pause_until" if end <= start else "pause_from": "bad_date"})
    try:
        return extended(promised, promised + (end - start), today, reason)
    except Refused as refused:
        fields = {"pause_until" if field == "until" else field: why for field, why in refused.fields.items()}
        raise Refused(refused.code, fields) from None


def is_late(promised: date | None, today: date) -> bool:
    return promised is not None and today > promised

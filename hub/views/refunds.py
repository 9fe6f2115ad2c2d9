"""Refunds, for the head office."""

from __future__ import annotations

from typing import Any

from hub import clock
from hub.config import config
from hub.rules.payments import RefundState, may_confirm_by_hand
from hub.views.ledger import money
from models.ledger import Refund

MANUAL = "manual"  # hub.actions.providers


def shown(row: Refund) -> dict[str, Any]:
    """A refund, wherever it stands."""
    return {
        "id": str(row.id), "order": str(row.order_id), "money": money(row.amount, row.currency), "state": row.state,
        "provider": row.provider, "reference": row.reference, "reason": row.reason, "begun_at": clock.iso(row.begun_at),
        "ended_at": clock.iso(row.ended_at) if row.ended_at else None, "gone": gone(row), "by_hand": by_hand(row),
    }


def gone(row: Refund) -> bool:
    """The provider that was to carry it out is no longer this house's: its key was taken away."""
    return row.provider != MANUAL and not config().stripe_key


def by_hand(row: Refund) -> bool:
    """Is it a steward who says that it was given back?"""
    return may_confirm_by_hand(RefundState(row.state), by_hand=row.provider == MANUAL, gone=gone(row))

"""Refunds, for the head office."""

from __future__ import annotations

from typing import Any

from hub import clock
from hub.views.ledger import money
from models.ledger import Refund


def shown(row: Refund) -> dict[str, Any]:
    """A refund, wherever it stands."""
    return {
        "id": str(row.id), "order": str(row.order_id), "money": money(row.amount, row.currency), "state": row.state,
        "provider": row.provider, "reference": row.reference, "reason": row.reason, "begun_at": clock.iso(row.begun_at),
        "ended_at": clock.iso(row.ended_at) if row.ended_at else None,
    }

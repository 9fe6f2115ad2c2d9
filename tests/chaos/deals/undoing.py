"""Payments that were recorded by mistake, said a second time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.chaos.deals.quotes import No, Talk


@dataclass
class Paid:
    """A payment as it was recorded; `gone` of it went back at a dispute."""

    amount: int
    reference: str
    undone: bool = False
    gone: int = 0


def goes_back(order: Any, amount: int) -> None:
    """Along the payments by which it came, the newest first."""
    for paid in reversed(order.payments):
        part = 0 if paid.undone else min(amount, paid.amount - paid.gone)
        paid.gone, amount = paid.gone + part, amount - part


def undo(talk: Talk, order: Any, who: str, which: int, reason: str | None, now: datetime) -> None:
    talk.enters(who, "steward")
    paid = order.payments[which]
    if not reason:
        raise No("reason_needed")
    if paid.undone:
        raise No("payment_undone")
    order.at("opened", "making", "made", "inspected", "shipped", "delivered")
    if order.disputed:
        raise No("disputed")
    whole = order.stage in ("shipped", "delivered")
    needed = 0 if order.stage == "opened" else order.terms.total if whole else order.terms.deposit
    again = order.received - paid.amount < needed
    begun = order.stage != "making" or order.touched or order.ask_until or order.cancel_asked or order.promised != order.first_promised
    if paid.gone or (again and begun):
        raise No("payment_used")
    if order.escrow + (order.advanced if again else 0) < paid.amount:
        raise No("escrow_short")
    if again:
        order.escrow, order.payable, order.advanced = order.escrow + order.advanced, order.payable - order.advanced, 0
        order.stage, order.promised, order.opened_at, order.reminded = "opened", None, now, False
    order.received, order.escrow, paid.undone = order.received - paid.amount, order.escrow - paid.amount, True
    talk.said["order.unpaid"] += 1

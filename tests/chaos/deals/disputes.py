"""Disputes and what becomes of the money, said a second time."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.chaos.deals.orders import Order
from tests.chaos.deals.quotes import No, Talk
from tests.chaos.deals.undoing import goes_back

DISPUTABLE = ("made", "inspected", "shipped", "delivered", "completed")


def dispute(talk: Talk, order: Order, who: str, reason: str | None, now: datetime) -> None:
    talk.enters(who, "buyer")
    order.at(*DISPUTABLE)
    if order.disputed:
        raise No("disputed")
    if order.stage == "completed" and order.completed_at and now > order.completed_at + timedelta(days=30):
        raise No("dispute_too_late")
    if not reason:
        raise No("reason_needed")
    order.disputed, order.bears = True, 0
    talk.said["order.disputed"] += 1


def bear(talk: Talk, order: Order, who: str, amount: int) -> None:
    talk.enters(who, "artisan")
    if not order.disputed:
        raise No("not_disputed")
    if order.stage != "completed":
        raise No("not_yet")
    if not 0 <= amount <= order.payable:
        raise No("bad_amount")
    order.bears = amount


def resolve(talk: Talk, order: Order, who: str, outcome: str, amount: int | None, now: datetime) -> None:
    talk.enters(who, "steward")
    order.at(*DISPUTABLE, "making")
    if not order.disputed:
        raise No("not_disputed")
    back = {"release": 0, "refund": order.paid}.get(outcome, amount)
    price = order.paid if order.stage == "completed" else order.terms.total - order.refunded  # what is too much goes back at the end
    if outcome == "partial_refund" and (not amount or not 0 < amount < order.paid or amount > price):
        raise No("bad_amount")
    assert back is not None
    _settles(order, outcome, back)
    if order.stage != "completed":
        if outcome == "refund":
            order.stage, order.holds = "cancelled", False
        elif order.stage == "delivered":
            order.stage, order.completed_at = "completed", now
    order.disputed = False
    talk.said["order.resolved"] += 1


def _settles(order: Order, outcome: str, back: int) -> None:
    if order.stage == "completed":
        borne = min(back, order.bears)
        order.payable, order.lost, order.refunded = order.payable - borne, order.lost + back - borne, order.refunded + back
    elif outcome == "refund":
        order.given_back()
    else:
        if back > order.escrow:
            raise No("escrow_short")
        order.refunded, order.escrow = order.refunded + back, order.escrow - back
        goes_back(order, back)
        if order.stage == "delivered":
            order.released()

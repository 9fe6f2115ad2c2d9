"""The table of orders and the ledger's happenings, said a second time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tests.chaos.deals.quotes import OTHER, SIDES, No, Offer, Talk
from tests.chaos.deals.undoing import Paid

ENDED = ("completed", "cancelled")


@dataclass
class Order:
    """An order and, in minor units, where its money is. `sold` to nobody else: it holds the one piece."""

    terms: Offer
    quote: int  # which of the thread's
    version: int
    stage: str
    opened_at: datetime
    holds: bool = False
    promised: date | None = None
    ask_until: date | None = None
    ask_pause: tuple[date, date] | None = None
    pause: tuple[date, date] | None = None
    reminded: bool = False
    bears: int = 0  # of the dispute that is open, what the artisan agreed to bear
    cancel_asked: str | None = None
    disputed: bool = False
    measured_well: bool = False
    delivered_at: datetime | None = None
    arrived_at: datetime | None = None  # when its parcel was first said to be there, whatever the order was by then
    completed_at: datetime | None = None
    received: int = 0
    refunded: int = 0
    advanced: int = 0
    escrow: int = 0
    payable: int = 0
    commission: int = 0
    shipping: int = 0
    lost: int = 0
    id: Any = None  # given by the hub
    shipment: Any = None
    payments: list[Paid] = field(default_factory=list)
    touched: bool = False  # did the artisan show anything of it?
    first_promised: date | None = None

    @property
    def paid(self) -> int:
        return self.received - self.refunded

    @property
    def due(self) -> int:
        """What is asked for now."""
        return max(0, self.terms.deposit - self.received) or max(0, self.terms.total - self.received)

    def accounts(self) -> dict[str, int]:
        """What the ledger must say of it."""
        sums = {
            "external_cash": -self.received, "order_escrow": self.escrow, "artisan_payable": self.payable,
            "coop_commission": self.commission, "shipping_payable": self.shipping,
            "refund_in_flight": self.refunded, "loss_fund": -self.lost,
        }  # fmt: skip
        return {account: amount for account, amount in sums.items() if amount}

    def at(self, *stages: str) -> None:
        if self.stage not in stages:
            raise No("order_moved")

    def begins(self, now: datetime) -> None:
        self.stage, self.promised = "making", now.date() + timedelta(days=self.terms.days)
        self.first_promised = self.promised

    def released(self) -> None:
        """Everyone gets theirs; what was given back before is borne by artisan and cooperative, then by shipping."""
        goods, shipping, back = self.terms.price, self.terms.shipping, self.refunded
        left = goods - min(back, goods)
        commission = -(-(2 * left * self.terms.cooperative - goods) // (2 * goods)) if back else self.terms.cooperative  # half: down
        artisan, shipping = left - commission, shipping - (back - min(back, goods))
        rest, lost = max(0, artisan - self.advanced), max(0, self.advanced - artisan)
        surplus = self.escrow + lost - rest - commission - shipping
        if surplus < 0:
            raise No("escrow_short")
        self.payable, self.commission, self.shipping = self.payable + rest, self.commission + commission, self.shipping + shipping
        self.lost, self.refunded, self.escrow = self.lost + lost, self.refunded + surplus, 0

    def given_back(self) -> None:
        """All of it; the loss fund pays what was advanced."""
        self.refunded, self.lost, self.escrow = self.refunded + self.escrow + self.advanced, self.lost + self.advanced, 0


def pay(talk: Talk, order: Order, who: str, amount: int, currency: str, fresh: bool, now: datetime) -> None:
    """`fresh`: a reference that was not recorded before."""
    talk.enters(who, "steward")
    if order.stage in ENDED:
        raise No("order_moved")
    if currency != "EUR":
        raise No("mixed_currencies")
    if amount <= 0:
        raise No("bad_amount")
    if not fresh:
        raise No("reference_used")
    order.received, order.escrow = order.received + amount, order.escrow + amount
    if order.stage == "opened" and order.received >= order.terms.deposit:
        order.begins(now)
        order.advanced = order.payable = min(order.terms.artisan * 30 // 100, order.escrow)
        order.escrow -= order.advanced
    talk.said["order.paid"] += 1


def progress(talk: Talk, order: Order, who: str, fault: str | None) -> None:
    talk.enters(who, "artisan")
    order.at("making")
    if fault:
        raise No(fault)
    order.touched = True
    talk.said["order.progress"] += 1


def ask_extension(talk: Talk, order: Order, who: str, until: date, reason: str | None, now: datetime) -> None:
    talk.enters(who, "artisan")
    order.at("making")
    assert order.promised
    if not reason:
        raise No("reason_needed")
    _asks(talk, order, until, None, now)


def ask_pause(talk: Talk, order: Order, who: str, start: date, end: date, reason: str | None, now: datetime) -> None:
    talk.enters(who, "artisan")
    order.at("making")
    assert order.promised
    if start < now.date() or end <= start:
        raise No("bad_date")
    if not reason:
        raise No("reason_needed")
    _asks(talk, order, order.promised + (end - start), (start, end), now)


def _asks(talk: Talk, order: Order, until: date, pause: tuple[date, date] | None, now: datetime) -> None:
    today = now.date()
    if until <= order.promised or until < today or (until - max(today, order.promised)).days > 365:  # type: ignore[operator,type-var]
        raise No("bad_date")
    order.ask_until, order.ask_pause = until, pause
    talk.said["order.extended"] += 1


def answer_extension(talk: Talk, order: Order, who: str, agree: bool) -> None:
    talk.enters(who, "buyer")
    order.at("making")
    if order.ask_until is None:
        raise No("order_moved")
    if agree:
        order.promised, order.pause = order.ask_until, order.ask_pause or order.pause
    order.ask_until = order.ask_pause = None
    talk.said["order.extended"] += 1


def made(talk: Talk, order: Order, who: str, fault: str | None) -> None:
    talk.enters(who, "artisan")
    order.at("making")
    if fault and fault != "off":
        raise No(fault)
    order.stage, order.measured_well, order.ask_until, order.cancel_asked = "made", fault is None, None, None
    order.ask_pause, order.touched = None, True
    talk.said["order.made"] += 1


def inspect(talk: Talk, order: Order, who: str, passed: bool, reason: str | None) -> None:
    if talk.place(who) == "artisan":
        raise No("own_work")
    talk.enters(who, "steward")
    order.at("made")
    if not passed and not reason:
        raise No("reason_needed")
    if passed and not order.measured_well:
        raise No("size_out_of_tolerance")
    order.stage = "inspected" if passed else "making"
    talk.said["order.inspected"] += 1


def ship(talk: Talk, order: Order, who: str, boxes: int) -> None:
    talk.enters(who, "steward", "artisan")
    order.at("inspected")
    if order.received < order.terms.total:
        raise No("balance_missing")
    if not boxes:
        raise No("parcel_needed")
    order.stage = "shipped"
    talk.said["shipment.booked"] += 1


def deliver(talk: Talk, order: Order, who: str, now: datetime) -> None:
    """By a steward's word, or by the courier's link, which knows no place."""
    if who != "courier":
        talk.enters(who, "steward")
    order.arrived_at = order.arrived_at or now
    if order.stage == "shipped":
        order.stage, order.delivered_at = "delivered", now
    talk.said["shipment.checkpoint"] += 1


def confirm(talk: Talk, order: Order, who: str, now: datetime) -> None:
    if who != "clock":
        talk.enters(who, "buyer")
    order.at("delivered")
    if order.disputed:
        raise No("disputed")
    assert order.delivered_at
    if who == "clock" and now < order.delivered_at + timedelta(days=14):
        raise No("not_yet")
    order.released()
    order.stage, order.completed_at = "completed", now
    talk.said["order.completed"] += 1


def lapse(talk: Talk, order: Order, now: datetime) -> None:
    order.at("opened")
    if now < order.opened_at + timedelta(hours=72):
        raise No("not_yet")
    cancelled(talk, order)


def cancel(talk: Talk, order: Order, who: str, reason: str | None, now: datetime) -> None:
    talk.enters(who, *SIDES, "steward")
    order.at("opened", "making")
    if order.disputed:
        raise No("disputed")
    if who == "steward":
        if not reason:
            raise No("reason_needed")
        return cancelled(talk, order)
    waited = order.promised is not None and now.date() >= order.promised + timedelta(days=14)
    if order.stage == "opened" or order.cancel_asked == OTHER[who] or (who == "buyer" and waited):
        return cancelled(talk, order)
    if order.cancel_asked != who:
        order.cancel_asked = who
        talk.said["order.cancelled"] += 1
    return None


def cancelled(talk: Talk, order: Order) -> None:
    order.given_back()
    order.stage, order.cancel_asked, order.ask_until, order.ask_pause, order.holds = "cancelled", None, None, None, False
    talk.said["order.cancelled"] += 1


def remind(talk: Talk, order: Order, now: datetime) -> None:
    order.at("opened")
    if order.reminded or not timedelta(hours=48) <= now - order.opened_at < timedelta(hours=72):
        raise No("not_yet")
    order.reminded = True
    talk.said["order.reminded"] += 1

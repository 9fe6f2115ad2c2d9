"""Payments by providers: what becomes of what they tell, and along which payments money goes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from hub.rules.orders import ENDED, Stage
from hub.rules.refused import Refused

Id = TypeVar("Id")
LARGEST = 10**12  # minor units of one payment
METHODS = ("bank_transfer", "cash", "money_order")
"""The ways by which money comes that a steward writes down."""


class Verdict(StrEnum):
    """What became of an event that says money has arrived."""

    POSTED = "posted"
    RETURNED = "returned"  # the order had ended: in, and straight back
    KNOWN = "known"  # this payment was told before, by another event
    UNKNOWN_ORDER = "unknown_order"
    OTHER_CURRENCY = "other_currency"
    BAD_AMOUNT = "bad_amount"


UNPOSTED = (Verdict.UNKNOWN_ORDER, Verdict.OTHER_CURRENCY, Verdict.BAD_AMOUNT)
"""Money that is at the provider and not in the ledger: a steward settles it."""


class RefundState(StrEnum):
    WAITING = "waiting"  # for a steward, or for the provider to be asked
    ASKED = "asked"  # the provider has taken it on
    CONFIRMED = "confirmed"  # it has arrived
    FAILED = "failed"  # the provider could not: a steward gives it back by hand


def verdict(*, order_currency: str | None, ended: bool, known: bool, amount: int, currency: str) -> Verdict:
    """`order_currency` is None for an order nobody knows; `known`: this payment is in the ledger already."""
    if order_currency is None:
        return Verdict.UNKNOWN_ORDER
    if known:
        return Verdict.KNOWN
    if not 0 < amount < LARGEST:
        return Verdict.BAD_AMOUNT
    if currency != order_currency:
        return Verdict.OTHER_CURRENCY
    return Verdict.RETURNED if ended else Verdict.POSTED


@dataclass(frozen=True, slots=True)
class Came(Generic[Id]):
    """A payment, and what of it has not gone back yet, in minor units."""

    payment: Id
    left: int


def ways_back(amount: int, came: Sequence[Came[Id]]) -> list[tuple[Id | None, int]]:
    """Which payments give back how much of `amount`: the newest first (`came` is oldest first), each at most what it
    brought; what none of them brought has no payment (None)."""
    parts: list[tuple[Id | None, int]] = []
    for one in reversed(came):
        part = min(amount, one.left)
        if part > 0:
            parts.append((one.payment, part))
            amount -= part
    return [*parts, (None, amount)] if amount > 0 else parts


def next_refund_state(state: RefundState, told: RefundState) -> RefundState | None:
    """What a refund becomes when its provider says `told`; None when that changes nothing.

    Events come late and twice. A failure counts even after a confirmation (the buyer's bank sent it back); nothing else
    leaves `confirmed`, and nothing the provider says leaves `failed`: a steward has taken over.
    """
    if state is RefundState.FAILED or told is state or told is RefundState.WAITING:
        return None
    if state is RefundState.CONFIRMED and told is not RefundState.FAILED:
        return None
    return told


def may_confirm_by_hand(state: RefundState, *, by_hand: bool, gone: bool = False) -> bool:
    """A steward confirms what no provider carries out, and what a provider failed to; and when the provider is `gone` (the
    house has no key to it any more), whatever it was to carry out: nobody will tell of it."""
    if state is RefundState.CONFIRMED:
        return False
    return gone or state is RefundState.FAILED or (by_hand and state is RefundState.WAITING)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A payment that was perhaps recorded by mistake, and what else is known of it."""

    amount: int
    by_hand: bool = True  # a steward wrote it down; what a provider told of has arrived
    undone: bool = False
    given_back: bool = False  # some of it is on its way back to the buyer, or there


@dataclass(frozen=True, slots=True)
class Purse:
    """Where the order's money stands, in minor units; `owed` is what its artisan has not been sent yet, of all orders."""

    received: int
    escrow: int
    advanced: int
    owed: int
    deposit: int
    total: int


def undoing(stage: Stage, payment: Recorded, money: Purse, *, begun: bool, disputed: bool, reason: str) -> bool:
    """May a steward undo this payment, and does the order wait for its deposit again then?

    Its money must still be held, and what remains must allow the stage that the order has reached: the deposit from
    `making` on, everything from `shipped` on. A deposit that began the making may be undone while nothing was made of it
    (`begun` is False) and its advance was not sent to the artisan: the advance is taken back, and the order is `opened` again.

    Raises Refused: `reason_needed`, `not_by_hand`, `payment_undone`, `order_moved` (it has ended), `disputed`,
    `payment_used`, `escrow_short`.
    """
    if not reason.strip():
        raise Refused("reason_needed", {"reason": "missing"})
    if not payment.by_hand:
        raise Refused("not_by_hand")
    if payment.undone:
        raise Refused("payment_undone")
    if stage in ENDED:
        raise Refused("order_moved")
    if disputed:
        raise Refused("disputed")
    waits_again = _waits_again(stage, money.received - payment.amount, money)
    if payment.given_back or (waits_again and (begun or money.owed < money.advanced)):
        raise Refused("payment_used")
    if money.escrow + (money.advanced if waits_again else 0) < payment.amount:
        raise Refused("escrow_short")
    return waits_again


def _waits_again(stage: Stage, left: int, money: Purse) -> bool:
    """Raises Refused `payment_used`."""
    needed = {Stage.OPENED: 0, Stage.SHIPPED: money.total, Stage.DELIVERED: money.total}.get(stage, money.deposit)
    if left < needed and stage is not Stage.MAKING:
        raise Refused("payment_used")
    return left < needed

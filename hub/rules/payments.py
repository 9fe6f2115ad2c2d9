"""Payments by providers: what becomes of what they tell, and along which payments money goes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

Id = TypeVar("Id")
LARGEST = 10**12  # minor units of one payment


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


def may_confirm_by_hand(state: RefundState, *, by_hand: bool) -> bool:
    """A steward confirms what no provider carries out, and what a provider failed to."""
    return state is RefundState.FAILED or (by_hand and state is RefundState.WAITING)

"""What the hub and a payment provider say to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hub.rules.payments import RefundState


@dataclass(frozen=True, slots=True)
class Bill:
    """What a buyer pays now; `key` is the same for the same bill, so that two taps open one page."""

    order: str
    title: str
    amount: int  # minor units
    currency: str
    locale: str
    back: str  # where the buyer comes back to
    key: str


@dataclass(frozen=True, slots=True)
class Page:
    """Where the buyer pays."""

    url: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """An event that says money has arrived."""

    event: str  # the provider's id of it
    reference: str  # and of the payment
    order: str  # which it names; anything
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Returned:
    """An event that says how a refund stands."""

    event: str
    refund: str  # our id of it, which it names; anything
    reference: str
    state: RefundState
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A refund asked of the provider: its id there, and how it stands."""

    reference: str | None
    state: RefundState
    reason: str | None = None


class Provider(Protocol):
    """One way for money to come and to go back."""

    name: str

    async def check_out(self, bill: Bill) -> Page:
        """Where the buyer pays this bill. Raises Refusal `no_checkout`, `unavailable`."""

    def heard(self, raw: bytes, signature: str) -> Arrived | Returned | None:
        """What a signed call says; None when it is nothing of ours. Raises Refusal `bad_signature`, `bad_request`."""

    async def refund(self, refund: str, reference: str, amount: int, currency: str) -> Given | None:
        """Give back `amount` of the payment `reference`, once for the id `refund`; None when people do it by hand.

        Raises Refusal `unavailable`, for another try.
        """

"""The ledger: accounts, and the postings of each thing that happens to money. Every list of postings sums to zero."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub.rules.money import EXPONENTS, split
from hub.rules.refused import Refused

EXTERNAL_CASH = "external_cash"
COOP_COMMISSION = "coop_commission"
SHIPPING_PAYABLE = "shipping_payable"
PAYOUT_IN_FLIGHT = "payout_in_flight"
REFUND_IN_FLIGHT = "refund_in_flight"
LOSS_FUND = "loss_fund"
PAYMENT_FEES = "payment_fees"
FX = "fx"

LARGEST_ADVANCE_PERCENT = 30


class Kind(StrEnum):
    """What a transfer is about; each has its builder `transfer_<kind>` below."""

    RECEIVED = "received"
    FEE = "fee"
    ADVANCE = "advance"
    COMPLETED = "completed"
    PAYOUT_SENT = "payout_sent"
    PAYOUT_CONFIRMED = "payout_confirmed"
    PAYOUT_BOUNCED = "payout_bounced"
    PAYOUT_RETURNED = "payout_returned"
    SHIPPING_PAID = "shipping_paid"
    REFUND = "refund"
    PARTIAL_REFUND = "partial_refund"
    REFUND_FROM_LOSS_FUND = "refund_from_loss_fund"
    REFUND_FROM_PAYOUT = "refund_from_payout"
    REFUND_CONFIRMED = "refund_confirmed"
    EXCHANGE = "exchange"
    REVERSAL = "reversal"


def order_escrow(order: object) -> str:
    """Never negative; zero once the order is closed."""
    return f"order_escrow/{order}"


def artisan_payable(person: object) -> str:
    return f"artisan_payable/{person}"


@dataclass(frozen=True, slots=True)
class Posting:
    """`amount` in signed minor units: what comes *to* the account is positive, what goes *from* it negative."""

    account: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Shares:
    """Who gets what of an order, in minor units."""

    artisan: int
    cooperative: int
    shipping: int

    @property
    def total(self) -> int:
        return self.artisan + self.cooperative + self.shipping


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an order's payments stand, in minor units: `due` is what is asked for now (first the deposit, then the
    rest), `over` what came beyond the total."""

    paid: int
    deposit_missing: int
    total_missing: int
    due: int
    over: int


def missing(due: int, paid: int) -> int:
    return max(0, due - paid)


def standing(*, total: int, deposit: int, paid: int) -> Standing:
    """`paid`: received less refunded. A deposit of nothing is paid from the start."""
    deposit_missing, total_missing = missing(deposit, paid), missing(total, paid)
    return Standing(paid, deposit_missing, total_missing, deposit_missing or total_missing, max(0, paid - total))


def wool_advance(artisan_share: int, escrow: int, percent: int = LARGEST_ADVANCE_PERCENT) -> int:
    """What is advanced when making starts: `percent` (the cooperative's setting, 0..30) of the artisan's share, rounded
    down, and never more than the escrow holds."""
    if not 0 <= percent <= LARGEST_ADVANCE_PERCENT:
        raise ValueError(f"wool advance of {percent} %")
    return max(0, min(artisan_share * percent // 100, escrow))


def reduced(shares: Shares, refund: int) -> Shares:
    """The shares after a partial refund: artisan and cooperative bear it in proportion, shipping only what they can't.

    Refused('bad_amount') for a refund outside 0..total.
    """
    if not 0 <= refund <= shares.total:
        raise Refused("bad_amount", {"amount": "too_large" if refund > 0 else "too_small"})
    goods = shares.artisan + shares.cooperative
    borne = min(refund, goods)
    artisan, cooperative = split(goods - borne, [shares.artisan, shares.cooperative])
    return Shares(artisan, cooperative, shares.shipping - (refund - borne))


def check_bearing(amount: int, *, brought: int, disputed: bool, released: bool) -> None:
    """For an artisan's consent: a dispute after release, and at most what the order brought them and they still
    have of it (0 takes it back).

    Raises Refused: `not_disputed`, `not_yet`, `bad_amount`.
    """
    if not disputed:
        raise Refused("not_disputed")
    if not released:
        raise Refused("not_yet")
    if not 0 <= amount <= brought:
        raise Refused("bad_amount", {"amount": "too_large" if amount > 0 else "too_small"})


# -- one builder for each row of the table of happenings ---------------------------------------------------------------

def transfer_received(order: object, amount: int, currency: str) -> list[Posting]:
    """Deposit, balance or over-payment: all of it goes to escrow."""
    return _from_to(EXTERNAL_CASH, order_escrow(order), amount, currency)


def transfer_fee(amount: int, currency: str) -> list[Posting]:
    """What a payment provider kept: the cooperative bears it."""
    return _from_to(COOP_COMMISSION, PAYMENT_FEES, amount, currency)


def transfer_advance(order: object, artisan: object, amount: int, currency: str, *, escrow: int) -> list[Posting]:
    _enough(escrow, amount)
    return _from_to(order_escrow(order), artisan_payable(artisan), amount, currency)


def transfer_completed(order: object, artisan: object, shares: Shares, currency: str, *, escrow: int,
                       advanced: int = 0) -> list[Posting]:
    """Empties the escrow: the rest to the artisan, commission, shipping, and an over-payment back to the buyer.

    `shares` are the agreed ones, or `reduced` ones after a partial refund. An advance beyond the artisan's reduced
    share stays with the artisan: loss_fund makes up for it. Refused('escrow_short') when the buyer has not paid it all.
    """
    rest = shares.artisan - advanced
    lost = max(0, -rest)
    surplus = escrow + lost - max(0, rest) - shares.cooperative - shares.shipping
    if surplus < 0:
        raise Refused("escrow_short")
    return _postings(currency, {
        order_escrow(order): -escrow,
        LOSS_FUND: -lost,
        artisan_payable(artisan): max(0, rest),
        COOP_COMMISSION: shares.cooperative,
        SHIPPING_PAYABLE: shares.shipping,
        REFUND_IN_FLIGHT: surplus,
    })


def transfer_payout_sent(artisan: object, amount: int, currency: str, *, payable: int) -> list[Posting]:
    """Refused('bad_amount') beyond what the artisan is owed."""
    if amount > payable:
        raise Refused("bad_amount", {"amount": "too_large"})
    return _from_to(artisan_payable(artisan), PAYOUT_IN_FLIGHT, amount, currency)


def transfer_payout_confirmed(amount: int, currency: str) -> list[Posting]:
    return _from_to(PAYOUT_IN_FLIGHT, EXTERNAL_CASH, amount, currency)


def transfer_payout_bounced(artisan: object, amount: int, currency: str) -> list[Posting]:
    return _from_to(PAYOUT_IN_FLIGHT, artisan_payable(artisan), amount, currency)


def transfer_payout_returned(artisan: object, amount: int, currency: str) -> list[Posting]:
    """It had arrived, and the bank sent it back later: owed again."""
    return _from_to(EXTERNAL_CASH, artisan_payable(artisan), amount, currency)


def transfer_shipping_paid(amount: int, currency: str) -> list[Posting]:
    """The carrier's invoice."""
    return _from_to(SHIPPING_PAYABLE, EXTERNAL_CASH, amount, currency)


def transfer_refund(order: object, currency: str, *, escrow: int, advanced: int = 0) -> list[Posting]:
    """All that was paid goes back before completion: the escrow, and from loss_fund what was already advanced."""
    if escrow < 0 or advanced < 0 or escrow + advanced == 0:
        raise Refused("bad_amount", {"amount": "too_small"})
    return _postings(currency, {
        order_escrow(order): -escrow, LOSS_FUND: -advanced, REFUND_IN_FLIGHT: escrow + advanced})


def transfer_partial_refund(order: object, amount: int, currency: str, *, escrow: int) -> list[Posting]:
    """At a dispute before release: from escrow (then complete with `reduced` shares)."""
    _enough(escrow, amount)
    return _from_to(order_escrow(order), REFUND_IN_FLIGHT, amount, currency)


def transfer_refund_from_loss_fund(amount: int, currency: str) -> list[Posting]:
    """At a dispute after release."""
    return _from_to(LOSS_FUND, REFUND_IN_FLIGHT, amount, currency)


def transfer_refund_from_payout(artisan: object, amount: int, currency: str, *, consent: bool) -> list[Posting]:
    """At a dispute after release, from the artisan's next payout: only with their consent (Refused 'not_allowed')."""
    if not consent:
        raise Refused("not_allowed")
    return _from_to(artisan_payable(artisan), REFUND_IN_FLIGHT, amount, currency)


def transfer_refund_confirmed(amount: int, currency: str) -> list[Posting]:
    return _from_to(REFUND_IN_FLIGHT, EXTERNAL_CASH, amount, currency)


def transfer_exchange(artisan: object, sold: tuple[int, str], bought: tuple[int, str]) -> list[Posting]:
    """What an artisan is owed, from one currency to another: (minor units, currency) each; zero in each currency."""
    account = artisan_payable(artisan)
    return _from_to(account, FX, *sold) + _from_to(FX, account, *bought)


def transfer_reversal(postings: Sequence[Posting]) -> list[Posting]:
    """The correction of a transfer: nothing is ever edited."""
    return [Posting(posting.account, -posting.amount, posting.currency) for posting in postings]


def balances(postings: Iterable[Posting]) -> dict[str, dict[str, int]]:
    """Account -> currency -> sum of its postings."""
    sums: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for posting in postings:
        sums[posting.account][posting.currency] += posting.amount
    return {account: dict(by_currency) for account, by_currency in sums.items()}


def balanced(postings: Iterable[Posting]) -> bool:
    """Whether a transfer sums to zero in each of its currencies, and moves anything at all."""
    sums: defaultdict[str, int] = defaultdict(int)
    for posting in postings:
        sums[posting.currency] += posting.amount
    return bool(sums) and not any(sums.values())


def _from_to(source: str, target: str, amount: int, currency: str) -> list[Posting]:
    if amount <= 0:
        raise Refused("bad_amount", {"amount": "too_small"})
    return _postings(currency, {source: -amount, target: amount})


def _postings(currency: str, amounts: dict[str, int]) -> list[Posting]:
    if currency not in EXPONENTS:
        raise Refused("unknown_currency", {"currency": "unknown_currency"})
    return [Posting(account, amount, currency) for account, amount in amounts.items() if amount]


def _enough(escrow: int, amount: int) -> None:
    if amount > escrow:
        raise Refused("escrow_short")

"""What a buyer sees beside the binding amounts: about how much that is in the currency they think in."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hub.rules.money import EXPONENTS, Money, about, crossed, rounded
from hub.views import ledger
from models.ledger import Rate

FARTHEST = Decimal(10**6)  # of two currencies; a mistyped rate shows nothing, and no amount outgrows 64 bits
DIRHAM: dict[str, Any] = {"rate": "1"}


async def known() -> list[str]:
    """The currencies that can be shown: dirhams, and those for which stewards keep a rate."""
    found = await Rate.all().distinct().order_by("currency").values_list("currency", flat=True)
    return ["MAD", *(str(currency) for currency in found)]


async def between(currency: str, wanted: str) -> Decimal | None:
    """Whole units of `wanted` for one of `currency`, as stewards keep the rates; None where one is missing or absurd."""
    kept = [DIRHAM if code == "MAD" else await ledger.rate(code) for code in (currency, wanted)]
    if not all(kept):
        return None
    ours, theirs = (Decimal(str(one["rate"])) for one in kept if one)
    rate = crossed(ours, theirs)
    return rate if 1 / FARTHEST < rate < FARTHEST else None


async def of_dirhams(centimes: int, currency: str) -> int:
    """As much in minor units of `currency`, by the kept rate; nothing where there is none."""
    if currency == "MAD":
        return centimes
    rate = await between("MAD", currency)
    return Money(centimes, "MAD").converted(currency, rate).amount if rate else 0


async def proposed(prices: Mapping[str, int | None], currency: str, wanted: str) -> dict[str, int | None]:
    """Prices that were in `currency`, in whole units of `wanted`, to be looked at and changed; None where there is no rate."""
    if wanted == currency:
        return dict(prices)
    rate, unit = await between(currency, wanted), 10 ** EXPONENTS[wanted]
    if rate is None:
        return dict.fromkeys(prices)
    found = {name: Money(amount, currency).converted(wanted, rate).amount for name, amount in prices.items() if amount is not None}
    return {name: rounded(Fraction(found[name], unit)) * unit if name in found else None for name in prices}


async def display(currency: str, wanted: str | None) -> dict[str, str | int] | None:
    """The rate to freeze into terms in `currency` for a buyer who thinks in `wanted`: `{currency, rate, at?}`.

    `at` is when the older of the two rates was set. None where nothing is to be shown, or a rate is missing.
    """
    if not wanted or wanted == currency:
        return None
    kept = [DIRHAM if code == "MAD" else await ledger.rate(code) for code in (currency, wanted)]
    if not all(kept):
        return None
    ours, theirs = (Decimal(str(one["rate"])) for one in kept if one)
    rate = crossed(ours, theirs)
    if not 1 / FARTHEST < rate < FARTHEST:
        return None
    at = min(str(one["at"]) for one in kept if one and "at" in one)
    return {"currency": wanted, "rate": format(rate.normalize(), "f"), "at": at}


def shown(terms: Mapping[str, Any], amounts: Mapping[str, int]) -> dict[str, Any] | None:
    """`amounts` of frozen terms (minor units) as about so much in the buyer's currency; None without a frozen rate."""
    rate = terms.get("display")
    if not rate:
        return None
    found = {}
    for name, amount in amounts.items():
        roughly = about(Money(amount, terms["currency"]), rate["currency"], Decimal(str(rate["rate"])))
        found[name] = ledger.money(roughly.amount, roughly.currency)
    return found

"""What a buyer sees beside the binding amounts: about how much that is in the currency they think in."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hub.rules.money import Money, about, crossed
from hub.views import ledger
from models.ledger import Rate

FARTHEST = Decimal(10**6)  # of two currencies; a mistyped rate shows nothing, and no amount outgrows 64 bits
DIRHAM: dict[str, Any] = {"rate": "1"}


async def known() -> list[str]:
    """The currencies that can be shown: dirhams, and those for which stewards keep a rate."""
    found = await Rate.all().distinct().order_by("currency").values_list("currency", flat=True)
    return ["MAD", *(str(currency) for currency in found)]


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

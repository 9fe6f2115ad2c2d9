"""The open-book price: total = artisan's share + cooperative's share + shipping."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hub.rules.money import rounded, split
from hub.rules.terms.shape import Terms


@dataclass(frozen=True, slots=True)
class Totals:
    """All in minor units of the terms' currency; artisan + cooperative + shipping == total == deposit + balance."""

    total: int
    artisan: int
    cooperative: int
    shipping: int
    deposit: int
    balance: int


def shares(goods: int, commission_percent: int | Decimal) -> tuple[int, int]:
    """The artisan's and the cooperative's part of the price of goods, by largest remainder (a tie goes to the artisan).
    ValueError for a commission outside 0..100."""
    commission = Fraction(commission_percent)
    if not 0 <= commission <= 100:
        raise ValueError(f"commission of {commission_percent} %")
    artisan, cooperative = split(goods, [100 - commission, commission])
    return artisan, cooperative


def totals(terms: Terms, commission_percent: int | Decimal) -> Totals:
    """Commission is taken of the goods, never of shipping; the deposit is a percentage of the total, halves rounded up.
    ValueError as in `shares`."""
    artisan, cooperative = shares(terms.goods, commission_percent)
    total = terms.goods + terms.shipping
    deposit = rounded(Fraction(total * terms.deposit_percent, 100))
    return Totals(total, artisan, cooperative, terms.shipping, deposit, total - deposit)

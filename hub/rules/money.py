"""Money: an integer of minor units and an ISO 4217 currency; never a float."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

from hub.rules.refused import Refused

_TWO = """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP
CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD
KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK
NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS
TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG"""
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"

EXPONENTS: dict[str, int] = {
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys(_NONE.split(), 0),
    **dict.fromkeys(_THREE.split(), 3),
}
"""Currency -> how many decimals its minor unit stands for (ISO 4217, not what a locale likes to display)."""


def rounded(amount: Fraction) -> int:
    """To the nearest whole minor unit, halves away from zero."""
    whole = int(abs(amount) + Fraction(1, 2))
    return whole if amount >= 0 else -whole


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` in minor units (centimes, cents), may be negative. Raises Refused('unknown_currency')."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.amount, bool) or not isinstance(self.amount, int):
            raise TypeError(f"minor units must be int, not {type(self.amount).__name__}")
        if self.currency not in EXPONENTS:
            raise Refused("unknown_currency", {"currency": "unknown_currency"})

    def _same(self, other: "Money") -> int:
        if self.currency != other.currency:
            raise Refused("mixed_currencies")
        return other.amount

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.amount * times, self.currency)

    def __bool__(self) -> bool:
        return self.amount != 0

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self._same(other)

    def __str__(self) -> str:
        return f"{self.major()} {self.currency}"

    def major(self) -> Decimal:
        """In dirhams, euros ...: Money(12345, 'MAD').major() == Decimal('123.45')."""
        return Decimal(self.amount).scaleb(-EXPONENTS[self.currency])

    def converted(self, currency: str, rate: Decimal) -> "Money":
        """At `rate` whole units of `currency` for one whole unit of this one; halves away from zero."""
        to = Money(0, currency)
        scale = Fraction(10) ** (EXPONENTS[to.currency] - EXPONENTS[self.currency])
        return Money(rounded(self.amount * Fraction(rate) * scale), currency)


LARGEST_RATE = Decimal(1_000)
"""Dirhams for one whole unit: the dearest currency there is stays far below."""
FAR = 2  # times as much as before, or as little, needs a second look


def check_rate(text: str, before: Decimal | None, *, sure: bool) -> Decimal:
    """Dirhams for one whole unit, as a person types them; `before` is the rate kept until now, if there is one.

    Raises Refused: `bad_rate` (no number, zero or less, too large, more than eight decimals), `rate_far` (not `sure`).
    """
    plain = text.replace(",", ".").strip()
    if not re.fullmatch(r"-?\d{1,12}(\.\d{1,8})?", plain):
        raise Refused("bad_rate", {"rate": "not_a_rate"})
    rate = Decimal(plain)
    if rate <= 0:
        raise Refused("bad_rate", {"rate": "too_small"})
    if rate >= LARGEST_RATE:
        raise Refused("bad_rate", {"rate": "too_large"})
    if before is not None and not sure and not before / FAR <= rate <= before * FAR:
        raise Refused("rate_far", {"sure": "not_sure"})
    return rate


def crossed(dirhams: Decimal, others: Decimal) -> Decimal:
    """Whole units of another currency for one of this: both as what one is worth in dirhams, to ten digits."""
    return Context(prec=10).divide(dirhams, others)


def about(money: Money, currency: str, rate: Decimal) -> Money:
    """What that is, said roughly: whole units of `currency`, and smaller ones only below ten."""
    exact = money.converted(currency, rate)
    unit = 10 ** EXPONENTS[currency]
    return exact if abs(exact.amount) < 10 * unit else Money(rounded(Fraction(exact.amount, unit)) * unit, currency)


def from_major(text: str, currency: str) -> Money:
    """What a person types: '1 250,50' MAD -> Money(125050, 'MAD'). Comma and point are decimal signs, spaces group.

    Raises Refused('bad_amount') when it isn't a plain number or has more decimals than the currency, also noughts: "1,250"
    may be a thousand and more.
    """
    most = EXPONENTS[Money(0, currency).currency]
    plain = re.sub(r"\s", "", text).replace(",", ".")
    found = re.fullmatch(r"-?\d{1,15}(?:\.(\d+))?", plain)
    if not found or len(found[1] or "") > most:
        raise Refused("bad_amount", {"amount": "not_whole"})
    return Money(int(Decimal(plain).scaleb(most)), currency)


def split(total: int, weights: Sequence[int | Fraction]) -> list[int]:
    """Divide `total` minor units in proportion to `weights` by largest remainder; the parts always add up to `total`.

    Ties go to the earlier part. A negative total is the mirror of the positive one. Raises ValueError for negative
    weights, or when there is something to divide and no weight above zero.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("negative weight")
    whole = sum(Fraction(weight) for weight in weights)
    if not whole:
        if total:
            raise ValueError("nothing to divide by")
        return [0] * len(weights)
    exact = [abs(total) * Fraction(weight) / whole for weight in weights]
    parts = [int(share) for share in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: abs(total) - sum(parts)]:
        parts[i] += 1
    return parts if total >= 0 else [-part for part in parts]

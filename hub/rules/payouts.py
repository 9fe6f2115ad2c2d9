"""Payouts: where an artisan is paid, what becomes of a line of a batch, and which pieces a payout was for."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hub.rules.refused import Refused

NAME = 120  # characters


class Way(StrEnum):
    """How an artisan is paid."""

    BANK = "bank"  # an account: a Moroccan RIB, or an IBAN
    POST = "post"  # cash at the post office, announced by telephone
    MOBILE = "mobile"  # an account of a telephone


class PayoutState(StrEnum):
    SENT = "sent"
    CONFIRMED = "confirmed"
    BOUNCED = "bounced"
    RETURNED = "returned"


ENDS = {
    # a line that is: becomes
    PayoutState.SENT: (PayoutState.CONFIRMED, PayoutState.BOUNCED),
    PayoutState.CONFIRMED: (PayoutState.RETURNED,),  # the bank sent it back after it had arrived
}
CAME_BACK = (PayoutState.BOUNCED, PayoutState.RETURNED)
"""What was sent and is owed again."""


def check_destination(way: str | None, name: str, account: str) -> tuple[Way, str]:
    """The way and the account as they are kept: digits without spaces, a phone as +212612345678.

    Raises Refused('bad_destination') that names each bad field: `way`, `name`, `account`.
    """
    bad = {} if way in set(Way) else {"way": "missing"}
    if not name.strip():
        bad["name"] = "missing"
    elif len(name) > NAME:
        bad["name"] = "too_long"
    found, wrong = _bank(account) if way == Way.BANK else _phone(account)
    if wrong:
        bad["account"] = wrong
    if bad:
        raise Refused("bad_destination", bad)
    return Way(str(way)), found


def _bank(account: str) -> tuple[str, str | None]:
    plain = _plain(account)
    if re.fullmatch(r"\d{24}", plain):
        return plain, None if rib_is_right(plain) else "bad_rib"
    if re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", plain):
        return plain, None if iban_is_right(plain) else "bad_iban"
    return plain, "bad_rib" if plain else "missing"


def _phone(account: str) -> tuple[str, str | None]:
    """A Moroccan number as people write it, or any with its country code."""
    plain = re.sub(r"^00", "+", _plain(account))
    if re.fullmatch(r"0[5-8]\d{8}", plain):
        return f"+212{plain[1:]}", None
    right = re.fullmatch(r"\+[1-9]\d{7,14}", plain) and (not plain.startswith("+212") or re.fullmatch(r"\+212[5-8]\d{8}", plain))
    return plain, None if right else "bad_phone" if plain else "missing"


def _plain(text: str) -> str:
    """Without spaces, dots and dashes; digits of any script as ours, letters in capitals."""
    kept = re.sub(r"[\s.\-/()]", "", text)
    return "".join(str(unicodedata.digit(sign)) if sign.isdigit() else sign for sign in kept).upper()


def rib_is_right(rib: str) -> bool:
    """24 digits: bank 3, town 3, account 16, key 2. The key makes the whole divisible by 97."""
    return int(rib) % 97 == 0


def iban_is_right(iban: str) -> bool:
    """ISO 13616: the first four signs moved behind, letters as 10..35, and the rest by 97 is 1."""
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1


def written(way: Way, account: str) -> str:
    """An account for people and spreadsheets: in groups, so that nothing reads it as a number."""
    if way is not Way.BANK:
        home = account.startswith("+212")
        return _grouped(f"0{account[4:]}", 2) if home else f"00 {account[1:]}"
    if account.isdigit():
        return f"{account[:3]} {account[3:6]} {account[6:22]} {account[22:]}"
    return _grouped(account, 4)


def _grouped(text: str, size: int) -> str:
    return " ".join(text[at:at + size] for at in range(0, len(text), size))


def ends_as(state: PayoutState, to: PayoutState) -> bool:
    """Whether there is anything left to do. A repeated tap does nothing; a line that stands elsewhere is refused."""
    if state is to:
        return False
    if to not in ENDS.get(state, ()):
        raise Refused("line_ended")
    return True


@dataclass(frozen=True, slots=True)
class Earned:
    """What an order brought an artisan at one moment, in minor units."""

    order: str
    amount: int
    at: datetime


def covered(sent: Sequence[datetime], earned: Sequence[Earned]) -> list[dict[str, int]]:
    """For each payout (sent at, oldest first; without those that came back), order -> what of it this payout was for.

    A payout takes all that is owed, so it is for what was earned since the one before.
    """
    found: list[dict[str, int]] = [{} for _ in sent]
    for one in earned:
        place = next((place for place, at in enumerate(sent) if one.at <= at), None)
        if place is not None:
            found[place][one.order] = found[place].get(one.order, 0) + one.amount
    return found

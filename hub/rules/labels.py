"""Labels that are bought from a carrier: what may have become of the money, and when somebody has to look."""

from datetime import datetime, timedelta
from enum import StrEnum

from hub.rules.refused import Refused

ANSWERED_BY = timedelta(seconds=90)
"""After so long nobody waits for the carrier any more: whoever asked has ended without saying how it went."""


class Label(StrEnum):
    """Where a purchase stands. Nothing leads back to `asked`: a carrier is asked once."""

    ASKED = "asked"  # the intention, written down before the carrier hears of it
    BOUGHT = "bought"  # paid for, and no shipment has it yet
    BOOKED = "booked"  # paid for, and a shipment travels with it
    REFUSED = "refused"  # the carrier said no, or was not reached: nothing was bought
    UNSURE = "unsure"  # asked, and no answer that can be read: it may have been bought
    CALLED_OFF = "called_off"  # a steward has looked: it is not used


OPEN = frozenset({Label.ASKED, Label.BOUGHT, Label.UNSURE})
"""An order has one such purchase at most."""


def is_stuck(label: Label, asked_at: datetime, now: datetime) -> bool:
    """Does it need a steward? One that is still being asked for does not, for a while."""
    return label in (Label.BOUGHT, Label.UNSURE) or (label is Label.ASKED and now - asked_at >= ANSWERED_BY)


def check_taken_up(label: Label, asked_at: datetime, now: datetime, number: str | None) -> None:
    """For a steward who has found it at the carrier. Raises Refused: `label_pending`, `label_ended`, `number_needed`."""
    _check_stuck(label, asked_at, now)
    if label is not Label.BOUGHT and not number:
        raise Refused("number_needed", {"tracking_number": "missing"})


def check_called_off(label: Label, asked_at: datetime, now: datetime, note: str | None) -> None:
    """For a steward who has asked the carrier. Raises Refused: `label_pending`, `label_ended`, `reason_needed`."""
    _check_stuck(label, asked_at, now)
    if not note:
        raise Refused("reason_needed", {"note": "missing"})


def _check_stuck(label: Label, asked_at: datetime, now: datetime) -> None:
    if label not in OPEN:
        raise Refused("label_ended")
    if not is_stuck(label, asked_at, now):
        raise Refused("label_pending")


def reference(name: str) -> str:
    """What the carrier is told to call it: letters and digits of its id's end, which is random. 14 characters."""
    return f"AN{name.replace('-', '')[-12:].upper()}"


def spoken(service: str, connector: str) -> str:
    """A connector's name of a service in words: mydhl_express_worldwide is express worldwide."""
    return service.removeprefix(f"{connector}_").replace("_", " ").strip() or service

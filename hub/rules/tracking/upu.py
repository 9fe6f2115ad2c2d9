"""The posts' own event codes (UPU, EMSEVT): EMA ... EMI along the way, EDx at the destination, EXx at the export.

Postal carriers, Poste Maroc among them, pass them on as they are. Inward and outward is meant from the parcel's side.
"""

from __future__ import annotations

from hub.rules.shipments import Status
from hub.rules.tracking.meaning import UNKNOWN, Meaning

EVENTS = {
    # in the country of the sender
    "EMA": Meaning(Status.PICKED_UP),  # posted at the counter, or collected
    "EMB": Meaning(Status.IN_TRANSIT),  # at the outward office of exchange
    "EXA": Meaning(Status.IN_TRANSIT),  # shown to export customs or security
    "EXB": Meaning(Status.ON_HOLD, "customs_inspection"),  # kept by them
    "EXC": Meaning(Status.IN_TRANSIT),  # given back by them
    "EXD": Meaning(Status.ON_HOLD, "carrier_not_enough_time"),  # kept at the outward office of exchange
    "EXX": Meaning(Status.CANCELLED),  # not exported
    "EMC": Meaning(Status.IN_TRANSIT),  # has left for abroad
    # between countries
    "EMJ": Meaning(Status.IN_TRANSIT),
    "EMK": Meaning(Status.IN_TRANSIT),
    # in the country of the addressee
    "EMD": Meaning(Status.IN_TRANSIT),  # at the inward office of exchange
    "EDA": Meaning(Status.ON_HOLD),  # kept there
    "EDB": Meaning(Status.IN_TRANSIT),  # shown to import customs
    "EME": Meaning(Status.ON_HOLD, "customs_delay"),  # kept by them
    "EDC": Meaning(Status.IN_TRANSIT),  # given back by them
    "EMF": Meaning(Status.IN_TRANSIT),  # has left the inward office of exchange
    "EDD": Meaning(Status.IN_TRANSIT),  # into the sorting centre
    "EDE": Meaning(Status.IN_TRANSIT),  # and out of it
    "EMG": Meaning(Status.IN_TRANSIT),  # at the office that delivers
    "EDF": Meaning(Status.ON_HOLD),  # kept there
    "EDG": Meaning(Status.OUT_FOR_DELIVERY),
    "EDH": Meaning(Status.READY_FOR_PICKUP),
    "EMH": Meaning(Status.DELIVERY_FAILED),  # tried in vain; why stands in a code of its own that few pass on
    "EMI": Meaning(Status.DELIVERED),
    "EDX": Meaning(Status.ON_HOLD, "customs_prohibited"),  # import ended by customs
}


def meaning(code: str | None) -> Meaning:
    """Of an event's three letters, however they are written."""
    return EVENTS.get((code or "").strip().upper(), UNKNOWN)

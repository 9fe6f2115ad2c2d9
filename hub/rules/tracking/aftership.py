"""AfterShip's tags and subtags. A subtag says more than its tag and goes first; one that is new falls back to its tag."""

from __future__ import annotations

from hub.rules.shipments import Status
from hub.rules.tracking.meaning import UNKNOWN, Meaning

TAGS = {
    "Pending": Meaning(Status.PENDING),
    "InfoReceived": Meaning(Status.PENDING),
    "InTransit": Meaning(Status.IN_TRANSIT),
    "OutForDelivery": Meaning(Status.OUT_FOR_DELIVERY),
    "AttemptFail": Meaning(Status.DELIVERY_FAILED),
    "AvailableForPickup": Meaning(Status.READY_FOR_PICKUP),
    "Delivered": Meaning(Status.DELIVERED),
    "Exception": Meaning(Status.ON_HOLD),
    "Expired": UNKNOWN,  # nothing heard for a month: says what AfterShip knows, not where the parcel is
}
SUBTAGS = {
    "InTransit_002": Meaning(Status.PICKED_UP),  # the carrier has taken it
    "InTransit_006": Meaning(Status.IN_TRANSIT, "customs_inspection"),  # customs have begun
    "OutForDelivery_002": Meaning(Status.READY_FOR_PICKUP),  # older than the tag AvailableForPickup, and still sent
    "AttemptFail_002": Meaning(Status.DELIVERY_FAILED, "consignee_not_home"),
    "AttemptFail_003": Meaning(Status.DELIVERY_FAILED, "consignee_business_closed"),
    "Exception_002": Meaning(Status.DELIVERY_FAILED, "consignee_incorrect_address"),  # moved away
    "Exception_003": Meaning(Status.DELIVERY_FAILED, "consignee_refused"),
    "Exception_004": Meaning(Status.DELIVERY_DELAYED, "customs_delay"),
    "Exception_005": Meaning(Status.DELIVERY_DELAYED, "force_majeure"),
    "Exception_006": Meaning(Status.ON_HOLD, "customs_duties_unpaid"),  # something is still to be paid at the door
    "Exception_007": Meaning(Status.DELIVERY_FAILED, "consignee_incorrect_address"),
    "Exception_008": Meaning(Status.DELIVERY_FAILED, "consignee_not_available"),  # nobody fetched it
    "Exception_009": Meaning(Status.ON_HOLD, "retailer_incorrect_parcel"),
    "Exception_010": Meaning(Status.RETURN_TO_SENDER),
    "Exception_011": Meaning(Status.RETURN_TO_SENDER),  # back with the sender: no delivery
    "Exception_012": Meaning(Status.ON_HOLD, "carrier_damaged_parcel"),
    "Exception_013": Meaning(Status.ON_HOLD, "carrier_parcel_lost"),
    "Exception_016": Meaning(Status.DELIVERY_DELAYED),  # something in the carrier's own house; from here on since March 2026
    "Exception_017": Meaning(Status.DELIVERY_DELAYED, "weather_delay"),
    "Exception_018": Meaning(Status.ON_HOLD, "customs_documentation"),
    "Exception_019": Meaning(Status.DELIVERY_DELAYED),  # a late flight
    "Exception_020": Meaning(Status.CANCELLED),  # by the sender or the carrier
}


def meaning(tag: str | None, subtag: str | None = None) -> Meaning:
    """Of `tag` (`InTransit`) and `subtag` (`InTransit_002`); a subtag may also come alone."""
    if subtag in SUBTAGS:
        return SUBTAGS[subtag]
    return TAGS.get(tag or (subtag or "").partition("_")[0], UNKNOWN)

"""EasyPost's tracker statuses, and the details that tell more than they do.

Of EasyPost's 28 values of `status_detail` (its page on trackers) those that aren't here say no more than the status beside them.
`received_at_origin_facility` is one: FedEx sends it for any arrival, even after the parcel was at its destination.
"""

from __future__ import annotations

from hub.rules.shipments import Status
from hub.rules.tracking.meaning import UNKNOWN, Meaning

STATUSES = {
    "pre_transit": Meaning(Status.PENDING),
    "in_transit": Meaning(Status.IN_TRANSIT),
    "out_for_delivery": Meaning(Status.OUT_FOR_DELIVERY),
    "available_for_pickup": Meaning(Status.READY_FOR_PICKUP),
    "delivered": Meaning(Status.DELIVERED),
    "return_to_sender": Meaning(Status.RETURN_TO_SENDER),
    "failure": Meaning(Status.DELIVERY_FAILED),
    "cancelled": Meaning(Status.CANCELLED),
    "unknown": UNKNOWN,
    "error": UNKNOWN,  # of EasyPost's, not of the parcel's
}
DETAILS = {
    "address_correction": Meaning(Status.DELIVERY_DELAYED, "consignee_incorrect_address"),
    "arrived_at_pickup_location": Meaning(Status.READY_FOR_PICKUP),
    "awaiting_information": Meaning(Status.ON_HOLD, "retailer_incorrect_data"),
    "damaged": Meaning(Status.ON_HOLD, "carrier_damaged_parcel"),
    "delayed": Meaning(Status.DELIVERY_DELAYED),
    "delivery_exception": Meaning(Status.DELIVERY_FAILED),
    "held": Meaning(Status.ON_HOLD),
    "lost": Meaning(Status.ON_HOLD, "carrier_parcel_lost"),
    "missorted": Meaning(Status.DELIVERY_DELAYED, "carrier_sorting_error"),
    "refused": Meaning(Status.DELIVERY_FAILED, "consignee_refused"),
    "return": Meaning(Status.RETURN_TO_SENDER),
    "transit_exception": Meaning(Status.ON_HOLD),
    "weather_delay": Meaning(Status.DELIVERY_DELAYED, "weather_delay"),
}
FINAL = frozenset({"delivered", "return_to_sender", "cancelled"})
"""Statuses that no detail weakens: a damaged parcel that was handed over was handed over."""


def meaning(status: str | None, detail: str | None = None) -> Meaning:
    """Of `status` and `status_detail`."""
    if status in FINAL:
        return STATUSES[str(status)]
    return DETAILS.get(detail or "") or STATUSES.get(status or "", UNKNOWN)

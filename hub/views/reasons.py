"""Why a parcel waits or comes back, in words."""

from __future__ import annotations

from hub import i18n
from hub.errors import N_
from hub.rules.shipments import EXPORT_PAPERS

WHY: dict[str, str] = {
    "export_papers_origin": N_("Waiting for the certificate of origin"),
    "export_papers_customs": N_("Waiting for the customs declaration"),
    "export_papers_exchange": N_("Waiting for the bank's paper"),
    "export_papers_buyer": N_("Waiting for something from the buyer"),
    "export_papers": N_("Waiting for export papers before it can leave."),
    "carrier_damaged_parcel": N_("The parcel is damaged"),
    "carrier_sorting_error": N_("It was sent the wrong way"),
    "carrier_address_not_found": N_("The address was not found"),
    "carrier_parcel_lost": N_("The parcel is lost"),
    "carrier_not_enough_time": N_("The carrier ran out of time"),
    "carrier_vehicle_issue": N_("The vehicle broke down"),
    "carrier_capacity_exceeded": N_("The carrier has no room"),
    "carrier_mechanical_delay": N_("The vehicle broke down"),
    "consignee_refused": N_("The receiver refused it"),
    "consignee_business_closed": N_("The place was closed"),
    "consignee_not_available": N_("Nobody was there"),
    "consignee_not_home": N_("Nobody was there"),
    "consignee_cancelled": N_("The receiver called it off"),
    "consignee_verification_failed": N_("The receiver could not show who they are"),
    "consignee_incorrect_address": N_("The address is wrong"),
    "consignee_access_restricted": N_("The carrier could not get to the door"),
    "consignee_safe_place_unavailable": N_("There was no safe place to leave it"),
    "customs_delay": N_("Customs take their time"),
    "customs_documentation": N_("Customs ask for papers"),
    "customs_duties_unpaid": N_("Customs wait for duties to be paid"),
    "customs_prohibited": N_("Customs don't let it in"),
    "customs_inspection": N_("Customs look into it"),
    "retailer_cancelled": N_("The sender called it off"),
    "retailer_incorrect_data": N_("What the sender declared is wrong"),
    "retailer_not_ready": N_("It was not ready to be fetched"),
    "retailer_incorrect_parcel": N_("What the sender declared is wrong"),
    "retailer_incorrect_dimensions": N_("The measures are wrong"),
    "retailer_packaging_issue": N_("It must be packed better"),
    "weather_delay": N_("The weather holds it up"),
    "natural_disaster": N_("A disaster holds it up"),
    "force_majeure": N_("Something nobody can help holds it up"),
    "parcel_being_researched": N_("The carrier is searching for it"),
    "security_issue": N_("It is held for safety"),
    "regulatory_hold": N_("An office holds it"),
}
"""Every reason of `hub/rules/shipments.py`."""


def why(reason: str | None, locale: str) -> str | None:
    """A reason in words; None without one, or for a word of earlier times."""
    return i18n.words(locale, WHY[reason]) if reason in WHY else None


def choices(locale: str) -> list[tuple[str, str]]:
    """The reasons a steward may choose, each in words; those of export papers have a form of their own."""
    found: dict[str, str] = {}
    for reason, said in WHY.items():
        if not reason.startswith(EXPORT_PAPERS) and said not in found.values():
            found[reason] = said
    return [(reason, i18n.words(locale, said)) for reason, said in found.items()]

"""What Karrio is told of a parcel that is to be sent, and what it says of prices and labels, in our words. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hub.actions.carriers.terms import Bought, Declined, Offer, Unanswered, Unsure
from hub.rules import labels as rules
from hub.rules.money import EXPONENTS, Money, rounded
from hub.rules.sending import Address, Consignment

MOST_OFFERS = 30
SAID_BEFORE = re.compile(r"SHIPPING_SDK_(?!INTERNAL|RESOLVE)\w+")  # Karrio itself says no, and asks nobody
SAID_NO = re.compile(r"(?!408)4\d\d")
NOT_REACHED = re.compile(r"Connection refused|Name or service not known|Temporary failure in name resolution|CERTIFICATE_VERIFY_FAILED")
PDF = b"%PDF-"


def told(what: Consignment, reference: str) -> dict[str, Any]:
    """Karrio's request, for prices and for a label. Not every connector passes the reference on: it is the invoice's number too."""
    customs = what.customs
    value = float(Money(customs.value, customs.currency).major()) if customs else None
    weight = sum(box.weight_g for box in what.boxes) / 1000
    return {
        "shipper": _address(what.sender), "recipient": _address(what.receiver), "reference": reference, "order_id": reference,
        "parcels": [
            {"length": box.length_cm, "width": box.width_cm, "height": box.height_cm, "dimension_unit": "CM",
             "weight": box.weight_g / 1000, "weight_unit": "KG", "packaging_type": "your_packaging", "reference_number": reference,
             "description": customs.description if customs else None}
            for box in what.boxes
        ],
        "options": {"shipment_date": what.day.isoformat()}
        | ({"currency": customs.currency, "declared_value": value} if customs else {}),
    } | ({"customs": {
        "content_type": "merchandise", "content_description": customs.description, "invoice": reference,
        "duty": {"paid_by": "recipient", "currency": customs.currency, "declared_value": value},
        "commodities": [{"title": customs.description, "description": customs.description, "quantity": 1, "weight": weight,
                         "weight_unit": "KG", "value_amount": value, "value_currency": customs.currency,
                         "origin_country": what.sender.country}],
    }} if customs else {})  # fmt: skip


def _address(of: Address) -> dict[str, Any]:
    names = {"name": "person_name", "street": "address_line1", "street2": "address_line2", "country": "country_code",
             "company": "company_name", "phone": "phone_number"}  # fmt: skip
    return {names.get(name, name): value for name, value in asdict(of).items() if value}


def offers(rates: Iterable[Any], messages: Iterable[Any], connector: str) -> list[Offer]:
    """The cheapest first, of currencies we know. Raises Unanswered, Declined."""
    found = [offer for rate in rates or () if (offer := _offer(rate, connector))]
    if not found:
        said = list(messages or ())
        if not said or any(_says_no(message) for message in said):
            raise Declined(of_the_carrier(said))
        raise Unanswered(words(said))
    return sorted(found, key=lambda offer: (offer.price.currency, offer.price.amount))[:MOST_OFFERS]


def _offer(rate: Any, connector: str) -> Offer | None:
    price = _money(rate.total_charge, rate.currency)
    if price is None or not rate.service:
        return None
    named = (rate.meta or {}).get("service_name")
    days = rate.transit_days if isinstance(rate.transit_days, int) and 0 <= rate.transit_days < 400 else None
    return Offer(str(rate.service)[:60], str(named or rules.spoken(str(rate.service), connector))[:60], price, days)


def bought(details: Any, messages: Iterable[Any]) -> Bought:
    """The label. Raises Unanswered (not reached), Declined, Unsure."""
    if details is not None and details.tracking_number:
        rate = details.selected_rate
        return Bought(
            str(details.tracking_number)[:60], str(details.shipment_identifier or "")[:100] or None,
            _pdf(details.docs.label if details.docs else None, details.label_type),
            _money(rate.total_charge, rate.currency) if rate else None,
        )
    said = list(messages or ())
    if said and all(NOT_REACHED.search(str(message.message)) for message in said):
        raise Unanswered(words(said))
    if said and all(_says_no(message) for message in said):
        raise Declined(of_the_carrier(said))
    raise Unsure(words(said))


def _says_no(message: Any) -> bool:
    """Does the carrier, or Karrio before asking it, refuse for certain?"""
    code = str(message.code)
    return bool(SAID_BEFORE.fullmatch(code) or SAID_NO.fullmatch(code))


def of_the_carrier(messages: Iterable[Any]) -> str:
    """The same without what Karrio itself remarks, which is for programmers."""
    return words(message for message in messages if not str(message.code).startswith("SHIPPING_SDK_"))


def words(messages: Iterable[Any]) -> str:
    """What was said, on one line."""
    parts = []
    for message in messages:
        more = (message.details or {}).get("additionalDetails") if isinstance(message.details, dict) else None
        parts += [str(message.message), *(str(line) for line in more or () if isinstance(line, str))]
    text = " ".join(" · ".join(dict.fromkeys(parts)).split())
    return "".join(letter for letter in text if letter.isprintable())[:300]


def _money(amount: Any, currency: Any) -> Money | None:
    """In minor units; None where it is no price of a currency we know."""
    if currency not in EXPONENTS or isinstance(amount, bool) or not isinstance(amount, int | float | Decimal):
        return None
    try:
        minor = rounded(Fraction(str(amount)) * 10 ** EXPONENTS[currency])
    except ValueError:  # infinite, or not a number
        return None
    return Money(minor, currency) if 0 < minor < 10**12 else None


def _pdf(content: Any, kind: Any) -> bytes | None:
    """None for what no printer here could print."""
    try:
        held = base64.b64decode(str(content or ""), validate=True)
    except (binascii.Error, ValueError):
        return None
    return held if held.startswith(PDF) and str(kind or "PDF").upper() == "PDF" else None

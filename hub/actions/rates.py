"""What carriers would take for a parcel: all who can be asked at once, for a bounded time. Nothing is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import structlog

from hub import access, clock
from hub.actions import carriers, labels
from hub.actions.carriers import Declined, Offer, Unanswered
from hub.actions.sending import Booking
from hub.errors import Refusal
from hub.rules.orders import Stage
from hub.rules.sending import Address, Box, check_pickup
from models.orders import Order
from models.people import Person

log = structlog.get_logger("rates")

PATIENCE_S = 12.0  # for each carrier, all at the same time
SENT = frozenset({Stage.INSPECTED, Stage.SHIPPED})


async def asked(person: Person, order_id: Any, booking: Booking, boxes: Sequence[Box], receiver: Address) -> list[dict[str, Any]]:
    """`[{carrier, offers: [{service, words, price, days}], fault: None or a refusal's code, words}]` of the booking's carrier, or of all.

    Raises Refusal `not_found`, `not_allowed`, `order_moved`, `parcel_needed`, `bad_pickup`, `no_labels`.
    """
    row, place = await access.order(person, order_id)
    place.need("buy_label")
    if row.stage not in SENT:
        raise Refusal("order_moved")
    if not boxes:
        raise Refusal("parcel_needed")
    check_pickup(booking.pickup_from, booking.pickup_until, clock.now())
    names = [booking.carrier] if booking.carrier else carriers.sellers()
    for name in names:
        labels.seller(name)
    return list(await asyncio.gather(*(_one(row, replace(booking, carrier=name), boxes, receiver) for name in names)))


async def _one(row: Order, booking: Booking, boxes: Sequence[Box], receiver: Address) -> dict[str, Any]:
    """A carrier that is down says so, and hinders neither the others nor a booking by hand."""
    carrier, fault, words = labels.seller(booking.carrier), None, None
    offers: list[Offer] = []
    try:
        async with asyncio.timeout(PATIENCE_S):
            offers = await carrier.rates(labels.consignment(carrier, row, booking, boxes, receiver))
    except Declined as no:
        fault, words = "no_offers", str(no) or None
    except (Unanswered, TimeoutError) as silent:
        log.warning("carrier_silent", carrier=booking.carrier, fault=str(silent))
        fault = "no_answer"
    except Exception:
        log.exception("rates_fault", carrier=booking.carrier)
        fault = "no_answer"
    return {
        "carrier": booking.carrier, "fault": fault, "words": words,
        "offers": [
            {"service": offer.service, "words": offer.words, "days": offer.days,
             "price": {"amount": offer.price.amount, "currency": offer.price.currency}}
            for offer in offers
        ],
    }

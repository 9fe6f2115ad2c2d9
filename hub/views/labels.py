"""Labels bought from carriers, as a steward sees them."""

from __future__ import annotations

from typing import Any

from hub import clock, i18n, rows
from hub.errors import N_
from hub.rules import labels as rules
from hub.rules.labels import Label
from models.orders import Order
from models.shipments import CarrierLabel

MOST = 50
OF_ORDER = "SELECT * FROM carrier_label WHERE order_id = $1 ORDER BY asked_at DESC LIMIT $2"
STUCK = """
SELECT id, order_id, carrier, reference, state, asked_at FROM carrier_label
WHERE state IN ('asked', 'bought', 'unsure') AND (state <> 'asked' OR asked_at < $1) ORDER BY asked_at LIMIT $2
"""
WORDS: dict[str, str] = {
    "asked": N_("The carrier is being asked"),
    "bought": N_("Bought, and not booked yet"),
    "booked": N_("Bought and booked"),
    "refused": N_("Nothing was bought"),
    "unsure": N_("Perhaps bought: look into the carrier's account"),
    "called_off": N_("Not used"),
}


async def of_order(row: Order, locale: str) -> list[dict[str, Any]]:
    """Every purchase of an order, the newest first."""
    return [label(one, locale) for one in await rows.models(CarrierLabel, OF_ORDER, row.id, MOST)]


async def stuck() -> list[dict[str, Any]]:
    """Those that somebody has to look at, the oldest first: `{id, order, carrier, reference, state, asked_at}`."""
    found = await rows.fetch(STUCK, clock.now() - rules.ANSWERED_BY, MOST)
    return [
        {"id": str(row["id"]), "order": str(row["order_id"]), "carrier": row["carrier"], "reference": row["reference"],
         "state": row["state"], "asked_at": clock.iso(row["asked_at"])}
        for row in found
    ]


def label(row: CarrierLabel, locale: str) -> dict[str, Any]:
    """One purchase; `stuck` ones wait for a steward, `state` in words is `label`."""
    stuck = rules.is_stuck(Label(row.state), row.asked_at, clock.now())
    state = Label.UNSURE if stuck and row.state == Label.ASKED else row.state
    return {
        "id": str(row.id), "order": str(row.order_id), "carrier": row.carrier, "service": row.service, "reference": row.reference,
        "state": row.state, "label": i18n.words(locale, WORDS[state]), "stuck": stuck, "words": row.words,
        "price": {"amount": row.price, "currency": row.currency} if row.price is not None else None,
        "tracking_number": row.tracking_number, "asked_at": clock.iso(row.asked_at),
        "ended_at": clock.iso(row.ended_at) if row.ended_at else None,
        "shipment": str(row.shipment_id) if row.shipment_id else None, "pdf_url": f"/labels/{row.id}/label.pdf" if row.printable else None,
    }

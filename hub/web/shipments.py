"""Shipments: booking one, looking at it, its label, and a steward's own word about it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub import access
from hub.actions import labels, sending, shipments
from hub.actions.sending import Booking
from hub.actions.shipments import Scan
from hub.rules.sending import VILLAGE, Box
from hub.rules.shipments import Source, Status, known_reason
from hub.views import reasons
from hub.views import shipments as view
from hub.web.base import actor, answer, form, fragment, locale, person, seen
from hub.web.labels import receiver
from hub.web.reading import Form, called
from hub.web.sending import boxes, called_day, customs, door, pickup


async def book(request: Request) -> Response:
    """The order is dispatched."""
    read = Form(await form(request))
    carrier, service = read.needed("carrier", 40), read.text("service", 60)
    number = read.text("tracking_number", 60)
    found, (start, end), declared = boxes(read), pickup(read), customs(read)
    further, bought = (read.raw(name) is not None and read.yes(name) for name in ("further", "label"))
    booking = Booking(carrier, service, number, start, end, declared, further, door(read))
    if bought:
        return await _with_label(request, read, booking, found)
    read.checked()
    with called(**called_day(read)):
        return _booked(request, await sending.book(actor(request), request.path_params["o"], booking, found))


async def _with_label(request: Request, read: Form, booking: Booking, found: list[Box]) -> Response:
    """The label is bought at the carrier, which gives the number."""
    read.need("service")
    if booking.tracking_number:
        read.wrong("tracking_number", "not_needed")
    to = await receiver(read, request)
    if not to.street:
        read.wrong("to.street", "missing")
    read.checked()
    with called(**called_day(read)):
        return _booked(request, await labels.buy(actor(request), request.path_params["o"], booking, found, to))


def _booked(request: Request, found: dict[str, Any]) -> Response:
    return answer(request, found, redirect=f"/orders/{found['order']}", status=201)


async def papers(request: Request) -> Response:
    """For which export paper the parcel waits."""
    read = Form(await form(request))
    ready = read.raw("ready") is not None and read.yes("ready")
    reason, note = read.text("reason", 40), read.text("note", 1_000)
    if not ready:
        read.need("reason")
    read.checked()
    found = await sending.papers(actor(request), request.path_params["s"], None if ready else reason, note)
    return answer(request, found, redirect=f"/shipments/{found['id']}", status=201)


async def show(request: Request) -> Response:
    """One shipment."""
    row, place = await access.shipment(person(request), request.path_params["s"])
    shown = await view.shipment(row, place, locale(request))
    corrects = place.may("correct_shipment")
    says = corrects and row.status == Status.PENDING
    return seen(
        request, shown, "shipments/show.html", shipment=shown, may_say_papers=says, may_correct=corrects, living=row.living,
        reasons=reasons.choices(locale(request)), correcting="correct" in request.query_params, may_renew=place.may("renew_courier_link"),
    )


async def card(request: Request) -> Response:
    """The card that stands in the conversation."""
    row, place = await access.shipment(person(request), request.path_params["s"])
    return fragment(request, "shipments/brief.html", shipment=await view.shipment(row, place, locale(request)))


async def label_pdf(request: Request) -> Response:
    """The label: one A6 page for each parcel, or four of them on an A4 page (`?paper=a4`), with the courier's link in a QR."""
    from hub.views.label import label  # here: fpdf2 is as slow to import as all the rest of the hub

    row, place = await access.shipment(person(request), request.path_params["s"])
    place.need("see_label")
    shown = await view.for_courier(row, locale(request))
    links = await view.courier_links([row])
    content = await asyncio.to_thread(label, shown, links[row.id], a4=request.query_params.get("paper") == "a4")
    name = f"label-{str(row.id)[-8:]}.pdf"
    return Response(
        content, media_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "private, no-store"},
    )


async def number(request: Request) -> Response:
    """Which number the parcel has."""
    read = Form(await form(request))
    text = read.needed("tracking_number", 60)
    read.checked()
    found = await shipments.number(actor(request), request.path_params["s"], text)
    return answer(request, found, redirect=f"/shipments/{found['id']}")


async def renew_link(request: Request) -> Response:
    """What is printed opens nothing any more: a new label is needed."""
    found = await shipments.renew_link(actor(request), request.path_params["s"])
    return answer(request, found, redirect=f"/shipments/{found['id']}")


async def correct(request: Request) -> Response:
    """What a steward knows better than every scan. `at_home` is a time as the clocks of the village show it."""
    read = Form(await form(request))
    scan = read_scan(read, Source.STEWARD)
    names = {}
    if scan.at is None and (home := read.moment("at_home")):
        scan, names = replace(scan, at=home.replace(tzinfo=VILLAGE)), {"at": "at_home"}
    read.checked()
    with called(**names):
        found = await shipments.correct(actor(request), request.path_params["s"], scan)
    return answer(request, found, redirect=f"/shipments/{found['id']}", status=201)


def read_scan(read: Any, source: Source) -> Scan:
    """A scan as `{status, location or place?, note?, at?, reason?}` writes it; what is bad is noted in `read`."""
    status = str(read.raw("status") or "")
    if status not in set(Status):
        read.wrong("status", "missing")
        status = Status.UNKNOWN
    return Scan(
        status=Status(status), source=source, at=read.moment("at"), place=read.text("location", 200) or read.text("place", 200),
        note=read.text("note", 1_000), reason=known_reason(read.text("reason", 40)),
    )


routes = [
    Route("/orders/{o}/shipment", book, methods=["POST"]),
    Route("/shipments/{s}", show),
    Route("/shipments/{s}/card", card),
    Route("/shipments/{s}/label.pdf", label_pdf),
    Route("/shipments/{s}/link", renew_link, methods=["POST"]),
    Route("/shipments/{s}/papers", papers, methods=["POST"]),
    Route("/shipments/{s}/number", number, methods=["POST"]),
    Route("/shipments/{s}/checkpoints", correct, methods=["POST"]),
]

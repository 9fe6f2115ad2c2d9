"""Carriers' prices and labels: asking what it costs, and what became of a label that was to be bought."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub import access
from hub.actions import labels, rates
from hub.actions.sending import Booking
from hub.rules.sending import Address
from hub.views import labels as view
from hub.web.base import actor, answer, form, json, locale, page, person, seen, wants_json
from hub.web.forms import nested
from hub.web.reading import Form, called
from hub.web.sending import address, boxes, called_day, customs, pickup
from models.people import Person

NOTE = 1_000


async def asked(request: Request) -> Response:
    """What it would cost: of one carrier, or of all who can be asked."""
    read = Form(nested(request.query_params))
    found, to = boxes(read), await receiver(read, request)
    carrier, (start, end), declared = read.text("carrier", 40) or "", pickup(read), customs(read)
    read.checked()
    wish = Booking(carrier, None, None, start, end, declared)
    with called(**called_day(read)):
        shown = await rates.asked(person(request), request.path_params["o"], wish, found, to)
    if wants_json(request):
        return json({"carriers": shown}, headers={"Cache-Control": "private, no-store"})
    return page(request, "orders/rates.html", carriers=shown, order=request.path_params["o"])


async def receiver(read: Form, request: Request) -> Address:
    """Where it goes: as the booking says, the country and the rest as agreed. Raises Refusal `not_found`."""
    row, _ = await access.order(person(request), request.path_params["o"])
    buyer, agreed = await Person.get(id=row.buyer_id), row.terms["ship_to"]
    given = address(read)
    city = given["city"] or agreed.get("city")
    if not city:
        read.wrong("to.city", "missing")
    return Address(
        given["name"] or buyer.name, given["street"] or "", city or "", agreed["country"], given["postal_code"], given["street2"],
        given["company"], given["phone"] or buyer.phone, given["email"] or buyer.email,
    )


async def of_order(request: Request) -> Response:
    """What labels were bought for an order, and which of them somebody has to look at."""
    row, place = await access.order(person(request), request.path_params["o"])
    place.need("buy_label")
    shown = await view.of_order(row, locale(request))
    return seen(request, {"labels": shown}, "orders/labels.html", labels=shown, order={"id": str(row.id), "title": row.title})


async def take_up(request: Request) -> Response:
    """It was bought: the shipment is booked with it."""
    read = Form(await form(request))
    number = read.text("tracking_number", 60)
    read.checked()
    found = await labels.take_up(actor(request), request.path_params["l"], number)
    return answer(request, found, redirect=f"/orders/{found['order']}", status=201)


async def call_off(request: Request) -> Response:
    """It was not bought, or was given back."""
    read = Form(await form(request))
    note = read.text("note", NOTE)
    read.checked()
    found = await labels.call_off(actor(request), request.path_params["l"], note)
    return answer(request, found, redirect=f"/orders/{found['order']}/shipment/labels")


async def label_pdf(request: Request) -> Response:
    """The carrier's own label, as it came."""
    content = await labels.pdf(person(request), request.path_params["l"])
    name = f"carrier-label-{request.path_params['l'][-8:]}.pdf"
    headers = {
        "Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "private, no-store",
        "Content-Security-Policy": "sandbox; default-src 'none'",  # it was made elsewhere
    }
    return Response(content, media_type="application/pdf", headers=headers)


routes = [
    Route("/orders/{o}/shipment/rates", asked),
    Route("/orders/{o}/shipment/labels", of_order),
    Route("/labels/{l}/take-up", take_up, methods=["POST"]),
    Route("/labels/{l}/call-off", call_off, methods=["POST"]),
    Route("/labels/{l}/label.pdf", label_pdf),
]

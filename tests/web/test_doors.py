"""To the door: a booking may say the street, which the label and the courier's page show, and nobody else sees."""

from __future__ import annotations

import io
from datetime import timedelta

import httpx
import pypdfium2
import pytest

from hub import clock
from models.shipments import Shipment
from tests.deals import Deal, parcels, refused
from tests.house import House
from workers.house import forget_doors

STREET, CODE = "12 rue Mercière", "69002"
FORM = {
    "carrier": "local", "parcels.0.length_cm": "90", "parcels.0.width_cm": "40", "parcels.0.height_cm": "40", "parcels.0.weight_g": "12500",
    "to.street": STREET, "to.postal_code": CODE, "to.city": "Lyon", "to.phone": "+33 6 12 34 56 78",
}  # fmt: skip


@pytest.fixture
async def deal(house: House) -> Deal:
    return await Deal.begun(house)


async def ready(deal: Deal) -> str:
    """Paid in full: the path of the order."""
    order = await deal.inspected()
    await deal.pay(order, order["money"]["due"]["amount"], "BALANCE")
    return f"/orders/{order['id']}"


async def words(client: httpx.AsyncClient, shipment: str) -> str:
    """What stands on the label."""
    answer = await client.get(f"/shipments/{shipment}/label.pdf")
    assert answer.status_code == 200
    return str(pypdfium2.PdfDocument(io.BytesIO(answer.content))[0].get_textpage().get_text_range())


@pytest.mark.parametrize("booker", ["khadija", "fatima"])
async def test_a_street_that_is_booked_stands_on_the_label_and_on_the_couriers_page(deal: Deal, house: House, booker: str) -> None:
    url = await ready(deal)
    who = {"khadija": deal.khadija, "fatima": deal.fatima}[booker]
    booked = await who.post(f"{url}/shipment", data=FORM)
    assert booked.status_code == 201, booked.text
    shipment = booked.json()
    assert f"{STREET}\r\n{CODE} Lyon" in await words(who, shipment["id"])
    seen = (await (await house.client()).get(shipment["courier_link"])).json()
    assert seen["receiver"] == {
        "name": "Claire", "phone": FORM["to.phone"], "street": STREET, "postal_code": CODE, "city": "Lyon", "country": "FR"}
    page = (await (await house.client()).get(shipment["courier_link"], headers={"Accept": "text/html"})).text
    assert STREET in page and f"{CODE} Lyon" in page
    await deal.call("ahmed")
    ahmed = await house.client("ahmed")  # the conversation is read by helpers, too
    assert (await ahmed.get(f"/threads/{deal.thread}")).status_code == 200
    of_it, thread = (f"/shipments/{shipment['id']}", url), f"/threads/{deal.thread}"
    paths = (*of_it, *(f"{one}/card" for one in of_it), thread, f"{thread}/events?after=0", "/board", "/board/journeys")
    for client in (deal.claire, deal.fatima, deal.khadija, ahmed):
        for path in paths:
            for kind in ("application/json", "text/html"):
                told = (await client.get(path, headers={"Accept": kind})).text
                assert not [one for one in (STREET, CODE, FORM["to.phone"]) if one in told], path
    for client in (deal.claire, ahmed):
        assert (await client.get(f"{url}/ship_more", headers={"Accept": "text/html"})).status_code == 403
    refused(await deal.claire.get(f"/shipments/{shipment['id']}/label.pdf"), 403, "not_allowed")


async def test_the_form_asks_for_it_and_knows_it_for_the_rest_of_the_order(deal: Deal) -> None:
    url, html = await ready(deal), {"Accept": "text/html"}
    page = (await deal.fatima.get(f"{url}/ship", headers=html)).text
    assert 'name="to.street"' in page and 'name="to.city" type="text" value="Lyon"' in page
    assert (await deal.fatima.post(f"{url}/shipment", data=FORM)).status_code == 201
    again = (await deal.khadija.get(f"{url}/ship_more", headers=html)).text
    assert f'value="{STREET}"' in again and f'value="{CODE}"' in again


async def test_without_a_street_it_goes_where_was_agreed(deal: Deal, house: House) -> None:
    url = await ready(deal)
    shipment = await deal.post(deal.khadija, f"{url}/shipment", parcels() | {"to": {"city": "Lyon"}})
    seen = (await (await house.client()).get(shipment["courier_link"])).json()["receiver"]
    assert (seen["street"], seen["city"], seen["phone"]) == (None, "Lyon", None)
    assert "Lyon" in await words(deal.khadija, shipment["id"])


async def test_a_telephone_that_is_none_is_refused_at_its_field(deal: Deal) -> None:
    url = await ready(deal)
    for extra in ({}, {"label": "true", "service": "x"}):
        no = refused(await deal.khadija.post(f"{url}/shipment", data=FORM | {"to.phone": "abc"} | extra), 400, "bad_form")
        assert no["fields"]["to.phone"] == "bad_phone" and no["words"]["to.phone"]


async def test_a_long_street_fits(deal: Deal) -> None:
    url = await ready(deal)
    street = "Résidence des Tisserands de la Grande Rue, bâtiment B, n° 114"[:60]
    shipment = await deal.post(deal.khadija, f"{url}/shipment", parcels() | {"to": {"street": street, "postal_code": CODE}})
    said = (await words(deal.khadija, shipment["id"])).replace("\r\n", " ")
    assert street in said and f"{CODE} Lyon" in said


@pytest.mark.parametrize(("to", "field"), [({"street": "x" * 61}, "to.street"), ({"postal_code": 7}, "to.postal_code"), ("Lyon", "to")])
async def test_what_can_t_be_an_address_is_named(deal: Deal, to: object, field: str) -> None:
    url = await ready(deal)
    assert field in refused(await deal.khadija.post(f"{url}/shipment", json=parcels() | {"to": to}), 400, "bad_form")["fields"]


async def test_the_door_is_forgotten_when_the_couriers_link_has_ended(deal: Deal, house: House) -> None:
    url = await ready(deal)
    shipment = (await deal.fatima.post(f"{url}/shipment", data=FORM)).json()
    with clock.shifted(timedelta(days=60)):
        assert await forget_doors({}) == 0, "it travels"
    await deal.post(await house.client(), f"/c/{shipment['courier_link'].rpartition('/')[2]}/checkpoints", {"status": "delivered"})
    for days, forgotten in ((29, 0), (31, 1), (32, 0)):
        with clock.shifted(timedelta(days=days)):
            assert await forget_doors({}) == forgotten, days
    assert (await Shipment.get(id=shipment["id"])).door is None
    assert STREET not in await words(deal.fatima, shipment["id"])

"""A page that says no leads on to the thing that it is about, where whoever asked may see that."""

from __future__ import annotations

import httpx

from tests.deals import Deal, parcels
from tests.house import House

HTML = {"Accept": "text/html", "Accept-Language": "fr"}


def leads(answer: httpx.Response, status: int, href: str, words: str) -> None:
    assert answer.status_code == status
    assert f'<a class="button primary" href="{href}">{words}</a>' in answer.text


async def test_a_form_that_came_too_late_leads_back_to_the_order(house: House) -> None:
    deal = await Deal.begun(house)
    order, shipment = await deal.shipped()
    url = f"/orders/{order['id']}"
    leads(await deal.khadija.get(f"{url}/ship", headers=HTML), 409, url, "Retour à la commande")
    leads(await deal.khadija.post(f"{url}/shipment", data={"carrier": "local"}, headers=HTML), 409, url, "Retour à la commande")
    leads(await deal.fatima.get(f"{url}/inspect", headers=HTML), 403, url, "Retour à la commande")
    wrong = {"status": "on_hold", "at_home": "2099-01-01T10:00"}
    its = f"/shipments/{shipment['id']}"
    leads(await deal.khadija.post(f"{its}/checkpoints", data=wrong, headers=HTML), 400, its, "Voir")


async def test_what_is_not_there_for_them_leads_to_the_start(house: House) -> None:
    deal = await Deal.begun(house)
    order = await deal.order()
    stranger = await house.client("ellen")
    answer = await stranger.get(f"/orders/{order['id']}/ship", headers=HTML)
    assert answer.status_code == 404 and f'href="/orders/{order["id"]}"' not in answer.text
    answer = await (await house.client()).post(f"/orders/{order['id']}/shipment", json=parcels(), headers=HTML)
    assert f'href="/orders/{order["id"]}"' not in answer.text

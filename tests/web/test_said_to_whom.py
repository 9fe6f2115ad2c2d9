"""Where a thing stands is said to whoever reads it: hers to the buyer, of the piece or of the parcel in their own gender."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.deals import Deal
from tests.house import House

HTML = {"Accept": "text/html", "Accept-Language": "fr"}


@pytest.fixture
async def deal(house: House) -> Deal:
    return await Deal.begun(house)


async def seen(client: httpx.AsyncClient, path: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", (await client.get(path, headers=HTML)).text))


async def test_the_buyer_hears_of_the_way_to_herself(deal: Deal) -> None:
    order, _ = await deal.shipped()
    for client, words in ((deal.claire, "Elle voyage vers vous"), (deal.fatima, "vers l’acheteur"), (deal.khadija, "vers l’acheteur")):
        page = await seen(client, f"/orders/{order['id']}")
        assert words in page
        assert ("vers vous" in page) == (client is deal.claire)


async def test_a_parcel_is_masculine_and_a_piece_is_feminine(deal: Deal, house: House) -> None:
    order, shipment = await deal.shipped()
    for status, parcel in (("picked_up", "Ramassé"), ("cancelled", "Annulé"), ("delivered", "Livré")):
        await deal.post(deal.khadija, f"/shipments/{shipment['id']}/checkpoints", {"status": status})
        assert re.search(rf"\b{parcel}\b", await seen(deal.claire, f"/shipments/{shipment['id']}"))
    assert "Livrée" not in await seen(deal.claire, f"/shipments/{shipment['id']}")
    assert re.search(r"\bLivrée\b", await seen(deal.claire, f"/orders/{order['id']}")), "the stage of the piece"
    courier = await house.client()
    assert "Livrée" not in await seen(courier, f"/c/{shipment['courier_link'].rpartition('/')[2]}")

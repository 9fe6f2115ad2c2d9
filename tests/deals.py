"""A buyer, an artisan and what they settle: the steps of an order, through HTTP as people take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from models.catalogue import Product
from tests.house import House


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The refusal's body, once it is the one expected."""
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text
    return dict(answer.json()["error"])


def wish(**changes: Any) -> dict[str, Any]:
    """200 x 300 cm, indigo instead of red."""
    return {"description": "Le même en indigo", "width_cm": 200, "length_cm": 300, "colours": ["indigo"]} | changes


def terms(**changes: Any) -> dict[str, Any]:
    """900 EUR and 50 for shipping, 30 days, 30 % first. A change goes to the item when it is one of an item's."""
    item = {"description": "Tapis indigo", "quantity": 1, "unit_price": 90_000, "width_cm": 200, "length_cm": 300}
    whole = {
        "shipping": 5_000, "currency": "EUR", "making_days": 30, "deposit_percent": 30, "ship_to": {"country": "FR", "city": "Lyon"},
    }
    items = {"product", "colours", "materials", "attributes"} | set(item)
    own = {name: value for name, value in changes.items() if name in items}
    rest = {name: value for name, value in changes.items() if name not in items}
    return whole | rest | {"items": [item | own]}


@dataclass
class Deal:
    """Two people in a thread; `claire` is the buyer, whoever plays her."""

    house: House
    thread: str
    claire: httpx.AsyncClient
    fatima: httpx.AsyncClient
    khadija: httpx.AsyncClient

    @classmethod
    async def begun(cls, house: House, piece: Product | None = None, buyer: str = "claire") -> Deal:
        """Their thread is open, about `piece` or nothing."""
        thread = await house.thread(buyer, "fatima", piece)
        return cls(house, thread, await house.client(buyer), await house.client("fatima"), await house.client("khadija"))

    async def post(self, client: httpx.AsyncClient, url: str, body: dict[str, Any]) -> dict[str, Any]:
        """A verb that has to work."""
        answer = await client.post(url, json=body)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())

    async def events(self) -> list[dict[str, Any]]:
        """The timeline."""
        answer = await self.claire.get(f"/threads/{self.thread}/events?after=0&limit=200")
        return list(answer.json()["events"])

    async def call(self, mentor: str) -> None:
        """Claire calls a mentor in."""
        await self.post(self.claire, f"/threads/{self.thread}/participants", {"person": str((await self.house.person(mentor)).id)})

    async def offer(self, **changes: Any) -> dict[str, Any]:
        """Fatima's first version."""
        return await self.post(self.fatima, f"/threads/{self.thread}/quotes", {"terms": terms(**changes)})

    async def accept(self, quote: dict[str, Any]) -> dict[str, Any]:
        """Claire says yes to what she saw."""
        body = {"version": quote["version"], "terms_hash": quote["terms_hash"]}
        return await self.post(self.claire, f"/quotes/{quote['id']}/accept", body)

    async def order(self, **changes: Any) -> dict[str, Any]:
        """An order, just opened."""
        order = (await self.accept(await self.offer(**changes)))["order"]
        return dict((await self.claire.get(f"/orders/{order}")).json())

    async def verb(self, client: httpx.AsyncClient, order: dict[str, Any], verb: str, body: dict[str, Any]) -> dict[str, Any]:
        """A verb of the order; the order as it stands then."""
        return await self.post(client, f"/orders/{order['id']}/{verb}", body)

    async def pay(self, order: dict[str, Any], amount: int, reference: str) -> dict[str, Any]:
        """Khadija records a bank transfer."""
        body = {"amount": amount, "currency": order["money"]["total"]["currency"], "reference": reference, "method": "bank_transfer"}
        return await self.verb(self.khadija, order, "payments", body)

    async def making(self, reference: str = "DEPOSIT", **changes: Any) -> dict[str, Any]:
        """An order whose deposit is there."""
        order = await self.order(**changes)
        return await self.pay(order, order["money"]["deposit"]["amount"], reference)

    async def made(self, order: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Fatima has finished, as agreed."""
        photo = await self.house.photo("fatima", "finished")
        body = {"media": [photo], "width_cm": 200, "length_cm": 300, "weight_g": 12_000} | changes
        return await self.verb(self.fatima, order, "made", body)

    async def inspected(self, reference: str = "DEPOSIT", **changes: Any) -> dict[str, Any]:
        """Made, and passed by the head office."""
        order = await self.made(await self.making(reference, **changes))
        return await self.verb(self.khadija, order, "inspect", {"passed": True})

    async def shipped(self, **booking: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Paid in full and booked: the order and its shipment."""
        order = await self.inspected()
        await self.pay(order, order["money"]["due"]["amount"], "BALANCE")
        return await self.shown(order), await self.post(self.khadija, f"/orders/{order['id']}/shipment", parcels() | booking)

    async def shown(self, order: dict[str, Any]) -> dict[str, Any]:
        """The order as Claire sees it now."""
        return dict((await self.claire.get(f"/orders/{order['id']}")).json())

    async def ledger(self, order: dict[str, Any]) -> dict[str, Any]:
        """What the ledger says of the order."""
        return dict((await self.khadija.get(f"/ledger/orders/{order['id']}")).json())


def parcels(count: int = 1) -> dict[str, Any]:
    """A local courier and so many parcels."""
    box = {"length_cm": 90, "width_cm": 40, "height_cm": 40, "weight_g": 12_500}
    return {"carrier": "local", "parcels": [box] * count}

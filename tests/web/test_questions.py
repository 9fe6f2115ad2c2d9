"""Every page asks the database the same number of questions, however much there is to show."""

from __future__ import annotations

from typing import Any

import httpx

from hub.ids import new_id
from models.catalogue import Product, ProductPhoto
from models.people import Person
from models.shipments import CarrierReport
from tests.deals import Deal, parcels, terms, wish
from tests.house import House, statements

MOST = {
    "thread": 14, "a mentor's thread": 14, "events": 14, "inbox": 7, "home": 4, "pieces": 3, "board": 9, "order": 12, "journeys": 8,
    "a journey's thread": 19,
}


async def begun(house: House) -> Deal:
    """Claire and Fatima in a thread of their own, about a piece with a picture."""
    piece = await house.product()
    await ProductPhoto.create(product=piece, media_id=await house.photo("fatima", "product"))
    return await Deal.begun(house, piece)


async def talked(house: House, deal: Deal, many: int) -> None:
    """Pictures with words, each relayed twice; helpers; a wish, and as many versions of the quote as there are rounds."""
    await deal.call("ahmed")
    ahmed = await house.client("ahmed")
    for number in range(many):
        helper = await Person.create(id=new_id(), name=f"Helper {number}", roles=["mentor"], reads=["fr"], speaks=["fr"])
        await deal.post(deal.claire, f"/threads/{deal.thread}/participants", {"person": str(helper.id)})
        body = {"kind": "photo", "media": [await house.photo("claire")], "body": "Bonjour", "lang": "fr"}
        said = await deal.post(deal.claire, f"/threads/{deal.thread}/messages", body)
        for lang in ("zgh", "en"):
            await deal.post(ahmed, f"/threads/{deal.thread}/events/{said['seq']}/translations", {"lang": lang, "text": "Azul"})
    await deal.post(deal.claire, f"/threads/{deal.thread}/quote-requests", wish())


async def negotiated(house: House, deal: Deal, many: int) -> dict[str, Any]:
    quote = await deal.offer(media=[await house.photo("fatima")])
    for number in range(many):
        for side in (deal.claire, deal.fatima):
            who = "claire" if side is deal.claire else "fatima"
            changed = terms(making_days=20 + number, media=[await house.photo(who)])
            quote = await deal.post(side, f"/quotes/{quote['id']}/counter", {"version": quote["version"], "terms": changed})
    return quote


async def made(house: House, many: int) -> dict[str, Any]:
    """An order with so many steps, parcels and scans, delivered and found wrong."""
    deal = await begun(house)
    order = await deal.making(f"D{many}")
    for _ in range(many):
        await deal.verb(deal.fatima, order, "progress", {"step": "dyeing", "media": [await house.photo("fatima", "progress")]})
    order = await deal.verb(deal.khadija, await deal.made(order), "inspect", {"passed": True})
    await deal.pay(order, order["money"]["due"]["amount"], f"B{many}")
    shipment = await deal.post(deal.khadija, f"/orders/{order['id']}/shipment", parcels(many))
    for number in range(many):
        scan = {"status": "in_transit", "place": f"Place {number}"}
        await deal.post(deal.khadija, f"/shipments/{shipment['id']}/checkpoints", scan)
    await deal.post(deal.khadija, f"/shipments/{shipment['id']}/checkpoints", {"status": "delivered"})
    await deal.verb(deal.claire, order, "dispute", {"reason": "trop petit", "media": [await house.photo("claire", "dispute")]})
    return shipment


async def lived_in(house: House, many: int) -> dict[str, tuple[str, str]]:
    """So much of everything; the pages there are, and who opens them."""
    talk, bargain = await begun(house), await begun(house)
    await talked(house, talk, many)
    quote = await negotiated(house, bargain, many)
    shipment = await made(house, many)
    for number in range(many):
        await (await begun(house)).order()
        await CarrierReport.create(
            carrier="generic", event_id=f"{many}/{number}", tracking_number="T", body={}, received_at=quote["versions"][0]["at"]
        )
        await house.token("claire")
    piece = await Product.all().first()
    thread, order = f"/threads/{talk.thread}", f"/orders/{shipment['order']}"
    return {
        "home": ("claire", "/"), "pieces": ("claire", "/products"), "piece": ("claire", f"/products/{piece.id}"),
        "artisan": ("claire", f"/artisans/{house.folk['fatima'].id}"), "inbox": ("fatima", "/threads"), "thread": ("fatima", thread),
        "a mentor's inbox": ("ahmed", "/threads"), "a mentor's thread": ("ahmed", thread), "events": ("claire", f"{thread}/events?after=0"),
        "earlier": ("claire", f"{thread}/events?before=9"), "deal": ("claire", f"{thread}/deal"),
        "bargain": ("claire", f"/threads/{bargain.thread}"), "mentors": ("claire", f"/mentors?thread={bargain.thread}"),
        "quote": ("claire", f"/quotes/{quote['id']}"), "order": ("claire", order), "order's card": ("fatima", f"{order}/card"),
        "ledger": ("khadija", f"/ledger{order}"), "shipment": ("fatima", f"/shipments/{shipment['id']}"),
        "courier": ("nobody", f"/c/{(await courier(house, shipment))}"), "board": ("khadija", "/board"),
        "journeys": ("khadija", "/board/journeys"),
        "a journey's thread": ("claire", await journey(house, many)), "me": ("claire", "/me"),
    }  # fmt: skip


async def journey(house: House, many: int) -> str:
    """A conversation about so many scans of so many shipments, and what nobody knows beside them."""
    deal = await begun(house)
    order = await deal.verb(deal.khadija, await deal.made(await deal.making(f"J{many}")), "inspect", {"passed": True})
    await deal.pay(order, order["money"]["due"]["amount"], f"K{many}")
    for number in range(many):
        sent = await deal.post(deal.khadija, f"/orders/{order['id']}/shipment", parcels(many) | {"further": True})
        for status in ("picked_up", "on_hold"):
            await deal.post(deal.khadija, f"/shipments/{sent['id']}/checkpoints", {"status": status, "place": f"Place {number}"})
    return f"/threads/{deal.thread}"


async def courier(house: House, shipment: dict[str, Any]) -> str:
    shown = (await (await house.client("khadija")).get(f"/shipments/{shipment['id']}")).json()
    return str(shown["courier_link"]).rpartition("/")[2]


async def test_no_page_asks_more_questions_because_there_is_more_to_show(house: House) -> None:
    folk = {key: await house.client(key) for key in ("claire", "fatima", "ahmed", "khadija")} | {"nobody": await house.client()}
    few = await lived_in(house, 1)
    asked = await statements()

    async def questions(pages: dict[str, tuple[str, str]]) -> dict[tuple[str, str], int]:
        counts = {}
        for name, (who, path) in pages.items():
            for accept in ("application/json", "text/html"):
                asked.clear()
                answer: httpx.Response = await folk[who].get(path, headers={"Accept": accept})
                assert answer.status_code == 200, (name, answer.text)
                counts[name, accept] = len(asked)
        return counts

    await questions(few)  # what is asked once, and remembered
    before = await questions(few)
    many = await lived_in(house, 4)
    assert await questions(many) == before
    assert await questions(few) == before
    assert min(before.values()) > 0
    for name, most in MOST.items():
        assert before[name, "text/html"] <= most, (name, before)

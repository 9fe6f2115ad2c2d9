"""What a deal makes move on other people's screens: the event, the card, the order, the board, the courier."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from hub import clock
from hub.actions.tracking import polls, reports
from hub.ids import new_id
from hub.rules.shipments import REPORT_TRIES
from models.ledger import ProviderEvent
from models.shipments import CarrierReport
from tests.deals import Deal, refused
from tests.house import House
from tests.realtime.browser import Browser, closing
from workers import tracking


async def test_every_screen_is_told(house: House) -> None:
    deal = await Deal.begun(house)
    thread = UUID(deal.thread)
    fatima, khadija = [await Browser.open(house.config.port, await house.token(key)) for key in ("fatima", "khadija")]
    async with closing(fatima, khadija):
        await fatima.hello({thread: 0})
        await khadija.hello()
        order = await deal.order()
        await fatima.until("event", kind="quote.accepted")
        await fatima.until("hint", topic=f"card:{order['quote']}")
        await fatima.until("hint", topic=f"order:{order['id']}")
        await khadija.until("hint", topic=f"order:{order['id']}")
        await khadija.until("hint", topic="board")
        assert khadija.of("event") == []
        before = [len(one.of("hint", topic="money")) for one in (fatima, khadija)]
        await deal.pay(order, order["money"]["deposit"]["amount"], "DEPOSIT")
        for one, seen in zip((fatima, khadija), before, strict=True):
            await one.until("hint", topic="money", count=seen + 1)  # her advance, and the books


async def test_the_head_offices_money_page_is_told_of_all_that_it_shows(house: House) -> None:
    deal, other = await Deal.begun(house), await Deal.begun(house, buyer="ellen")
    await deal.making()
    fatima, khadija = [await Browser.open(house.config.port, await house.token(key)) for key in ("fatima", "khadija")]
    async with closing(fatima, khadija):
        await fatima.hello()
        await khadija.hello()

        async def told(path: str, body: dict[str, Any], *who: Browser) -> None:
            before = [len(one.of("hint", topic="money")) for one in who]
            await deal.post(deal.khadija, path, body)
            for one, seen in zip(who, before, strict=True):
                await one.until("hint", topic="money", count=seen + 1)

        await told("/ledger/rates", {"currency": "EUR", "rate": "10.8"}, khadija)
        await told("/ledger/exchange", {"currency": "EUR", "rate": "10.8"}, khadija, fatima)
        event = await ProviderEvent.create(
            id=new_id(), provider="stripe", event="e1", verdict="unknown_order", named="", reference="pi", amount=5, currency="EUR",
            at=clock.now(),
        )  # fmt: skip
        await told(f"/ledger/events/{event.id}/settle", {"note": "given back"}, khadija)
        refused(await deal.khadija.post(f"/ledger/events/{event.id}/settle", json={"note": "kept"}), 409, "event_settled")
        assert (await deal.post(deal.khadija, f"/ledger/events/{event.id}/settle", {"note": "given back"}))["settled"]  # the same tap again
        assert (await ProviderEvent.get(id=event.id)).note == "given back" and other.thread != deal.thread


async def test_the_courier_is_seen_live(house: House) -> None:
    deal = await Deal.begun(house)
    _, shipment = await deal.shipped()
    courier, url = await house.client(), f"/c/{shipment['courier_link'].rpartition('/')[2]}"
    claire, ellen = [await Browser.open(house.config.port, await house.token(key)) for key in ("claire", "ellen")]
    async with closing(claire, ellen):
        await claire.hello({UUID(deal.thread): 0})
        await ellen.hello()
        await courier.post(f"{url}/checkpoints", json={"status": "picked_up", "location": "Azilal"})
        event = await claire.until("event", kind="shipment.checkpoint", within=1)
        assert (event["by"], event["data"]["place"]) == (None, "Azilal")
        await courier.post(f"{url}/position", json={"lat": 31.96, "lon": -6.57, "accuracy_m": 12})
        position = await claire.until("position", shipment=shipment["id"])
        assert (position["lat"], position["lon"], position["accuracy_m"]) == (31.96, -6.57, 12.0)
        assert ellen.of("event", "position", "hint") == []


async def test_a_parcels_card_and_the_board_are_told_of_every_scan_and_of_silence(house: House) -> None:
    deal = await Deal.begun(house)
    _, shipment = await deal.shipped()
    claire, khadija = [await Browser.open(house.config.port, await house.token(key)) for key in ("claire", "khadija")]
    async with closing(claire, khadija):
        await claire.hello({UUID(deal.thread): 0})
        await khadija.hello()
        await deal.post(deal.khadija, f"/shipments/{shipment['id']}/checkpoints", {"status": "delivery_failed"})
        await claire.until("hint", topic=f"card:{shipment['id']}", within=1)
        await khadija.until("hint", topic=f"card:{shipment['id']}", within=1)
        await khadija.until("hint", topic="board", within=1)
        await deal.post(deal.khadija, f"/shipments/{shipment['id']}/checkpoints", {"status": "in_transit"})
        await khadija.until("hint", topic="board", count=2, within=1)
        seen = len(khadija.of("hint", topic="board"))
        with clock.shifted(timedelta(days=5, minutes=1)):
            assert await tracking.look_at_parcels({}) == 1
            await khadija.until("hint", topic="board", count=seen + 1, within=1)
            assert await tracking.look_at_parcels({}) == 0
        await polls._rests(polls.ASKER, "local", clock.now())
        await khadija.until("hint", topic="board", count=seen + 2, within=1)
        assert claire.of("hint", topic="board") == []


async def test_the_board_is_told_of_a_report_that_nobody_tries_any_more(house: House) -> None:
    deal = await Deal.begun(house)
    await deal.shipped(tracking_number="T1")
    kept = await reports.keep("generic", reports.Report("e1", "T1", []), "{}")
    await CarrierReport.filter(id=kept).update(scans=[{"not": "a scan"}], tries=REPORT_TRIES - 2)
    khadija = await Browser.open(house.config.port, await house.token("khadija"))
    async with closing(khadija):
        await khadija.hello()
        with clock.shifted(timedelta(minutes=1)):
            assert await tracking.take_reports({}) == 0
            assert khadija.of("hint", topic="board") == []
            assert await tracking.take_reports({}) == 0
            await khadija.until("hint", topic="board", within=1)
            assert await reports.waiting() == []

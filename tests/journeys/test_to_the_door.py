"""From the valley to the door: told late, twice, contradictorily and by three sides; the buyer's open page is right after each."""

from __future__ import annotations

import hmac
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import httpx
import pytest
from playwright.async_api import expect

from hub import clock
from hub.actions.tracking import polls
from hub.config import config, use
from models.shipments import Checkpoint, Shipment
from tests.deals import Deal
from tests.dhl_peer import Dhl, dhl, line
from tests.house import House
from tests.journeys.people import LIVE_MS, PATIENCE_MS, Someone, without_reload
from tests.journeys.valley import KEPT
from tests.realtime.conftest import another_node

pytestmark = pytest.mark.timeout(120)
SECRET, NUMBER = "shared with the carrier", "D-4408112639"
STEPS = ".shipment .stage-line > li b"
BOOKED = "Un transporteur est réservé"


@pytest.fixture
async def peer(house: House) -> AsyncIterator[Dhl]:
    """The carrier: it can be asked, and calls by itself."""
    async with dhl() as found:
        use(replace(config(), carriers=json.dumps({"dhl": line(found.url)}), carrier_secrets={"dhl": SECRET}))
        yield found


@pytest.fixture(params=["one node", "two nodes"])
async def elsewhere(request: pytest.FixtureRequest, house: House) -> AsyncIterator[str]:
    """Where the courier's phone reaches the hub: the buyer's node, or another one on the same bus."""
    if request.param == "one node":
        yield house.base
        return
    async with another_node(house.config) as port:
        yield f"http://127.0.0.1:{port}"


async def calls(house: House, at: datetime, status: str, place: str, event: str) -> int:
    """The carrier reports a scan; how many were new."""
    scan = {"at": clock.iso(at), "status": status, "place": place}
    raw = json.dumps({"event_id": event, "tracking_number": NUMBER, "checkpoints": [scan]}).encode()
    stamp = str(int(time.time()))
    signature = hmac.digest(SECRET.encode(), stamp.encode() + b"." + raw, "sha256").hex()
    headers = {"Anou-Signature": f"t={stamp},v1={signature}", "Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=house.base, verify=False) as carrier:
        answer = await carrier.post("/hooks/carriers/dhl", content=raw, headers=headers)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["stored"])


async def is_asked(peer: Dhl, at: datetime, code: str, place: str) -> None:
    """The worker asks the carrier, who tells of one more scan."""
    peer.scanned(NUMBER, at, code, place)
    await Shipment.filter(tracking_number=NUMBER).update(poll_at=clock.now())
    assert await polls.ask("dhl") == 1


async def reads_steps(buyer: Someone, *steps: str) -> float:
    """The journey on their open page is these steps, newest first; the seconds until it was."""
    begun = time.monotonic()
    await expect(buyer.page.locator(STEPS), f"what {buyer.name} reads").to_have_text([*steps, BOOKED], timeout=LIVE_MS)
    return time.monotonic() - begun


async def opens(courier: Someone, elsewhere: str, shipment: dict[str, Any]) -> None:
    """They scan the label where there is still a network: the page is kept, and keeps what is tapped."""
    path = "/c/" + str(shipment["courier_link"]).rpartition("/")[2]
    await courier.goes(elsewhere + path)
    await courier.page.locator("courier-steps:defined").wait_for()
    assert await courier.page.evaluate(KEPT, path), "the page was not kept"


async def signs(courier: Someone) -> None:
    """With a finger."""
    pad = courier.page.locator("signature-pad canvas")
    await pad.scroll_into_view_if_needed()
    box: Any = await pad.bounding_box()
    mouse = courier.page.mouse
    await mouse.move(box["x"] + 30, box["y"] + 60)
    await mouse.down()
    for step in range(12):
        await mouse.move(box["x"] + 30 + step * 15, box["y"] + 60 + (25 if step % 2 else -25))
    await mouse.up()


async def test_to_the_door(house: House, peer: Dhl, elsewhere: str, claire: Someone, courier: Someone) -> None:
    deal = await Deal.begun(house)
    order, shipment = await deal.shipped(carrier="dhl", tracking_number=NUMBER)
    await claire.goes(f"/orders/{order['id']}")
    await claire.is_live()
    await opens(courier, elsewhere, shipment)
    waits = []
    async with without_reload(claire):
        # the courier collects it where there is no network, and drives
        await courier.context.set_offline(True)
        await courier.taps("Ramassé")
        await courier.taps("En route")
        left = clock.now()

        # meanwhile the carrier has scanned it further on, and says so twice
        seen = left + timedelta(seconds=1)
        assert await calls(house, seen, "in_transit", "Casablanca", "e1") == 1
        waits.append(await reads_steps(claire, "En route"))
        assert await calls(house, seen, "in_transit", "Casablanca", "e1") == 0
        assert await calls(house, seen, "in_transit", "Casablanca", "e2") == 0, "the same scan under another name"

        # back in the network: what is older comes later, and stands where it belongs
        await courier.context.set_offline(False)
        waits.append(await reads_steps(claire, "En route", "En route", "Ramassé"))

        # the carrier, when asked, says that it stands still in another place: that was before
        await is_asked(peer, clock.now() - timedelta(days=1), "failure", "Tanger")
        waits.append(await reads_steps(claire, "En route", "En route", "Ramassé", "Livraison manquée"))
        await expect(claire.page.locator(".shipment").first).to_have_attribute("data-status", "in_transit")

        # and at the door
        await courier.writes("Qui l’a pris ?", "Claire Vasseur")
        await signs(courier)
        await courier.taps("Oui, livré")
        waits.append(await reads_steps(claire, "Livré", "En route", "En route", "Ramassé", "Livraison manquée"))
        await claire.sees("Reçu par Claire Vasseur")
        await claire.sees_photo(".shipment-proof")

        # whoever still has it on the way afterwards does not take it back
        assert await calls(house, clock.now(), "in_transit", "Casablanca", "e3") == 1
        await expect(claire.page.locator(STEPS)).to_have_count(7, timeout=PATIENCE_MS)
        await expect(claire.page.locator(".shipment").first).to_have_attribute("data-status", "delivered")
    stored = await Checkpoint.filter(shipment_id=shipment["id"]).order_by("at").values_list("source", "status")
    assert Counter(source for source, _ in stored) == {"carrier_hook": 2, "carrier_poll": 1, "courier_link": 3}
    assert median(waits) < 1, waits

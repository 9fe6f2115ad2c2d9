"""The same tap again, after a purchase has ended: what is said is what became of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hub.rules.labels import Label
from models.shipments import CarrierLabel
from tests.deals import Deal, refused
from tests.house import House
from tests.mydhl_peer import MyDhl, fault, line, mydhl
from tests.web.test_labels import booking, paid
from tests.workers.test_polls import closed, configured

SAME = {"Idempotency-Key": "tap"}


@pytest.fixture
async def peer() -> AsyncIterator[MyDhl]:
    async with mydhl() as found:
        yield found


async def test_one_that_a_steward_called_off_was_not_declined_by_the_carrier(house: House, peer: MyDhl) -> None:
    configured(dhl=line(peer.url))
    deal = await Deal.begun(house)
    url, peer.answer = await paid(deal), (200, b"garbage")
    refused(await deal.khadija.post(f"{url}/shipment", json=booking(), headers=SAME), 409, "label_unsure")
    label = await CarrierLabel.get()
    await deal.post(deal.khadija, f"/labels/{label.id}/call-off", {"note": "Rien chez DHL, Rachid a appelé"})
    error = refused(await deal.khadija.post(f"{url}/shipment", json=booking(), headers=SAME), 409, "label_ended")
    assert "fields" not in error and "Rachid" not in str(error)


@pytest.mark.parametrize("code", ["carrier_silent", "carrier_declined"])
async def test_a_carrier_that_was_not_reached_did_not_say_no(house: House, peer: MyDhl, code: str) -> None:
    configured(dhl=line(closed() if code == "carrier_silent" else peer.url))
    deal = await Deal.begun(house)
    url, peer.answer = await paid(deal), fault(400, "Bad request", "No such postal code")
    first, second = [refused(await deal.khadija.post(f"{url}/shipment", json=booking(), headers=SAME), 409, code) for _ in range(2)]
    assert first == second and (await CarrierLabel.get()).state == Label.REFUSED

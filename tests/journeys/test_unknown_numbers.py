"""Whoever says which parcel a number belongs to isn't disturbed by the next report."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from playwright.async_api import expect

from hub import clock
from hub.actions.tracking import reports
from hub.actions.tracking.reports import Report
from hub.rules.shipments import Scan, Source, Status
from tests.deals import Deal
from tests.house import House
from tests.journeys.people import Someone, without_reload
from workers.clock import CLOCK

Opens = Callable[..., Awaitable[list[Someone]]]


async def reported(number: str) -> None:
    """A carrier speaks of a number that nobody knows."""
    scan = Scan(Status.IN_TRANSIT, Source.CARRIER_HOOK, at=clock.now() - timedelta(hours=1), place="Casablanca")
    kept = await reports.keep("generic", Report(number, number, [scan]), "{}")
    assert kept is not None
    await reports.take(CLOCK, kept)


async def test_the_chooser_that_is_open_stays_that_of_its_number(house: House, opens: Opens) -> None:
    deal = await Deal.begun(house)
    _, shipment = await deal.shipped()
    await reported("BB1")
    [khadija] = await opens("/board/journeys", "khadija")
    numbers = khadija.page.locator("#unmatched li")
    async with without_reload(khadija):
        await khadija.taps("Quel colis est-ce ?")
        for before, after in (("AA1", "CC1"), ("AA2", "CC2")):  # whichever way they are sorted, some stand before it
            await reported(before)
            await reported(after)
        await expect(numbers).to_have_count(5)
        await expect(khadija.page.locator("#unmatched details[open]")).to_have_count(1)
        await expect(numbers.filter(has_text="BB1").locator("details")).to_have_attribute("open", "")
        await khadija.touch(numbers.filter(has_text="BB1").locator(f'form[action="/shipments/{shipment["id"]}/number"] button'))
        await expect(numbers).to_have_count(4)
    shown = (await deal.khadija.get(f"/shipments/{shipment['id']}")).json()
    assert shown["tracking_number"] == "BB1"

"""What the stewards' board counts: numbers and not reports, silence that nobody can explain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub import clock
from hub.actions.tracking import reports
from hub.actions.tracking.reports import Report
from hub.rules.shipments import STALE_AFTER, Scan, Source, Status
from tests.deals import Deal
from tests.house import House
from workers.clock import CLOCK


@pytest.fixture
async def deal(house: House) -> Deal:
    return await Deal.begun(house)


async def board(deal: Deal) -> dict[str, Any]:
    return dict((await deal.khadija.get("/board")).json())


async def test_a_number_that_is_reported_on_often_is_one_number(deal: Deal) -> None:
    reported = [("dhl", "X1")] * 3 + [("aramex", "X1"), ("dhl", "X2")]
    for event, (carrier, number) in enumerate(reported):
        report = Report(f"e{event}", number, [Scan(Status.IN_TRANSIT, Source.CARRIER_HOOK, clock.now())])
        kept = await reports.keep(carrier, report, "{}")
        assert kept
        await reports.take(CLOCK, kept)
    shown = (await board(deal))["unmatched"]
    assert [(one["carrier"], one["tracking_number"]) for one in shown] == [("dhl", "X2"), ("aramex", "X1"), ("dhl", "X1")]
    page = await deal.khadija.get("/board", headers={"Accept": "text/html"})
    assert '<span class="badge wait">' in page.text
    assert page.text.split('<span class="badge wait">')[1].split("</span>")[0].endswith("3 numéros inconnus"), "not a number alone"
    listed = (await deal.khadija.get("/board/journeys")).json()["unmatched"]
    assert [one["received_at"] for one in listed] == [one["received_at"] for one in shown]


async def test_who_waits_for_papers_is_not_silent(deal: Deal) -> None:
    _, shipment = await deal.shipped()
    papers = f"/shipments/{shipment['id']}/papers"
    with clock.shifted(STALE_AFTER + timedelta(minutes=1)):
        assert (await board(deal))["stale"] == [shipment["id"]]
        await deal.post(deal.khadija, papers, {"reason": "export_papers_origin"})
    with clock.shifted(2 * STALE_AFTER + timedelta(minutes=2)):
        assert (await board(deal))["stale"] == []
        await deal.post(deal.khadija, papers, {"ready": True})
    with clock.shifted(3 * STALE_AFTER + timedelta(minutes=3)):
        assert (await board(deal))["stale"] == [shipment["id"]]

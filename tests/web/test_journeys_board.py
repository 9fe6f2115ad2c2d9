"""Everything on the way, on the stewards' board: sorted by trouble, with what to do about numbers that belong to nothing."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from tortoise import connections

from hub import clock
from hub.actions.tracking import reports, watch
from hub.actions.tracking.reports import Report
from hub.config import config, use
from hub.rules.sending import VILLAGE
from hub.rules.shipments import REPORT_TRIES, Scan, Source, Status
from hub.rules.trouble import Trouble
from hub.views import on_the_way
from models.shipments import CarrierReport, CarrierRest, Shipment
from tests.deals import Deal, parcels, refused
from tests.house import House, statements
from workers import tracking
from workers.clock import CLOCK, each


class OneOfMany(Deal):
    """A deal beside others: a bank's reference counts once."""

    async def pay(self, order: dict[str, Any], amount: int, reference: str) -> dict[str, Any]:
        return await super().pay(order, amount, f"{reference} {order['id']}")


@pytest.fixture
async def deal(house: House) -> Deal:
    use(replace(config(), carrier_secrets={"generic": "a secret"}))
    return await OneOfMany.begun(house)


async def board(deal: Deal, query: str = "") -> dict[str, Any]:
    answer = await deal.khadija.get(f"/board/journeys{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def troubles(deal: Deal) -> list[tuple[str, str | None]]:
    return [(one["id"], (one["trouble"] or {}).get("kind")) for one in (await board(deal))["journeys"]]


async def says(deal: Deal, shipment: dict[str, Any], status: str, **more: Any) -> None:
    await deal.post(deal.khadija, f"/shipments/{shipment['id']}/checkpoints", {"status": status} | more)


async def test_the_worst_stands_first_and_what_has_arrived_stands_there_no_more(deal: Deal) -> None:
    order, fine = await deal.shipped()
    url, more = f"/orders/{order['id']}/shipment", parcels() | {"further": True}
    failed, lost, waits, gone = [await deal.post(deal.khadija, url, more) for _ in range(4)]
    await says(deal, fine, "in_transit", place="Tanger")
    await says(deal, failed, "delivery_failed", reason="consignee_not_home")
    await says(deal, lost, "on_hold", reason="carrier_parcel_lost")
    await says(deal, waits, "on_hold", reason="customs_documentation")
    await says(deal, gone, "cancelled")
    assert await troubles(deal) == [(lost["id"], "lost"), (failed["id"], "failed"), (waits["id"], "customs"), (fine["id"], None)]
    first, *_, last = (await board(deal))["journeys"]
    assert first["trouble"] == {"kind": "lost", "rank": 10, "label": "Perdu"} and first["why"] == "Le colis est perdu"
    assert last["place"] == "Tanger" and last["to"] == {"city": "Lyon", "country": "FR"} and last["from"]["city"] == "Azilal"
    assert (await deal.khadija.get("/board")).json()["troubled"] == 3
    page = (await deal.khadija.get("/board/journeys", headers={"Accept": "text/html"})).text
    assert page.index("Perdu") < page.index("Pas remis") < page.index("À la douane") < page.index("Tanger")


async def test_silence_raises_itself_once_by_the_clock(deal: Deal) -> None:
    _, shipment = await deal.shipped()
    await says(deal, shipment, "in_transit")
    assert await watch.waiting() == []
    with clock.shifted(timedelta(days=5, minutes=1)):
        assert [str(one) for one in await watch.waiting()] == [shipment["id"]]
        assert await troubles(deal) == [(shipment["id"], None)]
        assert await tracking.look_at_parcels({}) == 1
        assert await troubles(deal) == [(shipment["id"], "silent")]
        assert await tracking.look_at_parcels({}) == 0
        await says(deal, shipment, "in_transit", place="Lyon")
        assert await troubles(deal) == [(shipment["id"], None)]


async def test_a_parcel_from_before_there_was_a_watch_is_looked_at(deal: Deal) -> None:
    _, shipment = await deal.shipped()
    await Shipment.filter(id=shipment["id"]).update(status="delivery_failed", look_at=clock.now() - timedelta(days=1))
    assert await each(await watch.waiting(), watch.look) == 1
    assert (await Shipment.get(id=shipment["id"])).trouble == Trouble.FAILED


async def test_a_page_follows_the_other(deal: Deal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.views.on_the_way.PAGE", 2)
    order, first = await deal.shipped()
    url, more = f"/orders/{order['id']}/shipment", parcels() | {"further": True}
    all_of_them = [first] + [await deal.post(deal.khadija, url, more) for _ in range(4)]
    await says(deal, all_of_them[3], "delivery_delayed")
    seen, after = [], ""
    while True:
        found = await board(deal, after)
        seen += [one["id"] for one in found["journeys"]]
        if found["next"] is None:
            break
        after = str(httpx.URL("", params={"after": found["next"]}))
    assert seen[0] == all_of_them[3]["id"] and sorted(seen) == sorted(one["id"] for one in all_of_them) and len(set(seen)) == 5
    for bad in ("x", "1_2_3", f"10_yesterday_{first['id']}", f"-1_2026-01-01T00:00:00+00:00_{first['id']}", "99_2026-01-01_x"):
        refused(await deal.khadija.get("/board/journeys", params={"after": bad}), 400, "bad_request")


async def test_only_stewards_look(deal: Deal) -> None:
    _, shipment = await deal.shipped()
    for client in (deal.claire, deal.fatima):
        refused(await client.get("/board/journeys"), 403, "not_allowed")
        refused(await client.post("/board/reports/1/again"), 403, "not_allowed")
        refused(await client.post(f"/shipments/{shipment['id']}/number", json={"tracking_number": "T1"}), 403, "not_allowed")
        refused(await client.post(f"/shipments/{shipment['id']}/checkpoints", json={"status": "delivered"}), 403, "not_allowed")


async def reported(number: str, event: str = "e1", place: str = "Casablanca", carrier: str = "generic") -> int:
    """A carrier speaks of a number; the report is worked on at once."""
    scan = Scan(Status.IN_TRANSIT, Source.CARRIER_HOOK, at=clock.now() - timedelta(hours=1), place=place)
    kept = await reports.keep(carrier, Report(event, number, [scan]), "{}")
    assert kept is not None
    await reports.take(CLOCK, kept)
    return kept


async def test_what_was_reported_before_the_booking_comes_along_with_it(deal: Deal) -> None:
    for event, place in (("e1", "Casablanca"), ("e2", "Roissy")):
        await reported("TRACK 1", event, place)
    await reported("TRACK1", "e3", "Elsewhere", carrier="aramex")  # another carrier's own number
    assert {(one["tracking_number"], one["carrier"], one["times"]) for one in (await board(deal))["unmatched"]} == {
        ("TRACK1", "generic", 2), ("TRACK1", "aramex", 1),
    }
    _, shipment = await deal.shipped(tracking_number="track 1")
    with clock.shifted(timedelta(minutes=1)):  # the wake-up was lost: the clock finds them
        assert await tracking.take_reports({}) == 2
    scans = (await deal.claire.get(f"/shipments/{shipment['id']}")).json()["checkpoints"]
    assert {one["place"] for one in scans} == {"Casablanca", "Roissy"}
    assert [one["carrier"] for one in (await board(deal))["unmatched"]] == ["aramex"]


async def test_a_steward_says_which_parcel_a_number_belongs_to(deal: Deal) -> None:
    _, shipment = await deal.shipped()
    await reported("T77")
    found = await board(deal)
    assert [one["id"] for one in found["unnumbered"]] == [shipment["id"]]
    page = (await deal.khadija.get("/board/journeys", headers={"Accept": "text/html"})).text
    assert f'action="/shipments/{shipment["id"]}/number"' in page and 'value="T77"' in page
    assert "Envoi 1 sur" not in page, "there is no other"
    second = await deal.post(deal.khadija, f"/orders/{shipment['order']}/shipment", parcels() | {"further": True})
    assert [(one["nth"], one["many"], one["to"]["city"]) for one in (await board(deal))["unnumbered"]] == [(2, 2, "Lyon"), (1, 2, "Lyon")]
    page = (await deal.khadija.get("/board/journeys", headers={"Accept": "text/html"})).text
    for number, one in enumerate((shipment, second), 1):
        button = page.split(f'action="/shipments/{one["id"]}/number"')[1].split("</form>")[0]
        assert f"Envoi {number} sur 2" in button and "Lyon" in button and "Transporteur local" in button
    await deal.post(deal.khadija, f"/shipments/{second['id']}/checkpoints", {"status": "cancelled"})
    url = f"/shipments/{shipment['id']}/number"
    refused(await deal.khadija.post(url, json={"tracking_number": "RR473124828GB"}), 400, "bad_tracking_number")
    refused(await deal.khadija.post(url, json={}), 400, "bad_form")
    assert (await deal.post(deal.khadija, url, {"tracking_number": " t77 "}))["tracking_number"] == "T77"
    with clock.shifted(timedelta(minutes=1)):
        assert await tracking.take_reports({}) == 1
    found = await board(deal)
    assert found["unmatched"] == found["unnumbered"] == []
    assert found["journeys"][0]["place"] == "Casablanca"
    await says(deal, shipment, "delivered")
    refused(await deal.khadija.post(url, json={"tracking_number": "T78"}), 409, "moved")


async def test_a_number_is_given_once(deal: Deal) -> None:
    order, first = await deal.shipped(tracking_number="T1")
    second = await deal.post(deal.khadija, f"/orders/{order['id']}/shipment", parcels() | {"further": True})
    refused(await deal.khadija.post(f"/shipments/{second['id']}/number", json={"tracking_number": "T1"}), 409, "number_used")
    assert (await Shipment.get(id=second["id"])).tracking_number is None
    assert first["tracking_number"] == "T1"


async def test_a_report_that_failed_too_often_is_tried_again_by_hand(deal: Deal) -> None:
    _, shipment = await deal.shipped(tracking_number="T5")
    kept = await reports.keep("generic", Report("e9", "T5", [Scan(Status.IN_TRANSIT, Source.CARRIER_HOOK, place="Roissy")]), "{}")
    await CarrierReport.filter(id=kept).update(tries=REPORT_TRIES)
    assert [one["id"] for one in (await board(deal))["failed"]] == [kept]
    with clock.shifted(timedelta(minutes=1)):
        assert await reports.waiting() == []
        assert (await deal.khadija.post(f"/board/reports/{kept}/again")).status_code == 200
        assert await tracking.take_reports({}) == 1
    assert (await board(deal))["failed"] == []
    assert (await deal.claire.get(f"/shipments/{shipment['id']}")).json()["checkpoints"][0]["place"] == "Roissy"
    for gone in (str(kept), "x", "9" * 30):
        refused(await deal.khadija.post(f"/board/reports/{gone}/again"), 404, "not_found")


async def test_a_carrier_that_does_not_answer_is_said_for_all_its_parcels(deal: Deal) -> None:
    _, shipment = await deal.shipped(tracking_number="T6")
    await CarrierRest.create(carrier="local", faults=5, until=clock.now() + timedelta(minutes=5))
    found = await board(deal)
    assert [(one["carrier"], one["parcels"]) for one in found["resting"]] == [("local", 1)]
    assert found["journeys"][0]["id"] == shipment["id"] and found["journeys"][0]["carrier_rests"]
    page = (await deal.khadija.get("/board/journeys", headers={"Accept": "text/html"})).text
    assert "ne répond pas" in page


async def test_a_steward_corrects_by_a_form_with_the_clock_of_the_village(deal: Deal) -> None:
    _, shipment = await deal.shipped()
    page = await deal.khadija.get(f"/shipments/{shipment['id']}", headers={"Accept": "text/html"})
    assert 'name="at_home"' in page.text and "carrier_parcel_lost" in page.text
    assert 'name="at_home"' not in (await deal.claire.get(f"/shipments/{shipment['id']}", headers={"Accept": "text/html"})).text
    home = (clock.now() - timedelta(hours=3)).astimezone(VILLAGE).replace(tzinfo=None, microsecond=0, second=0)
    form = {"status": "on_hold", "reason": "customs_duties_unpaid", "place": "Roissy", "note": "", "at_home": home.isoformat()}
    url = f"/shipments/{shipment['id']}/checkpoints"
    answer = await deal.khadija.post(url, data=form)
    assert answer.status_code == 201, answer.text
    [scan] = answer.json()["checkpoints"]
    assert clock.parse(scan["at"]) == home.replace(tzinfo=VILLAGE)
    assert (scan["reason"], scan["why"]) == ("customs_duties_unpaid", "La douane attend que les droits soient payés")
    answer = await deal.khadija.post(url, data=form | {"at_home": "yesterday"})
    assert refused(answer, 400, "bad_form")["fields"].keys() == {"at_home"}
    answer = await deal.khadija.post(url, data=form | {"at_home": (home + timedelta(days=2)).isoformat()})
    error = refused(answer, 400, "bad_form")
    assert (error["fields"], error["words"]) == ({"at_home": "in_the_future"}, {"at_home": "n’a pas encore eu lieu"}), "by the form's name"
    answer = await deal.khadija.post(url, json={"status": "on_hold", "at": (clock.now() + timedelta(days=2)).isoformat()})
    assert refused(answer, 400, "bad_form")["fields"] == {"at": "in_the_future"}, "as a program calls it"


_MANY = """
INSERT INTO shipment (id, order_id, carrier, tracking_number, status, living, booked_by_id, booked_at, heard_at, trouble, look_at)
SELECT gen_random_uuid(), s.order_id, 'local', 'N' || n, 'in_transit', n % 5 > 0, s.booked_by_id, s.booked_at - n * interval '1 minute',
    s.heard_at - n * interval '1 minute', CASE WHEN n % 20 = 1 THEN 10 + 10 * (n % 7) ELSE 99 END, s.heard_at + n * interval '1 minute'
FROM shipment s, generate_series(1, 50000) AS n
"""


async def test_fifty_thousand_parcels_are_not_read_to_show_fifty(deal: Deal) -> None:
    await deal.shipped()
    database = connections.get("default")
    await database.execute_query_dict(_MANY)
    await database.execute_script("ANALYZE shipment")
    asked = await statements()
    found = await board(deal)
    assert found["next"] and found["troubled"] == 1_000 and len(found["journeys"]) == 50
    ranks = [one["trouble"]["rank"] for one in found["journeys"]]
    assert ranks == sorted(ranks) and ranks[0] == 10
    assert len([query for query in asked if "FROM" in query]) <= 10
    for index, query, values in (
        ("shipment_board", on_the_way._JOURNEYS, [*on_the_way.FIRST, 51]), ("shipment_board", on_the_way._TROUBLED, [99, 1_000]),
        ("shipment_watched", watch._DUE, [clock.now(), 500]), ("shipment_unnumbered", on_the_way._UNNUMBERED, [20, 20]),
    ):
        [plan] = await database.execute_query_dict(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", values)
        told = plan["QUERY PLAN"]
        [whole] = told if isinstance(told, list) else json.loads(told)
        assert index in json.dumps(whole) and "Seq Scan on shipment" not in json.dumps(whole), (query, whole)
        assert whole["Execution Time"] < 50


async def test_whoever_books_a_number_while_it_is_reported_hears_of_it(deal: Deal) -> None:
    order, _ = await deal.shipped()
    url = f"/orders/{order['id']}/shipment"
    for round_ in range(5):
        number = f"RACE{round_}"
        booking = deal.khadija.post(url, json=parcels() | {"further": True, "tracking_number": number})
        booked, *_ = await asyncio.gather(booking, *(reported(number, f"{round_}/{event}", f"Place {event}") for event in range(4)))
        with clock.shifted(timedelta(minutes=1)):
            await tracking.take_reports({})
        scans = (await deal.claire.get(f"/shipments/{booked.json()['id']}")).json()["checkpoints"]
        assert len(scans) == 4, (round_, scans)
    assert (await board(deal))["unmatched"] == []

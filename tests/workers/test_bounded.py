"""What would grow for ever does not, and what looks for the few does not walk over the many."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from tortoise import connections

from hub import clock
from hub.actions import house as keeping
from hub.actions import passports, shipments
from hub.actions.tracking import reports
from hub.actions.tracking.reports import Report
from hub.rules import passports as rules
from hub.rules.shipments import Scan, Source, Status
from models.orders import Order
from models.shipments import CarrierReport
from tests.deals import Deal
from tests.house import House
from workers.clock import CLOCK
from workers.house import forget_reports
from workers.passports import issue_passports

MANY = 20_000
# Orders like one that is there: each with a quote of its own, as the table wants it.
LIKE = """
WITH one AS (SELECT * FROM orders LIMIT 1), quotes AS (
    INSERT INTO quote SELECT made.* FROM quote q JOIN one ON q.id = one.quote_id, generate_series(1, $1) AS number,
        jsonb_populate_record(NULL::quote, to_jsonb(q) || jsonb_build_object('id', md5(number::text)::uuid)) AS made RETURNING id
)
INSERT INTO orders SELECT made.* FROM one, quotes,
    jsonb_populate_record(NULL::orders, to_jsonb(one) || jsonb_build_object('id', quotes.id, 'quote_id', quotes.id)) AS made
"""
# As many pictures of messages in one thread.
PHOTOS = """
WITH shown AS (
    INSERT INTO media (id, purpose, width, height, sha256, created_at)
    SELECT gen_random_uuid(), 'message', 1, 1, '', now() FROM generate_series(1, $1) RETURNING id
)
INSERT INTO media_thread (media_id, thread_id) SELECT id, $2::uuid FROM shown
"""
WITHOUT = "UPDATE orders SET has_passport = false WHERE id IN (SELECT id FROM orders WHERE id <> $1 LIMIT 3)"


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", ()) for node in nodes(part))]


async def plan(query: str, *values: Any) -> list[dict[str, Any]]:
    """How it is done, node by node."""
    [found] = await connections.get("default").execute_query_dict(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", list(values))
    whole = found["QUERY PLAN"]
    return nodes((json.loads(whole) if isinstance(whole, str) else whole)[0]["Plan"])


async def test_pieces_without_a_passport_are_found_without_a_look_at_all_others(house: House) -> None:
    deal = await Deal.begun(house)
    order = await deal.inspected()
    assert await issue_passports({}) == 1 and (await Order.get(id=order["id"])).has_passport
    database = connections.get("default")
    await database.execute_query(LIKE, [MANY])
    await database.execute_query(WITHOUT, [order["id"]])
    await database.execute_script("ANALYZE orders; ANALYZE passport")
    done = await plan(passports.DUE, sorted(rules.CHECKED), passports.BATCH)
    assert done[0]["Actual Rows"] == 3
    walks = [node for node in done if node.get("Relation Name") == "orders"]
    assert [(node["Node Type"], node["Index Name"], node["Actual Rows"]) for node in walks] == [("Index Scan", "orders_passport_due", 3)]
    assert len(await passports.due()) == 3


async def test_pictures_of_proofs_are_counted_without_a_look_at_all_others(house: House) -> None:
    deal, database = await Deal.begun(house), connections.get("default")
    await database.execute_query(PHOTOS, [MANY, deal.thread])
    await database.execute_script("UPDATE media SET purpose = 'proof' WHERE id IN (SELECT id FROM media LIMIT 3)")
    await database.execute_script("ANALYZE media; ANALYZE media_thread")
    done = await plan(shipments.PICTURES, deal.thread, clock.now() - timedelta(days=1))
    assert {node.get("Index Name") for node in done if "Relation Name" in node} >= {"media_proof"}
    assert max(node["Actual Rows"] for node in done) == 3
    assert await database.execute_query_dict(shipments.PICTURES, [deal.thread, clock.now() - timedelta(days=1)]) == [{"pictures": 3}]


@pytest.mark.parametrize("days", [89, 91])
async def test_what_carriers_wrote_word_for_word_is_kept_for_three_months(house: House, days: int) -> None:
    scan = Scan(Status.IN_TRANSIT, Source.CARRIER_HOOK, clock.now())
    for event in ("e1", "e2", "e3"):
        kept = await reports.keep("dhl", Report(event, "X1", [scan]), '{"words": "Reçu"}')
        assert kept
        if event != "e3":
            await reports.take(CLOCK, kept)
    with clock.shifted(timedelta(days=days)):
        assert await keeping.forget_reports(1) == (days > 90)
        assert await forget_reports({}) == (days > 90)
        assert await forget_reports({}) == 0
    rows = await CarrierReport.all().order_by("event_id")
    assert [row.body for row in rows] == [None if days > 90 else {"words": "Reçu"}] * 2 + [{"words": "Reçu"}], "e3 waits"
    assert all(row.scans for row in rows)
    assert await reports.keep("dhl", Report("e1", "X1", [scan]), "{}") == rows[0].id, "the same event, as before"

"""Living shipments for `anou bench polling` and `hooks`: one order is really sold and sent, the others are copies of its rows."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from hub import database
from hub.ids import new_id
from tests.bench.stage import Stage, pairs
from tests.deals import Deal
from tests.house import House

_COPY = """
INSERT INTO {0} SELECT (jsonb_populate_record(t, jsonb_build_object({1}))).* FROM {0} t,
unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[])
AS m (id, quote, thread, buyer, artisan, carrier, number) WHERE t.id = $1
"""
_COPIES = {
    "quote": "'id', m.quote, 'thread_id', m.thread",
    "orders": "'id', m.id, 'quote_id', m.quote, 'thread_id', m.thread, 'buyer_id', m.buyer, 'artisan_id', m.artisan",
    "shipment": "'id', m.id, 'order_id', m.id, 'carrier', m.carrier, 'tracking_number', m.number, 'courier_code', courier_code()",
}


async def parcels(at: Stage, carriers: list[str], count: int) -> None:
    """`count` parcels on their way, each of its own order in its own thread, numbered `P0`, `P1`, ... and shared among `carriers`."""
    base, _ = await at.hub()
    house = House(at.config, None, base)
    order, shipment = await (await Deal.begun(house)).shipped(carrier="local")
    for client in house.clients:
        await client.aclose()
    await at.stop()
    threads = await pairs(count)
    columns = [
        [new_id() for _ in threads], [new_id() for _ in threads], [UUID(thread) for thread, _ in threads],
        [UUID(buyer["id"]) for _, (buyer, _) in threads], [UUID(artisan["id"]) for _, (_, artisan) in threads],
        [carriers[number % len(carriers)] for number in range(count)], [f"P{number}" for number in range(count)],
    ]  # fmt: skip
    connection = await asyncpg.connect(**database.credentials(at.config.database_url))
    for table, origin in (("quote", order["quote"]), ("orders", order["id"]), ("shipment", shipment["id"])):
        await connection.execute(_COPY.format(table, _COPIES[table]), UUID(origin), *columns)
    await connection.execute("ANALYZE")
    await connection.close()

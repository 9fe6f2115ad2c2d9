"""The way of a shipment as it is drawn, and when it will probably be there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from asyncpg import Record

from hub import clock, rows
from hub.rules import arrival, route
from hub.rules import shipments as rules
from hub.rules.arrival import Arrival, Journey
from hub.rules.places import Point
from hub.rules.route import Route, Stop
from hub.rules.sending import HOME
from hub.rules.shipments import Checkpoint, Status
from models.shipments import Shipment

ENDS = """
SELECT s.id, p.village, o.terms->'ship_to'->>'city' AS city, o.terms->'ship_to'->>'country' AS country
FROM shipment s JOIN orders o ON o.id = s.order_id JOIN person p ON p.id = o.artisan_id WHERE s.id = ANY($1::uuid[])
"""
# Of each country: the newest journeys by this carrier, and the newest by anyone. Two short walks along an index.
PAST = """
SELECT way.country, way.carrier AS asked, j.shipment_id, j.carrier, j.village, j.days, j.delivered_at
FROM unnest($1::text[], $2::text[]) AS way (country, carrier)
CROSS JOIN LATERAL (
    (SELECT * FROM journey WHERE country = way.country AND carrier = way.carrier ORDER BY delivered_at DESC LIMIT $3)
    UNION
    (SELECT * FROM journey WHERE country = way.country ORDER BY delivered_at DESC LIMIT $3)
) AS j ORDER BY j.delivered_at DESC
"""
PLACES = "SELECT status, at, place FROM checkpoint WHERE shipment_id = $1 AND place IS NOT NULL ORDER BY at DESC, sameness LIMIT $2"
SEEN = 50  # scans with a place, the newest: some are told of again and again
Ways = dict[tuple[str, str], list[Journey]]


async def of(
    found: Sequence[Shipment], ends: Mapping[UUID, Record], scans: Mapping[UUID, Sequence[Checkpoint]]
) -> dict[UUID, dict[str, Any]]:
    """`{route, eta_range}` of each, in one query; in none where nothing has to be learned from the past. `ends` have village,
    city and country."""
    left = {row.id: arrival.left_at(scans[row.id]) for row in found}
    asking = [row for row in found if row.living and not row.eta and left[row.id]]
    past = await _past({(ends[row.id]["country"], row.carrier) for row in asking})
    today, shown = clock.now().date(), {}
    for row in found:
        end, status = ends[row.id], Status(row.status)
        like = arrival.like(past.get((end["country"], row.carrier), ()), row.carrier, end["village"])
        places = [scan.place for scan in rules.timeline(scans[row.id], lambda scan: scan) if scan.place]
        shown[row.id] = {
            "route": _route(route.drawn(status, *_ends(end, places))),
            "eta_range": _range(arrival.expected(status, left[row.id], row.eta, like, today)),
        }
    return shown


async def whereabouts(row: Shipment, courier: Point) -> dict[str, Any]:
    """`{along, near}`: where on the drawn route a courier is, from 0 to 1, and which stop they are near; None where there is no telling."""
    [end] = await rows.fetch(ENDS, [row.id])
    scans = await rows.fetch(PLACES, row.id, SEEN)
    found = route.drawn(Status(row.status), *_ends(end, [scan["place"] for scan in reversed(scans)]))
    share = route.along(found, courier) if found else None
    if found is None or share is None:
        return {"along": None, "near": None}
    return {"along": round(share, 3), "near": route.near(found, courier, share)}


def _ends(end: Record, places: Sequence[str]) -> tuple[Stop, Sequence[str], Stop]:
    return Stop(end["village"] or "", country=HOME), places, Stop(end["city"] or "", country=end["country"])


async def _past(ways: set[tuple[str, str]]) -> Ways:
    found: defaultdict[tuple[str, str], list[Journey]] = defaultdict(list)
    if ways:
        countries, carriers = zip(*sorted(ways), strict=True)
        for row in await rows.fetch(PAST, list(countries), list(carriers), arrival.REMEMBERED):
            found[row["country"], row["asked"]].append(Journey(row["carrier"], row["village"], row["days"]))
    return found


def _route(found: Route | None) -> dict[str, Any] | None:
    """`stops` from the village to the buyer: `done` behind it, `now` where it was seen last, `later` before it."""
    if found is None:
        return None
    states = ("done" if index < found.here else "now" if index == found.here else "later" for index in range(len(found.stops)))
    return {"stops": [{"name": stop.name or None, "country": stop.country or None, "state": state}
                      for stop, state in zip(found.stops, states, strict=True)]}  # fmt: skip


def _range(found: Arrival | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "from": found.first.isoformat(), "until": found.last.isoformat(), "source": found.source, "journeys": found.journeys,
        "late": found.late,
    }

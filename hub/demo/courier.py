"""`anou demo courier`: an order of the demo is made anew and travels from the valley to Lyon while you watch.

Everything from the collection on goes through the courier's link over HTTP, as from a telephone: checkpoints, positions, and
the proof at the end. Nothing of it is a shortcut of ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import click
import httpx

from hub import access, clock, database
from hub.children import ChildFailed
from hub.config import Config
from hub.demo import dealing, deals, people, products
from models.catalogue import Product, ProductPhoto
from models.people import Person
from models.shipments import Shipment

EVERY_S = 5.2  # between two positions: the hub passes on one in five seconds
LEAD_S = 8.0  # to open the pages
Point = tuple[float, float]


@dataclass(frozen=True)
class Stop:
    """Where something is scanned, after `share` of the whole time."""

    share: float
    place: str
    latitude: float
    longitude: float
    status: str


ROAD: tuple[Stop, ...] = (
    Stop(0.0, "Aït Bouguemez", 31.65, -6.45, "picked_up"),
    Stop(0.18, "Béni Mellal", 32.34, -6.36, "in_transit"),
    Stop(0.36, "Casablanca", 33.57, -7.59, "in_transit"),
    Stop(0.55, "Tanger", 35.78, -5.81, "in_transit"),
    Stop(0.75, "Barcelona", 41.39, 2.17, "in_transit"),
    Stop(0.95, "Lyon", 45.76, 4.84, "out_for_delivery"),
)


async def replay(config: Config, minutes: float) -> None:
    """Make the order, say where to look, and drive. Raises ChildFailed when the hub does not answer."""
    await database.connect(config)
    try:
        async with dealing.at_work(config):
            played = await dealing.play(await _cast(), deals.REPLAYED)
        shipment = await Shipment.get(id=played.parcels[-1])
        link = f"{config.base}/c/{(await access.courier_tokens([shipment]))[shipment.id]}"
    finally:
        await database.close()
    click.echo(f"  Claire's order   {config.base}/orders/{played.order}")
    click.echo(f"  the conversation {config.base}/threads/{played.thread}")
    click.echo(f"  the board        {config.base}/board")
    click.echo(f"  the courier      {link}")
    click.echo(f"anou: the courier sets off in {LEAD_S:g} s, and needs {minutes:g} minutes")
    await asyncio.sleep(LEAD_S)
    headers = {"Origin": config.base, "Accept": "application/json"}
    async with httpx.AsyncClient(timeout=10, headers=headers) as phone:
        try:
            await _drive(phone, link, minutes * 60)
        except httpx.HTTPError as fault:
            raise ChildFailed(f"the hub at {config.base} does not answer as it should: {fault}") from fault


async def _cast() -> dealing.Cast:
    """Those who play, from the database; their pictures are those of the shop."""
    keys = {person.email or person.phone: person.key for person in people.PEOPLE}
    rows = await Person.filter(email__in=list(keys)) + await Person.filter(phone__in=list(keys))
    folk = {keys[row.email if row.email in keys else row.phone]: row for row in rows}
    piece = next(one for one in products.all_products() if one.key == deals.REPLAYED.product)
    row = next((one for one in await Product.filter(artisan=folk[piece.artisan]) if one.title == vars(piece.title)), None)
    if row is None:
        raise ChildFailed("the demo's piece is no longer in the shop")
    photo = await ProductPhoto.filter(product=row).order_by("position").first()

    async def picture(maker: Person, piece: str, purpose: str, step: str) -> str:
        return str(photo.media_id) if photo else ""

    return dealing.Cast(folk, {piece.key: row}, picture)


async def _drive(phone: httpx.AsyncClient, link: str, seconds: float) -> None:
    began = asyncio.get_running_loop().time()
    todo = list(ROAD)
    for share, (latitude, longitude) in _moments(seconds):
        await asyncio.sleep(max(0.0, began + share * seconds - asyncio.get_running_loop().time()))
        while todo and todo[0].share <= share:
            await _scanned(phone, link, todo.pop(0))
        where = {"lat": latitude, "lon": longitude, "accuracy_m": 30, "at": clock.iso(clock.now())}
        await _post(phone, f"{link}/position", where)
    await _post(phone, f"{link}/proof", {"name": "Claire Vasseur"})
    click.echo("  delivered in Lyon")


def _moments(seconds: float) -> Iterator[tuple[float, Point]]:
    """When a position is told, as a share of the whole time, and where that is."""
    steps = max(len(ROAD), round(seconds / EVERY_S))
    for number in range(steps + 1):
        share = number / steps
        yield share, _at(share)


def _at(share: float) -> Point:
    """Where the van is: on straight roads between the stops."""
    before = max((stop for stop in ROAD if stop.share <= share), key=lambda stop: stop.share)
    after = min((stop for stop in ROAD if stop.share > share), key=lambda stop: stop.share, default=before)
    part = (share - before.share) / (after.share - before.share) if after is not before else 0.0
    return (
        round(before.latitude + part * (after.latitude - before.latitude), 4),
        round(before.longitude + part * (after.longitude - before.longitude), 4),
    )


async def _scanned(phone: httpx.AsyncClient, link: str, stop: Stop) -> None:
    await _post(phone, f"{link}/checkpoints", {"status": stop.status, "location": stop.place})
    click.echo(f"  {stop.status.replace('_', ' ')} in {stop.place}")


async def _post(phone: httpx.AsyncClient, url: str, body: dict[str, object]) -> None:
    answer = await phone.post(url, json=body)
    answer.raise_for_status()

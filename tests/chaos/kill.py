"""3: a node is killed before the commit, after the commit, after the bell; nothing acknowledged is lost, nothing is there twice."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.chaos.check import Broken
from tests.chaos.client import Client
from tests.chaos.faults import MOMENTS
from tests.chaos.ground import Ground, until
from tests.chaos.nodes import Node
from tests.chaos.scenarios import scenario

LOOK_EVERY = 50  # kills between two comparisons


@scenario("kill", 3, "kill -9 of a node before commit, after commit, after the bell, 200 times each")
async def kill(at: Ground, full: bool) -> dict[str, Any]:
    """One of two nodes at a time; whoever loses the line goes to the other, or waits for the new process at the old address."""
    each = 200 if full else 1
    moments = [moment for moment in MOMENTS for _ in range(each)]
    at.chance.shuffle(moments)
    places: list[asyncio.Future[Node]] = [asyncio.ensure_future(at.node()) for _ in range(2)]
    urls = [(await place).url for place in places]
    clients = at.audience(await at.talks(20), urls)
    await at.enter(clients)
    figures: dict[str, Any] = {}
    for begun in range(0, len(moments), LOOK_EVERY):
        talking = at.beside(at.chatter(clients, 20, burst=5))
        for moment in moments[begun : begun + LOOK_EVERY]:
            node = await _die(at, places, moment, clients)
            places.append(at.beside(at.node(node.port)))
        talking.cancel()
        await asyncio.gather(*places)
        await at.converge(60)
        figures = await at.verify()
    if full and not figures["as dup"]:
        raise Broken(["no message was ever sent again after its commit: this proves nothing"])
    return {"kills": len(moments)} | figures


async def _die(at: Ground, places: list[asyncio.Future[Node]], moment: str, clients: list[Client]) -> Node:
    """The node with most people, where somebody speaks, dies: now, or a moment after the moment."""

    def people(place: asyncio.Future[Node]) -> int:
        return sum(client.live and client.node == place.result().name for client in clients) if place.done() else 0

    await until(lambda: any(people(place) >= 4 for place in places), 60, "somebody on a node to kill")
    place = max(places, key=people)
    places.remove(place)
    node = place.result()
    later = 0.0 if moment == "after_commit" or at.chance.random() < 0.5 else at.chance.uniform(0, 0.003)
    await node.fault(kill=moment, countdown=at.chance.randrange(4), delay_s=later)
    await node.gone()
    if node.ended:
        raise RuntimeError(f"the node ended otherwise: {node.last_words()}")
    return node

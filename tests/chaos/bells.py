"""4 and 5: bells that are lost, doubled, and out of order, on two nodes, also those delivered in process."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.chaos.check import Broken
from tests.chaos.client import Client
from tests.chaos.ground import Ground
from tests.chaos.nodes import Node
from tests.chaos.scenarios import scenario

BEHIND_S = 15.0  # the fourth promise


async def _people(at: Ground, full: bool) -> tuple[list[Node], list[Client]]:
    """Two nodes, and threads of three people each who are spread over both. In the short form they sweep every second."""
    settings = {} if full else {"sweep_s": 1.0}
    nodes = [await at.node(**settings), await at.node(**settings)]
    clients = at.audience(await at.talks(40 if full else 10, 3), [node.url for node in nodes])
    await at.enter(clients)
    return nodes, clients


@scenario("silence", 4, "all bells are dropped for 60 s: everybody is level again within 15 s")
async def silence(at: Ground, full: bool) -> dict[str, Any]:
    """Everybody must see what was said by the sweeps alone."""
    nodes, clients = await _people(at, full)
    seconds = 60.0 if full else 2.5
    talking = at.beside(at.chatter(clients, 100))
    await asyncio.sleep(1)
    for node in nodes:
        await node.fault(drop=1.0, seed=at.seed)
    for client in clients:
        client.late_s = 0.0
    await asyncio.sleep(seconds)
    dropped = sum([await node.fault(drop=0.0) for node in nodes])
    late = max(client.late_s for client in clients)
    talking.cancel()
    took = await at.converge(BEHIND_S)
    figures = await at.verify()
    if late > BEHIND_S:
        raise Broken([f"somebody was {late:.1f} s behind while no bell rang"])
    if dropped < 2 * seconds * 50:
        raise Broken([f"only {dropped} bells were dropped: this proves nothing"])
    return figures | {"bells dropped": dropped, "furthest behind, s": round(late, 1), "converged after, s": took}


@scenario("false-bells", 5, "20 % of bells are dropped, doubled, late: the same final state everywhere")
async def false_bells(at: Ground, full: bool) -> dict[str, Any]:
    """Each fault hits a fifth of the bells, independently, on the node that rings and on the one that hears."""
    nodes, clients = await _people(at, full)
    for number, node in enumerate(nodes):
        await node.fault(drop=0.2, double=0.2, late=0.2, seed=f"{at.seed} {number}")
    talking = at.beside(at.chatter(clients, 200))
    await asyncio.sleep(60 if full else 2)
    talking.cancel()
    false = sum([await node.fault() for node in nodes])
    took = await at.converge(BEHIND_S)
    figures = await at.verify()
    if not figures["told twice"] and not false:
        raise Broken(["no bell was false: this proves nothing"])
    return figures | {"false bells": false, "converged after, s": took}

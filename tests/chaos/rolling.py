"""12: two nodes are restarted in turn under everybody's feet."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.chaos.check import Broken
from tests.chaos.ground import Ground
from tests.chaos.scenarios import scenario

AWAY_S = 10.0  # nobody waits longer to be live again


@scenario("rolling", 12, "rolling restart of two nodes under 2,000 clients, 10 times")
async def rolling(at: Ground, full: bool) -> dict[str, Any]:
    """Each restart: SIGTERM, everybody is sent away, the new process takes the old address. In the short form, 60 clients, once."""
    settings: dict[str, Any] = {} if full else {"drain_s": 0.5}
    nodes = [await at.node(**settings), await at.node(**settings)]
    groups, pairs = (20, 900) if full else (2, 20)
    talks = await at.talks(groups, 10) + await at.talks(pairs)
    clients = at.audience(talks, [node.url for node in nodes])
    await at.enter(clients, 120)
    talking = at.beside(at.chatter(clients, 100))
    restarts = []
    for _ in range(10 if full else 1):
        for place in range(2):
            begun = asyncio.get_running_loop().time()
            await nodes[place].stop()
            restarts.append(asyncio.get_running_loop().time() - begun)
            nodes[place] = await at.node(nodes[place].port, **settings)
            await asyncio.sleep(2 if full else 0.3)
    talking.cancel()
    took = await at.converge(AWAY_S + 5)
    figures = await at.verify()
    codes = sorted({code for client in clients for _, code in client.closes})
    problems = []
    if figures["longest away, s"] > AWAY_S:
        problems.append(f"somebody waited {figures['longest away, s']} s to be live again")
    if codes != [4200]:
        problems.append(f"lines ended with {codes}, and not all with 4200")
    if problems:
        raise Broken(problems)
    return figures | {"longest shutdown, s": round(max(restarts), 1), "converged after, s": took}

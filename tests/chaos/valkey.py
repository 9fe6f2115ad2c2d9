"""6: Valkey does not answer, or is gone and comes back, under load. Sends go on all the while."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.chaos.check import Broken
from tests.chaos.client import Client
from tests.chaos.ground import Ground, until
from tests.chaos.scenarios import scenario

BEHIND_S = 15.0  # the fourth promise
PROMPT_S = 3.0  # a send waits no longer, Valkey or not
LIVE_S = 3.0  # a bell crosses within this time: well before any sweep


@scenario("valkey", 6, "Valkey stopped (SIGSTOP) for 60 s, and restarted 20 times, under load", own=("valkey",))
async def valkey(at: Ground, full: bool) -> dict[str, Any]:
    """Two nodes, the people of each thread on both; nobody loses the line, and newcomers are let in meanwhile."""
    assert at.valkey
    settings = {} if full else {"sweep_s": 1.0}
    nodes = [await at.node(**settings), await at.node(**settings)]
    roads = [node.url for node in nodes]
    talks = await at.talks(42 if full else 12, 3)
    clients = at.audience(talks[2:], roads)
    await at.enter(clients)
    talking = at.beside(at.chatter(clients, 100))
    await asyncio.sleep(1)

    at.valkey.pause()
    newcomers = at.audience(talks[:1], roads)
    await at.enter(newcomers, 15)
    await asyncio.sleep(60 if full else 1.5)
    stopped = _slowest(clients)
    late = max(client.late_s for client in clients)
    at.valkey.resume()

    for _ in range(20 if full else 2):
        await asyncio.sleep(at.chance.uniform(0.2, 1.5 if full else 0.4))
        await at.valkey.end(harder=at.chance.random() < 0.5)
        await asyncio.sleep(at.chance.uniform(0, 1.0 if full else 0.3))
        await at.valkey.start()
    newcomers += (more := at.audience(talks[1:2], roads))
    await at.enter(more, 15)
    talking.cancel()
    took = await at.converge(BEHIND_S)
    crossed = await _crosses(newcomers)
    figures = await at.verify()
    restarted = _slowest(clients)
    problems = []
    if max(stopped, restarted) > PROMPT_S:
        problems.append(f"a send waited {stopped} s for its answer while Valkey was stopped, {restarted} s while it came and went")
    if late > BEHIND_S:
        problems.append(f"somebody was {late:.1f} s behind while Valkey was stopped")
    if figures["lines lost"]:
        problems.append(f"{figures['lines lost']} lines were lost: they were healthy")
    if problems:
        raise Broken(problems)
    return figures | {
        "slowest send while stopped, s": stopped, "slowest send, s": restarted, "furthest behind while stopped, s": round(late, 1),
        "converged after, s": took, "the bell crosses again after, s": round(crossed, 2),
    }  # fmt: skip


def _slowest(clients: list[Client]) -> float:
    """The longest wait for an `ok` so far."""
    return round(max(m.stored_at - m.written_at for client in clients for m in client.outbox.acknowledged), 2)


async def _crosses(clients: list[Client]) -> float:
    """Somebody speaks until it comes to everybody within an instant: the bus is heard again, on all nodes."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while loop.time() - begun < BEHIND_S:
        said = [client.say(next(iter(client.histories))) for client in clients]
        spoken = loop.time()
        try:
            await until(lambda said=said: all(m.seq for m in said) and _all_told(clients), LIVE_S, "a bell to cross")  # type: ignore[misc]
            return spoken - begun
        except Broken:
            continue
    raise Broken([f"no bell crossed within {BEHIND_S:g} s after Valkey was back"])


def _all_told(clients: list[Client]) -> bool:
    newest = {thread: max(c.last.get(thread, 0) for c in clients) for client in clients for thread in client.histories}
    return all(client.last[thread] == newest[thread] for client in clients for thread in client.histories)

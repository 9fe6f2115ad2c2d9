"""11: Postgres does not answer for a while, is restarted, crashes, and its connections are killed in mid-load."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import httpx

from tests.chaos.check import Broken
from tests.chaos.client import ORIGIN, Client
from tests.chaos.ground import Ground
from tests.chaos.nodes import Node
from tests.chaos.scenarios import scenario

BEHIND_S = 15.0  # the fourth promise: from the moment the database answers
ANSWER_S = 26.0  # an `ok` or an `unavailable`: two batches that wait 12 s each, one behind the other
KILL_ALL = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'anou'"
STUCK = (
    "SELECT count(*) FILTER (WHERE state LIKE 'idle in transaction%'), (SELECT count(*) FROM pg_locks WHERE NOT granted)"
    " FROM pg_stat_activity WHERE application_name = 'anou'"
)


@scenario("postgres", 11, "Postgres stopped (SIGSTOP) for 45 s, restarted, killed, its connections cut, under load", own=("postgres",))
async def postgres(at: Ground, full: bool) -> dict[str, Any]:
    """Two nodes. In the short form the database's time limits are shorter, so that they are felt."""
    nodes = [await at.node(**({} if full else {"db_timeout": 0.5, "sweep_s": 1.0})) for _ in range(2)]
    talks = await at.talks(40 if full else 10, 3)
    clients = at.audience(talks, [node.url for node in nodes], patience_s=60.0)  # so that the wait for an answer is seen
    await at.enter(clients)
    at.beside(_impatient(at, nodes, clients))
    figures: dict[str, Any] = {}
    for name, fault in (("stopped", _stopped), ("restarted", _restarted), ("killed", _killed), ("cut off", _cut_off)):
        talking = at.beside(at.chatter(clients, 100, waiting=5))
        await asyncio.sleep(1 if full else 0.3)
        await fault(at, full)
        talking.cancel()
        figures[f"converged after it was {name}, s"] = await at.converge(BEHIND_S)
    await _nothing_leaked(at, nodes, clients)
    figures |= await at.verify()
    slowest = max(client.outbox.slowest_s for client in clients)
    problems = []
    if figures["lines lost"]:
        problems.append(f"{figures['lines lost']} lines were lost: they were healthy")
    if slowest > ANSWER_S:
        problems.append(f"a send waited {slowest:.1f} s for an answer of whichever kind")
    if strange := {code for client in clients for code in client.errors} - {"unavailable"}:
        problems.append(f"sends were answered with {sorted(strange)}")
    if problems:
        raise Broken(problems)
    return figures | {"slowest answer, s": round(slowest, 1)}


async def _stopped(at: Ground, full: bool) -> None:
    assert at.postgres
    at.postgres.pause()
    await asyncio.sleep(45 if full else 3.5)
    at.postgres.resume()


async def _restarted(at: Ground, full: bool) -> None:
    assert at.postgres
    await at.postgres.end()
    await asyncio.sleep(at.chance.uniform(0, 5 if full else 0.5))
    await at.postgres.start()


async def _killed(at: Ground, full: bool) -> None:
    """As in a power cut: what was acknowledged is on disk."""
    assert at.postgres
    for _ in range(3 if full else 1):
        await at.postgres.end(harder=True)
        await at.postgres.start()
        await asyncio.sleep(at.chance.uniform(0.2, 2 if full else 0.5))


async def _cut_off(at: Ground, full: bool) -> None:
    connection = await at.connect()
    for _ in range(50 if full else 3):
        await asyncio.sleep(at.chance.uniform(0.1, 0.6))
        await connection.fetchval(KILL_ALL)
    await connection.close()


async def _impatient(at: Ground, nodes: list[Node], clients: list[Client]) -> None:
    """For ever: people who ask for their inbox over HTTP and go away before there is an answer."""
    async with httpx.AsyncClient(headers={"Origin": ORIGIN, "Accept": "application/json"}, verify=False) as http:
        while True:
            await asyncio.sleep(0.2)
            who, node = at.chance.choice(clients).who, at.chance.choice(nodes)
            with suppress(httpx.HTTPError, TimeoutError):
                async with asyncio.timeout(at.chance.uniform(0.01, 0.5)):
                    await http.get(f"http://127.0.0.1:{node.port}/threads", headers={"Cookie": f"anou_session={who.token}"})


async def _nothing_leaked(at: Ground, nodes: list[Node], clients: list[Client]) -> None:
    """No transaction and no lock is left over, and every connection of the pools is there for whoever asks."""
    connection = await at.connect()
    try:
        for _ in range(50):
            if (stuck := tuple(await connection.fetchrow(STUCK))) == (0, 0):
                break
            await asyncio.sleep(0.1)
        else:
            raise Broken([f"{stuck[0]} transactions were left open, {stuck[1]} locks are waited for"])
    finally:
        await connection.close()
    async with httpx.AsyncClient(headers={"Accept": "application/json"}, verify=False, timeout=10) as http:
        for node in nodes:
            asked = [http.get(f"http://127.0.0.1:{node.port}/me", headers={"Cookie": f"anou_session={c.who.token}"}) for c in clients[:30]]
            answers = await asyncio.gather(*asked)
            if wrong := {answer.status_code for answer in answers} - {200}:
                raise Broken([f"a node answers with {sorted(wrong)} after it is all over"])

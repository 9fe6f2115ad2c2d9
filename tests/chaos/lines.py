"""7 and 8: ends that vanish without a word, and a line as bad as in the mountains."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

import psutil

from tests.chaos.check import Broken
from tests.chaos.client import Client
from tests.chaos.ground import Ground, until
from tests.chaos.line import Weather, line
from tests.chaos.nodes import Node
from tests.chaos.scenarios import scenario

FREED_S = 60.0
MOUNTAIN = Weather(latency_s=0.15, jitter_s=0.1, resets=0.05)  # there and back: 300 +- 200 ms


class Friend(Client):
    """A page that notes who is here, and since when it knows that they are not."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.here: dict[str, bool] = {}
        self.gone_at: dict[str, float] = {}

    def hear(self, frame: dict[str, Any]) -> None:
        if frame["t"] == "presence":
            self.here[frame["person"]] = frame["here"]
            if not frame["here"]:
                self.gone_at.setdefault(frame["person"], time.monotonic())
        super().hear(frame)


def _sockets(node: Node) -> int:
    """How many connections the process holds at its port."""
    return sum(
        found.status == psutil.CONN_ESTABLISHED and bool(found.laddr) and found.laddr.port == node.port
        for found in psutil.Process(node.pid).net_connections("tcp")
    )


@scenario("vanish", 7, "clients vanish without FIN: freed within 60 s, and their friends are told")
async def vanish(at: Ground, full: bool) -> dict[str, Any]:
    """Their friends are on two nodes; half of them go on talking to whoever is not there any more."""
    settings: dict[str, Any] = {} if full else {"ping_s": 0.7, "pong_s": 0.7, "grace_s": 0.5, "sweep_s": 2.0}
    nodes = [await at.node(**settings), await at.node(**settings)]
    talks = await at.talks(50 if full else 8)
    async with line(nodes[0].port, seed=at.seed) as bad:
        lost = [at.client(talk.people[0], [bad.url()], [talk.thread]) for talk in talks]
        friends = [Friend(talk.people[1], [nodes[n % 2].url], [talk.thread], f"{at.seed} {n}") for n, talk in enumerate(talks)]
        at.clients.extend(friends)
        await at.enter([*lost, *friends])
        await until(lambda: all(True in friend.here.values() for friend in friends), 30, "everybody to see the other")
        before = _sockets(nodes[0])
        bad.dead = True
        bad.vanish()
        begun = time.monotonic()
        await asyncio.gather(*(client.stop() for client in lost))
        at.clients[:] = friends  # of the others nothing is left to compare
        talking = at.beside(at.chatter(friends[::2], 10))
        within = FREED_S if full else 10.0
        await until(lambda: _sockets(nodes[0]) <= before - len(lost), within, "the sockets to be let go")
        freed = time.monotonic() - begun
        left = max(0.0, within - freed)
        await until(lambda: all(friend.gone_at for friend in friends), left, "everybody to learn that the other is gone")
        told = max(at for friend in friends for at in friend.gone_at.values()) - begun
        talking.cancel()
    await at.converge(15)
    figures = await at.verify()
    if figures["lines lost"]:
        raise Broken([f"{figures['lines lost']} of their friends lost the line, too"])
    return figures | {"vanished": len(lost), "freed within, s": round(freed, 1), "told within, s": round(told, 1)}


@scenario("mountain", 8, "a line of 300 +- 200 ms with 5 % resets, 200 clients, 10 minutes: no gap")
async def mountain(at: Ground, full: bool) -> dict[str, Any]:
    """Every connection is reset with a chance of 5 % in each second, so that it lives for 20 s on average."""
    nodes = [await at.node(), await at.node()]
    weather = MOUNTAIN if full else replace(MOUNTAIN, resets=0.12)
    async with line(nodes[0].port, weather, f"{at.seed} a") as one, line(nodes[1].port, weather, f"{at.seed} b") as two:
        clients = at.audience(await at.talks(100 if full else 12), [one.url(), two.url()])
        await at.enter(clients, 120)
        talking = at.beside(at.chatter(clients, 40 if full else 20))
        await asyncio.sleep(600 if full else 4)
        talking.cancel()
        for bad in (one, two):  # the sun comes out
            bad.weather = replace(MOUNTAIN, resets=0.0)
        took = await at.converge(90)
        figures = await at.verify()
        resets = one.resets + two.resets
    if not resets or not figures["lines lost"]:
        raise Broken(["no line was ever reset: this proves nothing"])
    return figures | {"resets": resets, "converged after, s": took}

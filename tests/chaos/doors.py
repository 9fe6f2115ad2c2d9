"""15: whoever was sent out of a thread, or signed out, hears nothing of it later than a second after, on whichever node.

With Valkey dead no bell crosses: then the next look at sessions and memberships finds it, or the next resume.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx

from tests.chaos.check import Broken, Log
from tests.chaos.client import ORIGIN, Client
from tests.chaos.folk import Someone, Talk
from tests.chaos.ground import Ground, until
from tests.chaos.nodes import Node
from tests.chaos.phone import Phone
from tests.chaos.scenarios import scenario

SOON_S = 1.0  # the fifth promise
SLACK_S = 2.0  # for a look that has begun, on a busy machine
SIGNED_OUT = 4001


class Doors:
    """Conversations of three on two nodes; the third has a page on each."""

    def __init__(self, at: Ground, nodes: list[Node], http: httpx.AsyncClient, recheck_s: float) -> None:
        self.at, self.nodes, self._http, self.recheck_s = at, nodes, http, recheck_s
        self.problems: list[str] = []
        self.slowest_s = 0.0

    async def helper(self, talk: Talk) -> list[Phone]:
        """The third one's pages, one on each node."""
        pages = []
        for turn in (1, -1):
            page = Phone(talk.people[2], [node.url for node in self.nodes][::turn], [talk.thread], f"{self.at.seed} {turn}")
            page._road = 0
            pages.append(page)
        self.at.clients.extend(pages)
        await self.at.enter(pages)
        return pages

    async def send_out(self, talk: Talk) -> float:
        """The buyer sends the third one out, through any node; when it was answered."""
        path = f"/threads/{talk.thread}/participants/{talk.people[2].id}"
        return await self._ask("DELETE", path, talk.people[0], 200)

    async def sign_out(self, who: Someone) -> float:
        """This session ends; when it was answered."""
        return await self._ask("POST", "/sign-out", who, 303)

    async def _ask(self, method: str, path: str, who: Someone, right: int) -> float:
        node = self.at.chance.choice(self.nodes)
        headers = {"Cookie": f"anou_session={who.token}", "Origin": ORIGIN, "Accept": "application/json"}
        answer = await self._http.request(method, f"http://127.0.0.1:{node.port}{path}", headers=headers)
        if answer.status_code not in (200, right):
            raise Broken([f"{method} {path} is answered with {answer.status_code}: {answer.text[:200]}"])
        return time.time()

    async def told(self, page: Phone, within: float, out: bool) -> None:
        """The page has learnt that it is out of its thread, or signed out."""
        took = await until(lambda: not page.histories if out else page.stopped == SIGNED_OUT, within, f"a page on {page.node} to be out")
        self.slowest_s = max(self.slowest_s, took)

    def silent_since(self, page: Phone, answered: float, limit: float) -> None:
        """Nothing that was said after the answer was told later than `limit` after it."""
        late = [heard.seq for heard in page.heard if heard.told > answered + limit and heard.stored > answered]
        if late:
            self.problems.append(f"a page on {page.node} was told {late[:5]} too late")


async def _removed(doors: Doors, talk: Talk, pages: list[Phone]) -> None:
    """A helper is sent out while the others talk on."""
    answered = await doors.send_out(talk)
    for page in pages:
        await doors.told(page, SOON_S + SLACK_S, out=True)
    await asyncio.sleep(SOON_S + 0.5)
    for page in pages:
        doors.silent_since(page, answered, SOON_S)


async def _revoked(doors: Doors, pages: list[Phone], others: list[Client]) -> None:
    """A session ends: its sockets do, and no others."""
    before = [len(client.closes) for client in others]
    answered = await doors.sign_out(pages[0].who)
    for page in pages:
        await doors.told(page, SOON_S + SLACK_S, out=False)
        doors.silent_since(page, answered, SOON_S)
    if before != [len(client.closes) for client in others]:
        doors.problems.append("a line of somebody else ended, too")


async def _without_a_bell(doors: Doors, talks: list[Talk], pages: list[list[Phone]]) -> None:
    """Two are sent out, two are signed out; one page of each resumes, the others wait for the next look."""
    begun = time.time()
    for number, talk in enumerate(talks):
        await (doors.sign_out(talk.people[2]) if number % 2 else doors.send_out(talk))
    answered = time.time()
    for own in pages:
        own[0].drop()
    for number, own in enumerate(pages):
        await doors.told(own[0], 5.0 + SLACK_S, out=not number % 2)
    for number, own in enumerate(pages):
        await doors.told(own[1], max(0.0, begun + doors.recheck_s + SLACK_S - time.time()), out=not number % 2)
        doors.silent_since(own[1], answered, doors.recheck_s + SLACK_S if number % 2 else SOON_S)


@scenario("doors", 15, "sent out of a thread, or signed out: told nothing later than 1 s after, on any node", own=("valkey",))
async def doors(at: Ground, full: bool) -> dict[str, Any]:
    """The buyer and the artisan never stop talking."""
    assert at.valkey
    rounds, recheck_s = (40, 5.0) if full else (2, 2.0)  # in production it is five minutes
    settings = {"recheck_s": recheck_s, "sweep_s": 10.0 if full else 2.0}
    nodes = [await at.node(**settings), await at.node(**settings)]
    talks = await at.talks(2 * rounds + 4, 3)
    roads = [node.url for node in nodes]
    sides = at.audience([Talk(talk.thread, talk.people[:2]) for talk in talks], roads)
    await at.enter(sides)
    async with httpx.AsyncClient(timeout=20, verify=False) as http:
        made = Doors(at, nodes, http, recheck_s)
        pages = [await made.helper(talk) for talk in talks]
        talking = at.beside(_talk(sides))
        await asyncio.sleep(1)
        await asyncio.gather(*(_removed(made, talk, own) for talk, own in zip(talks[:rounds], pages[:rounds], strict=True)))
        for own in pages[rounds : 2 * rounds]:
            await _revoked(made, own, sides)
        with_bells = made.slowest_s
        await at.valkey.end(harder=True)
        await asyncio.sleep(1)
        made.slowest_s = 0.0
        await _without_a_bell(made, talks[2 * rounds :], pages[2 * rounds :])
        talking.cancel()
    await at.converge(15, sides)
    await _up_to_the_end(at, made)
    figures = await at.verify(resets=("left", "unknown_thread"))
    if made.problems:
        raise Broken(made.problems)
    return figures | {"learnt with bells within, s": round(with_bells, 2), "without within, s": round(made.slowest_s, 2)}


async def _up_to_the_end(at: Ground, made: Doors) -> None:
    """Whoever was signed out has what there was until then: looked at here, and not with those who have everything."""
    gone = [client for client in at.clients if client.stopped == SIGNED_OUT]
    at.clients[:] = [client for client in at.clients if client.stopped != SIGNED_OUT]
    log = await Log.read(at.config.database_url, [thread for client in gone for thread in client.histories])
    for client in gone:
        for thread, history in client.histories.items():
            if history.entries != log.events[thread][: history.last]:
                made.problems.append(f"{client} has other events of {thread} than the database")


async def _talk(sides: list[Client]) -> None:
    """Somebody of every conversation says something, again and again."""
    turn = 0
    while True:
        for client in sides[turn % 2 :: 2]:
            if client.outbox.waiting() < 5:
                client.say(next(iter(client.histories)))
        turn += 1
        await asyncio.sleep(0.1)

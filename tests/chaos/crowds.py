"""1 and 2: many at once, in one thread, and with one and the same message."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

from tests.chaos.check import Broken, Log
from tests.chaos.client import Client
from tests.chaos.ground import Ground, until
from tests.chaos.scenarios import scenario

WRITERS = 50
REPEATS, LINES = 1_000, 20


@scenario("writers", 1, "50 writers, one thread, 10,000 sends over two nodes: the numbers are exactly 1..N")
async def writers(at: Ground, full: bool) -> dict[str, Any]:
    """Everybody also hears everything, in the same order."""
    nodes = [await at.node(), await at.node()]
    each = 200 if full else 12
    clients = at.audience(await at.talks(1, WRITERS), [node.url for node in nodes], at_once=4)
    await at.enter(clients)
    for _ in range(each):
        for client in clients:
            client.say(next(iter(client.histories)))
    took = await at.converge(300)
    figures = await at.verify()
    if figures["events"] != WRITERS * each or figures["as dup"]:
        raise Broken([f"{WRITERS * each} sends became {figures['events']} events, {figures['as dup']} were called repeated"])
    return figures | {"sends a second": round(WRITERS * each / max(took, 0.001))}


class Parrot(Client):
    """A page that says one message again and again, and keeps every answer."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.answers: list[dict[str, Any]] = []

    def repeat(self, thread: str, cid: str, times: int) -> None:
        """All at once, not waiting for an answer."""
        for number in range(times):
            sent = {"t": "send", "ref": f"{cid} {number}", "thread": thread, "cid": cid, "kind": "text", "body": cid, "lang": "en"}
            if not self.tell(sent):
                raise Broken(["a line was lost"])

    def hear(self, frame: dict[str, Any]) -> None:
        if frame["t"] in ("ok", "error") and " " in str(frame.get("ref")):
            self.answers.append(frame)
        else:
            super().hear(frame)


@scenario("repeats", 2, "1,000 concurrent repeats of one cid over two nodes: one row, 999 dup, no number burnt")
async def repeats(at: Ground, full: bool) -> dict[str, Any]:
    """Again and again, each time with a new client id, while the other one talks: a number burnt would be a hole."""
    nodes = [await at.node(connections_per_person=2 * LINES) for _ in range(2)]
    [talk] = await at.talks(1)
    author, other = talk.people
    pages = [Parrot(author, [node.url], [talk.thread], f"{at.seed} {n} {node.name}") for node in nodes for n in range(LINES // 2)]
    at.clients.extend(pages)
    listener = at.client(other, [nodes[0].url], [talk.thread])
    await at.enter([*pages, listener])
    rounds = 50 if full else 2
    for turn in range(rounds):
        await _one(at, pages, talk.thread)
        listener.say(talk.thread, f"after turn {turn}")
    await at.converge(30)
    log = await Log.read(at.config.database_url, [talk.thread])
    if len(log.events[talk.thread]) != 2 * rounds:
        raise Broken([f"{rounds} messages, each with a word behind it, became {len(log.events[talk.thread])} events"])
    return await at.verify() | {"repeats": rounds * REPEATS}


async def _one(at: Ground, pages: list[Parrot], thread: str) -> None:
    """One message, said a thousand times at once. Raises Broken unless one was stored and all others are called repeated."""
    cid = str(UUID(int=at.chance.getrandbits(128), version=4))
    for page in pages:
        page.answers.clear()
    for page in pages:
        page.repeat(thread, cid, REPEATS // LINES)
        if at.chance.random() < 0.3:
            await asyncio.sleep(0)
    await until(lambda: sum(len(page.answers) for page in pages) >= REPEATS, 60, "an answer to each of them")
    answers = Counter((frame["t"], frame.get("code"), frame.get("dup"), frame.get("seq")) for page in pages for frame in page.answers)
    seqs = {frame.get("seq") for page in pages for frame in page.answers}
    if sorted(answers.values()) != [1, REPEATS - 1] or len(seqs) != 1 or answers["ok", None, False, next(iter(seqs))] != 1:
        raise Broken([f"a thousand repeats of one client id were answered with {dict(answers)}"])

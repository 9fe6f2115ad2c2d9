"""9: readers that never read. Each costs a bounded amount, in the hub and in the kernel, and nobody else waits for them."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import psutil

from tests.chaos.check import Broken
from tests.chaos.client import Client
from tests.chaos.folk import Talk
from tests.chaos.ground import Ground
from tests.chaos.nodes import Node
from tests.chaos.raw import TEXT, Raw, frame
from tests.chaos.scenarios import scenario

BOUND = 512 * 1024  # bytes that one of them may hold, of the hub's memory and of the kernel's
MORE = 1.2  # how much slower the slowest hundredth of the others may be
RATE = 100  # messages a second of those who are measured
WORDS = "y" * 2000
FILL = 300  # messages that nobody of them reads: more than may wait for each


class Timed(Client):
    """A page that notes when each message of its friend came."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.came: dict[str, float] = {}

    def hear(self, frame: dict[str, Any]) -> None:
        if frame["t"] == "event" and frame.get("cid"):
            self.came.setdefault(frame["cid"], time.monotonic())
        super().hear(frame)


class Hall:
    """One node: people who are measured, and a busy thread in which `crowd` are readers that never read."""

    def __init__(self, at: Ground, node: Node, crowd: Talk) -> None:
        self._at, self._node, self._crowd = at, node, crowd
        self.writer = at.client(crowd.people[0], [node.url], [crowd.thread], at_once=4)
        self.pairs: list[tuple[Timed, Timed]] = []
        self._sleepers: list[Raw] = []

    async def enter(self, talks: list[Talk]) -> None:
        """Everybody but the sleepers."""
        for number, talk in enumerate(talks):
            one, other = (Timed(who, [self._node.url], [talk.thread], f"{self._at.seed} {number}") for who in talk.people)
            self.pairs.append((one, other))
        self._at.clients.extend(client for pair in self.pairs for client in pair)
        await self._at.enter([self.writer, *(client for pair in self.pairs for client in pair)])

    async def sleep(self) -> None:
        """The crowd comes in, says hello, and never reads again."""
        known = b'"%s":%d' % (self._crowd.thread.encode(), self.writer.last[self._crowd.thread])
        hello = frame(TEXT, b'{"t":"hello","device":"d","threads":{%s}}' % known)
        for who in self._crowd.people[1:]:
            sleeper = await Raw.open(self._node.port, who.token, hello, small=True)
            await sleeper.until(b'"synced"')
            sleeper.pause()
            self._sleepers.append(sleeper)
        for _ in range(FILL):
            self.writer.say(self._crowd.thread, WORDS)
        await self._at.converge(60, [self.writer])

    def wake(self) -> None:
        """They are gone."""
        for sleeper in self._sleepers:
            sleeper.cut()
        self._sleepers.clear()

    async def measure(self, seconds: float) -> list[float]:
        """The others talk, and so does the writer of the busy thread: seconds from each send to the friend's page."""
        begun = [len(one.outbox.written) for one, _ in self.pairs]
        busy = self._at.beside(self._babble())
        talking = self._at.beside(self._at.chatter([one for one, _ in self.pairs], RATE))
        await asyncio.sleep(seconds)
        talking.cancel()
        busy.cancel()
        await self._at.converge(15, [client for pair in self.pairs for client in pair])
        return [
            other.came[message.cid] - message.written_at
            for (one, other), first in zip(self.pairs, begun, strict=True)
            for message in one.outbox.written[first:]
        ]

    async def _babble(self) -> None:
        while True:
            if self.writer.outbox.waiting() < 10:
                self.writer.say(self._crowd.thread, WORDS)
            await asyncio.sleep(0.1)

    def queues(self) -> list[int]:
        """Bytes that wait in the kernel for each connection of the node."""
        found = []
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            local, state, waiting = line.split()[1], line.split()[3], line.split()[4]
            if int(local.split(":")[1], 16) == self._node.port and state == "01":
                found.append(int(waiting.split(":")[0], 16))
        return found


@scenario("sleepers", 9, "200 readers that never read: each bounded to 512 KiB, the others' p99 grows by less than 20 %")
async def sleepers(at: Ground, full: bool) -> dict[str, Any]:
    """Turn and turn about without them and with them; in the short form only what they cost is looked at."""
    count, turns, seconds = (200, 6, 15.0) if full else (20, 1, 1.0)
    node = await at.node(stuck_s=600.0)  # else they would be cut in the middle of a turn
    [crowd] = await at.talks(1, count + 1)
    hall = Hall(at, node, crowd)
    await hall.enter(await at.talks(10))
    process = psutil.Process(node.pid)
    times: dict[str, list[float]] = {"without": [], "with": []}
    memory = queue = 0
    await hall.measure(seconds / 5)  # warm
    for _ in range(turns):
        times["without"] += await hall.measure(seconds)
        before = process.memory_info().rss
        await hall.sleep()
        times["with"] += await hall.measure(seconds)
        memory = max(memory, process.memory_info().rss - before)
        queue = max(queue, *hall.queues())
        hall.wake()
    await at.converge(15)
    figures = await at.verify()
    each = memory / count + queue
    p50, p99 = ({name: _at(found, share) for name, found in times.items()} for share in (0.5, 0.99))
    problems = []
    if each > BOUND:
        problems.append(f"each of them holds {each / 1024:.0f} KiB")
    if queue < 16 * 1024:
        problems.append("nothing waits for them: this proves nothing")
    if full and p99["with"] > p99["without"] * MORE:
        problems.append(f"the p99 of the others grew from {p99['without']:.1f} to {p99['with']:.1f} ms")
    if figures["lines lost"]:
        problems.append(f"{figures['lines lost']} lines of others were lost")
    if problems:
        raise Broken(problems)
    return figures | {
        "each holds, KiB": round(each / 1024), "of these in the kernel": round(queue / 1024), "timed": sum(map(len, times.values())),
        "p50 without and with, ms": list(p50.values()), "p99 without and with, ms": list(p99.values()),
    }  # fmt: skip


def _at(found: list[float], share: float) -> float:
    """This quantile, in milliseconds."""
    return round(sorted(found)[int(len(found) * share)] * 1000, 2)

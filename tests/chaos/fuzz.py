"""13: frames that nobody should send, a million of them, and a compression bomb, while others talk and hear nothing of it.

Each attacker is a person with a thread of their own, for some mutants are good messages. One node has raised limits, so that
every frame reaches the decoder; the other has the usual ones, which most connections do not survive for long.
"""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections import Counter
from random import Random
from typing import Any

import httpx
import psutil

from tests.chaos.check import Broken
from tests.chaos.client import ORIGIN
from tests.chaos.folk import Talk
from tests.chaos.ground import Ground
from tests.chaos.mutants import DEADLY_SHARE, Mutants
from tests.chaos.nodes import Node
from tests.chaos.raw import TEXT, Raw, frame, handshake
from tests.chaos.scenarios import scenario

ATTACKERS = 12
BATCH = 100  # frames between two looks whether the line still stands
OFTEN = 1_000_000_000
RAISED = {"frames_per_minute": OFTEN, "frames_burst": OFTEN, "bad_frames": OFTEN, "hello_s": 1.0, "connections_per_person": 1000}
USUAL = {"frames_per_minute": 120, "frames_burst": 30, "hello_s": 1.0, "connections_per_person": 1000}
ANSWER_S = 60.0  # for the hub to hang up or to answer, on a busy machine
GROWTH = 24 * 2**20  # bytes that a node may have grown since a tenth of the frames
ENDS = frozenset({1000, 1002, 1005, 1006, 1007, 1009, 4000, 4108, 4113})  # what may become of an attacker's line
SMELLS = ("Traceback", "[error", "[critical", "fault")
BOMB = 64 * 2**20  # bytes, unpacked


class Attack:
    """On one node, until `count` frames were heard. `gentle`: its limits are raised, so that only the deadly ends a line."""

    def __init__(self, node: Node, count: int, gentle: bool) -> None:
        self._node, self._count, self._gentle = node, count, gentle
        self.heard = self.lines = self.handshakes = 0
        self.ends: Counter[int] = Counter()
        self.warm = asyncio.Event()  # a tenth was heard

    async def run(self, talk: Talk, chance: Random) -> None:
        """What one attacker does. Raises Broken."""
        mutants = Mutants(chance, talk.thread)
        hello = frame(TEXT, b'{"t":"hello","device":"d","threads":{"%s":0}}' % talk.thread.encode())
        while self.heard < self._count:
            if chance.random() < 0.05:
                await self._knock(mutants, talk.people[0].token)
            line = await Raw.open(self._node.port, talk.people[0].token, mutants.harmless() if chance.random() < 0.05 else hello)
            self.lines += 1
            try:
                await self._speak(line, mutants, chance)
            finally:
                line.cut()

    async def _knock(self, mutants: Mutants, token: str) -> None:
        """A handshake that is none: any answer is right, none too."""
        line = await Raw.connect(self._node.port)
        try:
            async with asyncio.timeout(2):
                await line.ask(mutants.broken_handshake(handshake(self._node.port, token)))
        except (TimeoutError, ValueError, asyncio.LimitOverrunError):
            pass
        finally:
            line.cut()
        self.handshakes += 1

    async def _speak(self, line: Raw, mutants: Mutants, chance: Random) -> None:
        """Batch after batch of harmless frames until a deadly one, or until the hub has had enough."""
        while self.heard < self._count:
            size = chance.randint(1, BATCH)
            said = b"".join(mutants.harmless() for _ in range(size))
            stands = await self._heard(line, said, chance)
            self.heard += size
            if self.heard > self._count // 10:
                self.warm.set()
            if not stands:
                self._ended(line.code or 1006)
                return
            if chance.random() < DEADLY_SHARE * size:
                await line.send(mutants.deadly())
                self.heard += 1
                self._ended(await line.ended(ANSWER_S))
                return

    async def _heard(self, line: Raw, said: bytes, chance: Random) -> bool:
        """Say it, cut anyhow, and wait for the answer to what stands behind it; False when the line ended."""
        mark = b"mark %d" % chance.getrandbits(60)
        said += frame(TEXT, b'{"t":"ping","n":"%s"}' % mark)
        reading = asyncio.create_task(line.until(mark, ANSWER_S))
        try:
            while said:
                cut = chance.choice((len(said), chance.randint(1, len(said))))
                if not await line.send(said[:cut]):
                    break
                said = said[cut:]
            return await reading
        finally:
            reading.cancel()

    def _ended(self, code: int) -> None:
        self.ends[code] += 1
        if code not in ENDS:
            raise Broken([f"an attacker was closed with {code}"])


@scenario("fuzz", 13, "1,000,000 fuzzed frames and a compression bomb: no crash, memory flat, nobody else disturbed")
async def fuzz(at: Ground, full: bool) -> dict[str, Any]:
    """Nine tenths of the frames go to the node with raised limits."""
    count = 1_000_000 if full else 5_000
    raised, usual = await at.node(**RAISED), await at.node(**USUAL)
    calm = at.audience(await at.talks(2), [raised.url, usual.url])
    talks = await at.talks(ATTACKERS)
    witnesses = at.audience([Talk(talk.thread, talk.people[1:]) for talk in talks], [raised.url])
    await at.enter(calm + witnesses)
    talking = at.beside(at.chatter(calm, 1))  # with the marks of what they read, well within their own rate
    attacks = [Attack(raised, count * 9 // 10, True), Attack(usual, count // 10, False)]
    turns = [at.beside(attack.run(talk, Random(f"{at.seed} {n} {k}"))) for n, attack in enumerate(attacks) for k, talk in enumerate(talks)]
    await asyncio.gather(*(attack.warm.wait() for attack in attacks))
    before = [psutil.Process(node.pid).memory_info().rss for node in (raised, usual)]
    await asyncio.gather(*turns)
    for node in (raised, usual):
        await _bombs(node, talks[0])
    grown = [psutil.Process(node.pid).memory_info().rss - rss for node, rss in zip((raised, usual), before, strict=True)]
    talking.cancel()
    await at.converge(15)
    figures = await at.verify()
    _calm(figures, calm, grown, [raised, usual])
    return figures | {
        "frames": sum(attack.heard for attack in attacks), "attackers' lines": sum(attack.lines for attack in attacks),
        "handshakes that were none": sum(attack.handshakes for attack in attacks), "ended with": dict(attacks[0].ends + attacks[1].ends),
        "nodes grew, MiB": [round(size / 2**20, 1) for size in grown],
        "slowest answer to the calm, s": round(max(one.outbox.slowest_s for one in calm), 3),
    }  # fmt: skip


def _calm(figures: dict[str, Any], calm: list[Any], grown: list[int], nodes: list[Node]) -> None:
    """Raises Broken unless nobody but the attackers noticed anything."""
    problems = [f"a node grew by {size / 2**20:.1f} MiB" for size in grown if size > GROWTH]
    if figures["lines lost"]:
        problems.append(f"{figures['lines lost']} lines of others were lost")
    if figures["errors"]:
        problems.append(f"others were told {figures['errors']}")
    if (slowest := max(client.outbox.slowest_s for client in calm)) > 5:
        problems.append(f"others waited up to {slowest:.1f} s for an answer")
    for node in nodes:
        smelly = [line for line in node.log.read_text(errors="replace").splitlines() if any(smell in line for smell in SMELLS)]
        problems += [f"{node.name} logged: {line[:300]}" for line in smelly[:5]]
        if not node.alive:
            problems.append(f"{node.name} died")
    if problems:
        raise Broken(problems)


async def _bombs(node: Node, talk: Talk) -> None:
    """Small things that would be huge if somebody unpacked them: on the socket, and in a form. Raises Broken."""
    bomb, body = await asyncio.to_thread(_packed)
    line = await Raw.connect(node.port)
    offered = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    if await line.ask(handshake(node.port, talk.people[0].token, more=offered)) != 101:
        raise Broken(["who offers compression is refused"])
    await line.send(frame(TEXT, b'{"t":"hello","device":"d","threads":{}}') + frame(TEXT, bomb, reserved=4))
    if (code := await line.ended(ANSWER_S)) != 1002:
        raise Broken([f"a compressed frame that nobody agreed on was closed with {code}"])
    line.cut()
    headers = {"Origin": ORIGIN, "Accept": "application/json", "Cookie": f"anou_session={talk.people[0].token}"}
    headers |= {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    async with httpx.AsyncClient(timeout=20, verify=False) as http:
        answer = await http.post(f"http://127.0.0.1:{node.port}/threads/{talk.thread}/messages", content=body, headers=headers)
    if not 400 <= answer.status_code < 500:
        raise Broken([f"a compressed form was answered with {answer.status_code}"])


def _packed() -> tuple[bytes, bytes]:
    """A compressed message, as an extension of WebSockets writes it, and a compressed form."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    message = packed.compress(b"[" * BOMB) + packed.flush(zlib.Z_SYNC_FLUSH)
    return message[:60_000], gzip.compress(b'{"body":"' + b"x" * BOMB + b'"}')[:200_000]

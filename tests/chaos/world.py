"""Three people, their threads and phones on two nodes: what the model of `model.py` does things to, and what must be true."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx

from tests.chaos import check, folk
from tests.chaos.check import Broken, Log
from tests.chaos.client import ORIGIN
from tests.chaos.ground import Ground
from tests.chaos.history import entry
from tests.chaos.nodes import Node
from tests.chaos.phone import Phone

LEVEL_S = 15.0  # the fourth promise
GONE_S = 1.0  # the fifth
SIDES, HELPED = 0, 1  # the thread of two, and the one with a helper in it
SEAT = "SELECT from_seq FROM participation WHERE thread_id = $1::uuid AND person_id = $2::uuid AND left_at IS NULL"
SEATS = """
SELECT p.thread_id::text, p.person_id::text, p.from_seq, t.last_seq FROM participation p JOIN thread t ON t.id = p.thread_id
WHERE p.left_at IS NULL AND p.thread_id = ANY($1::uuid[])
"""


class World:
    """Claire with two phones, Fatima and the helper Ahmed with one each; one thread of two, one of all three."""

    def __init__(self, at: Ground, nodes: list[Node], connection: Any, http: httpx.AsyncClient) -> None:
        self._at, self.nodes, self._connection, self._http = at, nodes, connection, http
        self.phones: list[Phone] = []
        self.threads: list[str] = []
        self.absences: list[tuple[float, float]] = []  # from when until when the helper may hear nothing
        self._begins = {0}  # where what the helper might see has ever begun
        self._out_since: float | None = None
        self._resumed = False

    async def begin(self, number: int) -> None:
        """Make them, and open their pages."""
        self.claire, self.fatima, self.ahmed = await folk.people(self._connection, 3)
        made = await folk.seat(self._connection, [(self.fatima, self.claire), (self.claire, self.fatima, self.ahmed)])
        self.threads = [talk.thread for talk in made]
        await self._connection.execute("UPDATE person SET roles = '{mentor}' WHERE id = $1::uuid", self.ahmed.id)
        roads = [node.url for node in self.nodes]
        for place, who in enumerate((self.claire, self.claire, self.fatima, self.ahmed)):
            threads = self.threads[HELPED:] if who is self.ahmed else self.threads
            turned = roads[place % 2 :] + roads[: place % 2]
            phone = Phone(who, turned, threads, f"{self._at.seed} {number} {place}")
            phone._road = 0
            self.phones.append(phone)
            phone.start()
        await self.level()

    async def end(self) -> None:
        """Close every page."""
        await asyncio.gather(*(phone.stop() for phone in self.phones))

    # The helper

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> int:
        node = self._at.chance.choice(self.nodes)
        headers = {"Cookie": f"anou_session={self.claire.token}", "Origin": ORIGIN, "Accept": "application/json"}
        answer = await self._http.request(method, f"http://127.0.0.1:{node.port}{path}", json=body, headers=headers)
        return answer.status_code

    async def send_out(self) -> None:
        """Claire sends Ahmed out: from a second after the answer he hears nothing more."""
        status = await self._ask("DELETE", f"/threads/{self.threads[HELPED]}/participants/{self.ahmed.id}")
        assert status in (200, 404), status
        if self._out_since is None:
            self._out_since = time.time()

    async def call(self, from_now: bool) -> None:
        """Claire calls him back, from now on or with all that was said."""
        asked = time.time()
        status = await self._ask("POST", f"/threads/{self.threads[HELPED]}/participants", {"person": self.ahmed.id, "from_now": from_now})
        assert status in (200, 201), status
        self._begins.add(await self._connection.fetchval(SEAT, self.threads[HELPED], self.ahmed.id))
        if self._out_since is not None:
            self.absences.append((self._out_since + GONE_S, asked))
            self._out_since = None

    # What must be true in the end

    async def settle(self) -> None:
        """All faults end; everybody comes to see the same."""
        for node in self.nodes:
            await node.fault(drop=0.0, double=0.0, late=0.0)
        for phone in self.phones:
            phone.back()
            phone.fast()
        await self.level()

    async def level(self) -> None:
        """Wait until every phone has of every thread what its person may see. Raises Broken after 15 s."""
        begun = time.monotonic()
        while behind := await self._behind():
            if time.monotonic() - begun > LEVEL_S:
                raise Broken([f"not level after {LEVEL_S:g} s:", *behind])
            if time.monotonic() - begun > LEVEL_S / 5 and len(behind) == 1 and self._out_since is not None and not self._resumed:
                self._resumed = True  # out of what he did not follow, and no bell told him: he learns it when he resumes
                self.phones[-1].drop()
            await asyncio.sleep(0.02)

    async def _behind(self) -> list[str]:
        seats = await self._connection.fetch(SEATS, self.threads)
        found = []
        for place, phone in enumerate(self.phones):
            wanted = {row[0]: row[3] for row in seats if row[1] == phone.who.id}
            if not phone.level or phone.busy or phone.outbox.waiting() or phone.last != wanted:
                found.append(
                    f"phone {place} on {phone.node}: level {phone.level}, busy {phone.busy}, {phone.outbox.waiting()} unanswered,"
                    f" has {phone.last}, should have {wanted}"
                )
        return found

    async def compare(self) -> None:
        """Every phone's log is a fresh snapshot of the database, every page was a piece of it. Raises Broken."""
        url = self._at.config.database_url
        await check.verify(url, self.phones, resets=RESETS, refusals=("unknown_thread",))
        log = await Log.read(url, self.threads)
        floors = {(row[0], row[1]): row[2] for row in await self._connection.fetch(SEATS, self.threads)}
        problems = [problem for phone in self.phones for problem in phone.wrong + self._pages(phone, log)]
        for phone in self.phones:
            for thread, history in phone.histories.items():
                floor, late = floors[thread, phone.who.id], self._begins if phone.who is self.ahmed else ()
                if history.floor != floor and (history.floor < floor or history.floor not in late):  # late: called with more, no bell rang
                    problems.append(f"{phone} begins at {history.floor} of {thread}, may see from {floor} on")
        for begin, end in [*self.absences, *([(self._out_since + GONE_S, time.time())] if self._out_since is not None else [])]:
            problems += [
                f"the helper was told {heard.seq} of {heard.thread}, {heard.told - begin:.2f} s too late"
                for heard in self.phones[-1].heard
                if begin < heard.told < end and heard.stored > begin - GONE_S
            ]
        if problems:
            raise Broken(problems)

    def _pages(self, phone: Phone, log: Log) -> list[str]:
        found = []
        for asked, page in phone.pages:
            told = [entry({"thread": asked["thread"], **event}) for event in page["events"]]
            stored = log.events[asked["thread"]]
            if "after" in asked:
                begin = asked["after"] if phone.who is not self.ahmed or not told else told[0].seq - 1
                right = stored[begin : begin + len(told)]
                more = bool(told) and told[-1].seq < page["head"]
            else:
                end = min(asked["before"] - 1, len(stored)) if not told else told[-1].seq
                right = stored[end - len(told) : end]
                more = page["more"] if not told or phone.who is self.ahmed else told[0].seq > 1
                if told and end not in (asked["before"] - 1, page["head"]):
                    found.append(f"{asked}: ends at {end}")
            if told != right or len(told) > asked["limit"] or page["more"] != more:
                found.append(f"{asked}: {len(told)} events from {told[:1]}, more {page['more']}, head {page['head']}")
        phone.pages.clear()
        return found


RESETS = ("left", "unknown_thread", "ahead", "epoch", "from_now")

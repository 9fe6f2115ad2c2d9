"""16: whatever a client does and whatever happens to it, in the end its log is what a fresh look at the database shows.

Hypothesis chooses the steps (a thread of its own, for it does not wait), the world lives in the event loop, the hub in two
processes. A run that fails is told step by step; the same seed chooses the same steps, though not the same moments.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.chaos.check import Broken
from tests.chaos.ground import Ground
from tests.chaos.nodes import Node
from tests.chaos.phone import Phone
from tests.chaos.scenarios import scenario
from tests.chaos.world import HELPED, World

FULL, SHORT = (100_000, 200, 40), (200, 60, 4)  # steps in all, steps of one world at most, worlds of one turn
FAST = {"sweep_s": 0.4, "recheck_s": 0.7, "behind_frames": 24, "behind_bytes": 24 * 1024, "grace_s": 0.3}
LONG = "tanmirt " * 450  # as long as a message may be
FLOOD = 60

phones, threads = st.integers(0, 3), st.integers(0, 1)


class Stage:
    """What the worlds of one run share."""

    def __init__(self, at: Ground, nodes: list[Node], connection: Any, http: httpx.AsyncClient) -> None:
        self.at, self.nodes, self.connection, self.http = at, nodes, connection, http
        self.loop = asyncio.get_running_loop()
        self.steps: Counter[str] = Counter()
        self.worlds = 0
        self.problems: list[str] = []

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Let the loop do it, and wait."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def new_world(self) -> World:
        """With everybody in it."""
        self.worlds += 1
        world = World(self.at, self.nodes, self.connection, self.http)
        self.do(world.begin(self.worlds))
        return world


def machine(stage: Stage) -> type[RuleBasedStateMachine]:
    """The steps, on this stage."""

    class Model(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.trace: list[str] = []

        @initialize()
        def begin(self) -> None:
            self.world = stage.new_world()

        def _step(self, name: str, *what: Any) -> None:
            stage.steps[name] += 1
            self.trace.append(f"{name} {' '.join(map(str, what))}".strip())

        def _phone(self, number: int, name: str, *what: Any) -> None:
            """One of a phone's own verbs."""
            self._step(name, number, *what)
            phone = self.world.phones[number]

            async def act() -> None:
                getattr(phone, name)(*what)

            stage.do(act())

        @rule(number=phones, thread=threads, times=st.sampled_from((1, 1, 2, 5)))
        def say(self, number: int, thread: int, times: int) -> None:
            self._step("say", number, thread, times)
            stage.do(_say(self.world, self.world.phones[number], thread, times))

        @rule(number=phones)
        def repeat(self, number: int) -> None:
            self._phone(number, "repeat")

        @rule(number=phones, thread=threads, seldom=st.integers(0, 3))
        def flood(self, number: int, thread: int, seldom: int) -> None:
            if not seldom:
                self._step("flood", number, thread)
                stage.do(_say(self.world, self.world.phones[number], thread, FLOOD, LONG))

        @rule(number=phones)
        def drop(self, number: int) -> None:
            self._phone(number, "drop")

        @rule(number=phones)
        def away(self, number: int) -> None:
            self._phone(number, "away")

        @rule(number=phones)
        def back(self, number: int) -> None:
            self._phone(number, "back")

        @rule(number=phones)
        def move(self, number: int) -> None:
            self._phone(number, "move")

        @rule(number=phones, how=st.sampled_from(("boast", "mistake", "omit")))
        def come_back_wrongly(self, number: int, how: str) -> None:
            self._phone(number, how)

        @rule(number=phones, share=st.sampled_from((0.0, 0.5, 0.9)))
        def rewind(self, number: int, share: float) -> None:
            self._phone(number, "rewind", share)

        @rule(number=phones, thread=threads, edge=st.sampled_from(("after", "before")), near=st.integers(0, 40), limit=st.integers(1, 200))
        def leaf(self, number: int, thread: int, edge: str, near: int, limit: int) -> None:
            self._phone(number, "leaf", self.world.threads[thread], edge, near, limit)

        @rule(number=phones)
        def slow(self, number: int) -> None:
            self._phone(number, "slow")

        @rule(number=phones)
        def fast(self, number: int) -> None:
            self._phone(number, "fast")

        @rule(node=st.integers(0, 1), wrong=st.sampled_from(("drop", "double", "late", "drop", "nothing")))
        def bells(self, node: int, wrong: str) -> None:
            self._step(f"bells: {wrong}", node)
            shares = {"drop": 0.0, "double": 0.0, "late": 0.0} | ({wrong: 0.6} if wrong != "nothing" else {})
            stage.do(stage.nodes[node].fault(late_s=0.1, **shares))

        @rule()
        def send_out(self) -> None:
            self._step("send_out")
            stage.do(self.world.send_out())

        @rule(from_now=st.booleans())
        def call(self, from_now: bool) -> None:
            self._step("call", from_now)
            stage.do(self.world.call(from_now))

        @rule(milliseconds=st.sampled_from((0, 5, 30, 80)))
        def pause(self, milliseconds: int) -> None:
            self._step("pause", milliseconds)
            stage.do(asyncio.sleep(milliseconds / 1000))

        def teardown(self) -> None:
            if not hasattr(self, "world"):
                return
            try:
                stage.do(self.world.settle())
                stage.do(self.world.compare())
            except Broken as broken:
                stage.problems += [f"world {stage.worlds}", *broken.problems, " | ".join(self.trace)]
                raise
            finally:
                stage.do(self.world.end())

    return Model


async def _say(world: World, phone: Phone, thread: int, times: int, words: str = "") -> None:
    """What somebody says who may: the helper, only while the thread is his."""
    name = world.threads[HELPED] if phone.who is world.ahmed else world.threads[thread]
    for _ in range(times):
        if name in phone.histories:
            phone.say(name, words)


@scenario("model", 16, "a client's log is a fresh snapshot of the database, whatever it did: 100,000 steps")
async def model(at: Ground, full: bool) -> dict[str, Any]:
    """Two nodes with fast clocks; one world after the other."""
    nodes = [await at.node(**FAST), await at.node(**FAST)]
    connection = await at.connect()
    async with httpx.AsyncClient(timeout=20, verify=False) as http:
        stage = Stage(at, nodes, connection, http)
        try:
            await asyncio.to_thread(_explore, stage, *(FULL if full else SHORT))
        except Exception as fault:
            if not stage.problems:
                raise
            raise Broken(stage.problems) from fault
        finally:
            await connection.close()
    return {"worlds": stage.worlds, "steps": stage.steps.total()} | dict(stage.steps)


def _explore(stage: Stage, steps: int, most: int, worlds: int) -> None:
    """World after world, until there were so many steps. Raises what Hypothesis raises."""
    limits = settings(  # the first world of each turn is the dullest one there is
        max_examples=worlds, stateful_step_count=most, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), print_blob=False,
    )  # fmt: skip
    turn = 0
    while stage.steps.total() < steps:
        run_state_machine_as_test(seed(f"{stage.at.seed} {turn}")(machine(stage)), settings=limits)
        turn += 1

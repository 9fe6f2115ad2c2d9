"""Hypothesis chooses who does what, when, and what happens to it; `anou chaos deals` plays 50,000 steps."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.chaos.check import Broken
from tests.chaos.deals.course import EVERYBODY, THE_PIECE, USUAL, astray, at_a_limit, right, usual
from tests.chaos.deals.house import hub
from tests.chaos.deals.quotes import Offer
from tests.chaos.deals.verbs import Verbs
from tests.chaos.deals.world import World
from tests.chaos.ground import Ground
from tests.chaos.scenarios import scenario

FULL, SHORT = (50_000, 60, 40), (250, 40, 5)  # steps in all, rules of one world at most, worlds of one turn
_REFUSALS = """
not_found unknown_thread not_allowed not_your_turn stale_version quote_moved quote_expired not_yet bad_terms bad_wish bad_form
piece_taken order_moved disputed not_disputed dispute_too_late not_in_this_craft nothing_to_show photo_needed measure_needed weight_needed
reason_needed own_work size_out_of_tolerance balance_missing parcel_needed bad_date bad_amount mixed_currencies escrow_short reference_used
payment_undone payment_used
"""
REFUSALS = frozenset(_REFUSALS.split())
"""What the tables refuse to people; `unknown_currency` is only said between the hub's own parts."""

talks = st.integers(0, 1)
newest = st.sampled_from((0, 0, 0, 0, 0, 1, 2))  # how many before the newest
people = st.sampled_from(("right",) * 6 + EVERYBODY)
fates = st.builds(
    lambda fate, key, moment: {"fate": fate, "key": key, "moment": moment},
    st.sampled_from(("well",) * 22 + ("vanished", "killed")), st.sampled_from((None, None, "a", "b", "c")), st.integers(0, 16),
)  # fmt: skip
offers = st.none() | st.builds(
    Offer, st.sampled_from((90_000, 33_333, 107, 1)), st.sampled_from((0, 5_000, 3)), st.sampled_from((30, 30, 0, 100, 7)),
    st.sampled_from((10, 1)), st.sampled_from((1, 168, 168, 720)), st.booleans(), st.just(200),
) | st.just(Offer(50_001, 700, 50, 20, 24, width=100))  # fmt: skip
reasons = st.sampled_from(("Voilà", "Voilà", "Voilà", None))
BARGAIN = ("counter", "counter", "counter", "revise", "revise", "decline", "withdraw", "accept")
HOURS = (1, 1, 11, 12, 13, 24, 48, 72, 72, 168, 14 * 24, 15 * 24, 30 * 24, 31 * 24, 45 * 24)


class Stage:
    """What the worlds of one run share."""

    def __init__(self, at: Ground, connection: Any) -> None:
        self.at, self.connection, self.loop = at, connection, asyncio.get_running_loop()
        self.steps, self.refusals, self.fates = Counter[str](), Counter[str](), Counter[str]()
        self.worlds = 0
        self.problems: list[str] = []

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Let the loop do it, and wait."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(120)

    def new_world(self) -> World:
        self.worlds += 1
        world = World(self.connection, self.worlds, self.steps, self.refusals, self.fates)
        self.do(world.begin())
        return world


def machine(stage: Stage) -> type[RuleBasedStateMachine]:
    """The steps, on this stage."""

    class Model(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            self.world = stage.new_world()
            self.verbs = Verbs(self.world)
            self.broken = False

        def _do(self, work: Coroutine[Any, Any, Any]) -> None:
            try:
                stage.do(work)
            except Broken as broken:
                self.broken = True  # Hypothesis plays it again, in a database that is no longer clean: the first time counts
                stage.problems = stage.problems or [f"world {stage.worlds}", *broken.problems, " | ".join(self.world.trace)]
                raise

        def _quote(self, talk: int, back: int) -> int | None:
            count = len(self.world.model.talks[talk].quotes)
            return max(0, count - 1 - back) if count else None

        def _order(self, verb: str, talk: int, back: int, who: str, *facts: Any, **fate: Any) -> None:
            count = len(self.world.model.talks[talk].orders)
            if count:
                at = max(0, count - 1 - back)
                self._do(getattr(self.verbs, verb)(talk, at, right(self.world, verb, talk, at, who), *facts, **fate))

        @rule(talk=talks, times=st.integers(1, 6), terms=offers)
        def go_on(self, talk: int, times: int, terms: Offer | None) -> None:
            for _ in range(times):
                self._do(usual(self.verbs, talk, terms))

        @rule(talk=talks, number=st.integers(0, 2**32), times=st.integers(3, 16), fate=fates)
        def wander(self, talk: int, number: int, times: int, fate: dict[str, Any]) -> None:
            """Along the usual course with steps astray, and with the clock at the limits of the stage that is reached."""
            chance = Random(f"{stage.at.seed} {stage.worlds} {number} {len(self.world.trace)}")
            for step in range(times):
                way = chance.random()
                if way < 0.2:
                    self._do(at_a_limit(self.verbs, talk, chance))
                elif way < 0.6:
                    self._do(usual(self.verbs, talk, chance.choice((None, THE_PIECE))))
                else:
                    well = {"key": chance.choice((None, None, "a", "b"))}
                    self._do(astray(self.verbs, talk, chance, fate if step == times - 1 else well))

        @rule(talk=talks, who=people, good=st.sampled_from((True, True, False)), fate=fates)
        def request(self, talk: int, who: str, good: bool, fate: dict[str, Any]) -> None:
            self._do(self.verbs.request(talk, "buyer" if who == "right" else who, good, **fate))

        @rule(talk=talks, who=people, terms=offers, fate=fates)
        def offer(self, talk: int, who: str, terms: Offer | None, fate: dict[str, Any]) -> None:
            self._do(self.verbs.offer(talk, "artisan" if who == "right" else who, terms, **fate))

        @rule(
            verb=st.sampled_from(("accept", "accept", "counter", "revise", "decline", "withdraw", "confirm")), talk=talks, back=newest,
            who=people, stale=st.sampled_from(("", "", "", "", "version", "hash", "missing")), terms=offers, fate=fates,
        )  # fmt: skip
        def answer(self, verb: str, talk: int, back: int, who: str, stale: str, terms: Offer | None, fate: dict[str, Any]) -> None:
            if (at := self._quote(talk, back)) is not None:
                self._do(self.verbs.answer(verb, talk, at, right(self.world, verb, talk, at, who), stale, terms, **fate))

        @rule(talk=talks, verbs=st.lists(st.sampled_from(BARGAIN), min_size=2, max_size=6), wrong=people, terms=offers, fate=fates)
        def bargain(self, talk: int, verbs: list[str], wrong: str, terms: Offer | None, fate: dict[str, Any]) -> None:
            """About the newest quote, by those whose turn it is, and at the end by somebody."""
            for number, verb in enumerate(verbs, 1):
                if (at := self._quote(talk, 0)) is None or self.world.model.talks[talk].quotes[at].status not in ("open", "late"):
                    self._do(self.verbs.offer(talk, "artisan", terms or USUAL))
                    continue
                who = right(self.world, verb, talk, at, wrong if number == len(verbs) else "right")
                self._do(self.verbs.answer(verb, talk, at, who, "", terms, **(fate if number == len(verbs) else {})))

        @rule(talk=talks, back=newest)
        def expire(self, talk: int, back: int) -> None:
            if (at := self._quote(talk, back)) is not None:
                self._do(self.verbs.expire(talk, at))

        @rule(
            talk=talks, back=newest, who=people, share=st.sampled_from((0, 1, 2, 2, 2, 3)), extra=st.sampled_from((0, 0, 0, 777, 200_000)),
            currency=st.sampled_from(("EUR",) * 6 + ("MAD",)), reference=st.sampled_from("abcdefghijklmnopqrstuvwxyzABC"), fate=fates,
        )  # fmt: skip
        def pay(
            self, talk: int, back: int, who: str, share: int, extra: int, currency: str, reference: str, fate: dict[str, Any]
        ) -> None:
            """Short, exact, too much, or nothing."""
            orders = self.world.model.talks[talk].orders
            if orders:
                due = orders[max(0, len(orders) - 1 - back)].due
                self._order("pay", talk, back, who, due * share // 2 + (extra if share else 0), currency, reference, **fate)

        @rule(talk=talks, back=newest, who=people, which=st.integers(0, 3), reason=reasons, fate=fates)
        def undo_payment(self, talk: int, back: int, who: str, which: int, reason: str | None, fate: dict[str, Any]) -> None:
            orders = self.world.model.talks[talk].orders
            if orders and (payments := orders[max(0, len(orders) - 1 - back)].payments):
                self._order("undo_payment", talk, back, who, which % len(payments), reason, **fate)

        @rule(talk=talks, back=newest, who=people, fault=st.sampled_from((None, "not_in_this_craft", "nothing_to_show")), fate=fates)
        def progress(self, talk: int, back: int, who: str, fault: str | None, fate: dict[str, Any]) -> None:
            self._order("progress", talk, back, who, fault, **fate)

        @rule(talk=talks, back=newest, who=people, days=st.sampled_from((7, 30, 0, 400)), reason=reasons, fate=fates)
        def ask_extension(self, talk: int, back: int, who: str, days: int, reason: str | None, fate: dict[str, Any]) -> None:
            self._order("ask_extension", talk, back, who, days, reason, **fate)

        @rule(
            talk=talks, back=newest, who=people, ahead=st.sampled_from((0, 3, -1)), days=st.sampled_from((7, 30, 0, 400)), reason=reasons,
            fate=fates,
        )  # fmt: skip
        def ask_pause(self, talk: int, back: int, who: str, ahead: int, days: int, reason: str | None, fate: dict[str, Any]) -> None:
            self._order("ask_pause", talk, back, who, ahead, days, reason, **fate)

        @rule(talk=talks, back=newest, who=people, amount=st.sampled_from((0, 1, 5_000, 81_000, 200_000)), fate=fates)
        def bear(self, talk: int, back: int, who: str, amount: int, fate: dict[str, Any]) -> None:
            self._order("bear", talk, back, who, amount, **fate)

        @rule(talk=talks, back=newest, who=people, agree=st.booleans(), fate=fates)
        def answer_extension(self, talk: int, back: int, who: str, agree: bool, fate: dict[str, Any]) -> None:
            self._order("answer_extension", talk, back, who, agree, **fate)

        @rule(
            talk=talks, back=newest, who=people, fate=fates,
            fault=st.sampled_from((None, None, "off", "photo_needed", "weight_needed", "measure_needed")),
        )  # fmt: skip
        def made(self, talk: int, back: int, who: str, fault: str | None, fate: dict[str, Any]) -> None:
            self._order("made", talk, back, who, fault, **fate)

        @rule(talk=talks, back=newest, who=people, passed=st.booleans(), reason=reasons, fate=fates)
        def inspect(self, talk: int, back: int, who: str, passed: bool, reason: str | None, fate: dict[str, Any]) -> None:
            self._order("inspect", talk, back, who, passed, reason, **fate)

        @rule(talk=talks, back=newest, who=people, boxes=st.integers(0, 2), fate=fates)
        def ship(self, talk: int, back: int, who: str, boxes: int, fate: dict[str, Any]) -> None:
            self._order("ship", talk, back, who, boxes, **fate)

        @rule(talk=talks, back=newest, who=st.sampled_from(("courier", "right", "right", "buyer", "artisan", "stranger")), fate=fates)
        def deliver(self, talk: int, back: int, who: str, fate: dict[str, Any]) -> None:
            self._order("deliver", talk, back, who, **(fate | ({"key": None} if who == "courier" else {})))

        @rule(talk=talks, back=newest, who=people, fate=fates)
        def confirm(self, talk: int, back: int, who: str, fate: dict[str, Any]) -> None:
            self._order("confirm", talk, back, who, **fate)

        @rule(talk=talks, back=newest)
        def clock_confirms(self, talk: int, back: int) -> None:
            self._order("confirm", talk, back, "clock")

        @rule(talk=talks, back=newest)
        def lapse(self, talk: int, back: int) -> None:
            if count := len(self.world.model.talks[talk].orders):
                self._do(self.verbs.lapse(talk, max(0, count - 1 - back)))

        @rule(talk=talks, back=newest, who=st.sampled_from(EVERYBODY), reason=reasons, fate=fates)
        def cancel(self, talk: int, back: int, who: str, reason: str | None, fate: dict[str, Any]) -> None:
            self._order("cancel", talk, back, who, reason, **fate)

        @rule(talk=talks, back=newest, who=people, reason=reasons, fate=fates)
        def dispute(self, talk: int, back: int, who: str, reason: str | None, fate: dict[str, Any]) -> None:
            self._order("dispute", talk, back, who, reason, **fate)

        @rule(
            talk=talks, back=newest, who=people, outcome=st.sampled_from(("release", "partial_refund", "partial_refund", "refund")),
            amount=st.sampled_from((None, 0, 1, 5_000, 20_000, 94_999, 200_000)), fate=fates,
        )  # fmt: skip
        def resolve(self, talk: int, back: int, who: str, outcome: str, amount: int | None, fate: dict[str, Any]) -> None:
            self._order("resolve", talk, back, who, outcome, amount, **fate)

        @rule(hours=st.sampled_from(HOURS), before=st.booleans())
        def later(self, hours: int, before: bool) -> None:
            """To the very moment of a limit, or a minute before it."""
            self.world.later(timedelta(hours=hours, minutes=-1 if before else 0))

        @rule(seldom=st.integers(0, 2))
        def worker(self, seldom: int) -> None:
            if seldom == 2:
                self._do(self.verbs.worker())

        def teardown(self) -> None:
            if not hasattr(self, "world"):
                return
            try:
                if not self.broken:  # a long while later the clock has done all that is its own: nothing is left for other worlds
                    self.world.later(timedelta(days=400))
                    self._do(self.verbs.worker())
                    self._do(self.world.settled())
            finally:
                self._do(self.world.end())

    return Model


@scenario("deals", 17, "quotes, orders and money do what their tables say, whoever does what, and whatever dies: 50,000 steps")
async def deals(at: Ground, full: bool) -> dict[str, Any]:
    """One small world after the other, each with two threads about one piece."""
    async with hub(at):
        connection = await at.connect()
        stage = Stage(at, connection)
        try:
            await asyncio.to_thread(_explore, stage, *(FULL if full else SHORT))
        except Exception as fault:
            if not stage.problems:
                raise
            raise Broken(stage.problems) from fault
        finally:
            await connection.close()
    figures: dict[str, Any] = {"worlds": stage.worlds, "steps": stage.steps.total(), "steps by verb": dict(stage.steps.most_common())}
    figures |= {"refusals": dict(stage.refusals.most_common()), "what became of the cut": dict(stage.fates.most_common())}
    return figures | {"refusals that did not occur": sorted(REFUSALS - set(stage.refusals))}


def _explore(stage: Stage, steps: int, most: int, worlds: int) -> None:
    """World after world, until there were so many steps. Raises what Hypothesis raises."""
    limits = settings(
        max_examples=worlds, stateful_step_count=most, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), print_blob=False,
    )  # fmt: skip
    turn = 0
    while stage.steps.total() < steps:
        run_state_machine_as_test(seed(f"{stage.at.seed} {turn}")(machine(stage)), settings=limits)
        turn += 1

"""Two threads of one artisan about one piece: whatever is done is done to the hub and to the model, and then compared."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from copy import deepcopy
from datetime import timedelta
from typing import Any

import msgspec

from hub import access, clock, ids, rows, unit
from hub.database import DOWN
from hub.errors import Refusal
from hub.unit import Actor
from models.catalogue import Product
from models.media import Media
from models.people import Person
from tests.chaos import folk
from tests.chaos.cancelling import cancelled_at
from tests.chaos.check import Broken
from tests.chaos.deals.limits import limits
from tests.chaos.deals.pictures import Picture, falsely_marked, foretold
from tests.chaos.deals.quotes import No, Talk

ROLES = {"buyer": ["buyer"], "artisan": ["artisan"], "mentor": ["mentor", "artisan"], "stranger": ["buyer"], "steward": ["steward"]}
KILL = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = 'anou' AND state <> 'idle'"
)
NEAR = timedelta(seconds=30)
SAME = object()  # a key whose first answer nobody heard
Deed = Callable[["Model"], None]


class Model:
    """The two threads, and what was recorded already."""

    def __init__(self) -> None:
        self.talks = [Talk(helped=True), Talk(helped=False)]
        self.references: set[str] = set()

    @property
    def free(self) -> bool:
        """Is the piece in the shop?"""
        return not any(order.holds for talk in self.talks for order in talk.orders)

    def foretold(self) -> Any:
        return [foretold(talk) for talk in self.talks], self.free


class World:
    """People, threads, the model, and the answers that keys have got."""

    def __init__(self, db: Any, number: int, steps: Counter[str], refusals: Counter[str], fates: Counter[str]) -> None:
        self.db, self.number, self.steps, self.refusals, self.fates = db, number, steps, refusals, fates
        self.model, self.answered = Model(), dict[tuple[str, str, str], Any]()
        self.trace: list[str] = []
        self._time = ExitStack()

    async def begin(self) -> None:
        """New people in two new threads. The buyer of each is the stranger of the other."""
        buyer, artisan, mentor, other, steward = await folk.people(self.db, 5)
        made = await folk.seat(self.db, [(buyer, artisan, mentor), (other, artisan)])
        names = dict(zip(ROLES, (buyer, artisan, mentor, other, steward), strict=True))
        self.people = {}
        for name, one in names.items():
            await Person.filter(id=one.id).update(roles=ROLES[name], craft="textile")
            self.people[name] = await Person.get(id=one.id)
        for talk, found in zip(self.model.talks, made, strict=True):
            talk.id = ids.uuid_or_none(found.thread)
        self.threads = [talk.id for talk in self.model.talks]
        picture = {"purpose": "message", "width": 1, "height": 1, "sha256": ""}
        self.photo = str((await Media.create(id=ids.new_id(), owner_id=self.people["artisan"].id, **picture)).id)
        self.piece = await Product.create(
            id=ids.new_id(), artisan=self.people["artisan"], title={"fr": "Tapis"}, craft="textile", price=90_000, currency="EUR",
            width_cm=200, length_cm=300, materials=["wool"], colours=["indigo"],
        )  # fmt: skip

    def person(self, talk: int, who: str) -> Person:
        """Whoever plays this part in that thread."""
        swapped = {"buyer": "stranger", "stranger": "buyer"} if talk else {}
        return self.people[swapped.get(who, who)]

    def later(self, by: timedelta) -> None:
        """The clock jumps; and on, as long as another limit is so near that it might be reached between two lines of a step."""
        self.trace.append(f"+{by}")
        self._time.enter_context(clock.shifted(by))
        while any(timedelta() < limit - clock.now() < NEAR for _, limit, _ in limits(self.model)):
            self._time.enter_context(clock.shifted(NEAR))

    async def do(
        self, verb: str, talk: int, who: str, hub: Callable[[Actor], Awaitable[Any]], deed: Deed, *,
        key: str | None = None, first: Deed | None = None, fate: str = "well", moment: int = 0, what: Any = "",
    ) -> None:  # fmt: skip
        """One step. `first` is the clock's part, which stands even if `deed` is refused. Raises Broken."""
        self.steps[verb] += 1
        self.trace.append(f"{verb} {talk} {who} {what} {key or ''} {fate if fate != 'well' else ''}".strip())
        nobody = who in ("clock", "courier")
        actor = Actor(scope=who) if nobody else Actor(self.person(talk, who), None if key is None else f"{self.number}/{key}")
        place = (str(actor.person.id) if actor.person else who, verb, key or "")
        mornings = [self.model]
        if first:
            mornings.append(deepcopy(self.model))
            first(mornings[-1])
        after, wanted = deepcopy(mornings[-1]), None
        known = self.answered.get(place) if key else None
        if known is None:
            try:
                deed(after)
            except No as no:
                after, wanted = mornings[-1], no.code
        if fate != "well" and known is None and mornings[-1].foretold() == after.foretold():
            actor, key = Actor(actor.person, scope=actor.scope), None  # it could not be seen whether the key was stored
        if fate == "well":
            got = await self._heard(hub(actor))
            self._compare(got, wanted, known)
            if key and known is None and wanted is None:
                self.answered[place] = got
            self.model = after
            await self.look([after])
            return
        await self._cut(fate, moment, hub(actor))
        await self.look([*mornings, after])
        if key and wanted is None and self.model is after and known is None:
            self.answered[place] = SAME

    async def _heard(self, work: Awaitable[Any]) -> Any:
        """The answer, or the code of the refusal as a Refusal."""
        try:
            return msgspec.json.decode(msgspec.json.encode(await work))
        except Refusal as refusal:
            self.refusals[refusal.code] += 1
            return refusal

    def _compare(self, got: Any, wanted: str | None, known: Any) -> None:
        code = got.code if isinstance(got, Refusal) else None
        if code != wanted:
            raise Broken([f"the hub says {code or 'yes'}, the table {wanted or 'yes'}"])
        if known is not None and known is not SAME and got != known:
            raise Broken(["the same key got another answer"])

    async def _cut(self, fate: str, moment: int, work: Any) -> None:
        """The request vanishes at an await, or the database ends the connection under it; then all is as before or done."""
        task = asyncio.create_task(cancelled_at(moment + 1, work) if fate == "vanished" else work)
        if fate == "killed":
            await asyncio.sleep(moment / 2000)
            while not task.done() and not await self.db.fetchval(KILL):
                await asyncio.sleep(0)
        await asyncio.wait([task], timeout=30)
        await unit.finished(30)
        outcome = "cancelled" if task.cancelled() else "answered"
        if not task.cancelled() and (fault := task.exception()):
            down = isinstance(fault, DOWN) or isinstance(fault.__cause__, DOWN)
            if not isinstance(fault, Refusal) and not (fate == "killed" and down):
                raise Broken([f"a person is shown {fault!r}"])
            outcome = "down" if down else "unavailable" if fault.code == "unavailable" else "refused"  # type: ignore[attr-defined]
        self.fates[f"{fate}: {outcome}"] += 1
        for _ in range(12 if fate == "killed" else 0):  # each lost connection is noticed by one who asks
            with suppress(*DOWN, Refusal, Exception):
                await rows.fetch("SELECT 1")
                await access.stewards()

    async def look(self, possible: list[Model]) -> None:
        """The database is what one of these models says, which is then the model; and nothing is ever wrong."""
        seen = await Picture.taken(self.db, self.threads, self.piece.id)
        if problems := seen.wrong():
            raise Broken(problems)
        facts = [seen.facts(thread) for thread in self.threads], seen.free
        for model in possible:
            if model.foretold() == facts:
                break
        else:
            raise Broken([f"the database has {facts}", *(f"the model says {model.foretold()}" for model in possible)])
        before, self.model = self.model, model
        self._adopt(seen)
        for old, new in zip(before.talks, model.talks, strict=True):
            for was, one in zip(old.orders, new.orders, strict=False):
                advance = was.advanced if (was.stage, one.stage) == ("making", "opened") else 0  # of a deposit that was none
                if was.payable - one.payable > was.bears + advance:
                    raise Broken([f"what order {one.id} owes the artisan fell from {was.payable} to {one.payable}"])

    def _adopt(self, seen: Picture) -> None:
        """Ids and fingerprints are the hub's to give, once."""
        for talk in self.model.talks:
            for quote, row in zip(talk.quotes, seen.quotes[talk.id], strict=True):
                if quote.hashes != list(row["hashes"])[: len(quote.hashes)] or quote.id not in (None, row["id"]):
                    raise Broken([f"quote {row['id']}: a version was changed"])
                quote.id, quote.hashes = row["id"], list(row["hashes"])
            for order, row in zip(talk.orders, seen.orders[talk.id], strict=True):
                order.id, order.shipment = row["id"], row["shipment"]

    async def settled(self) -> None:
        """After the worker's turn nothing is left that only time was awaited for. Raises Broken."""
        for talk in self.model.talks:
            if late := [one for one in talk.orders if one.stage == "opened" or (one.stage == "delivered" and not one.disputed)]:
                raise Broken([f"nothing will ever end order {one.id}: {one}" for one in late])

    async def end(self) -> None:
        """The clock is right again. Raises Broken."""
        try:
            if problems := await falsely_marked(self.db, self.threads):
                raise Broken(problems)
        finally:
            self._time.close()

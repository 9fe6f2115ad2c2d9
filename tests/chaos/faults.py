"""Faults that a hub node under test does to itself, woven around its own parts: death at a chosen moment, false bells.

Nothing of this is in the hub: `weave` replaces methods in this process only, and fails loudly when one is no longer there.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from random import Random
from typing import Any

from hub import lane
from hub.bus import Bell, Bus
from realtime.fanout import Fanout

MOMENTS = ("before_commit", "after_commit", "after_bell")


class Faults:
    """What is wrong now. Set from another thread by `set`."""

    def __init__(self) -> None:
        self.kill = ""  # one of MOMENTS
        self.countdown = 0  # how many such moments to let pass before the deadly one
        self.delay_s = 0.0  # after the moment: 0 is at once, more lets what comes next begin
        self.drop = self.double = self.late = 0.0  # shares of bells
        self.late_s = 0.5  # a late bell comes within this time, so behind others
        self.chance = Random(0)
        self.bells = 0  # how many were dropped, doubled or late

    def set(self, seed: object = None, **what: Any) -> None:
        """Change what is wrong; what is not named stays."""
        if seed is not None:
            self.chance = Random(str(seed))
        for name, value in what.items():
            if not hasattr(self, name):
                raise ValueError(name)
            setattr(self, name, value)

    def reached(self, moment: str) -> None:
        """One of MOMENTS has come: perhaps the last one."""
        if self.kill != moment:
            return
        if self.countdown:
            self.countdown -= 1
            return
        self.kill = ""
        if self.delay_s:
            threading.Thread(target=_die_later, args=(self.delay_s,), daemon=True).start()
        else:
            os.kill(os.getpid(), signal.SIGKILL)
            signal.pause()  # not one instruction more

    def waits(self) -> tuple[float, ...]:
        """After how long each copy of a bell is delivered: one copy, at once, when nothing is wrong with it."""
        if not (self.drop or self.double or self.late):
            return (0.0,)
        one = self.chance.random()
        if one < self.drop:
            self.bells += 1
            return ()
        copies = 2 if self.chance.random() < self.double else 1
        waits = tuple(self.chance.uniform(0, self.late_s) if self.chance.random() < self.late else 0.0 for _ in range(copies))
        self.bells += waits != (0.0,)
        return waits


def _die_later(seconds: float) -> None:
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)


def weave(faults: Faults) -> None:
    """Put the faults around the node's parts."""
    commit, tell, ring, deliver = lane.Writer.commit, lane._tell, Bus.ring, Fanout.deliver

    async def committing(self: lane.Writer, batch: list[lane.Waiting]) -> None:
        faults.reached("before_commit")
        await commit(self, batch)

    def telling(waiting: lane.Waiting, answer: Any, *rest: Any) -> None:
        """Message by message, after the commit: those before it in its batch have been rung for and answered."""
        if isinstance(answer, lane.Stored):
            faults.reached("after_commit")
        tell(waiting, answer, *rest)

    def ringing(self: Bus, sort: str, **rest: Any) -> None:
        ring(self, sort, **rest)
        if sort == "event":
            faults.reached("after_bell")

    def delivering(self: Fanout, bell: Bell) -> None:
        for wait in faults.waits():
            if wait:
                asyncio.get_running_loop().call_later(wait, deliver, self, bell)
            else:
                deliver(self, bell)

    lane.Writer.commit, lane._tell = committing, telling  # type: ignore[method-assign, assignment]
    Bus.ring, Fanout.deliver = ringing, delivering  # type: ignore[method-assign]

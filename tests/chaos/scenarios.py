"""The list of scenarios. A module of `MODULES` enters its own with `@scenario(...)`; numbers are those of docs/chaos.md."""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.check import Broken
from tests.chaos.ground import Ground, ground
from tests.chaos.nursery import Nursery
from tests.services import TestServices

MODULES = (
    "crowds", "kill", "bells", "valkey", "lines", "sleepers", "cancelling", "postgres", "rolling", "fuzz", "origins", "doors", "model",
    "deals.machine",
)  # fmt: skip
_found: dict[str, Scenario] = {}


@dataclass
class Report:
    """What became of one run."""

    name: str
    number: int
    seed: int
    full: bool
    seconds: float = 0.0
    figures: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    folder: Path | None = None  # with the logs, while it is there

    @property
    def kept(self) -> bool:
        """Were all promises kept?"""
        return not self.problems

    @property
    def replay(self) -> str:
        """The command that does the same again."""
        return f"anou chaos {self.name} --seed {self.seed}" + ("" if self.full else " --short")

    def line(self) -> str:
        """In one line."""
        return f"{self.number:>2} {self.name:<12} {'kept' if self.kept else 'BROKEN':<6} {self.seconds:6.1f} s  {self.replay}"


Play = Callable[[Ground, bool], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Scenario:
    """One fault, in a short form and a full one. `play(ground, full)` returns figures and raises Broken."""

    name: str
    number: int
    what: str  # in one line
    play: Play
    own: tuple[str, ...]  # the services it stops itself

    async def run(
        self, seed: int, full: bool, session: TestServices | None = None, nodes: Nursery | None = None, keep: bool = False
    ) -> Report:
        """Everything started, played, compared, ended. A fault of the scenario itself is raised, broken promises are reported."""
        report = Report(self.name, self.number, seed, full)
        begun = time.monotonic()
        try:
            async with ground(seed, session=session, own=self.own, nodes=nodes, keep=keep) as at:
                report.folder = at.folder
                report.figures = await self.play(at, full)
        except Broken as broken:
            report.problems = broken.problems
        report.seconds = time.monotonic() - begun
        report.figures |= {"load of the machine": round(os.getloadavg()[1], 1), "its cores": os.cpu_count()}
        return report


def scenario(name: str, number: int, what: str, *, own: tuple[str, ...] = ()) -> Callable[[Play], Play]:
    """Enter a scenario into the list."""

    def enter(play: Play) -> Play:
        _found[name] = Scenario(name, number, what, play, own)
        return play

    return enter


def scenarios() -> dict[str, Scenario]:
    """All of them, by name, in the order of their numbers."""
    for module in MODULES:
        importlib.import_module(f"tests.chaos.{module}")
    return dict(sorted(_found.items(), key=lambda item: item[1].number))

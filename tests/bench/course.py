"""How far a benchmark has come: its steps, done and ahead, and how far into the one at work where its length is known.

`Course` shows it; `step` is what benchmarks say, wherever they are. Without a course (in tests) it is said to nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

TICK_S = 0.25
_courses: list[Course] = []


class Course:
    """A bar on the terminal (a line for each step where there is none), on standard error."""

    def __init__(self, name: str, steps: int) -> None:
        self._console = Console(stderr=True)
        self._name, self._steps, self._done = name, steps, 0
        self._bar = Progress(
            TextColumn(f"anou bench {name}"), BarColumn(30), TextColumn("{task.fields[number]}/{task.total:.0f}"), TimeElapsedColumn(),
            TextColumn("{task.description}"), console=self._console, disable=not self._console.is_terminal,
        )  # fmt: skip
        self._task = self._bar.add_task("", total=steps, number=0)

    def __enter__(self) -> Course:
        self._bar.start()
        _courses.append(self)
        return self

    def __exit__(self, *fault: object) -> None:
        _courses.remove(self)
        self._bar.stop()

    def begin(self, words: str) -> None:
        """The next step begins."""
        self._done += 1
        self._steps = max(self._steps, self._done)
        self._bar.update(self._task, completed=self._done - 1, total=self._steps, description=words, number=self._done)
        if not self._console.is_terminal:
            self._console.print(f"anou bench {self._name}: {self._done}/{self._steps} {words}", highlight=False)

    def far(self, share: float) -> None:
        """So much of the step at work is done."""
        self._bar.update(self._task, completed=self._done - 1 + min(max(share, 0.0), 1.0))


def far(share: float) -> None:
    """So much of the step at work is done: for those who count themselves."""
    for course in _courses:
        course.far(share)


@contextlib.asynccontextmanager
async def step(words: str, seconds: float | None = None) -> AsyncIterator[None]:
    """One step; `seconds` is how long it is going to take, where that is known."""
    for course in _courses:
        course.begin(words)
    clock = asyncio.create_task(_clock(seconds)) if seconds else None
    try:
        yield
    finally:
        if clock:
            clock.cancel()
    far(1.0)


async def _clock(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while True:
        far((loop.time() - begun) / seconds)
        await asyncio.sleep(TICK_S)

"""Many who ask the same kind of question at once ask it in one statement.

While an answer is on its way, whatever is asked gathers; the next statement asks for all of it. So a question alone is asked
at once, and two thousand people who come back in one moment cost some dozens of statements. An answer is never older than
its question: what is asked while a statement is under way waits for the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Together(Generic[Question, Answer]):
    """`find(question)` is what `ask([question, ...])` has for it, or None."""

    def __init__(self, ask: Callable[[list[Question]], Awaitable[Mapping[Question, Answer]]], most: int) -> None:
        self._ask, self._most = ask, most
        self._waiting: dict[Question, list[asyncio.Future[Answer | None]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def find(self, question: Question) -> Answer | None:
        """The answer. Raises what the statement raised."""
        answer: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(question, []).append(answer)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch = {question: self._waiting.pop(question) for question in list(self._waiting)[: self._most]}
                await self._answer(batch)
        finally:
            self._task = None

    async def _answer(self, batch: dict[Question, list[asyncio.Future[Answer | None]]]) -> None:
        found: Mapping[Question, Answer] = {}
        fault: BaseException | None = None
        try:
            found = await self._ask(list(batch))
        except BaseException as raised:  # whatever became of it, nobody is left waiting
            fault = raised
        for question, answers in batch.items():
            for answer in answers:
                if answer.done():
                    continue
                if fault is not None:
                    answer.set_exception(fault) if isinstance(fault, Exception) else answer.cancel()
                else:
                    answer.set_result(found.get(question))
        if fault is not None and not isinstance(fault, Exception):
            raise fault

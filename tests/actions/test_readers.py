"""Connections that only read, and questions asked together: what is lost on the way is lost for those who asked, once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from hub import readers
from hub.config import Config
from hub.database import DOWN, credentials
from hub.readers import Readers
from hub.together import Together

HELD = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'anou'"
SLOW = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE 'SELECT pg_sleep%'"


@pytest.fixture
async def reading(database: Config) -> AsyncIterator[Readers]:
    found = Readers(database)
    await found.start()
    yield found
    await found.stop()


@pytest.fixture
async def onlooker(database: Config) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(**credentials(database.database_url))
    yield connection
    await connection.close()


async def test_a_hundred_readers_share_a_few_connections(reading: Readers, onlooker: asyncpg.Connection) -> None:
    found = await asyncio.gather(*(reading.fetch("SELECT $1::int + 0 * length(pg_sleep(0.01)::text)", number) for number in range(100)))
    assert [rows[0][0] for rows in found] == list(range(100))
    assert await onlooker.fetchval(HELD) == readers.MOST


async def test_whoever_waits_for_a_connection_is_refused_in_time(database: Config) -> None:
    reading = Readers(replace(database, pool_wait=0.3))
    slow = [asyncio.create_task(reading.fetch("SELECT pg_sleep(1)")) for _ in range(readers.MOST)]
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await reading.fetch("SELECT 1")
    await asyncio.gather(*slow)
    assert (await reading.fetch("SELECT 1"))[0][0] == 1  # nobody's turn was lost
    await reading.stop()


async def test_what_the_server_refuses_is_no_harm_to_the_connection(reading: Readers, onlooker: asyncpg.Connection) -> None:
    for _ in range(20):
        with pytest.raises(asyncpg.DivisionByZeroError):
            await reading.fetch("SELECT 1 / $1::int", 0)
    assert await onlooker.fetchval(HELD) == 1


async def test_a_cancelled_question_is_cancelled_on_the_server_and_its_connection_serves_on(
    reading: Readers, onlooker: asyncpg.Connection
) -> None:
    for _ in range(5):
        slow = [asyncio.create_task(reading.fetch("SELECT pg_sleep(60)")) for _ in range(readers.MOST)]
        async with asyncio.timeout(5):
            while await onlooker.fetchval(SLOW) < readers.MOST:
                await asyncio.sleep(0.01)
        for task in slow:
            task.cancel()
        await asyncio.wait(slow)
        async with asyncio.timeout(2):
            assert [tuple(row) for row in await reading.fetch("SELECT 1")] == [(1,)]
    async with asyncio.timeout(5):
        while await onlooker.fetchval(SLOW) or await onlooker.fetchval(HELD) > readers.MOST:
            await asyncio.sleep(0.01)


async def test_connections_that_the_server_cut_are_opened_again(reading: Readers, onlooker: asyncpg.Connection) -> None:
    await asyncio.gather(*(reading.fetch("SELECT pg_sleep(0.01)") for _ in range(20)))
    await onlooker.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'anou'")
    for _ in range(readers.MOST):  # at worst each connection's loss is noticed by one who asks
        with contextlib.suppress(*DOWN):
            await reading.fetch("SELECT 1")
    for _ in range(20):
        assert await reading.fetch("SELECT 1")


# Together


async def test_what_is_asked_meanwhile_is_asked_together_and_never_answered_from_before() -> None:
    asked: list[list[int]] = []
    moment = 0

    async def ask(questions: list[int]) -> dict[int, tuple[int, int]]:
        nonlocal moment
        asked.append(questions)
        moment += 1
        before = moment
        await asyncio.sleep(0.01)
        return {question: (question, before) for question in questions if question != 99}

    together = Together(ask, 50)
    first = asyncio.create_task(together.find(1))
    await asyncio.sleep(0.005)
    later = await asyncio.gather(*(together.find(number % 60) for number in range(120)), together.find(99))
    assert await first == (1, 1)
    assert [found and found[0] for found in later] == [*(number % 60 for number in range(120)), None]
    assert all(found[1] > 1 for found in later if found), "an answer from before the question"
    assert [len(questions) for questions in asked] == [1, 50, 11]


async def test_a_fault_is_for_those_who_asked_and_nobody_waits_for_ever() -> None:
    broken = True

    async def ask(questions: list[str]) -> dict[str, str]:
        await asyncio.sleep(0.01)
        if broken:
            raise ConnectionError("gone")
        return {question: question.upper() for question in questions}

    together = Together(ask, 10)
    impatient = asyncio.create_task(together.find("a"))
    patient = [asyncio.create_task(together.find(letter)) for letter in "abc"]
    await asyncio.sleep(0)
    impatient.cancel()
    found = await asyncio.gather(*patient, return_exceptions=True)
    assert [type(fault) for fault in found] == [ConnectionError] * 3
    broken = False
    assert await together.find("a") == "A"

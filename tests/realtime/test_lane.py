"""The lane of messages: the short way and the long one give the same answers, and nobody waits for somebody else's thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from hub import clock, ids
from hub.database import DOWN, credentials
from hub.errors import Refusal
from hub.lane import Stored
from hub.unit import services
from models.threads import Participation
from tests.realtime.conftest import Node, Someone, Story, conversation, someone

GOOD = b'{"kind":"text","body":"salam"}'


@pytest.fixture
async def database(node: Node) -> AsyncIterator[Any]:
    """A connection beside the hub's own."""
    connection = await asyncpg.connect(**credentials(node.config.database_url))
    yield connection
    await connection.close()


async def at_once(*messages: tuple[UUID, Someone, UUID, bytes]) -> list[Stored | Refusal]:
    """The answers to messages that wait for the same commit."""
    journal, answers = services().journal, [asyncio.get_running_loop().create_future() for _ in messages]
    for answer, (thread, who, cid, data) in zip(answers, messages, strict=True):
        journal.submit(ids.text(thread), ids.text(who.id), ids.text(cid), data, answer.set_result)
    async with asyncio.timeout(5):
        return list(await asyncio.gather(*answers))


def told(answers: list[Stored | Refusal]) -> list[Any]:
    return [(found.seq, found.dup) if isinstance(found, Stored) else found.code for found in answers]


async def test_a_repeated_client_id_spoils_nothing_beside_it(node: Node, story: Story) -> None:
    other, cid = await conversation(story.claire, await someone("Zohra")), uuid4()
    first = await at_once(
        (story.thread, story.claire, cid, GOOD), (other, story.claire, uuid4(), GOOD), (story.thread, story.claire, cid, GOOD),
        (story.thread, story.fatima, cid, GOOD),
    )  # fmt: skip
    assert told(first) == [(1, False), (1, False), (1, True), (2, False)]
    known, fresh = (story.thread, story.claire, cid, GOOD), [(other, story.claire, uuid4(), GOOD) for _ in range(2)]
    again = await at_once(fresh[0], known, fresh[1])
    assert told(again) == [(2, False), (1, True), (3, False)]


async def test_a_stranger_spoils_nothing_beside_it(node: Node, story: Story) -> None:
    found = await at_once(
        (story.thread, story.claire, uuid4(), GOOD), (story.thread, story.ahmed, uuid4(), GOOD), (uuid4(), story.claire, uuid4(), GOOD),
        (story.thread, story.fatima, uuid4(), GOOD),
    )  # fmt: skip
    assert told(found) == [(1, False), "unknown_thread", "unknown_thread", (2, False)]


async def test_what_the_database_cannot_hold_spoils_nothing_beside_it(node: Node, story: Story) -> None:
    bad = b'{"kind":"text","body":"\\u0000"}'
    found = await at_once(*((story.thread, story.claire, uuid4(), data) for data in (GOOD, bad, GOOD)))
    assert told(found) == [(1, False), "bad_frame", (2, False)]


async def test_the_database_knows_who_came_and_who_left(node: Node, story: Story) -> None:
    """The node remembers who is in the thread; what it remembers is worth nothing once the roster number moved."""
    fatima = await node.browser(story.fatima, story.thread)
    assert told(await at_once((story.thread, story.claire, uuid4(), GOOD))) == [(1, False)]
    await Participation.filter(thread_id=story.thread, person_id=story.fatima.id).update(left_at=clock.now())
    await Participation.create(thread_id=story.thread, person_id=story.ahmed.id, role="mentor")
    ahmed = await node.browser(story.ahmed, at={story.thread: 1})
    found = await at_once((story.thread, story.fatima, uuid4(), GOOD), (story.thread, story.claire, uuid4(), GOOD))
    assert told(found) == ["unknown_thread", (2, False)]
    assert told(await at_once((story.thread, story.ahmed, uuid4(), GOOD))) == [(3, False)]
    assert await ahmed.seen(story.thread, 3) == [2, 3]
    assert fatima.seqs(story.thread) == [1]


async def test_nobody_waits_for_somebody_elses_thread(node: Node, story: Story, database: Any) -> None:
    held, free = story.thread, await conversation(story.claire, await someone("Zohra"))
    claire = await node.browser(story.claire, held, free)
    async with database.transaction():
        await database.execute("SELECT 1 FROM thread WHERE id = $1 FOR UPDATE", held)
        waiting = [await claire.say(held, str(number)) for number in range(3)]
        await asyncio.sleep(0.1)
        waiting.append(await claire.say(held, "3"))
        for _ in range(3):
            assert (await claire.ask("send", thread=free, cid=uuid4(), kind="text", body="salam"))["t"] == "ok"
        assert not claire.of("ok", thread=held)
    assert [(await claire.answer(ref))["seq"] for ref in waiting] == [1, 2, 3, 4]
    assert [event["data"]["body"] for event in claire.of("event", thread=held)] == ["0", "1", "2", "3"]


async def test_a_connection_that_heard_its_servers_last_word_is_down(node: Node, database: Any) -> None:
    """In the instant before the end of the line comes in too, asyncpg calls it a fault of its own."""
    line = await asyncpg.connect(**credentials(node.config.database_url))
    try:
        await database.execute("SELECT pg_terminate_backend($1)", line.get_server_pid())
        time.sleep(0.2)  # both have arrived, and are read one after the other
        for _ in range(2):
            await asyncio.sleep(0)
        with pytest.raises(DOWN):
            await line.fetchval("SELECT 1")
    finally:
        line.terminate()


async def test_whoever_speaks_again_at_the_very_moment_of_an_answer_is_heard(node: Node, story: Story) -> None:
    """When a commit has just found nothing more to do, what is said next begins another."""
    async with asyncio.timeout(5):
        for seq in range(1, 6):
            stored = await services().journal.append(story.thread, story.claire.id, uuid4(), GOOD)
            assert stored.seq == seq

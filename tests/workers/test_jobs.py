"""Jobs are woken through a real Valkey and run by a real arq worker."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from arq.worker import Worker, func

from hub import clock, jobs
from hub.actions import house
from hub.actions import people as accounts
from hub.config import Config, use
from hub.database import close, connect
from hub.errors import Refusal
from hub.ids import new_id
from hub.unit import Actor
from models.house import Answer
from models.people import Person, Session, SignInCode, SignInLink
from workers.clock import TRIES, each
from workers.settings import JOBS, WorkerSettings, patient, start, stop


async def work_off(config: Config, *, most: int = -1, **more: Any) -> Worker:
    """Run a worker until nothing waits, or it has begun `most` jobs."""
    worker = Worker(
        functions=[*WorkerSettings.functions, *(func(patient(job), name=name, max_tries=3) for name, job in more.items())],
        redis_pool=jobs.connection(config.redis_url),
        queue_name=jobs.QUEUE,
        on_startup=start,
        on_shutdown=stop,
        keep_result=0,
        burst=True,
        max_burst_jobs=most,
        poll_delay=0.02,
        handle_signals=False,
        job_serializer=jobs.encode,
        job_deserializer=jobs.decode,
    )
    await worker.async_run()
    return worker


def test_every_named_job_has_a_function() -> None:
    names = {value for name, value in vars(jobs).items() if name.isupper() and name not in {"QUEUE"} and isinstance(value, str)}
    assert names == set(JOBS)


async def test_a_woken_job_runs_with_its_arguments_as_json(database: Config) -> None:
    seen: list[Any] = []

    async def note(context: dict[str, Any], **arguments: Any) -> None:
        seen.append(arguments)

    assert await jobs.later("note", order="0190", parts=[1, 2])
    worker = await work_off(database, note=note)
    await worker.close()
    assert seen == [{"order": "0190", "parts": [1, 2]}]


async def test_the_same_job_waits_once_and_may_come_again_when_it_is_done(database: Config) -> None:
    seen: list[int] = []

    async def note(context: dict[str, Any], number: int) -> None:
        seen.append(number)

    for number in (1, 2):
        await jobs.later("note", once="x", number=number)
    await (await work_off(database, note=note)).close()
    await jobs.later("note", once="x", number=3)
    await (await work_off(database, note=note)).close()
    assert seen == [1, 3]


async def test_a_job_that_finds_the_database_silent_is_tried_again(database: Config) -> None:
    tries: list[int] = []

    async def unlucky(context: dict[str, Any]) -> None:
        tries.append(context["job_try"])
        if len(tries) == 1:
            raise Refusal("unavailable")

    await jobs.later("unlucky")
    await (await work_off(database, unlucky=unlucky)).close()
    assert tries == [1, 2]


async def test_old_answers_are_forgotten_and_fresh_ones_kept(database: Config) -> None:
    await start(context := {})
    for key, age in (("old", timedelta(days=8)), ("fresh", timedelta(days=1))):
        answer = await Answer.create(scope="s", key=key, body="{}")
        await Answer.filter(id=answer.id).update(at=clock.now() - age)
    await stop(context)
    await jobs.later(jobs.FORGET_ANSWERS)
    worker = await work_off(database)
    assert await Answer.all().values_list("key", flat=True) == ["fresh"]
    await worker.close()


async def test_one_that_fails_does_not_hold_up_those_behind_it() -> None:
    done: list[UUID] = []

    async def confirm(actor: Actor, thing: UUID) -> None:
        if thing.int == 1:
            raise KeyError("a bug")
        if thing.int == 2:
            raise Refusal("order_moved")
        done.append(thing)

    assert await each([UUID(int=number) for number in (1, 2, 3)], confirm) == 1
    assert done == [UUID(int=3)]


async def test_one_that_never_gets_an_answer_holds_up_none_but_is_tried_again() -> None:
    asked: list[int] = []

    async def give_back(actor: Actor, thing: int) -> None:
        asked.append(thing)
        if thing in (0, 2):
            raise Refusal("unavailable")

    with pytest.raises(Refusal, match="unavailable"):
        await each(range(5), give_back)
    assert asked == [0, 1, 2, 3, 4]

    async def down(actor: Actor, thing: int) -> None:
        asked.append(thing)
        raise Refusal("unavailable")

    asked.clear()
    with pytest.raises(Refusal, match="unavailable"):
        await each(range(500), down)
    assert len(asked) == TRIES


@pytest.mark.parametrize("setting", ["smtp_url", "sms_url"])
async def test_a_code_that_could_not_be_sent_is_sent_again(database: Config, setting: str) -> None:
    kind, scheme, to = ("email", "smtp", "a@example.org") if setting == "smtp_url" else ("phone", "http", "+212600000001")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"{scheme}://127.0.0.1:{closed.getsockname()[1]}/"
    use(replace(database, **{setting: url}))  # type: ignore[arg-type]  # one of Config's own names
    await jobs.later(jobs.SEND_CODE, kind=kind, to=to, subject="s", text="t")
    worker = await work_off(database, most=1)
    await worker.close()
    assert (worker.jobs_retried, worker.jobs_failed) == (1, 0)


async def test_a_dead_bus_holds_nobody_up(database: Config) -> None:
    use(replace(database, redis_url="redis://127.0.0.1:1/0"))
    began = time.monotonic()
    assert [await jobs.later(jobs.FORGET_ANSWERS) for _ in range(50)] == [False] * 50
    assert time.monotonic() - began < 2


async def test_spent_codes_links_and_ended_sessions_are_forgotten(database: Config) -> None:
    await connect(database)
    try:
        now = clock.now()
        person = await Person.create(id=new_id(), name="Claire", roles=["buyer"])
        for age in (timedelta(hours=1), timedelta(days=2)):
            await SignInCode.create(id=new_id(), contact="c", code_hash="x", created_at=now - age, expires_at=now - age)
        await accounts.make_link(person)
        used = {"expires_at": now + timedelta(days=1), "used_at": now - timedelta(days=2)}
        await SignInLink.create(id=new_id(), person=person, token_hash="y", **used)
        await accounts.open_session(person, "kept")
        with clock.shifted(-timedelta(days=400)):
            await accounts.open_session(person, "ended")
        assert await house.forget_keys() == 3
        assert (await SignInCode.all().count(), await SignInLink.all().count(), await Session.all().count()) == (1, 1, 1)
    finally:
        await close()

"""What every benchmark stands on: services and servers on one core, the load generator on the other, people to play."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec

from hub import clock, database, datafolder, embedded
from hub.config import Config, config, load, use
from hub.ids import hashed, new_id, new_token
from hub.sessions import COOKIE
from tests.bench.course import step

SERVER_CORE, LOAD_CORE = 0, 1
ROOT = Path(__file__).parent.parent.parent
SIDES = ("buyer", "artisan")
UNLIMITED = 1_000_000_000


def pin(core: int) -> None:
    """This process, and those it starts from now on, run on `core` (where the machine has that many)."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > core:
        os.sched_setaffinity(0, {core})


def free_port() -> int:
    """A port nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@dataclass
class Stage:
    """A database, a bus, and the servers started on them."""

    config: Config
    servers: list[asyncio.subprocess.Process] = field(default_factory=list)
    playing: str = ""  # the kind of server that was started last

    async def hub(self, **settings: Any) -> tuple[str, int]:
        """A hub node; its base URL and process id."""
        return await self._served(["hub", "serve", "--port"], settings)

    async def timed_hub(self) -> tuple[str, int]:
        """A hub that says what each request took."""
        return await self._served(["tests.bench.timed"], {})

    async def worker(self, **settings: Any) -> int:
        """A background worker; its process id."""
        own = replace(self.config, **settings)
        return (await self._start([sys.executable, "-m", "hub", "worker"], os.environ | own.environment())).pid

    async def _served(self, command: list[str], settings: dict[str, Any]) -> tuple[str, int]:
        self.playing = "hub"
        port = free_port()
        own = replace(self.config, port=port, frames_per_minute=UNLIMITED, frames_burst=UNLIMITED, **settings)
        started = await self._start([sys.executable, "-m", *command, str(port)], os.environ | own.environment())
        await _answers(f"http://127.0.0.1:{port}/readyz")
        return f"http://127.0.0.1:{port}", started.pid

    async def floor(self, threads: int) -> tuple[str, int]:
        """The floor; its base URL and process id."""
        self.playing = "floor"
        port = free_port()
        arguments = [sys.executable, "-m", "tests.bench.floor", self.config.database_url, str(port), str(threads)]
        started = await self._start(arguments, dict(os.environ))
        for _ in range(200):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(0.05)
        return f"http://127.0.0.1:{port}", started.pid

    async def _start(self, arguments: list[str], environment: dict[str, str]) -> asyncio.subprocess.Process:
        pin(SERVER_CORE)
        log = (self.config.data / f"server-{len(self.servers)}.log").open("wb")
        found = await asyncio.create_subprocess_exec(*arguments, cwd=ROOT, env=environment, stdout=log, stderr=log)
        self.servers.append(found)
        return found

    async def stop(self) -> None:
        """End the servers of this stage."""
        for server in self.servers:
            if server.returncode is None:
                server.terminate()
        for server in self.servers:
            try:
                async with asyncio.timeout(15):
                    await server.wait()
            except TimeoutError:
                server.kill()
        self.servers.clear()

    async def load(self, job: dict[str, Any]) -> dict[str, Any]:
        """Let the load generator do one job on its core. Raises RuntimeError with what it said."""
        pin(LOAD_CORE)
        made = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.load", cwd=ROOT, stdin=-1, stdout=-1, stderr=-1
        )
        seconds = job.get("seconds", 0) + job.get("warm_s", 0)
        try:
            async with step(f"the {self.playing} under load", seconds), asyncio.timeout(seconds + 120):
                out, error = await made.communicate(msgspec.json.encode(job))
        finally:
            if made.returncode is None:
                made.kill()
        if made.returncode:
            raise RuntimeError(error.decode()[-2000:])
        found: dict[str, Any] = msgspec.json.decode(out)
        return found


@contextlib.asynccontextmanager
async def crowd() -> AsyncIterator[Crowd]:
    """People who listen, from the core that the server does not use; gone at the end."""
    pin(LOAD_CORE)
    made = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.crowd", cwd=ROOT, stdin=-1, stdout=-1, limit=2**24
    )
    try:
        yield Crowd(made)
    finally:
        if made.returncode is None:
            made.kill()
            await made.wait()


@dataclass
class Crowd:
    """The process of `tests/bench/crowd.py`."""

    process: asyncio.subprocess.Process

    async def does(self, what: str, **rest: Any) -> dict[str, Any]:
        """One command; its answer. Raises RuntimeError when it ended, or anything was wrong with what it was told."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(msgspec.json.encode({"do": what} | rest) + b"\n")
        answer = await self.process.stdout.readline()
        found: dict[str, Any] = msgspec.json.decode(answer) if answer else {"faults": ["the crowd has left"]}
        if found.get("faults"):
            raise RuntimeError(f"{what}: {found['faults']}")
        return found


async def _answers(url: str) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(300):
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(url)).status_code == 200:
                    return
            await asyncio.sleep(0.1)
    raise RuntimeError(f"nothing answers at {url}")


@contextlib.asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Postgres (fsync on) and Valkey in a folder of their own, migrated; everything gone at the end."""
    pin(SERVER_CORE)
    with tempfile.TemporaryDirectory(prefix="anou-bench-") as folder:
        settings = load(data=Path(folder), database_url="", redis_url="", demo=True)
        os.chmod(folder, 0o755)
        with datafolder.only_one(settings.data):
            async with contextlib.AsyncExitStack() as held:
                async with step("services start"):
                    found = await held.enter_async_context(embedded.services(settings))
                    settings = use(replace(settings, database_url=found.database_url, redis_url=found.redis_url))
                    await database.migrate(settings)
                    await database.connect(settings)
                made = Stage(settings)
                try:
                    yield made
                finally:
                    await made.stop()
                    await database.close()


async def pairs(count: int) -> list[tuple[str, list[dict[str, str]]]]:
    """`count` threads of a buyer and an artisan each: (thread, [{id, token}, {id, token}])."""
    now = clock.now()
    threads = [(new_id(), new_id(), new_id()) for _ in range(count)]  # thread, buyer, artisan
    people = [(person, role) for _, *two in threads for person, role in zip(two, SIDES, strict=True)]
    tokens = {person: new_token() for person, _ in people}
    connection = await asyncpg.connect(**database.credentials(config().database_url))
    for table, columns, rows in (
        ("person", "id name roles locale reads speaks bio created_at",
         [(person, role, [role], "fr", ["fr"], [], "{}", now) for person, role in people]),
        ("session", "id person_id token_hash device created_at seen_at expires_at",
         [(new_id(), person, hashed(token), "bench", now, now, now + timedelta(days=9)) for person, token in tokens.items()]),
        ("thread", "id buyer_id artisan_id last_seq roster created_at moved_at", [(*ids, 0, 1, now, now) for ids in threads]),
        ("participation", "thread_id person_id role from_seq got read joined_at",
         [(thread, person, role, 0, 0, 0, now) for thread, *two in threads for person, role in zip(two, SIDES, strict=True)]),
    ):  # fmt: skip
        await connection.copy_records_to_table(table, records=rows, columns=columns.split())
    await connection.close()
    return [(str(thread), [{"id": str(person), "token": tokens[person]} for person in two]) for thread, *two in threads]


async def heads(url: str = "") -> dict[str, int]:
    """Where each thread of the database stands: whoever says so in their `hello` is told nothing of what was before."""
    connection = await asyncpg.connect(**database.credentials(url or config().database_url))
    found = await connection.fetch("SELECT id::text, last_seq FROM thread")
    await connection.close()
    return dict(found)


def hub_people(bases: list[str], threads: list[tuple[str, list[dict[str, str]]]]) -> list[dict[str, Any]]:
    """The load generator's people: the two of a thread on different nodes when there are two."""
    return [
        {
            "url": bases[side % len(bases)].replace("http", "ws") + "/ws",
            "headers": {
                "Origin": bases[side % len(bases)],
                "Cookie": f"{COOKIE}={person['token']}",
                "Sec-WebSocket-Protocol": "hub.v1",
            },
            "thread": thread,
            "id": person["id"],
        }
        for thread, two in threads
        for side, person in enumerate(two)
    ]


def floor_people(base: str, count: int) -> list[dict[str, Any]]:
    """The same for the floor, which knows no people."""
    return [
        {"url": f"{base.replace('http', 'ws')}/{thread}", "headers": {}, "thread": thread}
        for thread in range(count)
        for _ in range(2)
    ]

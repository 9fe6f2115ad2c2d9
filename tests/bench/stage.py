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
from pathlib import Path
from typing import Any

import httpx
import msgspec

from hub import database, embedded
from hub.actions import people as accounts
from hub.config import Config, load, use
from hub.ids import new_id
from hub.sessions import COOKIE
from models.people import Person
from models.threads import Participation, Thread

SERVER_CORE, LOAD_CORE = 0, 1
ROOT = Path(__file__).parent.parent.parent
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

    async def hub(self, **settings: Any) -> tuple[str, int]:
        """A hub node; its base URL and process id."""
        return await self._served(["hub", "serve", "--port"], settings)

    async def timed_hub(self) -> tuple[str, int]:
        """A hub that says what each request took."""
        return await self._served(["tests.bench.timed"], {})

    async def _served(self, command: list[str], settings: dict[str, Any]) -> tuple[str, int]:
        port = free_port()
        config = replace(self.config, port=port, frames_per_minute=UNLIMITED, frames_burst=UNLIMITED, **settings)
        started = await self._start([sys.executable, "-m", *command, str(port)], os.environ | config.environment())
        await _answers(f"http://127.0.0.1:{port}/readyz")
        return f"http://127.0.0.1:{port}", started.pid

    async def floor(self, threads: int) -> tuple[str, int]:
        """The floor; its base URL and process id."""
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
        try:
            async with asyncio.timeout(job.get("seconds", 0) + job.get("warm_s", 0) + 120):
                out, error = await made.communicate(msgspec.json.encode(job))
        finally:
            if made.returncode is None:
                made.kill()
        if made.returncode:
            raise RuntimeError(error.decode()[-2000:])
        found: dict[str, Any] = msgspec.json.decode(out)
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
        config = load(data=Path(folder), database_url="", redis_url="", demo=True)
        os.chmod(folder, 0o755)
        with embedded.only_one(config.data):
            async with embedded.services(config) as found:
                config = use(replace(config, database_url=found.database_url, redis_url=found.redis_url))
                await database.migrate(config)
                await database.connect(config)
                made = Stage(config)
                try:
                    yield made
                finally:
                    await made.stop()
                    await database.close()


async def pairs(count: int) -> list[tuple[str, list[dict[str, str]]]]:
    """`count` threads of a buyer and an artisan each: (thread, [{id, token}, {id, token}])."""
    found = []
    for number in range(count):
        two = [
            await Person.create(id=new_id(), name=f"{role} {number}", roles=[role], reads=["fr"], locale="fr")
            for role in ("buyer", "artisan")
        ]
        thread = await Thread.create(id=new_id(), buyer=two[0], artisan=two[1])
        for person, role in zip(two, ("buyer", "artisan"), strict=True):
            await Participation.create(thread=thread, person=person, role=role)
        found.append(
            (str(thread.id), [{"id": str(p.id), "token": await accounts.open_session(p, "bench")} for p in two])
        )
    return found


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

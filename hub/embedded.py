"""Postgres and Valkey started from their wheels inside the data folder, as ordinary children of the supervisor.

    async with services(config) as found:
        found.database_url, found.redis_url

Both listen on 127.0.0.1 only, on free ports, with a password.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import signal
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from hub.children import kept_alive, stop
from hub.config import Config
from hub.datafolder import keys, write_json
from hub.postgres import LASTING, THROWAWAY, Postgres
from hub.valkey import Valkey


@dataclass(frozen=True)
class Services:
    database_url: str
    redis_url: str


def running(data: Path) -> Services | None:
    """The services of a data folder whose supervisor is running, for a further node or worker to join."""
    try:
        text = (data / "services.json").read_bytes()
    except OSError:
        return None
    with contextlib.suppress(OSError), (data / "anou.lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return msgspec.json.decode(text, type=Services)
    return None  # left behind by a supervisor that was killed


@contextlib.asynccontextmanager
async def services(config: Config) -> AsyncIterator[Services]:
    """Where the database and the bus are: as configured, else our own, kept alive until the block ends.

    Own `only_one(config.data)` around it. Raises `ChildFailed` with one line for people.
    """
    async with _started(config.data, config.database_url, config.redis_url, LASTING) as found:
        path = config.data / "services.json"
        write_json(path, asdict(found))
        try:
            yield found
        finally:
            path.unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def throwaway_services(folder: Path) -> AsyncIterator[Services]:
    """Both services without a care for power cuts, for tests: nothing is synced to disk."""
    async with _started(folder, "", "", THROWAWAY) as found:
        yield found


@contextlib.asynccontextmanager
async def _started(data: Path, database_url: str, redis_url: str, care: Mapping[str, str]) -> AsyncIterator[Services]:
    passwords = keys(data)
    postgres = None if database_url else Postgres(data, passwords["postgres"], care)
    valkey = None if redis_url else Valkey(data, passwords["valkey"])
    parts = [part for part in (postgres, valkey) if part]
    try:
        await _all(*(part.start() for part in parts))
        async with kept_alive(*(part.child for part in parts if part.child)):
            yield Services(postgres.url if postgres else database_url, valkey.url if valkey else redis_url)
    finally:
        await asyncio.gather(
            stop(*([valkey.child] if valkey and valkey.child else []), within=3.0),
            stop(*([postgres.child] if postgres and postgres.child else []), within=4.0, harder=signal.SIGQUIT),
        )


async def _all(*starts: Coroutine[None, None, None]) -> None:
    """Run them side by side; when one fails the others are over too before it is raised."""
    tasks = [asyncio.create_task(start) for start in starts]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

"""A real Postgres and a real Valkey for a test run, and databases cloned from a migrated template in them."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
from redis import asyncio as redis

from hub import database
from hub.config import Config
from hub.embedded import throwaway_services

TEMPLATE = "anou_template"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class TestServices:
    """What tests connect to. `database_url` names the migrated template: clone it, don't connect to it."""

    __test__ = False

    database_url: str
    redis_url: str

    def url(self, name: str) -> str:
        """The address of the database `name` on this server."""
        return self.database_url.rpartition("/")[0] + f"/{name}"

    @contextlib.asynccontextmanager
    async def clone(self) -> AsyncIterator[str]:
        """A fresh migrated database, by its URL; dropped at the end, whoever is still connected."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        await self.administer(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        try:
            yield self.url(name)
        finally:
            await self.administer(f"DROP DATABASE {name} WITH (FORCE)")

    async def administer(self, statement: str) -> None:
        connection = await asyncpg.connect(**database.credentials(self.url("postgres")))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def forget(self) -> None:
        """Empty Valkey."""
        client = redis.Redis.from_url(self.redis_url)
        try:
            await client.flushall()
        finally:
            await client.aclose()


@contextlib.asynccontextmanager
async def started() -> AsyncIterator[TestServices]:
    """Both services in a folder of their own, with the migrated template; nothing is left at the end."""
    folder = Path(tempfile.mkdtemp(prefix="anou-test-"))
    folder.chmod(0o711)  # as root, Postgres runs as somebody else
    try:
        async with throwaway_services(folder) as found:
            services = TestServices(found.database_url.rpartition("/")[0] + f"/{TEMPLATE}", found.redis_url)
            await services.administer(f"CREATE DATABASE {TEMPLATE}")
            await database.migrate(replace(Config(), database_url=services.database_url))
            yield services
    finally:
        shutil.rmtree(folder, ignore_errors=True)

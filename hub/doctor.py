"""`anou doctor`: what works here and what doesn't, one line each. Also the health check of the containers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import asyncpg
import click
from redis import asyncio as redis
from redis.exceptions import RedisError

from hub import database, jobs
from hub.config import Config
from hub.up import answers

_PATIENCE_S = 5.0


async def _database(config: Config) -> str:
    """The database answers, and has exactly our migrations."""
    connection = await asyncpg.connect(**database.credentials(config.database_url), timeout=_PATIENCE_S)
    try:
        version = await connection.fetchval("SHOW server_version")
        there = set()
        if await connection.fetchval("SELECT to_regclass('tortoise_migrations')"):
            there = {row["name"] for row in await connection.fetch("SELECT name FROM tortoise_migrations WHERE app = 'models'")}
    finally:
        await connection.close()
    if newer := sorted(there - database.known_migrations()):
        raise LookupError(f"made by a newer version of the hub (it has {newer[-1]})")
    if missing := sorted(database.known_migrations() - there):
        raise LookupError(f"{len(missing)} migrations behind: run `anou migrate`")
    return f"Postgres {version}, up to date"


async def _bus(config: Config) -> str:
    client = redis.Redis.from_url(config.redis_url, socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S)
    try:
        info = await client.info("server")
    finally:
        await client.aclose()
    return f"Valkey {info.get('valkey_version', info['redis_version'])}"


async def _hub(config: Config) -> str:
    if not await answers(config, "/readyz"):
        raise LookupError(f"no hub is ready on port {config.port}")
    return f"ready at {config.base}"


async def _worker(config: Config) -> str:
    """arq writes a line about itself under a key that expires when no worker renews it."""
    queue = jobs.connection(config.redis_url, patience=_PATIENCE_S)
    try:
        words = await queue.get(f"{jobs.QUEUE}:health-check")
        waiting = await queue.zcard(jobs.QUEUE)
    finally:
        await queue.aclose()
    if not words:
        raise LookupError(f"no worker has been heard of lately; {waiting} jobs wait")
    return f"at work, {waiting} jobs wait"


PARTS: dict[str, Callable[[Config], Awaitable[str]]] = {"database": _database, "bus": _bus, "hub": _hub, "worker": _worker}


async def examine(config: Config, parts: Sequence[str]) -> bool:
    """Look at these parts and say what was found; True if all is well."""
    well = True
    for name in parts:
        try:
            words, good = await PARTS[name](config), True
        except (*database.DOWN, asyncpg.PostgresError, RedisError, LookupError) as fault:
            words, good = str(fault) or type(fault).__name__, False
        click.echo(f"{'ok ' if good else 'BAD'} {name:<9} {words}")
        well = well and good
    return well

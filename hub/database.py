"""Postgres: connecting the ORM, and bringing the schema up to date."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg
from tortoise import Tortoise, connections
from tortoise.exceptions import DBConnectionError, OperationalError
from tortoise.migrations.api import migrate as run_migrations

from hub.config import Config
from models import MODULES

MIGRATIONS = "models.migrations"
_LOCK = 0x616E6F75  # the advisory lock around migrations: they take none of their own

DOWN = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,  # used in the instant between the server's last word and the end of the line
    DBConnectionError,
    OSError,
    TimeoutError,
)  # what a database that does not answer raises
BUSY = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class NewerDatabase(Exception):
    """The database was migrated by a newer version of the hub; its message says which."""


def credentials(url: str) -> dict[str, Any]:
    """The parts of a `postgres://` URL as keywords of `asyncpg.connect`."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    found: dict[str, Any] = {
        "host": query.get("host") or parts.hostname or "127.0.0.1",
        "port": parts.port or 5432,
        "user": unquote(parts.username or "postgres"),
        "database": parts.path.lstrip("/") or "postgres",
    }
    if parts.password:
        found["password"] = unquote(parts.password)
    return found


def server_settings(config: Config) -> dict[str, str]:
    """Limits that the server itself keeps, whatever becomes of the client."""
    milliseconds = str(int(config.db_timeout * 1000))
    return {
        "application_name": "anou",
        "statement_timeout": milliseconds,
        "lock_timeout": milliseconds,
        "idle_in_transaction_session_timeout": milliseconds,
        "jit": "off",
    }


def settings(config: Config) -> dict[str, Any]:
    """The ORM's configuration."""
    return {
        "connections": {
            "default": {
                "engine": "tortoise.backends.asyncpg",
                "credentials": credentials(config.database_url)
                | {
                    "minsize": 1,
                    "maxsize": config.db_pool,
                    "command_timeout": config.db_timeout + 2,
                    "server_settings": server_settings(config),
                    "reset": _as_it_is,
                },
            }
        },
        "apps": {"models": {"models": MODULES, "migrations": MIGRATIONS, "default_connection": "default"}},
        "use_tz": True,
        "timezone": "UTC",
    }


async def _as_it_is(connection: Any) -> None:
    """A connection that comes back to the ORM's pool: a transaction left open has been rolled back, and nothing else is
    ever left behind. We set nothing for a session, listen to nothing, hold no cursor and no lock beyond a transaction;
    asking the server to reset all that would double the time of a look-up."""


async def connect(config: Config) -> None:
    """Connect the ORM for this process."""
    await Tortoise.init(config=settings(config), _enable_global_fallback=True)


async def close() -> None:
    """Give every connection back."""
    await connections.close_all()


def known_migrations() -> set[str]:
    """Names of the migrations this version of the hub carries."""
    folder = Path(__file__).parent.parent / "models" / "migrations"
    return {path.stem for path in folder.glob("[0-9]*.py")}


async def migrate(config: Config) -> None:
    """Bring the database up to date, one process at a time. Raises NewerDatabase."""
    guard = await asyncpg.connect(**credentials(config.database_url))
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await _refuse_newer(guard)
        await run_migrations(config=settings(config))
        await connections.close_all()
        await guard.execute(
            "INSERT INTO house (id, epoch, secret) VALUES (1, $1, $2) ON CONFLICT DO NOTHING",
            uuid.uuid4(),
            secrets.token_bytes(32),
        )
    finally:
        await asyncio.shield(guard.close())


async def _refuse_newer(guard: Any) -> None:
    if not await guard.fetchval("SELECT to_regclass('tortoise_migrations')"):
        return
    there = {row["name"] for row in await guard.fetch("SELECT name FROM tortoise_migrations WHERE app = 'models'")}
    unknown = sorted(there - known_migrations())
    if unknown:
        raise NewerDatabase(f"the database was made by a newer version of the hub (it has {unknown[-1]})")


__all__ = [
    "BUSY",
    "DOWN",
    "NewerDatabase",
    "OperationalError",
    "close",
    "connect",
    "credentials",
    "migrate",
    "server_settings",
]

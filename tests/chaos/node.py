"""A hub node in a process of its own, with faults built in around it: `python -m tests.chaos.node FD`.

It is told what to do over the socket FD, one JSON object a line, and answers each with one: first `{"serve": environment}`
(until then it is warm: everything is loaded), later `{"faults": {...}}` as often as wanted.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from typing import IO, Any

import msgspec

from hub import app, serving
from hub.children import die_with_parent
from hub.config import load, use
from tests.chaos.faults import Faults, weave

assert app and serving  # loaded while nobody waits


def _listen(told: IO[bytes], faults: Faults) -> None:
    for line in told:
        order: dict[str, Any] = msgspec.json.decode(line)
        faults.set(**order.get("faults", {}))
        told.write(msgspec.json.encode({"bells": faults.bells}) + b"\n")
        told.flush()


def main(descriptor: int) -> None:
    """Wait for the order to serve, then serve until a signal."""
    die_with_parent()
    faults = Faults()
    weave(faults)
    told = socket.socket(fileno=descriptor).makefile("rwb")
    told.write(b'{"warm":true}\n')
    told.flush()
    first = told.readline()
    if not first:
        return
    os.environ.update(msgspec.json.decode(first)["serve"])
    threading.Thread(target=_listen, args=(told, faults), daemon=True).start()
    serving.serve(use(load()))


if __name__ == "__main__":
    main(int(sys.argv[1]))

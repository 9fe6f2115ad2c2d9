"""A hub node in a process of its own (made by `nursery.py`), with faults built in around it.

It is told what to do over a socket, one JSON object a line. It says first who it is: `{"pid"}`; then hears
`{"serve": environment}`, and later `{"faults": {...}}` as often as wanted, each answered with `{"bells"}`. Its last word, when it
ends in order, is `{"ended"}`; a node that was killed says nothing.
"""

from __future__ import annotations

import os
import socket
import threading
from typing import Any

import msgspec

from hub import app, serving
from hub.children import die_with_parent
from hub.config import load, use
from tests.chaos.faults import Faults, weave

assert app and serving  # loaded before there is a node


def _say(told: Any, **what: Any) -> None:
    told.write(msgspec.json.encode(what) + b"\n")
    told.flush()


def _listen(told: Any, faults: Faults) -> None:
    for line in told:
        order: dict[str, Any] = msgspec.json.decode(line)
        faults.set(**order["faults"])
        _say(told, bells=faults.bells)


def main(descriptor: int) -> None:
    """Wait for the order to serve, then serve until a signal."""
    die_with_parent()
    told = socket.socket(fileno=descriptor).makefile("rwb")
    _say(told, pid=os.getpid())
    first = told.readline()
    if not first:
        return
    os.environ.update(msgspec.json.decode(first)["serve"])
    faults = Faults()
    weave(faults)
    threading.Thread(target=_listen, args=(told, faults), daemon=True).start()
    serving.serve(use(load()))
    _say(told, ended=True)

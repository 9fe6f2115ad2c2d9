"""Processor time of the servers of a stage, by program: on a shared core the only honest cost of a message."""

from __future__ import annotations

import contextlib

import psutil

PROGRAMS = {"tests.bench.floor": "floor", "-m hub": "hub", "valkey": "valkey", "postgres": "postgres"}  # the first that fits
LOAD = "tests.bench.load"


def spent() -> dict[str, float]:
    """Seconds of processor time, user and system, that each kind of child of this process has used so far."""
    found: dict[str, float] = {}
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            times, line = process.cpu_times(), " ".join([*process.cmdline(), process.name()])
            program = next((name for mark, name in PROGRAMS.items() if mark in line), None)
            if program and LOAD not in line:
                found[program] = found.get(program, 0.0) + times.user + times.system
    return found


def each(before: dict[str, float], after: dict[str, float], count: int) -> dict[str, float]:
    """Microseconds of each program for one of `count` things done in between."""
    return {name: (after[name] - before.get(name, 0.0)) * 1e6 / max(count, 1) for name in after}

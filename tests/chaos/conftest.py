"""Scenarios in their short form, on the services of the test run."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.chaos.nursery import Nursery, nursery
from tests.chaos.scenarios import scenarios
from tests.services import TestServices


@pytest.fixture(scope="session")
async def nodes() -> AsyncIterator[Nursery]:
    """One nursery for all."""
    async with nursery() as found:
        yield found


@pytest.fixture
def play(services: TestServices, nodes: Nursery) -> Callable[..., Awaitable[dict[str, Any]]]:
    """`await play(name)`: figures of its short form; fails with what was broken, and the command that replays it."""

    async def run(name: str, seed: int | None = None) -> dict[str, Any]:
        report = await scenarios()[name].run(secrets.randbelow(10**9) if seed is None else seed, False, services, nodes)
        if not report.kept:
            pytest.fail("\n".join([report.replay, *report.problems[:20]]))
        return report.figures

    return run

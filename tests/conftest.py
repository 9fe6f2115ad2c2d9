"""Fixtures of every test: real services once a run (once per xdist worker), a cloned database for each test that asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub import jobs
from hub.config import Config, use
from tests.house import House, serving
from tests.services import TestServices, started

LONGEST = ("test_up.py", "test_screens.py", "test_story.py", "test_interrupted_phone.py")  # begun first, so that none is last


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two workers are done soonest when the long files come first (`--no-loadscope-reorder` keeps this order)."""
    rank = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.name, len(rank)))


@pytest.fixture(scope="session")
async def services() -> AsyncIterator[TestServices]:
    """Postgres and Valkey for this process's tests."""
    async with started() as found:
        yield found


@pytest.fixture
async def database(services: TestServices, tmp_path: Path) -> AsyncIterator[Config]:
    """Settings that name an empty migrated database, an empty Valkey and an empty data folder; in force for the test."""
    await services.forget()
    async with services.clone() as url:
        yield use(Config(data=tmp_path, database_url=url, redis_url=services.redis_url, development=True, passport_key="5e" * 32))
        await jobs.close()


# Fixtures of the application stand below.


@pytest.fixture
async def house(database: Config) -> AsyncIterator[House]:
    """A hub that really serves, on an empty database."""
    async with serving(database) as found:
        yield found

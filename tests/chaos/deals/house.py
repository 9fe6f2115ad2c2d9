"""The hub's actions in this process, on the database and the bus of the ground."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from hub import config, database, jobs, unit
from hub.bus import Bus
from hub.journal import Journal
from tests.chaos.ground import Ground


@asynccontextmanager
async def hub(at: Ground) -> AsyncIterator[None]:
    """What actions need, in this process, as a worker has it. Commits are not synced to disk: no power is cut here."""
    settings_ = config.use(replace(at.config, development=True))
    name = settings_.database_url.rpartition("/")[2].partition("?")[0]
    connection = await at.connect()
    await connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    await connection.close()
    await database.connect(settings_)
    bus = Bus(settings_.redis_url, "deals", settings_.bell_channels)
    journal = Journal(settings_, bus)
    await bus.start()
    await journal.start()
    unit.use(journal, bus)
    try:
        yield
    finally:
        await unit.finished(10)
        await journal.stop()
        await bus.stop()
        await jobs.close()
        await database.close()

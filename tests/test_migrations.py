"""A migration can be taken back, and made again, with what the hub has written since."""

from __future__ import annotations

import asyncpg
from tortoise import connections
from tortoise.migrations.api import migrate

from hub import database as db
from hub.config import Config

SHAPE = """
SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable AS of
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1
"""
CLEARED = """
INSERT INTO carrier_report (carrier, event_id, tracking_number, received_at, worked_at)
VALUES ('generic', 'e1', 'T1', now() - interval '91 days', now() - interval '91 days')
"""


async def test_what_the_house_has_cleared_hinders_nobody_from_going_back(database: Config) -> None:
    """Bodies of carriers' calls are null after 90 days; before migration 0016 none was."""
    held = await asyncpg.connect(**db.credentials(database.database_url))
    before = await held.fetch(SHAPE)
    await held.execute(CLEARED)
    await migrate(config=db.settings(database), target="models.0015_labels")
    await connections.close_all()
    back = await held.fetch(SHAPE)
    assert [row["of"] for row in back if row["of"].startswith("carrier_report.body ")] == ["carrier_report.body jsonb NO"]
    assert await held.fetchval("SELECT body FROM carrier_report") == "{}"
    await db.migrate(database)
    assert back != before == await held.fetch(SHAPE)
    await held.close()

"""Who tries couriers' links and codes that open nothing: so many in ten minutes, then they hear that it was too often."""

from __future__ import annotations

from tortoise import connections
from tortoise.expressions import F

from hub import clock
from hub.config import config
from hub.errors import Refusal
from hub.ids import hashed
from hub.rules.couriers import GUESSES_COUNT_FOR
from models.house import WrongGuess

COUNT = """
INSERT INTO wrong_guess AS known (who, since, times) VALUES ($1, $2, 1)
ON CONFLICT (who) DO UPDATE SET
  since = CASE WHEN known.since <= $3 THEN excluded.since ELSE known.since END,
  times = CASE WHEN known.since <= $3 THEN 1 ELSE known.times + 1 END
RETURNING times
"""


async def count(who: str) -> None:
    """One more that was wrong, or that is not looked at yet: of many at once no more than these are. Raises Refusal `rate`."""
    now = clock.now()
    [row] = await connections.get("default").execute_query_dict(COUNT, [hashed(who), now, now - GUESSES_COUNT_FOR])
    if row["times"] > config().courier_guesses:
        raise Refusal("rate", after_ms=int(GUESSES_COUNT_FOR.total_seconds() * 1000))


async def forgive(who: str) -> None:
    """It was right."""
    await WrongGuess.filter(who=hashed(who)).update(times=F("times") - 1)

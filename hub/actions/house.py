"""What the house does for itself, unasked."""

from __future__ import annotations

from datetime import datetime, timedelta

from tortoise import connections
from tortoise.expressions import Q

from hub import clock
from hub.rules.shipments import LINK_OUTLIVES_DELIVERY
from models.house import Answer, WrongGuess
from models.people import Session, SignInCode, SignInLink

ANSWERS_KEPT = timedelta(days=7)  # longer than any outbox keeps trying
CODES_KEPT = timedelta(days=1)  # longer than the hour over which they are counted
SESSIONS_KEPT = timedelta(days=30)  # after their end
REPORTS_KEPT = timedelta(days=90)  # word for word, after they were worked on; longer than anybody asks what a carrier had written
BATCH = 1_000  # of one statement
_FORGET_WORDS = """
UPDATE carrier_report SET body = NULL WHERE id IN (
    SELECT id FROM carrier_report WHERE worked_at < $1 AND body IS NOT NULL ORDER BY worked_at LIMIT $2 FOR UPDATE SKIP LOCKED
) RETURNING id
"""
_FORGET_DOORS = """
UPDATE shipment SET door = NULL WHERE id IN (
    SELECT id FROM shipment WHERE NOT living AND door IS NOT NULL AND coalesce(delivered_at, heard_at) < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


async def forget_answers() -> int:
    """Delete stored answers to Idempotency-Keys older than a week; how many."""
    return await Answer.filter(at__lt=clock.now() - ANSWERS_KEPT).delete()


async def forget_keys() -> int:
    """Delete one-time codes and links that are spent, wrong guesses of yesterday, and sessions that ended a month ago; how many."""
    now = clock.now()
    codes = await SignInCode.filter(created_at__lt=now - CODES_KEPT, expires_at__lt=now).delete()
    links = await SignInLink.filter(Q(expires_at__lt=now - CODES_KEPT) | Q(used_at__lt=now - CODES_KEPT)).delete()
    guesses = await WrongGuess.filter(since__lt=now - CODES_KEPT).delete()
    ended = Q(expires_at__lt=now - SESSIONS_KEPT) | Q(revoked_at__lt=now - SESSIONS_KEPT)
    return codes + links + guesses + await Session.filter(ended).delete()


async def forget_reports(most: int = 20 * BATCH) -> int:
    """Clear what carriers wrote word for word months ago, at most of so many calls; of how many. Their scans in our words and the
    ids by which a call is known again stay."""
    return await _forget(_FORGET_WORDS, clock.now() - REPORTS_KEPT, most)


async def forget_doors(most: int = 20 * BATCH) -> int:
    """Clear to which door parcels went whose courier's link has ended: nobody goes there any more; of how many, at most so many."""
    return await _forget(_FORGET_DOORS, clock.now() - LINK_OUTLIVES_DELIVERY, most)


async def _forget(statement: str, before: datetime, most: int) -> int:
    done = 0
    while done < most:
        batch = min(BATCH, most - done)
        found = await connections.get("default").execute_query_dict(statement, [before, batch])
        done += len(found)
        if len(found) < batch:
            break
    return done

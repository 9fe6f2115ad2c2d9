"""Names of the background jobs, and `later(name, ...)`, which wakes one. arq stays behind this file and `workers/`.

The truth is a row; the job only wakes whoever looks at it. So a wake-up may be lost (a cron in `workers/settings.py`
looks again) and may come twice (jobs are idempotent), and `later` never fails the action that called it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import structlog
from arq.connections import ArqRedis
from redis.exceptions import RedisError

from hub.config import config

log = structlog.get_logger("jobs")

SEND_CODE = "send_code"  # a one-time code, by e-mail or text message
FORGET_KEYS = "forget_keys"  # spent codes and links, sessions long ended
FORGET_ANSWERS = "forget_answers"  # idempotency keys older than a week
EXPIRE_QUOTES = "expire_quotes"
REMIND_ORDERS = "remind_orders"
LAPSE_ORDERS = "lapse_orders"
COMPLETE_ORDERS = "complete_orders"
ISSUE_PASSPORT = "issue_passport"  # of a piece that passed its inspection
GIVE_BACK = "give_back"  # a refund, asked of the provider that took the money
ASK_CARRIER = "ask_carrier"  # where its parcels are
LOOK_AT_PARCELS = "look_at_parcels"  # with which something may be wrong by now
TAKE_REPORT = "take_report"  # what a carrier reported, kept and not worked on yet

QUEUE = "anou:jobs"
_WAIT_S = 1.0  # that an action may be held up by a bus which does not answer
_PAUSE_S = 5.0  # after which it is tried again

encode = msgspec.json.encode
decode = msgspec.json.decode


@dataclass(slots=True)
class _Queue:
    """This loop's connection to the queue."""

    url: str
    loop: asyncio.AbstractEventLoop
    redis: ArqRedis
    paused_until: float = 0.0


_queue: list[_Queue] = []


def connection(url: str, *, patience: float | None = None) -> ArqRedis:
    """A client of the queue at `url` that writes jobs as JSON, and waits `patience` seconds for an answer."""
    client: ArqRedis = ArqRedis.from_url(url, socket_timeout=patience, socket_connect_timeout=patience)
    client.job_serializer, client.job_deserializer, client.default_queue_name = encode, decode, QUEUE
    return client


def _ours() -> _Queue:
    url, loop = config().redis_url, asyncio.get_running_loop()
    if not _queue or _queue[0].url != url or _queue[0].loop is not loop:
        _queue[:] = [_Queue(url, loop, connection(url, patience=_WAIT_S))]
    return _queue[0]


async def later(job: str, *, at: datetime | None = None, once: str | None = None, **arguments: Any) -> bool:
    """Wake `job` with JSON-able `arguments`, now or `at` a moment; False if the bus did not take it.

    Jobs with the same `once` are one while the first of them still waits.
    """
    queue = _ours()
    if queue.loop.time() < queue.paused_until:
        return False
    try:
        async with asyncio.timeout(_WAIT_S):
            await queue.redis.enqueue_job(job, _job_id=f"{job}:{once}" if once else None, _defer_until=at, **arguments)
    except (RedisError, OSError, TimeoutError) as fault:
        queue.paused_until = queue.loop.time() + _PAUSE_S
        log.warning("job_not_queued", job=job, fault=repr(fault))
        return False
    return True


async def close() -> None:
    """Let go of the queue's connections."""
    while _queue:
        await _queue.pop().redis.aclose()

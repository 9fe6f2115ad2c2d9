"""The background worker: which jobs there are, when the clock starts them, and how it comes and goes.

To add a job: a coroutine `(context, **arguments)` of at most ten lines in the noun's file here, calling an action; its name
as a constant in `hub/jobs.py`; a line in JOBS; and a cron that finds what a lost wake-up left lying. arq runs a job at
least once, so the action must be idempotent.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from arq.connections import RedisSettings
from arq.cron import CronJob, cron
from arq.worker import Function, Retry, Worker, func

from hub import database, jobs, unit
from hub.bus import Bus
from hub.config import config
from hub.database import DOWN
from hub.errors import Refusal
from hub.ids import new_id
from hub.journal import Journal
from workers import house, labels, ledger, orders, passports, people, quotes, tracking

log = structlog.get_logger("worker")

Job = Callable[..., Coroutine[Any, Any, Any]]
TIMEOUT_S = 30  # arq starts the job of a worker that died again only this long, and 10 s, after it began
FINISH_S = 8  # what is at work when the worker is asked to stop may take
TRIES = 8


def patient(job: Job) -> Job:
    """While the database or the bus does not answer, try again later instead of failing."""

    @functools.wraps(job)
    async def run(context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return await job(context, *args, **kwargs)
        except (Refusal, *DOWN) as fault:
            if isinstance(fault, Refusal) and not fault.retry:
                raise
            raise Retry(defer=min(2 ** context["job_try"], 60)) from fault

    return run


JOBS: dict[str, Job] = {
    jobs.FORGET_ANSWERS: house.forget_answers,
    jobs.FORGET_KEYS: house.forget_keys,
    jobs.SEND_CODE: people.send_code,
    jobs.EXPIRE_QUOTES: quotes.expire_quotes,
    jobs.REMIND_ORDERS: orders.remind_orders,
    jobs.LAPSE_ORDERS: orders.lapse_orders,
    jobs.COMPLETE_ORDERS: orders.complete_orders,
    jobs.ISSUE_PASSPORT: passports.issue_passport,
    jobs.GIVE_BACK: ledger.give_back,
    jobs.TAKE_REPORT: tracking.take_report,
    jobs.LOOK_AT_PARCELS: tracking.look_at_parcels,
    jobs.ASK_CARRIER: tracking.ask_carrier,
}

# One worker of all does each of these at its time (arq's `unique` is the default).
CRON: list[CronJob] = [
    cron(patient(house.forget_answers), name="cron:forget_answers", hour=3, minute=20, max_tries=TRIES),
    cron(patient(house.forget_keys), name="cron:forget_keys", hour=3, minute=40, max_tries=TRIES),
    cron(patient(house.forget_reports), name="cron:forget_reports", hour=3, minute=50, max_tries=TRIES),
    cron(patient(house.forget_doors), name="cron:forget_doors", hour=3, minute=55, max_tries=TRIES),
    cron(patient(quotes.expire_quotes), name="cron:expire_quotes", second=1, max_tries=TRIES),
    cron(patient(orders.remind_orders), name="cron:remind_orders", second=31, max_tries=TRIES),
    cron(patient(orders.lapse_orders), name="cron:lapse_orders", second=11, max_tries=TRIES),
    cron(patient(orders.complete_orders), name="cron:complete_orders", second=21, max_tries=TRIES),
    cron(patient(passports.issue_passports), name="cron:issue_passports", second=41, run_at_startup=True, max_tries=TRIES),
    cron(patient(ledger.give_all_back), name="cron:give_back", second=31, max_tries=TRIES),
    cron(patient(labels.doubt_labels), name="cron:doubt_labels", second={14, 44}, max_tries=TRIES),
    cron(patient(tracking.take_reports), name="cron:take_reports", second={6, 26, 46}, max_tries=TRIES),
    cron(patient(tracking.look_at_parcels), name="cron:look_at_parcels", second=51, run_at_startup=True, max_tries=TRIES),
    cron(patient(tracking.ask_carriers), name="cron:ask_carriers", second={3, 23, 43}, max_tries=TRIES),
]


async def start(context: dict[str, Any]) -> None:
    """Connect what actions need: the ORM, the journal and the bell."""
    settings = config()
    await database.connect(settings)
    bus = Bus(settings.redis_url, settings.node or f"worker-{new_id().hex[-8:]}", settings.bell_channels)
    journal = Journal(settings, bus)
    await bus.start()
    await journal.start()
    unit.use(journal, bus)
    context.update(bus=bus, journal=journal)


async def stop(context: dict[str, Any]) -> None:
    """Ring what is still to be rung, and let go."""
    await context["journal"].stop()
    await context["bus"].stop()
    await jobs.close()
    await database.close()


class WorkerSettings:
    """What `arq.Worker` is made with."""

    functions: list[Function] = [func(patient(job), name=name, max_tries=TRIES) for name, job in JOBS.items()]
    cron_jobs = CRON
    queue_name = jobs.QUEUE
    on_startup = start
    on_shutdown = stop
    job_timeout = TIMEOUT_S
    job_completion_wait = FINISH_S
    keep_result = 0  # arq refuses a job's id while an old result of it lives
    health_check_interval = 10
    job_serializer = jobs.encode
    job_deserializer = jobs.decode


def run() -> None:
    """Work until a signal says stop, then finish what has begun. Ends when the bus is lost: the supervisor restarts it."""
    import uvloop

    asyncio.set_event_loop(uvloop.new_event_loop())
    settings = {name: value for name, value in vars(WorkerSettings).items() if not name.startswith("_")}
    Worker(redis_settings=RedisSettings.from_dsn(config().redis_url), **settings).run()

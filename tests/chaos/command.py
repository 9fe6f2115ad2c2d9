"""The command `anou chaos`."""

from __future__ import annotations

import asyncio
import secrets
import signal
import sys
import traceback
from collections.abc import Coroutine
from typing import Any

import click
import uvloop

from tests.chaos.scenarios import Report, Scenario, scenarios


@click.command()
@click.argument("name", required=False)
@click.option("--seed", type=int, help="repeat the chances of an earlier run (each run prints its own)")
@click.option("--short", is_flag=True, help="the short form, as `make test` runs it")
@click.option("--keep", is_flag=True, help="leave the folder with the logs of nodes and services")
def chaos(name: str | None, seed: int | None, short: bool, keep: bool) -> None:
    """Break things on purpose, and compare every client's history with the database.

    Without a NAME: the list of scenarios. `all`: every one of them, one after the other; exits with 1 if a promise was broken.
    """
    known = scenarios()
    if name is None:
        for one in known.values():
            click.echo(f"{one.number:>2} {one.name:<12} {one.what}")
        return
    if name != "all" and name not in known:
        raise click.BadParameter(f"there is no {name}; `anou chaos` lists what there is", param_hint="NAME")
    wanted = list(known.values()) if name == "all" else [known[name]]
    reports = []
    for one in wanted:
        report = _run(one, secrets.randbelow(10**9) if seed is None else seed, not short, keep)
        for key, value in report.figures.items() if name != "all" else ():
            click.echo(f"   {key}: {value}")
        reports.append(report)
    sys.exit(0 if all(report.kept for report in reports) else 1)


async def _until_told(work: Coroutine[Any, Any, Report]) -> Report:
    """SIGTERM ends it in order, as Ctrl-C does: what is stopped is continued first, and nothing is left behind."""
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work


def _run(one: Scenario, seed: int, full: bool, keep: bool) -> Report:
    click.echo(f"{one.name}, seed {seed}: {one.what}", err=True)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            report = runner.run(_until_told(one.run(seed, full, keep=keep)))
    except Exception as fault:  # of the scenario itself: told, and the others are still run
        report = Report(one.name, one.number, seed, full, problems=[f"the scenario failed: {fault!r}", traceback.format_exc()])
    click.echo(report.line())
    for problem in report.problems:
        click.echo(f"   {problem}")
    if keep:
        click.echo(f"   the logs are in {report.folder}")
    return report

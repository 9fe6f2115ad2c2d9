"""The command `anou chaos`."""

from __future__ import annotations

import asyncio
import secrets
import sys
import traceback

import click
import uvloop

from tests.chaos.scenarios import Report, Scenario, scenarios


@click.command()
@click.argument("name", required=False)
@click.option("--seed", type=int, help="repeat the chances of an earlier run (each run prints its own)")
@click.option("--short", is_flag=True, help="the short form, as `make test` runs it")
def chaos(name: str | None, seed: int | None, short: bool) -> None:
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
    reports = [_run(one, secrets.randbelow(10**9) if seed is None else seed, not short, alone=name != "all") for one in wanted]
    sys.exit(0 if all(report.kept for report in reports) else 1)


def _run(one: Scenario, seed: int, full: bool, alone: bool) -> Report:
    click.echo(f"{one.name}, seed {seed}: {one.what}", err=True)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            report = runner.run(one.run(seed, full))
    except Exception as fault:  # of the scenario itself: told, and the others are still run
        report = Report(one.name, one.number, seed, full, problems=[f"the scenario failed: {fault!r}", traceback.format_exc()])
    click.echo(report.line())
    for problem in report.problems:
        click.echo(f"   {problem}")
    if alone:
        for key, value in report.figures.items():
            click.echo(f"   {key}: {value}")
    return report

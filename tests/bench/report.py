"""The command `anou bench`, and its table."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from tests.bench.course import Course

as_json = click.option("--json", "plain", is_flag=True, help="the figures as JSON")


@click.group()
def bench() -> None:
    """Measure this machine's hub against the floor: the least such a server can do. Each starts what it needs."""


def shown(name: str, work: Coroutine[Any, Any, dict[str, Any]], steps: int, plain: bool) -> None:
    """Run one benchmark of so many steps, saying how far it is, then print its figures."""
    with Course(name, 1 + steps):  # the first is the stage's own
        found = asyncio.run(work)
    if plain:
        click.echo(msgspec.json.encode(found).decode())
        return
    table = Table("figure", "value")
    for key, value in _flat(found):
        table.add_row(key, _written(value))
    Console().print(table)


def _written(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(_written(item) for item in value)
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def _flat(found: dict[str, Any], before: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for key, value in found.items():
        rows += _flat(value, f"{before}{key} ") if isinstance(value, dict) else [(before + key, value)]
    return rows


@bench.command()
@click.option("--nodes", default=1, help="hub nodes; with two, the people of a thread are on different ones")
@click.option("--seconds", default=8.0, help="of each measurement")
@click.option("--repeat", default=3, help="turns of floor and hub; the median counts")
@as_json
def chat(nodes: int, seconds: float, repeat: int, plain: bool) -> None:
    """Durable messages delivered a second, and their delay at 200 a second."""
    from tests.bench import chat

    shown("chat", chat.run(nodes, seconds, repeat), 4 * repeat, plain)


@bench.command()
@click.option("--connections", default=5000)
@click.option("--seconds", default=60.0, help="that nobody says anything, on each server")
@click.option("--minutes", type=float, help="the same in minutes: 30 show whether memory is flat")
@as_json
def idle(connections: int, seconds: float, minutes: float | None, plain: bool) -> None:
    """Memory and processor time of connections that say nothing."""
    from tests.bench import idle

    shown("idle", idle.run(connections, minutes * 60 if minutes else seconds), idle.STEPS, plain)


@bench.command()
@click.option("--clients", default=2000)
@as_json
def storm(clients: int, plain: bool) -> None:
    """Everybody comes back at once, 20 missed events each."""
    from tests.bench import storm

    shown("storm", storm.run(clients), storm.STEPS, plain)


@bench.command()
@click.option("--small", default=10_000)
@click.option("--large", default=5_000_000)
@click.option("--seconds", default=8.0, help="of each measurement")
@click.option("--repeat", default=3, help="turns with little and with much stored; the median counts")
@as_json
def history(small: int, large: int, seconds: float, repeat: int, plain: bool) -> None:
    """The cost of a message and of a page, with little and with much stored."""
    from tests.bench import history

    shown("history", history.run(small, large, seconds, repeat), history.steps(repeat), plain)


@bench.command()
@click.option("--rounds", default=200, help="how often each page is asked for; medians count")
@as_json
def pages(rounds: int, plain: bool) -> None:
    """The server's time for the pages that people open most."""
    from tests.bench import pages

    shown("pages", pages.run(rounds), pages.steps(rounds), plain)


@bench.command()
@click.option("--parcels", default=10_000, help="that are on their way")
@as_json
def polling(parcels: int, plain: bool) -> None:
    """How long one worker takes to ask carriers about every parcel, and with one carrier down."""
    from tests.bench import polling

    shown("polling", polling.run(parcels), polling.STEPS, plain)


@bench.command()
@click.option("--calls", default=5_000, help="of carriers, in a burst")
@as_json
def hooks(calls: int, plain: bool) -> None:
    """How soon carriers' calls are answered and worked on, and that none is lost."""
    from tests.bench import hooks

    shown("hooks", hooks.run(calls), hooks.STEPS, plain)


@bench.command()
@click.option("--seconds", default=10.0)
@as_json
def where(seconds: float, plain: bool) -> None:
    """Where in the server a message's microseconds are spent, hub and floor side by side."""
    from tests.bench import where

    shown("where", where.run(seconds), 2, plain)

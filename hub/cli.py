"""The command line: `anou up | serve | worker | migrate | demo | doctor | passport | bench | chaos`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import click
import structlog

from hub.children import ChildFailed
from hub.config import Config, load, use

_FOLDER = click.Path(file_okay=True, path_type=Path)  # what is wrong with it is said in our own words
_data = click.option("--data", type=_FOLDER, help="The data folder (default: data, or ANOU_DATA).")
_port = click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on (default: 8000, or ANOU_PORT).")
_host = click.option("--host", help="The address to listen on (default: 127.0.0.1, or ANOU_HOST).")


class _OneLine(click.Group):
    """Expected failures end in one clear line and a non-zero exit, not in a traceback."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except ChildFailed as error:
            raise SystemExit(f"anou: {error}") from None
        except Exception as error:
            from hub.database import DOWN, NewerDatabase  # here: `anou --help` needs no database driver

            if isinstance(error, NewerDatabase):
                raise SystemExit(f"anou: {error}") from None
            if isinstance(error, DOWN) and not isinstance(error, BrokenPipeError):
                raise SystemExit(f"anou: the database does not answer: {error or type(error).__name__}") from None
            raise


@click.group(cls=_OneLine, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Anou Hub: where buyers, artisans, mentors, couriers and the cooperative meet."""
    *first, _ = structlog.get_config()["processors"]
    plainly = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*first, plainly])  # by itself it prints the values, too: tokens, codes, where a courier is


def _settings(**options: Any) -> Config:
    return load(**{name: value for name, value in options.items() if value is not None})


@main.command()
@_port
@_host
@_data
@click.option("--demo/--no-demo", default=None, help="Fill an empty database with a small cooperative (the default).")
@click.option("--worker/--no-worker", default=True, help="Also run the background worker.")
def up(port: int | None, host: str | None, data: Path | None, demo: bool | None, worker: bool) -> None:
    """Run everything here: Postgres, Valkey, hub and worker. Ctrl-C stops it all."""
    from hub.up import run

    run(_settings(port=port, host=host, data=data), demo=demo, worker=worker)


@main.command()
@_port
@_host
@_data
def serve(port: int | None, host: str | None, data: Path | None) -> None:
    """Run one hub node, joining a running data folder or DATABASE_URL and REDIS_URL."""
    from hub.joining import house
    from hub.serving import serve as serve_node

    serve_node(use(house(data, port=port, host=host)))


@main.command()
@_data
def worker(data: Path | None) -> None:
    """Run one background worker, joining as `serve` does."""
    from hub.joining import house

    use(house(data))
    from workers.settings import run

    run()


@main.command()
@_data
def migrate(data: Path | None) -> None:
    """Bring the database up to date; safe to run from several machines at once."""
    from hub import database
    from hub.joining import house

    asyncio.run(database.migrate(use(house(data))))
    click.echo("anou: the database is up to date")


@main.group(invoke_without_command=True)
@_data
@_port
@click.pass_context
def demo(context: click.Context, data: Path | None, port: int | None) -> None:
    """Print fresh one-tap links for the demo that runs in the data folder."""
    context.obj = (data, port)
    if context.invoked_subcommand is None:
        from hub.up import links, publish

        config = _demo(data, port)
        publish(asyncio.run(links(config)), config)


@demo.command()
@_data
@_port
@click.option("--minutes", type=click.FloatRange(0.05, 120), default=3.0, show_default=True, help="How long the journey takes.")
@click.pass_obj
def courier(given: tuple[Path | None, int | None], data: Path | None, port: int | None, minutes: float) -> None:
    """Send a parcel of the demo from the valley to Lyon, in real time, so that its live pages can be watched."""
    from hub.demo.courier import replay

    asyncio.run(replay(_demo(data or given[0], port or given[1]), minutes))


def _demo(data: Path | None, port: int | None) -> Config:
    """The settings of the demo that runs in the data folder. Raises ChildFailed where there is none."""
    from hub.joining import demo_state, house

    config = use(house(data, port=port))
    if not demo_state(config.data):
        raise ChildFailed(f"no demo runs in {config.data}")
    return config


@main.command()
@click.argument("parts", nargs=-1, type=click.Choice(["database", "bus", "hub", "worker"]))
@_data
@_port
def doctor(parts: tuple[str, ...], data: Path | None, port: int | None) -> None:
    """Say what works here and what doesn't (all PARTS, or those named); exits with 1 if something needs a hand."""
    from hub.doctor import PARTS, examine
    from hub.joining import house

    sys.exit(0 if asyncio.run(examine(house(data, port=port), parts or tuple(PARTS))) else 1)


@main.group()
def passport() -> None:
    """Certificates of pieces: check one, or make the key that signs them. Needs no database and no network."""


@passport.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", "keys", multiple=True, help="A public key to trust, or a saved keys.json (default: this house's own).")
@click.option("--photos", type=click.Path(path_type=Path), help="A folder with its large pictures: are they those that were signed?")
@click.option("--withdrawn", type=click.Path(path_type=Path), help="A saved /p/withdrawn.json: is it still vouched for?")
@_data
def verify(file: Path, keys: tuple[str, ...], photos: Path | None, withdrawn: Path | None, data: Path | None) -> None:
    """Say who signed the certificate in FILE and what it says; exits with 1 if anything about it is not right."""
    from hub.verifying import Unreadable, examine, trusted

    try:
        good, words = examine(file, trusted(keys, load(**({"data": data} if data else {}))), photos=photos, withdrawn=withdrawn)
    except Unreadable as error:
        raise SystemExit(f"anou: {error}") from None
    click.echo(words, err=not good)
    sys.exit(0 if good else 1)


@passport.command()
def key() -> None:
    """Make a key that signs passports; it is printed and kept nowhere."""
    from hub.rules.passports import key_id
    from hub.signing import new_key, public_key

    private = new_key()
    click.echo(f"ANOU_PASSPORT_KEY={private}")
    click.echo(f"anou: its public key is {public_key(private)} ({key_id(public_key(private))}); keep the line above secret", err=True)


@main.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def bench(arguments: tuple[str, ...]) -> None:
    """Measure this machine: chat, idle, storm, history, pages (`anou bench --help`)."""
    try:
        from tests.bench.report import bench as benches
    except ModuleNotFoundError as missing:
        raise ChildFailed(f"benchmarks need the source tree and what requirements-dev.lock names ({missing.name} is missing)") from None
    benches.main(list(arguments), prog_name="anou bench")


@main.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def chaos(arguments: tuple[str, ...]) -> None:
    """Break things on purpose and check that nothing is lost (`anou chaos` lists the scenarios)."""
    try:
        from tests.chaos.command import chaos as scenarios
    except ModuleNotFoundError as missing:
        raise ChildFailed(f"chaos needs the source tree and what requirements-dev.lock names ({missing.name} is missing)") from None
    scenarios.main(list(arguments), prog_name="anou chaos")

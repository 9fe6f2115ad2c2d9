"""`anou up`: everything on one machine, one command, and nothing left behind.

The order: lock the folder, check the port, Postgres and Valkey, migrations, the demo, hub and worker, ready. Stopping is
the same backwards: hub and worker finish what they are doing, then Valkey and Postgres.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import msgspec

from hub import datafolder, embedded
from hub.children import Child, ChildFailed, gone, kept_alive, stop
from hub.config import Config, use
from hub.joining import Demo, as_demo, demo_state

FIRST = ("claire", "fatima", "ahmed", "khadija")  # whose links are shown: one of each role
_READY_S = 60.0
_DRAIN_S = 10.0  # for hub and worker to finish; the services then have 4 s, which makes less than 15 s together


def run(config: Config, *, demo: bool | None, worker: bool) -> None:
    """Run the house until Ctrl-C, SIGTERM or SIGHUP. Raises `ChildFailed` and `NewerDatabase` with one line for people."""
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_up(replace(config, data=config.data.resolve()), demo, worker))


async def _up(config: Config, demo: bool | None, worker: bool) -> None:
    _stop_on_signals()
    with datafolder.only_one(config.data):
        _check_port(config)
        for name in ("demo.json", "services.json"):  # of a supervisor that was killed
            (config.data / name).unlink(missing_ok=True)
        async with embedded.services(config) as found:
            key = config.passport_key or datafolder.keys(config.data)["passport"]
            config = replace(config, database_url=found.database_url, redis_url=found.redis_url, passport_key=key)
            config, is_demo, filled = await _prepared(config, demo)
            async with _processes(config, worker) as children:
                linked = filled or (await links(config) if is_demo else None)
                await _ready(children[0], config)
                if linked:
                    publish(linked, config)
                click.echo(f"anou: ready at {config.base}")
                try:
                    async with kept_alive(*children):
                        await asyncio.Event().wait()
                finally:
                    (config.data / "demo.json").unlink(missing_ok=True)


def _stop_on_signals() -> None:
    """The first signal begins the orderly stop; more of them don't disturb it."""
    loop = asyncio.get_running_loop()
    main = asyncio.current_task()
    stopping = False

    def begin() -> None:
        nonlocal stopping
        if main and not stopping:
            stopping = True
            with contextlib.suppress(OSError):  # the terminal may be gone
                click.echo("anou: stopping", err=True)
            for drawing in multiprocessing.active_children():  # the demo's pictures: a pool is not waited for
                drawing.kill()
            main.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, begin)


def _check_port(config: Config) -> None:
    with socket.socket(socket.AF_INET6 if ":" in config.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            raise ChildFailed(f"port {config.port} can't be used: {error.strerror}; choose another with --port") from error


async def _prepared(config: Config, demo: bool | None) -> tuple[Config, bool, dict[str, Any] | None]:
    """A migrated database, filled if it is to be a demo and is empty: the settings, is it a demo, the fresh demo's links."""
    from hub import database

    if state := demo_state(config.data):
        await _discard_half_a_demo(config, state)
    await database.migrate(config)
    await database.connect(use(config))
    try:
        epoch, empty = await _house()
        state = demo_state(config.data)
        if state and state.epoch == epoch:
            config = use(as_demo(config))
            return config, demo is not False, None
        (config.data / "demo.state").unlink(missing_ok=True)  # it told of another database
        if demo is False or not empty:
            return config, False, None
        return await _filled(use(as_demo(config)), epoch)
    finally:
        await database.close()


async def _house() -> tuple[str, bool]:
    """The database's epoch, and whether nobody lives there yet."""
    from models.house import House
    from models.people import Person

    house = await House.get(id=1)
    return str(house.epoch), not await Person.exists()


async def _filled(config: Config, epoch: str) -> tuple[Config, bool, dict[str, Any]]:
    from hub.demo import fill

    click.echo("anou: filling the demo cooperative; this happens once")
    path = config.data / "demo.state"
    datafolder.write_json(path, msgspec.to_builtins(Demo(epoch, whole=False)))
    links = await fill.fill(config)
    datafolder.write_json(path, msgspec.to_builtins(Demo(epoch, whole=True)))
    return config, True, links


async def _discard_half_a_demo(config: Config, state: Demo) -> None:
    """A demo whose filling was cut short is thrown away, if it is this very database that the folder's note names."""
    import asyncpg

    from hub.database import credentials

    if state.whole:
        return
    connection = await asyncpg.connect(**credentials(config.database_url))
    try:
        if not await connection.fetchval("SELECT to_regclass('house')"):
            return
        if str(await connection.fetchval("SELECT epoch FROM house")) == state.epoch:
            await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    finally:
        await connection.close()


async def links(config: Config) -> dict[str, Any]:
    """Fresh one-tap links for a demo that is there already: the content of `demo.json`."""
    from hub import database
    from hub.demo.links import links as fresh

    await database.connect(config)
    try:
        return await fresh(config)
    finally:
        await database.close()


@contextlib.asynccontextmanager
async def _processes(config: Config, worker: bool) -> AsyncIterator[list[Child]]:
    """Hub and worker; drained at the end."""
    roles = ["serve", "worker"] if worker else ["serve"]
    root = Path(__file__).parent.parent
    environment = os.environ | config.environment() | {"PYTHONUNBUFFERED": "1"}
    children = [
        Child(role, [sys.executable, "-m", "hub", role], config.data / "logs" / f"{role}.log", environment, folder=root)
        for role in roles
    ]
    try:
        for child in children:
            child.start()
        yield children
    finally:
        await stop(*children, within=_DRAIN_S)


async def _ready(hub: Child, config: Config) -> None:
    deadline = asyncio.get_running_loop().time() + _READY_S
    while not await answers(config, "/readyz"):
        if await gone(hub, within=0.05):
            raise ChildFailed(f"the hub does not start: {hub.last_words()}")
        if asyncio.get_running_loop().time() > deadline:
            raise ChildFailed(f"the hub is not ready after {_READY_S:g} s; see {hub.log}")


async def answers(config: Config, path: str) -> bool:
    """Does the hub of these settings answer 200 there?"""
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(host, config.port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{config.port}\r\nConnection: close\r\n\r\n".encode())
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


def publish(linked: dict[str, Any], config: Config) -> None:
    """Write `demo.json`, and show the one-tap links, whole on their lines so that a terminal makes them clickable."""
    datafolder.write_json(config.data / "demo.json", linked)
    click.echo(f"anou: data in {config.data}, what happens in {config.data / 'logs' / 'serve.log'}")
    for name in FIRST:
        person = linked["people"][name]
        click.echo(f"  {name.capitalize():<8} {person['role']:<8} {person['link']}")
    if more := len(linked["people"]) - len(FIRST):
        click.echo(f"  and {more} more people in {config.data / 'demo.json'}")

"""A fault at one connection is nobody else's: the others hear what they would have heard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from hub.bus import Bell
from realtime.connection import Connection
from tests.realtime.browser import Browser
from tests.realtime.conftest import Node, someone

Serving = Callable[..., Awaitable[Node]]
BEATS = 0.4


class Broken:
    """A socket at which everything fails, as none should."""

    def __getattr__(self, name: str) -> object:
        raise OSError(name)


class Unwritable(Broken):
    """It breaks only when something is written to it."""

    paused = False


async def crowd(node: Node) -> tuple[list[Browser], list[Connection]]:
    """Ten people, among them three whose sockets are about to break."""
    pages = [await node.browser(await someone(f"{number}")) for number in range(10)]
    connections = node.realtime.fanout.connections()
    sound = {connection.person_id for connection in connections[3:]}
    return [page for page in pages if page.of("welcome")[0]["person"] in sound], connections


async def test_beats(serving: Serving) -> None:
    """All are due at the same turn of the wheel; those behind the broken ones keep their place on it."""
    node = await serving(beat_s=BEATS)
    sound, connections = await crowd(node)
    wheel, slot = node.realtime._wheel, connections[0].slot
    for connection in connections:
        wheel.drop(connection)
        connection.slot = slot
        wheel._slots[slot].add(connection)
    wires = [connection.wire for connection in connections[:3]]
    for connection in connections[:3]:
        connection.wire = Broken()  # type: ignore[assignment]
    for page in sound:
        await page.until("beat", count=len(page.of("beat")) + 2, within=20)
    for connection, wire in zip(connections, wires, strict=False):
        connection.wire = wire


async def test_what_leaves_at_the_end_of_a_turn(serving: Serving) -> None:
    """Written for all in one go: a socket that breaks in it leaves nobody mute."""
    node = await serving(beat_s=60.0)
    sound, connections = await crowd(node)
    wires = [connection.wire for connection in connections[:3]]
    for connection in connections[:3]:
        connection.wire = Unwritable()  # type: ignore[assignment]
    everybody = tuple(connection.person_id for connection in connections)
    for number in range(1, 4):
        node.realtime.fanout.deliver(Bell("signal", "", "", 0, everybody, b'{"t":"hint","topic":"inbox"}'))
        for page in sound:
            await page.until("hint", count=number)
    for connection, wire in zip(connections, wires, strict=False):
        connection.wire = wire

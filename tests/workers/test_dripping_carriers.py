"""A carrier that answers a byte at a time keeps nobody waiting: neither whoever asks, nor the threads that ask."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from datetime import date

import pytest

from hub.actions.carriers import by_karrio
from hub.actions.carriers.by_karrio import Karrio
from hub.actions.carriers.terms import Line, Unanswered
from hub.actions.tracking import polls
from hub.rules.sending import Address, Box, Consignment
from models.shipments import CarrierRest
from tests.dhl_peer import dhl, line
from tests.house import House
from tests.mydhl_peer import line as sells
from tests.workers.test_polls import booked, configured, found
from workers.settings import TIMEOUT_S

HEAD = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
GOOD, BAD = HEAD % 200, HEAD % 404
WAYS = {"answer": GOOD, "fault": BAD, "head": b"HTTP/1.1 200 X\r\nX-Slow: "}


@contextlib.asynccontextmanager
async def dripping(begins: bytes) -> AsyncIterator[str]:
    """It answers at once, and then a byte every 50 ms."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(begins)
            for _ in range(100):
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.actions.carriers.by_karrio.DEADLINE_S", 0.3)
    monkeypatch.setattr("hub.actions.carriers.by_karrio.ALL_S", 1.0)


def made(url: str) -> Karrio:
    """One with one thread, whose connector is there already."""
    carrier = Karrio(Line(**line(url, at_once=1)))
    carrier._made()
    return carrier


@pytest.mark.parametrize("way", WAYS)
async def test_who_asks_where_a_parcel_is_hears_in_time_that_there_is_no_answer(hurried: None, way: str) -> None:
    async with dripping(WAYS[way]) as url:
        carrier = made(url)
        began = time.monotonic()
        with pytest.raises(Unanswered):
            await carrier.track(["D1"])
        assert time.monotonic() - began < 2


@pytest.mark.parametrize("way", ["answer", "fault"])
async def test_its_thread_is_free_again(hurried: None, way: str) -> None:
    async with dripping(WAYS[way]) as url:
        carrier = made(url)
        with pytest.raises(Unanswered):
            await carrier.track(["D1"])
        began = time.monotonic()
        await asyncio.get_running_loop().run_in_executor(carrier._threads, time.monotonic)
        assert time.monotonic() - began < 0.5


async def test_who_asks_for_prices_hears_it_too(hurried: None) -> None:
    async with dripping(WAYS["head"]) as url:
        settings = sells(url)
        sender = Address(**settings.pop("sender"))
        carrier = Karrio(Line(**settings, sender=sender, at_once=1))
        carrier._made()
        began = time.monotonic()
        with pytest.raises(Unanswered):
            await carrier.rates(Consignment(sender, sender, (Box(10, 10, 10, 500),), None, date(2026, 11, 26)))
        assert time.monotonic() - began < 2


async def test_a_poller_leaves_it_alone_and_goes_on(house: House, hurried: None) -> None:
    async with dripping(WAYS["head"]) as url, dhl() as peer:
        peer.everything = True
        configured(slow=line(url, at_once=1), dhl=line(peer.url))
        made(url)
        await booked(house, *(f"D{number}" for number in range(9)), carrier="slow")
        began = time.monotonic()
        assert await polls.ask("slow", within=3) < 9
        assert time.monotonic() - began < 3 + 2
        assert (await found("D0")).poll_at is not None and await CarrierRest.all().count() <= 1


def test_a_shift_ends_before_its_job_is_ended() -> None:
    assert by_karrio.DEADLINE_S < by_karrio.ALL_S and polls.SHIFT_S + by_karrio.ALL_S < TIMEOUT_S < polls.LEASE.total_seconds()

"""Carriers by way of Karrio's connectors: `karrio` and a package a carrier, an optional extra, imported where one is configured.

Karrio is synchronous: so many threads as there may be calls at once. It sets no deadline for its requests, answers faults with
messages instead of exceptions, and logs every request. So each request has a deadline for its whole answer (a time limit of a socket
begins anew with every byte), and whoever waits for several of them has one for all. Being imported it tells the whole process to
believe every certificate and to take broken pictures for whole ones: both are put right at once, and a request is sent with a
context of ours.
"""

from __future__ import annotations

import asyncio
import io
import re
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import cache, partial
from http.client import IncompleteRead
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.request import urlopen
from urllib.response import addinfourl

from PIL import ImageFile

from hub.actions.carriers import selling
from hub.actions.carriers.terms import Bought, Line, News, Offer, Unanswered
from hub.rules import labels as labels_rules
from hub.rules.sending import Address, Consignment
from hub.rules.shipments import Scan, Source, Status
from hub.rules.tracking import karrio as words
from hub.rules.tracking import upu

DEADLINE_S = 8
ALL_S = 10.0  # of one question, however many requests it takes; with hub.actions.tracking.polls.SHIFT_S below a job's time-out
CHUNK = 64 * 1024
LABEL_S = 25  # a label is waited for longer: not to know whether it was bought costs a person's time
CLOSED = re.compile(r"SHIPPING_SDK_\w+|None|401|403|408|429|5\d\d")  # codes of messages that say nothing about the parcel
_Asked = TypeVar("_Asked")
_Told = TypeVar("_Told")
_loading = threading.Lock()
_patience = threading.local()  # `.seconds` of this thread's requests


class Karrio:
    """One connector; its gateway is made in the first thread that needs it."""

    def __init__(self, line: Line) -> None:
        self.at_once = line.at_once
        self.sender: Address | None = line.sender
        self._line = line
        self._gateway: Any = None
        self._threads = ThreadPoolExecutor(line.at_once, thread_name_prefix=f"karrio-{line.karrio}")

    async def track(self, numbers: Sequence[str]) -> dict[str, News]:
        """One request each, as most carriers want it."""
        return await self._in_time(self._track, list(numbers))

    async def rates(self, what: Consignment) -> list[Offer]:
        """What it would cost, the cheapest first."""
        return await self._in_time(self._rates, what)

    async def label(self, what: Consignment, service: str, reference: str) -> Bought:
        """Buy it. The thread goes on to its end even when nobody waits any more: only the caller knows for how long to wait."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._label, what, service, reference)

    def spoken(self, service: str) -> str:
        """A service in words."""
        return labels_rules.spoken(service, self._line.karrio)

    async def _in_time(self, ask: Callable[[_Asked], _Told], asked: _Asked) -> _Told:
        """Raises Unanswered when it takes too long: a connector may call as often as it likes."""
        try:
            async with asyncio.timeout(ALL_S):
                return await asyncio.get_running_loop().run_in_executor(self._threads, ask, asked)
        except TimeoutError as late:
            raise Unanswered(f"no answer within {ALL_S:g} s") from late

    def _rates(self, what: Consignment) -> list[Offer]:
        gateway = self._made()
        import karrio.sdk as karrio

        rates, messages = karrio.Rating.fetch(selling.told(what, "")).from_(gateway).parse()
        return selling.offers(rates, messages, self._line.karrio)

    def _label(self, what: Consignment, service: str, reference: str) -> Bought:
        gateway = self._made()
        import karrio.sdk as karrio

        asked = selling.told(what, reference) | {"service": service, "label_type": "PDF"}
        _patience.seconds = LABEL_S
        try:
            return selling.bought(*karrio.Shipment.create(asked).from_(gateway).parse())
        finally:
            _patience.seconds = None

    def _made(self) -> Any:
        with _loading:  # imports a package, and reads what connectors are installed
            if self._gateway is None:
                self._gateway = _gateway(self._line)
            return self._gateway

    def _track(self, numbers: list[str]) -> dict[str, News]:
        gateway = self._made()
        import karrio.sdk as karrio

        details, messages = karrio.Tracking.fetch({"tracking_numbers": numbers}).from_(gateway).parse()
        if not details and any(CLOSED.fullmatch(str(message.code)) for message in messages):
            raise Unanswered(", ".join(f"{message.code} {message.message}" for message in messages)[:300])
        found = {str(one.tracking_number): _news(one, self._line.karrio) for one in details or ()}
        if len(numbers) == len(found) == 1:  # carriers write numbers as they like
            found = {numbers[0]: next(iter(found.values()))}
        return {number: found.get(number, News()) for number in numbers}


def _gateway(line: Line) -> Any:
    """Raises Unanswered where the connector is not installed, or does not take these settings."""
    try:
        return _made(line)
    except Exception as fault:  # Karrio's own, and those of whatever the settings are
        raise Unanswered(f"no connector {line.karrio}: {type(fault).__name__} {fault}"[:300]) from fault


def _made(line: Line) -> Any:
    from loguru import logger

    logger.disable("karrio")  # its tracebacks hold addresses and keys
    import karrio.core.utils.helpers as helpers

    ssl._create_default_https_context = ssl.create_default_context
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    import karrio.sdk as karrio

    helpers.urlopen = partial(_bounded, urlopen)  # it passes no time limit, and then urllib waits for ever
    gateway = karrio.gateway[line.karrio].create(dict(line.settings))
    if line.url:  # the address is a property of the connector's class
        kind = type(gateway.settings)
        gateway.settings.__class__ = type(kind.__name__, (kind,), {"server_url": line.url.rstrip("/")})
    return gateway


def _bounded(ask: Any, request: Any, timeout: float | None = None) -> addinfourl:
    """The answer, all of it. Raises TimeoutError, also for a carrier that goes on to say a little."""
    seconds = timeout or getattr(_patience, "seconds", None) or DEADLINE_S
    until = time.monotonic() + seconds
    try:
        with ask(request, timeout=seconds, context=_verifying()) as answer:
            return addinfourl(_whole(answer, until), answer.headers, answer.url, answer.status)
    except HTTPError as no:
        with no:
            raise HTTPError(no.url, no.code, no.msg, no.headers, _whole(no, until)) from None


def _whole(answer: Any, until: float) -> io.BytesIO:
    """Raises IncompleteRead where the line ends before it: reading by parts says nothing of that."""
    found, said = b"", answer.headers.get("Content-Length", "")
    size = int(said) if said.isdecimal() and "Transfer-Encoding" not in answer.headers else None
    while (size is None or len(found) < size) and (part := answer.read1(CHUNK)):
        found += part
        if time.monotonic() > until:
            raise TimeoutError("the answer does not end")
    if size is not None and len(found) < size:
        raise IncompleteRead(found, size - len(found))
    return io.BytesIO(found)


@cache
def _verifying() -> ssl.SSLContext:
    return ssl.create_default_context()


def _news(details: Any, connector: str) -> News:
    scans = [_scan(event, at, connector) for event in details.events or () if (at := _moment(event)) is not None]
    return News(scans, _day(details.estimated_delivery))


def _scan(event: Any, at: datetime, connector: str) -> Scan:
    code = _words(event.code, 80)
    meaning = words.meaning(event.status, event.reason, connector, code)
    if meaning.status is Status.UNKNOWN:
        meaning = upu.meaning(code)
    return Scan(
        status=meaning.status, source=Source.CARRIER_POLL, at=at, place=_words(event.location, 200),
        note=_words(event.description, 1_000), code=code or _words(event.status, 80), reason=meaning.reason,
    )


def _moment(event: Any) -> datetime | None:
    """Karrio keeps the carrier's local time and drops its offset: taken as UTC, so at worst some hours off."""
    for text in (event.timestamp, f"{event.date} {event.time}" if event.time else None, event.date):
        for read in (datetime.fromisoformat, lambda text: datetime.strptime(text, "%Y-%m-%d %I:%M %p").replace(tzinfo=UTC)):
            try:
                at = read(str(text))
            except ValueError:
                continue
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    return None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10]) if text else None
    except ValueError:
        return None


def _words(text: object, longest: int) -> str | None:
    """What the database can hold of it."""
    held = str(text or "").replace("\0", "").encode("utf-8", "ignore").decode().strip()
    return held[:longest] or None

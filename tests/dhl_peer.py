"""DHL's tracking API as a server on this machine: what Karrio's connector asks, answered in DHL's own shape."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

REASONS = {200: "OK", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error"}


class Dhl:
    """What it knows of each number, and how it behaves."""

    def __init__(self, delay: float = 0.0) -> None:
        self.url = ""
        self.delay = delay
        self.status = 200  # another: so is everything answered
        self.known: dict[str, list[dict[str, Any]]] = {}
        self.expected: dict[str, str] = {}  # of each number, the moment it will be there
        self.everything = False  # a number nobody told it of is in transit
        self.asked: list[str] = []
        self.keys: set[str] = set()
        self.at_once = self.most = 0

    def scanned(self, number: str, at: datetime, code: str = "transit", place: str = "Casablanca", words: str = "Scan") -> None:
        """One more event of this number."""
        event = {"timestamp": f"{at:%Y-%m-%dT%H:%M:%S}", "statusCode": code, "status": words, "description": words,
                 "location": {"address": {"addressLocality": place, "countryCode": "MA"}}}  # fmt: skip
        self.known.setdefault(number, []).insert(0, event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, as urllib sends them."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            try:
                await asyncio.sleep(self.delay)
            finally:
                self.at_once -= 1
            status, answer = self._answer(head)
            body = json.dumps(answer).encode()
            writer.write(f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                         "Connection: close\r\n\r\n".encode() + body)  # fmt: skip
            await writer.drain()
        writer.close()

    def _answer(self, head: str) -> tuple[int, dict[str, Any]]:
        number = parse_qs(urlsplit(head.split()[1]).query)["trackingNumber"][0]
        self.keys |= {line.partition(": ")[2] for line in head.splitlines() if line.lower().startswith("dhl-api-key")}
        self.asked.append(number)
        if self.status != 200:
            return self.status, {"title": "Fault", "status": self.status, "detail": "Not now"}
        events = self.known.get(number, [{"timestamp": "2026-11-20T10:00:00", "statusCode": "transit"}] if self.everything else [])
        if not events:
            return 404, {"title": "Not Found", "status": 404, "detail": "No shipment with given tracking number found."}
        told = {"id": number, "service": "express", "status": events[0], "events": events}
        return 200, {"shipments": [told | ({"estimatedTimeOfDelivery": self.expected[number]} if number in self.expected else {})]}


@contextlib.asynccontextmanager
async def dhl(delay: float = 0.0) -> AsyncIterator[Dhl]:
    """It answers after `delay` seconds; gone at the end."""
    peer = Dhl(delay)
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0, backlog=1024)
    peer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield peer
    finally:
        server.close()


def line(url: str, at_once: int = 4) -> dict[str, Any]:
    """How a hub is told of it."""
    settings = {"consumer_key": "key", "consumer_secret": "secret"}
    return {"karrio": "dhl_universal", "settings": settings, "url": url, "at_once": at_once}

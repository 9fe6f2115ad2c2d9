"""DHL Express's API (MyDHL) as a server on this machine: what Karrio's connector asks for prices and labels, in DHL's own shapes.

The answers are built from the connector's own schemas, so a field that it would not read can't be written here.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from karrio import lib
from karrio.schemas.mydhl import error_response, rate_response, shipment_response, tracking_response

PDF = b"%PDF-1.4\n% DHL's own label\n%%EOF\n"


class MyDhl:
    """How it behaves, what it was asked, and how many labels it has sold."""

    def __init__(self) -> None:
        self.url = ""
        self.delay = 0.0
        self.answer: tuple[int, bytes] | None = None  # instead of its own, to everything
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.sold: list[str] = []  # invoice numbers: our references
        self.hung = asyncio.Event()  # a label is sold, and the answer not out yet
        self.label: bytes = PDF

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, as urllib sends them."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.split("\r\n")[1:])}
            sent = json.loads(await reader.readexactly(int(lines.get("content-length", 0))) or b"{}")
            path = head.split()[1]
            self.asked.append((path, sent))
            status, body = self._answer(path, sent, lines.get("authorization", ""))
            if path == "/shipments":
                self.hung.set()
            await asyncio.sleep(self.delay)
            writer.write(f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                         "Connection: close\r\n\r\n".encode() + body)  # fmt: skip
            await writer.drain()
        writer.close()

    def _answer(self, path: str, sent: dict[str, Any], key: str) -> tuple[int, bytes]:
        if self.answer:
            return self.answer
        if key != f"Basic {base64.b64encode(b'user:word').decode()}":
            return fault(401, "Unauthorized", "Invalid Credentials")
        if path.startswith("/tracking"):
            return self._where(parse_qs(urlsplit(path).query)["shipmentTrackingNumber"][0])
        return self._rates(sent) if path == "/rates" else self._sell(sent)

    def _where(self, number: str) -> tuple[int, bytes]:
        """Collected a while ago, and nothing since."""
        if not self.sold:
            return fault(404, "No result found", "No shipments found")
        at = datetime.now(UTC) - timedelta(minutes=30)
        event = tracking_response.EventType(
            date=f"{at:%Y-%m-%d}", time=f"{at:%H:%M:%S}", typeCode="PU", description="Shipment picked up",
            serviceArea=[tracking_response.EventServiceAreaType(code="CAS", description="Casablanca-MA")],
        )  # fmt: skip
        return 200, written(tracking_response.TrackingResponseType(
            shipments=[tracking_response.ShipmentType(shipmentTrackingNumber=number, events=[event])]))

    def _rates(self, sent: dict[str, Any]) -> tuple[int, bytes]:
        if sent["customerDetails"]["receiverDetails"].get("postalCode") == "00000":
            return fault(404, "Product not found", "410301: No products available", "Check the postal code")
        products = [
            rate_response.ProductType(
                productName=name, productCode=code, localProductCode=code, networkTypeCode="TD",
                totalPrice=[rate_response.TotalPriceType(currencyType="BILLC", priceCurrency="MAD", price=price)],
                deliveryCapabilities=rate_response.DeliveryCapabilitiesType(totalTransitDays=days),
            )
            for name, code, price, days in (("EXPRESS WORLDWIDE", "P", 1850.4, 2), ("ECONOMY SELECT", "W", 990.05, 6))
        ]
        return 200, written(rate_response.RateResponseType(products=products))

    def _sell(self, sent: dict[str, Any]) -> tuple[int, bytes]:
        self.sold.append(sent["content"]["exportDeclaration"]["invoice"]["number"])
        number = 1234567890 + len(self.sold) - 1
        return 201, written(shipment_response.ShipmentResponseType(
            shipmentTrackingNumber=number, trackingUrl=f"https://dhl.example/{number}",
            documents=[shipment_response.DocumentType(
                imageFormat="PDF", content=base64.b64encode(self.label).decode(), typeCode="label")] if self.label else [],
            shipmentCharges=[shipment_response.ShipmentChargeType(currencyType="BILLC", priceCurrency="MAD", price=990.05)],
        ))  # fmt: skip


def fault(status: int, title: str, detail: str, *more: str) -> tuple[int, bytes]:
    """A refusal in DHL's shape."""
    told = error_response.ErrorResponseType(
        instance="/expressapi", detail=detail, title=title, message="", status=status, additionalDetails=list(more)
    )
    return status, written(told)


def written(shape: Any) -> bytes:
    """As it goes over the line."""
    return json.dumps(lib.to_dict(shape)).encode()


@contextlib.asynccontextmanager
async def mydhl(tls: ssl.SSLContext | None = None) -> AsyncIterator[MyDhl]:
    """It answers on a port of its own; gone at the end."""
    peer = MyDhl()
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0, ssl=tls)
    peer.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield peer
    finally:
        server.close()


def line(url: str, **changes: Any) -> dict[str, Any]:
    """How a hub is told of it."""
    sender = {"name": "Anou", "company": "Coopérative Anou", "street": "Rue de la Poste 1", "city": "Azilal", "country": "MA",
              "postal_code": "22000", "phone": "+212600000000"}  # fmt: skip
    settings = {"username": "user", "password": "word", "account_number": "123456789"}
    return {"karrio": "mydhl", "settings": settings, "url": url, "sender": sender} | changes

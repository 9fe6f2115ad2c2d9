"""A payment provider on this machine, and a hub whose buyers pay there."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import sys
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from hub.config import Config
from tests.house import House, serving

KEY, SECRET = "sk_test_hub", "whsec_hub"


class Peer:
    """localstripe, as `tests/stripe_peer.py` serves it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.http = httpx.AsyncClient(base_url=self.url, headers={"Authorization": f"Bearer {KEY}"}, timeout=20)

    async def tells(self, house: House) -> None:
        """From now on it tells this hub of payments, signed."""
        hook = {"url": f"{house.base}/hooks/payments/stripe", "secret": SECRET, "events[]": "payment_intent.succeeded"}
        (await self.http.post("/_config/webhooks/hub", data=hook)).raise_for_status()

    async def pays(self, page: str, amount: int | None = None) -> str:
        """The buyer pays on this page; the payment's id."""
        answer = await self.http.post(f"/_config/buyer/{page.rpartition('/')[2]}", data={"amount": amount} if amount else {})
        return str(answer.json()["payment_intent"])

    async def fails(self, status: int) -> None:
        """The next call gets this status."""
        (await self.http.post(f"/_config/fault/{status}")).raise_for_status()

    async def refunds(self, payment: str) -> list[dict[str, Any]]:
        """What went back of a payment."""
        return list((await self.http.get("/v1/refunds", params={"payment_intent": payment})).json()["data"])


@contextlib.asynccontextmanager
async def peer() -> AsyncIterator[Peer]:
    """The program, ended at the end."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).parent / "stripe_peer.py"),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert program.stdout and program.stdin
    found = Peer(json.loads(await program.stdout.readline())["port"])
    try:
        yield found
    finally:
        await found.http.aclose()
        program.stdin.close()
        await program.wait()


@contextlib.asynccontextmanager
async def paying_house(database: Config, stripe: Peer) -> AsyncIterator[House]:
    """A hub whose buyers pay at `stripe`, which tells it so."""
    async with serving(replace(database, stripe_key=KEY, stripe_secret=SECRET, stripe_url=stripe.url)) as house:
        await stripe.tells(house)
        yield house


def succeeded(order: str | None, amount: int, currency: str = "eur", **changes: Any) -> dict[str, Any]:
    """The event of a payment, in Stripe's shape."""
    payment = {
        "id": f"pi_{uuid.uuid4().hex}", "object": "payment_intent", "amount": amount, "amount_received": amount, "currency": currency,
        "status": "succeeded", "metadata": {"order": order} if order else {},
    }  # fmt: skip
    return {"id": f"evt_{uuid.uuid4().hex}", "object": "event", "type": "payment_intent.succeeded", "data": {"object": payment}} | changes


def refunded(refund: str, status: str, kind: str = "refund.updated") -> dict[str, Any]:
    """The event of a refund."""
    body: dict[str, Any] = {"id": f"re_{uuid.uuid4().hex}", "object": "refund", "amount": 1, "currency": "eur", "status": status}
    body["metadata"] = {"refund": refund}
    return {"id": f"evt_{uuid.uuid4().hex}", "object": "event", "type": kind, "data": {"object": body}}


async def tell(
    house: House, event: dict[str, Any] | bytes, *, at: int | None = None, secret: str = SECRET, name: str = "stripe"
) -> httpx.Response:
    """A signed call of the provider's."""
    raw = event if isinstance(event, bytes) else json.dumps(event, indent=2).encode()
    moment = int(time.time()) if at is None else at
    right = hmac.digest(secret.encode(), str(moment).encode() + b"." + raw, "sha256").hex()
    async with httpx.AsyncClient(base_url=house.base, verify=False, timeout=20) as http:
        return await http.post(f"/hooks/payments/{name}", content=raw, headers={"Stripe-Signature": f"t={moment},v1={right}"})

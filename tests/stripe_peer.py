"""Stripe as a program on this machine: localstripe, with what it lacks (Checkout sessions, idempotency keys) in Stripe's own shape.

    python tests/stripe_peer.py            prints its port, serves on loopback until its standard input ends
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import uuid
from typing import Any

from aiohttp import web
from localstripe import resources, server

SESSIONS: dict[str, dict[str, Any]] = {}
ANSWERS: dict[str, tuple[bytes, int, bytes]] = {}
FAULTS: list[int] = []  # statuses with which the next calls are answered


async def create_session(request: web.Request) -> web.Response:
    """POST /v1/checkout/sessions"""
    data = await server.get_post_data(request)
    [item] = data["line_items"] if isinstance(data["line_items"], list) else data["line_items"].values()
    price, found = item["price_data"], f"cs_test_{uuid.uuid4().hex}"
    SESSIONS[found] = {
        "id": found, "object": "checkout.session", "mode": data["mode"], "status": "open", "payment_status": "unpaid",
        "amount_total": int(price["unit_amount"]) * int(item["quantity"]), "currency": price["currency"], "payment_intent": None,
        "client_reference_id": data["client_reference_id"], "metadata": data["metadata"], "success_url": data["success_url"],
        "url": f"https://checkout.stripe.com/c/pay/{found}", "_intent": data["payment_intent_data"]["metadata"],
    }  # fmt: skip
    return web.json_response({key: value for key, value in SESSIONS[found].items() if key != "_intent"})


async def pay(request: web.Request) -> web.Response:
    """POST /_buyer/{session}: the buyer pays on that page, `amount` of it if given."""
    session = SESSIONS[request.match_info["session"]]
    amount = int((await request.post()).get("amount") or session["amount_total"])
    intent = resources.PaymentIntent._api_create(
        amount=amount, currency=session["currency"], metadata=session["_intent"], payment_method="pm_card_visa", confirm=True
    )
    session |= {"status": "complete", "payment_status": "paid", "payment_intent": intent.id}
    return web.json_response({"payment_intent": intent.id})


async def fault(request: web.Request) -> web.Response:
    """POST /_fault/{status}: so is the next call answered."""
    FAULTS.append(int(request.match_info["status"]))
    return web.Response()


@web.middleware
async def once(request: web.Request, handler: Any) -> Any:
    """The same Idempotency-Key gets the first answer, as at Stripe, and is refused with another body."""
    if request.path.startswith("/v1/") and FAULTS:
        error = {"error": {"type": "api_error", "message": "broken"}}
        return web.json_response(error, status=FAULTS.pop())
    key, asked = request.headers.get("Idempotency-Key"), await request.read()
    if key in ANSWERS:
        before, status, body = ANSWERS[key]
        if before != asked:
            error = {"error": {"type": "idempotency_error", "message": "Keys can only be used with the same parameters."}}
            return web.json_response(error, status=400)
        return web.Response(status=status, body=body, content_type="application/json", headers={"Idempotent-Replayed": "true"})
    answer = await handler(request)
    if key:
        ANSWERS[key] = asked, answer.status, answer.body
    return answer


async def main() -> None:
    """Serve until nobody holds our standard input any more."""
    server.store.dump_to_disk = lambda: None  # nothing of one run is there in the next
    app = server.app
    app.middlewares.insert(0, once)
    app.router.add_post("/v1/checkout/sessions", create_session)
    app.router.add_post("/_config/buyer/{session}", pay)
    app.router.add_post("/_config/fault/{status}", fault)
    listener = socket.create_server(("127.0.0.1", 0))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    sys.stdout.write(json.dumps({"port": listener.getsockname()[1]}) + "\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())

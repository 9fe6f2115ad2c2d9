"""Stripe: Checkout for the buyer, signed events for us, refunds. Its library is loaded where a key is set, and only there."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

import msgspec
import structlog

from hub.actions.providers.terms import Arrived, Bill, Given, Page, Returned
from hub.errors import Refusal
from hub.rules.payments import RefundState

log = structlog.get_logger("providers")

FRESH_S = 300  # how far from our time a signature may be
DEADLINE_S = 15
LANGUAGES = frozenset({"fr", "en"})  # of Checkout: it has no Arabic, and chooses by the browser then
ELSEWHERE = frozenset({"ISK", "UGX", "MGA"})  # currencies whose minor unit is another there than in ISO 4217
PAID = "payment_intent.succeeded"  # once per payment, for cards and for slow ways alike
BACK = ("refund.created", "refund.updated", "refund.failed")
STATES = {
    "succeeded": RefundState.CONFIRMED, "pending": RefundState.ASKED, "requires_action": RefundState.ASKED,
    "failed": RefundState.FAILED, "canceled": RefundState.FAILED,
}  # fmt: skip


class Stripe:
    """`url` is Stripe's own when empty."""

    name = "stripe"

    def __init__(self, key: str, secret: str, url: str) -> None:
        self._key, self._secret, self._url = key, secret, url

    async def check_out(self, bill: Bill) -> Page:
        """A Checkout page for exactly this amount; what it brings names the order."""
        if bill.currency in ELSEWHERE:
            raise Refusal("no_checkout")
        named = {"order": bill.order}
        price = {"currency": bill.currency.lower(), "unit_amount": bill.amount, "product_data": {"name": bill.title[:250]}}
        params = {
            "mode": "payment", "client_reference_id": bill.order, "metadata": named, "payment_intent_data": {"metadata": named},
            "line_items": [{"quantity": 1, "price_data": price}], "success_url": bill.back, "cancel_url": bill.back,
            "locale": bill.locale if bill.locale in LANGUAGES else "auto",
        }  # fmt: skip
        sessions = _client(self._key, self._url).v1.checkout.sessions
        session = await _answered(sessions.create_async(params, {"idempotency_key": bill.key}))
        if isinstance(session, Exception) or not session.url:
            log.warning("no_checkout", fault=repr(session))
            raise Refusal("no_checkout")
        return Page(str(session.url))

    def heard(self, raw: bytes, signature: str) -> Arrived | Returned | None:
        """The signature is over these very bytes, and at most five minutes old."""
        import stripe

        if not self._secret:
            raise Refusal("not_found")
        try:
            stripe.WebhookSignature.verify_header(raw.decode(), signature, self._secret, FRESH_S)
        except (stripe.SignatureVerificationError, UnicodeDecodeError, ValueError) as fault:
            raise Refusal("bad_signature") from fault
        if int(signature.partition("t=")[2].partition(",")[0]) > time.time() + FRESH_S:  # the library looks back only
            raise Refusal("bad_signature")
        try:
            event = msgspec.json.decode(raw, type=_Event)
        except (msgspec.MsgspecError, RecursionError) as fault:
            raise Refusal("bad_request") from fault
        return _read(event)

    async def refund(self, refund: str, reference: str, amount: int, currency: str) -> Given | None:
        """A part of the payment, or all of it. What Stripe says no to for good has failed, and is a steward's then."""
        params = {"payment_intent": reference, "amount": amount, "metadata": {"refund": refund}}
        given = await _answered(_client(self._key, self._url).v1.refunds.create_async(params, {"idempotency_key": refund}))
        if isinstance(given, Exception):
            return Given(None, RefundState.FAILED, str(getattr(given, "user_message", None) or given)[:500])
        return Given(str(given.id), STATES.get(str(given.status), RefundState.ASKED))


class _Object(msgspec.Struct):
    id: str
    amount: int = 0
    amount_received: int | None = None
    currency: str = ""
    status: str | None = None
    failure_reason: str | None = None
    metadata: dict[str, str] | None = None


class _Data(msgspec.Struct):
    object: _Object


class _Event(msgspec.Struct):
    id: str
    type: str
    data: msgspec.Raw


def _read(event: _Event) -> Arrived | Returned | None:
    if event.type != PAID and event.type not in BACK:
        return None
    try:
        found = msgspec.json.decode(event.data, type=_Data).object
    except msgspec.MsgspecError as fault:
        raise Refusal("bad_request") from fault
    names = {key: value.replace("\0", "")[:100] for key, value in (found.metadata or {}).items()}
    event_id, reference = event.id.replace("\0", "")[:160], found.id.replace("\0", "")[:100]
    if event.type == PAID:
        amount = found.amount if found.amount_received is None else found.amount_received
        return Arrived(event_id, reference, names.get("order", ""), amount, found.currency.upper()[:3])
    state = RefundState.FAILED if event.type == "refund.failed" else STATES.get(found.status or "", RefundState.ASKED)
    return Returned(event_id, names.get("refund", ""), reference, state, found.failure_reason)


@lru_cache(maxsize=4)
def _client(key: str, url: str) -> Any:
    import stripe

    addresses: Any = {"api": url} if url else {}
    return stripe.StripeClient(
        key, base_addresses=addresses, max_network_retries=0, http_client=stripe.HTTPXClient(timeout=DEADLINE_S),
    )


async def _answered(asked: Any) -> Any:
    """Stripe's answer, or the exception with which it refuses for good. Raises Refusal `unavailable`, for another try."""
    import stripe

    try:
        return await asked
    except (stripe.InvalidRequestError, stripe.CardError) as no:
        return no
    except stripe.StripeError as fault:
        log.warning("provider_unavailable", fault=type(fault).__name__, status=fault.http_status)
        raise Refusal("unavailable", after_ms=5_000) from fault

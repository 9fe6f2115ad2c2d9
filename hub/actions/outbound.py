"""What leaves the house: e-mail by SMTP, text messages by an HTTP gateway. Each has a deadline."""

from __future__ import annotations

from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib
import httpx
import structlog

from hub.config import config
from hub.errors import Refusal

log = structlog.get_logger("outbound")

DEADLINE_S = 15


def reachable(kind: str) -> bool:
    """Can this house send to an `email` or a `phone`?"""
    return bool(config().smtp_url if kind == "email" else config().sms_url)


async def mail(to: str, subject: str, text: str) -> None:
    """One plain letter. Raises Refusal `unavailable`, for another try."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = config().mail_from, to, subject
    letter.set_content(text)
    server = urlsplit(config().smtp_url)
    try:
        await aiosmtplib.send(
            letter,
            hostname=server.hostname,
            port=server.port or (465 if server.scheme == "smtps" else 25),
            use_tls=server.scheme == "smtps",
            username=unquote(server.username) if server.username else None,
            password=unquote(server.password) if server.password else None,
            timeout=DEADLINE_S,
        )
    except (aiosmtplib.SMTPException, OSError) as fault:
        raise _not_sent("mail", fault) from fault


async def text_message(to: str, text: str) -> None:
    """One text message: `POST sms_url {"to": E.164, "text"}`, any 2xx is taken. Raises Refusal `unavailable`."""
    try:
        async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
            (await client.post(config().sms_url, json={"to": to, "text": text})).raise_for_status()
    except httpx.HTTPError as fault:
        raise _not_sent("text_message", fault) from fault


def _not_sent(what: str, fault: Exception) -> Refusal:
    """Servers say no for a while, or for good; neither is worth more than the tries of a job. No address in the log."""
    log.warning("not_sent", what=what, fault=type(fault).__name__)
    return Refusal("unavailable")

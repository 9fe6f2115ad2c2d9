"""Refusal: an expected business "no", with a code, an HTTP status, translatable words and what to do next.

Everything else that goes wrong is a bug, and may raise. The pure rules say no with `hub.rules.refused.Refused`, which
knows nothing of HTTP; `Refusal.of` gives it its status.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from hub.rules.refused import CODES, CONFLICT, FORBIDDEN, REASONS, Refused


def N_(text: str) -> str:
    """Mark `text` for translation, which happens where it is shown."""
    return text


WORDS: dict[str, str] = {
    # the socket's codes (docs/protocol.md)
    "unknown_thread": N_("This conversation does not exist, or is not open to you."),
    "rate": N_("Too fast. Wait a moment, then try again."),
    "overloaded": N_("The hub is very busy. Your message is kept and will be sent again."),
    "unavailable": N_("The hub can't save right now. Nothing is lost; try again in a moment."),
    # HTTP
    "not_found": N_("This page does not exist, or is not open to you."),
    "signed_out": N_("Please sign in first."),
    "foreign_origin": N_("This request came from another site, and was not carried out."),
    "method": N_("This address does not take this kind of request."),
    "bad_request": N_("The hub did not understand this request."),
    "bad_form": N_("Something in this form is missing or wrong. Look at the marked fields."),
    "too_big": N_("This is too big to send."),
    "moved": N_("This has changed in the meantime. Look at what stands now."),
    "server_fault": N_("Something broke on our side. It has been noted; try again in a moment."),
    # people
    "bad_contact": N_("Give an e-mail address or a telephone number with its country code."),
    "not_reachable": N_("The hub can't send codes there. Use an e-mail address instead, or ask the office for a link."),
    "bad_code": N_("This code is not right. Look at the newest message, or ask for a new code."),
    "code_spent": N_("This code is no longer valid. Ask for a new one."),
    "link_spent": N_("This link was used already, or is too old. Ask for a new one."),
    # media
    "not_a_picture": N_("This file is not a picture that the hub can read. Choose another one, or take the photo again."),
    "picture_too_large": N_("This picture is too large. Take it again with fewer pixels."),
    # catalogue and threads
    "own_product": N_("This piece is yours: you can't ask yourself."),
    "not_a_mentor": N_("Only a mentor can be called into a conversation."),
    "already_relayed": N_("These words have already been relayed into this language."),
    "not_words": N_("Only messages can be relayed."),
    # quotes, orders, shipments, money
    "stale_version": N_("This is no longer the newest version. Look at the one that stands now, and answer that."),
    "piece_taken": N_("This piece is already promised to somebody else. Ask the artisan for another like it."),
    "reference_used": N_(
        "This reference was recorded already. Look at the order's payments before recording it again."
    ),
    "nothing_owed": N_(
        "Nobody is owed this much, or nobody who is has said where to be paid: there is nothing to send."
    ),
    "refund_ended": N_(
        "This refund is the provider's to carry out, or has ended already: look at where it stands now."
    ),
    "event_settled": N_("This was settled already, in other words: look at what was said."),
    "no_checkout": N_(
        "Paying by card is not possible here: pay by bank transfer, or ask the cooperative's office."
    ),
    "nothing_due": N_(
        "Nothing is due on this order now: there is nothing to pay."
    ),
    "number_used": N_("This tracking number is in use for another parcel that is still on its way. Read it again."),
    "too_many_shipments": N_("This order travels in ten shipments already: put what is left into one of them."),
    "sharing_ended": N_("This parcel is no longer on its way: where you are is not passed on any more."),
    "no_labels": N_("This carrier's prices and labels can't be had from here: book it by hand."),
    "label_unsure": N_("The carrier's answer can't be read: the label may have been bought. Look into its account before trying again."),
    "carrier_declined": N_("The carrier said no, and nothing was bought: look at its words, or book it by hand."),
    "carrier_silent": N_("The carrier does not answer, and nothing was bought: try again later, or book it by hand."),
    "passport_withdrawn": N_("The cooperative has withdrawn this passport: its page says why."),
    "bad_signature": N_("The signature of this message is not right, or it is too old."),
}

STATUS: dict[str, int] = (
    {
        "unknown_thread": 404,
        "not_found": 404,
        "not_allowed": 403,
        "foreign_origin": 403,
        "signed_out": 401,
        "rate": 429,
        "overloaded": 503,
        "unavailable": 503,
        "method": 405,
        "moved": 409,
        "too_big": 413,
        "picture_too_large": 413,
        "server_fault": 500,
        "already_relayed": 409,
        "quote_moved": 409,
        "order_moved": 409,
        "stale_version": 409,
        "reference_used": 409,
        "piece_taken": 409,
        "nothing_owed": 409,
        "nothing_due": 409,
        "refund_ended": 409,
        "event_settled": 409,
        "number_used": 409,
        "too_many_shipments": 409,
        "sharing_ended": 409,
        "link_full": 409,
        "proven": 409,
        "label_unsure": 409,
        "carrier_declined": 409,
        "carrier_silent": 409,
        "passport_withdrawn": 410,
        "bad_signature": 401,
    }
    | dict.fromkeys(FORBIDDEN, 403)
    | dict.fromkeys(CONFLICT, 409)
)  # every other code: 400

RETRIED = frozenset({"rate", "overloaded", "unavailable"})


class Refusal(Exception):
    """A "no" that a person is told.

    `fields` names what was wrong in a form (field -> code or words), `current` shows the state that has moved (409),
    `after_ms` says when trying again makes sense.
    """

    def __init__(
        self,
        code: str,
        *,
        fields: dict[str, str] | None = None,
        current: dict[str, Any] | None = None,
        after_ms: int | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = status or STATUS.get(code, 400)
        self.fields = fields or {}
        self.current = current
        self.after_ms = after_ms

    @property
    def words(self) -> str:
        """The English sentence (a msgid) that says why, and what to do."""
        return _sentence(self.code) or WORDS["bad_request"]

    @property
    def reasons(self) -> dict[str, str]:
        """Field -> what is wrong with it: an English msgid, or the words of somebody outside as they came."""
        return {name: REASONS.get(why) or _sentence(why) or why for name, why in self.fields.items()}

    @property
    def retry(self) -> bool:
        """Is the same request worth sending again, unchanged?"""
        return self.code in RETRIED

    @classmethod
    def of(cls, refused: Refused, current: dict[str, Any] | None = None) -> Refusal:
        """The refusal that a pure rule asked for."""
        return cls(refused.code, fields=dict(refused.fields), current=current)


def _sentence(code: str) -> str | None:
    return WORDS.get(code) or CODES.get(code)


@asynccontextmanager
async def showing(current: Callable[[], Awaitable[dict[str, Any]]]) -> AsyncIterator[None]:
    """A rule's "the state has moved" inside becomes a 409 that carries the thing as it stands."""
    try:
        yield
    except Refused as refused:
        raise Refusal.of(refused, await current() if refused.code in CONFLICT else None) from refused

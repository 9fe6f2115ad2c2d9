"""The pure "no": what the rules raise when people ask for something they may not have."""

from collections.abc import Mapping

CODES: dict[str, str] = {
    # whoever asks
    "not_allowed": "This is not yours to do here: ask the person whose step it is.",
    "not_your_turn": "It is the other side's turn to answer: wait for them, or withdraw what you wrote.",
    # quotes
    "quote_moved": "This quote has moved on meanwhile: look at its newest version and answer that one.",
    "quote_expired": "This quote has expired: ask the artisan for a new one.",
    "not_yet": "It is too early for this: the time agreed has not passed.",
    "bad_terms": "Some of these terms can't be used: correct the marked fields and send again.",
    "bad_wish": "Some of this request can't be used: correct the marked fields and send again.",
    # orders
    "order_moved": "This order has moved on meanwhile: look at where it stands now.",
    "disputed": "A dispute is open on this order: it has to be resolved first.",
    "not_disputed": "No dispute is open on this order: there is nothing to resolve.",
    "dispute_too_late": "The 30 days for a dispute have passed: write to the cooperative's office.",
    "not_in_this_craft": "This step does not belong to this craft: choose one of the steps shown.",
    "nothing_to_show": "Progress needs a photo, a voice note or some words: add one and send again.",
    "photo_needed": "A photo is needed: take one of the finished piece and send again.",
    "measure_needed": "The measured size is needed: measure width and length and send again.",
    "weight_needed": "The weight is needed: weigh the piece, in grams, and send again.",
    "reason_needed": "A reason is needed: say in a few words why.",
    "own_work": "Nobody inspects their own work: ask another steward.",
    "size_out_of_tolerance": "The measured size is more than 5 percent off the agreed one: it can't pass, mark it as failed.",
    "balance_missing": "The balance is not paid in full: it can be shipped once the rest has arrived.",
    "parcel_needed": "A shipment needs at least one parcel: add its size and weight.",
    "bad_date": "This date can't be used: choose a later day, at most a year ahead.",
    "bad_amount": "This amount can't be used: give a whole number above zero and within what was paid.",
    "not_by_hand": "This payment was told of by its provider, nobody wrote it down: it can only be given back.",
    "payment_undone": "This payment was undone already: look at where the order stands now.",
    "payment_used": "The order has gone on with this money: it can't be undone. Talk to the two sides, or cancel the order.",
    # shipments
    "bad_tracking_number": "This can't be the tracking number: read it again from the label, all of its letters and digits.",
    "bad_pickup": "This pickup time can't be used: choose a start and a later end of one day, within two months.",
    "on_its_way": "This parcel is on its way already: its papers are not awaited any more.",
    "label_pending": "A label of this order is being bought: wait a moment, then look at where it stands.",
    "label_ended": "This purchase has ended already: look at where the order stands now.",
    "number_needed": "The tracking number is needed: it stands in the carrier's account, beside the reference.",
    "unknown_paper": "This paper is not known: choose one of those shown.",
    "status_not_for_couriers": "A courier can't record this status: choose one of the buttons shown.",
    "proven": "Who took this parcel is recorded already. If that is wrong, tell the cooperative's office.",
    "link_full": "So much was recorded of this parcel that nothing more is taken now: ask the cooperative's office.",
    # money
    "mixed_currencies": "Amounts in different currencies can't be put together: use the order's currency.",
    "unknown_currency": "This currency is not known: use a three-letter ISO 4217 code such as MAD or EUR.",
    "bad_destination": "This place to be paid can't be used: correct the marked fields and send again.",
    "line_ended": "This line of the batch stands elsewhere already: look at where it stands now.",
    "bad_rate": "This rate can't be used: give the dirhams for one whole unit of the currency, such as 10.85.",
    "rate_far": "This rate is less than half or more than twice the last one: look at it again, and confirm it if it is right.",
    "escrow_short": "The order's escrow does not hold this much: check what was paid in and paid out.",
    # threads
    "empty": "There is nothing in this message: write something or add a photo or a voice note.",
    "too_long": "This message is longer than 4,000 characters: shorten it or send it in two.",
    "media_missing": "The photo or voice note is missing: add it and send again.",
    "too_many_media": "A message carries at most 10 photos, or one voice note: send the others in another message.",
    "bad_frame": "This message can't be read: write it again.",
    "edit_too_late": "A message can be changed for 15 minutes: write a new one instead.",
    "already_removed": "This message was removed already.",
    "kept_for_order": "Messages are kept once there is an order: write a new one to correct it.",
}

REASONS: dict[str, str] = {
    "missing": "needed",
    "not_needed": "leave it empty: it comes by itself",
    "no_labels": "sells no labels here",
    "not_text": "must be words",
    "too_long": "too long",
    "bad_characters": "holds characters that can't be stored",
    "not_whole": "must be a whole number",
    "not_a_rate": "must be a number such as 10.85",
    "not_sure": "confirm that it is right",
    "too_small": "too small",
    "too_large": "too large",
    "not_a_list": "must be a list",
    "too_many": "too many",
    "not_an_object": "must be a group of fields",
    "not_an_id": "must be an id",
    "unknown_currency": "not a known currency",
    "unknown_country": "not a known country",
    "not_a_time": "must be a date and time",
    "not_a_day": "must be a date",
    "in_the_past": "must be in the future",
    "too_far": "too far in the future",
    "in_the_future": "has not happened yet",
    "before_the_order": "is from before the order",
    "bad_rib": "a digit is wrong: the key of a RIB of 24 digits does not fit",
    "bad_iban": "a sign is wrong: the IBAN's check digits do not fit",
    "bad_phone": "not a telephone number",
    "nothing_to_pay": "the total must be above zero",
    "unknown": "not one of those known",
    "not_a_uuid": "must be an id",
    "bad_position": "not a place on earth",
}

FORBIDDEN = frozenset({"not_allowed", "not_your_turn", "own_work"})
"""The wrong person asked: HTTP 403."""

CONFLICT = frozenset({"quote_moved", "quote_expired", "not_yet", "order_moved", "disputed", "not_disputed",
                      "dispute_too_late", "balance_missing", "edit_too_late", "already_removed",
                      "kept_for_order", "escrow_short", "line_ended", "not_by_hand", "payment_undone", "payment_used",
                      "rate_far", "on_its_way", "label_pending", "label_ended"})
"""The right person at the wrong moment: HTTP 409. Every other code speaks of what was sent: HTTP 400."""


class Refused(Exception):
    """A rule's "no": `code` is a key of CODES; `fields` maps dotted paths of bad fields to keys of REASONS."""

    def __init__(self, code: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.fields: dict[str, str] = dict(fields or {})

    def __str__(self) -> str:
        bad = ", ".join(f"{path}: {reason}" for path, reason in self.fields.items())
        return f"{self.code} ({bad})" if bad else self.code

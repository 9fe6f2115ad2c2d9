"""Who may do what: the one table, verb x role x relation to the record."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    BUYER = "buyer"
    ARTISAN = "artisan"
    MENTOR = "mentor"
    COURIER = "courier"
    STEWARD = "steward"


class Relation(StrEnum):
    """What a person is to one record, by its thread's living participations; a removed participant is NONE."""

    BUYER_SIDE = "buyer_side"
    ARTISAN_SIDE = "artisan_side"
    HELPER = "helper"
    STEWARD = "steward"
    NONE = "none"


ANYBODY: frozenset[Role] = frozenset()
"""For a door that asks for no account (public pages, signed hooks, links that are their own key)."""

_BUYER, _ARTISAN = frozenset({Relation.BUYER_SIDE}), frozenset({Relation.ARTISAN_SIDE})
_SIDES = _BUYER | _ARTISAN
_INSIDE = _SIDES | {Relation.HELPER, Relation.STEWARD}
_NO_RELATION: frozenset[Relation] = frozenset()
_NO_ROLE: frozenset[Role] = frozenset()
_STEWARD, _MENTOR = frozenset({Role.STEWARD}), frozenset({Role.MENTOR})
_EVERYONE = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Rule:
    """A person may when one of their `roles`, or their `relation`, is named; never with a relation in `barred`."""

    roles: frozenset[Role] = _NO_ROLE
    relations: frozenset[Relation] = _NO_RELATION
    barred: frozenset[Relation] = _NO_RELATION
    public: bool = False


_PUBLIC = Rule(public=True)

MAY: dict[str, Rule] = {
    # storefront and accounts
    "see_storefront": _PUBLIC,
    "see_product": _PUBLIC,
    "see_artisan": _PUBLIC,
    "see_passport": _PUBLIC,
    "see_health": _PUBLIC,
    "sign_in": _PUBLIC,
    "sign_out": Rule(roles=_EVERYONE),
    "see_me": Rule(roles=_EVERYONE),
    "upload_media": Rule(roles=_EVERYONE),
    "upload_product": Rule(roles=frozenset({Role.ARTISAN, Role.MENTOR, Role.STEWARD})),
    "upload_portrait": Rule(roles=frozenset({Role.ARTISAN})),
    # threads
    "list_threads": Rule(roles=_EVERYONE),
    "open_thread": Rule(roles=frozenset({Role.BUYER})),
    "see_thread": Rule(relations=_INSIDE),
    "see_events": Rule(relations=_INSIDE),
    "see_media": Rule(relations=_INSIDE),
    "send_message": Rule(relations=_INSIDE),
    "edit_message": Rule(relations=_INSIDE),
    "remove_message": Rule(relations=_INSIDE),
    "receipt": Rule(relations=_INSIDE),
    "invite": Rule(relations=_SIDES | {Relation.STEWARD}),
    "enter_thread": Rule(roles=_STEWARD),
    "read_for_dispute": Rule(roles=_STEWARD),
    "leave": Rule(relations=frozenset({Relation.HELPER, Relation.STEWARD})),
    "remove_participant": Rule(relations=_SIDES | {Relation.STEWARD}),
    "see_desk": Rule(roles=_MENTOR | _STEWARD),
    "claim_relay": Rule(relations=frozenset({Relation.HELPER, Relation.STEWARD})),
    "translate": Rule(relations=frozenset({Relation.HELPER, Relation.STEWARD})),
    # quotes: whose turn it is, is in hub.rules.quotes
    "see_quote": Rule(roles=_STEWARD, relations=_INSIDE),
    "request_quote": Rule(relations=_BUYER),
    "offer": Rule(relations=_ARTISAN),
    "counter": Rule(relations=_SIDES),
    "revise": Rule(relations=_SIDES),
    "accept": Rule(relations=_SIDES),
    "decline": Rule(relations=_SIDES),
    "withdraw": Rule(relations=_SIDES),
    "confirm_late": Rule(relations=_SIDES),
    # orders
    "see_order": Rule(roles=_STEWARD, relations=_INSIDE),
    "progress": Rule(relations=_ARTISAN),
    "made": Rule(relations=_ARTISAN),
    "inspect": Rule(roles=_STEWARD, barred=_SIDES),
    "extend": Rule(relations=_SIDES),
    "cancel": Rule(roles=_STEWARD, relations=_SIDES),
    "confirm": Rule(relations=_BUYER),
    "dispute": Rule(relations=_BUYER),
    "resolve": Rule(roles=_STEWARD, barred=_SIDES),
    # money
    "record_payment": Rule(roles=_STEWARD, barred=_SIDES),
    "undo_payment": Rule(roles=_STEWARD, barred=_SIDES),
    "check_out": Rule(relations=_BUYER),
    "see_ledger": Rule(roles=_STEWARD),
    "pay_out": Rule(roles=_STEWARD),
    "end_refund": Rule(roles=_STEWARD),
    "set_destination": Rule(roles=_STEWARD),
    "see_own_money": Rule(roles=frozenset({Role.ARTISAN})),
    "bear": Rule(relations=_ARTISAN),
    # shipments
    "book_shipment": Rule(roles=_STEWARD, relations=_ARTISAN),
    "buy_label": Rule(roles=_STEWARD),
    "withdraw_passport": Rule(roles=_STEWARD),
    "see_shipment": Rule(roles=_STEWARD, relations=_INSIDE),
    "see_label": Rule(roles=_STEWARD, relations=_ARTISAN),
    "see_tag": Rule(roles=_STEWARD, relations=_ARTISAN),
    "see_courier_link": Rule(roles=_STEWARD, relations=_ARTISAN),
    "renew_courier_link": Rule(roles=_STEWARD),
    "correct_shipment": Rule(roles=_STEWARD, barred=_SIDES),
    "see_position": Rule(relations=_INSIDE),
    # the courier's link is its own key, signed hooks carry theirs
    "see_parcel": Rule(roles=frozenset({Role.COURIER})),
    "record_checkpoint": Rule(roles=frozenset({Role.COURIER})),
    "share_position": Rule(roles=frozenset({Role.COURIER})),
    "prove_delivery": Rule(roles=frozenset({Role.COURIER})),
    "carrier_hook": _PUBLIC,
    "payment_hook": _PUBLIC,
    "sms_hook": _PUBLIC,
}
"""Verb -> rule. A living courier's link acts as roles={COURIER}, for its one parcel; an expired one as ANYBODY."""


def may(verb: str, roles: Iterable[Role | str], relation: Relation = Relation.NONE) -> bool:
    """True when the table allows it. Unknown roles count for nothing. KeyError for a verb not in the table."""
    rule = MAY[verb]
    if rule.public:
        return True
    if relation in rule.barred:
        return False
    return relation in rule.relations or not rule.roles.isdisjoint(roles)

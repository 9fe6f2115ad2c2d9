"""Who may do what, cell by cell."""

from itertools import product

import pytest

from hub.rules.people import ANYBODY, MAY, Relation, Role, may

R = Relation
SIDES = {R.BUYER_SIDE, R.ARTISAN_SIDE}
INSIDE = {*SIDES, R.HELPER, R.STEWARD}
BUYER, ARTISAN = {R.BUYER_SIDE}, {R.ARTISAN_SIDE}
NOBODY: set[Relation] = set()

# verb -> the relations that suffice by themselves, without any role
BY_RELATION: dict[str, set[Relation]] = {
    "see_thread": INSIDE, "see_events": INSIDE, "see_media": INSIDE, "send_message": INSIDE, "edit_message": INSIDE,
    "remove_message": INSIDE, "receipt": INSIDE, "see_quote": INSIDE, "see_order": INSIDE, "see_shipment": INSIDE,
    "see_position": INSIDE,
    "invite": {*SIDES, R.STEWARD}, "remove_participant": {*SIDES, R.STEWARD},
    "leave": {R.HELPER, R.STEWARD}, "translate": {R.HELPER, R.STEWARD}, "claim_relay": {R.HELPER, R.STEWARD},
    "request_quote": BUYER, "confirm": BUYER, "dispute": BUYER, "check_out": BUYER,
    "offer": ARTISAN, "progress": ARTISAN, "made": ARTISAN, "book_shipment": ARTISAN, "see_label": ARTISAN, "see_tag": ARTISAN,
    "see_courier_link": ARTISAN, "bear": ARTISAN,
    "counter": SIDES, "revise": SIDES, "accept": SIDES, "decline": SIDES, "withdraw": SIDES, "confirm_late": SIDES,
    "extend": SIDES, "cancel": SIDES,
}
# verb -> the roles that suffice without any relation
BY_ROLE: dict[str, set[Role]] = {
    **{verb: set(Role) for verb in ("sign_out", "see_me", "upload_media", "list_threads")},
    "upload_product": {Role.ARTISAN, Role.MENTOR, Role.STEWARD},
    "upload_portrait": {Role.ARTISAN}, "see_own_money": {Role.ARTISAN},
    "open_thread": {Role.BUYER},
    "see_desk": {Role.MENTOR, Role.STEWARD},
    **{verb: {Role.STEWARD} for verb in (
        "enter_thread", "read_for_dispute", "see_quote", "see_order", "inspect", "cancel", "resolve", "record_payment",
        "undo_payment", "see_ledger", "pay_out", "end_refund", "set_destination",
        "book_shipment", "see_shipment", "see_label", "see_tag", "see_courier_link", "renew_courier_link",
        "correct_shipment", "buy_label", "withdraw_passport")},
    **{verb: {Role.COURIER} for verb in ("see_parcel", "record_checkpoint", "share_position", "prove_delivery")},
}
BARRED: dict[str, set[Relation]] = {
    "inspect": SIDES, "resolve": SIDES, "record_payment": SIDES, "undo_payment": SIDES, "correct_shipment": SIDES,
}
PUBLIC = {"see_storefront", "see_product", "see_artisan", "see_passport", "see_health", "sign_in", "carrier_hook",
          "payment_hook", "sms_hook"}


def test_every_verb_is_in_these_tables() -> None:
    assert set(MAY) == PUBLIC | set(BY_RELATION) | set(BY_ROLE)


@pytest.mark.parametrize("verb", MAY)
def test_row(verb: str) -> None:
    for role, relation in product([None, *Role], Relation):
        expected = verb in PUBLIC or (relation not in BARRED.get(verb, NOBODY) and (
            relation in BY_RELATION.get(verb, NOBODY) or role in BY_ROLE.get(verb, set())))
        assert may(verb, {role} if role else ANYBODY, relation) is expected, (verb, role, relation)


@pytest.mark.parametrize("verb", ["counter", "revise", "accept", "decline", "withdraw", "confirm_late"])
def test_helpers_and_stewards_never_answer_for_a_side(verb: str) -> None:
    assert not may(verb, set(Role), R.HELPER)
    assert not may(verb, set(Role), R.STEWARD)


@pytest.mark.parametrize("verb", sorted(set(BY_RELATION) - {"see_quote", "see_order", "see_shipment"}))
def test_a_removed_helper_and_a_mentor_of_another_thread_are_strangers(verb: str) -> None:
    assert not may(verb, {Role.MENTOR, Role.ARTISAN, Role.BUYER}, R.NONE)


def test_roles_are_read_as_words_and_unknown_ones_count_for_nothing() -> None:
    assert may("inspect", ["mentor", "steward"])
    assert not may("inspect", ["emperor"])
    assert not may("inspect", ["steward"], R.ARTISAN_SIDE)


def test_a_verb_outside_the_table_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        may("bribe", {Role.STEWARD})

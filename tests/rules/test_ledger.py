"""The ledger: whatever happens, every transfer sums to zero and a closed order's escrow is empty."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules import ledger
from hub.rules.ledger import Posting, Shares, artisan_payable, balanced, balances, order_escrow
from hub.rules.refused import Refused

ORDER, FATIMA = "o1", "fatima"
ESCROW, PAYABLE = order_escrow(ORDER), artisan_payable(FATIMA)
AMOUNT = st.integers(1, 10**12)
SHARES = st.builds(Shares, st.integers(1, 10**9), st.integers(0, 10**8), st.integers(0, 10**8))

ROWS: list[tuple[list[Posting], dict[str, int]]] = [
    (ledger.transfer_received(ORDER, 50, "MAD"), {"external_cash": -50, ESCROW: 50}),
    (ledger.transfer_fee(5, "MAD"), {"coop_commission": -5, "payment_fees": 5}),
    (ledger.transfer_advance(ORDER, FATIMA, 30, "MAD", escrow=30), {ESCROW: -30, PAYABLE: 30}),
    (ledger.transfer_completed(ORDER, FATIMA, Shares(80, 10, 10), "MAD", escrow=76, advanced=24),
     {ESCROW: -76, PAYABLE: 56, "coop_commission": 10, "shipping_payable": 10}),
    (ledger.transfer_completed(ORDER, FATIMA, Shares(80, 10, 10), "MAD", escrow=107),
     {ESCROW: -107, PAYABLE: 80, "coop_commission": 10, "shipping_payable": 10, "refund_in_flight": 7}),
    (ledger.transfer_completed(ORDER, FATIMA, Shares(20, 5, 10), "MAD", escrow=11, advanced=24),
     {ESCROW: -11, "loss_fund": -4, "coop_commission": 5, "shipping_payable": 10}),
    (ledger.transfer_payout_sent(FATIMA, 80, "MAD", payable=80), {PAYABLE: -80, "payout_in_flight": 80}),
    (ledger.transfer_payout_confirmed(80, "MAD"), {"payout_in_flight": -80, "external_cash": 80}),
    (ledger.transfer_payout_bounced(FATIMA, 80, "MAD"), {"payout_in_flight": -80, PAYABLE: 80}),
    (ledger.transfer_payout_returned(FATIMA, 80, "MAD"), {"external_cash": -80, PAYABLE: 80}),
    (ledger.transfer_shipping_paid(10, "MAD"), {"shipping_payable": -10, "external_cash": 10}),
    (ledger.transfer_refund(ORDER, "MAD", escrow=26, advanced=24),
     {ESCROW: -26, "loss_fund": -24, "refund_in_flight": 50}),
    (ledger.transfer_refund(ORDER, "MAD", escrow=50), {ESCROW: -50, "refund_in_flight": 50}),
    (ledger.transfer_partial_refund(ORDER, 9, "MAD", escrow=50), {ESCROW: -9, "refund_in_flight": 9}),
    (ledger.transfer_refund_from_loss_fund(9, "MAD"), {"loss_fund": -9, "refund_in_flight": 9}),
    (ledger.transfer_refund_from_payout(FATIMA, 9, "MAD", consent=True), {PAYABLE: -9, "refund_in_flight": 9}),
    (ledger.transfer_refund_confirmed(9, "MAD"), {"refund_in_flight": -9, "external_cash": 9}),
]


@pytest.mark.parametrize(("postings", "amounts"), ROWS)
def test_row(postings: list[Posting], amounts: dict[str, int]) -> None:
    assert {posting.account: posting.amount for posting in postings} == amounts
    assert balanced(postings)
    assert balances([*postings, *ledger.transfer_reversal(postings)]) == {
        account: {"MAD": 0} for account in amounts}


def test_each_kind_of_transfer_has_its_builder() -> None:
    builders = {name.removeprefix("transfer_") for name in vars(ledger) if name.startswith("transfer_")}
    assert builders == set(ledger.Kind)
    assert max(map(len, ledger.Kind)) <= 24


@given(SHARES, st.integers(0, 30), st.integers(0, 10**6), st.data())
def test_the_life_of_an_order_ends_with_an_empty_escrow_and_all_that_was_paid(
        shares: Shares, percent: int, over: int, data: st.DataObject) -> None:
    deposit = data.draw(st.integers(1, shares.total))
    book = ledger.transfer_received(ORDER, deposit, "EUR")
    if advance := ledger.wool_advance(shares.artisan, deposit, percent):
        book += ledger.transfer_advance(ORDER, FATIMA, advance, "EUR", escrow=deposit)
    if rest := shares.total - deposit + over:
        book += ledger.transfer_received(ORDER, rest, "EUR")
    agreed = shares
    if refund := data.draw(st.integers(0, shares.total - advance)):
        book += ledger.transfer_partial_refund(ORDER, refund, "EUR", escrow=shares.total + over - advance)
        agreed = ledger.reduced(shares, refund)
    escrow = balances(book)[ESCROW]["EUR"]
    assert escrow >= 0
    book += ledger.transfer_completed(ORDER, FATIMA, agreed, "EUR", escrow=escrow, advanced=advance)
    after = {account: amounts["EUR"] for account, amounts in balances(book).items()}
    assert balanced(book) and after[ESCROW] == 0
    assert after.get("refund_in_flight", 0) == refund + over
    assert after.get(PAYABLE, 0) == max(agreed.artisan, advance)
    assert after.get("coop_commission", 0) == agreed.cooperative
    assert after.get("shipping_payable", 0) == agreed.shipping
    assert -after.get("loss_fund", 0) == max(0, advance - agreed.artisan)


@given(SHARES, st.data())
def test_a_partial_refund_is_borne_by_the_goods_before_the_shipping(shares: Shares, data: st.DataObject) -> None:
    refund = data.draw(st.integers(0, shares.total))
    left = ledger.reduced(shares, refund)
    assert left.total == shares.total - refund
    assert min(left.artisan, left.cooperative, left.shipping) >= 0
    assert left.shipping == shares.shipping or left.artisan == left.cooperative == 0


@pytest.mark.parametrize("refund", [-1, 101])
def test_more_than_everything_is_not_refunded(refund: int) -> None:
    with pytest.raises(Refused, match="bad_amount"):
        ledger.reduced(Shares(80, 10, 10), refund)


@pytest.mark.parametrize(("paid", "deposit_missing", "total_missing", "due", "over"), [
    (0, 50, 100, 50, 0),
    (49, 1, 51, 1, 0),
    (50, 0, 50, 50, 0),
    (99, 0, 1, 1, 0),
    (100, 0, 0, 0, 0),
    (103, 0, 0, 0, 3),
])
def test_under_and_over_payment(paid: int, deposit_missing: int, total_missing: int, due: int, over: int) -> None:
    stands = ledger.standing(total=100, deposit=50, paid=paid)
    assert stands == ledger.Standing(paid, deposit_missing, total_missing, due, over)


def test_no_deposit_asked_is_no_deposit_missing() -> None:
    assert ledger.standing(total=100, deposit=0, paid=0).deposit_missing == 0


def test_the_wool_advance_is_at_most_a_third_less_a_bit_and_what_is_there() -> None:
    assert ledger.wool_advance(1_001, 5_000) == 300
    assert ledger.wool_advance(1_000, 120) == 120
    assert ledger.wool_advance(1_000, 500, percent=0) == ledger.wool_advance(1_000, -5) == 0
    with pytest.raises(ValueError):
        ledger.wool_advance(1_000, 500, percent=31)


def test_escrow_is_never_overdrawn() -> None:
    with pytest.raises(Refused, match="escrow_short"):
        ledger.transfer_advance(ORDER, FATIMA, 31, "MAD", escrow=30)
    with pytest.raises(Refused, match="escrow_short"):
        ledger.transfer_partial_refund(ORDER, 31, "MAD", escrow=30)
    with pytest.raises(Refused, match="escrow_short"):
        ledger.transfer_completed(ORDER, FATIMA, Shares(80, 10, 10), "MAD", escrow=99)


def test_amounts_that_make_no_sense() -> None:
    for amount in (0, -5):
        with pytest.raises(Refused, match="bad_amount"):
            ledger.transfer_received(ORDER, amount, "MAD")
    with pytest.raises(Refused, match="bad_amount"):
        ledger.transfer_payout_sent(FATIMA, 81, "MAD", payable=80)
    for escrow, advanced in [(0, 0), (-1, 5), (5, -1)]:
        with pytest.raises(Refused, match="bad_amount"):
            ledger.transfer_refund(ORDER, "MAD", escrow=escrow, advanced=advanced)
    with pytest.raises(Refused, match="unknown_currency"):
        ledger.transfer_received(ORDER, 5, "XYZ")


def test_an_artisans_payout_is_touched_only_with_their_consent() -> None:
    with pytest.raises(Refused, match="not_allowed"):
        ledger.transfer_refund_from_payout(FATIMA, 9, "MAD", consent=False)


@given(AMOUNT, AMOUNT)
def test_an_exchange_is_balanced_in_each_currency(euros: int, dirhams: int) -> None:
    book = ledger.transfer_exchange(FATIMA, (euros, "EUR"), (dirhams, "MAD"))
    assert balanced(book)
    assert balances(book) == {PAYABLE: {"EUR": -euros, "MAD": dirhams}, "fx": {"EUR": euros, "MAD": -dirhams}}


def test_what_is_not_balanced() -> None:
    assert not balanced([])
    assert not balanced([Posting(ESCROW, 5, "MAD"), Posting("external_cash", -5, "EUR")])

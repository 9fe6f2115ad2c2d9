"""One status from checkpoints that come late, twice, out of order and contradictory."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules import shipments
from hub.rules.refused import Refused
from hub.rules.shipments import COURIER_MAY, Checkpoint, Source, Status, derive, same

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
COURIER, CARRIER, STEWARD = Source.COURIER_LINK, Source.CARRIER_HOOK, Source.STEWARD


def scan(hour: int, status: Status, source: Source = CARRIER, reason: str | None = None, place: str | None = None,
         code: str | None = None) -> Checkpoint:
    return Checkpoint(NOW + timedelta(hours=hour), status, source, place, code, reason)


SCANS = st.lists(st.builds(scan, st.integers(0, 3), st.sampled_from(Status), st.sampled_from(Source),
                           st.sampled_from([None, "", "customs_delay", "consignee_refused"])), max_size=8)


@given(SCANS, st.data())
def test_any_order_and_any_repetition_give_the_same_answer(scans: list[Checkpoint], data: st.DataObject) -> None:
    again = data.draw(st.permutations(scans + scans[: data.draw(st.integers(0, len(scans)))]))
    assert derive(again) == derive(scans)


TOLD = st.lists(st.builds(scan, st.integers(0, 2), st.sampled_from(Status), st.sampled_from(Source),
                          st.sampled_from([None, "", "customs_delay"]), st.sampled_from([None, "Lyon", " lyon "]),
                          st.sampled_from([None, "DEP", "ZZZ"])), max_size=10)
"""From all four sides: late, twice, contradicting each other about the same scan, with codes that nobody knows."""


@given(TOLD, st.data())
def test_status_and_timeline_are_the_same_in_any_order_of_arrival(told: list[Checkpoint], data: st.DataObject) -> None:
    again = data.draw(st.permutations(told + told[: data.draw(st.integers(0, len(told)))]))
    assert derive(again) == derive(told)
    assert [seen(one) for one in line(again)] == [seen(one) for one in line(told)]


@given(TOLD)
def test_the_timeline_has_every_scan_once_by_its_own_time(told: list[Checkpoint]) -> None:
    assert {same(one) for one in line(told)} == {same(one) for one in told}
    assert len(line(told)) == len({same(one) for one in told})
    assert [one.at for one in line(told)] == sorted(one.at for one in line(told))
    assert derive(line(told)) == derive(told)


@given(TOLD, st.integers(0, 10))
def test_what_is_heard_late_changes_nothing_but_its_place(told: list[Checkpoint], cut: int) -> None:
    """Whoever derives after each arrival ends where one derives who heard all at once."""
    known: list[Checkpoint] = []
    for one in [*told[cut:], *told[:cut]]:
        known = line([*known, one])
    assert derive(known) == derive(told)


def line(told: list[Checkpoint]) -> list[Checkpoint]:
    return shipments.timeline(told, lambda one: one)


def seen(one: Checkpoint) -> tuple[object, ...]:
    """What people see of a scan, whichever way its place was spelled."""
    return same(one), one.status, one.reason or None


def test_a_scan_told_twice_and_differently_counts_as_what_is_further_on() -> None:
    moving, held = scan(0, Status.IN_TRANSIT, code="DEP"), scan(0, Status.ON_HOLD, code="DEP")
    assert line([moving, held]) == line([held, moving]) == [held]


@given(SCANS)
def test_delivered_is_left_only_by_a_carriers_return_or_a_steward(scans: list[Checkpoint]) -> None:
    later = [one for one in scans if one.source is COURIER or (one.source is not STEWARD and one.status is not Status.RETURN_TO_SENDER)]
    there = scan(-1, Status.DELIVERED)
    assert derive([there, *later])[0] is Status.DELIVERED and derive([there, *later]).delivered_at == there.at


@given(SCANS)
def test_a_steward_has_the_last_word(scans: list[Checkpoint]) -> None:
    assert derive([*scans, scan(9, Status.ON_HOLD, STEWARD, "customs_delay")])[:2] == (Status.ON_HOLD, "customs_delay")


@pytest.mark.parametrize(("scans", "status"), [
    ([], Status.PENDING),
    ([scan(0, Status.UNKNOWN)], Status.PENDING),
    ([scan(0, Status.PICKED_UP), scan(1, Status.IN_TRANSIT)], Status.IN_TRANSIT),
    ([scan(1, Status.PICKED_UP), scan(0, Status.IN_TRANSIT)], Status.PICKED_UP),
    ([scan(0, Status.IN_TRANSIT), scan(1, Status.UNKNOWN), scan(2, Status.PENDING)], Status.IN_TRANSIT),
    ([scan(0, Status.IN_TRANSIT), scan(0, Status.OUT_FOR_DELIVERY)], Status.OUT_FOR_DELIVERY),
    ([scan(1, Status.DELIVERED), scan(2, Status.IN_TRANSIT)], Status.DELIVERED),
    ([scan(1, Status.DELIVERED), scan(2, Status.RETURN_TO_SENDER)], Status.RETURN_TO_SENDER),
    ([scan(1, Status.DELIVERED), scan(1, Status.RETURN_TO_SENDER)], Status.RETURN_TO_SENDER),
    ([scan(1, Status.DELIVERED, STEWARD), scan(2, Status.RETURN_TO_SENDER, Source.CARRIER_POLL)], Status.RETURN_TO_SENDER),
    ([scan(1, Status.DELIVERED), scan(2, Status.RETURN_TO_SENDER, STEWARD)], Status.RETURN_TO_SENDER),
    ([scan(1, Status.DELIVERED), scan(2, Status.RETURN_TO_SENDER, COURIER)], Status.DELIVERED),
    ([scan(1, Status.DELIVERED), scan(1, Status.RETURN_TO_SENDER, COURIER)], Status.DELIVERED),
    ([scan(1, Status.RETURN_TO_SENDER, COURIER), scan(2, Status.DELIVERED, COURIER)], Status.RETURN_TO_SENDER),
    ([scan(1, Status.RETURN_TO_SENDER), scan(2, Status.IN_TRANSIT), scan(3, Status.DELIVERED)],
     Status.RETURN_TO_SENDER),
    ([scan(1, Status.RETURN_TO_SENDER), scan(2, Status.DELIVERED, STEWARD)], Status.DELIVERED),
    ([scan(1, Status.DELIVERED), scan(2, Status.IN_TRANSIT, STEWARD)], Status.IN_TRANSIT),
    ([scan(1, Status.DELIVERED), scan(1, Status.IN_TRANSIT, STEWARD)], Status.IN_TRANSIT),
    ([scan(1, Status.DELIVERED), scan(2, Status.IN_TRANSIT, STEWARD), scan(3, Status.DELIVERED)], Status.DELIVERED),
    ([scan(0, Status.CANCELLED), scan(1, Status.IN_TRANSIT)], Status.IN_TRANSIT),
])
def test_derive(scans: list[Checkpoint], status: Status) -> None:
    assert derive(scans)[0] is status
    assert derive(reversed(scans))[0] is status


def test_the_reason_is_that_of_the_deciding_scan() -> None:
    papers = scan(0, Status.PENDING, STEWARD, shipments.EXPORT_PAPERS)
    customs = scan(1, Status.ON_HOLD, reason="customs_documentation")
    assert derive([papers])[:2] == (Status.PENDING, "export_papers")
    assert derive([customs, papers])[:2] == (Status.ON_HOLD, "customs_documentation")
    assert derive([customs, papers, scan(2, Status.IN_TRANSIT)])[:2] == (Status.IN_TRANSIT, None)


def test_papers_spoken_of_later_do_not_hide_that_it_was_fetched() -> None:
    fetched = scan(3, Status.PICKED_UP)
    asked = Checkpoint(scan(5, Status.PENDING).at, Status.PENDING, STEWARD, code=shipments.OWN_LEG, reason="export_papers_buyer")
    there = Checkpoint(scan(6, Status.PENDING).at, Status.PENDING, STEWARD, code=shipments.OWN_LEG)
    assert derive([asked, there])[:2] == (Status.PENDING, None)
    assert derive([asked, there, fetched])[:2] == (Status.PICKED_UP, None)
    assert derive([fetched, scan(7, Status.PENDING, STEWARD)])[:2] == (Status.PENDING, None), "a correction still can"
    assert shipments.known_reason("customs_duties_unpaid") == "customs_duties_unpaid"
    assert shipments.known_reason("dog_ate_it") is shipments.known_reason(None) is None


def test_the_same_scan_told_twice_is_one() -> None:
    scanned = scan(0, Status.IN_TRANSIT, place="Casablanca", code="DEP")
    assert same(scanned) == same(scan(0, Status.ON_HOLD, place=" casablanca ", code="DEP"))
    assert same(scanned) != same(scan(0, Status.IN_TRANSIT, COURIER, place="Casablanca", code="DEP"))
    assert same(scanned) != same(scan(1, Status.IN_TRANSIT, place="Casablanca", code="DEP"))
    assert same(scanned) != same(scan(0, Status.IN_TRANSIT, place="Lyon", code="DEP"))
    assert same(scan(0, Status.PICKED_UP, COURIER)) != same(scan(0, Status.IN_TRANSIT, COURIER))


def test_a_clock_that_runs_ahead_is_not_believed() -> None:
    assert shipments.true_time(None, NOW) == NOW
    assert shipments.true_time(NOW - timedelta(days=2), NOW) == NOW - timedelta(days=2)
    assert shipments.true_time(NOW + timedelta(minutes=5), NOW) == NOW + timedelta(minutes=5)
    assert shipments.true_time(NOW + timedelta(minutes=6), NOW) == NOW
    assert shipments.true_time(NOW - timedelta(days=29), NOW, NOW) == NOW - timedelta(days=29)
    assert shipments.true_time(NOW.replace(year=1990), NOW, NOW) == NOW


def test_a_carriers_scan_of_another_time_is_of_another_parcel() -> None:
    opened = NOW - timedelta(days=9)
    assert shipments.astray(NOW + timedelta(minutes=5), NOW, opened) is None
    assert shipments.astray(NOW + timedelta(minutes=6), NOW, opened) == "in_the_future"
    assert shipments.astray(opened - timedelta(days=30), NOW, opened) is None
    assert shipments.astray(opened - timedelta(days=31), NOW, opened) == "before_the_order"


@pytest.mark.parametrize("status", Status)
def test_what_a_courier_may_record(status: Status) -> None:
    if status in (Status.PENDING, Status.CANCELLED, Status.UNKNOWN, Status.RETURN_TO_SENDER):
        with pytest.raises(Refused, match="status_not_for_couriers"):
            shipments.check_courier_status(status.value)
    else:
        assert status in COURIER_MAY
        assert shipments.check_courier_status(status.value) is status


def test_a_courier_records_no_status_of_their_own_making() -> None:
    with pytest.raises(Refused, match="status_not_for_couriers"):
        shipments.check_courier_status("eaten")


@pytest.mark.parametrize("number", ["RR473124829GB", "rr 473 124 829 gb", "RB123456785GB", "EE000000005MA",
                                    "CC000000080MA"])
def test_known_postal_numbers(number: str) -> None:
    assert shipments.valid_s10(number)
    assert shipments.check_tracking_number(number) == "".join(number.split()).upper()


@pytest.mark.parametrize("number", ["RR473124828GB", "RR473214829GB"])
def test_mistyped_postal_numbers(number: str) -> None:
    assert shipments.looks_s10(number) and not shipments.valid_s10(number)
    with pytest.raises(Refused, match="bad_tracking_number"):
        shipments.check_tracking_number(number)


@pytest.mark.parametrize("number", ["T1\x07", "T\x001", "T\x7f1", "\x1b[2JT1", "T\x851", "Ｔ１", "ß1"])
def test_numbers_of_signs_that_no_label_shows(number: str) -> None:
    assert not shipments.is_number(number)
    with pytest.raises(Refused, match="bad_tracking_number"):
        shipments.check_tracking_number(number)


@given(st.text(max_size=12))
def test_a_number_that_is_taken_can_be_read(number: str) -> None:
    assert not shipments.is_number(number) or shipments.plain_number(number).isprintable()
    assert shipments.is_number(" ".join(char for char in number if "!" <= char <= "~"))


@given(st.integers(0, 99_999_999), st.integers(0, 7), st.integers(1, 9))
def test_one_wrong_digit_never_passes_unless_its_check_digit_is_shared(serial: int, place: int, change: int) -> None:
    digits = f"{serial:08d}"
    wrong = digits[:place] + str((int(digits[place]) + change) % 10) + digits[place + 1:]
    right = [n for n in range(10) if shipments.valid_s10(f"EE{digits}{n}MA")]
    assert len(right) == 1
    if right[0] not in (0, 5):  # remainders 0 and 1 borrow these digits
        assert not shipments.valid_s10(f"EE{wrong}{right[0]}MA")


def test_other_carriers_numbers_are_left_alone() -> None:
    assert not shipments.valid_s10("1Z999AA10123456784")
    assert shipments.check_tracking_number("1z999AA10 123456784") == "1Z999AA10123456784"


def test_silence_links_and_polls() -> None:
    assert shipments.is_living(Status.RETURN_TO_SENDER) and not shipments.is_living(Status.DELIVERED)
    assert shipments.link_expires_at(None) is None
    assert shipments.link_expires_at(NOW) == NOW + timedelta(days=30)
    waits = [shipments.poll_after(silent) for silent in range(-1, 20)]
    assert waits == sorted(waits) and waits[0] == timedelta(minutes=15) and waits[-1] == timedelta(hours=2)


def test_a_shipment_ended_when_it_was_delivered_or_else_called_off() -> None:
    assert shipments.ended_at(True, None, NOW) is None
    assert shipments.ended_at(False, None, NOW) == NOW
    assert shipments.ended_at(False, NOW - timedelta(days=1), NOW) == NOW - timedelta(days=1)


THERE, MOVING, BACK = Status.DELIVERED, Status.IN_TRANSIT, Status.RETURN_TO_SENDER


@pytest.mark.parametrize(("told", "hour"), [
    ([scan(1, THERE), scan(3, THERE), scan(5, Status.UNKNOWN)], 1),
    ([scan(1, THERE), scan(2, MOVING), scan(3, THERE, STEWARD)], 1),
    ([scan(1, THERE), scan(2, MOVING, STEWARD), scan(3, THERE), scan(4, THERE)], 3),
    ([scan(1, THERE), scan(2, BACK), scan(3, THERE, STEWARD)], 3),
    ([scan(1, THERE), scan(2, BACK), scan(3, THERE)], None),
    ([scan(1, THERE), scan(2, Status.CANCELLED, STEWARD)], None),
    ([scan(1, MOVING)], None),
])
def test_delivered_at_the_first_that_was_told_of_it_since_it_last_was_elsewhere(told: list[Checkpoint], hour: int | None) -> None:
    for order in (told, told[::-1], told[1:] + told[:1]):
        assert derive(order).delivered_at == (None if hour is None else scan(hour, THERE).at)


def test_what_is_said_of_one_that_ended_does_not_put_its_end_off() -> None:
    off = Status.CANCELLED
    assert shipments.is_news(MOVING, MOVING) and shipments.is_news(MOVING, off) and shipments.is_news(off, MOVING)
    assert shipments.is_news(THERE, off) and shipments.is_news(off, THERE)
    assert not shipments.is_news(off, off) and not shipments.is_news(THERE, THERE)


@pytest.mark.parametrize(("of_late", "full"), [(99, False), (100, True), (101, True)])
def test_a_link_takes_so_many_scans_and_no_more(of_late: int, full: bool) -> None:
    with pytest.raises(Refused, match="link_full") if full else nullcontext():
        shipments.check_scans(of_late)


@pytest.mark.parametrize(("of_late", "coming", "full"), [
    (19, ["file"], False), (18, ["file", "signature"], False), (19, ["file", "signature"], True), (20, ["file"], True), (20, [], False),
])  # fmt: skip
def test_a_thread_takes_so_many_pictures_of_proofs_and_no_more(of_late: int, coming: list[str], full: bool) -> None:
    with pytest.raises(Refused, match="link_full") if full else nullcontext() as refused:
        shipments.check_pictures(of_late, coming)
    assert refused is None or refused.value.fields == dict.fromkeys(coming, "too_many")


def test_scans_count_for_a_day_and_since_the_link_was_renewed() -> None:
    yesterday = NOW - timedelta(days=1)
    assert shipments.scans_count_from(NOW, None) == yesterday == shipments.scans_count_from(NOW, NOW - timedelta(days=2))
    assert shipments.scans_count_from(NOW, NOW - timedelta(hours=1)) == NOW - timedelta(hours=1)


def test_a_proof_from_before_does_not_stand() -> None:
    known, earlier = ("Claire", NOW), NOW - timedelta(seconds=1)
    assert shipments.takes_over("Anne", NOW, None, THERE) and shipments.takes_over("Anne", NOW, known, MOVING)
    assert not shipments.takes_over("Anne", earlier, known, MOVING)
    assert not shipments.takes_over("claire ", NOW, known, THERE), "it stands, and may get a picture"
    with pytest.raises(Refused, match="proven"):
        shipments.takes_over("Anne", NOW, known, THERE)


def test_nothing_is_there_before_it_was_booked() -> None:
    early = NOW - timedelta(days=20)
    assert [shipments.arrived_at(*of) for of in ((None, NOW), (early, NOW), (NOW, early))] == [None, NOW, NOW]


def test_one_name_in_two_spellings() -> None:
    assert shipments.same_name(" claire  V", "Claire v")
    assert not shipments.same_name("Claire", None) and not shipments.same_name("Claire", "Anne")


def test_a_carrier_that_is_down_is_left_alone_longer_and_longer() -> None:
    rests = [shipments.rest_after(number) for number in range(-1, 9)]
    assert rests == sorted(rests) and rests[0] == timedelta(minutes=1) and rests[-1] == timedelta(minutes=30)

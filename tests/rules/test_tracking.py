"""Foreign codes in our words; what nobody knows is `unknown`, never a guess."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.shipments import REASONS, Status
from hub.rules.tracking import aftership, easypost, karrio, upu
from hub.rules.tracking.meaning import UNKNOWN, Meaning

TABLES = (aftership.TAGS, aftership.SUBTAGS, easypost.STATUSES, easypost.DETAILS, upu.EVENTS)


@pytest.mark.parametrize("meaning", [meaning for table in TABLES for meaning in table.values()])
def test_every_meaning_is_in_our_words(meaning: Meaning) -> None:
    assert meaning.status in set(Status)
    assert meaning.reason is None or meaning.reason in REASONS


@given(st.none() | st.text(max_size=12), st.none() | st.text(max_size=12))
def test_what_nobody_knows_is_unknown(code: str | None, more: str | None) -> None:
    known = {*aftership.TAGS, *aftership.SUBTAGS, *easypost.STATUSES, *easypost.DETAILS, *upu.EVENTS, *Status}
    if code not in known and more not in known and (code or "").strip().upper() not in known:
        assert upu.meaning(code) == karrio.meaning(code, more) == easypost.meaning(code, more) == UNKNOWN
        assert aftership.meaning(code, more) == UNKNOWN


@pytest.mark.parametrize("status", Status)
def test_karrios_words_are_ours(status: Status) -> None:
    assert karrio.meaning(status.value) == (status, None)
    assert karrio.meaning(status.value, "customs_duties_unpaid") == (status, "customs_duties_unpaid")
    assert karrio.meaning(status.value, "dog_ate_it") == (status, None)
    assert karrio.meaning(status.value, None, "mydhl", "XX") == karrio.meaning(status.value, None, "other", "PU") == (status, None)


def test_where_a_connector_is_wrong_the_carriers_own_code_counts() -> None:
    assert karrio.meaning("pending", None, "mydhl", "PU") == (Status.PICKED_UP, None)


@pytest.mark.parametrize(("tag", "subtag", "meaning"), [
    ("Delivered", "Delivered_003", (Status.DELIVERED, None)),
    ("InTransit", "InTransit_002", (Status.PICKED_UP, None)),
    ("InTransit", "InTransit_077", (Status.IN_TRANSIT, None)),
    (None, "AvailableForPickup_001", (Status.READY_FOR_PICKUP, None)),
    ("AttemptFail", None, (Status.DELIVERY_FAILED, None)),
    ("Exception", "Exception_004", (Status.DELIVERY_DELAYED, "customs_delay")),
    ("Exception", "Exception_011", (Status.RETURN_TO_SENDER, None)),
    ("Expired", "Expired_001", (Status.UNKNOWN, None)),
    ("Lost_in_space", None, (Status.UNKNOWN, None)),
    (None, None, (Status.UNKNOWN, None)),
])
def test_aftership(tag: str | None, subtag: str | None, meaning: tuple[Status, str | None]) -> None:
    assert aftership.meaning(tag, subtag) == meaning


@pytest.mark.parametrize(("status", "detail", "meaning"), [
    ("pre_transit", "label_created", (Status.PENDING, None)),
    ("in_transit", "arrived_at_facility", (Status.IN_TRANSIT, None)),
    ("in_transit", "received_at_origin_facility", (Status.IN_TRANSIT, None)),
    ("in_transit", "arrived_at_pickup_location", (Status.READY_FOR_PICKUP, None)),
    ("in_transit", "weather_delay", (Status.DELIVERY_DELAYED, "weather_delay")),
    ("failure", "refused", (Status.DELIVERY_FAILED, "consignee_refused")),
    ("delivered", "damaged", (Status.DELIVERED, None)),
    ("return_to_sender", "return", (Status.RETURN_TO_SENDER, None)),
    ("error", None, (Status.UNKNOWN, None)),
    (None, None, (Status.UNKNOWN, None)),
])
def test_easypost(status: str | None, detail: str | None, meaning: tuple[Status, str | None]) -> None:
    assert easypost.meaning(status, detail) == meaning


def test_a_letters_whole_way_by_post() -> None:
    way = ["EMA", "EMB", "EMC", "EMD", "EME", "EMF", "EMG", "EMH", "emi "]
    assert [upu.meaning(code).status for code in way] == [
        Status.PICKED_UP, Status.IN_TRANSIT, Status.IN_TRANSIT, Status.IN_TRANSIT, Status.ON_HOLD, Status.IN_TRANSIT,
        Status.IN_TRANSIT, Status.DELIVERY_FAILED, Status.DELIVERED,
    ]
    assert upu.meaning("EME").reason == "customs_delay"
    assert upu.meaning(None) == upu.meaning("EMZ") == UNKNOWN

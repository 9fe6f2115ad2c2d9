"""Labels that are bought: when somebody has to look, and what a steward may say then."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.rules import labels as rules
from hub.rules.labels import ANSWERED_BY, OPEN, Label
from hub.rules.refused import Refused

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
JUST, LONG = NOW - timedelta(seconds=5), NOW - ANSWERED_BY


@pytest.mark.parametrize(
    ("label", "asked_at", "stuck"),
    [(Label.ASKED, JUST, False), (Label.ASKED, LONG, True), (Label.BOUGHT, JUST, True), (Label.UNSURE, JUST, True),
     (Label.BOOKED, LONG, False), (Label.REFUSED, LONG, False), (Label.CALLED_OFF, LONG, False)],
)  # fmt: skip
def test_who_waits_for_a_steward(label: Label, asked_at: datetime, stuck: bool) -> None:
    assert rules.is_stuck(label, asked_at, NOW) is stuck


@pytest.mark.parametrize("label", Label)
@pytest.mark.parametrize("asked_at", [JUST, LONG])
def test_what_has_ended_or_is_still_asked_for_is_left_alone(label: Label, asked_at: datetime) -> None:
    code = "label_ended" if label not in OPEN else "label_pending" if label is Label.ASKED and asked_at == JUST else None
    for check in (rules.check_taken_up, rules.check_called_off):
        if code is None:
            check(label, asked_at, NOW, "words")
            continue
        with pytest.raises(Refused, match=code):
            check(label, asked_at, NOW, "words")


def test_a_number_is_needed_unless_the_carrier_gave_it() -> None:
    rules.check_taken_up(Label.BOUGHT, JUST, NOW, None)
    with pytest.raises(Refused, match="number_needed"):
        rules.check_taken_up(Label.UNSURE, JUST, NOW, None)
    with pytest.raises(Refused, match="reason_needed"):
        rules.check_called_off(Label.BOUGHT, JUST, NOW, None)


def test_a_reference_is_short_and_the_service_is_said_in_words() -> None:
    assert rules.reference("01997b3c-1111-7222-8333-a1b2c3d4e5f6") == "ANA1B2C3D4E5F6"
    assert rules.spoken("mydhl_express_worldwide", "mydhl") == "express worldwide"
    assert (rules.spoken("mydhl_", "mydhl"), rules.spoken("P", "mydhl")) == ("mydhl_", "P")

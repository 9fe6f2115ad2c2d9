"""What is wrong with a field is said in words, in the language of whoever reads: codes are for programs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import hub
from hub import i18n
from hub.errors import Refusal
from hub.rules.refused import CODES
from tests.deals import Deal, parcels, refused
from tests.house import House

REASON = re.compile(r'wrong\(\s*[^,()]+,\s*"(\w+)"\)|(?:Refused|Refusal)\("\w+",\s*(?:fields=)?\{([^{}]*)\}')
VALUE = re.compile(r':\s*"(\w+)"|if [^{}]+? else "(\w+)"(?!:)')


def given() -> set[str]:
    """Every reason that stands in the code as it is."""
    found: set[str] = set()
    for path in Path(hub.__file__).parent.rglob("*.py"):
        for wrong, fields in REASON.findall(path.read_text("utf-8")):
            found |= {one for pair in VALUE.findall(fields) for one in pair} | {wrong}
    return found - {""}


def test_every_reason_has_words() -> None:
    reasons = given()
    assert {"missing", "number_used", "bad_tracking_number", "unknown", "too_small", "bad_position"} <= reasons
    assert {reason for reason in reasons if Refusal("bad_form", fields={"field": reason}).reasons["field"] == reason} == set()


def test_words_of_others_stay_as_they_are() -> None:
    assert Refusal("carrier_declined", fields={"carrier": "8003: city"}).reasons == {"carrier": "8003: city"}


@pytest.mark.parametrize(("lang", "why"), [("fr", "nécessaire"), ("ar", "ضروري"), ("en", "needed")])
async def test_words_are_in_the_language_of_the_page(house: House, lang: str, why: str) -> None:
    deal = await Deal.begun(house)
    order, _ = await deal.shipped()
    error = refused(await deal.khadija.post(f"/orders/{order['id']}/shipment?lang={lang}", json={}), 400, "bad_form")
    assert (error["fields"]["carrier"], error["words"]["carrier"]) == ("missing", why)
    wrong = parcels() | {"tracking_number": "RR473124828MA", "further": True}
    error = refused(await deal.khadija.post(f"/orders/{order['id']}/shipment?lang=en", json=wrong), 400, "bad_tracking_number")
    assert error["words"] == {"tracking_number": CODES["bad_tracking_number"]} and error["message"] == CODES["bad_tracking_number"]


@pytest.mark.parametrize("locale", ["fr", "ar", "en"])
def test_no_words_are_no_words(locale: str) -> None:
    """Not the head of a catalogue, which stands there for the empty string."""
    assert i18n.words(locale, "") == ""

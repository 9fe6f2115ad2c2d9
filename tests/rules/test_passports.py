"""The certificate of a piece: what it says, what it leaves out, and that nothing of it can be changed unnoticed."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules import passports
from hub.rules.orders import Size
from hub.rules.passports import Days, Fault, Maker, NotOne, Picture, Step
from hub.rules.terms.frozen import canonical
from hub.signing import public_key, sign, verified

PRIVATE, FOREIGN = "11" * 32, "22" * 32
SHOP = {
    "title": {"fr": "Petits yeux", "en": "Small eyes"}, "width_cm": 200, "length_cm": 300,
    "materials": ["wool"], "colours": ["ivory", "black"], "technique": {"fr": "Noué", "en": "Knotted"},
}  # fmt: skip
BUYER = ("Claire Bonnet", "Saint-Étienne")


def item(**changes: Any) -> dict[str, Any]:
    return {"quantity": 1, "width_cm": None, "length_cm": None, "materials": [], "colours": [], "technique": None} | changes


def paper(**changes: Any) -> dict[str, Any]:
    """The certificate of a rug."""
    piece = passports.piece("textile", [item()], SHOP, held=True, unspoken=BUYER)
    given = {
        "passport": "abc", "url": "https://hub.example.org/p/abc", "cooperative": "Anou", "piece": piece,
        "maker": Maker("Fatima", "Azilal", None), "measured": Size(200, 300), "weight_g": 12_000,
        "days": Days(date(2026, 3, 1), date(2026, 4, 2), date(2026, 4, 5)), "steps": [Step("weaving_50", date(2026, 3, 9))],
        "photos": [Picture("p1", "making", "weaving_50", "ab" * 32)],
    }  # fmt: skip
    return passports.certificate(**given | changes)


def signed(certificate: dict[str, Any], private: str = PRIVATE) -> dict[str, Any]:
    written = canonical(certificate)
    return passports.envelope(written, sign(private, written), public_key(private))


def wrong(content: dict[str, Any] | bytes, trusted: tuple[str, ...] = (public_key(PRIVATE),)) -> Fault | None:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return passports.fault(passports.read(raw), trusted, verified)


# What it says


def test_a_piece_taken_out_of_the_shop_is_described_by_the_shop() -> None:
    found = passports.piece("textile", [item(colours=["black"], technique="Tissé")], SHOP, held=True, unspoken=BUYER)
    assert (found.title, found.after, found.pieces) == (SHOP["title"], None, 1)
    assert (found.materials, found.colours, found.technique) == (("wool",), ("ivory", "black"), SHOP["technique"])


def test_another_one_like_it_is_described_by_its_terms_first() -> None:
    items = [item(colours=["indigo"], technique="Tissé"), item(quantity=3)]
    found = passports.piece("textile", items, SHOP, held=False, unspoken=BUYER)
    assert (found.title, found.after, found.pieces) == (None, SHOP["title"], 4)
    assert (found.materials, found.colours, found.technique) == (("wool",), ("indigo",), {"und": "Tissé"})


@pytest.mark.parametrize("changes, same", [
    ({}, True), ({"width_cm": 200, "length_cm": 300, "materials": ["wool"], "colours": ["black", "ivory"]}, True),
    ({"width_cm": 210}, False), ({"length_cm": 210}, False), ({"materials": ["cotton"]}, False), ({"colours": ["black"]}, False),
])  # fmt: skip
def test_it_bears_the_name_of_what_it_is_like_in_all_that_was_agreed(changes: dict[str, Any], same: bool) -> None:
    found = passports.piece("textile", [item(**changes)], SHOP, held=False, unspoken=())
    assert (found.title, found.after) == ((SHOP["title"], None) if same else (None, SHOP["title"]))


def test_a_piece_that_follows_nothing_has_no_name_of_its_own() -> None:
    found = passports.piece("wood", [item()], None, held=False, unspoken=())
    assert (found.title, found.after, found.materials, found.technique) == (None, None, (), None)


def test_the_shop_may_be_silent_about_a_technique() -> None:
    silent = SHOP | {"technique": None}
    assert passports.piece("textile", [item(technique="Tissé")], silent, held=True, unspoken=()).technique == {"und": "Tissé"}


@pytest.mark.parametrize("words", ["bleu de Claire", "BONNET", "comme à saint étienne", "étienne"])
def test_words_that_name_the_buyer_or_their_city_are_left_out(words: str) -> None:
    found = passports.piece("textile", [item(colours=["indigo", words], technique=words)], None, held=False, unspoken=BUYER)
    assert (found.colours, found.technique) == (("indigo",), None)


def test_short_names_are_not_looked_for() -> None:
    assert passports.spoken(["poil de chameau", "clair"], ["de la Claire"]) == ("poil de chameau", "clair")


def test_every_field_is_there_and_it_comes_back_from_json_the_same() -> None:
    made = paper(days=Days(None, date(2026, 4, 2), date(2026, 4, 5)), measured=Size(), weight_g=None)
    assert json.loads(canonical(made)) == made
    assert set(made) == set(paper()) == {
        "kind", "version", "id", "url", "cooperative", "maker", "piece", "width_cm", "length_cm", "weight_g", "begun_on",
        "finished_on", "checked_on", "steps", "photos",
    }  # fmt: skip
    assert (made["begun_on"], paper()["begun_on"]) == (None, "2026-03-01")


# Whether it is good


def test_a_certificate_is_good_however_its_file_is_spaced() -> None:
    whole = signed(paper())
    assert wrong(whole) is None
    assert wrong(json.dumps(whole, indent=2, ensure_ascii=False).encode()) is None
    assert wrong(dict(reversed(whole.items()))) is None


def test_a_changed_field_another_signature_and_a_foreign_key_are_told_apart() -> None:
    whole, other = signed(paper()), signed(paper(weight_g=9))
    assert wrong(whole | {"certificate": whole["certificate"] | {"weight_g": 11_000}}) is Fault.CHANGED
    assert wrong(whole | {"certificate": whole["certificate"] | {"note": ""}}) is Fault.CHANGED
    assert wrong(whole | {"signature": other["signature"]}) is Fault.BAD_SIGNATURE
    assert wrong(whole | {"key": "0" * 16}) is Fault.BAD_SIGNATURE
    assert wrong(other | {"certificate": whole["certificate"], "sha256": whole["sha256"]}) is Fault.BAD_SIGNATURE
    assert wrong(whole, trusted=()) is Fault.UNKNOWN_KEY
    assert wrong(signed(paper(), FOREIGN)) is Fault.UNKNOWN_KEY
    assert wrong(signed(paper(), FOREIGN), trusted=(public_key(PRIVATE), public_key(FOREIGN))) is None


def test_whoever_swaps_the_key_too_is_found_out() -> None:
    whole, theirs = signed(paper()), signed(paper(), FOREIGN)
    swapped = whole | {"key": theirs["key"], "public_key": theirs["public_key"]}
    assert wrong(swapped, trusted=(public_key(PRIVATE), public_key(FOREIGN))) is Fault.BAD_SIGNATURE


@given(st.data())
def test_any_changed_byte_of_the_certificate_is_detected(data: st.DataObject) -> None:
    written = canonical(paper())
    signature, key = sign(PRIVATE, written), public_key(PRIVATE)
    at = data.draw(st.integers(0, len(written) - 1))
    changed = bytearray(written)
    changed[at] ^= data.draw(st.integers(1, 255))
    assert verified(key, signature, written)
    assert not verified(key, signature, bytes(changed))
    assert passports.digest(bytes(changed)) != passports.digest(written)


@given(st.data())
def test_any_changed_byte_of_the_file_is_detected_unless_it_says_the_same(data: st.DataObject) -> None:
    """A space more, or an escaped letter, is the same certificate; whatever reads otherwise is not good any more."""
    whole = signed(paper())
    content = bytearray(json.dumps(whole, indent=1, ensure_ascii=False).encode())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = passports.fault(passports.read(bytes(content)), (whole["public_key"],), verified)
    except NotOne:
        return
    assert found is not None or json.loads(content) == whole


@pytest.mark.parametrize("content", [
    b"", b"no", b"[]", b"{}", b"null", b"\xff\xfe", b"[" * 100_000, b" " * 1_000_001, b'{"certificate": 1.5}', b'{"a": NaN}',
    json.dumps(signed(paper()) | {"more": 1}).encode(),
    json.dumps(signed(paper())).replace('"key"', '"key": "0", "key"', 1).encode(),
    json.dumps(signed(paper()) | {"certificate": "text"}).encode(),
    json.dumps(signed(paper() | {"kind": "other"})).encode(),
    json.dumps(signed(paper() | {"version": 2})).encode(),
    json.dumps(signed(paper() | {"version": True})).encode(),
    json.dumps(signed(paper()) | {"signature": "AB" * 64}).encode(),
    json.dumps(signed(paper()) | {"public_key": 7}).encode(),
    json.dumps(signed(paper()) | {"sha256": "٣" * 64}).encode(),
    json.dumps(signed(paper())).replace('"Fatima"', '"\\ud800"').encode(),
], ids=range(20))  # fmt: skip
def test_what_is_not_a_certificate_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(NotOne):
        passports.read(content)

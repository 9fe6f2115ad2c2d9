"""Every refusal has words, and every code that the rules raise is listed."""

import re
from pathlib import Path

import pytest

import hub.rules
from hub.rules.refused import CODES, CONFLICT, FORBIDDEN, REASONS, Refused

SOURCES = sorted(Path(hub.rules.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_every_code_raised_is_listed(source: Path) -> None:
    raised = set(re.findall(r'Refused\("(\w+)"', source.read_text()))
    assert raised <= set(CODES)


def test_every_listed_code_is_raised_somewhere() -> None:
    everything = "".join(path.read_text() for path in SOURCES if path.stem != "refused")
    assert [code for code in CODES if f'"{code}"' not in everything] == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_every_reason_of_a_field_has_words(source: Path) -> None:
    reasons = set(re.findall(r'wrong\([^)]*?"(\w+)"\)', source.read_text()))
    assert reasons <= set(REASONS)


def test_codes_are_snake_case_sentences_and_of_one_kind() -> None:
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) and words.endswith(".") for code, words in CODES.items())
    assert set(CODES) >= FORBIDDEN | CONFLICT
    assert FORBIDDEN.isdisjoint(CONFLICT)


def test_a_refusal_says_its_code_and_its_fields() -> None:
    assert str(Refused("quote_moved")) == "quote_moved"
    assert str(Refused("bad_terms", {"currency": "missing"})) == "bad_terms (currency: missing)"
    assert Refused("bad_terms").fields == {}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_rules_are_pure(source: Path) -> None:
    text = source.read_text()
    imported = set(re.findall(r"^(?:from|import) ([\w.]+)", text, re.MULTILINE))
    ours = {name for name in imported if name.split(".")[0] in {"hub", "models", "realtime", "workers"}}
    assert all(name.startswith("hub.rules") for name in ours)
    assert not re.search(r"\bawait\b|\basync def\b|\.now\(|\.utcnow\(|\.today\(|time\.time\(",
                         text.replace("no await", ""))

"""The comparison notices what it is there to notice, and the list of scenarios is the one of the document."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.check import Log, client_problems
from tests.chaos.client import Client
from tests.chaos.folk import Someone
from tests.chaos.history import Entry, History
from tests.chaos.scenarios import scenarios

THREAD = "t"
ALL = [Entry(1, "a", "me", "0 a"), Entry(2, "b", "you", "0 b"), Entry(3, "c", "me", "1 c")]


def log(*events: Entry, head: int | None = None) -> Log:
    return Log({THREAD: list(events)}, {THREAD: len(events) if head is None else head})


def client(*events: Entry) -> Client:
    made = Client(Someone("me", "s", "t"), ["ws://nowhere"], [THREAD], 0)
    for event in events:
        made.histories[THREAD].take(event)
    return made


def test_what_is_right_has_no_problems() -> None:
    assert log(*ALL).problems() == [] and client_problems(client(*ALL), log(*ALL)) == []


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (log(ALL[0], ALL[2]), "not 1..2: wrong from 2"),
        (log(ALL[0], ALL[0]), "wrong from 2"),
        (log(*ALL, head=4), "head is 4"),
        (log(ALL[0], ALL[1], Entry(3, "a", "me", "0 a")), "1 messages are stored twice"),
    ],
)
def test_a_wrong_log_is_noticed(found: Log, words: str) -> None:
    assert any(words in problem for problem in found.problems())


@pytest.mark.parametrize("second", [Entry(2, "b", "you", "other words"), Entry(2, "x", "you", "0 b"), Entry(2, "b", "me", "0 b")])
def test_a_wrong_history_is_noticed(second: Entry) -> None:
    assert client_problems(client(ALL[0], second, ALL[2]), log(*ALL))


def test_a_history_that_ends_too_early_is_noticed() -> None:
    assert client_problems(client(*ALL[:2]), log(*ALL))


def test_a_second_telling_that_differs_is_noticed() -> None:
    assert client_problems(client(*ALL, Entry(2, "b", "you", "later words")), log(*ALL))


def acknowledged(seq: int) -> Any:
    made = client(*ALL)
    message = made.outbox.add(THREAD, "a")
    message.cid, message.seq = "a", seq
    made.outbox.acknowledged.append(message)
    return made


def test_an_acknowledged_message_that_is_elsewhere_is_noticed() -> None:
    assert not client_problems(acknowledged(1), log(*ALL))
    for seq in (2, 3, 4):
        assert client_problems(acknowledged(seq), log(*ALL))


def test_a_history_applies_only_the_next_and_holds_what_is_early() -> None:
    history = History()
    taken = [history.take(event) for event in (ALL[2], ALL[0], ALL[0], ALL[1], ALL[1])]
    assert taken == [False, True, False, True, False]
    assert (history.entries, history.early, history.doubles, history.gap) == (ALL, 1, 2, False)


def test_every_scenario_has_a_row_and_no_other() -> None:
    page = (Path(__file__).parents[2] / "docs" / "chaos.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| `([\w-]+)` \|.*\| `anou chaos ([\w-]+)` \|$", page, re.M)
    assert [(int(number), name, name) for number, name, _ in rows] == [(one.number, one.name, one.name) for one in scenarios().values()]

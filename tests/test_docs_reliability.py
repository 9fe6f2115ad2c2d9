"""What docs/reliability.md cites is there: tests, scenarios of `anou chaos`, the promises of the protocol, the bounds."""

from __future__ import annotations

import re

import pytest

from hub import bus, lane, rosters
from hub.config import Config
from realtime import connection, gaps, limits, receipts, sweep
from realtime.wire import SEND_BUFFER, WRITE_BUFFER
from tests.chaos.scenarios import scenarios
from tests.pages import CODE, DOCS, PAGES, PROTOCOL, ROOT, prose, section, table, text

RELIABILITY = DOCS / "reliability.md"
CITED = sorted({code for path in PAGES for code in CODE.findall(prose(path)) if re.fullmatch(r"tests/[\w/]+\.py::\w+", code)})
TITLES = re.findall(r"^## (.+)$", text(RELIABILITY), re.M)


def test_enough_is_cited() -> None:
    assert len(CITED) > 40 and len(TITLES) == 15


@pytest.mark.parametrize("cited", CITED)
def test_every_cited_test_exists(cited: str) -> None:
    name, _, test = cited.partition("::")
    assert re.search(rf"^(?:async )?def {test}\(", (ROOT / name).read_text("utf-8"), re.M)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_cited_scenario_exists(path: object) -> None:
    cited = set(re.findall(r"`anou chaos ([a-z][a-z0-9-]*)", prose(path)))  # type: ignore[arg-type]
    assert cited <= {*scenarios(), "all"}


@pytest.mark.parametrize("title", TITLES)
def test_every_promise_says_which_test_would_notice(title: str) -> None:
    notice = section(RELIABILITY, title).partition("Would notice: ")[2]
    assert [code for code in CODE.findall(notice) if code in CITED or code.startswith("anou chaos ")]


def test_the_promises_are_those_of_the_protocol() -> None:
    promised = re.findall(r"^\d\. ((?:.|\n(?! *\d\.|\n))+)", section(PROTOCOL, "Promises"), re.M)
    quoted = [section(RELIABILITY, title).partition("\n> ")[2].partition("\n\n")[0] for title in TITLES if title[0].isdigit()]
    assert [" ".join(words.split()) for words in promised] == [" ".join(words.replace("\n>", " ").split()) for words in quoted]
    assert len(promised) == 6


def test_the_settings_as_they_come_keep_the_fifteen_seconds() -> None:
    """The longest way: a bell that was lost, found by the sweep that comes last, which the database did not answer at first."""
    assert Config().sweep_s + sweep.RETRY_S + gaps.HOLD_S + 2 * gaps.LOOK_S < 15


def test_the_bounds_are_those_of_the_code() -> None:
    told = {row[0]: row[1] for row in table(section(RELIABILITY, "Bounded memory"))[1:]}
    config = Config()
    assert {what: [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", most)] for what, most in told.items()} == {
        "frames for one reader": [config.behind_frames, config.behind_bytes // 1024, WRITE_BUFFER // 1024, SEND_BUFFER // 1024],
        "signals behind a full socket": [connection.SIGNALS],
        "sends of one connection": [limits.SENDS],
        "fetches of one connection": [limits.FETCHES],
        "threads a connection follows": [limits.FOLLOWS],
        "messages before a commit": [lane.WAITING],
        "bells for Valkey": [bus.PENDING],
        "watermarks, while the database is away": [receipts.KEPT],
        "rosters of threads": [rosters.KEPT],
        "connections of a person": [config.connections_per_person],
    }

"""What README and docs promise: nothing public is undocumented, nothing documented is gone, no link leads nowhere."""

from __future__ import annotations

import re
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub.cli import main
from hub.config import Config
from hub.errors import STATUS, WORDS
from hub.events import KINDS
from hub.rules import crafts, ledger, orders, people, quotes, refused, shipments
from hub.web.routes import routes
from tests.house import House
from tests.pages import (
    BLOCK,
    CODE,
    DECISIONS,
    LINK,
    PAGES,
    PROTOCOL,
    ROOT,
    RULES,
    RUNNING,
    SCREENS,
    VERB,
    by_name,
    prose,
    section,
    table,
    text,
    words,
)

FOLDERS = ("hub/", "models/", "realtime/", "workers/", "frontend/", "tests/", "tools/", "deploy/", "docs/")
TERMS = {
    "items": [{"description": "Kilim", "quantity": 1, "unit_price": 90_000}],
    "shipping": 8_500, "currency": "EUR", "making_days": 60, "deposit_percent": 30, "ship_to": {"country": "FR"},
}  # fmt: skip

called = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


# Settings


@pytest.mark.parametrize("setting", fields(Config), ids=lambda setting: setting.name)
def test_every_setting_has_a_row_with_its_default(setting: Any) -> None:
    rows = by_name(section(RUNNING, "Settings"))
    variable = {"database_url": "DATABASE_URL", "redis_url": "REDIS_URL"}.get(setting.name, f"ANOU_{setting.name.upper()}")
    assert variable in rows, f"docs/running.md has no row for {variable}"
    shown = rows[variable].split(" | ")[0].strip("`")
    default = setting.default
    if isinstance(default, bool):
        assert shown == ("yes" if default else "no")
    elif isinstance(default, int | float):
        assert float(shown) == default
    else:
        assert shown == (str(default) if isinstance(default, str | Path) and str(default) else "empty")


@called
def test_no_setting_is_documented_that_does_not_exist(path: Path) -> None:
    known = {f"ANOU_{setting.name.upper()}" for setting in fields(Config)}
    assert not sorted(set(re.findall(r"\bANOU_[A-Z_]+\b", text(path))) - known)


# The protocol


def test_every_kind_of_event_has_a_row_and_no_other() -> None:
    rows = set(by_name(section(PROTOCOL, "Events"))) - {"quote.*", "order.*"}
    assert sorted(rows) == sorted(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_an_event_stands_in_its_row(kind: str) -> None:
    rows = by_name(section(PROTOCOL, "Events"))
    shared = rows[f"{kind.partition('.')[0]}.*"] if kind.startswith(("quote.", "order.")) else ""
    assert not sorted(set(KINDS[kind].__struct_fields__) - words(rows[kind] + shared))


def test_every_refusal_has_a_row_with_its_status_and_no_other() -> None:
    rows = {code: row[1] for row in table(section(PROTOCOL, "Refusals")) for code in CODE.findall(row[0])}
    assert rows == {code: str(STATUS.get(code, 400)) for code in {**WORDS, **refused.CODES}}
    assert not sorted(set(refused.REASONS) - words(section(PROTOCOL, "Refusals"))), "reasons of fields"


def test_every_route_is_documented_and_no_other() -> None:
    there = {f"{method} {re.sub(r':[a-z]+}', '}', route.path)}" for route in routes for method in (route.methods or set()) - {"HEAD"}}
    named = {code for row in table(section(PROTOCOL, "Calls")) for code in CODE.findall(row[0])}
    assert there - named == set()
    assert named - there == set()


async def test_the_example_of_the_protocol_works(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    [code] = [code for language, code in BLOCK.findall(text(PROTOCOL)) if language == "python"]
    example: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, "docs/protocol.md", "exec"), example)
    from hub.actions.people import make_link

    await house.product()
    link = f"{house.base}/sign-in/link/{await make_link(await house.person('claire'))}"
    event = await example["ask"](house.base, link, "Is it as blue as in the picture?")
    assert (event["seq"], event["kind"], event["data"]["body"]) == (1, "message", "Is it as blue as in the picture?")
    assert "'t': 'welcome'" in capsys.readouterr().out


def test_the_json_of_the_docs_is_json() -> None:
    for path in PAGES:
        for language, code in BLOCK.findall(text(path)):
            if language == "json":
                msgspec.json.decode(code.replace("{…}, …", "{}").replace("…", ""))


# The rules


@pytest.mark.parametrize(
    "names",
    [quotes.QuoteStatus, quotes.QuoteVerb, orders.Stage, orders.Outcome, shipments.Status, shipments.Source, shipments.REASONS,
     ledger.Kind, people.Role, people.Relation, *crafts.STEPS.values()],
)  # fmt: skip
def test_every_name_of_the_rules_is_explained(names: Any) -> None:
    assert not sorted({str(name) for name in names} - words(text(RULES)))


def test_the_moves_of_quotes_are_those_of_the_code() -> None:
    told = set()
    for row in table(section(RULES, "Quotes")):
        if len(row) == 5 and "`" in row[1]:
            told |= {(start.strip("`-"), row[1].strip("`"), row[3].strip("`")) for start in row[0].split(", ")}
    assert told == {(str(status or ""), str(verb), str(to)) for (status, verb), (_, to, _) in quotes.MOVES.items()}


def test_the_moves_of_orders_are_those_of_the_code() -> None:
    told = set()
    for row in table(section(RULES, "Orders")):
        if len(row) == 5 and "`" in row[1]:
            stages = [stage.strip("`") for stage in row[0].split(", ")]
            told |= {(stage, row[1].strip("`"), stage if row[3] == "the same" else row[3].strip("`")) for stage in stages}
    assert told == {(str(stage), str(verb), str(to)) for (stage, verb), (_, to) in orders.MOVES.items()}


def test_who_may_do_what_is_that_of_the_code() -> None:
    told = {verb: tuple(row[1:]) for row in table(section(RULES, "Who may do what")) for verb in CODE.findall(row[0])}
    assert told == {verb: _row(rule) for verb, rule in people.MAY.items()}


def _row(rule: people.Rule) -> tuple[str, str, str]:
    if rule.public:
        return "anybody", "", ""
    roles = "everyone signed in" if rule.roles == set(people.Role) else _names(people.Role, rule.roles)
    return roles, _names(people.Relation, rule.relations), _names(people.Relation, rule.barred)


def _names(kind: Any, some: frozenset[Any]) -> str:
    return ", ".join(str(one) for one in kind if one in some)


# The worked example


def test_the_code_of_the_worked_example_is_that_of_the_project() -> None:
    parts = re.split(r"^\*\*`([^`]+)`\*\*$", text(VERB), flags=re.M)[1:]
    shown = list(zip(parts[::2], parts[1::2], strict=True))
    assert len(shown) > 6
    for name, part in shown:
        for _, code in BLOCK.findall(part):
            for piece in re.split(r"^\.\.\.\n", code, flags=re.M):
                assert piece in (ROOT / name).read_text("utf-8"), f"{name} no longer has:\n{piece}"


async def test_the_worked_example_works(house: House) -> None:
    thread, fatima, claire = await house.thread(), await house.client("fatima"), await house.client("claire")
    quote = (await fatima.post(f"/threads/{thread}/quotes", json=TERMS)).json()
    path = f"/quotes/{quote['id']}/withdraw"
    assert (await claire.post(path, json={"version": 1})).status_code == 403
    first = await fatima.post(path, json={"version": 1}, headers={"Idempotency-Key": "one tap"})
    again = await fatima.post(path, json={"version": 1}, headers={"Idempotency-Key": "one tap"})
    assert first.json() == again.json()
    assert (first.status_code, first.json()["status"], first.json()["may"]) == (200, "withdrawn", [])
    moved = await fatima.post(path, json={"version": 1})
    assert (moved.status_code, moved.json()["error"]["current"]["status"]) == (409, "withdrawn")
    events = (await claire.get(f"/threads/{thread}/events?after=0")).json()["events"]
    assert [event["kind"] for event in events] == ["quote.offered", "quote.withdrawn"]


# The pages themselves


@called
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    for target in LINK.findall(prose(path)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        found = (path.parent / name).resolve() if name else path
        if found.is_relative_to(SCREENS) and not SCREENS.exists():
            continue  # drawn by `make screens`
        assert found.exists() and found.is_relative_to(ROOT), target
        assert not anchor or anchor in anchors(found), f"{target}: no such heading"


def anchors(path: Path) -> set[str]:
    """The names under which the headings of a page are linked to."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", prose(path), re.M)}


@called
def test_files_targets_and_commands_that_are_named_exist(path: Path) -> None:
    named = {code.rstrip("/") for code in CODE.findall(prose(path)) if code.startswith(FOLDERS) and re.fullmatch(r"[\w./-]+", code)}
    assert not sorted(name for name in named if not (ROOT / name).exists() and not name.startswith("docs/screens"))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert not sorted(set(re.findall(r"`make ([a-z]+)", prose(path))) - targets)
    assert not sorted(set(re.findall(r"`anou ([a-z]+)", prose(path))) - set(main.commands))


def test_every_command_is_documented() -> None:
    commands = {code.removeprefix("anou ") for row in table(section(RUNNING, "On one machine")) for code in CODE.findall(row[0])}
    assert commands == set(main.commands)


@called
def test_a_page_speaks_of_the_project_alone(path: Path) -> None:
    assert not re.search(r"/work/|/tmp/|/root/|/home/", text(path)), "a path of one machine"
    assert not [line for line in text(path).splitlines() if len(line) > 400 and not line.startswith("|")]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_every_decision_is_short_and_named(path: Path) -> None:
    lines = text(path).splitlines()
    assert 15 <= len(lines) <= 60
    assert re.fullmatch(r"\d{3}-[a-z0-9-]+", path.stem)
    assert lines[0].startswith(f"# {path.stem[:3]}: ")


def test_decisions_are_numbered_without_holes_or_doubles() -> None:
    numbers = [0, *(int(path.stem[:3]) for path in DECISIONS)]
    assert len(numbers) > 1
    assert all(after == before + 1 for before, after in pairwise(numbers)), numbers

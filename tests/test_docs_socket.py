"""What docs/protocol.md says of the socket, row by row, is what the structs and tables of `realtime` say."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest

from hub.config import Config
from hub.errors import RETRIED
from hub.rules import threads
from realtime import frames, limits, protocol
from tests.pages import CODE, PROTOCOL, section, table, text

FRAMES = [("From the client", frame) for frame in protocol.CLIENT_FRAMES] + [("From the hub", frame) for frame in frames.SERVER_FRAMES]

REF, SEQ = [msgspec.json.schema(kind) for kind in (protocol.Ref, protocol.Seq)]
BOUNDS = {"minimum", "maximum", "maxLength", "maxItems", "maxProperties"}
FAR = {"0", "1", str(2**63 - 1)}  # where a seq, and what is counted, begins and ends
TABLES = {"code", "why"}  # choices that are explained one by one


def tag(frame: type[msgspec.Struct]) -> str:
    """The name that `t` gives it."""
    return str(frame.__struct_config__.tag)


def named(value: Any) -> str:
    return value if isinstance(value, str) else tag(value)


def frame_rows(heading: str) -> dict[str, str]:
    """The frames that have a row under this heading -> the cell of their fields."""
    return {code: row[1] for row in table(section(PROTOCOL, heading)) for code in re.findall(r"^`(\w+)`$", row[0])}


def told_fields(cell: str) -> dict[str, tuple[bool, str]]:
    """The fields that a cell names -> (may be absent, what stands in brackets behind it)."""
    found = re.findall(r"`(\w+)`(\??)(?: \(((?:[^()]|\([^()]*\))*)\))?", re.sub(r"\(([^()]*)\)(?=\))", r"\1", cell))
    return {name: (absent == "?", brackets) for name, absent, brackets in found}


@pytest.mark.parametrize(("heading", "base"), [("From the client", protocol.ClientFrame), ("From the hub", frames.ServerFrame)])
def test_every_frame_has_a_row_and_no_other(heading: str, base: type) -> None:
    assert sorted(frame_rows(heading)) == sorted(tag(frame) for frame in base.__subclasses__())


@pytest.mark.parametrize(("heading", "frame"), FRAMES, ids=named)
def test_the_fields_of_a_frame_are_those_of_its_struct(heading: str, frame: type[msgspec.Struct]) -> None:
    told = told_fields(frame_rows(heading)[tag(frame)])
    fields = {field.encode_name: not field.required for field in msgspec.structs.fields(frame)}
    assert {name: absent for name, (absent, _) in told.items()} == fields


@pytest.mark.parametrize(("heading", "frame"), FRAMES, ids=named)
def test_the_bounds_of_a_field_stand_beside_it(heading: str, frame: type[msgspec.Struct]) -> None:
    """Lengths, sizes, ranges and choices; those of a `ref` and of a seq are told once for all below the table."""
    told, (_, schemas) = told_fields(frame_rows(heading)[tag(frame)]), msgspec.json.schema_components([frame])
    for name, schema in schemas[frame.__name__]["properties"].items():
        if name in told and schema not in (REF, SEQ):
            kinds = [schema, *schema.get("anyOf", ())]
            numbers = {str(kind[key]) for kind in kinds for key in BOUNDS & kind.keys()} - FAR
            choices = set() if name in TABLES else {choice for kind in kinds for choice in kind.get("enum", ())}
            assert numbers | choices <= set(re.findall(r"-?\w+", told[name][1])), name
    for field in msgspec.structs.fields(frame):
        null = {"type": "null"} in msgspec.json.schema(field.type).get("anyOf", ())
        assert ("or null" in told[field.encode_name][1]) == (field.required and null), field.name


def test_what_is_told_once_for_all_fields() -> None:
    below = section(PROTOCOL, "From the client")
    assert "text of at most 128 characters, or a whole number within ±2^53" in below
    assert REF == {"anyOf": [{"type": "string", "maxLength": 128}, {"type": "integer", "minimum": -(2**53), "maximum": 2**53}]}
    assert "from 0 (nothing yet) to 2^63 - 1" in " ".join(below.split())
    assert (SEQ["minimum"], SEQ["maximum"]) == (0, 2**63 - 1)
    assert re.search(r"at most (\d+) photos, `photo` has 1 to 10", below)
    assert threads.MEDIA == {threads.Kind.TEXT: (0, 10), threads.Kind.PHOTO: (1, 10), threads.Kind.VOICE: (1, 1)}
    reasons = set(CODE.findall(section(PROTOCOL, "From the hub").partition("`why` of a `reset` is")[2].partition("After")[0]))
    assert reasons == set(msgspec.json.schema(frames.Why)["enum"])


def test_every_error_code_of_the_socket_has_a_row_and_no_other() -> None:
    rows = {row[0].strip("`"): row[1:] for row in table(section(PROTOCOL, "Bad frames")) if len(row) == 3 and row[0].startswith("`")}
    assert {code: (meaning, again == "no") for code, (meaning, again) in rows.items()} == {
        code: (meaning, code not in RETRIED) for code, meaning in protocol.CODES.items()
    }


def test_every_close_code_has_a_row_with_what_to_do_and_no_other() -> None:
    closing = section(PROTOCOL, "Closing")
    rows = {int(row[0]): row[1:] for row in table(closing) if row[0].isdigit()}
    assert {code: meaning for code, (meaning, _) in rows.items()} == {code: close.meaning for code, close in protocol.CLOSES.items()}
    for code, close in protocol.CLOSES.items():
        assert rows[code][1].startswith(close.then), code
    [reserved] = re.findall(r"^(.*) are reserved", closing, re.M)
    assert set(map(int, re.findall(r"\d+", reserved))) == {code for code, close in protocol.CLOSES.items() if not close.said}


def test_every_limit_has_a_row_and_no_other() -> None:
    rows = [[row[0].strip("`"), float(row[1]), row[2]] for row in table(section(PROTOCOL, "Limits")) if row[0].startswith("`")]
    assert rows == [[limit.name, limit.value, limit.words] for limit in limits.limits(Config())]
    assert [name for name, _, _ in rows[:7]] == list(frames.Limits.__struct_fields__)
    [shown] = [json.loads(found) for found in re.findall(r'"limits": (\{.*?\})', text(PROTOCOL))]
    assert shown == msgspec.structs.asdict(limits.told(Config()))

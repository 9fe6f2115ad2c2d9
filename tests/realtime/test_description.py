"""The AsyncAPI document: it keeps the rules of AsyncAPI 3.0, and says of the socket what the code does, no less and no more."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.config import Config
from hub.errors import RETRIED
from hub.events import KINDS
from hub.views import described
from realtime import frames, limits, protocol
from realtime.asyncapi import ANSWERS, UNASKED, describe
from realtime.protocol import BadFrame, decode
from tests.house import House
from tests.realtime.schemas import Json, Schemas
from tests.realtime.test_protocol import GOOD, THREAD, json_values

DOCUMENT = json.loads(msgspec.json.encode(describe(Config())))
SCHEMAS = Schemas(DOCUMENT)
FRAMES = (*protocol.CLIENT_FRAMES, *frames.SERVER_FRAMES)

# AsyncAPI 3.0: which fields an object must have, and which others it may have besides `x-...`. Only the objects we write.
WORDS = "title summary description tags bindings"
RULES = {
    "document": ("asyncapi info", "id servers defaultContentType channels operations components"),
    "info": ("title version", "description termsOfService contact license tags externalDocs"),
    "server": ("host protocol", f"pathname protocolVersion variables security {WORDS}"),
    "channel": ("", f"address messages servers parameters externalDocs {WORDS}"),
    "operation": ("action channel", f"security traits messages reply externalDocs {WORDS}"),
    "reply": ("", "address channel messages"),
    "message": ("", f"headers payload correlationId contentType name externalDocs examples traits {WORDS}"),
    "correlationId": ("location", "description"),
    "httpApiKey": ("type name in", "description"),
    "ws": ("", "method query headers bindingVersion"),
}


def name_of(frame: type) -> str:
    side = "client" if issubclass(frame, protocol.ClientFrame) else "hub"
    return f"{side}.{frame.__struct_config__.tag}"  # type: ignore[attr-defined]


def schema_of(frame: type) -> Json:
    return SCHEMAS.at(DOCUMENT["components"]["messages"][name_of(frame)]["payload"]["$ref"])  # type: ignore[no-any-return]


# The rules of AsyncAPI


def keeps(kind: str, found: Json) -> None:
    needed, allowed = (set(names.split()) for names in RULES[kind])
    own = {name for name in found if not re.fullmatch(r"x-[\w.-]+", name)}
    assert needed <= own <= needed | allowed, (kind, own)


def test_every_object_has_the_fields_it_may_have() -> None:
    keeps("document", DOCUMENT)
    assert DOCUMENT["asyncapi"] == "3.0.0" and re.match(r"[a-z]+:.+", DOCUMENT["id"])
    keeps("info", DOCUMENT["info"])
    components = DOCUMENT["components"]
    assert components.keys() <= {"messages", "schemas", "securitySchemes", "correlationIds"}
    collections = {
        "server": DOCUMENT["servers"], "channel": DOCUMENT["channels"], "operation": DOCUMENT["operations"],
        "message": components["messages"], "correlationId": components["correlationIds"], "httpApiKey": components["securitySchemes"],
    }  # fmt: skip
    for kind, collection in collections.items():
        for name, found in collection.items():
            assert re.fullmatch(r"[A-Za-z0-9._-]+", name), name
            keeps(kind, found)
    [channel] = DOCUMENT["channels"].values()
    keeps("ws", channel["bindings"]["ws"])


def test_every_reference_leads_to_what_it_may_lead_to() -> None:
    references = list(all_references(DOCUMENT))
    assert len(references) > 100
    for reference in references:
        SCHEMAS.at(reference)
    [name] = DOCUMENT["channels"]
    on_channel = {f"#/channels/{name}/messages/{message}" for message in DOCUMENT["channels"][name]["messages"]}
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in ("send", "receive") and operation["channel"] == {"$ref": f"#/channels/{name}"}
        asked = [operation]
        if "reply" in operation:
            keeps("reply", operation["reply"])
            asked.append(operation["reply"])
        for one in asked:  # messages of an operation are those of its channel, by reference
            assert {message["$ref"] for message in one["messages"]} <= on_channel


def all_references(found: Any) -> Any:
    if isinstance(found, dict):
        if "$ref" in found:
            assert found.keys() == {"$ref"}, found
            yield found["$ref"]
        for value in found.values():
            yield from all_references(value)
    elif isinstance(found, list):
        for value in found:
            yield from all_references(value)


def test_every_schema_is_one_that_our_tests_understand() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        SCHEMAS.faults({}, schema)
        for inner in (schema, *schema.get("properties", {}).values()):
            assert not {"properties", "additionalProperties"} <= inner.keys()


# Code and description agree


@pytest.mark.parametrize("frame", FRAMES, ids=name_of)
def test_a_frame_has_its_fields_and_no_other(frame: type[msgspec.Struct]) -> None:
    message, schema = DOCUMENT["components"]["messages"][name_of(frame)], schema_of(frame)
    fields = msgspec.structs.fields(frame)
    assert schema["properties"].keys() == {"t", *(field.encode_name for field in fields)}
    assert set(schema["required"]) == {"t", *(field.encode_name for field in fields if field.required)}
    assert schema["properties"]["t"] == {"enum": [message["name"]]}
    assert message["summary"] == schema["description"] != ""


def test_nothing_else_is_described() -> None:
    components, [channel] = DOCUMENT["components"], DOCUMENT["channels"].values()
    assert components["messages"].keys() == channel["messages"].keys() == {*map(name_of, FRAMES), "hub.several"}
    structs = {f"client.{one.__name__}" for one in protocol.CLIENT_FRAMES} | {f"event.{one.__name__}" for one in KINDS.values()}
    inside = {"hub.ThreadHead", "hub.Limits"}
    assert components["schemas"].keys() == structs | {f"hub.{one.__name__}" for one in frames.SERVER_FRAMES} | inside
    assert {*protocol.ClientFrame.__subclasses__(), *frames.ServerFrame.__subclasses__()} == set(FRAMES)
    several = components["messages"]["hub.several"]["payload"]
    assert several["maxItems"] == protocol.JOINED and len(several["items"]["anyOf"]) == len(frames.SERVER_FRAMES)


def test_every_frame_is_heard_or_said_somewhere() -> None:
    heard = {name for name, operation in DOCUMENT["operations"].items() if operation["action"] == "receive"}
    assert heard == protocol.TAGS
    assert {*UNASKED, *(answer for answers in ANSWERS.values() for answer in answers)} == set(frames.SERVER_FRAMES)
    for frame in protocol.CLIENT_FRAMES:
        reply = DOCUMENT["operations"][str(frame.__struct_config__.tag)].get("reply", {"messages": []})["messages"]
        assert [one["$ref"].rpartition("/")[2] for one in reply] == [name_of(answer) for answer in ANSWERS.get(frame, ())]
        assert ("ref" in frame.__struct_fields__) <= (frames.Error in ANSWERS.get(frame, ()))


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_has_its_fields_and_no_other(kind: str) -> None:
    schema, fields = SCHEMAS.at(DOCUMENT["x-events"][kind]["$ref"]), msgspec.structs.fields(KINDS[kind])
    assert schema["properties"].keys() == {field.name for field in fields}
    assert set(schema.get("required", ())) == {field.name for field in fields if field.required}
    event = {"t": "event", "thread": THREAD, "seq": 1, "by": None, "at": "2026-01-01T00:00:00Z", "kind": kind, "data": {}}
    assert SCHEMAS.fits(event, schema_of(frames.Event)) is not any(field.required for field in fields)


def test_codes_and_limits_are_those_of_the_code() -> None:
    assert DOCUMENT["x-events"].keys() == KINDS.keys()
    assert DOCUMENT["x-close-codes"] == {str(code): close._asdict() for code, close in protocol.CLOSES.items()}
    numbers = {value for name, value in vars(protocol).items() if name.isupper() and isinstance(value, int) and value >= 1000}
    assert numbers == set(protocol.CLOSES)
    assert {code: told["retry"] for code, told in DOCUMENT["x-error-codes"].items()} == {code: code in RETRIED for code in protocol.CODES}
    assert {name: told["value"] for name, told in DOCUMENT["x-limits"].items()} == {one.name: one.value for one in limits.limits(Config())}
    told = msgspec.structs.asdict(limits.told(Config()))
    assert told.items() <= {name: told["value"] for name, told in DOCUMENT["x-limits"].items()}.items()
    slower = describe(replace(Config(), frames_per_minute=7, base_url="https://hub.example.org"))
    assert slower["x-limits"]["frames_per_minute"]["value"] == 7
    assert slower["servers"]["hub"] | {"security": None} == {"host": "hub.example.org", "protocol": "wss", "security": None}


# What may be said, by the description, is what the hub takes


def taken(frame: Json) -> bool:
    try:
        return decode(json.dumps(frame).encode()) is not None
    except BadFrame:
        return False


MANY = {f"018f0000-0000-7000-8000-{number:012x}": 0 for number in range(201)}
EDGES: list[tuple[str, str, list[Any]]] = [
    ("hello", "device", ["", "x" * 200, "x" * 201, 5, None]),
    ("hello", "threads", [{}, dict(list(MANY.items())[:200]), MANY, {"x": 0}, {THREAD: -1}, {THREAD: 2**63 - 1}, {THREAD: 2**63}, []]),
    ("hello", "epoch", [None, "", "e", 1]),
    ("send", "ref", ["x" * 128, "x" * 129, 2**53, 2**53 + 1, -(2**53), -(2**53) - 1, True, None]),
    ("send", "kind", ["text", "photo", "voice", "video", None]),
    ("send", "cid", [THREAD, THREAD.upper(), "1", None]),
    ("send", "media", [None, [], [THREAD] * 100, [THREAD] * 101, ["x"], {}]),
    ("send", "reply_to", [None, 0, 1, 2**63 - 1, 2**63, "1"]),
    ("send", "body", [None, "", 1]),
    ("fetch", "limit", [0, 1, 200, 201, "5", None]),
    ("fetch", "after", [None, 0, -1, 2**63 - 1, 2**63]),
    ("fetch", "before", [None, 0, 7]),
    ("got", "seq", [0, -1, 2**63 - 1, 2**63, "1", True]),
    ("read", "thread", [THREAD, None, "here"]),
    ("typing", "on", [True, False, 1, None]),
    ("focus", "thread", [THREAD, None, "here"]),
    ("ping", "n", ["", 1, None, [], "x" * 129]),
]


@pytest.mark.parametrize(("t", "field", "values"), EDGES, ids=lambda value: value if isinstance(value, str) else "")
def test_the_description_ends_where_the_hub_does(t: str, field: str, values: list[Any]) -> None:
    schema = DOCUMENT["components"]["schemas"][f"client.{t.title()}"]
    verdicts = {taken({"t": t} | GOOD[t] | {field: value}) for value in values}
    assert len(verdicts) == 2 or (t, field) == ("send", "body"), "an edge has two sides"
    for value in values:
        frame = {"t": t} | GOOD[t] | {field: value}
        assert taken(frame) == SCHEMAS.fits(frame, schema), (field, value)
    without = {name: value for name, value in ({"t": t} | GOOD[t]).items() if name != field}
    assert taken(without) == SCHEMAS.fits(without, schema)


@settings(max_examples=150)
@given(st.sampled_from(sorted(GOOD)), st.data())
def test_whatever_a_field_holds_description_and_hub_agree(t: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(GOOD[t])))
    frame = {"t": t} | GOOD[t] | {name: data.draw(json_values)}
    text = json.dumps(frame)
    if re.search(r"\\u(0000|[dD][89a-fA-F])|NaN|Infinity", text) or re.search(r"\b\d+\.0\b|\de", text):
        return  # said in words: texts that can't be stored, and whole numbers written with a point
    assert taken(frame) == SCHEMAS.fits(frame, DOCUMENT["components"]["schemas"][f"client.{t.title()}"])


# As it is served


async def test_it_is_served_to_programs_and_to_people(house: House) -> None:
    anybody = await house.client()
    answer = await anybody.get("/docs/realtime")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == json.loads(msgspec.json.encode(describe(house.config)))
    assert answer.json()["servers"]["hub"]["host"] == house.base.removeprefix("http://")
    page = await anybody.get("/docs/realtime", headers={"Accept": "text/html"})
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page.text), "nothing from elsewhere"


def test_the_page_shows_every_name() -> None:
    page = described.page(DOCUMENT)
    shown = {f"{side}.{one['name']}": {field["name"] for field in one["fields"]} for side in ("client", "hub") for one in page[side]}
    assert shown == {name_of(frame): set(frame.__struct_fields__) for frame in FRAMES} | {"hub.several": set()}
    assert {one["name"]: {field["name"] for field in one["fields"]} for one in page["events"]} == {
        kind: set(struct.__struct_fields__) for kind, struct in KINDS.items()
    }
    kinds = {field["kind"] for part in ("client", "hub", "events") for one in page[part] for field in one["fields"]}
    assert "id" in kinds and "whole number, 1 to 200" in kinds and "{id: whole number, 0 or more}, at most 200" in kinds
    assert page["closes"].keys() == {str(code) for code in protocol.CLOSES}

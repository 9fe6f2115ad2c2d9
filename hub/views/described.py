"""An AsyncAPI document for reading: every message and event with its fields in words. It knows no frame, only the document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

BIGGEST = 2**63 - 1


def page(document: Json) -> Json:
    """`{about, opening, address, client, hub: [message], events: [kind], closes, errors, limits}`; a message has `fields`
    `[{name, kind, needed, words}]` and `answers` (names), an event's `name` is its kind."""
    [channel] = document["channels"].values()
    messages = document["components"]["messages"]
    answers = {
        found["name"]: [_found(document, answer["$ref"])["name"] for answer in operation.get("reply", {}).get("messages", ())]
        for operation in document["operations"].values()
        if operation["action"] == "receive"
        for found in [_found(document, operation["messages"][0]["$ref"])]
    }
    return {
        "title": document["info"]["title"],
        "about": document["info"]["description"],
        "opening": channel["description"],
        "address": channel["address"],
        "client": [_message(document, one, answers) for name, one in messages.items() if name.startswith("client.")],
        "hub": [_message(document, one, {}) for name, one in messages.items() if name.startswith("hub.")],
        "events": [
            {"name": kind, "words": schema.get("description", ""), "fields": _fields(document, schema), "answers": []}
            for kind, reference in document["x-events"].items()
            for schema in [_found(document, reference["$ref"])]
        ],
        "closes": document["x-close-codes"],
        "errors": document["x-error-codes"],
        "limits": document["x-limits"],
    }


def _message(document: Json, message: Json, answers: dict[str, list[str]]) -> Json:
    payload = message["payload"]
    schema = _found(document, payload["$ref"]) if "$ref" in payload else payload
    return {
        "name": message["name"],
        "words": message["summary"],
        "fields": _fields(document, schema),
        "answers": answers.get(message["name"], []),
    }


def _fields(document: Json, schema: Json) -> list[Json]:
    needed = schema.get("required", ())
    return [
        {"name": name, "kind": _kind(document, field), "needed": name in needed, "words": field.get("description", "")}
        for name, field in schema.get("properties", {}).items()
        if name != "t"
    ]


def _kind(document: Json, schema: Json) -> str:
    """What a value may be, in words."""
    if "$ref" in schema:
        found = _found(document, schema["$ref"])
        return "{" + ", ".join(found["properties"]) + "}" if "t" not in found["properties"] else f"`{found['title'].lower()}`"
    if "anyOf" in schema:
        return " or ".join(_kind(document, one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(f"`{one}`" for one in schema["enum"])
    return _KINDS[schema.get("type", "")](document, schema)


def _text(document: Json, schema: Json) -> str:
    if "format" in schema:
        return {"uuid": "id", "date-time": "time"}[schema["format"]]
    if "pattern" in schema:
        return f"text like `{schema['pattern']}`"
    return f"text, at most {schema['maxLength']} characters" if "maxLength" in schema else "text"


def _whole(document: Json, schema: Json) -> str:
    least, most = schema.get("minimum"), schema.get("maximum", BIGGEST)
    if least is None:
        return "whole number"
    if least == -most:
        return f"whole number within ±2^{most.bit_length() - 1}"
    return f"whole number, {least} or more" if most == BIGGEST else f"whole number, {least} to {most}"


def _list(document: Json, schema: Json) -> str:
    most = f", at most {schema['maxItems']}" if "maxItems" in schema else ""
    kind = _kind(document, schema["items"])
    return f"list of {'ids' if kind == 'id' else kind}{most}"


def _object(document: Json, schema: Json) -> str:
    if "properties" in schema:
        return "{" + ", ".join(schema["properties"]) + "}"
    if "propertyNames" not in schema:
        return "object"
    most = f", at most {schema['maxProperties']}" if "maxProperties" in schema else ""
    return f"{{id: {_kind(document, schema['additionalProperties'])}}}{most}"


_KINDS: dict[str, Callable[[Json, Json], str]] = {
    "string": _text,
    "integer": _whole,
    "array": _list,
    "object": _object,
    "number": lambda document, schema: "number",
    "boolean": lambda document, schema: "true or false",
    "null": lambda document, schema: "null",
}


def _found(document: Json, reference: str) -> Json:
    """What a reference leads to, also over several steps."""
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return _found(document, found["$ref"]) if "$ref" in found else found

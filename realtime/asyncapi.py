"""`hub.v1` described for programs, as AsyncAPI 3: made from the frames, events, codes and limits themselves. Pure.

`docs/protocol.md` says the same for people, with what no schema can say. Both are compared with the code by tests.
"""

from __future__ import annotations

from inspect import getdoc
from typing import Any

import msgspec

from hub.config import Config
from hub.errors import RETRIED
from hub.events import KINDS
from hub.sessions import COOKIE
from realtime import frames, protocol
from realtime.limits import limits

Json = dict[str, Any]

# What a client's frame is answered with; the others are not answered.
ANSWERS: dict[type, tuple[type[frames.ServerFrame], ...]] = {
    protocol.Hello: (frames.Welcome, frames.Reset, frames.Event, frames.Synced, frames.Error),
    protocol.Send: (frames.Ok, frames.Error),
    protocol.Fetch: (frames.Events, frames.Error),
    protocol.Ping: (frames.Pong,),
}
UNASKED = (
    frames.Event, frames.Head, frames.Reset, frames.Receipt, frames.Typing, frames.Presence, frames.Position, frames.Hint,
    frames.Beat, frames.Error, frames.Bye,
)  # fmt: skip
ABOUT = """\
Frames are text: UTF-8 JSON. `t` names the type. A client sends one object a frame, the hub also arrays of them (`several`).
Whoever reads ignores fields and types that it does not know: within hub.v1 things are only added.
Texts hold neither NUL nor lone surrogates, whole numbers are written without a point, and ids are UUIDs."""
OPENING = """\
The session's cookie and an `Origin` of the hub's own are needed: without such an origin HTTP 403, without the subprotocol HTTP 400,
without a session accepted and closed with 4001. The first frame is `hello`. What came before is replayed, then `synced`, and all that
happens in followed threads comes live. An `event` is applied only if its `seq` is the last one plus one; what is missing is fetched."""


def describe(config: Config) -> Json:
    """The AsyncAPI 3.0 document of this hub's socket."""
    return {
        "asyncapi": "3.0.0",
        "id": f"urn:anou:{protocol.SUBPROTOCOL}",
        "info": {"title": f"{config.cooperative}: the socket {protocol.SUBPROTOCOL}", "version": "1", "description": ABOUT},
        "defaultContentType": "application/json",
        "servers": {"hub": _server(config)},
        "channels": {protocol.SUBPROTOCOL: _channel(config)},
        "operations": _operations(),
        "components": {
            "messages": _messages(),
            "schemas": _schemas(),
            "securitySchemes": {"session": {"type": "httpApiKey", "name": COOKIE, "in": "cookie"}},
            "correlationIds": {"ref": {"location": "$message.payload#/ref"}, "n": {"location": "$message.payload#/n"}},
        },
        "x-events": {kind: {"$ref": f"#/components/schemas/event.{struct.__name__}"} for kind, struct in KINDS.items()},
        "x-close-codes": {
            str(code): {"meaning": close.meaning, "then": close.then, "said": close.said}
            for code, close in protocol.CLOSES.items()
        },
        "x-error-codes": {code: {"meaning": words, "retry": code in RETRIED} for code, words in protocol.CODES.items()},
        "x-limits": {limit.name: {"value": limit.value, "meaning": limit.words} for limit in limits(config)},
    }


def _server(config: Config) -> Json:
    scheme, _, host = config.base.partition("://")
    return {
        "host": host,
        "protocol": "wss" if scheme == "https" else "ws",
        "security": [{"$ref": "#/components/securitySchemes/session"}],
    }


def _channel(config: Config) -> Json:
    headers = {
        "type": "object",
        "properties": {
            "Origin": {"enum": sorted(config.allowed_origins)},
            "Sec-WebSocket-Protocol": {"const": protocol.SUBPROTOCOL},
        },
        "required": ["Origin", "Sec-WebSocket-Protocol"],
    }
    return {
        "address": "/ws",
        "description": OPENING,
        "servers": [{"$ref": "#/servers/hub"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _messages()},
        "bindings": {"ws": {"method": "GET", "headers": headers, "bindingVersion": "0.1.0"}},
    }


def _operations() -> Json:
    """What the hub hears, one operation a frame, and what it says of itself."""
    channel = {"$ref": f"#/channels/{protocol.SUBPROTOCOL}"}
    found: Json = {}
    for frame in protocol.CLIENT_FRAMES:
        heard: Json = {"action": "receive", "channel": channel, "summary": getdoc(frame), "messages": [_on_channel(frame)]}
        if frame in ANSWERS:
            heard["reply"] = {"channel": channel, "messages": [_on_channel(answer) for answer in ANSWERS[frame]]}
        found[_tag(frame)] = heard
    found["tell"] = {
        "action": "send",
        "channel": channel,
        "summary": "What the hub says without having been asked.",
        "messages": [*(_on_channel(frame) for frame in UNASKED), {"$ref": f"#/channels/{protocol.SUBPROTOCOL}/messages/hub.several"}],
    }
    return found


def _messages() -> Json:
    found: Json = {}
    for frame in (*protocol.CLIENT_FRAMES, *frames.SERVER_FRAMES):
        found[_name(frame)] = {
            "name": _tag(frame),
            "summary": getdoc(frame),
            "payload": {"$ref": f"#/components/schemas/{_side(frame)}.{frame.__name__}"},
        }
        if answered := next((name for name in ("ref", "n") if name in frame.__struct_fields__), None):
            found[_name(frame)]["correlationId"] = {"$ref": f"#/components/correlationIds/{answered}"}
    found["hub.several"] = {
        "name": "several",
        "summary": "Several frames in one, in their order.",
        "payload": {
            "type": "array",
            "minItems": 2,
            "maxItems": protocol.JOINED,
            "items": {"anyOf": [{"$ref": f"#/components/schemas/hub.{frame.__name__}"} for frame in frames.SERVER_FRAMES]},
        },
    }
    return found


def _schemas() -> Json:
    """The schemas of all frames and events, with what their types can't say."""
    found = _of("client", protocol.CLIENT_FRAMES) | _of("hub", frames.SERVER_FRAMES) | _of("event", tuple(KINDS.values()))
    one_way = [
        {"required": [way], "properties": {way: {"type": "integer"}, other: {"type": "null"}}}
        for way, other in (("after", "before"), ("before", "after"))
    ]
    found["client.Fetch"]["oneOf"] = one_way
    found["hub.Events"]["properties"]["events"]["items"] = {"$ref": "#/components/schemas/hub.Event"}
    found["hub.Event"]["allOf"] = [
        {
            "if": {"properties": {"kind": {"const": kind}}},
            "then": {"properties": {"data": {"$ref": f"#/components/schemas/event.{struct.__name__}"}}},
        }
        for kind, struct in KINDS.items()
    ]
    return found


def _of(side: str, structs: tuple[type[msgspec.Struct], ...]) -> Json:
    _, found = msgspec.json.schema_components(structs, ref_template=f"#/components/schemas/{side}.{{name}}")
    return {f"{side}.{name}": schema for name, schema in found.items()}


def _on_channel(frame: type[msgspec.Struct]) -> Json:
    return {"$ref": f"#/channels/{protocol.SUBPROTOCOL}/messages/{_name(frame)}"}


def _name(frame: type[msgspec.Struct]) -> str:
    return f"{_side(frame)}.{_tag(frame)}"


def _side(frame: type[msgspec.Struct]) -> str:
    return "client" if issubclass(frame, protocol.ClientFrame) else "hub"


def _tag(frame: type[msgspec.Struct]) -> str:
    return str(frame.__struct_config__.tag)

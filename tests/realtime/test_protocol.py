"""Text becomes frames, or is refused: nothing else happens, whatever the text."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime import frames, protocol
from realtime.limits import Allowance, Strikes
from realtime.protocol import AnyClientFrame, BadFrame, Fetch, Hello, Ping, Send

THREAD, CID = str(uuid4()), str(uuid4())
GOOD: dict[str, dict[str, Any]] = {
    "hello": {"device": "d", "epoch": "e", "threads": {THREAD: 3}},
    "send": {"ref": "1", "thread": THREAD, "cid": CID, "kind": "text", "body": "salam"},
    "fetch": {"ref": 7, "thread": THREAD, "after": 0, "limit": 200},
    "got": {"thread": THREAD, "seq": 1},
    "read": {"thread": THREAD, "seq": 1},
    "typing": {"thread": THREAD, "on": True},
    "focus": {"thread": None},
    "ping": {"n": 1},
}


def decode(text: str) -> AnyClientFrame | None:
    return protocol.decode(text.encode())


def frame(t: str, **changes: Any) -> str:
    fields = {"t": t} | GOOD[t] | changes
    return json.dumps({name: value for name, value in fields.items() if value is not ...})


@pytest.mark.parametrize("t", GOOD)
def test_each_frame_is_read(t: str) -> None:
    assert decode(frame(t)) is not None


@pytest.mark.parametrize("t", GOOD)
def test_unknown_fields_are_ignored(t: str) -> None:
    assert decode(frame(t, future={"a": [1]})) == decode(frame(t))


@pytest.mark.parametrize("t", GOOD)
def test_a_missing_field_is_a_bad_frame(t: str) -> None:
    for name in GOOD[t].keys() - {"epoch", "body", "after"}:
        with pytest.raises(BadFrame):
            decode(frame(t, **{name: ...}))


@pytest.mark.parametrize(
    ("t", "changes"),
    [
        ("hello", {"threads": {"x": 1}}), ("hello", {"threads": {THREAD: -1}}), ("hello", {"threads": {THREAD: 2**63}}),
        ("hello", {"threads": {THREAD: True}}), ("hello", {"threads": {str(UUID(int=n)): 0 for n in range(201)}}),
        ("hello", {"threads": []}), ("hello", {"device": 5}),
        ("send", {"kind": "video"}), ("send", {"cid": "1"}), ("send", {"body": 5}), ("send", {"media": ["x"]}),
        ("send", {"reply_to": 0}), ("send", {"reply_to": 1.5}), ("send", {"lang": []}), ("send", {"ref": None}),
        ("send", {"ref": "x" * 129}), ("send", {"ref": 2**60}),
        ("fetch", {"limit": 201}), ("fetch", {"limit": 0}), ("fetch", {"limit": "5"}), ("fetch", {"before": 3}),
        ("fetch", {"after": ...}), ("fetch", {"after": -1}), ("got", {"seq": "1"}), ("read", {"thread": 1}),
        ("typing", {"on": 1}), ("focus", {"thread": "here"}), ("ping", {"n": None}),
    ],
)  # fmt: skip
def test_wrong_types_are_bad_frames(t: str, changes: dict[str, Any]) -> None:
    with pytest.raises(BadFrame):
        decode(frame(t, **changes))


@pytest.mark.parametrize("text", ["", "{", "[]", "5", '"ping"', "null", "{}", '{"t":5}', '{"ref":1}', frame("ping") + "x", "NaN"])
def test_what_is_no_frame_at_all(text: str) -> None:
    with pytest.raises(BadFrame):
        decode(text)


def test_a_bad_frame_names_its_ref() -> None:
    with pytest.raises(BadFrame) as caught:
        decode(frame("send", cid=5, ref="mine"))
    assert (caught.value.ref, caught.value.t) == ("mine", "send")


def test_an_unknown_type_is_refused_only_when_an_answer_is_waited_for() -> None:
    assert decode('{"t":"dance"}') is None
    with pytest.raises(BadFrame) as caught:
        decode('{"t":"dance","ref":4}')
    assert caught.value.ref == 4


def test_depth() -> None:
    assert decode(frame("ping", deep=json.loads("[" * 31 + "]" * 31))) == Ping(1)
    assert decode(frame("ping", flat=["[{" * 50, {}] * 40)) == Ping(1)
    for depth in (32, 500):
        with pytest.raises(BadFrame):
            decode(frame("ping", deep=json.loads("[" * depth + "]" * depth)))
    with pytest.raises(BadFrame):
        decode('{"t":"ping","n":1,"deep":' + "[" * 30_000 + "]" * 30_000 + "}")


@pytest.mark.parametrize("filling", ['\\"' * 32_000, '\\"' * 32_000 + "\\", '"\\\n' * 21_000, '"' * 65_000, '{"' * 32_000])
def test_no_text_takes_long(filling: str) -> None:
    """One frame must not hold up everybody else on the node."""
    begun = time.perf_counter()
    with pytest.raises(BadFrame):
        decode("{" * 33 + '"' + filling)
    assert time.perf_counter() - begun < 0.5


@pytest.mark.parametrize("sign", ["\\u0000", "\\ud800", "\\udc00", "\\ud800x", "\\udc00\\ud800"])
def test_what_the_database_cannot_hold(sign: str) -> None:
    for field in ("body", "lang", "ref"):
        text = frame("send", **{field: "SIGN"}).replace("SIGN", f"a{sign}b")
        with pytest.raises(BadFrame):
            decode(text)


def test_every_script_passes() -> None:
    body = "ⴰⵏⴰⵡ سلام 👩🏽‍🌾 \\u0000 \u202e\x7f"
    found = decode(frame("send", body=body))
    assert isinstance(found, Send) and found.body == body
    assert isinstance(found.thread, UUID)


def test_fetch_goes_one_way() -> None:
    assert decode(frame("fetch", after=..., before=9)) == Fetch(7, UUID(THREAD), 200, None, 9)


def test_hello_knows_a_thread_once() -> None:
    found = decode(frame("hello", threads={THREAD: 1, THREAD.upper(): 2}))
    assert isinstance(found, Hello) and found.threads == {UUID(THREAD): 2}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@settings(max_examples=60)
@given(st.text() | st.dictionaries(st.sampled_from(["t", "ref", "thread", "seq", "n"]), json_values).map(json.dumps))
def test_nothing_else_happens(text: str) -> None:
    try:
        decode(text)
    except BadFrame:
        pass


@settings(max_examples=60)
@given(st.sampled_from(sorted(GOOD)), st.data())
def test_nothing_else_happens_to_a_frame_with_one_field_changed(t: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(GOOD[t])))
    try:
        decode(frame(t, **{name: data.draw(json_values)}))
    except BadFrame:
        pass


def test_every_server_frame_names_its_type() -> None:
    assert {str(kind.__struct_config__.tag) for kind in frames.SERVER_FRAMES} == {
        "welcome", "event", "events", "synced", "head", "reset", "ok", "error", "receipt", "typing", "presence", "position",
        "hint", "beat", "pong", "bye",
    }  # fmt: skip
    assert GOOD.keys() == protocol.TAGS


def test_allowance_refills() -> None:
    allowance = Allowance(per_minute=120, burst=30, now=0.0)
    assert [allowance.take(0.0) for _ in range(30)] == [0.0] * 30
    assert allowance.take(0.0) == pytest.approx(0.5)
    assert allowance.take(0.5) == 0.0
    assert allowance.take(0.5) > 0
    assert sum(allowance.take(0.5 + second / 10) == 0 for second in range(1, 601)) == 120


def test_strikes_are_forgotten_after_a_minute() -> None:
    strikes = Strikes(3)
    assert [strikes.strike(at) for at in (0, 1, 61, 62, 63)] == [False, False, False, False, True]

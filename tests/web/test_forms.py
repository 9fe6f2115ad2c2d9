"""The same fields, however they are written; and what a browser gets where a program gets JSON."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.requests import Request

from hub.errors import Refusal
from hub.web.base import here_only
from hub.web.forms import parse
from hub.web.reading import Form, minor
from tests.house import House


async def parsed(content: bytes, kind: str) -> dict[str, Any]:
    """The fields of a body that comes in two drops."""
    drops = [
        {"type": "http.request", "body": content[:7], "more_body": True},
        {"type": "http.request", "body": content[7:], "more_body": False},
    ]

    async def receive() -> dict[str, Any]:
        return drops.pop(0)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-type", kind.encode())], "query_string": b""}
    return await parse(Request(scope, receive))


FORM = "application/x-www-form-urlencoded"
WRITTEN: list[tuple[str, dict[str, Any]]] = [
    ("a=1&b=x+y&c=%D8%B2", {"a": "1", "b": "x y", "c": "ز"}),
    ("a=&b=1", {"b": "1"}),
    ("", {}),
    ("a=1&a=2&a=3", {"a": ["1", "2", "3"]}),
    ("a.b=1&a.c.d=2", {"a": {"b": "1", "c": {"d": "2"}}}),
    ("items.0.w=1&items.1.w=2", {"items": [{"w": "1"}, {"w": "2"}]}),
    ("items.10.w=b&items.2.w=a", {"items": [{"w": "a"}, {"w": "b"}]}),
    ("a.0=x&a.b=y", {"a": {"0": "x", "b": "y"}}),
    ("a.0000=x", {"a": {"0000": "x"}}),
    ("a=%zz&b", {"a": "%zz"}),
    ("a..b=1", {"a": {"": {"b": "1"}}}),
]


@pytest.mark.parametrize(("body", "fields"), WRITTEN)
async def test_dotted_names_are_objects_and_numbers_are_lists(body: str, fields: dict[str, Any]) -> None:
    assert await parsed(body.encode(), FORM) == fields


async def test_a_form_and_a_multipart_form_are_the_same(house: House) -> None:
    for body, fields in WRITTEN[3:8]:
        pairs = [tuple(pair.split("=")) for pair in body.split("&")]
        request = httpx.Request("POST", "http://x/", files=[(name, (None, value)) for name, value in pairs])
        assert await parsed(request.read(), request.headers["content-type"]) == fields


@pytest.mark.parametrize("body", ["a=1&a.b=2", "a.b=1&a=2", "a.b.c.d.e.f.g.h.i=1", "a=%00", "%00=1", "a.b=1&a.b.c=2"])
async def test_names_that_contradict_each_other_are_refused(body: str) -> None:
    with pytest.raises(Refusal, match="bad_request"):
        await parsed(body.encode(), FORM)


async def test_json_is_taken_as_it_is() -> None:
    body = '{"a": {"b": [1, 2.5, null, true, "ز"]}, "c.d": ""}'.encode()
    assert await parsed(body, "Application/JSON; charset=utf-8") == {"a": {"b": [1, 2.5, None, True, "ز"]}, "c.d": ""}


@pytest.mark.parametrize(
    ("typed", "currency", "amount"),
    [("500", "eur", 50_000), (" 1 250,50 ", " Mad", 125_050), (500, "EUR", 50_000), (0, "EUR", 0), ("+500", "EUR", None),
     ("1,250", "MAD", None), ("500", "XXX", None), ("500", "", None), ("five", "EUR", None)],
)  # fmt: skip
def test_a_typed_sum_is_never_taken_for_minor_units(typed: Any, currency: str, amount: int | None) -> None:
    read = Form(minor({"amount_decimal": typed}, "amount", currency))
    assert (read.whole("amount", 0, 10**12), read.bad) == (amount, {} if amount is not None else {"amount": "not_whole"})


def test_a_sum_that_nobody_typed_is_read_in_minor_units() -> None:
    assert Form(minor({"amount_decimal": " ", "amount": "500"}, "amount", "EUR")).whole("amount", 0, 10**12) == 500


@pytest.mark.parametrize("path", ["/", "/threads", "/threads/1?a=b&c=%20#e7", "/x:y@z", "/é", "/a//b", "/?next=https://evil.example"])
def test_paths_of_this_site(path: str) -> None:
    assert here_only(path) == path


async def test_every_verb_of_a_conversation_takes_three_kinds_of_body_and_answers_in_two(house: House) -> None:
    piece = await house.product()
    fields = {"artisan": str(piece.artisan_id), "product": str(piece.id)}
    bodies: list[dict[str, Any]] = [{"json": fields}, {"data": fields}, {"files": {name: (None, value) for name, value in fields.items()}}]
    claire, thread = await house.client("claire"), await house.thread(product=piece)
    for body in bodies:
        told = await claire.post("/threads", **body)
        assert (told.status_code, told.json()["id"], told.headers["location"]) == (200, thread, f"/threads/{thread}")
        sent = await claire.post("/threads", **body, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert (sent.status_code, sent.headers["location"]) == (303, f"/threads/{thread}")
    browser = {"Accept": "text/html"}
    said = {"body": "Bonjour"}
    for number, body in enumerate([{"json": said}, {"data": said}, {"files": {"body": (None, "Bonjour")}}], start=1):
        answer = await claire.post(f"/threads/{thread}/messages", **body, headers=browser)  # type: ignore[arg-type]
        assert (answer.status_code, answer.headers["location"]) == (303, f"/threads/{thread}#e{number}")
    helper = str((await house.person("ahmed")).id)
    called = await claire.post(f"/threads/{thread}/participants", data={"person": helper}, headers=browser)
    assert (called.status_code, called.headers["location"]) == (303, f"/threads/{thread}")
    gone = await claire.post(f"/threads/{thread}/participants/{helper}/leave", headers=browser)
    assert (gone.status_code, gone.headers["location"]) == (303, f"/threads/{thread}")

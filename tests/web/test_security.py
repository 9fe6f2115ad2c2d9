"""Requests of other sites, of machines gone wrong and of people who try doors: each is refused, and nothing changes."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from hub import i18n
from hub.errors import WORDS
from hub.rules.refused import CODES
from hub.sessions import COOKIE
from hub.web.routes import routes
from models.threads import Thread
from tests.house import House

HTML = {"Accept": "text/html"}
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
BODIES: dict[str, dict[str, Any]] = {
    "JSON": {"json": {"kind": "text", "body": "hello"}},
    "form": {"data": {"kind": "text", "body": "hello"}},
    "multipart": {"files": {"kind": (None, "text"), "body": (None, "hello")}},
    "plain text": {"content": b"kind=text&body=hello", "headers": {"Content-Type": "text/plain"}},
    "no body": {},
}


def code(answer: httpx.Response) -> str:
    """A refusal's code; it has words too."""
    error = answer.json()["error"]
    assert isinstance(error["message"], str) and error["message"]
    return str(error["code"])


async def head(client: httpx.AsyncClient, thread: str) -> int:
    """How many events a thread has."""
    return int((await client.get(f"/threads/{thread}")).json()["head"])


async def raw(house: House, request: bytes) -> tuple[int, bytes]:
    """Status and rest of what the hub answers to these very bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.config.port)
    writer.write(request)
    try:
        async with asyncio.timeout(5):
            answer = await reader.read()
    finally:
        writer.close()
    return int(answer.split(b" ")[1]), answer


# Other sites


async def test_a_request_of_another_site_is_refused_whatever_its_body(house: House) -> None:
    thread, claire = await house.thread(), await house.client("claire")
    del claire.headers["Origin"]
    port = house.config.port
    strangers: list[dict[str, str]] = [
        {},
        {"Origin": ""},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": house.base + ".evil.example"},
        {"Origin": house.base.replace("http:", "https:")},
        {"Origin": f"http://127.0.0.1:{port + 1}"},
        {"Origin": f"http://user@127.0.0.1:{port}"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Referer": house.base + "/"},
    ]
    for stranger in strangers:
        for name, body in BODIES.items():
            answer = await claire.post(f"/threads/{thread}/messages", **body | {"headers": body.get("headers", {}) | stranger})
            assert (answer.status_code, code(answer)) == (403, "foreign_origin"), (stranger, name)
        for path in ("/sign-out", "/me", "/threads", "/media", "/sign-in"):
            assert (await claire.post(path, headers=stranger)).status_code == 403
        for method in ("DELETE", "PUT", "PATCH"):
            assert (await claire.request(method, f"/threads/{thread}/participants/me", headers=stranger)).status_code == 403
    assert await head(claire, thread) == 0
    assert (await claire.get("/me")).status_code == 200


async def test_a_request_of_our_own_pages_is_taken(house: House) -> None:
    thread, claire = await house.thread(), await house.client("claire")
    del claire.headers["Origin"]
    own = [{"Origin": house.base}, {"Origin": f"http://localhost:{house.config.port}"}, {"Sec-Fetch-Site": "same-origin"}]
    for headers in own:
        answer = await claire.post(f"/threads/{thread}/messages", json={"kind": "text", "body": "hello"}, headers=headers)
        assert answer.status_code == 201
    assert await head(claire, thread) == 3


async def test_a_form_of_another_site_is_told_so_in_html(house: House) -> None:
    claire = await house.client("claire", **HTML)
    answer = await claire.post("/threads", data={"artisan": "x"}, headers={"Origin": "https://evil.example"})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert i18n.words("fr", WORDS["foreign_origin"]) in answer.text


# Headers


async def test_every_answer_says_what_browsers_may_do_with_it(house: House) -> None:
    claire = await house.client("claire")
    for path in ("/", "/sign-in", "/me", "/threads", "/products/none"):
        page = await claire.get(path, headers=HTML)
        policy = dict(rule.strip().partition(" ")[::2] for rule in page.headers["content-security-policy"].split(";"))
        assert "unsafe" not in page.headers["content-security-policy"]
        assert policy["default-src"] == "'self'" and policy["style-src"] == "'self'"
        assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert policy["form-action"] == "'self'"
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["cache-control"] == "private, no-store"
    nonces = {(await claire.get("/", headers=HTML)).headers["content-security-policy"] for _ in range(3)}
    assert len(nonces) == 3
    for path in ("/", "/me", "/healthz", "/readyz", "/metrics", "/none", "/static/none.js", "/media/none/small"):
        answer = await claire.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "server" not in answer.headers
    assert (await claire.get("/me")).headers["cache-control"] == "no-store"
    assert (await (await house.client()).get("/", headers=HTML)).headers["cache-control"] == "private, no-cache"


# Bodies


HOSTILE: dict[str, bytes] = {
    "10,000 lists": b'{"kind":"text","body":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "10,000 objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "40 lists": b'{"kind":"text","body":"x","more":' + b"[" * 40 + b"]" * 40 + b"}",
    "never closed": b'{"kind":"text","body":' + b"[" * 100_000,
    "NUL": b'{"kind":"text","body":"a\\u0000b"}',
    "NUL in a name": b'{"kind":"text","body":"x","a\\u0000":1}',
    "NUL itself": b'{"kind":"text","body":"a\x00b"}',
    "half a surrogate": b'{"kind":"text","body":"\\ud83d"}',
    "the other half": b'{"kind":"text","body":"\\ude00\\ud83d"}',
    "no UTF-8": b'{"kind":"text","body":"\xff\xfe"}',
    "a surrogate in UTF-8": b'{"kind":"text","body":"\xed\xa0\x80"}',
    "UTF-16": '{"kind":"text","body":"x"}'.encode("utf-16"),
    "a huge number": b'{"kind":"text","body":"x","reply_to":' + b"9" * 400 + b"}",
    "a huger number": b'{"kind":"text","body":"x","reply_to":' + b"9" * 10_000 + b"}",
    "a number beyond floats": b'{"kind":"text","body":"x","reply_to":1e999}',
    "a fraction": b'{"kind":"text","body":"x","reply_to":1.5}',
    "a negative number": b'{"kind":"text","body":"x","reply_to":-1}',
    "zero": b'{"kind":"text","body":"x","reply_to":0}',
    "NaN": b'{"kind":"text","body":"x","reply_to":NaN}',
    "truth for a number": b'{"kind":"text","body":"x","reply_to":true}',
    "a list": b'[{"kind":"text","body":"x"}]',
    "a text": b'"kind"',
    "a number": b"7",
    "null": b"null",
    "two objects": b'{"kind":"text","body":"x"}{"kind":"text","body":"x"}',
    "a trailing comma": b'{"kind":"text","body":"x",}',
    "an object for a text": b'{"kind":"text","body":{"a":1}}',
    "a list for a text": b'{"kind":["text"],"body":"x"}',
    "objects for pictures": b'{"kind":"photo","media":[{"id":1},null,7]}',
    "an object for pictures": b'{"kind":"photo","media":{"id":1}}',
    "many pictures": b'{"kind":"photo","media":[' + b'"x",' * 10_000 + b'"x"]}',
    "a list for a client id": b'{"kind":"text","body":"x","cid":["a"]}',
    "nothing": b"",
    "spaces": b"   ",
    "no JSON": b"kind=text&body=x",
}  # fmt: skip


async def test_json_that_makes_no_sense_is_refused_and_changes_nothing(house: House) -> None:
    thread, claire = await house.thread(), await house.client("claire")
    for name, content in HOSTILE.items():
        answer = await claire.post(f"/threads/{thread}/messages", content=content, headers={"Content-Type": JSON})
        assert answer.status_code == 400, (name, answer.text)
        assert code(answer), name
    assert await head(claire, thread) == 0


async def test_json_that_is_odd_but_right_is_taken_as_it_is(house: House) -> None:
    thread, claire = await house.thread(), await house.client("claire")
    said = {
        b'{"kind":"text","body":"a","body":"b"}': "b",  # the last of two fields of one name counts
        b'{"kind":"text","body":"C:\\\\u0000"}': "C:\\u0000",
        b'{"kind":"text","body":"\\ud83d\\ude00"}': "😀",
        '{"kind":"text","body":"زربية ⵜⴰⵥⵔⴱⵉⵢⵜ 👩‍🌾"}'.encode(): "زربية ⵜⴰⵥⵔⴱⵉⵢⵜ 👩‍🌾",
        b' \n{"kind":"text","body":"<script>&amp;"}\n': "<script>&amp;",
        b'{"kind":"text","body":"x","unknown":{"a":[1,2.5,null,true]}}': "x",
    }
    for content in said:
        answer = await claire.post(f"/threads/{thread}/messages", content=content, headers={"Content-Type": f"{JSON}; charset=utf-8"})
        assert answer.status_code == 201, answer.text
    events = (await claire.get(f"/threads/{thread}/events?after=0")).json()["events"]
    assert [event["data"]["body"] for event in events] == list(said.values())


MULTIPART = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="body"\r\n\r\nhello'
FORMS: dict[str, tuple[str, bytes]] = {
    "10,000 fields": (FORM, b"&".join(b"a%d=1" % number for number in range(10_000)) + b"&kind=text&body=x"),
    "10,000 times the same": (FORM, b"body=x&" * 10_000),
    "a deep name": (FORM, b"kind=text&body=x&" + b"a." * 50 + b"a=1"),
    "a text and an object": (FORM, b"kind=text&body=x&a=1&a.b=2"),
    "an object and a text": (FORM, b"kind=text&body=x&a.b=1&a=2"),
    "NUL": (FORM, b"kind=text&body=a%00b"),
    "NUL in a name": (FORM, b"kind=text&body=x&a%00=1"),
    "a body twice": (FORM, b"kind=text&body=x&body=y"),
    "a body of parts": (FORM, b"kind=text&body.0=x&body.1=y"),
    "no boundary": ("multipart/form-data", PART + b"\r\n--x--\r\n"),
    "another boundary": ("multipart/form-data; boundary=y", PART + b"\r\n--x--\r\n"),
    "an empty boundary": ("multipart/form-data; boundary=", PART),
    "a boundary of 10,000": ("multipart/form-data; boundary=" + "x" * 10_000, PART),
    "a made-up charset": (MULTIPART + "; charset=undefined", PART + b"\r\n--x--\r\n"),
    "a part without a name": (MULTIPART, b"--x\r\nContent-Disposition: form-data\r\n\r\nhello\r\n--x--\r\n"),
    "a part without a head": (MULTIPART, b"--x\r\n\r\nhello\r\n--x--\r\n"),
    "junk": (MULTIPART, b"\x00\xff" * 500),
    "a file": (MULTIPART, PART.replace(b'"body"', b'"body"; filename="a.txt"') + b"\r\n--x--\r\n"),
    "1,000 parts": (MULTIPART, (PART + b"\r\n") * 1000 + b"--x--\r\n"),
    "NUL in a part": (MULTIPART, PART + b"\x00\r\n--x--\r\n"),
}  # fmt: skip


async def test_forms_that_make_no_sense_are_refused_and_change_nothing(house: House) -> None:
    thread, claire = await house.thread(), await house.client("claire")
    for name, (kind, content) in FORMS.items():
        answer = await claire.post(f"/threads/{thread}/messages", content=content, headers={"Content-Type": kind})
        assert answer.status_code == 400, (name, answer.text)
        assert code(answer), name
    assert await head(claire, thread) == 0


async def test_other_kinds_of_body_are_refused(house: House) -> None:
    thread, claire = await house.thread(), await house.client("claire")
    good = b'{"kind":"text","body":"x"}'
    for kind in ("text/plain", "application/xml", "application/octet-stream", "nonsense", ";;;", "application/json2", "a" * 5000, "é"):
        answer = await claire.post(f"/threads/{thread}/messages", content=good, headers={b"Content-Type": kind.encode()})
        assert (answer.status_code, code(answer)) == (415, "bad_request"), kind
    assert (await claire.post(f"/threads/{thread}/messages", content=good)).status_code == 415
    assert await head(claire, thread) == 0


async def test_bodies_that_are_too_big_are_refused_with_and_without_a_length(house: House) -> None:
    thread, claire = await house.thread(), await house.client("claire")
    path, limit = f"/threads/{thread}/messages", 256 * 1024
    bodies = {
        JSON: b'{"kind":"text","body":"x","more":"' + b"x" * limit + b'"}',
        FORM: b"kind=text&body=x&more=" + b"x" * limit,
        MULTIPART: (b'--x\r\nContent-Disposition: form-data; name="more"\r\n\r\n' + b"x" * 100_000 + b"\r\n") * 3 + PART + b"\r\n--x--\r\n",
        "text/plain": b"x" * (limit + 1),
    }

    async def drops(content: bytes) -> AsyncIterator[bytes]:
        for at in range(0, len(content), 16_384):
            yield content[at : at + 16_384]

    for kind, content in bodies.items():
        for sent in (content, drops(content)):
            answer = await claire.post(path, content=sent, headers={"Content-Type": kind})
            assert (answer.status_code, code(answer)) == (413, "too_big"), kind
    assert await head(claire, thread) == 0
    assert (await claire.get("/me")).status_code == 200


async def test_a_length_that_is_a_lie_is_no_way_in(house: House) -> None:
    thread, claire = await house.thread(), await house.client("claire")
    top = f"POST /threads/{thread}/messages HTTP/1.1\r\nHost: x\r\nOrigin: {house.base}\r\nCookie: {COOKIE}={claire.cookies[COOKIE]}\r\n"
    rest = f"Content-Type: {FORM}\r\nConnection: close\r\n"
    for length in ("-1", "abc", "1, 2", "99999999999999999999999999"):
        status, _ = await raw(house, f"{top}{rest}Content-Length: {length}\r\n\r\nkind=text&body=x".encode())
        assert status in (400, 413), length
    status, _ = await raw(house, f"{top}{rest}Content-Length: {300 * 1024}\r\n\r\nkind=text&body=x".encode())
    assert status == 413
    status, _ = await raw(house, f"{top}{rest}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".encode())
    assert status == 400
    assert await head(claire, thread) == 0


# Doors that are not there


async def test_what_is_not_there_is_a_refusal_in_json_and_in_html(house: House) -> None:
    claire = await house.client("claire")
    nowhere = ("/none", "/products/none", f"/products/{uuid.uuid4()}", "/artisans/none", "/static/none.css", "/%ff", "/%00", "/é")
    for path in nowhere:
        answer, page = await claire.get(path), await claire.get(path, headers=HTML)
        assert (answer.status_code, code(answer)) == (404, "not_found"), path
        assert page.status_code == 404 and i18n.words("fr", WORDS["not_found"]) in page.text
    wrong = ("PUT /", "PATCH /me", "DELETE /threads", "POST /", "OPTIONS /", "GET /sign-out", "POST /products", "TRACE /")
    for method, path in (knock.split() for knock in wrong):
        answer, page = await claire.request(method, path), await claire.request(method, path, headers=HTML)
        assert (answer.status_code, code(answer)) == (405, "method"), (method, path)
        assert page.status_code == 405 and i18n.words("fr", WORDS["method"]) in page.text


OUT = [
    "/static/../../pyproject.toml", "/static/../pages.py", "/static/..%2f..%2fpyproject.toml", "/static/%2e%2e/%2e%2e/pyproject.toml",
    "/static//etc/passwd", "/static/%2fetc%2fpasswd", "/static/..\\..\\pyproject.toml", "/static/css/../../../hub/config.py",
    "/static/js/app.js%00.css", "/static/", "/static/css", "/static/js/app.js/",
]  # fmt: skip


async def test_no_way_leads_out_of_the_static_files(house: House) -> None:
    for path in OUT:
        asked = f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
        status, answer = await raw(house, asked.encode())
        assert status == 404, path
        assert b"not_found" in answer and b"[project]" not in answer


async def test_event_numbers_that_can_not_be(house: House) -> None:
    thread, claire = await house.thread(), await house.client("claire")
    await claire.post(f"/threads/{thread}/messages", json={"kind": "text", "body": "x"})
    for number in ("0", "2", "-1", "x", "1.0", "٣", "9" * 18, "9" * 19, "9" * 40, "9" * 5000, "%00"):
        answer = await claire.get(f"/threads/{thread}/events/{number}")
        assert (answer.status_code, code(answer)) == (404, "not_found"), number[:50]
        answer = await claire.post(f"/threads/{thread}/events/{number}/translations", json={"lang": "fr", "text": "x"})
        assert answer.status_code in (403, 404), number[:50]
    for query in ("limit=x", "limit=-1", "limit=1e3", "after=" + "9" * 30, "before=%00", "after=٣", "before="):
        assert (await claire.get(f"/threads/{thread}/events?{query}")).status_code == 400, query
    for query in ("limit=0", "limit=999999", "after=" + "9" * 18, "before=" + "9" * 18, "before=0"):
        assert (await claire.get(f"/threads/{thread}/events?{query}")).status_code == 200, query


# Every door


@pytest.mark.parametrize(("who", "there"), [(None, False), ("ellen", True), ("claire", True), ("khadija", False)])
async def test_no_door_breaks_whoever_knocks(house: House, who: str | None, there: bool) -> None:
    piece = await house.product()
    thread = await house.thread(product=piece)
    client = await house.client(who)
    names = {"t": thread, "id": str(piece.id), "person": str(house.folk["fatima"].id)} if there else {}
    paths = {
        (method, route.path_format.format(**{name: names.get(name, _made_up(name)) for name in route.param_convertors}))
        for route in routes
        for method in (route.methods or set()) - {"HEAD"}
    }
    faults = []
    for method, path in sorted(paths):
        for more in KNOCKS["GET" if method == "GET" else "POST"]:
            answer = await client.request(method, path, **more)
            if problem := _problem(answer):
                faults.append(f"{method} {path} {more}: {problem}")
            if path == "/sign-out" and who:
                client.cookies.set(COOKIE, await house.token(who))
    assert not faults, "\n".join(faults)
    assert len(paths) > 50


def _made_up(name: str) -> str:
    return {"seq": "1", "rendition": "small", "verb": "made", "path": "css/none.css", "carrier": "generic"}.get(name, str(uuid.uuid4()))


JUNK = {
    "version": 10**15, "terms": [[]], "items": {"a": -1}, "media": [7], "amount": "x", "person": {}, "lang": 3, "text": [],
    "code": {}, "contact": [], "artisan": {}, "product": 1.5, "status": 7, "lat": 1e308, "until": {}, "reason": [], "parcels": 7,
}  # fmt: skip
KNOCKS: dict[str, list[dict[str, Any]]] = {
    "GET": [{}, {"headers": HTML, "params": {"before": "\0", "limit": "x", "thread": "y", "craft": "[", "lang": "xx"}}],
    "POST": [
        {"content": b"{}", "headers": {"Content-Type": JSON}},
        {"content": json.dumps(JUNK).encode(), "headers": {"Content-Type": JSON}},
        {"data": {"items.0.unit_price": "1e9", "artisan": "x", "person": "me", "name": " "}, "headers": HTML},
    ],
}


def _problem(answer: httpx.Response) -> str | None:
    if answer.status_code >= 500:
        return f"{answer.status_code} {answer.text[:200]}"
    if answer.status_code < 400:
        return None
    if answer.headers["content-type"].startswith("text/html"):
        return None if 'class="' in answer.text else "no page"
    error = answer.json().get("error", {})
    return None if error.get("code") and error.get("message") else f"no refusal: {answer.text[:200]}"


# Words, and answers of other people


async def test_a_refusal_speaks_the_language_of_who_is_refused(house: House) -> None:
    said = {}
    for locale in i18n.LOCALES:
        client = await house.client(**{"Accept-Language": f"{locale};q=0.9"})
        for path, about in (("/none", "not_found"), ("/threads", "signed_out")):
            answer = await client.get(path)
            assert answer.json()["error"]["message"] == i18n.words(locale, WORDS[about])
            said[locale, about] = answer.json()["error"]["message"]
    assert len(set(said.values())) == len(said)
    ellen = await house.client("ellen", **{"Accept-Language": "ar"})  # her own choice stands before her browser's
    assert (await ellen.get("/none")).json()["error"]["message"] == WORDS["not_found"]


@pytest.mark.parametrize("locale", ["fr", "ar"])
def test_every_refusal_has_words_in_every_language(locale: str) -> None:
    i18n.compile_catalogues()
    assert [name for name, words in (WORDS | CODES).items() if i18n.words(locale, words) == words] == []


async def test_the_same_key_of_another_person_is_another_request(house: House) -> None:
    piece = await house.product()
    key = {"Idempotency-Key": "0190-one"}
    claire, ellen = await house.client("claire", **key), await house.client("ellen", **key)
    body = {"artisan": str(piece.artisan_id), "product": str(piece.id)}
    mine, hers = await claire.post("/threads", json=body), await ellen.post("/threads", json=body)
    assert (mine.status_code, hers.status_code) == (201, 201)
    assert mine.json()["id"] != hers.json()["id"]
    assert (await claire.post("/threads", json=body)).json() == mine.json()
    assert await Thread.all().count() == 2
    renamed = await claire.post("/me", json={"name": "Claire D."})  # another verb is another request too
    assert renamed.json() == {"name": "Claire D."}
    assert (await claire.post("/me", json={"name": "Somebody"})).json() == {"name": "Claire D."}
    stranger, other = [await house.client(**key) for _ in range(2)]
    first = await stranger.post("/sign-in", json={"contact": "a@example.org"})
    second = await other.post("/sign-in", json={"contact": "b@example.org"})
    assert (first.json()["contact"], second.json()["contact"]) == ("a@example.org", "b@example.org")


async def test_a_refused_request_may_be_tried_again_with_its_key(house: House) -> None:
    claire = await house.client("claire", **{"Idempotency-Key": "one"})
    assert (await claire.post("/me", json={"name": ""})).status_code == 400
    assert (await claire.post("/me", json={"name": "Claire D."})).status_code == 200


async def test_keys_of_any_length_and_of_odd_characters(house: House) -> None:
    for key in ("x" * 5000, "é", "'; DROP TABLE answer; --", ""):
        claire = await house.client("claire")
        answer = await claire.post("/me", json={"name": "Claire D."}, headers={b"Idempotency-Key": key.encode()})
        assert answer.status_code == 200


async def test_twenty_who_open_the_same_conversation_at_once_open_one(house: House) -> None:
    piece, claire = await house.product(), await house.client("claire")
    for body in ({"artisan": str(piece.artisan_id), "product": str(piece.id)}, {"artisan": str(piece.artisan_id).upper()}):
        answers = await asyncio.gather(*(claire.post("/threads", json=body) for _ in range(20)))
        assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
        assert len({answer.json()["id"] for answer in answers}) == 1


async def test_cookies_that_are_no_session_are_nobody(house: House) -> None:
    await house.person("claire")
    for value in ("", "x", "x" * 5000, "é", "'; --", "a; =;;", f"a; {COOKIE}=b"):
        client = await house.client(**HTML)
        answer = await client.get("/me", headers={b"Cookie": f"{COOKIE}={value}".encode()})
        assert (answer.status_code, answer.headers.get("location")) == (303, "/sign-in?next=%2Fme")

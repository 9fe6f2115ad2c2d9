"""Signing in and out: codes, one-tap links, devices; and who may be told by which way."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest
import websockets
from aiosmtpd.smtp import SMTP
from arq.worker import Worker, func
from structlog.testing import capture_logs

from hub import clock, jobs
from hub.actions import people as accounts
from hub.config import Config
from hub.ids import hashed
from hub.sessions import COOKIE
from models.people import Person, Session, SignInCode, SignInLink
from tests.house import House, serving
from workers.people import send_code

HTML = {"Accept": "text/html"}


@contextlib.contextmanager
def codes() -> Iterator[list[str]]:
    """The codes that a hub in development shows in its log."""
    found: list[str] = []
    with capture_logs() as lines:
        try:
            yield found
        finally:
            found += [line["code"] for line in lines if line["event"] == "one_time_code"]


async def code_for(client: httpx.AsyncClient, contact: str) -> str:
    """Ask for a code, and read it in the log."""
    with codes() as found:
        answer = await client.post("/sign-in", json={"contact": contact})
        assert answer.status_code == 200, answer.text
    return found[0]


def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def refused(client: httpx.AsyncClient, contact: str, code: str) -> str:
    """The refusal's code of a try to sign in."""
    answer = await client.post("/sign-in/code", json={"contact": contact, "code": code})
    assert answer.status_code == 400, answer.text
    return str(answer.json()["error"]["code"])


# Codes


SPELLED = {
    "claire@example.org": "claire@example.org",
    "  Claire@Example.ORG ": "claire@example.org",
    "éva.o'neil+anou@bücher.example": "éva.o'neil+anou@bücher.example",
    "0612 34 56 78": "+212612345678",
    "+212 (0)6-12-34-56-78": "+212612345678",
    "00212612345678": "+212612345678",
    "٠٦١٢٣٤٥٦٧٨": "+212612345678",
    "+33 1 42 68 53 00": "+33142685300",
}


async def test_a_contact_is_the_same_however_it_is_spelled(house: House) -> None:
    for typed, kept in SPELLED.items():
        client = await house.client()
        code = await code_for(client, typed)
        answer = await client.post("/sign-in/code", json={"contact": f" {typed}", "code": f"{code[:3]} {code[3:]}"})
        assert answer.status_code == 200, answer.text
        assert (await client.get("/me")).json() == answer.json()
        person = await Person.get(id=answer.json()["id"])
        assert kept in (person.email, person.phone)
        assert (person.roles, person.locale) == (["buyer"], "fr")
    assert await Person.all().count() == len(set(SPELLED.values()))


NO_CONTACTS = [
    "", " ", "claire", "claire@", "@example.org", "claire@example", "a@b@example.org", "a b@example.org", "a@b..org",
    "victim@example.org,thief@example.org", "a@b.org\nBcc: c@d.org", "<a@b.org>", "a\u0000@b.org", "x" * 250 + "@b.org",
    "12", "+999999999999", "0" * 40, None, 7, ["claire@example.org"], {"email": "claire@example.org"}, True,
]  # fmt: skip


async def test_what_is_no_contact_is_refused_and_gets_no_code(house: House) -> None:
    client = await house.client()
    for contact in NO_CONTACTS:
        for path in ("/sign-in", "/sign-in/code"):
            answer = await client.post(path, json={"contact": contact, "code": "123456"})
            assert answer.status_code == 400, contact
            assert answer.json()["error"]["code"] in ("bad_contact", "bad_request"), contact
    assert await SignInCode.all().count() == 0


async def test_the_answer_does_not_tell_who_is_known(house: House) -> None:
    await house.person("claire")
    client = await house.client()
    known, unknown = [
        (await client.post("/sign-in", json={"contact": contact})).json() for contact in ("claire@example.org", "nobody@example.org")
    ]
    assert known.keys() == unknown.keys()
    assert known["minutes"] == unknown["minutes"]


async def test_somebody_known_signs_in_as_themselves(house: House) -> None:
    claire, client = await house.person("claire"), await house.client()
    code = await code_for(client, "CLAIRE@example.org")
    answer = await client.post("/sign-in/code", data={"contact": "claire@example.org", "code": code})
    assert answer.json()["id"] == str(claire.id)
    assert await Person.all().count() == 1


async def test_digits_of_another_script_are_digits(house: House) -> None:
    client = await house.client()
    code = await code_for(client, "0612345678")
    typed = "".join("٠١٢٣٤٥٦٧٨٩"[int(digit)] for digit in code)
    assert (await client.post("/sign-in/code", json={"contact": "0612345678", "code": typed})).status_code == 200


async def test_five_wrong_tries_make_a_code_void(house: House) -> None:
    client = await house.client()
    code = await code_for(client, "claire@example.org")
    assert [await refused(client, "claire@example.org", wrong(code)) for _ in range(6)] == ["bad_code"] * 5 + ["code_spent"]
    assert await refused(client, "claire@example.org", code) == "code_spent"
    assert await Session.all().count() == 0


async def test_many_tries_at_once_are_no_more_tries(house: House) -> None:
    client = await house.client()
    code = await code_for(client, "claire@example.org")
    tried = await asyncio.gather(*(refused(client, "claire@example.org", wrong(code)) for _ in range(20)))
    assert Counter(tried) == {"bad_code": 5, "code_spent": 15}


async def test_a_code_opens_one_session_however_many_bring_it_at_once(house: House) -> None:
    client = await house.client()
    code = await code_for(client, "claire@example.org")
    body = {"contact": "claire@example.org", "code": code}
    answers = await asyncio.gather(*(client.post("/sign-in/code", json=body) for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: 19}
    assert (await Session.all().count(), await Person.all().count()) == (1, 1)


async def test_only_the_newest_code_counts_and_only_for_its_contact(house: House) -> None:
    client = await house.client()
    older, newer = [await code_for(client, "claire@example.org") for _ in range(2)]
    other = await code_for(client, "ellen@example.org")
    assert older == newer or await refused(client, "claire@example.org", older) == "bad_code"
    assert other == newer or await refused(client, "claire@example.org", other) == "bad_code"
    assert (await client.post("/sign-in/code", json={"contact": "claire@example.org", "code": newer})).status_code == 200


async def test_a_code_dies_of_old_age(house: House) -> None:
    client = await house.client()
    code = await code_for(client, "claire@example.org")
    with clock.shifted(timedelta(minutes=house.config.code_minutes, seconds=1)):
        assert await refused(client, "claire@example.org", code) == "code_spent"
    with clock.shifted(timedelta(minutes=house.config.code_minutes - 1)):
        assert (await client.post("/sign-in/code", json={"contact": "claire@example.org", "code": code})).status_code == 200


async def test_six_codes_an_hour_also_when_twenty_ask_at_once(house: House) -> None:
    client = await house.client()
    answers = await asyncio.gather(*(client.post("/sign-in", json={"contact": "claire@example.org"}) for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {200: 6, 429: 14}
    late = next(answer for answer in answers if answer.status_code == 429)
    assert late.json()["error"]["code"] == "rate"
    assert int(late.headers["Retry-After"]) == 600
    assert (await client.post("/sign-in", json={"contact": "ellen@example.org"})).status_code == 200
    with clock.shifted(timedelta(hours=1, seconds=1)):
        assert (await client.post("/sign-in", json={"contact": "claire@example.org"})).status_code == 200


async def test_a_repeated_request_sends_one_code(house: House) -> None:
    client = await house.client(**{"Idempotency-Key": "one"})
    for _ in range(3):
        assert (await client.post("/sign-in", json={"contact": "claire@example.org"})).status_code == 200
    assert await SignInCode.all().count() == 1


async def test_nothing_that_signs_in_is_stored_in_the_clear(house: House) -> None:
    client = await house.client()
    code = await code_for(client, "claire@example.org")
    await client.post("/sign-in/code", json={"contact": "claire@example.org", "code": code})
    link = await accounts.make_link(await house.person("fatima"))
    cookie = client.cookies[COOKIE]
    rows = [*await SignInCode.all().values(), *await Session.all().values(), *await SignInLink.all().values()]
    for secret in (cookie, link):
        assert secret not in repr(rows)
        assert hashed(secret) in repr(rows)
    assert all(len(row["code_hash"]) == 64 for row in await SignInCode.all().values())


# Pages


async def test_signing_in_with_a_browser_goes_where_one_wanted_to_go(house: House) -> None:
    browser = await house.client(**HTML)
    sent = await browser.get("/threads?x=1")
    assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=%2Fthreads%3Fx%3D1")
    assert 'name="next" value="/threads?x=1"' in (await browser.get(sent.headers["location"])).text
    with codes() as found:
        asked = await browser.post("/sign-in", data={"contact": "claire@example.org", "next": "/threads?x=1"})
    assert 'name="next" value="/threads?x=1"' in asked.text
    missed = await browser.post("/sign-in/code", data={"contact": "claire@example.org", "code": wrong(found[0]), "next": "/threads?x=1"})
    assert missed.status_code == 400
    assert "claire@example.org" in missed.text and 'value="/threads?x=1"' in missed.text
    done = await browser.post("/sign-in/code", data={"contact": "claire@example.org", "code": found[0], "next": "/threads?x=1"})
    assert (done.status_code, done.headers["location"]) == (303, "/threads?x=1")


ELSEWHERE = [
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example",
    "///evil.example", "javascript:alert(1)", "evil.example", "/\t/[", "/\r\nSet-Cookie: a=b", " //evil.example",
]  # fmt: skip


async def test_next_never_leads_elsewhere(house: House) -> None:
    browser = await house.client(**HTML)
    for number, elsewhere in enumerate(ELSEWHERE):
        contact = f"claire{number}@example.org"
        with codes() as found:
            page = await browser.post("/sign-in", data={"contact": contact, "next": elsewhere})
        assert onward(page) <= {"/sign-in"}
        assert onward(await browser.get("/sign-in", params={"next": elsewhere})) <= {"/sign-in"}
        done = await browser.post("/sign-in/code", data={"contact": contact, "code": found[0], "next": elsewhere})
        assert (done.status_code, done.headers["location"]) == (303, "/")
        told = await browser.post("/me/locale", data={"locale": "en", "next": elsewhere})
        assert (told.status_code, told.headers["location"]) == (303, "/")
    for nothing in (7, ["/me"], {"a": "/me"}, True):
        told = await browser.post("/me/locale", json={"locale": "en", "next": nothing})
        assert (told.status_code, told.headers["location"]) == (303, "/")


def onward(page: httpx.Response) -> set[str]:
    """Where the page's forms would lead on to, without the query."""
    return {unescape(found).partition("?")[0] for found in re.findall(r'name="next" value="([^"]*)"', page.text)}


async def test_a_language_is_kept_and_an_unknown_one_refused(house: House) -> None:
    stranger, claire = await house.client(), await house.client("claire")
    for client in (stranger, claire):
        assert (await client.post("/me/locale", json={"locale": "ar"})).status_code == 200
        assert 'lang="ar" dir="rtl"' in (await client.get("/", headers=HTML)).text
        for bad in ("xx", "", None, ["fr"], "../fr"):
            refusal = await client.post("/me/locale", json={"locale": bad})
            assert (refusal.status_code, refusal.json()["error"]["code"]) == (400, "bad_form")
    assert (await Person.get(id=house.folk["claire"].id)).locale == "ar"


async def test_a_name_that_is_none_is_refused(house: House) -> None:
    claire = await house.client("claire")
    for name in ("", "   ", "x" * 121, None, 7, ["Claire"], {"a": 1}, "Cl\u0007aire"):
        assert (await claire.post("/me", json={"name": name})).status_code == 400, name
    assert (await claire.get("/me")).json()["name"] == "Claire"


async def test_a_name_of_any_script(house: House) -> None:
    claire = await house.client("claire")
    assert (await claire.post("/me", json={"name": "  ⴼⴰⵟⵉⵎⴰ   فاطمة 👩‍🌾 "})).status_code == 200
    assert (await claire.get("/me")).json()["name"] == "ⴼⴰⵟⵉⵎⴰ فاطمة 👩‍🌾"


# Links


async def test_looking_at_a_link_does_not_use_it_up(house: House) -> None:
    browser = await house.client(**HTML)
    path = f"/sign-in/link/{await accounts.make_link(await house.person('fatima'))}"
    for _ in range(3):
        preview = await browser.get(path)
        assert (preview.status_code, preview.text.count(f'action="{path}"')) == (200, 1)
        assert "set-cookie" not in preview.headers
    assert (await browser.head(path)).status_code == 200
    used = await browser.post(path)
    assert (used.status_code, used.headers["location"]) == (303, "/threads")
    assert "Fatima" in (await browser.get("/me")).text
    assert [answer.status_code for answer in (await browser.get(path), await browser.post(path))] == [400, 400]


async def test_a_link_signs_in_once_however_many_press_at_once(house: House) -> None:
    client = await house.client()
    path = f"/sign-in/link/{await accounts.make_link(await house.person('fatima'))}"
    answers = await asyncio.gather(*(client.post(path) for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: 19}
    assert await Session.all().count() == 1


async def test_a_lasting_link_of_the_demo_signs_in_at_once_and_again(house: House) -> None:
    path = f"/sign-in/link/{await accounts.make_link(await house.person('khadija'), lasting=True)}"
    for _ in range(2):
        browser = await house.client(**HTML)
        assert (await browser.get(path)).headers["location"] == "/board"
        assert "Khadija" in (await browser.get("/me")).text


async def test_a_link_dies_of_old_age_and_a_made_up_one_never_lived(house: House) -> None:
    client = await house.client()
    path = f"/sign-in/link/{await accounts.make_link(await house.person('fatima'))}"
    with clock.shifted(timedelta(minutes=house.config.link_minutes, seconds=1)):
        assert [(await client.get(path)).status_code, (await client.post(path)).status_code] == [400, 400]
    for token in ("x", "%00", "é", "a" * 5000):
        refusal = await client.post(f"/sign-in/link/{token}")
        assert (refusal.status_code, refusal.json()["error"]["code"]) == (400, "link_spent")


# Devices


async def test_signing_out_ends_the_session_and_forgets_the_cookie(house: House) -> None:
    claire = await house.client("claire")
    token = claire.cookies[COOKIE]
    answer = await claire.post("/sign-out")
    assert 'anou_session="";' in answer.headers["set-cookie"]
    assert answer.headers["clear-site-data"] == '"cache"', "the page empties its store, and leaves a courier's steps"
    thief = await house.client(Cookie=f"{COOKIE}={token}")
    assert (await thief.get("/me")).status_code == 401
    assert (await claire.post("/sign-out")).status_code == 200
    plain = await claire.post("/sign-out", headers=HTML)
    assert plain.headers["clear-site-data"] == '"cache", "storage"', "without a script nobody else does"


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(house: House) -> None:
    client = await house.client()
    answer = await client.post(f"/sign-in/link/{await accounts.make_link(await house.person('fatima'))}")
    [cookie] = answer.headers.get_list("set-cookie")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/", f"max-age={house.config.session_days * 86400}"} <= attributes
    assert "secure" not in attributes  # this house speaks plain HTTP


async def test_the_cookie_of_an_https_house_is_secure(database: Config) -> None:
    async with serving(replace(database, base_url="https://hub.example.org")) as house:
        link = await accounts.make_link(await house.person("fatima"))
        async with httpx.AsyncClient(headers={"Origin": house.base}) as client:
            answer = await client.post(f"http://127.0.0.1:{house.config.port}/sign-in/link/{link}")
        assert "secure" in answer.headers["set-cookie"].lower()


async def test_a_session_ends_by_itself(house: House) -> None:
    claire = await house.client("claire")
    with clock.shifted(timedelta(days=house.config.session_days, seconds=1)):
        assert (await claire.get("/me")).status_code == 401
    assert (await claire.get("/me")).status_code == 200


async def test_removing_a_device_kills_its_cookie_and_its_socket_at_once(house: House) -> None:
    phone, laptop = await house.client("claire"), await house.client("claire", **HTML)
    device = await Session.get(token_hash=hashed(phone.cookies[COOKIE]))
    page = (await laptop.get("/me")).text
    assert page.count('action="/me/devices/') == 1
    assert f"/me/devices/{device.id}/revoke" in page
    async with websockets.connect(
        house.base.replace("http", "ws") + "/ws",
        subprotocols=[websockets.Subprotocol("hub.v1")],
        origin=websockets.Origin(house.base),
        additional_headers={"Cookie": f"{COOKIE}={phone.cookies[COOKIE]}"},
    ) as socket:
        await socket.send(json.dumps({"t": "hello", "device": "phone", "threads": {}}))
        assert "welcome" in str(await socket.recv())
        assert (await laptop.post(f"/me/devices/{device.id}/revoke")).headers["location"] == "/me"
        async with asyncio.timeout(1):
            with pytest.raises(websockets.ConnectionClosed) as closed:
                while True:
                    await socket.recv()
    assert closed.value.rcvd and closed.value.rcvd.code == 4001
    assert (await phone.get("/me")).status_code == 401
    assert (await laptop.get("/me")).status_code == 200
    assert (await laptop.post(f"/me/devices/{device.id}/revoke", headers={"Accept": "application/json"})).status_code == 404


async def test_nobody_removes_a_device_of_somebody_else(house: House) -> None:
    claire, ellen = await house.client("claire"), await house.client("ellen")
    device = await Session.get(person_id=house.folk["claire"].id)
    for target in (device.id, "none", "%00", "00000000-0000-0000-0000-000000000000"):
        assert (await ellen.post(f"/me/devices/{target}/revoke")).status_code == 404
    assert (await claire.get("/me")).status_code == 200


# Letters and text messages


async def work_off(config: Config) -> None:
    """A real worker sends what waits to be sent."""
    worker = Worker(
        functions=[func(send_code, name=jobs.SEND_CODE)],
        redis_pool=jobs.connection(config.redis_url),
        queue_name=jobs.QUEUE,
        burst=True,
        poll_delay=0.02,
        handle_signals=False,
        job_serializer=jobs.encode,
        job_deserializer=jobs.decode,
    )
    await worker.async_run()
    assert (worker.jobs_complete, worker.jobs_failed) == (1, 0)
    await worker.close()


class Postman:
    """An SMTP server that keeps the letters."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], str]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


@contextlib.asynccontextmanager
async def gateway(taken: list[dict[str, Any]]) -> AsyncIterator[int]:
    """An HTTP gateway for text messages."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length"))
        taken.append({"line": head.splitlines()[0]} | json.loads(await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_code_arrives_by_letter_and_signs_in(database: Config) -> None:
    postman = Postman()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(postman), "127.0.0.1", 0)
    async with server, serving(
        replace(database, development=False, smtp_url=f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    ) as house:  # fmt: skip
        client = await house.client(**{"Accept-Language": "en"})
        with codes() as logged:
            assert (await client.post("/sign-in", json={"contact": "Claire@example.org"})).status_code == 200
        await work_off(house.config)
        [(to, letter)] = postman.letters
        assert to == ["claire@example.org"]
        code = next(word.strip(".") for word in letter.split() if word.strip(".").isdigit() and len(word.strip(".")) == 6)
        assert letter.count(code) >= 2  # in the subject too: it can be read without opening the letter
        assert "Your code for Anou" in letter
        assert logged == []
        assert (await client.post("/sign-in/code", json={"contact": "claire@example.org", "code": code})).status_code == 200
        refusal = await client.post("/sign-in", json={"contact": "0612345678"})
        assert (refusal.status_code, refusal.json()["error"]["code"]) == (400, "not_reachable")


async def test_a_code_arrives_by_text_message_and_signs_in(database: Config) -> None:
    taken: list[dict[str, Any]] = []
    async with gateway(taken) as port, serving(replace(database, development=False, sms_url=f"http://127.0.0.1:{port}/send")) as house:
        client = await house.client(**{"Accept-Language": "fr"})
        assert (await client.post("/sign-in", json={"contact": "06 12 34 56 78"})).status_code == 200
        await work_off(house.config)
        [message] = taken
        assert (message["line"], message["to"]) == ("POST /send HTTP/1.1", "+212612345678")
        code = "".join(character for character in message["text"].partition(".")[0] if character.isdigit())
        assert (await client.post("/sign-in/code", json={"contact": "0612345678", "code": code})).status_code == 200

"""Who gets in, and what ends a connection."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from hub.config import Config
from hub.rules.threads import LONGEST_TEXT
from models.people import Session
from realtime import server
from tests.realtime.browser import Browser, quiet
from tests.realtime.conftest import Node, Someone, Story, device

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1", ""])
async def test_foreign_pages_are_refused_before_accept(node: Node, story: Story, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await Browser.open(node.port, story.claire.token, origin=origin and Origin(origin))
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("offered", [None, ["chat"], ["hub.v2"]])
async def test_the_subprotocol_is_required(node: Node, story: Story, offered: list[str] | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await Browser.open(node.port, story.claire.token, subprotocols=offered)
    assert refused.value.response.status_code == 400


async def test_hub_v1_is_chosen_among_several(node: Node, story: Story) -> None:
    browser = await node.open(story.claire, subprotocols=["hub.v2", "hub.v1"])
    assert browser.socket.subprotocol == "hub.v1"


@pytest.mark.parametrize("token", [None, "nobody's"])
async def test_without_a_session_it_closes_with_4001(node: Node, token: str | None) -> None:
    assert await (await Browser.open(node.port, token)).closed() == 4001


@pytest.mark.parametrize("others", ['seen={"a": 1}', "a name=x", "=", ";;", "é=1"])
async def test_cookies_of_others_do_not_hide_ours(node: Node, story: Story, others: str) -> None:
    """Whoever shares our host name may leave cookies that no grammar allows; pages read ours all the same."""
    cookie = {"Cookie": f"{others}; anou_session={story.claire.token}; {others}"}
    await (await node.open(story.claire, additional_headers=cookie)).hello()


async def test_a_revoked_session_closes_with_4001(node: Node, story: Story) -> None:
    await Session.filter(id=story.claire.session).update(revoked_at=LONG_AGO)
    assert await (await node.open(story.claire)).closed() == 4001


async def test_plain_http_is_told_to_upgrade(node: Node) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    writer.write(b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    assert answer.split()[1] == b"426" and b"upgrade: websocket" in answer.lower()
    writer.close()


async def test_welcome(node: Node, story: Story) -> None:
    browser = await node.open(story.claire)
    welcome = await browser.hello({story.thread: 0})
    assert welcome["session"] == str(story.claire.session)
    assert welcome["person"] == str(story.claire.id)
    assert welcome["node"] == node.bus.node
    assert welcome["beat_s"] == 1.0
    assert welcome["limits"]["text_chars"] == LONGEST_TEXT
    assert welcome["threads"] == [{"thread": str(story.thread), "head": 0, "read": 0, "unread": 0}]
    assert {"epoch", "now"} <= welcome.keys()


@pytest.mark.parametrize("first", ['{"t":"ping","n":1}', "not json", "[]", '{"t":"dance"}', b"binary"])
async def test_hello_comes_first(node: Node, story: Story, first: str | bytes) -> None:
    browser = await node.open(story.claire)
    await browser.socket.send(first)
    assert await browser.closed() == 4000


async def test_binary_frames_break_the_protocol(node: Node, story: Story) -> None:
    browser = await node.browser(story.claire)
    await browser.socket.send(b"{}")
    assert await browser.closed() == 4000


async def test_64_kib_pass_and_more_do_not(node: Node, story: Story) -> None:
    browser = await node.browser(story.claire)
    head = '{"t":"ping","n":1,"padding":"'
    await browser.socket.send(head + "x" * (65536 - len(head) - 2) + '"}')
    await browser.until("pong")
    await browser.socket.send(head + "x" * (65536 - len(head) - 1) + '"}')
    assert await browser.closed() == 1009


async def test_fragments_count_together(node: Node, story: Story) -> None:
    browser = await node.browser(story.claire)
    await browser.socket.send(['{"t":"ping",', '"n":', "5}"])
    await browser.until("pong", n=5)
    await browser.socket.send(["x" * 30_000, "y" * 30_000, "z" * 30_000])
    assert await browser.closed() == 1009


async def test_what_is_not_utf_8(node: Node, story: Story) -> None:
    browser = await node.browser(story.claire)
    await browser.socket.send(b'{"t":"ping","n":"\xff"}', text=True)
    assert await browser.closed() == 1007


async def test_the_eleventh_connection(node: Node, story: Story) -> None:
    phones = [await device(story.claire) for _ in range(11)]
    ten = [await node.browser(phone) for phone in phones[:10]]
    assert await (await node.open(phones[10])).closed() == 4010
    await ten[0].leave()
    await quiet(0.1)
    await (await node.open(phones[10])).hello()
    await (await node.open(story.fatima)).hello()


async def test_a_revoked_session_is_closed_within_a_second(node: Node, story: Story) -> None:
    phone = await device(story.claire)
    lost, kept, other = await node.browser(phone), await node.browser(story.claire), await node.browser(story.fatima)
    node.bus.ring("revoked", to=(str(story.claire.id),), frame=str(phone.session).encode())
    assert await lost.closed(within=1) == 4001
    assert await _pong(kept) and await _pong(other)


async def test_a_revocation_that_was_not_told_is_found(node: Node, story: Story) -> None:
    browser = await node.browser(story.claire)
    await Session.filter(id=story.claire.session).update(revoked_at=LONG_AGO)
    assert await browser.closed(within=2) == 4001


async def test_an_expired_session_is_found(node: Node, story: Story) -> None:
    browser = await node.browser(story.claire)
    await Session.filter(id=story.claire.session).update(expires_at=LONG_AGO)
    assert await browser.closed(within=2) == 4001


async def test_a_taken_port_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as refused:
            server.listening_socket(Config(port=port))
    assert str(refused.value).startswith(f"anou: port {port} ")


async def test_a_second_hello_is_a_bad_frame(node: Node, story: Story) -> None:
    browser = await node.browser(story.claire)
    await browser.tell("hello", device="d", threads={})
    await browser.until("error", code="bad_frame")


async def _pong(browser: Browser) -> bool:
    n = str(uuid4())
    await browser.tell("ping", n=n)
    return bool(await browser.until("pong", n=n))


async def test_a_person_is_counted_once_a_connection(node: Node, story: Story) -> None:
    """Browsers that vanish give their place back."""
    for _ in range(15):
        browser = await node.browser(Someone(story.claire.id, story.claire.session, story.claire.token))
        browser.vanish()
        await quiet(0.02)
    assert node.realtime.fanout.people.keys() <= {str(story.claire.id)}

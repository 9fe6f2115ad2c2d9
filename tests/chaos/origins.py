"""14: pages of other people, and of nobody, open no socket and send no form, whatever they call themselves."""

from __future__ import annotations

from typing import Any

import httpx

from tests.chaos.check import Broken
from tests.chaos.folk import Talk
from tests.chaos.ground import Ground
from tests.chaos.nodes import Node
from tests.chaos.raw import Raw, handshake
from tests.chaos.scenarios import scenario

OURS, LISTED = b"https://hub.anou.example", b"http://192.0.2.7:8080"
HOSTILE: tuple[tuple[bytes, ...], ...] = (
    (), (b"null",), (b"",), (b"*",), (b"https://evil.example",), (b"file://",), (b"about:blank",), (b"data:text/html,x",),
    (b"chrome-extension://abcdefghijklmnop",), (b"undefined",), (b"https://",), (b"hub.anou.example",), (b"//hub.anou.example",),
    # nearly ours: another scheme, port, case, dot, neighbour
    (b"http://hub.anou.example",), (b"wss://hub.anou.example",), (b"https://hub.anou.example:8443",), (b"https://hub.anou.example:443",),
    (b"https://hub.anou.example:",), (b"HTTPS://hub.anou.example",), (b"https://HUB.anou.example",), (b"https://hub.anou.example.",),
    (b"https://www.hub.anou.example",), (b"https://anou.example",), (b"https://xhub.anou.example",), (b"https://hub-anou.example",),
    (b"https://hubxanou.example",), (b"https://hub.anou.example.evil.example",), (b"https://hub.anou.example/",),
    (b"https://hub.anou.example/threads",), (b"https://hub.anou.example?",), (b"https://hub.anou.example#x",),
    (b"https://evil.example/https://hub.anou.example",), (b"https://hub.anou.example@evil.example",), (b"https://evil@hub.anou.example",),
    (b"https://hub.anou.example:443@evil.example",), (b"https://hub.anou.example\\.evil.example",), (b"https://hub.anou.example%2eevil.example",),
    (b"https://hub.anou.example\xe3\x80\x82",), ("https://hub.anou․example".encode(),), (b"https://xn--hub-.anou.example",),
    (b"https://hub.anou.example\tx",), (b"https://hub.anou.example evil",), (b"https://hub.anou.example\x00",),
    (b"http://192.0.2.7",), (b"http://192.0.2.7:80",), (b"https://192.0.2.7:8080",), (b"http://192.0.2.07:8080",), (b"http://3221225991:8080",),
    (b"http://[::ffff:192.0.2.7]:8080",), (b"http://localhost",), (b"http://127.0.0.1",),
    # more than one
    (b"https://evil.example", OURS), (OURS, b"https://evil.example"), (OURS, OURS), (OURS + b", https://evil.example",),
    (OURS + b" https://evil.example",), (b"null", OURS), (OURS + b"," + OURS,),
)  # fmt: skip
DISGUISES = (
    b"Host: evil.example\r\n", b"X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\n", b"Sec-WebSocket-Origin: %s\r\n" % OURS,
    b"Referer: %s/\r\n" % OURS, b"Sec-Fetch-Site: same-origin\r\n", b"X-Original-Origin: %s\r\n" % OURS,
)  # fmt: skip


@scenario("origins", 14, "hostile, missing and null origins: refused with 403 before anything is accepted")
async def origins(at: Ground, full: bool) -> dict[str, Any]:
    """In full, also ten thousand names that are ours but for one sign."""
    node = await at.node(base_url=OURS.decode(), origins=(LISTED.decode(),))
    [talk] = await at.talks(1)
    token, problems = talk.people[0].token, []
    for good in (OURS, LISTED):
        if (status := await _knock(node, token, (good,))) != 101:
            problems.append(f"our own {good!r} is answered with {status}")
    nearly = [(_misspelt(at, OURS),) for _ in range(10_000 if full else 300)]
    for origin in [*HOSTILE, *nearly]:
        if (status := await _knock(node, token, origin)) not in (403, 400):
            problems.append(f"{origin} is answered with {status}")
    for disguise in DISGUISES:
        for origin in ((b"https://evil.example",), (b"null",), ()):
            if (status := await _knock(node, token, origin, disguise)) not in (403, 400):
                problems.append(f"{origin} with {disguise!r} is answered with {status}")
    problems += await _forms(node, talk)
    connection = await at.connect()
    try:
        stored = await connection.fetchval("SELECT count(*) FROM event")
    finally:
        await connection.close()
    if problems or stored != 2:
        raise Broken([*problems, f"{stored} messages are stored, should be 2"])
    return {"origins refused": len(HOSTILE) + len(nearly) + 3 * len(DISGUISES), "forms refused": len(HOSTILE)}


def _misspelt(at: Ground, good: bytes) -> bytes:
    """One sign of it changed, left out, doubled, or in capitals."""
    while True:
        place, way = at.chance.randrange(len(good)), at.chance.randrange(4)
        middle = (bytes([at.chance.randint(33, 255)]), b"", good[place : place + 1] * 2, good[place : place + 1].upper())[way]
        if (found := good[:place] + middle + good[place + 1 :]) != good:
            return found


async def _knock(node: Node, token: str, names: tuple[bytes, ...], more: bytes = b"") -> int:
    """The status that a page of this origin gets, signed in and all."""
    line = await Raw.connect(node.port)
    try:
        return await line.ask(handshake(node.port, token, names, more))
    finally:
        line.cut()


async def _forms(node: Node, talk: Talk) -> list[str]:
    """The same names, and a message by form: only ours are heard."""
    found, path = [], f"http://127.0.0.1:{node.port}/threads/{talk.thread}/messages"
    async with httpx.AsyncClient(timeout=20, verify=False) as http:
        for names in [(OURS,), (LISTED,), *HOSTILE]:
            headers = [(b"Origin", name) for name in names] + [(b"Cookie", f"anou_session={talk.people[0].token}".encode())]
            try:
                answer = await http.post(path, data={"body": "salam"}, headers=[*headers, (b"Accept", b"application/json")])
            except (httpx.LocalProtocolError, httpx.RemoteProtocolError):
                continue  # no such header can be sent at all
            right = (201,) if names in ((OURS,), (LISTED,)) else (403, 400)
            if answer.status_code not in right:
                found.append(f"a form of {names} is answered with {answer.status_code}")
    return found

"""`GET /ws`: who may open a socket, and from whose page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

import structlog
from starlette.requests import cookie_parser

from hub import sessions
from hub.config import Config
from hub.database import DOWN
from models.people import Person
from realtime import protocol
from realtime.connection import Connection, Wire

log = structlog.get_logger("endpoint")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

EXTENSION = "anou.wire"  # how the protocol class of `realtime.wire` hands itself over


class Door(Protocol):
    """The node, as far as opening a socket needs it."""

    async def crowded(self, person: Person) -> bool: ...
    def admit(self, wire: Wire, person: Person, session: str) -> Connection: ...
    def ended(self, session: str) -> bool: ...


class Endpoint:
    """The ASGI app for `/ws`. It stays at work for as long as its connection lives."""

    def __init__(self, config: Config, door: Door) -> None:
        self._config, self._door = config, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await _answer(send, "http", 426, "This address is for WebSockets.", (b"upgrade", b"websocket"))
            return
        await receive()
        if words := self._refusal(scope):
            await _answer(send, "websocket.http", *words)
            return
        await self._open(scope["extensions"][EXTENSION], _token(scope), send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Why this page may not even knock."""
        origins = [value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"]
        if len(origins) != 1 or origins[0] not in self._config.allowed_origins:
            return 403, "This page may not open a socket here."
        if protocol.SUBPROTOCOL not in scope["subprotocols"]:
            return 400, f"The subprotocol {protocol.SUBPROTOCOL} is required."
        return None

    async def _open(self, wire: Any, token: str | None, send: Send) -> None:
        accept = {"type": "websocket.accept", "subprotocol": protocol.SUBPROTOCOL}
        try:
            signed = await sessions.find(token)
        except DOWN as fault:
            log.warning("session_unknown", fault=repr(fault))
            await self._turn_away(send, accept, protocol.TRY_LATER, "try later")
            return
        crowded = signed is not None and await self._door.crowded(signed.person)
        if signed is None or self._door.ended(str(signed.session)):  # after every wait: it may have ended meanwhile
            await self._turn_away(send, accept, protocol.SIGNED_OUT, "signed out")
        elif crowded:
            await self._turn_away(send, accept, protocol.TOO_MANY, "too many connections")
        else:
            connection = self._door.admit(wire, signed.person, str(signed.session))
            wire.attach(connection)
            del signed
            await send(accept)
            wire.begin()
            await connection.ended

    async def _turn_away(self, send: Send, accept: MutableMapping[str, Any], code: int, reason: str) -> None:
        await send(accept)
        await send({"type": "websocket.close", "code": code, "reason": reason})


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _token(scope: Scope) -> str | None:
    return cookie_parser(_header(scope, b"cookie")).get(sessions.COOKIE)


async def _answer(send: Send, kind: str, status: int, text: str, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *more]
    await send({"type": f"{kind}.response.start", "status": status, "headers": headers})
    await send({"type": f"{kind}.response.body", "body": text.encode()})

"""A hub that really serves, in this process, and the people who use it."""

from __future__ import annotations

import asyncio
import contextlib
import io
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from PIL import Image
from tortoise import connections

from hub.actions import people as accounts
from hub.app import create
from hub.config import Config, use
from hub.ids import new_id
from hub.rules.crafts import STEPS
from hub.sessions import COOKIE
from hub.unit import services
from models.catalogue import Product
from models.people import Person
from realtime import server

FOLK: dict[str, dict[str, Any]] = {
    "claire": {"name": "Claire", "roles": ["buyer"], "reads": ["fr", "en"], "locale": "fr", "email": "claire@example.org"},
    "fatima": {"name": "Fatima", "roles": ["artisan"], "reads": ["zgh", "ary"], "locale": "fr", "craft": "textile", "village": "Azilal"},
    "ahmed": {"name": "Ahmed", "roles": ["mentor", "artisan"], "reads": ["zgh", "fr", "en"], "locale": "fr", "craft": "wood"},
    "khadija": {"name": "Khadija", "roles": ["steward"], "reads": ["fr", "ar"], "locale": "fr"},
    "ellen": {"name": "Ellen", "roles": ["buyer"], "reads": ["en"], "locale": "en"},
    "brahim": {"name": "Brahim", "roles": ["mentor"], "reads": ["zgh", "fr"], "locale": "fr"},
}
assert "textile" in STEPS


@dataclass
class House:
    """The served hub. `claire`, `fatima`, ... are made when first asked for."""

    config: Config
    app: Any
    base: str
    folk: dict[str, Person] = field(default_factory=dict)
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    async def start(self, listener: socket.socket | None = None) -> None:
        """Serve, at the same address as before when it is a restart."""
        self._listener = listener or server.listening_socket(self.config)
        self.app = create(self.config)
        self._running = server.server(self.app, self.config)
        self._task = asyncio.create_task(self._running.serve([self._listener]))
        while not self._running.started:
            if self._task.done():
                await self._task
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Drain, and be gone."""
        self._running.should_exit = True
        await self._task
        self._listener.close()

    async def person(self, key: str) -> Person:
        """One of FOLK."""
        if key not in self.folk:
            self.folk[key] = await Person.create(id=new_id(), **{"speaks": FOLK[key]["reads"]} | FOLK[key])
        return self.folk[key]

    async def token(self, key: str) -> str:
        """A session token of this person."""
        return await accounts.open_session(await self.person(key), "tests")

    async def client(self, key: str | None = None, **headers: str) -> httpx.AsyncClient:
        """A browser's JSON client, signed in as `key` (nobody when None), sending our own Origin."""
        cookies = {COOKIE: await self.token(key)} if key else {}
        sent = {"Origin": self.base, "Accept": "application/json"} | headers
        # Nothing here speaks TLS; reading its certificates would take longer than most tests.
        found = httpx.AsyncClient(base_url=self.base, headers=sent, cookies=cookies, timeout=20, verify=False)
        self.clients.append(found)
        return found

    async def product(self, artisan: str = "fatima", **changes: Any) -> Product:
        """A rug in the shop."""
        fields: dict[str, Any] = {
            "title": {"fr": "Tapis", "en": "Rug", "ar": "زربية"}, "craft": "textile", "price": 90_000, "currency": "EUR",
            "width_cm": 200, "length_cm": 300, "weight_g": 12_000, "materials": ["wool"], "colours": ["indigo"],
        }  # fmt: skip
        return await Product.create(id=new_id(), artisan=await self.person(artisan), **fields | changes)

    async def thread(self, buyer: str = "claire", artisan: str = "fatima", product: Product | None = None) -> str:
        """The id of a thread between these two."""
        client = await self.client(buyer)
        body = {"artisan": str((await self.person(artisan)).id)} | ({"product": str(product.id)} if product else {})
        answer = await client.post("/threads", json=body)
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["id"])

    async def photo(self, key: str, purpose: str = "message") -> str:
        """The id of a picture that this person sent."""
        answer = await (await self.client(key)).post("/media", files={"file": ("rug.jpg", jpeg(), "image/jpeg")}, data={"purpose": purpose})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


def jpeg(width: int = 640, height: int = 480, **save: Any) -> bytes:
    """A small photograph."""
    out = io.BytesIO()
    Image.radial_gradient("L").resize((width, height)).convert("RGB").save(out, "JPEG", **save)
    return out.getvalue()


async def statements() -> list[str]:
    """From now on every statement that this process's hub sends to Postgres is added to this list (not those in which a
    new connection asks about types)."""
    asked: list[str] = []

    def note(record: Any) -> None:
        if "typeinfo" not in record.query and "current_setting('jit')" not in record.query:
            asked.append(record.query)

    pool, readers = connections.get("default")._pool, services().journal.pool
    held = [await pool.acquire() for _ in range(pool.get_max_size())]
    for connection in held:
        connection.add_query_logger(note)
        await pool.release(connection)
    for connection in readers._free:
        connection.add_query_logger(note)
    connect = readers.connect

    async def watched() -> Any:
        connection = await connect()
        connection.add_query_logger(note)
        return connection

    readers.connect = watched  # type: ignore[method-assign]
    return asked


@contextlib.asynccontextmanager
async def serving(config: Config) -> AsyncIterator[House]:
    """A hub of this configuration on a free port; gone, with every client, at the end."""
    listener = server.listening_socket(replace(config, port=0))
    config = use(replace(config, port=listener.getsockname()[1], drain_s=0.1))
    house = House(config, None, config.base)
    await house.start(listener)
    try:
        yield house
    finally:
        for client in house.clients:
            await client.aclose()
        await house.stop()

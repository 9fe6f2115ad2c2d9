"""A lived-in cooperative for `anou bench pages`: a shop, an inbox, and a conversation in which everything happened once.

What people do they do over HTTP; pictures are rows without bytes, for no page reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from hub.actions import people as accounts
from hub.ids import new_id
from hub.rules.crafts import STEPS
from hub.sessions import COOKIE
from models.catalogue import Product, ProductPhoto
from models.media import Media
from models.people import Person
from models.translations import Translation
from tests.bench.course import far
from tests.deals import terms, wish

SHOP, MAKERS, PHOTOS = 48, 12, 3
INBOX = 40
CRAFTS = [craft for craft in STEPS if craft != "other"]
WORDS = {
    "fr": "Le bleu est-il le même que sur la photo ? Chez nous la lumière vient du nord.",
    "zgh": "Azul, ifulki wazal, ar tettekka tadut s uzigzaw n tmazirt-nnegh.",
}


@dataclass
class Furnished:
    """What is there, and the browsers of those who look at it."""

    base: str
    people: dict[str, Person] = field(default_factory=dict)
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    thread: str = ""
    order: str = ""

    async def fill(self) -> None:
        """Everything."""
        roles = {
            "claire": ("buyer", "fr"),
            "fatima": ("artisan", "zgh"),
            "ahmed": ("mentor", "zgh"),
            "khadija": ("steward", "fr"),
        }
        for name, (role, lang) in roles.items():
            await self._person(name, role, [lang, "fr"] if role == "mentor" else [lang])
        makers = [
            self.people["fatima"],
            *[await self._person(f"Maker {number}", "artisan", ["ary"]) for number in range(1, MAKERS)],
        ]
        pieces = [await self._piece(makers[number % MAKERS], number) for number in range(SHOP)]
        for number, piece in enumerate(pieces[1:INBOX]):
            await self._chat(piece)
            far(number / INBOX)
        self.thread = await self._chat(pieces[0])
        await self._deal()

    async def close(self) -> None:
        """Nobody looks any more."""
        for client in self.clients.values():
            await client.aclose()

    async def _person(self, name: str, role: str, reads: list[str]) -> Person:
        found = await Person.create(
            id=new_id(), name=name.capitalize(), roles=[role], reads=reads, speaks=reads, locale="fr", village="Azilal",
            craft=CRAFTS[len(self.people) % len(CRAFTS)] if role == "artisan" else None, portrait_id=await _picture(None, "portrait"),
        )  # fmt: skip
        cookies = {COOKIE: await accounts.open_session(found, "bench")}
        headers = {"Origin": self.base, "Accept": "application/json"}
        self.clients[name] = httpx.AsyncClient(
            base_url=self.base, cookies=cookies, headers=headers, timeout=30, verify=False
        )
        self.people[name] = found
        return found

    async def _piece(self, maker: Person, number: int) -> Product:
        found = await Product.create(
            id=new_id(), artisan=maker, title={"fr": f"Tapis {number}", "en": f"Rug {number}", "ar": "زربية"},
            description={"fr": WORDS["fr"] * 3}, craft=CRAFTS[number % len(CRAFTS)], price=90_000 + 100 * number, currency="EUR",
            width_cm=200, length_cm=300, materials=["wool"], colours=["indigo", "madder"],
        )  # fmt: skip
        for position in range(PHOTOS):
            await ProductPhoto.create(product=found, media_id=await _picture(maker.id, "product"), position=position)
        return found

    async def _post(self, who: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.clients[who].post(path, json=body)
        if answer.status_code not in (200, 201):
            raise RuntimeError(f"{path}: {answer.text}")
        return dict(answer.json())

    async def _chat(self, piece: Product) -> str:
        """A conversation about a piece, with a few words."""
        opened = await self._post("claire", "/threads", {"artisan": str(piece.artisan_id), "product": str(piece.id)})
        thread = str(opened["id"])
        await self._post("claire", f"/threads/{thread}/participants", {"person": str(self.people["ahmed"].id)})
        for _ in range(4):
            await self._post("claire", f"/threads/{thread}/messages", {"body": WORDS["fr"], "lang": "fr"})
        return thread

    async def _talk(self, times: int) -> None:
        """Both sides say something; what Fatima says is relayed to Claire, and the other way round; a photo each time."""
        path = f"/threads/{self.thread}/messages"
        for turn in range(times):
            for who, lang, other in (("claire", "fr", "zgh"), ("fatima", "zgh", "fr")):
                body: dict[str, Any] = {"body": WORDS[lang], "lang": lang}
                if turn == 0:
                    body |= {"kind": "photo", "media": [await _picture(self.people[who].id, "message")]}
                said = await self._post(who, path, body)
                await Translation.create(
                    thread_id=self.thread, seq=said["seq"], lang=other, text=WORDS[other], by=self.people["ahmed"],
                )  # fmt: skip

    async def _deal(self) -> None:
        """A wish, three versions, an order that is paid and being made: all among the newest 50 events."""
        thread = f"/threads/{self.thread}"
        await self._talk(40)
        await self._post("claire", f"{thread}/quote-requests", wish())
        await self._talk(5)
        quote = await self._post("fatima", f"{thread}/quotes", {"terms": terms(colours=["indigo"])})
        await self._talk(4)
        for who, verb, price in (("claire", "counter", 85_000), ("fatima", "counter", 88_000)):
            changed = {"version": quote["version"], "terms": terms(unit_price=price, making_days=28)}
            quote = await self._post(who, f"/quotes/{quote['id']}/{verb}", changed)
            await self._talk(4)
        accepted = {"version": quote["version"], "terms_hash": quote["terms_hash"]}
        self.order = str((await self._post("claire", f"/quotes/{quote['id']}/accept", accepted))["order"])
        deposit = quote["totals"]["deposit"]
        await self._post(
            "khadija", f"/orders/{self.order}/payments", deposit | {"reference": "BENCH", "method": "bank_transfer"}
        )
        for step in ("spinning", "dyeing"):
            media = [str(await _picture(self.people["fatima"].id, "progress"))]
            await self._post("fatima", f"/orders/{self.order}/progress", {"step": step, "media": media})
            await self._talk(2)


async def _picture(owner: UUID | None, purpose: str) -> str:
    found = await Media.create(id=new_id(), owner_id=owner, purpose=purpose, width=1600, height=1200, sha256="0" * 64)
    return str(found.id)

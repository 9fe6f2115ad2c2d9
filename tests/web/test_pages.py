"""Pages as people get them: everybody, in every language, without a fault and without a way in for somebody else's script."""

from __future__ import annotations

import re
import uuid

import httpx
import pytest

from hub import i18n
from models.catalogue import ProductPhoto
from models.people import Person
from tests.house import House

HTML = {"Accept": "text/html"}
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'><b>"


async def lived_in(house: House) -> dict[str, str]:
    """A thread in which everything was said once; the pages there are, by name."""
    photo, portrait = await house.photo("fatima", "product"), await house.photo("fatima", "portrait")
    await Person.filter(id=house.folk["fatima"].id).update(portrait_id=portrait, bio={"fr": "Tisserande"}, region="Béni Mellal")
    piece = await house.product(technique={"fr": "Nœuds"}, description={"fr": "Une pièce"})
    await ProductPhoto.create(product=piece, media_id=photo)
    thread = await house.thread(product=piece)
    claire, ahmed, khadija = [await house.client(key) for key in ("claire", "ahmed", "khadija")]
    for key, client in (("ahmed", claire), ("khadija", khadija)):
        called = await client.post(f"/threads/{thread}/participants", json={"person": str(house.folk[key].id)})
        assert called.status_code == 201, called.text
    picture = await house.photo("claire")
    said = [{"body": "Bonjour", "lang": "fr"}, {"kind": "photo", "media": [picture], "body": "regardez"}, {"body": "مرحبا", "lang": "ar"}]
    for message in said:
        assert (await claire.post(f"/threads/{thread}/messages", json=message)).status_code == 201
    for lang in ("zgh", "en"):
        assert (await ahmed.post(f"/threads/{thread}/events/3/translations", json={"lang": lang, "text": "Azul"})).status_code == 201
    return {
        "home": "/", "pieces": "/products", "craft": "/products?craft=textile", "piece": f"/products/{piece.id}",
        "artisan": f"/artisans/{piece.artisan_id}", "sign-in": "/sign-in", "code": "/sign-in/code?contact=a@example.org",
        "described": "/docs/realtime",
        "me": "/me", "inbox": "/threads", "thread": f"/threads/{thread}",
        "events": f"/threads/{thread}/events?after=0", "event": f"/threads/{thread}/events/3", "deal": f"/threads/{thread}/deal",
        "mentors": f"/mentors?thread={thread}", "wish": f"/threads/{thread}/request", "offer": f"/threads/{thread}/offer",
    }  # fmt: skip


PUBLIC = {"home", "pieces", "craft", "piece", "artisan", "sign-in", "code", "described"}
PIECES = {"events", "event", "deal", "mentors"}  # fragments: put into a page by the browser
INSIDE = {"me", "inbox", "thread"} | PIECES
MAY_SEE: dict[str | None, set[str]] = {
    None: PUBLIC,
    "ellen": PUBLIC | {"me", "inbox"},
    "claire": PUBLIC | INSIDE | {"wish"},
    "fatima": PUBLIC | INSIDE | {"offer"},
    "ahmed": PUBLIC | INSIDE,
    "khadija": PUBLIC | INSIDE,
}


@pytest.mark.parametrize("locale", i18n.LOCALES)
async def test_every_page_for_everybody(house: House, locale: str) -> None:
    pages = await lived_in(house)
    assets: set[str] = set()
    for who, allowed in MAY_SEE.items():
        client = await house.client(who, **HTML)
        client.cookies.set("anou_locale", locale)
        for name, path in pages.items():
            page = await client.get(path)
            seen = (locale, who, name, page.status_code)
            if name not in allowed:
                assert page.status_code in (303, 403, 404), seen
                continue
            assert page.status_code == 200, seen
            sound(page, name)
            if name not in PIECES:
                assert f'<html lang="{locale}" dir="{"rtl" if locale == "ar" else "ltr"}">' in page.text, seen
                assert page.text.count("<h1") <= 1, seen
                assets |= set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text))
    assert len(assets) > 5
    for path in assets:
        found = await client.get(path)
        assert found.status_code == 200, path
        assert "immutable" in found.headers["cache-control"]


def sound(page: httpx.Response, name: str) -> None:
    """No script or style but our own, and no words left open."""
    nonce = re.search(r"'nonce-([^']+)'", page.headers["content-security-policy"])
    assert nonce, name
    for script in re.findall(r"<script\b[^>]*>", page.text):
        assert " src=" in script or f'nonce="{nonce[1]}"' in script, (name, script)
    tags = re.findall(r"<[a-z][^>]*>", page.text)
    assert not [tag for tag in tags if re.search(r"\s(?:on[a-z]+|style)=", re.sub(r'"[^"]*"', '""', tag))], name
    assert "<style" not in page.text and "javascript:" not in page.text, name
    assert "{{" not in page.text and "{%" not in page.text, name
    for form in re.findall(r"<form\b[^>]*>", page.text):
        action = re.search(r'action="([^"]*)"', form)
        assert action is None or action[1].startswith("/"), (name, form)


async def test_words_of_people_are_words_and_nothing_else(house: House) -> None:
    piece = await house.product(title={"fr": EVIL}, description={"fr": EVIL}, technique={"fr": EVIL}, materials=["wool"])
    await Person.filter(id=piece.artisan_id).update(name=EVIL[:100], bio={"fr": EVIL}, village=EVIL[:100], region=EVIL[:100])
    thread, claire = await house.thread(product=piece), await house.client("claire", **HTML)
    assert (await claire.post(f"/threads/{thread}/messages", json={"body": EVIL})).status_code == 303
    ahmed = await house.client("ahmed")
    await claire.post(f"/threads/{thread}/participants", json={"person": str(house.folk["ahmed"].id)})
    assert (await ahmed.post(f"/threads/{thread}/events/1/translations", json={"lang": "en", "text": EVIL})).status_code == 201
    await claire.post("/me", json={"name": EVIL[:100]})
    paths = ["/", "/products", f"/products/{piece.id}", f"/artisans/{piece.artisan_id}", "/threads", f"/threads/{thread}", "/me"]
    paths += [f"/threads/{thread}/events?after=0", f"/threads/{thread}/deal", f"/mentors?thread={thread}"]
    for path in paths:
        page = await claire.get(path)
        assert page.status_code == 200, path
        assert "alert(1)</script>" not in page.text and "<img src=x" not in page.text, path
        sound(page, path)
    for path in ("/sign-in/code", "/sign-in", "/none", "/products"):
        page = await claire.get(path, params={"contact": EVIL, "next": "/" + EVIL.replace(" ", ""), "craft": EVIL, "lang": EVIL})
        assert "alert(1)</script>" not in page.text, path
    asked = await claire.post("/sign-in", data={"contact": EVIL, "next": EVIL})
    assert asked.status_code == 400 and "alert(1)</script>" not in asked.text


async def test_a_helper_called_from_now_on_does_not_see_what_was_before(house: House) -> None:
    thread = await house.thread()
    claire, ahmed = await house.client("claire"), await house.client("ahmed")
    await claire.post(f"/threads/{thread}/messages", json={"body": "entre nous"})
    body = {"person": str(house.folk["ahmed"].id), "from_now": True}
    assert (await claire.post(f"/threads/{thread}/participants", json=body)).status_code == 201
    for path in (f"/threads/{thread}", f"/threads/{thread}/events?after=0", f"/threads/{thread}/events?before=99"):
        for accept in ("application/json", "text/html"):
            shown = await ahmed.get(path, headers={"Accept": accept})
            assert shown.status_code == 200
            assert "entre nous" not in shown.text, (path, accept)
    assert (await ahmed.get(f"/threads/{thread}/events/1")).status_code == 404


async def test_the_inbox_of_a_helper_called_from_now_on_does_not_quote_what_was_before(house: House) -> None:
    thread = await house.thread()
    claire, ahmed = await house.client("claire"), await house.client("ahmed")
    await claire.post(f"/threads/{thread}/messages", json={"body": "entre nous"})
    await claire.post(f"/threads/{thread}/participants", json={"person": str(house.folk["ahmed"].id), "from_now": True})
    assert "entre nous" not in (await ahmed.get("/threads")).text


async def test_a_signed_out_browser_is_asked_to_sign_in_and_a_program_is_told(house: House) -> None:
    client = await house.client()
    for path in ("/me", "/threads", f"/threads/{uuid.uuid4()}", f"/orders/{uuid.uuid4()}", f"/quotes/{uuid.uuid4()}", "/board"):
        told, page = await client.get(path), await client.get(path, headers=HTML)
        assert (told.status_code, told.json()["error"]["code"]) == (401, "signed_out"), path
        assert (page.status_code, page.headers["location"].startswith("/sign-in?next=%2F")) == (303, True), path

"""The storefront: what is shown to everybody, in pages of bounded size."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

from hub.actions.catalogue import PAGE
from models.catalogue import ProductPhoto
from models.people import Person
from tests.house import House


async def shelf(house: House, count: int, **changes: Any) -> list[str]:
    """The ids of so many pieces, newest first."""
    made = [str((await house.product(**changes)).id) for _ in range(count)]
    return made[::-1]


async def listed(client: httpx.AsyncClient, path: str) -> tuple[list[str], str | None]:
    """The ids on a page, and where the next one begins."""
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    return [item["id"] for item in page["items"]], page.get("next")


async def test_a_piece_is_told_as_other_programs_rely_on(house: House) -> None:
    photo = await house.photo("fatima", "product")
    piece = await house.product(price=123_456, currency="MAD", one_of_a_kind=False)
    await ProductPhoto.create(product=piece, media_id=photo)
    client = await house.client()
    told = (await client.get(f"/products/{piece.id}", headers={"Accept-Language": "en"})).json()
    assert {name: told[name] for name in ("id", "artisan", "title", "price", "one_of_a_kind", "available", "photos")} == {
        "id": str(piece.id),
        "artisan": str(piece.artisan_id),
        "title": "Rug",
        "price": {"amount": 123_456, "currency": "MAD"},
        "one_of_a_kind": False,
        "available": True,
        "photos": [
            {
                "id": photo, "width": 640, "height": 480, "alt": "Rug",
                "renditions": {"small": f"/media/{photo}/small", "large": f"/media/{photo}/large"},
            }
        ],
    }  # fmt: skip
    for path in ("/", "/products", f"/artisans/{piece.artisan_id}"):
        page = (await client.get(path, headers={"Accept-Language": "en"})).json()
        assert page["items"] == [told]
        assert "next" not in page
    assert (await client.get(told["photos"][0]["renditions"]["small"])).status_code == 200


async def test_a_title_is_told_in_the_reader_s_language_or_in_one_there_is(house: House) -> None:
    piece, other = await house.product(), await house.product(title={"zgh": "Taẓerbit"})
    for locale, title in (("fr", "Tapis"), ("en", "Rug"), ("ar", "زربية")):
        client = await house.client(**{"Accept-Language": locale})
        assert (await client.get(f"/products/{piece.id}")).json()["title"] == title
        assert (await client.get(f"/products/{other.id}")).json()["title"] == "Taẓerbit"


async def test_nothing_on_the_shelf_is_an_empty_list(house: House) -> None:
    client = await house.client()
    for path in ("/", "/products", "/products?craft=wood"):
        assert (await client.get(path)).json() == {"items": []}


async def test_pages_follow_one_another_without_gap_or_repeat(house: House) -> None:
    ids, client = await shelf(house, 2 * PAGE + 3), await house.client()
    for path in ("/products?x=1", f"/artisans/{house.folk['fatima'].id}?x=1"):
        seen, onward, pages = [], None, 0
        while onward or not pages:
            found, onward = await listed(client, path + (f"&before={onward}" if onward else ""))
            seen += found
            pages += 1
        assert (seen, pages) == (ids, 3)
    assert await listed(client, "/") == (ids[:PAGE], ids[PAGE - 1])


async def test_a_page_that_is_exactly_full_is_the_last(house: House) -> None:
    ids, client = await shelf(house, PAGE), await house.client()
    assert await listed(client, "/products") == (ids, None)
    for nonsense in ("none", "", "%00", "9" * 500):
        assert await listed(client, f"/products?before={nonsense}&limit=1000000") == (ids, None)
    assert await listed(client, f"/products?before={uuid.UUID(int=0)}") == ([], None)


async def test_pieces_of_one_craft(house: House) -> None:
    rugs, client = await shelf(house, 2), await house.client()
    [bowl] = await shelf(house, 1, artisan="ahmed", craft="wood")
    assert await listed(client, "/products?craft=wood") == ([bowl], None)
    assert await listed(client, "/products?craft=textile") == (rugs, None)
    assert await listed(client, "/products?craft=%27%3B--") == ([bowl, *rugs], None)
    assert await listed(client, f"/artisans/{house.folk['ahmed'].id}") == ([bowl], None)


async def test_what_is_not_published_is_nowhere(house: House) -> None:
    hidden, shown = await house.product(public=False), await house.product()
    for who in (None, "claire", "fatima", "khadija"):
        client = await house.client(who)
        for path in ("/", "/products", f"/artisans/{shown.artisan_id}"):
            assert await listed(client, path) == ([str(shown.id)], None)
        assert (await client.get(f"/products/{hidden.id}")).status_code == 404
    asked = await (await house.client("claire")).post("/threads", json={"artisan": str(hidden.artisan_id), "product": str(hidden.id)})
    assert asked.status_code == 404


async def test_only_artisans_have_a_public_page_and_it_does_not_tell_how_to_reach_them(house: House) -> None:
    fatima, claire = await house.person("fatima"), await house.person("claire")
    await Person.filter(id=fatima.id).update(email="fatima@example.org", phone="+212612345678")
    client = await house.client()
    told = await client.get(f"/artisans/{fatima.id}")
    assert (told.status_code, told.json()["name"]) == (200, "Fatima")
    assert "example.org" not in told.text and "612345678" not in told.text
    page = await client.get(f"/artisans/{fatima.id}", headers={"Accept": "text/html"})
    assert "example.org" not in page.text and "612345678" not in page.text
    assert (await client.get(f"/artisans/{claire.id}")).status_code == 404


async def test_a_piece_that_is_taken_is_still_shown_as_taken(house: House) -> None:
    piece = await house.product(available=False)
    client = await house.client()
    assert (await client.get(f"/products/{piece.id}")).json()["available"] is False
    assert await listed(client, "/") == ([str(piece.id)], None)

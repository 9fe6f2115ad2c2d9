"""The passport of a piece over HTTP: what it shows, to whom, and what it never says."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
import zxingcpp

from hub.actions import passports
from hub.config import config, use
from hub.database import OperationalError
from hub.errors import Refusal
from hub.rules.passports import digest, fault, read
from hub.signing import BadKey, public_key, verified
from hub.verifying import Unreadable, examine
from models.media import Media
from models.passports import Passport, PassportKey, Withdrawal
from tests.deals import Deal, parcels, refused
from tests.house import House
from tests.workers.test_jobs import work_off
from workers.clock import CLOCK
from workers.passports import issue_passports

BUYER = {"name": "Clairance Boisvertigny", "email": "clairance@example.org"}
WORDS = {"description": "Pour Clairance, à Montalimar, 90000 EUR", "colours": ["indigo", "bleu de Montalimar"], "materials": ["wool"]}


@pytest.fixture
async def deal(house: House) -> Deal:
    """A buyer whose name and city would be noticed anywhere."""
    claire = await house.person("claire")
    claire.name = BUYER["name"]
    await claire.save()
    return await Deal.begun(house, await house.product(one_of_a_kind=False))


async def finished(deal: Deal, **changes: Any) -> dict[str, Any]:
    """Made, with a photo of each kind, and passed by the head office."""
    product = (await deal.claire.get(f"/threads/{deal.thread}")).json()["about"]["id"]
    order = await deal.making(product=product, ship_to={"country": "FR", "city": "Montalimar"}, **WORDS | changes)
    step = await deal.house.photo("fatima", "progress")
    await deal.verb(deal.fatima, order, "progress", {"step": "weaving_50", "media": [step], "note": "Pour Clairance, voilà"})
    order = await deal.made(order)
    return await deal.verb(deal.khadija, order, "inspect", {"passed": True, "media": [await deal.house.photo("khadija", "progress")]})


async def passport(deal: Deal, **changes: Any) -> tuple[dict[str, Any], str]:
    """A finished order and where its passport is."""
    order = await finished(deal, **changes)
    await passports.issue(CLOCK, order["id"])
    return order, str((await deal.shown(order))["passport"]["url"])


# When it is there


async def test_the_worker_signs_after_the_inspection_and_everybody_in_the_thread_finds_it(deal: Deal, house: House) -> None:
    order = await deal.made(await deal.making())
    assert order["passport"] is None
    failed = await deal.verb(deal.khadija, order, "inspect", {"passed": False, "reason": "Une frange manque"})
    with pytest.raises(Refusal, match="order_moved"):
        await passports.issue(CLOCK, failed["id"])
    passed = await deal.verb(deal.khadija, await deal.made(order), "inspect", {"passed": True})
    assert passed["passport"] is None
    await (await work_off(house.config)).close()
    for who in (deal.claire, deal.fatima, deal.khadija):
        shown = (await who.get(f"/orders/{order['id']}")).json()
        assert shown["passport"]["url"].startswith("/p/")
        assert shown["passport"]["url"] in (await who.get(f"/orders/{order['id']}", headers={"Accept": "text/html"})).text
    assert (await (await house.client()).get(shown["passport"]["url"])).status_code == 200


async def test_it_is_issued_once_however_often_and_by_however_many(deal: Deal) -> None:
    order = await finished(deal)
    assert [str(found) for found in await passports.due()] == [order["id"]]
    found = await asyncio.gather(*(passports.issue(CLOCK, order["id"]) for _ in range(4)))
    assert [one == found[0] for one in found] == [True] * 4
    assert await Passport.all().count() == 1 and await PassportKey.all().count() == 1
    assert await passports.issue(CLOCK, order["id"]) == found[0]
    assert await passports.due() == []


async def test_what_was_finished_before_there_were_passports_gets_its_own(deal: Deal) -> None:
    """And so does a piece whose wake-up was lost: the clock looks at rows."""
    order = await finished(deal)
    await deal.pay(order, order["money"]["due"]["amount"], "BALANCE")
    await deal.post(deal.khadija, f"/orders/{order['id']}/shipment", parcels())
    assert await issue_passports({}) == 1
    assert await issue_passports({}) == 0
    assert (await deal.shown(order))["passport"]


async def test_without_a_key_nothing_is_signed_and_nothing_is_lost(deal: Deal) -> None:
    order, ours = await finished(deal), config()
    use(replace(ours, passport_key=""))
    assert await passports.due() == []
    with pytest.raises(BadKey):
        await passports.issue(CLOCK, order["id"])
    use(ours)
    assert [str(found) for found in await passports.due()] == [order["id"]]


async def test_nobody_changes_or_takes_away_what_was_signed(deal: Deal) -> None:
    await passport(deal)
    for change in (
        Passport.all().update(signature="0" * 128), Passport.all().delete(), PassportKey.all().update(public_key="0" * 64),
        PassportKey.all().delete(),
    ):
        with pytest.raises(OperationalError, match="append-only"):
            await change


# What it says


async def test_it_says_who_made_what_of_what_where_and_when(deal: Deal, house: House) -> None:
    _, url = await passport(deal)
    shown = (await (await house.client()).get(url)).json()
    said = shown["certificate"]
    assert said["maker"] == {"name": "Fatima", "village": "Azilal", "region": None}
    assert (said["width_cm"], said["length_cm"], said["weight_g"]) == (200, 300, 12_000)
    assert said["piece"] == {
        "craft": "textile", "pieces": 1, "title": None, "after": {"fr": "Tapis", "en": "Rug", "ar": "زربية"}, "materials": ["wool"],
        "colours": ["indigo"], "technique": None,
    }  # fmt: skip
    assert said["url"] == f"{house.base}{url}" and said["id"] == shown["id"] and len(shown["id"]) == 22
    assert said["checked_on"] >= said["finished_on"] >= said["begun_on"]
    assert [step["step"] for step in said["steps"]] == ["weaving_50"]
    assert [(photo["of"], photo["step"]) for photo in said["photos"]] == [("making", "weaving_50"), ("finished", None)]
    assert [photo["id"] for photo in shown["photos"]] == [photo["id"] for photo in said["photos"]]


async def test_the_certificate_is_checked_with_the_published_key(deal: Deal, house: House) -> None:
    _, url = await passport(deal)
    stranger = await house.client()
    answer = await stranger.get(f"{url}/certificate.json")
    [key] = (await stranger.get("/p/keys.json")).json()["keys"]
    assert "attachment" in answer.headers["content-disposition"]
    assert key["public_key"] == public_key(config().passport_key) and key["key"] == answer.json()["key"]
    assert fault(read(answer.content), [key["public_key"]], verified) is None
    shown = (await stranger.get(url)).json()
    assert {name: shown[name] for name in answer.json()} == answer.json()


async def test_a_new_key_signs_from_then_on_and_the_old_one_stays_published(deal: Deal, house: House) -> None:
    _, old = await passport(deal)
    use(replace(config(), passport_key="77" * 32))
    other = await Deal.begun(house)
    order = await other.inspected("SECOND")
    new = await passports.issue(CLOCK, order["id"])
    stranger = await house.client()
    published = [key["public_key"] for key in (await stranger.get("/p/keys.json")).json()["keys"]]
    assert published[0] == new["public_key"] and len(published) == 2
    assert fault(read((await stranger.get(f"{old}/certificate.json")).content), published[1:], verified) is None


async def test_no_rendition_says_anything_of_the_buyer_or_the_price(deal: Deal, house: House) -> None:
    order, url = await passport(deal)
    stranger, maker = await house.client(), await house.client("fatima")
    found = [(await stranger.get(path)).text for path in (url, f"{url}/certificate.json", "/p/keys.json")]
    found += [(await stranger.get(f"{url}?lang={lang}", headers={"Accept": "text/html"})).text for lang in ("fr", "en", "ar")]
    found += [pdf_text(await maker.get(f"{url}/tag.pdf"))]
    found += [(await Passport.all().first()).certificate]  # type: ignore[union-attr]
    said = ["clairance", "boisvertigny", "montalimar", "€", "claire@example", order["id"], order["buyer"], order["thread"], "voilà"]
    for text in found:
        bare = text.casefold()
        assert len(bare) > 60
        assert [word for word in said if word in bare] == []
        assert {"900", "950", "90000", "95000", "285", "28500", "eur"}.isdisjoint(words(bare))


def words(text: str) -> list[str]:
    """Words and numbers as one would read them."""
    return "".join(letter if letter.isalnum() else " " for letter in text).split()


# Who sees it


async def test_a_guessed_or_cut_name_is_the_same_plain_no(deal: Deal, house: House) -> None:
    _, url = await passport(deal)
    stranger = await house.client()
    no = (await stranger.get("/p/" + "A" * 22)).json()
    for name in ("x", url[3:-1], url[3:-1] + "!", url[3:] + "A", "é" * 22, "A" * 22, url[3:].swapcase(), "%00"):
        for rest in ("", "/certificate.json", "/tag.pdf"):
            answer = await stranger.get(f"/p/{name}{rest}")
            refused(answer, 404, "not_found")
            assert answer.json() == no


async def test_it_may_be_kept_a_while_and_is_not_for_search_engines(deal: Deal, house: House) -> None:
    _, url = await passport(deal)
    for accept in ("text/html", "application/json"):
        answer = await (await house.client()).get(url, headers={"Accept": accept})
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert "noindex" in answer.headers["x-robots-tag"] and "Cookie" in answer.headers["vary"]
    signed_in = await deal.claire.get(url, headers={"Accept": "text/html"})
    assert signed_in.headers["cache-control"].startswith("private")


async def test_its_pictures_are_everybodys_and_the_others_stay_where_they_were(deal: Deal, house: House) -> None:
    order = await finished(deal)
    stranger, photos = await house.client(), await Media.all()
    said = await house.photo("fatima")
    message = {"cid": "0190b3f0-0000-7000-8000-000000000001", "kind": "photo", "media": [said]}
    await deal.post(deal.fatima, f"/threads/{deal.thread}/messages", message)
    for media in photos:
        refused(await stranger.get(f"/media/{media.id}/large"), 404, "not_found")
    issued = await passports.issue(CLOCK, order["id"])
    shown = {photo["id"]: photo["sha256"] for photo in issued["certificate"]["photos"]}
    assert len(shown) == 2 and len(photos) == 3  # the steward's is not the artisan's
    for media in [*photos, await Media.get(id=said)]:
        answer = await stranger.get(f"/media/{media.id}/large")
        assert answer.status_code == (200 if str(media.id) in shown else 404), media.purpose
        if str(media.id) in shown:
            assert answer.headers["cache-control"].startswith("public")
            assert digest(answer.content) == shown[str(media.id)]


async def test_a_picture_of_the_conversation_is_not_shown_even_as_a_step(deal: Deal, house: House) -> None:
    order = await deal.making()
    said = await house.photo("fatima", "message")
    await deal.verb(deal.fatima, order, "progress", {"step": "weaving_50", "media": [said]})
    order = await deal.verb(deal.khadija, await deal.made(order), "inspect", {"passed": True})
    issued = await passports.issue(CLOCK, order["id"])
    assert said not in json.dumps(issued)
    refused(await (await house.client()).get(f"/media/{said}/large"), 404, "not_found")


# The tag


def pdf_text(answer: httpx.Response) -> str:
    [page] = pypdfium2.PdfDocument(io.BytesIO(answer.content))
    return str(page.get_textpage().get_text_range())


async def test_the_tags_code_opens_the_passport(deal: Deal, house: House) -> None:
    _, url = await passport(deal)
    answer = await deal.khadija.get(f"{url}/tag.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(io.BytesIO(answer.content))
    assert len(document) == 1
    [code] = zxingcpp.read_barcodes(document[0].render(scale=3).to_pil())
    assert code.text == f"{house.base}{url}"
    text = pdf_text(answer).replace("\u00a0", " ")
    for word in ("Fatima", "Azilal", "D’après « Tapis »", "After “Rug”", "Laine", "Wool", "200 × 300 cm", "12 kg"):
        assert word in text, (word, text)
    assert (await (await house.client()).get(code.text)).status_code == 200


async def test_only_the_maker_and_the_head_office_print_the_tag(deal: Deal, house: House) -> None:
    _, url = await passport(deal)
    assert (await deal.fatima.get(f"{url}/tag.pdf")).status_code == 200
    refused(await deal.claire.get(f"{url}/tag.pdf"), 403, "not_allowed")
    refused(await (await house.client("ahmed")).get(f"{url}/tag.pdf"), 403, "not_allowed")
    refused(await (await house.client()).get(f"{url}/tag.pdf"), 401, "signed_out")
    for who, there in ((deal.khadija, True), (deal.fatima, True), (deal.claire, False)):
        page = await who.get(url, headers={"Accept": "text/html"})
        assert ("/tag.pdf" in page.text) is there


# Taken back


async def test_a_steward_withdraws_it_and_its_page_says_so_and_nothing_is_taken_away(deal: Deal, house: House) -> None:
    order, url = await passport(deal)
    anybody, html = await house.client(), {"Accept": "text/html"}
    kept = (await anybody.get(f"{url}/certificate.json")).content
    before = await Passport.get()
    for client, status, code in ((anybody, 401, "signed_out"), (deal.claire, 403, "not_allowed"), (deal.fatima, 403, "not_allowed")):
        refused(await client.post(f"{url}/withdraw", json={"reason": "x"}), status, code)
        assert "/withdraw" not in (await client.get(url, headers=html)).text
    refused(await deal.khadija.post(f"{url}/withdraw", json={}), 400, "bad_form")
    refused(await deal.khadija.post(f"/p/{'A' * 22}/withdraw", json={"reason": "x"}), 404, "not_found")
    assert f'action="{url}/withdraw"' in (await deal.khadija.get(url, headers=html)).text
    assert (await anybody.get("/p/withdrawn.json")).json() == {"withdrawn": []}
    told = await deal.post(deal.khadija, f"{url}/withdraw", {"reason": "Le poids <b>était</b> faux"})
    assert told["withdrawn"]["reason"] == "Le poids <b>était</b> faux"
    seen = (await anybody.get(url)).json()
    assert (seen["withdrawn"], seen["signature"], seen["sha256"]) == (told["withdrawn"], None, None)
    assert seen["certificate"] == json.loads(kept)["certificate"]
    drawn = (await anybody.get(url, headers=html)).text
    assert "Retiré par la coopérative" in drawn and "Le poids &lt;b&gt;était" in drawn and "certificate.json" not in drawn
    for path in ("certificate.json", "tag.pdf"):
        refused(await deal.khadija.get(f"{url}/{path}"), 410, "passport_withdrawn")
    refused(await deal.khadija.post(f"{url}/withdraw", json={"reason": "encore"}), 410, "passport_withdrawn")
    assert dict(await Passport.get()) == dict(before)
    for change in (Withdrawal.all().update(reason="x"), Withdrawal.all().delete()):
        with pytest.raises(OperationalError, match="append-only"):
            await change
    assert (await deal.shown(order))["passport"]["withdrawn"] is True
    [one] = (await anybody.get("/p/withdrawn.json")).json()["withdrawn"]
    assert one == {"id": before.id, "at": told["withdrawn"]["at"]}


async def test_two_stewards_withdraw_it_once(deal: Deal) -> None:
    _, url = await passport(deal)
    answers = await asyncio.gather(*(deal.khadija.post(f"{url}/withdraw", json={"reason": f"{n}"}) for n in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 410, 410]
    assert await Withdrawal.all().count() == 1


async def test_the_makers_page_leads_to_the_passports_that_stand(deal: Deal, house: House) -> None:
    anybody, fatima = await house.client(), (await house.person("fatima")).id
    page = f"/artisans/{fatima}"
    order = await finished(deal)
    assert (await anybody.get(page)).json()["passports"] == []
    await passports.issue(CLOCK, order["id"])
    [one] = (await anybody.get(page)).json()["passports"]
    assert set(one) == {"id", "url", "title", "after", "craft", "finished_on", "photo"}
    assert (await anybody.get(one["url"])).status_code == 200
    assert (await anybody.get(one["photo"]["renditions"]["small"])).status_code == 200
    drawn = (await anybody.get(page, headers={"Accept": "text/html"})).text
    assert f'href="{one["url"]}"' in drawn
    shown = json.dumps(one) + drawn.partition("data-passports")[2]
    for secret in (*BUYER["name"].split(), "Montalimar", order["id"], "90000", "900"):
        assert secret not in shown, secret
    await deal.post(deal.khadija, f"{one['url']}/withdraw", {"reason": "faux"})
    assert (await anybody.get(page)).json()["passports"] == []


async def test_a_kept_file_is_checked_with_its_pictures_and_the_list_of_those_withdrawn(deal: Deal, house: House, tmp_path: Path) -> None:
    _, url = await passport(deal)
    anybody = await house.client()
    file, folder, listed = tmp_path / "passport.json", tmp_path / "photos", tmp_path / "withdrawn.json"
    file.write_bytes((await anybody.get(f"{url}/certificate.json")).content)
    folder.mkdir()
    listed.write_bytes((await anybody.get("/p/withdrawn.json")).content)
    keys = [public_key(config().passport_key)]
    photos = json.loads(file.read_bytes())["certificate"]["photos"]
    assert len(photos) >= 2
    good, words = examine(file, keys, photos=folder, withdrawn=listed)
    assert not good and photos[0]["id"] in words
    for number, photo in enumerate(photos):
        (folder / f"{number}.webp").write_bytes((await anybody.get(f"/media/{photo['id']}/large")).content)
    (folder / "other.txt").write_text("not a picture of it")
    assert examine(file, keys, photos=folder, withdrawn=listed)[0]
    for kept in folder.glob("*.webp"):
        kept.write_bytes(kept.read_bytes() + b"\0")
    good, words = examine(file, keys, photos=folder)
    assert not good and photos[1]["id"] in words
    await deal.post(deal.khadija, f"{url}/withdraw", {"reason": "faux"})
    listed.write_bytes((await anybody.get("/p/withdrawn.json")).content)
    good, words = examine(file, keys, withdrawn=listed)
    assert not good and "withdrew" in words
    for wrong in ({"photos": tmp_path / "nowhere"}, {"withdrawn": file}, {"withdrawn": tmp_path / "nowhere"}):
        with pytest.raises(Unreadable):
            examine(file, keys, **wrong)

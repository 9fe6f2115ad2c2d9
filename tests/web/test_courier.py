"""The courier's link: what opens, what does not, and what it never shows."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from hub import clock
from hub.config import config, use
from hub.i18n import COURIER_LOCALES
from hub.rules import couriers
from models.house import House as HouseRow
from models.shipments import Shipment
from tests.deals import Deal, parcels, refused
from tests.house import House, jpeg

HTML = {"Accept": "text/html"}
NOTHING = {"error": {"code": "not_found", "message": "Cette page n’existe pas, ou ne vous est pas ouverte."}}


@pytest.fixture
async def deal(house: House) -> Deal:
    return await Deal.begun(house)


def path(shipment: dict[str, Any]) -> str:
    """The path of the courier's link."""
    return "/c/" + str(shipment["courier_link"]).rpartition("/")[2]


async def tries(courier: httpx.AsyncClient, link: str) -> list[httpx.Response]:
    """Everything that a link could be good for."""
    return [
        await courier.get(link), await courier.get(link, headers=HTML),
        await courier.post(f"{link}/checkpoints", json={"status": "picked_up"}),
        await courier.post(f"{link}/checkpoints", json={"status": "flying"}),
        await courier.post(f"{link}/position", json={"lat": 31, "lon": -6}),
        await courier.post(f"{link}/position", json={"lat": "?"}),
        await courier.post(f"{link}/proof", json={"name": "Claire"}),
        await courier.post(f"{link}/proof", files={"file": ("x", b"no picture")}),
    ]  # fmt: skip


def telling(answer: httpx.Response, link: str) -> tuple[Any, ...]:
    """What an answer tells: its status, its headers without the time, its body without the address that was asked and the nonce."""
    headers = sorted((name, value) for name, value in answer.headers.items() if name not in ("date", "content-length"))
    text = re.sub(r"nonce[-=]\"?[\w+/=]+", "", answer.text).replace(link, "")
    return answer.status_code, re.sub(r"'nonce-[^']+'", "", str(headers)), text


async def test_whatever_opens_nothing_is_the_same_plain_404(deal: Deal, house: House) -> None:
    """Made up, of a parcel that never was, of another house, renewed, ended: nobody can tell which."""
    use(replace(config(), courier_guesses=1_000))
    _, shipment = await deal.shipped()
    courier, row = await house.client(), await Shipment.get(id=shipment["id"])
    secret = bytes((await HouseRow.get(id=1)).secret)
    renewed = path(shipment)
    shipment = await deal.post(deal.khadija, f"/shipments/{shipment['id']}/link", {})
    assert path(shipment) != renewed
    ended = path(shipment)
    await courier.post(f"{ended}/proof", json={"name": "Claire"})
    links = {
        "guessed": "/c/" + "A" * 43, "short": "/c/x", "never": "/c/" + couriers.token(secret, uuid.uuid4(), 0),
        "foreign": "/c/" + couriers.token(b"another house's secret", row.id, 1), "renewed": renewed, "ended": ended,
    }  # fmt: skip
    with clock.shifted(timedelta(days=31)):
        told = {name: [telling(answer, link) for answer in await tries(courier, link)] for name, link in links.items()}
    for name, answers in told.items():
        assert {status for status, _, _ in answers} == {404}, name
        assert answers == told["guessed"], name
    refused(await courier.get(links["short"]), 404, "not_found")


async def test_an_answer_given_before_is_not_given_again_to_a_renewed_link(deal: Deal, house: House) -> None:
    _, shipment = await deal.shipped()
    courier, step = await house.client(), {"status": "picked_up"}
    first = await courier.post(f"{path(shipment)}/checkpoints", json=step, headers={"Idempotency-Key": "one tap"})
    assert first.status_code == 200
    await deal.post(deal.khadija, f"/shipments/{shipment['id']}/link", {})
    refused(await courier.post(f"{path(shipment)}/checkpoints", json=step, headers={"Idempotency-Key": "one tap"}), 404, "not_found")


async def test_only_a_steward_renews_a_link_and_the_new_label_opens(deal: Deal, house: House) -> None:
    _, shipment = await deal.shipped()
    url = f"/shipments/{shipment['id']}"
    for who in (deal.fatima, deal.claire):
        refused(await who.post(f"{url}/link"), 403, "not_allowed")
    refused(await (await house.client("ellen")).post(f"{url}/link"), 404, "not_found")
    again = {"Idempotency-Key": "one tap"}
    new, same = [(await deal.khadija.post(f"{url}/link", headers=again)).json() for _ in range(2)]
    assert new == same and new["courier_code"] != shipment["courier_code"]
    courier = await house.client()
    assert (await courier.get(path(new))).status_code == 200
    assert (await courier.post("/c/", json={"code": new["courier_code"]})).json() == {"link": path(new)}
    refused(await courier.post("/c/", json={"code": shipment["courier_code"]}), 404, "not_found")
    page = (await deal.khadija.get(url, headers=HTML)).text
    assert f'action="{url}/link"' in page and new["courier_code"] in page
    assert f'action="{url}/link"' not in (await deal.fatima.get(url, headers=HTML)).text


async def test_a_link_printed_before_links_could_be_renewed_still_opens(deal: Deal, house: House) -> None:
    """As the version before made it."""
    import base64
    import hmac

    _, shipment = await deal.shipped()
    row, secret = await Shipment.get(id=shipment["id"]), bytes((await HouseRow.get(id=1)).secret)
    raw = row.id.bytes + hmac.digest(secret, b"courier/" + row.id.bytes, "sha256")[:16]
    assert path(shipment) == "/c/" + base64.urlsafe_b64encode(raw).decode().rstrip("=")


async def test_a_courier_sees_neither_money_nor_words_nor_other_parcels(deal: Deal, house: House) -> None:
    secret_words = "Ne le dites à personne"
    await deal.post(deal.claire, f"/threads/{deal.thread}/messages", {"kind": "text", "lang": "fr", "body": secret_words})
    order, shipment = await deal.shipped(**parcels(2), customs={"description": "Tapis de Claire", "value": 87_654, "currency": "EUR"})
    further = await deal.post(deal.khadija, f"/orders/{order['id']}/shipment", parcels() | {"further": True})
    await deal.post(deal.khadija, f"/shipments/{shipment['id']}/papers", {"reason": "export_papers_buyer", "note": "Claire doit signer"})
    courier, link = await house.client(), path(shipment)
    scan = {"status": "picked_up", "note": "2 sacs"}
    told = await courier.post(f"{link}/checkpoints", json=scan)
    await deal.post(deal.khadija, f"/shipments/{shipment['id']}/checkpoints", {"status": "in_transit", "note": "Attend son argent"})
    proven = await courier.post(f"{link}/proof", data={"name": "Claire"}, files={"file": ("x", jpeg()), "signature": ("y", jpeg())})
    proof = (await deal.claire.get(f"/shipments/{shipment['id']}")).json()["proof"]
    quote = (await deal.claire.get(f"/orders/{order['id']}")).json()["quote"]
    people = [str((await house.person(name)).id) for name in ("claire", "fatima", "khadija")]
    hidden = [
        secret_words, order["title"], "Tapis", "87654", "876", "90000", "900", "95000", "950", "EUR", "€", "MAD", "Claire doit signer",
        "Attend son argent", deal.thread, further["id"], further["courier_code"], path(further)[3:], str(quote), *people,
        proof["photo"]["id"], proof["signature"]["id"], "claire@example.org",
    ]  # fmt: skip
    shown = [told.text, proven.text, (await courier.get(link)).text]
    for language in COURIER_LOCALES:
        shown.append((await courier.get(f"{link}?lang={language}", headers=HTML)).text)
    chance = re.compile(r"(/static/[\w./-]+|nonce=\"[^\"]+\"|[0-9T:.-]{16,}Z?|[0-9a-f-]{36}|" + re.escape(link[3:]) + ")")
    for text in shown:
        own = chance.sub(_unless(hidden), text)
        assert [word for word in hidden if word in own] == []
    assert "2 sacs" in shown[2], "their own words they see"


def _unless(hidden: list[str]) -> Any:
    """Digests, moments and ids may hold any digits; an id stays when it is one of those to be hidden."""
    return lambda found: found[0] if found[0] in hidden else ""


async def test_a_proof_holds_a_name_a_photo_and_a_signature(deal: Deal, house: House) -> None:
    _, shipment = await deal.shipped()
    courier, link = await house.client(), path(shipment)
    refused(await courier.post(f"{link}/proof", data={"name": "Claire"}, files={"signature": ("x", b"no picture")}), 400, "not_a_picture")
    refused(await courier.post(f"{link}/proof", files={"signature": ("x.png", jpeg())}), 400, "bad_form")
    drawn = await courier.post(f"{link}/proof", data={"name": "Voisine"}, files={"signature": ("signature.png", jpeg(400, 200))})
    assert drawn.json()["proof"].keys() == {"name", "at"}
    proof = (await deal.claire.get(f"/shipments/{shipment['id']}")).json()["proof"]
    assert (proof["name"], proof["photo"], proof["signature"]["width"]) == ("Voisine", None, 400)
    await courier.post(f"{link}/proof", data={"name": "Voisine"}, files={"file": ("door.jpg", jpeg())})
    both = (await deal.claire.get(f"/shipments/{shipment['id']}")).json()["proof"]
    assert both["photo"] and both["signature"] == proof["signature"], "a photo sent later leaves the signature"
    picture = proof["signature"]["renditions"]["small"]
    for who, status in ((deal.claire, 200), (deal.khadija, 200), (await house.client("ellen"), 404), (courier, 404)):
        assert (await who.get(picture)).status_code == status
    page = (await deal.claire.get(f"/shipments/{shipment['id']}", headers=HTML)).text
    assert f'src="{picture}"' in page and "Voisine" in page


async def test_the_page_speaks_four_languages_and_the_phone_keeps_the_choice(deal: Deal, house: House) -> None:
    _, shipment = await deal.shipped()
    link, words = path(shipment), {"zgh": "Tanmmirt", "ar": "شكرًا", "fr": "Merci", "en": "Thank you"}
    for language in COURIER_LOCALES:
        courier = await house.client(None, Accept="text/html")
        page = (await courier.get(f"{link}?lang={language}")).text
        right = 'dir="rtl"' if language == "ar" else 'dir="ltr"'
        assert f'<html lang="{language}" {right}>' in page and words[language] in page
        again = await courier.get(link)
        assert f'<html lang="{language}"' in again.text and again.headers["content-language"] == language
        elsewhere = (await courier.get("/")).text
        assert f'<html lang="{language}"' not in elsewhere or language == "fr", "the shop has languages of its own"
    phone = await house.client(None, **HTML, **{"Accept-Language": "shi-Latn-MA,fr;q=0.8"})
    assert '<html lang="zgh"' in (await phone.get(link)).text
    assert '<html lang="fr"' in (await phone.get("/")).text


async def test_the_page_is_nobodys_own(deal: Deal, house: House) -> None:
    """Whoever is signed in on this phone: it is kept on it, and shown to whoever holds the label."""
    _, shipment = await deal.shipped()
    for client in (deal.khadija, deal.fatima):
        page = await client.get(path(shipment), headers=HTML)
        assert "data-person" not in page.text and page.headers["cache-control"] == "private, no-cache"


async def test_the_worker_reaches_no_further_than_these_pages(house: House) -> None:
    client = await house.client()
    answer = await client.get("/c/sw.js")
    assert answer.headers["content-type"].startswith("text/javascript") and answer.headers["cache-control"] == "no-cache"
    assert "service-worker-allowed" not in answer.headers
    files = re.findall(r'"(/static/[^"]+)"', answer.text)
    assert any("courier-steps" in name for name in files) and any("lib/courier" in name for name in files)
    for name in files:
        assert (await client.get(name)).status_code == 200
    assert "serviceWorker" not in (await client.get("/", headers=HTML)).text

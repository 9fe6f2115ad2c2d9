"""Two people agree on a rug at their phones, and on what comes between: each sees at once what the other did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Locator, expect

from hub import clock
from models.catalogue import ProductPhoto
from models.orders import Order
from tests.deals import Deal
from tests.house import House, jpeg
from tests.journeys.conftest import Invite
from tests.journeys.people import LIVE_MS, PHONE, Someone, without_reload
from tests.journeys.test_story import ORDER, QUOTE, THREAD, pays, sends_the_quote

pytestmark = pytest.mark.timeout(180)
A_VOICE = """
window.spoken = []
speechSynthesis.getVoices = () => [{lang: 'fr-FR', name: 'Amélie'}]
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text } }
speechSynthesis.speak = utterance => window.spoken.push(utterance.text)
"""


@pytest.fixture
async def claire(invite: Invite) -> AsyncIterator[Someone]:
    """A buyer at her phone."""
    yield await invite("claire", PHONE)


@pytest.fixture
async def deal(house: House) -> Deal:
    """A rug of 200 x 300 cm at 900 euros, and a conversation about it."""
    piece = await house.product(title={"fr": "Hanbel", "en": "Hanbel"}, one_of_a_kind=False)
    await ProductPhoto.create(product=piece, media_id=await house.photo("fatima", "product"))
    return await Deal.begun(house, piece)


async def test_from_the_wish_to_the_balance(deal: Deal, claire: Someone, fatima: Someone, khadija: Someone) -> None:
    for person in (claire, fatima):
        await person.goes(f"/threads/{deal.thread}")
    await claire_wishes_for_another_size(claire, fatima)
    await fatima_offers_it(claire, fatima)
    await claire_counters_and_thinks_again(claire, fatima)
    await fatima_accepts(claire, fatima)
    await khadija.goes("/board")
    await pays(khadija, "VIR 1")
    await they_move_the_promise(claire, fatima)
    await it_is_made_mended_and_passed(claire, fatima, khadija)
    async with without_reload(claire):
        await pays(khadija, "VIR 2")
        await claire.sees("Un transporteur est à réserver", "0 €")
    fits = "document.documentElement.scrollWidth <= innerWidth"
    assert await claire.page.evaluate(fits) and await fatima.page.evaluate(fits)


async def claire_wishes_for_another_size(claire: Someone, fatima: Someone) -> None:
    """Half as long and half as wide, with a photo of the room."""
    await claire.taps("Demander une pièce sur mesure")
    await claire.arrives(THREAD + "/request")
    await claire.writes("Largeur", "100")
    await claire.writes("Longueur", "150")
    await claire.page.get_by_label("Pays").select_option(label="France")
    await claire.shows(jpeg(800, 600))
    async with without_reload(fatima):
        await claire.taps("Envoyer ma demande")
        await claire.arrives(THREAD)
        await fatima.sees("Claire souhaite une pièce", "Faire un devis")


async def fatima_offers_it(claire: Someone, fatima: Someone) -> None:
    """A quarter of the area, a quarter of the price; it follows the size until she writes it; the day is tapped."""
    await fatima.taps("Faire un devis")
    await fatima.arrives(THREAD + "/offer")
    price = fatima.page.get_by_label("Pour une pièce")
    await expect(price).to_have_value("225")
    await fatima.writes("Longueur", "200")
    await expect(price).to_have_value("300")
    await fatima.writes("Pour une pièce", "310")
    await fatima.writes("Longueur", "150")
    await expect(price).to_have_value("310")
    await fatima.taps("Prix selon la taille")
    await expect(price).to_have_value("225")

    day = clock.now().date() + timedelta(days=40)
    await fatima.writes("Jours", "39")
    await fatima.touch(fatima.page.locator(f'[data-day="{day.isoformat()}"]'))
    await expect(fatima.page.get_by_label("Jours", exact=True)).to_have_value("40")
    async with without_reload(claire):
        await sends_the_quote(fatima)
        await claire.sees("Fatima a fait un devis", "40 jours", "J’accepte")
        await claire.sees_photo(".quote-card .thumbs")


async def claire_counters_and_thinks_again(claire: Someone, fatima: Someone) -> None:
    """Fewer days, no photo; then, before Fatima answers, a little more money. What differs is marked before it is sent."""
    await claire.taps("Changer")
    await claire.arrives(QUOTE + "/counter")
    await claire.writes("Jours", "30")
    await claire.taps("Retirer cette photo")
    await claire.taps("Regardez encore une fois")
    await expect(marked(claire).filter(has_text="Jours")).to_contain_text("40 30")
    await expect(marked(claire)).to_have_count(2)
    async with without_reload(fatima):
        await claire.taps("Oui, envoyer")
        await claire.arrives(THREAD)
        await fatima.sees("L’acheteur a changé", "Photos", "30 jours")
    await claire.taps("Changer")
    await claire.arrives(QUOTE + "/revise")
    await claire.writes("Pour une pièce", "240")
    async with without_reload(fatima):
        await sends_the_quote(claire)
        await fatima.sees("Claire a modifié le devis", "Version 3", "240 €")
        await fatima.taps("Versions précédentes")
        await fatima.sees("Version 1")


def marked(person: Someone) -> Locator:
    """The rows of the read-back that differ from the version on the table."""
    return person.page.locator(".read-back [data-changed]")


async def fatima_accepts(claire: Someone, fatima: Someone) -> None:
    """The artisan may say yes as well; both are on the order's page from now on."""
    async with without_reload(claire, fatima):
        await fatima.taps("J’accepte")
        for person in (claire, fatima):
            await person.sees("Fatima a accepté", "Une commande est ouverte")
    for person in (claire, fatima):
        await person.taps("Voir la commande")
        await person.arrives(ORDER)
    await claire.sees("est attendu de l’acheteur", "Sans lui, la commande s’arrête le")


async def they_move_the_promise(claire: Someone, fatima: Someone) -> None:
    """More time is agreed to; a pause as well; each is shown with the day it leads to."""
    first = clock.now().date() + timedelta(days=30)
    await asks(fatima, "Demander plus de temps", "/extend", first + timedelta(days=5), claire, "L’artisan demande du temps")
    async with without_reload(fatima):
        await claire.taps("Oui, accorder ce temps")
        await fatima.sees("Promis pour le")
        await expect(fatima.page.locator(".order-awaits")).to_contain_text("L’artisan la fabrique", timeout=LIVE_MS)
    await asks(fatima, "Demander une pause", "/pause", clock.now().date() + timedelta(days=7), claire, "L’artisan demande une pause")
    async with without_reload(fatima):
        await claire.taps("Oui, reposez-vous")
        await fatima.sees("Le travail se repose jusqu’au")
    promised = (await Order.all().first()).promised_by  # type: ignore[union-attr]
    assert promised == first + timedelta(days=12)


async def asks(fatima: Someone, words: str, page: str, day: object, claire: Someone, seen: str) -> None:
    """By a day in the month."""
    await fatima.taps(words)
    await fatima.arrives(ORDER + page)
    for _ in range(3):
        if await fatima.page.locator(f'[data-day="{day}"]').count():
            break
        await fatima.taps("Le mois suivant")
    await fatima.touch(fatima.page.locator(f'[data-day="{day}"]'))
    await fatima.ticks("Une fête")
    async with without_reload(claire):
        await fatima.taps("Demander à l’acheteur")
        await fatima.arrives(ORDER)
        await claire.sees(seen)


async def it_is_made_mended_and_passed(claire: Someone, fatima: Someone, khadija: Someone) -> None:
    """The head office sends it back once, with a reason."""
    await finishes(fatima)
    await khadija.goes("/board")
    await khadija.taps("Vérifier la pièce")
    await khadija.arrives(ORDER + "/inspect")
    await khadija.writes("Si elle n’est pas juste : que faut-il reprendre ?", "Une frange manque")
    async with without_reload(claire, fatima):
        await khadija.taps("La renvoyer")
        await khadija.arrives(ORDER)
        for person in (claire, fatima):
            await person.sees("Le bureau l’a renvoyée à reprendre", "Une frange manque")
    await finishes(fatima)
    await khadija.taps("Vérifier la pièce")
    async with without_reload(claire, fatima):
        await khadija.taps("Elle est juste")
        await khadija.arrives(ORDER)
        for person in (claire, fatima):
            await person.sees("est attendu de l’acheteur", "Vérifiée par le bureau")


async def finishes(fatima: Someone) -> None:
    """A photo, the weight; the size is as agreed."""
    await fatima.taps("Elle est finie")
    await fatima.arrives(ORDER + "/made")
    await fatima.shows(jpeg(800, 600))
    await fatima.writes("Poids", "4200")
    await fatima.taps("Elle est finie")
    await fatima.arrives(ORDER)


async def test_a_piece_more_and_a_piece_less(deal: Deal, claire: Someone, fatima: Someone) -> None:
    quote = await deal.offer(colours=["madder"])
    await fatima.goes(f"/quotes/{quote['id']}")
    await fatima.is_live()
    await claire.goes(f"/quotes/{quote['id']}/counter")
    for words in ("Un coussin", "Un pouf"):
        await claire.taps("Une pièce de plus")
        piece = claire.page.locator("[data-item]").last
        await claire.writes("Qu’est-ce que c’est ?", words, piece)
        await claire.writes("Pour une pièce", "40", piece)
    await claire.taps("Sans cette pièce", claire.page.locator("[data-item]").nth(1))
    async with without_reload(fatima):
        await claire.taps("Regardez encore une fois")
        await expect(marked(claire)).to_contain_text("Un pouf")
        await expect(claire.page.locator('.read-back [data-value="items.0.unit_price_decimal"]')).to_have_text("900 €")
        await claire.taps("Oui, envoyer")
        await claire.arrives(THREAD)
        await fatima.sees("L’acheteur a changé", "Un pouf", "990 €")
    items = (await deal.claire.get(f"/quotes/{quote['id']}")).json()["terms"]["items"]
    assert [(item["description"], item["unit_price"], item["colours"]) for item in items] == [
        ("Tapis indigo", 90_000, ["madder"]), ("Un pouf", 4_000, []),
    ]


async def test_an_acceptance_tapped_without_a_network_goes_when_there_is_one(deal: Deal, claire: Someone, fatima: Someone) -> None:
    quote = await deal.offer()
    for person in (claire, fatima):
        await person.goes(f"/quotes/{quote['id']}")
        await person.is_live()
    await claire.context.set_offline(True)
    async with without_reload(claire, fatima):
        await claire.taps("J’accepte")
        await claire.sees("Votre réponse est gardée")
        await claire.context.set_offline(False)
        for person in (claire, fatima):
            await person.sees("Voir la commande")
    assert await Order.all().count() == 1


async def test_one_tapped_in_time_that_comes_late_is_for_the_other_to_confirm(deal: Deal, claire: Someone, fatima: Someone) -> None:
    quote = await deal.offer(valid_until=clock.iso(clock.now() + timedelta(hours=1)))
    for person in (claire, fatima):
        await person.goes(f"/quotes/{quote['id']}")
        await person.is_live()
    await claire.context.set_offline(True)
    await claire.taps("J’accepte")
    await claire.sees("Votre réponse est gardée")
    with clock.shifted(timedelta(hours=3)):
        async with without_reload(claire, fatima):
            await claire.context.set_offline(False)
            await fatima.sees("est arrivé tard")
            await fatima.taps("Oui, il tient toujours")
            for person in (claire, fatima):
                await person.sees("Voir la commande")
    assert await Order.all().count() == 1


async def test_two_answers_in_one_instant_leave_both_screens_with_one_truth(deal: Deal, claire: Someone, fatima: Someone) -> None:
    quote = await deal.offer()
    for person in (claire, fatima):
        await person.goes(f"/quotes/{quote['id']}")
        await person.is_live()
    await fatima.taps("Retirer")
    async with without_reload(claire, fatima):
        await asyncio.gather(claire.taps("J’accepte"), fatima.taps("Oui, retirer ce devis"))
        status = ""
        for person in (claire, fatima):
            card = person.page.locator(".quote-card:not([data-status=open])")
            await expect(card).to_be_visible(timeout=LIVE_MS)
            status = await card.get_attribute("data-status") or ""
            assert status in ("accepted", "withdrawn")
    assert status == (await deal.claire.get(f"/quotes/{quote['id']}")).json()["status"]
    assert await Order.all().count() == (status == "accepted")
    for person in (claire, fatima):  # the slower one was told no, which a browser writes down
        person.troubles[:] = [trouble for trouble in person.troubles if "409" not in trouble]


async def test_the_time_left_ticks_and_its_end_is_seen(deal: Deal, claire: Someone) -> None:
    quote = await deal.offer(valid_until=clock.iso(clock.now() + timedelta(seconds=8)))
    await claire.goes(f"/quotes/{quote['id']}")
    left = claire.page.locator(".time-left relative-time")
    before = await left.inner_text()
    async with without_reload(claire):
        await expect(left).not_to_have_text(before, timeout=LIVE_MS)
        await expect(claire.page.locator(".quote-card[data-status=expired]")).to_be_visible(timeout=12_000)


async def test_the_card_is_read_aloud_to_whoever_asks_where_there_is_a_voice(deal: Deal, claire: Someone, fatima: Someone) -> None:
    quote = await deal.offer(note="Azul")
    await claire.goes(f"/quotes/{quote['id']}")
    await claire.sees("J’accepte")
    await expect(claire.page.get_by_role("button", name="Lisez-le-moi")).to_be_hidden()  # this browser has no voice
    await fatima.page.add_init_script(A_VOICE)
    await fatima.goes(f"/quotes/{quote['id']}")
    assert await fatima.page.evaluate("window.spoken") == []
    await fatima.taps("Lisez-le-moi")
    [said] = await fatima.page.evaluate("window.spoken")
    for words in ("Tapis indigo", "200 sur 300 centimètres", "Temps de fabrication: 30 jours", "Azul", "950 €"):
        assert words in said.replace("\xa0", " ")
    assert "Refuser" not in said

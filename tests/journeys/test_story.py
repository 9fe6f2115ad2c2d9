"""The story that must always work, played by five people at once: what one does, the others see without reloading."""

from __future__ import annotations

import io
from statistics import median

import pypdfium2
import pytest
import zxingcpp
from playwright.async_api import expect

from models.catalogue import ProductPhoto
from tests.house import House, jpeg
from tests.journeys.people import LIVE_MS, Someone, without_reload

pytestmark = pytest.mark.timeout(180)
THREAD, ORDER, QUOTE = "/threads/[^/]+", "/orders/[^/]+", "/quotes/[^/]+"


async def a_red_rug(house: House) -> None:
    """Fatima's rug in the shop, with its picture."""
    piece = await house.product(title={"fr": "Hanbel rouge", "en": "Red hanbel"}, colours=["madder", "ivory"], one_of_a_kind=False)
    await ProductPhoto.create(product=piece, media_id=await house.photo("fatima", "product"))


async def test_the_story(house: House, claire: Someone, fatima: Someone, ahmed: Someone, khadija: Someone, courier: Someone) -> None:
    await a_red_rug(house)
    await fatima.goes("/threads")
    await ahmed.goes("/threads")
    await khadija.goes("/board")

    await claire_asks(claire, fatima)
    await ahmed_comes_to_help(claire, fatima, ahmed)
    await ahmed_relays(claire, fatima, ahmed)
    await claire_wishes(claire, fatima)
    await fatima_makes_a_quote(claire, fatima)
    await they_agree(claire, fatima, khadija)
    order = await the_deposit_arrives(claire, fatima, khadija)
    await fatima_shows_how_it_goes(claire, fatima)
    await the_piece_is_made_and_checked(claire, fatima, khadija)
    link = await it_is_paid_and_booked(claire, fatima, khadija)
    await the_courier_carries_it(claire, fatima, courier, link)
    await claire_confirms(claire, fatima, khadija)
    await the_ledger_agrees(khadija, order)
    assert median([wait for person in (claire, fatima, ahmed, khadija, courier) for wait in person.waits]) < 1


async def claire_asks(claire: Someone, fatima: Someone) -> None:
    """Through the shop to a conversation, which appears on Fatima's phone."""
    await claire.goes("/products")
    await claire.taps("Hanbel rouge")
    await claire.arrives("/products/[^/]+")
    async with without_reload(fatima):
        await claire.taps("Poser une question")
        await claire.arrives(THREAD)
        await claire.says("Bonjour Fatima ! Ce hanbel existe-t-il en indigo ?")
        await fatima.sees("Claire", "Hanbel rouge", "Ce hanbel existe-t-il")
    await fatima.taps("Claire")
    await fatima.arrives(THREAD)
    await fatima.sees("Ce hanbel existe-t-il", "Attend qu’une aide le relaie")
    async with without_reload(claire, fatima):
        await expect(claire.message("existe-t-il en indigo")).to_have_attribute("data-state", "read", timeout=LIVE_MS)


async def ahmed_comes_to_help(claire: Someone, fatima: Someone, ahmed: Someone) -> None:
    """Fatima calls him; everybody sees him join."""
    async with without_reload(claire, fatima, ahmed):
        await fatima.taps("Appeler une aide")
        await fatima.taps("Appeler", fatima.page.locator("li", has_text="Ahmed").filter(visible=True))
        for person in (claire, fatima):
            await person.sees("Ahmed est là pour aider")
            await expect(person.page.locator("#thread-people [data-role=mentor]")).to_contain_text("Ahmed", timeout=LIVE_MS)
        await ahmed.sees("Claire", "Fatima")
    await ahmed.taps("Claire")
    await ahmed.arrives(THREAD)


async def relays(ahmed: Someone, heard: str, said: str) -> None:
    """He says it again in the language the form proposes."""
    message = ahmed.message(heard)
    await ahmed.taps("Relayer", message)
    await ahmed.writes("La même chose, dans l’autre langue", said, message)
    await ahmed.taps("Envoyer le relais", message)


async def ahmed_relays(claire: Someone, fatima: Someone, ahmed: Someone) -> None:
    """Each reads their own language first; the original is one tap away."""
    async with without_reload(claire, fatima, ahmed):
        await relays(ahmed, "existe-t-il en indigo", "Azul Fatima! Is illa s nnilt?")
        await fatima.sees("Is illa s nnilt?")
        await fatima.sees_no("Ce hanbel existe-t-il")
        await fatima.taps("Original", fatima.message("Is illa s nnilt?"))
        await fatima.sees("Ce hanbel existe-t-il en indigo ?")

        await fatima.page.get_by_role("textbox", name="Message").press_sequentially("Yah,")
        await claire.sees("Fatima écrit…")
        await fatima.says(" ẓḍarɣ ad t skrɣ.")
        await claire.sees("Yah, ẓḍarɣ ad t skrɣ.")
        await ahmed.sees("Yah, ẓḍarɣ ad t skrɣ.")
        await relays(ahmed, "Yah, ẓḍarɣ", "Oui, je peux le faire.")
        await claire.sees("Oui, je peux le faire.")
        await claire.sees_no("Yah, ẓḍarɣ ad t skrɣ.")
        await claire.taps("Original", claire.message("Oui, je peux le faire."))
        await claire.sees("Yah, ẓḍarɣ ad t skrɣ.")


async def claire_wishes(claire: Someone, fatima: Someone) -> None:
    """The same, in indigo, before May."""
    await claire.taps("Demander une pièce sur mesure")
    await claire.arrives(THREAD + "/request")
    await claire.writes("Avec vos mots", "Le même hanbel, en indigo.")
    await claire.ticks("Rouge garance")
    await claire.ticks("Indigo")
    await claire.writes("Souhaité pour", "2027-05-01")
    await claire.page.get_by_label("Pays").select_option(label="France")
    await claire.writes("Ville", "Lyon")
    async with without_reload(fatima):
        await claire.taps("Envoyer ma demande à Fatima")
        await claire.arrives(THREAD)
        await fatima.sees("Claire souhaite une pièce", "Le même hanbel, en indigo.", "Faire un devis")
    await claire.sees("Claire souhaite une pièce")


async def sends_the_quote(person: Someone) -> None:
    """Reads it back, then sends it."""
    await person.taps("Regardez encore une fois")
    await person.sees("Est-ce juste ?")
    await person.taps("Oui, envoyer")
    await person.arrives(THREAD)


async def fatima_makes_a_quote(claire: Someone, fatima: Someone) -> None:
    """Big buttons; the card is live on both screens."""
    await fatima.taps("Faire un devis")
    await fatima.arrives(THREAD + "/offer")
    for _ in range(2):
        await fatima.touch(fatima.page.locator("number-stepper", has=fatima.page.get_by_label("Pour une pièce")).get_by_label("Plus"))
    await fatima.writes("Jours", "60")
    await fatima.writes("Prix du voyage", "90")
    await fatima.sees("1 010")
    async with without_reload(claire):
        await sends_the_quote(fatima)
        await claire.sees("Fatima a fait un devis", "J’accepte", "60 jours", "Répondre au plus tard le")
    await fatima.sees("En attente de l’acheteur")


async def they_agree(claire: Someone, fatima: Someone, khadija: Someone) -> None:
    """She asks for less, the other meets her halfway; yes to exactly that version."""
    await claire.taps("Changer")
    await claire.arrives(QUOTE + "/counter")
    await claire.writes("Pour une pièce", "850")
    async with without_reload(fatima):
        await sends_the_quote(claire)
        await fatima.sees("Claire propose un changement", "L’acheteur a changé", "À vous")
    await fatima.taps("Changer")
    await fatima.arrives(QUOTE + "/counter")
    await fatima.writes("Pour une pièce", "890")
    async with without_reload(claire):
        await sends_the_quote(fatima)
        await claire.sees("Fatima propose un changement", "L’artisan a changé", "J’accepte")
    async with without_reload(claire, fatima, khadija):
        await claire.taps("J’accepte")
        for person in (claire, fatima):
            await person.sees("Claire a accepté", "Une commande est ouverte")
        await khadija.sees("Acompte attendu", "Noter le paiement")


async def pays(khadija: Someone, reference: str) -> str:
    """The head office writes down money that came to the bank; the order's path."""
    await khadija.taps("Noter le paiement")
    await khadija.arrives(ORDER + "/pay")
    await khadija.writes("Référence", reference)
    await khadija.taps("L’argent est là")
    return await khadija.arrives(ORDER)


async def the_deposit_arrives(claire: Someone, fatima: Someone, khadija: Someone) -> str:
    """30 % of 980 euros; the making begins. The order's path."""
    async with without_reload(claire, fatima):
        order = await pays(khadija, "BMCE 4411")
        for person in (claire, fatima):
            await person.sees("L’argent est arrivé", "294", "En fabrication")
    await khadija.sees("L’artisan la fabrique", "Promis pour le")
    return order


async def fatima_shows_how_it_goes(claire: Someone, fatima: Someone) -> None:
    """A photo from her phone, on Claire's screen."""
    await fatima.taps("En fabrication")
    await fatima.arrives(ORDER)
    await fatima.taps("Montrer où en est le travail")
    await fatima.arrives(ORDER + "/progress")
    await fatima.shows(jpeg(1600, 1200))
    await fatima.ticks("À moitié tissé")
    async with without_reload(claire):
        await fatima.taps("Montrer à l’acheteur")
        await fatima.arrives(ORDER)
        await claire.sees("À moitié tissé")
        await claire.sees_photo(".event-order")
    await fatima.sees_photo(".strip")


async def the_piece_is_made_and_checked(claire: Someone, fatima: Someone, khadija: Someone) -> None:
    """Photographed, measured, weighed, and passed by the head office."""
    await khadija.goes("/board")
    await fatima.taps("Elle est finie")
    await fatima.arrives(ORDER + "/made")
    await fatima.shows(jpeg(1600, 1200))
    await fatima.writes("Poids", "9600")
    async with without_reload(claire, khadija):
        await fatima.taps("Elle est finie")
        await fatima.arrives(ORDER)
        await claire.sees("La pièce est finie")
        await khadija.sees("À vérifier", "Vérifier la pièce")
    await khadija.taps("Vérifier la pièce")
    await khadija.arrives(ORDER + "/inspect")
    await khadija.sees("Convenu", "Mesuré")
    async with without_reload(claire, fatima):
        await khadija.taps("Elle est juste")
        await khadija.arrives(ORDER)
        await claire.sees("Vérifiée par le bureau")
        await fatima.sees("est attendu de l’acheteur")


async def it_is_paid_and_booked(claire: Someone, fatima: Someone, khadija: Someone) -> str:
    """The rest, a carrier, a label; the link in the label's code."""
    async with without_reload(claire, fatima):
        await pays(khadija, "BMCE 4502")
        await claire.sees("686")
        await fatima.sees("Un transporteur est à réserver")
        await khadija.taps("Réserver le transporteur")
        await khadija.arrives(ORDER + "/ship")
        await khadija.taps("Réserver")
        await khadija.arrives("/(orders|shipments)/[^/]+")
        await claire.sees("Un transporteur est réservé")
        await fatima.sees("Pas encore ramassé")
    label = khadija.page.get_by_role("link", name="Imprimer l’étiquette")
    answer = await khadija.context.request.get(khadija.base + str(await label.get_attribute("href")))
    return scanned(await answer.body())


def scanned(label: bytes) -> str:
    """What a phone's camera reads from the printed label."""
    page = pypdfium2.PdfDocument(io.BytesIO(label))[0].render(scale=3).to_pil()
    found = [code.text for code in zxingcpp.read_barcodes(page) if code.text.startswith("http")]
    assert found, "no code on the label"
    return found[0]


async def the_courier_carries_it(claire: Someone, fatima: Someone, courier: Someone, link: str) -> None:
    """Collected, on the way, delivered with a name: each at once in the conversation."""
    await courier.goes(link)
    async with without_reload(claire, fatima):
        await courier.taps("Ramassé")
        await claire.sees("Ramassé")
        await fatima.sees("Ramassé")
        await courier.sees("En route")
        await courier.taps("En route")
        await claire.sees("En route")
        await courier.page.locator(".courier-done").nth(1).wait_for()
        await courier.writes("Qui l’a pris ?", "Claire Vasseur")
        await courier.taps("Oui, livré")
        await claire.sees("Reçu par Claire Vasseur")
        await fatima.sees("Bien arrivée ? L’acheteur confirme")
    await courier.sees("Merci !")


async def claire_confirms(claire: Someone, fatima: Someone, khadija: Someone) -> None:
    """The order is complete on every screen."""
    await khadija.goes("/board")
    await khadija.sees("Livrée, à confirmer")
    await claire.page.locator("deal-bar a").click()
    await claire.arrives(ORDER)
    async with without_reload(claire, fatima, khadija):
        await claire.taps("Elle est bien arrivée")
        for person in (claire, fatima):
            await person.sees("Tout est fait. Merci !")
        await khadija.sees_no("Livrée, à confirmer")
    await claire.taps("Retour à la conversation")
    await claire.arrives(THREAD)
    await claire.sees("Elle est bien arrivée. La commande est conclue.")


async def the_ledger_agrees(khadija: Someone, order: str) -> None:
    """890 for the piece and 90 for the journey: 85 % of the piece is owed to Fatima, nothing is left in between."""
    answer = await khadija.context.request.get(f"{khadija.base}/ledger{order}", headers={"Accept": "application/json"})
    by_kind: dict[str, int] = {}
    for account, amounts in (await answer.json())["balances"].items():
        kind = account.partition("/")[0]
        by_kind[kind] = by_kind.get(kind, 0) + amounts["EUR"]
    assert by_kind.pop("external_cash") == -98_000
    assert {kind: amount for kind, amount in by_kind.items() if amount} == {
        "artisan_payable": 75_650, "coop_commission": 13_350, "shipping_payable": 9_000,
    }  # fmt: skip

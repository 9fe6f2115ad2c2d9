"""A thumb that taps twice, and a form that can't go: nothing else is opened, and the screen says why."""

from __future__ import annotations

import re

from tests.deals import Deal
from tests.house import House
from tests.journeys.people import Someone


async def test_a_second_tap_on_yes_opens_nothing_else(house: House, fatima: Someone) -> None:
    """The sheet stays until there is an answer: under its button is the way to the shop."""
    deal = await Deal.begun(house)
    await fatima.goes(f"/threads/{deal.thread}/offer")
    await fatima.writes("Qu’est-ce que c’est ?", "Un tapis")
    await fatima.writes("Pour une pièce", "900")
    await fatima.page.get_by_label("Pays").select_option(label="France")
    await fatima.taps("Regardez encore une fois")
    box = await fatima.page.get_by_role("button", name="Oui, envoyer").bounding_box()
    assert box
    for _ in range(2):
        await fatima.page.touchscreen.tap(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    await fatima.arrives(f"/threads/{deal.thread}")
    kinds = [event["kind"] for event in await deal.events()]
    assert kinds == ["quote.offered"]


async def test_a_refused_quote_is_shown_on_its_page(house: House, fatima: Someone) -> None:
    """The sheet makes room for what the hub said."""
    deal = await Deal.begun(house)
    await fatima.goes(f"/threads/{deal.thread}/offer")
    await fatima.writes("Qu’est-ce que c’est ?", "Un tapis")
    await fatima.writes("Pour une pièce", "900")
    await fatima.page.get_by_label("Pays").select_option(label="France")
    await deal.offer()  # from another of her devices, meanwhile
    await fatima.taps("Regardez encore une fois")
    await fatima.taps("Oui, envoyer")
    await fatima.sees("Ce devis a changé entre-temps")
    assert fatima.troubles.pop().endswith("409 (Conflict)")


async def test_a_finished_piece_without_a_photo_is_refused_in_words(house: House, fatima: Someone) -> None:
    """No field that nobody sees keeps the form back in silence."""
    deal = await Deal.begun(house)
    order = await deal.making()
    await fatima.goes(f"/orders/{order['id']}/made")
    await fatima.taps("Elle est finie")
    await fatima.sees("Il faut une photo")
    assert "400" in fatima.troubles.pop()


async def test_a_picture_that_is_none_says_so_where_it_stands(house: House, fatima: Someone) -> None:
    """The words are on the screen, and there is no bar that promises an upload."""
    deal = await Deal.begun(house)
    order = await deal.making()
    await fatima.goes(f"/orders/{order['id']}/progress")
    files = [{"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": b"no picture at all"}]
    await fatima.page.locator("photo-field input[type=file]").set_input_files(files)  # type: ignore[arg-type]
    await fatima.sees("Choisissez-en une autre")
    words, photo = [await fatima.page.locator(one).bounding_box() for one in (".photo > .refusal", "photo-field .photo")]
    assert words and photo and words["height"] > 40 and words["y"] + words["height"] <= photo["y"] + photo["height"] + 1
    assert await fatima.page.locator(".photo progress").count() == 0
    assert "400" in fatima.troubles.pop()


async def test_the_head_office_goes_back_to_where_it_came_from(house: House, khadija: Someone) -> None:
    """A steward is not in the conversation: the way back leads to the board."""
    deal = await Deal.begun(house)
    order = await deal.order()
    await khadija.goes(f"/orders/{order['id']}")
    await khadija.taps("Retour au tableau")
    await khadija.arrives("/board")


async def test_each_call_says_who_is_called(house: House, claire: Someone) -> None:
    """To an ear, two buttons with the same word are one."""
    deal = await Deal.begun(house)
    await house.person("ahmed")
    await claire.goes(f"/threads/{deal.thread}")
    await claire.page.get_by_role("link", name="Appeler une aide").click()
    await claire.page.get_by_role("button", name=re.compile("^Appeler Ahmed")).click()
    await claire.sees("Ahmed est là pour aider")
    assert "joined" in [event["kind"] for event in await deal.events()]


async def test_a_tap_without_a_network_on_a_page_that_was_left(house: House, claire: Someone) -> None:
    """It isn't sent behind her back, and she is told, once."""
    deal = await Deal.begun(house)
    quote = await deal.offer()
    path = f"/quotes/{quote['id']}"
    await claire.goes(path)
    await claire.context.set_offline(True)
    await claire.taps("J’accepte")
    await claire.sees("Votre réponse est gardée")
    await claire.page.goto("about:blank")
    await claire.context.set_offline(False)
    other = await claire.another_tab(path)
    await other.sees_no("n’est pas parti")
    await claire.goes(path)
    await claire.sees("ce que vous avez choisi n’est pas parti")
    assert [event["kind"] for event in await deal.events()] == ["quote.offered"]
    await claire.goes(path)
    await claire.sees_no("n’est pas parti")
    await claire.taps("J’accepte")
    await claire.sees("Voir la commande")
    assert "quote.accepted" in [event["kind"] for event in await deal.events()]

"""The demo cooperative: pictures that can be shown, words in three languages."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from hub.demo import gallery, loom, portraits, scenes, weave
from hub.demo.designs import STYLES
from hub.demo.gallery import Picture
from hub.demo.people import ARTISANS, BY_KEY, CRAFTS, PEOPLE, PLACES, Words
from hub.demo.products import all_products
from hub.demo.story import LINES, THREADS

PRODUCTS = all_products()
SMALL = (300, 400)
DRAWINGS: dict[str, Callable[[int], Image.Image]] = {
    "rug": lambda seed: weave.rug(seed, "azilal", *SMALL),
    "re-dyed rug": lambda seed: weave.rug(seed, "taznakht", *SMALL, swap={"madder": "indigo"}),
    "detail": lambda seed: weave.detail(seed, "hanbel", *SMALL),
    "loom": lambda seed: loom.progress(seed, "boujad", 0.4, *SMALL),
    "portrait": lambda seed: portraits.portrait(seed, "turban", 300),
    "village": lambda seed: scenes.village(seed, 400, 225),
}


def blank(image: Image.Image) -> bool:
    return float(np.asarray(image.convert("L"), np.float32).std()) < 6


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_same_seed_draws_the_same_picture(name: str) -> None:
    draw = DRAWINGS[name]
    assert draw(7).tobytes() == draw(7).tobytes()
    assert draw(7).tobytes() != draw(8).tobytes()


@pytest.mark.parametrize("style", [*STYLES, *gallery.OBJECTS])
def test_every_style_fills_its_sheet(style: str) -> None:
    image = gallery.draw(Picture("front", style, 3), *SMALL)
    assert image.size == SMALL
    assert not blank(image)


@pytest.mark.parametrize("dress", portraits.DRESSES)
def test_every_dress_makes_a_portrait(dress: str) -> None:
    image = portraits.portrait(5, dress, 320)
    assert image.size == (320, 320)
    assert not blank(image)


def test_pictures_come_in_the_size_the_shop_expects() -> None:
    assert gallery.draw(PRODUCTS[0].pictures[0]).size == (1200, 1600)
    assert scenes.village(1).size == (1600, 900)
    assert portraits.portrait(1).size == (800, 800)
    assert loom.swatch("indigo").size == (600, 600)


def test_a_rug_grows_on_the_loom() -> None:
    early, late = (np.asarray(loom.progress(4, "taznakht", part, *SMALL), np.float32) for part in (0.1, 0.9))
    middle = np.s_[150:250, 110:190]
    assert np.abs(early[middle] - late[middle]).mean() > 10


def test_another_dye_is_the_same_rug() -> None:
    plain = weave.design_of(23, "hanbel")
    indigo = weave.design_of(23, "hanbel", {"madder": "indigo"})
    assert (plain.knots == indigo.knots).all()
    assert "madder" in plain.dyes and "madder" not in indigo.dyes


def test_the_cooperative_has_makers_of_many_crafts() -> None:
    assert len(ARTISANS) >= 6
    assert len({person.craft for person in ARTISANS}) >= 4
    assert len({person.place for person in ARTISANS}) >= 6


def test_every_person_can_be_reached_and_found() -> None:
    assert len(BY_KEY) == len(PEOPLE)
    for person in PEOPLE:
        assert person.email or person.phone
        assert not person.email or person.email.endswith("@example.org")
        assert person.place in PLACES
        assert person.mentor is None or "mentor" in BY_KEY[person.mentor].roles


def test_there_are_twenty_four_products_of_known_artisans() -> None:
    assert len({product.key for product in PRODUCTS}) == len(PRODUCTS) == 24
    for product in PRODUCTS:
        assert product.artisan in {person.key for person in ARTISANS}
        assert product.craft in CRAFTS
        assert product.made in {"one_of_a_kind", "made_to_order"}
        assert 4000 <= product.price_minor <= 140000
        assert min(product.width_cm, product.length_cm, product.weight_g, product.making_days) > 0
        assert 1 <= len(product.pictures) <= 3


def test_rugs_have_the_proportions_they_are_drawn_in() -> None:
    for product in PRODUCTS:
        if product.style in STYLES:
            assert product.length_cm / product.width_cm == pytest.approx(weave.TALL)


def spoken() -> list[Words]:
    biographies = [person.biography for person in ARTISANS]
    assert all(biographies)
    said = [words for product in PRODUCTS for words in (product.title, product.description, product.technique)]
    return [*said, *(b for b in biographies if b), *CRAFTS.values(), *(place.name for place in PLACES.values())]


def test_every_text_is_in_french_english_and_arabic() -> None:
    for words in spoken():
        assert words.fr.strip() and words.en.strip()
        assert any("\u0600" <= letter <= "\u06ff" for letter in words.ar), words


def test_earlier_conversations_hang_together() -> None:
    threads = {thread.key: thread for thread in THREADS}
    keys = {product.key: product.artisan for product in PRODUCTS}
    for thread in THREADS:
        assert keys[thread.product] == thread.artisan
    for line in LINES:
        thread = threads[line.thread]
        assert line.author in {thread.buyer, thread.artisan, *thread.helpers}
        assert line.relay is None or line.relay.by in thread.helpers
        assert line.photo is None or line.photo[0] in STYLES
    assert {line.lang for line in LINES} >= {"fr", "en", "ar", "zgh"}


def test_lines_of_a_thread_come_in_order() -> None:
    for thread in THREADS:
        ages = [line.minutes_ago for line in LINES if line.thread == thread.key]
        assert ages == sorted(ages, reverse=True) and len(ages) >= 4

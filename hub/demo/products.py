"""The shop's twenty-four pieces. Prices in euro cents, sizes in centimetres, weights in grams."""

from dataclasses import dataclass

from hub.demo.gallery import Picture
from hub.demo.people import Words


@dataclass(frozen=True)
class Product:
    """One piece, or one model that can be made again."""

    key: str
    artisan: str
    craft: str
    title: Words
    description: Words
    price_minor: int
    made: str  # "one_of_a_kind" or "made_to_order"
    width_cm: int
    length_cm: int
    weight_g: int
    making_days: int
    materials: tuple[str, ...]
    colours: tuple[str, ...]
    technique: Words
    style: str
    seed: int
    views: tuple[str, ...] = ("front", "detail")
    currency: str = "EUR"

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """In the order of the product's page."""
        return tuple(Picture(view, self.style, self.seed) for view in self.views)


KNOTTED = Words("Noué main, poil long", "Hand-knotted, long pile", "معقود باليد، وبر طويل")
SHORN = Words("Noué main, poil ras", "Hand-knotted, short pile", "معقود باليد، وبر قصير")
RAGS = Words("Chiffons noués main", "Hand-knotted rags", "خرق معقودة باليد")
FLAT = Words("Tissage à plat", "Flat weave", "نسيج مسطح")
ALL_VIEWS = ("front", "detail", "loom")


def all_products() -> tuple[Product, ...]:
    """Weaving first, then the other crafts."""
    from hub.demo.products_crafts import CRAFTED
    from hub.demo.products_woven import WOVEN

    return (*WOVEN, *CRAFTED)

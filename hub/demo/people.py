"""The people of the demo cooperative, where they live and what they make."""

from hub.demo.artisans import ARTISANS
from hub.demo.entries import Face, Person, Place, Words
from hub.rules.sending import Door

__all__ = ["ARTISANS", "BY_KEY", "CRAFTS", "DOORS", "PEOPLE", "PLACES", "Face", "Person", "Place", "Words"]

CRAFTS: dict[str, Words] = {
    "weaving": Words("Tissage", "Weaving", "النسيج"),
    "jewellery": Words("Bijoux en argent", "Silver jewellery", "الحلي الفضية"),
    "leather": Words("Cuir", "Leather", "الجلد"),
    "wood": Words("Bois", "Wood", "الخشب"),
    "pottery": Words("Poterie", "Pottery", "الفخار"),
}

PLACES: dict[str, Place] = {
    "ait-bouguemez": Place(Words("Aït Bouguemez", "Ait Bouguemez", "آيت بوكماز"), 31.65, -6.45),
    "azilal": Place(Words("Azilal", "Azilal", "أزيلال"), 31.96, -6.57),
    "tazenakht": Place(Words("Tazenakht", "Tazenakht", "تازناخت"), 30.58, -7.20),
    "khenifra": Place(Words("Khénifra", "Khenifra", "خنيفرة"), 32.94, -5.67),
    "boujad": Place(Words("Boujad", "Boujad", "أبي الجعد"), 32.77, -6.40),
    "tiznit": Place(Words("Tiznit", "Tiznit", "تيزنيت"), 29.70, -9.73),
    "essaouira": Place(Words("Essaouira", "Essaouira", "الصويرة"), 31.51, -9.77),
    "safi": Place(Words("Safi", "Safi", "آسفي"), 32.30, -9.24),
    "fes": Place(Words("Fès", "Fez", "فاس"), 34.06, -4.98),
    "beni-mellal": Place(Words("Béni Mellal", "Beni Mellal", "بني ملال"), 32.34, -6.36),
    "lyon": Place(Words("Lyon", "Lyon", "ليون"), 45.76, 4.84, "FR"),
    "hamburg": Place(Words("Hambourg", "Hamburg", "هامبورغ"), 53.55, 9.99, "DE"),
    "edinburgh": Place(Words("Édimbourg", "Edinburgh", "إدنبرة"), 55.95, -3.19, "GB"),
    "portland": Place(Words("Portland, Oregon", "Portland, Oregon", "بورتلاند، أوريغون"), 45.52, -122.68, "US"),
}
DOORS: dict[str, Door] = {  # where buyers live
    "lyon": Door("12 rue Mercière", "69002"), "hamburg": Door("Deichstraße 20", "20459"),
    "edinburgh": Door("8 Cockburn Street", "EH1 1NZ"), "portland": Door("1120 SE Main Street", "97214"),
}  # fmt: skip


OTHERS: tuple[Person, ...] = (
    Person(
        "claire",
        "Claire Vasseur",
        ("buyer",),
        "lyon",
        "fr",
        ("fr", "en"),
        ("fr", "en"),
        Face(38, "long hair"),
        email="claire@example.org",
    ),
    Person(
        "ellen",
        "Ellen Marsh",
        ("buyer",),
        "portland",
        "en",
        ("en",),
        ("en",),
        Face(45, "long hair"),
        email="ellen@example.org",
    ),
    Person(
        "jonas",
        "Jonas Petersen",
        ("buyer",),
        "hamburg",
        "en",
        ("en", "fr"),
        ("en", "fr"),
        Face(51, "bareheaded"),
        email="jonas@example.org",
    ),
    Person(
        "margaret",
        "Margaret Ross",
        ("buyer",),
        "edinburgh",
        "en",
        ("en",),
        ("en",),
        Face(32, "long hair"),
        email="margaret@example.org",
    ),
    Person(
        "helene",
        "Hélène Marquet",
        ("buyer",),
        "lyon",
        "fr",
        ("fr",),
        ("fr",),
        Face(57, "long hair"),
        email="helene@example.org",
    ),
    Person(
        "khadija",
        "Khadija Amrani",
        ("steward",),
        "azilal",
        "fr",
        ("ary", "ar", "fr", "zgh"),
        ("ary", "fr", "zgh"),
        Face(8, "scarf"),
        email="khadija@example.org",
        phone="+212600000013",
    ),
    Person(
        "youssef",
        "Youssef Berrada",
        ("courier",),
        "beni-mellal",
        "ar",
        ("ar", "ary", "fr"),
        ("ary", "fr"),
        Face(12, "bareheaded"),
        phone="+212600000014",
    ),
)

PEOPLE: tuple[Person, ...] = (*OTHERS, *ARTISANS)
BY_KEY: dict[str, Person] = {person.key: person for person in PEOPLE}

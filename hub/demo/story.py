"""What was said before you came in: words only, so that no inbox is empty at first sight."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Relay:
    """What a mentor made of a line, in another language."""

    lang: str
    by: str
    text: str


@dataclass(frozen=True)
class Line:
    """One message; `photo` is (style, seed, how much of it is woven), None when there is none."""

    thread: str
    author: str
    minutes_ago: int
    lang: str
    text: str
    relay: Relay | None = None
    photo: tuple[str, int, float] | None = None


@dataclass(frozen=True)
class Thread:
    """A conversation about a product; the helpers are people called in."""

    key: str
    product: str
    buyer: str
    artisan: str
    helpers: tuple[str, ...] = ()


DAY = 24 * 60

THREADS: tuple[Thread, ...] = (
    Thread("claire-fatima", "small-eyes", "claire", "fatima", ("ahmed",)),
    Thread("ellen-rkia", "pomegranate", "ellen", "rkia", ("brahim",)),
    Thread("ellen-driss", "friday-tagine", "ellen", "driss", ("khadija",)),
    Thread("claire-itto", "night-tent", "claire", "itto"),
)

LINES: tuple[Line, ...] = (
    Line(
        "claire-fatima",
        "claire",
        9 * DAY + 200,
        "fr",
        "Bonjour Fatima ! Ce tapis est-il assez épais pour un sol en pierre ?",
        Relay("zgh", "ahmed", "Azul Fatima! Tezrbit ad, is tezdey i tgmmi n uẓru?"),
    ),
    Line(
        "claire-fatima",
        "fatima",
        9 * DAY + 120,
        "zgh",
        "Azul! Yah, tezdey bahra. Taḍuṭ n ulli nneɣ, ur tsmmiḍ.",
        Relay("fr", "ahmed", "Bonjour ! Oui, il est très épais. C'est la laine de nos brebis, on n'a pas froid."),
    ),
    Line(
        "claire-fatima",
        "claire",
        8 * DAY + 610,
        "fr",
        "Merveilleux. Combien de temps pour en refaire un, en 120 × 180 ?",
        Relay("zgh", "ahmed", "Iɣudan. Mnck n wussan i yat yaḍn, 120 f 180?"),
    ),
    Line(
        "claire-fatima",
        "fatima",
        8 * DAY + 480,
        "zgh",
        "Yan wayyur. Ssntiɣ azṭṭa, ẓr tawlaft.",
        Relay("fr", "ahmed", "Un mois. J'ai monté le métier, voyez la photo."),
        ("beni_ourain", 28, 0.18),
    ),
    Line(
        "claire-fatima",
        "claire",
        8 * DAY + 455,
        "fr",
        "Je le montre à ma mère ce soir. Merci à vous deux !",
        Relay("zgh", "ahmed", "Ad tt smlɣ i immi tadggʷat ad. Tanmmirt nnun s sin!"),
    ),
    Line(
        "ellen-rkia",
        "ellen",
        3 * DAY + 900,
        "en",
        "Hello Rkia, could the border be indigo all the way round, without the red?",
        Relay("zgh", "brahim", "Azul Rkia, is tẓḍart ad tg tama s nnilt ka, bla azggʷaɣ?"),
    ),
    Line(
        "ellen-rkia",
        "rkia",
        3 * DAY + 640,
        "zgh",
        "Ẓḍarɣ. Walaynni azggʷaɣ aygan ul nns; ar ittbayan udm n nnilt s yys.",
        Relay("en", "brahim", "I can. But the red is its heart: it is what makes the indigo show."),
    ),
    Line(
        "ellen-rkia",
        "ellen",
        3 * DAY + 610,
        "en",
        "Then keep one thin red line. You know better than I do.",
        Relay("zgh", "brahim", "Fl yat tirsi n uzggʷaɣ tsdid. Kmmi ka issn."),
    ),
    Line(
        "ellen-rkia",
        "rkia",
        2 * DAY + 300,
        "zgh",
        "Waxxa. Ha nnilt, tssɣ ass ad.",
        Relay("en", "brahim", "Good. Here is the loom with the indigo, dyed today."),
        ("taznakht", 23, 0.3),
    ),
    Line(
        "ellen-rkia",
        "brahim",
        2 * DAY + 280,
        "en",
        "She will send her price tomorrow. I stay in this thread as long as you need me.",
    ),
    Line(
        "ellen-driss",
        "ellen",
        5 * DAY + 75,
        "en",
        "Can this tagine go on a gas flame, or only in the oven?",
        Relay("ar", "khadija", "هل يوضع هذا الطاجين على نار الغاز أم في الفرن فقط؟"),
    ),
    Line(
        "ellen-driss",
        "driss",
        5 * DAY + 20,
        "ar",
        "المرسوم للتقديم فقط. للطبخ عندي طاجين من الطين بلا طلاء، بنفس الحجم.",
        Relay(
            "en", "khadija", "The painted one is for serving only. For cooking I have a plain clay one, the same size."
        ),
    ),
    Line(
        "ellen-driss",
        "ellen",
        4 * DAY + 1200,
        "en",
        "Good to know! Then I would like one of each, please, in one parcel.",
        Relay("ar", "khadija", "جيد! أريد واحدا من كل نوع من فضلك، في طرد واحد."),
    ),
    Line(
        "ellen-driss",
        "driss",
        4 * DAY + 1140,
        "ar",
        "مرحبا. ألفّ كل واحد في الصوف ثم القش. وصلت كلها سالمة حتى اليوم.",
        Relay("en", "khadija", "Gladly. I wrap each in wool, then straw. All have arrived whole to this day."),
    ),
    Line(
        "claire-itto",
        "claire",
        1 * DAY + 420,
        "fr",
        "Bonjour Itto, le bleu est-il plus proche de la photo de face ou de celle de détail ?",
    ),
    Line(
        "claire-itto",
        "itto",
        1 * DAY + 335,
        "fr",
        "Bonjour Claire. De la photo de détail, prise à l'ombre. Au soleil il s'éclaircit.",
    ),
    Line("claire-itto", "itto", 1 * DAY + 330, "fr", "Le voici ce matin dans la cour.", photo=("hanbel", 26, 0.62)),
    Line(
        "claire-itto", "claire", 1 * DAY + 300, "fr", "Il est superbe. Je mesure mon couloir et je reviens vers vous."
    ),
)

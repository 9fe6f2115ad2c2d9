"""The ten makers: none of them exists, their villages do."""

from hub.demo.entries import Face, Person, Words

ARTISANS: tuple[Person, ...] = (
    Person(
        "fatima",
        "Fatima Aït Lahcen",
        ("artisan",),
        "ait-bouguemez",
        "fr",
        ("zgh", "ary"),
        ("zgh", "ary"),
        Face(4, "scarf"),
        phone="+212600000011",
        craft="weaving",
        years=27,
        mentor="ahmed",
        biography=Words(
            "Fatima noue des tapis depuis l'âge de douze ans, sur le métier de sa grand-mère. La laine "
            "vient du troupeau "
            "de son frère ; elle la lave à la source et la file l'hiver. Elle signe d'un petit losange "
            "ouvert, en bas à gauche.",
            "Fatima has knotted rugs since she was twelve, on her grandmother's loom. The wool comes "
            "from her brother's "
            "flock; she washes it at the spring and spins it in winter. Her signature is a small open "
            "lozenge, bottom left.",
            "تعقد فاطمة الزرابي منذ أن كان عمرها اثنتي عشرة سنة على منسج جدتها. الصوف من قطيع أخيها، تغسله في العين "
            "وتغزله في الشتاء. توقيعها معيّن صغير مفتوح في الأسفل على اليسار.",
        ),
    ),
    Person(
        "ahmed",
        "Ahmed Oubella",
        ("artisan", "mentor"),
        "azilal",
        "fr",
        ("zgh", "ary", "fr", "en"),
        ("zgh", "ary", "fr", "en"),
        Face(6, "cap"),
        email="ahmed@example.org",
        phone="+212600000012",
        craft="wood",
        years=19,
        biography=Words(
            "Ahmed taille le noyer et le buis au couteau courbe, comme son père. Il a appris le français au lycée et "
            "l'anglais avec les randonneurs ; aujourd'hui il prête ses mots à onze artisans de la vallée.",
            "Ahmed carves walnut and boxwood with a crooked knife, as his father did. He learnt French at school and "
            "English from hikers; today he lends his words to eleven artisans of the valley.",
            "ينحت أحمد خشب الجوز والبقس بسكين معقوف مثل والده. تعلم الفرنسية في الثانوية والإنجليزية مع المتجولين، "
            "وهو اليوم يعير كلماته لأحد عشر صانعا من الوادي.",
        ),
    ),
    Person(
        "zahra",
        "Zahra Oumessaoud",
        ("artisan",),
        "azilal",
        "ar",
        ("ary",),
        ("zgh", "ary"),
        Face(17, "veil"),
        phone="+212600000015",
        craft="weaving",
        years=14,
        mentor="ahmed",
        biography=Words(
            "Zahra ne dessine rien d'avance : elle commence en bas et raconte ce qui arrive dans le "
            "village. Ses couleurs "
            "sont celles des pelotes qui restent, et chez elle il en reste toujours.",
            "Zahra draws nothing beforehand: she starts at the bottom and tells what happens in the "
            "village. Her colours "
            "are those of leftover yarn, and in her house there is always some left.",
            "لا ترسم زهرة شيئا مسبقا، تبدأ من الأسفل وتحكي ما يحدث في القرية. ألوانها من بقايا الخيوط، "
            "وفي بيتها تبقى "
            "دائما بقية.",
        ),
    ),
    Person(
        "rkia",
        "Rkia Aït Ouzaghar",
        ("artisan",),
        "tazenakht",
        "ar",
        ("zgh", "ary"),
        ("zgh", "ary"),
        Face(19, "veil"),
        phone="+212600000016",
        craft="weaving",
        years=33,
        mentor="brahim",
        biography=Words(
            "Au pied du Siroua, Rkia teint elle-même : garance, safran, indigo, écorce de grenade. Elle "
            "compte ses bordures "
            "à voix haute et ne se trompe pas. Trois de ses filles tissent avec elle.",
            "At the foot of Mount Siroua, Rkia dyes her own wool: madder, saffron, indigo, pomegranate "
            "rind. She counts her "
            "borders aloud and makes no mistakes. Three of her daughters weave with her.",
            "عند سفح جبل سيروا تصبغ رقية صوفها بنفسها: الفوة والزعفران والنيلة وقشر الرمان. تعدّ حواشي "
            "الزربية بصوت عال "
            "ولا تخطئ. ثلاث من بناتها ينسجن معها.",
        ),
    ),
    Person(
        "itto",
        "Itto Azougagh",
        ("artisan",),
        "khenifra",
        "fr",
        ("zgh", "ary", "fr"),
        ("zgh", "ary", "fr"),
        Face(13, "scarf"),
        email="itto@example.org",
        phone="+212600000017",
        craft="weaving",
        years=22,
        biography=Words(
            "Itto tisse à plat, en bandes, comme on le faisait pour les tentes. Un hanbel d'Itto "
            "supporte les chaises, les "
            "enfants et le soleil. Elle préside l'atelier de son quartier : neuf métiers, neuf clés.",
            "Itto weaves flat, in bands, as was done for tents. One of her hanbels withstands chairs, "
            "children and sun. She "
            "heads the workshop of her quarter: nine looms, nine keys.",
            "تنسج إيطو الحنبل المسطح بأشرطة كما كان يصنع للخيام. حنبلها يصبر على الكراسي والأطفال "
            "والشمس. ترأس ورشة حيّها: "
            "تسعة مناسج وتسعة مفاتيح.",
        ),
    ),
    Person(
        "mbarka",
        "Mbarka Chergui",
        ("artisan",),
        "boujad",
        "ar",
        ("ary",),
        ("ary",),
        Face(22, "scarf"),
        phone="+212600000018",
        craft="weaving",
        years=40,
        mentor="ahmed",
        biography=Words(
            "Mbarka aime le rouge sous toutes ses formes. Elle monte ses losanges de travers exprès : « "
            "droit, c'est la "
            "machine ». Ses tapis ont le poil doux et la chaîne en laine.",
            "Mbarka loves red in all its forms. She sets her lozenges askew on purpose: “straight is for "
            "machines”. Her rugs "
            "have a soft pile and a woollen warp.",
            "تحب مباركة الأحمر بكل درجاته. تميل معيناتها عن قصد وتقول: «المستقيم للآلة». زرابيها ناعمة "
            "الوبر وسداها من الصوف.",
        ),
    ),
    Person(
        "brahim",
        "Brahim Id Ali",
        ("artisan", "mentor"),
        "tiznit",
        "fr",
        ("zgh", "ary", "fr"),
        ("zgh", "ary", "fr"),
        Face(1, "turban"),
        email="brahim@example.org",
        phone="+212600000019",
        craft="jewellery",
        years=45,
        biography=Words(
            "Quarante-cinq ans devant la même fenêtre du marché aux bijoux. Brahim coule, grave et "
            "émaille ; il poinçonne "
            "chaque pièce et note son poids devant vous.",
            "Forty-five years at the same window of the jewellers' market. Brahim casts, engraves and "
            "enamels; he hallmarks "
            "every piece and writes down its weight in front of you.",
            "خمس وأربعون سنة أمام النافذة نفسها في سوق الصاغة. يسبك إبراهيم وينقش ويطلي بالمينا، ويدمغ "
            "كل قطعة ويكتب وزنها "
            "أمامك.",
        ),
    ),
    Person(
        "hassan",
        "Hassan Bouziani",
        ("artisan",),
        "essaouira",
        "fr",
        ("ar", "ary", "fr"),
        ("ary", "fr"),
        Face(3, "cap"),
        email="hassan@example.org",
        phone="+212600000020",
        craft="wood",
        years=30,
        biography=Words(
            "L'atelier de Hassan sent le thuya jusque dans la rue. Il n'achète que des loupes de bois "
            "mort, avec leur permis, "
            "et incruste citronnier, ébène et nacre au dixième de millimètre.",
            "Hassan's workshop smells of thuya right out into the street. He buys only burls of dead "
            "wood, with their permit, "
            "and inlays lemonwood, ebony and mother-of-pearl to a tenth of a millimetre.",
            "تفوح رائحة العرعار من ورشة حسن حتى الزقاق. لا يشتري إلا عقد الخشب الميت برخصتها، ويرصعها "
            "بخشب الليمون والأبنوس "
            "والصدف بدقة عُشر المليمتر.",
        ),
    ),
    Person(
        "driss",
        "Driss Laghrissi",
        ("artisan",),
        "safi",
        "ar",
        ("ar", "ary"),
        ("ary",),
        Face(14, "turban"),
        phone="+212600000021",
        craft="pottery",
        years=38,
        biography=Words(
            "Driss tourne sur la colline des potiers ; sa femme Aïcha peint. Deux cuissons, un four à "
            "bois de jujubier, des "
            "émaux sans plomb contrôlés chaque printemps.",
            "Driss throws on the potters' hill; his wife Aicha paints. Two firings, a kiln fed with "
            "jujube wood, lead-free "
            "glazes tested every spring.",
            "يشكّل إدريس الطين على تل الفخارين وزوجته عائشة ترسم. نارَان في فرن يوقد بالسدر، وطلاء خال "
            "من الرصاص يُفحص كل ربيع.",
        ),
    ),
    Person(
        "naima",
        "Naïma Sefrioui",
        ("artisan",),
        "fes",
        "fr",
        ("ar", "ary", "fr"),
        ("ary", "fr"),
        Face(10, "scarf"),
        email="naima@example.org",
        phone="+212600000022",
        craft="leather",
        years=16,
        mentor="brahim",
        biography=Words(
            "Fille et petite-fille de tanneurs, Naïma est la première de sa rue à tenir l'alêne. Cuir de "
            "chèvre au tanin "
            "végétal, fil de lin ciré, onze points au pouce.",
            "Daughter and granddaughter of tanners, Naima is the first woman of her street to hold the "
            "awl. Vegetable-tanned "
            "goat leather, waxed linen thread, eleven stitches to the inch.",
            "نعيمة ابنة دباغين وحفيدتهم، وهي أول امرأة في زقاقها تمسك المخرز. جلد ماعز مدبوغ بالنبات "
            "وخيط كتان مشمع وإحدى عشرة "
            "غرزة في البوصة.",
        ),
    ),
)

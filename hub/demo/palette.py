"""The dyes, woods, metals and glazes of the cooperative, as they look in daylight."""

from hub.demo.paint import Colour

DYES: dict[str, Colour] = {
    "ivory": (226, 212, 186),
    "cream": (223, 205, 170),
    "oatmeal": (203, 184, 150),
    "walnut": (104, 74, 52),
    "brown-black": (52, 41, 37),
    "charcoal": (68, 64, 66),
    "madder": (146, 50, 42),
    "brick": (166, 74, 54),
    "rust": (178, 90, 54),
    "orange": (204, 114, 62),
    "saffron": (208, 152, 66),
    "straw": (212, 180, 114),
    "rose": (196, 102, 110),
    "blush": (222, 152, 144),
    "fuchsia": (174, 58, 98),
    "aubergine": (92, 42, 70),
    "indigo": (44, 58, 94),
    "blue": (72, 102, 142),
    "sky": (142, 170, 184),
    "turquoise": (70, 138, 138),
    "mint": (136, 182, 152),
    "green": (86, 112, 80),
    "henna": (132, 82, 40),
    "white": (234, 228, 214),
}

WALLS: dict[str, Colour] = {
    "limewash": (224, 214, 198),
    "ochre": (206, 158, 104),
    "rose": (206, 154, 128),
    "clay": (184, 132, 96),
    "sand": (220, 198, 164),
}

"""The label of a shipment: one A6 page for each parcel, with the courier's link as a QR code."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import segno
from fpdf import FPDF

from hub import i18n
from hub.config import config
from hub.errors import N_

FONTS = Path(__file__).parent.parent.parent / "frontend" / "fonts"
WIDTH, HEIGHT, EDGE = 105.0, 148.0, 7.0  # millimetres: A6
QR = 52.0  # side of the code with its quiet zone
QUIET = 4  # modules
SMALLEST = 8.0  # points
SCAN_ME = N_("Courier: scan this code at each step.")
CARRIERS = {"poste_maroc": "Poste Maroc", "dhl_universal": "DHL", "aramex": "Aramex", "local": "", "generic": ""}


def label(shipment: Mapping[str, Any], link: str, languages: tuple[str, ...] = ("fr", "ar")) -> bytes:
    """The PDF. `shipment` as `hub.views.shipments.for_courier` gives it; lines for the courier in each of `languages`."""
    pdf = FPDF(unit="mm", format=(WIDTH, HEIGHT))
    pdf.set_auto_page_break(False)
    pdf.set_margin(EDGE)
    pdf.set_title(f"{config().cooperative} {shipment['id'][:8].upper()}")
    pdf.add_font("DejaVu", "", FONTS / "DejaVuSans.ttf")
    pdf.add_font("DejaVu", "B", FONTS / "DejaVuSans-Bold.ttf")
    pdf.set_text_shaping(True)  # Arabic letters join, and run from right to left
    for parcel in shipment["parcels"]:
        _page(pdf, shipment, parcel, link, languages)
    return bytes(pdf.output())


def _page(pdf: FPDF, shipment: Mapping[str, Any], parcel: Mapping[str, Any], link: str, languages: tuple[str, ...]) -> None:
    pdf.add_page()
    _line(pdf, 7, config().cooperative, 15, bold=True)
    count = f"{parcel['number']}/{len(shipment['parcels'])}"
    pdf.set_font("DejaVu", "B", 20)
    pdf.set_xy(WIDTH / 2, 6)
    pdf.cell(WIDTH / 2 - EDGE, 8, count, align="R")
    _rule(pdf, 17)
    _end(pdf, 19, "De / From", shipment["sender"], 10)
    _rule(pdf, 37)
    _end(pdf, 39, "À / To", shipment["receiver"], 17)
    _rule(pdf, 73)
    carrier = CARRIERS.get(shipment["carrier"], shipment["carrier"])
    _line(pdf, 75, " · ".join(part for part in (carrier, shipment["service"], shipment["tracking_number"]) if part), 9)
    size = f"{parcel['length_cm']} × {parcel['width_cm']} × {parcel['height_cm']} cm"
    _line(pdf, 80, f"{size} · {parcel['weight_g'] / 1000:g} kg", 9)
    _qr(pdf, link, EDGE - 2, HEIGHT - QR - 5, QR)
    for number, words in enumerate(dict.fromkeys(i18n.words(language, SCAN_ME) for language in languages)):
        _block(pdf, EDGE + QR, HEIGHT - QR + number * 19, WIDTH - 2 * EDGE - QR, words, 10, 5)
    pdf.set_font("DejaVu", "", 8)
    pdf.set_xy(EDGE + QR, HEIGHT - 11)
    pdf.cell(WIDTH - 2 * EDGE - QR, 4, shipment["id"][:8].upper(), align="R")


def _end(pdf: FPDF, top: float, what: str, end: Mapping[str, Any], size: float) -> None:
    """One end of the journey: the name large, the place below it; the country once in French and once in English."""
    pdf.set_text_color(90)
    _line(pdf, top, what, 7)
    pdf.set_text_color(0)
    _line(pdf, top + 4, end["name"], size, bold=True)
    below = top + 5 + size * 0.42
    countries = list(dict.fromkeys(i18n.country(end["country"], language).upper() for language in ("fr", "en")))
    _line(pdf, below, end["city"] or "", size * 0.85)
    _line(pdf, below + size * 0.42, " / ".join(countries), size * 0.85, bold=True)


def _line(pdf: FPDF, top: float, text: str, size: float, *, bold: bool = False) -> None:
    """One line, made smaller until it fits, from the side its script begins on."""
    room = WIDTH - 2 * EDGE
    pdf.set_font("DejaVu", "B" if bold else "", size)
    while pdf.get_string_width(text) > room and size > SMALLEST:
        size -= 0.5
        pdf.set_font_size(size)
    pdf.set_xy(EDGE, top)
    if pdf.get_string_width(text) > room:
        pdf.multi_cell(room, size * 0.42, text, align=_side(text), max_line_height=size * 0.42)
    else:
        pdf.cell(room, size * 0.42, text, align=_side(text))


def _block(pdf: FPDF, left: float, top: float, room: float, text: str, size: float, leading: float) -> None:
    pdf.set_font("DejaVu", "", size)
    pdf.set_xy(left, top)
    pdf.multi_cell(room, leading, text, align=_side(text))


def _side(text: str) -> str:
    """R when its first strong letter is written from right to left."""
    strong = next((kind for kind in map(unicodedata.bidirectional, text) if kind in ("L", "R", "AL")), "L")
    return "L" if strong == "L" else "R"


def _rule(pdf: FPDF, top: float) -> None:
    pdf.set_draw_color(0)
    pdf.set_line_width(0.3)
    pdf.line(EDGE, top, WIDTH - EDGE, top)


def _qr(pdf: FPDF, text: str, left: float, top: float, side: float) -> None:
    """The code as black bars, one for each run of modules: crisp at any size, on any printer."""
    rows = segno.make(text, error="m", micro=False).matrix
    module = side / (len(rows) + 2 * QUIET)
    pdf.set_fill_color(0)
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            run = next((end for end in range(x, len(row)) if row[end] != row[x]), len(row)) - x
            if row[x]:
                pdf.rect(left + (QUIET + x) * module, top + (QUIET + y) * module, run * module, module * 1.02, style="F")
            x += run

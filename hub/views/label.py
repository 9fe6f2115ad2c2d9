"""The label of a shipment: for each parcel an A6 page, or a quarter of an A4 one, with the courier's link as a QR code.

Positions are millimetres within one label; `Sheet` knows where on the paper that is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from barcode import Code128
from fpdf import FPDF

from hub import i18n
from hub.config import config
from hub.errors import N_
from hub.ids import short
from hub.views import paper

WIDTH, HEIGHT, EDGE = 105.0, 148.0, 7.0  # millimetres: A6
QR = 46.0  # side of the code with its quiet zone
BARS = 12.0  # height of the bar code
WIDEST_BAR = 0.5  # a module of it
SMALLEST = 8.0  # points
SCAN_ME = N_("Courier: scan this code at each step.")
OR_TYPE = N_("Or type the code below it here:")
CARRIERS = {"poste_maroc": "Poste Maroc", "dhl_universal": "DHL", "aramex": "Aramex", "local": "", "generic": ""}


@dataclass(slots=True)
class Sheet:
    """A label's corner on the paper."""

    pdf: FPDF
    left: float = 0.0
    top: float = 0.0

    def at(self, x: float, y: float) -> None:
        self.pdf.set_xy(self.left + x, self.top + y)


def label(shipment: Mapping[str, Any], link: str, languages: tuple[str, ...] = ("fr", "ar"), *, a4: bool = False) -> bytes:
    """The PDF. `shipment` as `hub.views.shipments.for_courier` gives it; lines for the courier in each of `languages`."""
    pdf = paper.blank(f"{config().cooperative} {short(shipment['id'])}", "A4" if a4 else (WIDTH, HEIGHT))
    for place, parcel in enumerate(shipment["parcels"]):
        quarter = place % 4 if a4 else 0
        if not quarter:
            pdf.add_page()
            if a4:
                _cuts(pdf)
        _draw(Sheet(pdf, quarter % 2 * WIDTH, quarter // 2 * HEIGHT), shipment, parcel, link, languages)
    return bytes(pdf.output())


def _cuts(pdf: FPDF) -> None:
    """Where an A4 page is cut in four."""
    pdf.set_draw_color(150)
    pdf.set_line_width(0.1)
    pdf.set_dash_pattern(2, 2)
    pdf.line(WIDTH, 0, WIDTH, 2 * HEIGHT)
    pdf.line(0, HEIGHT, 2 * WIDTH, HEIGHT)
    pdf.set_dash_pattern()


def _draw(sheet: Sheet, shipment: Mapping[str, Any], parcel: Mapping[str, Any], link: str, languages: tuple[str, ...]) -> None:
    pdf = sheet.pdf
    _line(sheet, 7, config().cooperative, 15, bold=True)
    count = f"{parcel['number']}/{len(shipment['parcels'])}"
    pdf.set_font("DejaVu", "B", 20)
    sheet.at(WIDTH / 2, 6)
    pdf.cell(WIDTH / 2 - EDGE, 8, count, align="R")
    _rule(sheet, 17)
    _end(sheet, 18, "De / From", shipment["sender"], 9)
    _rule(sheet, 34)
    _end(sheet, 35, "À / To", shipment["receiver"], 16)
    _rule(sheet, 66)
    carrier = CARRIERS.get(shipment["carrier"], shipment["carrier"])
    size = f"{parcel['length_cm']} × {parcel['width_cm']} × {parcel['height_cm']} cm · {parcel['weight_g'] / 1000:g} kg"
    _line(sheet, 68, " · ".join(part for part in (carrier, shipment["service"], size) if part), 9)
    if shipment["tracking_number"]:
        _bars(sheet, shipment["tracking_number"], 74)
    paper.qr(sheet.pdf, link, sheet.left + EDGE - 2, sheet.top + HEIGHT - QR - 9, QR)
    pdf.set_font("DejaVu", "B", 13)
    sheet.at(EDGE - 2, HEIGHT - 12)
    pdf.cell(QR, 6, shipment["courier_code"], align="C")
    _words(sheet, languages)


def _words(sheet: Sheet, languages: tuple[str, ...]) -> None:
    """Beside the code: what a courier does with it, in each language, and where it is typed."""
    left, room, top = EDGE + QR, WIDTH - 2 * EDGE - QR, HEIGHT - QR - 7
    for language in languages:
        top = _block(sheet, left, top, room, i18n.words(language, SCAN_ME), 9, 4.2) + 0.8
        top = _block(sheet, left, top, room, i18n.words(language, OR_TYPE), 8, 3.8) + 2.5
    sheet.pdf.set_font("DejaVu", "B", 8)
    sheet.at(left, HEIGHT - 11)
    sheet.pdf.cell(room, 4, re.sub(r"^https?://", "", config().base) + "/c", align="R")


def _end(sheet: Sheet, top: float, what: str, end: Mapping[str, Any], size: float) -> None:
    """One end of the journey: the name large, the place below it; the country once in French and once in English."""
    sheet.pdf.set_text_color(90)
    _line(sheet, top, what, 7)
    sheet.pdf.set_text_color(0)
    _line(sheet, top + 4, end["name"], size, bold=True)
    below = top + 5 + size * 0.42
    countries = list(dict.fromkeys(i18n.country(end["country"], language).upper() for language in ("fr", "en")))
    if end["street"]:
        _line(sheet, below, end["street"], size * 0.85)
        below += size * 0.42
    _line(sheet, below, " ".join(part for part in (end["postal_code"], end["city"]) if part), size * 0.85)
    _line(sheet, below + size * 0.42, " / ".join(countries), size * 0.85, bold=True)


def _line(sheet: Sheet, top: float, text: str, size: float, *, bold: bool = False) -> None:
    """One line, made smaller until it fits, from the side its script begins on."""
    pdf, room = sheet.pdf, WIDTH - 2 * EDGE
    pdf.set_font("DejaVu", "B" if bold else "", size)
    while pdf.get_string_width(text) > room and size > SMALLEST:
        size -= 0.5
        pdf.set_font_size(size)
    sheet.at(EDGE, top)
    if pdf.get_string_width(text) > room:
        pdf.multi_cell(room, size * 0.42, text, align=_side(text), max_line_height=size * 0.42)
    else:
        pdf.cell(room, size * 0.42, text, align=_side(text))


def _block(sheet: Sheet, left: float, top: float, room: float, text: str, size: float, leading: float) -> float:
    """Some lines; where they end."""
    sheet.pdf.set_font("DejaVu", "", size)
    sheet.at(left, top)
    sheet.pdf.multi_cell(room, leading, text, align=_side(text), new_y="NEXT")
    return float(sheet.pdf.get_y() - sheet.top)


def _side(text: str) -> str:
    """R when its first strong letter is written from right to left."""
    strong = next((kind for kind in map(unicodedata.bidirectional, text) if kind in ("L", "R", "AL")), "L")
    return "L" if strong == "L" else "R"


def _rule(sheet: Sheet, top: float) -> None:
    sheet.pdf.set_draw_color(0)
    sheet.pdf.set_line_width(0.3)
    left, y = sheet.left, sheet.top + top
    sheet.pdf.line(left + EDGE, y, left + WIDTH - EDGE, y)


def _bars(sheet: Sheet, number: str, top: float) -> None:
    """The tracking number as Code 128, in the middle, and in letters below it."""
    modules = Code128(number).build()[0]
    module = min(WIDEST_BAR, (WIDTH - 2 * EDGE) / len(modules))
    left = (WIDTH - module * len(modules)) / 2
    for start, length in paper.runs(modules, "1"):
        _black(sheet, left + start * module, top, length * module, BARS)
    sheet.pdf.set_font("DejaVu", "B", 10)
    sheet.at(EDGE, top + BARS + 1)
    sheet.pdf.cell(WIDTH - 2 * EDGE, 4, number, align="C")


def _black(sheet: Sheet, left: float, top: float, width: float, height: float) -> None:
    sheet.pdf.set_fill_color(0)
    sheet.pdf.rect(sheet.left + left, sheet.top + top, width, height, style="F")

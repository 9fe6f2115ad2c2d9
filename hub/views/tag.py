"""The hang tag of a piece: one small page in three languages, with the way to its passport as a QR code."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from fpdf import FPDF

from hub import i18n
from hub.errors import N_
from hub.views import paper

WIDTH, HEIGHT, EDGE = 62.0, 116.0, 5.0  # millimetres
QR = 34.0  # side of the code with its quiet zone
SMALLEST = 6.0  # points
AFTER = N_("After “%(title)s”")
SCAN = N_("Scan: who made it, and how")


def tag(sides: Mapping[str, Mapping[str, Any]], link: str) -> bytes:
    """The PDF. `sides`: language -> the passport as `hub.views.passports` shows it, with `materials` and `craft` in words."""
    first = next(iter(sides.values()))
    said = first["certificate"]
    pdf = paper.blank(f"{said['cooperative']} {said['id'][:8]}", (WIDTH, HEIGHT))
    pdf.add_page()
    _hole(pdf)
    _line(pdf, 12.5, said["cooperative"], 12, bold=True)
    _line(pdf, 19, first["maker"]["name"], 10, bold=True)
    _line(pdf, 23.5, first["maker"]["village"] or "", 8)
    paper.qr(pdf, link, (WIDTH - QR) / 2, 27.5, QR)
    top = 62.0
    for language, side in sides.items():
        top = _side(pdf, top, language, side)
    _rule(pdf, HEIGHT - 12.5)
    _line(pdf, HEIGHT - 10.5, _measures(said), 9, bold=True)
    return bytes(pdf.output())


def name(side: Mapping[str, Any], language: str) -> str:
    """What the piece is called: its own name, the one it follows, or its craft."""
    if side["title"]:
        return str(side["title"])
    return i18n.words(language, AFTER, title=side["after"]) if side["after"] else str(side["craft"])


def _side(pdf: FPDF, top: float, language: str, side: Mapping[str, Any]) -> float:
    """One language's three lines; where the next one begins."""
    _rule(pdf, top)
    _line(pdf, top + 1.2, name(side, language), 8, bold=True)
    _line(pdf, top + 5.2, " · ".join(side["materials"]), 7.5)
    _line(pdf, top + 8.9, i18n.words(language, SCAN), 6.5)
    return top + 13.5


def _measures(said: Mapping[str, Any]) -> str:
    sides = " × ".join(str(side) for side in (said["width_cm"], said["length_cm"]) if side)
    weight = f"{said['weight_g'] / 1000:g} kg" if said["weight_g"] else ""
    count = f"{said['piece']['pieces']} pcs" if said["piece"]["pieces"] > 1 else ""
    return " · ".join(part for part in (f"{sides} cm" if sides else "", weight, count) if part)


def _line(pdf: FPDF, top: float, text: str, size: float, *, bold: bool = False) -> None:
    """One line in the middle, made smaller until it fits, and cut where even that is not enough."""
    room = WIDTH - 2 * EDGE
    pdf.set_font("DejaVu", "B" if bold else "", size)
    while pdf.get_string_width(text) > room and size > SMALLEST:
        size -= 0.5
        pdf.set_font_size(size)
    if pdf.get_string_width(text) > room:
        while pdf.get_string_width(text + "…") > room:
            text = text[:-1]
        text = unicodedata.normalize("NFC", text).rstrip() + "…"
    pdf.set_xy(EDGE, top)
    pdf.cell(room, size * 0.42, text, align="C")


def _rule(pdf: FPDF, top: float) -> None:
    pdf.set_draw_color(150)
    pdf.set_line_width(0.2)
    pdf.line(EDGE, top, WIDTH - EDGE, top)


def _hole(pdf: FPDF) -> None:
    """Where the string goes through."""
    pdf.set_draw_color(0)
    pdf.set_line_width(0.3)
    pdf.circle(WIDTH / 2, 7, 2.2)


"""What is printed: a PDF in our letters, and QR codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import segno
from fpdf import FPDF

FONTS = Path(__file__).parent.parent.parent / "frontend" / "fonts"
QUIET = 4  # modules of white around a QR code


def blank(title: str, format: str | tuple[float, float]) -> FPDF:
    """A PDF without a page yet, in millimetres, without margins."""
    pdf = FPDF(unit="mm", format=format)
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.set_title(title)
    pdf.add_font("DejaVu", "", FONTS / "DejaVuSans.ttf")
    pdf.add_font("DejaVu", "B", FONTS / "DejaVuSans-Bold.ttf")
    pdf.set_text_shaping(True)  # Arabic letters join, and run from right to left
    return pdf


def qr(pdf: FPDF, text: str, left: float, top: float, side: float) -> None:
    """The code as black bars, one for each run of modules: crisp at any size, on any printer. `side` has its white in it."""
    rows = segno.make(text, error="m", micro=False).matrix
    module = side / (len(rows) + 2 * QUIET)
    pdf.set_fill_color(0)
    for y, row in enumerate(rows):
        for start, length in runs(row, 1):
            x = left + (QUIET + start) * module
            pdf.rect(x, top + (QUIET + y) * module, length * module, module * 1.02, style="F")


def runs(row: Sequence[Any], dark: object) -> Iterator[tuple[int, int]]:
    """Where dark modules follow one another: `(first, how many)`."""
    start = 0
    for value, run in groupby(row):
        length = len(list(run))
        if value == dark:
            yield start, length
        start += length

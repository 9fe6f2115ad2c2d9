"""Cells of files that a spreadsheet opens: a spreadsheet must not run what somebody wrote into a name."""

import csv
import io
from collections.abc import Iterable, Sequence

from hub.rules.money import Money

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
BOM = "\ufeff"
"""Without it, spreadsheets read UTF-8 as something else."""


def cell(value: object) -> str:
    """Words with an apostrophe before what a spreadsheet would take for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(STARTS_A_FORMULA) else text


def amount(minor: int, currency: str) -> str:
    """Never negative, with a point and all decimals of the currency: 125050 MAD is '1250.50'. ValueError below zero."""
    if minor < 0:
        raise ValueError("a cell holds no negative amount")
    return str(Money(minor, currency).major())


def lines(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV (RFC 4180), every cell guarded."""
    out = io.StringIO()
    csv.writer(out).writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()

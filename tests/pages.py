"""The project's pages as data: sections, tables, what is marked as code."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
SCREENS = DOCS / "screens"
PROTOCOL, RULES, RUNNING, VERB = (DOCS / f"{name}.md" for name in ("protocol", "rules", "running", "adding-a-verb"))
DECISIONS = sorted(DOCS.glob("decisions/*.md"))
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md")), *DECISIONS]
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


@cache
def text(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def prose(path: Path) -> str:
    """A page without its blocks of code."""
    return BLOCK.sub("", text(path))


@cache
def section(path: Path, heading: str) -> str:
    """What stands under a heading, up to the next one of its rank or above."""
    found = re.search(rf"^(#+) {re.escape(heading)}$", text(path), re.M)
    assert found, f"{path.name} has no heading {heading!r}"
    rest = text(path)[found.end() :]
    following = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.M)
    return rest[: following.start()] if following else rest


def table(part: str) -> list[list[str]]:
    """The cells of every row of every table in a piece of a page."""
    rows = [re.split(r"(?<!\\)\|", line.strip())[1:-1] for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows if not set("".join(row)) <= set("- ")]


def by_name(part: str) -> dict[str, str]:
    """What the first cell of a row marks as code -> the rest of the row."""
    return {code: " | ".join(row[1:]) for row in table(part) for code in CODE.findall(row[0])}


def words(part: str) -> set[str]:
    """Every word that is marked as code."""
    return {word for code in CODE.findall(part) for word in re.split(r"[^\w]+", code)}

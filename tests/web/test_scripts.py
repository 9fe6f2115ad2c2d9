"""Scripts as browsers get them: the same code on the same lines, without what is only for those who read the source."""

from __future__ import annotations

import re

import pytest

from hub.web import pages

SOURCES = sorted((pages.STATIC / "js").rglob("*.js"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_nothing_but_comments_and_indentation_is_left_out(path) -> None:
    source = path.read_text("utf-8").split("\n")
    served = pages.assets()[pages.asset(path.relative_to(pages.STATIC).as_posix()).removeprefix("/static/")].content.decode().split("\n")
    assert len(served) == len(source)
    inside = False  # a comment of several lines
    for there, here in zip(source, served, strict=True):
        begins = inside or there.strip().startswith("/**")
        inside = begins and "*/" not in there
        left_out = there.strip().removeprefix(here).strip()
        assert there.strip().startswith(here)
        assert not left_out or left_out.startswith("//") or begins, f"{there} -> {here}"
        assert not re.search("['\"`]", left_out) or not here, "a string was cut"


def test_it_is_worth_it() -> None:
    assert sum(len(pages.lean(path.read_text("utf-8"))) for path in SOURCES) < 0.85 * sum(path.stat().st_size for path in SOURCES)

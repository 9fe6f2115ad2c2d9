"""Scripts as browsers get them: the same code on the same lines, without what is only for those who read the source."""

from __future__ import annotations

import re

import pytest

from hub.web import pages
from tests.house import House

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


async def test_a_conversation_asks_for_all_its_modules_at_once(house: House) -> None:
    """One that is found only when another has come costs a slow phone one more journey, and so does every module behind it."""
    client = await house.client("claire")
    page = (await client.get(f"/threads/{await house.thread()}", headers={"Accept": "text/html"})).text
    names = {pages.asset(name): name for name in (path.relative_to(pages.STATIC).as_posix() for path in SOURCES)}
    asked = [names[url] for url in re.findall(r'rel="modulepreload" href="([^"]+)"', page)]
    needed = {f"js/elements/{tag}.js" for tag in re.findall(r"<([a-z]+(?:-[a-z]+)+)[ >]", page)} & set(names.values())
    for name in [*asked, *needed, "js/app.js"]:
        needed |= imported(name)
    assert len(asked) == len(set(asked)) and needed <= {*asked, "js/app.js"}


def imported(name: str) -> set[str]:
    return {f"js/{found}.js" for found in re.findall(r"^import .*'(\w+/[\w-]+)'$", (pages.STATIC / name).read_text("utf-8"), re.M)}

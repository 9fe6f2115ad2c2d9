"""The card of a quote, whatever changed: drawn for both sides, on its own and in the thread."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.deals import Deal, terms, wish
from tests.house import House

HTML = {"Accept": "text/html"}


@pytest.fixture
async def deal(house: House) -> Deal:
    return await Deal.begun(house)


@pytest.mark.parametrize(
    "change",
    [
        {"width_cm": 180}, {"length_cm": 250}, {"width_cm": 180, "length_cm": 250}, {"width_cm": None}, {"length_cm": None},
        {"width_cm": None, "length_cm": None}, {"quantity": 3}, {"unit_price": 80_000}, {"description": "Autre"},
        {"colours": ["indigo"]}, {"materials": ["wool"]}, {"attributes": {"frange": "5 cm"}}, {"making_days": 45},
        {"deposit_percent": 0}, {"shipping": 0}, {"ship_to": {"country": "DE"}}, {"note": "Merci"}, {"currency": "USD"},
    ],
    ids=lambda change: "-".join(change),
)  # fmt: skip
async def test_a_version_is_drawn_whatever_it_changed(deal: Deal, change: dict[str, Any]) -> None:
    first = await deal.offer()
    body = {"version": 1, "terms": terms(**change)}
    second = await deal.post(deal.claire, f"/quotes/{first['id']}/counter", body)
    back = await deal.post(deal.fatima, f"/quotes/{first['id']}/counter", {"version": 2, "terms": terms()})
    assert [len(version["changes"]) > 0 for version in back["versions"]] == [False, True, True]
    for client in (deal.claire, deal.fatima, deal.khadija):
        for path in (f"/quotes/{second['id']}", f"/quotes/{second['id']}/card"):
            page = await client.get(path, headers=HTML)
            assert page.status_code == 200 and "quote-changed" in page.text
    for client in (deal.claire, deal.fatima):
        assert (await client.get(f"/threads/{deal.thread}", headers=HTML)).status_code == 200


async def test_what_was_asked_before_is_shown_in_the_currency_it_was_asked_in(deal: Deal) -> None:
    first = await deal.offer()
    body = {"version": 1, "terms": terms(currency="MAD", unit_price=970_000, shipping=50_000)}
    await deal.post(deal.claire, f"/quotes/{first['id']}/counter", body)
    card = (await deal.claire.get(f"/quotes/{first['id']}/card", headers=HTML)).text
    before = " ".join(re.findall(r"<del>(.*?)</del>", card, re.S)).replace("\xa0", " ")
    assert "900 €" in before and "950 €" in before and "900 MAD" not in before


async def test_a_wish_that_was_answered_is_drawn_once_with_its_quote(deal: Deal) -> None:
    await deal.post(deal.claire, f"/threads/{deal.thread}/quote-requests", wish())
    await deal.offer()
    page = (await deal.claire.get(f"/threads/{deal.thread}", headers=HTML)).text
    assert page.count('class="card quote-card"') == 1 and page.count('class="quote-older') == 1

"""A form that is refused says at the field, in words, what is wrong with it; and the field is where it can be seen."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from hub import i18n
from hub.errors import WORDS
from hub.rules.refused import CODES, REASONS
from tests.deals import Deal, parcels
from tests.house import House
from tests.journeys.conftest import Invite
from tests.journeys.people import PATIENCE_MS, PHONE, Someone

WRONG, RIGHT = "RR473124828MA", "RR473124829GB"


async def refused(someone: Someone, name: str, words: str) -> None:
    """The field is marked, with these words beside it."""
    page = someone.page
    await expect(page.locator(f'form:visible [data-error="{name}"]')).to_contain_text(words, timeout=PATIENCE_MS)
    await expect(page.locator(f'form:visible [name="{name}"]')).to_have_attribute("aria-invalid", "true")
    someone.troubles[:] = [trouble for trouble in someone.troubles if "status of 4" not in trouble]


@pytest.mark.parametrize("lang", ["fr", "ar"])
async def test_a_wrong_number_is_told_in_words_at_its_field(house: House, invite: Invite, lang: str) -> None:
    deal = await Deal.begun(house)
    order, _ = await deal.shipped(tracking_number=RIGHT)
    other = await deal.post(deal.khadija, f"/orders/{order['id']}/shipment", parcels() | {"further": True})
    khadija = await invite("khadija", PHONE)
    await khadija.context.add_cookies([{"name": "anou_locale", "value": lang, "url": house.base}])
    await khadija.goes(f"/shipments/{other['id']}")
    form = khadija.page.locator("form[action$='/number']")
    await khadija.page.locator("details", has=form).locator("summary").tap()
    for number, words in ((WRONG, CODES["bad_tracking_number"]), (RIGHT, WORDS["number_used"])):
        await form.get_by_role("textbox").fill(number)
        await form.get_by_role("button").tap()
        await refused(khadija, "tracking_number", i18n.words(lang, words))
        await expect(form.locator("output.refusal")).to_be_empty()  # it is said once


COVERED = """name => {
  const bar = document.querySelector('.toolbar.stuck').getBoundingClientRect()
  const field = document.querySelector(`[data-error="${name}"]`).closest('.field').getBoundingClientRect()
  return {above: field.top >= 0, below: field.bottom <= bar.top + 1, bar: innerHeight - bar.top}
}"""


async def test_the_marked_field_does_not_hide_behind_the_button(house: House, invite: Invite) -> None:
    deal = await Deal.begun(house)
    order = await deal.inspected()
    await deal.pay(order, order["money"]["due"]["amount"], "BALANCE")
    khadija = await invite("khadija", PHONE)
    page = khadija.page
    await khadija.goes(f"/orders/{order['id']}/ship")
    for name, good, bad, why in (
        ("tracking_number", "", WRONG, CODES["bad_tracking_number"]), ("parcels.0.height_cm", "40", "5000", ""),
        ("customs.value_decimal", "9", "dix", REASONS["not_whole"]), ("to.phone", "", "abc", REASONS["bad_phone"]),
    ):  # fmt: skip
        field = page.locator(f'form [name="{name}"]')
        await field.fill(bad)
        await page.evaluate("scrollTo(0, 0)")
        await page.locator(".toolbar.stuck button").tap()
        if not name.startswith("parcels"):  # of which the browser itself says no
            await refused(khadija, name, i18n.words("fr", why))
        await expect(field).to_be_focused()
        seen = await page.evaluate(COVERED, name)
        assert seen["above"] and seen["below"] and seen["bar"] > 60, (name, seen)
        await field.fill(good)

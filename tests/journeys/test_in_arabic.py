"""A page in Arabic: a name in Latin letters is one piece in its lines, and it stays in Arabic while it is open."""

from __future__ import annotations

from playwright.async_api import expect

from hub import i18n
from hub.rules.refused import CODES
from tests.deals import Deal
from tests.house import House
from tests.journeys.conftest import Invite
from tests.journeys.people import LAPTOP, PHONE, without_reload

DRAWN = """() => [...document.querySelectorAll('bdi.whole')].filter(one => one.checkVisibility()).map(one => {
  const letters = document.createRange(), rest = document.createRange()
  letters.selectNodeContents(one)
  rest.setStart(one.nextSibling, 2) // after the comma
  rest.setEnd(one.nextSibling, one.nextSibling.length)
  const [name, country] = [letters.getClientRects(), rest.getBoundingClientRect()]
  return {lines: name.length, below: country.top >= name[0].bottom - 2, after: country.right <= name[0].left + 2}
})"""


async def test_a_city_is_not_torn(house: House, invite: Invite) -> None:
    deal = await Deal.begun(house)
    quote = await deal.offer(ship_to={"country": "US", "city": "San Luis Obispo"})
    order = (await deal.accept(quote))["order"]
    claire = await invite("claire", PHONE)
    await claire.context.add_cookies([{"name": "anou_locale", "value": "ar", "url": house.base}])
    seen = []
    for path in (f"/quotes/{quote['id']}", f"/orders/{order}", f"/threads/{deal.thread}"):
        await claire.goes(path)
        seen += await claire.page.evaluate(DRAWN)
    assert seen and all(one["lines"] == 1 and (one["after"] or one["below"]) for one in seen), seen


async def test_a_page_in_another_language_stays_in_it(house: House, invite: Invite) -> None:
    """`?lang=` is for one page: what that page asks for again, and the no to its forms, come in the same language."""
    deal = await Deal.begun(house)
    order, shipment = await deal.shipped()
    claire, khadija = await invite("claire", LAPTOP), await invite("khadija", LAPTOP)
    await claire.goes(f"/orders/{order['id']}?lang=ar")
    await claire.is_live()
    async with without_reload(claire):
        await deal.post(deal.khadija, f"/shipments/{shipment['id']}/checkpoints", {"status": "in_transit", "place": "Casablanca"})
        await claire.sees(i18n.words("ar", "On the way"), "Casablanca")
        await claire.sees_no("En route")
    await khadija.goes(f"/shipments/{shipment['id']}?lang=ar")
    form = khadija.page.locator("form[action$='/number']")
    await khadija.page.locator("details", has=form).locator("summary").click()
    await form.get_by_role("textbox").fill("RR473124828MA")
    await form.get_by_role("button").click()
    await expect(form.locator("[data-error]")).to_have_text(i18n.words("ar", CODES["bad_tracking_number"]))
    khadija.troubles.clear()  # the browser tells of the 400

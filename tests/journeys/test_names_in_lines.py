"""A name in Latin letters within a line of Arabic is one piece, and stands where it is read."""

from __future__ import annotations

from tests.deals import Deal
from tests.house import House
from tests.journeys.conftest import Invite
from tests.journeys.people import PHONE

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

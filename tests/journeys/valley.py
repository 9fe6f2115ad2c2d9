"""Two parcels of one order, and the phone of whoever carries them."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image
from playwright.async_api import Locator, expect

from tests.deals import Deal, parcels
from tests.house import House
from tests.journeys.conftest import Invite
from tests.journeys.lines import Line
from tests.journeys.people import PATIENCE_MS, PHONE, Someone

KEPT = """async path => {
  const {active} = await navigator.serviceWorker.ready
  const wanted = ['zgh', 'ar', 'fr', 'en'].flatMap(lang => [path, '/c/blank', '/c/'].map(one => `${one}?lang=${lang}`))
  for (let i = 0; i < 100; i++) {
    const pages = await caches.open('anou-courier-pages')
    const found = await Promise.all(wanted.map(one => pages.match(one, {ignoreVary: true})))
    if (active.state === 'activated' && found.every(Boolean)) return true
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}"""


class Valley:
    """Two parcels of one order, and the phone of whoever carries them."""

    def __init__(self, house: House, line: Line, deal: Deal, courier: Someone, first: dict[str, Any], second: dict[str, Any]) -> None:
        self.house, self.line, self.deal, self.courier = house, line, deal, courier
        self.first, self.second = first, second

    def path(self, shipment: dict[str, Any]) -> str:
        return "/c/" + str(shipment["courier_link"]).rpartition("/")[2]

    async def opens(self, shipment: dict[str, Any]) -> None:
        await self.courier.goes(self.path(shipment))
        await self.is_ready()

    async def is_ready(self) -> None:
        """The page keeps what is tapped; before that it is a form that the browser posts."""
        await self.courier.page.locator("courier-steps:defined").or_(self.courier.page.get_by_text("n’ouvre plus de colis")).wait_for()

    async def is_kept(self, shipment: dict[str, Any]) -> None:
        """The page of this parcel would come up again without a network."""
        assert await self.courier.page.evaluate(KEPT, self.path(shipment)), "the page was not kept"

    def no_network(self) -> None:
        self.line.to = 0
        self.line.cut()

    async def network(self) -> None:
        self.line.to = self.house.config.port
        await self.courier.page.evaluate("dispatchEvent(new Event('online'))")

    def step(self, status: str) -> Locator:
        return self.courier.page.locator(f'[data-step="{status}"]')

    async def stands(self, **states: str) -> None:
        """Each step as it is shown."""
        for status, state in states.items():
            await expect(self.step(status), status).to_have_attribute("data-state", state, timeout=PATIENCE_MS)

    async def told(self, shipment: dict[str, Any]) -> list[dict[str, Any]]:
        """What the hub knows, oldest first."""
        return list(reversed((await self.deal.claire.get(f"/shipments/{shipment['id']}")).json()["checkpoints"]))

    async def signs(self) -> None:
        """Three strokes across the field."""
        canvas = self.courier.page.locator("signature-pad canvas")
        await canvas.scroll_into_view_if_needed()
        box = await canvas.bounding_box()
        assert box
        mouse = self.courier.page.mouse
        for stroke in range(3):
            await mouse.move(box["x"] + 30 + 60 * stroke, box["y"] + 40)
            await mouse.down()
            for place in range(1, 6):
                await mouse.move(box["x"] + 30 + 60 * stroke + 8 * place, box["y"] + 40 + 14 * place)
            await mouse.up()

    async def photographs(self, content: bytes) -> None:
        photo = [{"name": "door.jpg", "mimeType": "image/jpeg", "buffer": content}]
        await self.courier.page.locator("input[type=file]").set_input_files(photo)  # type: ignore[arg-type]

    async def proof(self, shipment: dict[str, Any]) -> dict[str, Any] | None:
        """What the buyer has of it."""
        return (await self.deal.claire.get(f"/shipments/{shipment['id']}")).json()["proof"]  # type: ignore[no-any-return]

    async def delivers(self, name: str) -> None:
        await self.courier.writes("Qui l’a pris ?", name)
        await self.courier.taps("Oui, livré")


async def carried(house: House, invite: Invite, line: Line | None = None) -> Valley:
    """By that line, or by one that is never cut."""
    deal, line = await Deal.begun(house), line or Line(house.config.port, base=house.base)
    order, first = await deal.shipped()
    second = await deal.post(deal.khadija, f"/orders/{order['id']}/shipment", parcels() | {"further": True})
    courier = await invite("courier", PHONE, known=False)
    courier.base = line.base
    return Valley(house, line, deal, courier, first, second)


async def dark(house: House, deal: Deal, picture: dict[str, Any]) -> int:
    """How many pixels of a stored picture are ink."""
    content = (await deal.claire.get(picture["renditions"]["large"])).content
    with Image.open(io.BytesIO(content)) as drawn:
        histogram = drawn.convert("L").histogram()
    assert sum(histogram[240:]) > 0.8 * sum(histogram), "mostly paper"
    return sum(histogram[:80])

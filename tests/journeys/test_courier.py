"""The courier's phone: no network in the valley, a finger that signs, a camera or a thumb, four languages."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Locator, expect

from hub import clock
from hub.config import Config
from tests.deals import Deal, parcels
from tests.house import House, jpeg, serving
from tests.journeys.conftest import Invite
from tests.journeys.lines import Line
from tests.journeys.people import LAPTOP, PATIENCE_MS, PHONE, Someone

pytestmark = pytest.mark.timeout(120)
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
INKED = """canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  .data.filter((value, place) => place % 4 == 0 && value < 80).length"""
CAMERA = """(() => {
  let seen = []
  window.shows = text => { seen = [{rawValue: text}] }
  window.BarcodeDetector = class {
    static async getSupportedFormats() { return ['code_128', 'qr_code'] }
    async detect(video) { return video.videoWidth ? seen : [] }
  }
})()"""


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    """Between the courier's phone and the hub."""
    async with Line.laid() as found:
        yield found


@pytest.fixture
async def house(database: Config, line: Line) -> AsyncIterator[House]:
    """A hub to which that line leads."""
    async with serving(replace(database, origins=(line.base,))) as found:
        line.to = found.config.port
        yield found


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
        await self.courier.page.locator("courier-steps:defined").or_(self.courier.page.get_by_text("n’existe pas")).wait_for()

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

    async def delivers(self, name: str) -> None:
        await self.courier.writes("Qui l’a pris ?", name)
        await self.courier.taps("Oui, livré")


@pytest.fixture
async def valley(house: House, line: Line, invite: Invite) -> Valley:
    deal = await Deal.begun(house)
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


async def test_a_day_in_the_valley(valley: Valley, house: House) -> None:
    """Without a network the page comes up, in any language; what was done is shown as kept, and goes later, once, in order."""
    courier, first, second = valley.courier, valley.first, valley.second
    await valley.opens(first)
    await valley.is_kept(first)
    valley.no_network()
    left = clock.now()
    await courier.taps("Ramassé")
    await valley.stands(picked_up="kept", in_transit="now", delivered="later")
    await courier.sees("Gardé sur ce téléphone. Cela part")
    await courier.page.reload()
    await valley.stands(picked_up="kept", in_transit="now", delivered="later")
    await courier.taps("En route")
    await valley.stands(picked_up="kept", in_transit="kept", delivered="now")
    for name, lang, right, words in (("العربية", "ar", "rtl", "في الطريق"), ("Tacelḥit", "zgh", "ltr", "Illa ɣ uɣaras")):
        await courier.taps(name)
        await courier.sees(words)
        assert await courier.page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == [lang, right]
        await valley.stands(picked_up="kept", in_transit="kept", delivered="now")
    await valley.opens(first)  # from the label, as at first: the phone speaks as was chosen
    await courier.sees("Ma t yusin?")
    await courier.taps("Français")
    await valley.signs()
    await valley.delivers("Voisine de Claire")
    await valley.stands(delivered="kept")
    await courier.sees("Voisine de Claire")
    await courier.sees_no("Merci !")
    await valley.opens(second)  # never seen on this phone
    await courier.sees("Pas de réseau. La destination du colis")
    await courier.taps("Ramassé")
    await valley.stands(picked_up="kept", in_transit="now")
    assert await valley.told(first) == [] and await valley.told(second) == []
    back = clock.now()

    await valley.network()
    await valley.stands(picked_up="done")
    scans = await valley.told(first)
    assert [scan["status"] for scan in scans] == ["picked_up", "in_transit", "delivered"]
    times = [clock.parse(scan["at"]) for scan in scans]
    assert left <= times[0] < times[1] < times[2] <= back, "when it happened"
    assert all(clock.parse(scan["received_at"]) >= back for scan in scans)
    assert [scan["status"] for scan in await valley.told(second)] == ["picked_up"]
    proof = (await valley.deal.claire.get(f"/shipments/{first['id']}")).json()["proof"]
    assert proof["name"] == "Voisine de Claire" and await dark(house, valley.deal, proof["signature"]) > 300
    events = [event["data"]["status"] for event in await valley.deal.events() if event["kind"] == "shipment.checkpoint"]
    assert sorted(events) == ["delivered", "in_transit", "picked_up", "picked_up"]
    await valley.opens(first)
    await courier.sees("Merci !", "Voisine de Claire")
    valley.no_network()
    await courier.page.reload()
    await valley.stands(picked_up="done", in_transit="done", delivered="done")


async def test_an_answer_that_was_lost(valley: Valley) -> None:
    await valley.opens(valley.first)
    valley.line.deaf = True
    await valley.courier.taps("Ramassé")
    await valley.stands(picked_up="kept", in_transit="now")
    for _ in range(100):
        if await valley.told(valley.first):
            break
        await valley.courier.page.wait_for_timeout(50)
    await valley.courier.taps("En route")
    valley.line.deaf = False
    valley.line.cut()
    await valley.network()
    await valley.stands(picked_up="done", in_transit="done", delivered="now")
    assert [scan["status"] for scan in await valley.told(valley.first)] == ["picked_up", "in_transit"]


async def test_a_refused_step_does_not_hold_up_the_others(valley: Valley) -> None:
    courier = valley.courier
    await valley.opens(valley.second)
    await valley.is_kept(valley.second)
    await valley.opens(valley.first)
    valley.no_network()
    await courier.taps("Ramassé")
    await courier.taps("Livrée")
    await courier.page.locator("input[type=file]").set_input_files([{"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}])
    await valley.delivers("Claire")
    await valley.stands(picked_up="kept", delivered="kept")
    await valley.opens(valley.second)
    await courier.taps("Ramassé")
    await courier.taps("Un problème")
    await courier.taps("Personne sur place")
    await valley.stands(picked_up="kept", delivery_failed="kept")
    await valley.network()
    await valley.stands(picked_up="done", delivery_failed="done")
    await courier.sees("Ce fichier n’est pas une image")
    courier.troubles.clear()  # the refusal, as the browser's console has it
    assert [scan["status"] for scan in await valley.told(valley.first)] == ["picked_up"]
    assert [scan["status"] for scan in await valley.told(valley.second)] == ["picked_up", "delivery_failed"]
    await valley.opens(valley.first)
    await courier.sees("Ce fichier n’est pas une image")
    await courier.touch(courier.page.locator(".courier-rest button"))
    await courier.sees_no("Ce fichier n’est pas une image")
    await courier.taps("Livrée")
    await valley.delivers("Claire")
    await courier.sees("Merci !")
    assert [scan["status"] for scan in await valley.told(valley.first)] == ["picked_up", "delivered"]


async def test_what_was_renewed_is_forgotten_and_no_other_page_is_kept(valley: Valley) -> None:
    courier, page = valley.courier, valley.courier.page
    await valley.opens(valley.first)
    await valley.is_kept(valley.first)
    await courier.goes("/")
    assert await page.evaluate("navigator.serviceWorker.controller") is None
    await valley.deal.post(valley.deal.khadija, f"/shipments/{valley.first['id']}/link", {})
    await valley.opens(valley.first)
    await courier.sees("Cette page n’existe pas")
    courier.troubles.clear()
    valley.no_network()
    await valley.opens(valley.first)
    await courier.sees("Pas de réseau. La destination du colis")
    await courier.sees_no("Lyon")
    assert sorted(await page.evaluate("indexedDB.databases().then(all => all.map(one => one.name))")) == ["anou-"]
    with pytest.raises(Exception, match="ERR_"):
        await courier.goes("/products")


async def test_the_camera_reads_a_label_where_the_browser_can(valley: Valley) -> None:
    courier, page = valley.courier, valley.courier.page
    await courier.context.grant_permissions(["camera"], origin=valley.line.base)
    await courier.context.add_init_script(CAMERA)
    await courier.goes("/c")
    await courier.taps("Scanner l’étiquette")
    await expect(page.locator(".courier-camera")).to_be_visible()
    await page.evaluate("shows('https://elsewhere.example/c/x')")
    await courier.sees("Ce n’est pas une de nos étiquettes.")
    await page.evaluate("link => shows(link)", valley.first["courier_link"])
    await courier.arrives(valley.path(valley.first))
    await courier.taps("Un autre colis")
    await courier.taps("Scanner l’étiquette")
    await courier.taps("Fermer")
    await expect(page.locator(".courier-camera")).to_be_hidden()
    assert await page.evaluate("document.querySelector('video').srcObject") is None, "the camera is off"
    await courier.taps("Scanner l’étiquette")
    await page.evaluate("link => shows(link)", valley.second["courier_link"])
    await courier.arrives(valley.path(valley.second))


async def test_a_thumb_types_the_code_elsewhere(valley: Valley) -> None:
    courier, page = valley.courier, valley.courier.page
    await courier.goes("/c")
    assert await page.evaluate("'BarcodeDetector' in window") is False
    await expect(page.locator("[data-scan]")).to_be_hidden()
    await courier.writes("Le code sous le carré de l’étiquette", "000 000 0000")
    await courier.taps("Ouvrir")
    await courier.sees("Aucun colis n’a ce code. Relisez-le.")
    courier.troubles.clear()
    valley.no_network()
    await courier.taps("Ouvrir")
    await courier.sees("Pas de réseau : ce code ne peut pas être cherché")
    await valley.network()
    await courier.writes("Le code sous le carré de l’étiquette", valley.first["courier_code"].lower().replace("-", " "))
    await courier.taps("Ouvrir")
    await courier.arrives(valley.path(valley.first))
    await courier.taps("Un autre colis")
    await courier.writes("Le code sous le carré de l’étiquette", valley.second["courier_code"])
    await courier.taps("Ouvrir")
    await courier.arrives(valley.path(valley.second))


async def test_a_signature_is_drawn_wiped_and_shown_to_the_buyer(valley: Valley, house: House, invite: Invite) -> None:
    """On a sharp screen, by a finger; beside a photo."""
    sharp = await invite("courier", PHONE | {"device_scale_factor": 3}, known=False)
    valley.courier = sharp
    await sharp.goes(valley.house.base + valley.path(valley.first))
    await sharp.taps("Livrée")
    canvas, wipe = sharp.page.locator("signature-pad canvas"), sharp.page.locator("signature-pad button")
    await expect(wipe).to_be_hidden()
    await valley.signs()
    assert await canvas.evaluate("canvas => canvas.width / canvas.clientWidth") == pytest.approx(3, abs=0.02)
    assert await canvas.evaluate(INKED) > 1000
    await sharp.touch(wipe)
    assert await canvas.evaluate(INKED) == 0
    await expect(wipe).to_be_hidden()
    touched = """canvas => {
      const {left, top} = canvas.getBoundingClientRect()
      const send = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type, {
        pointerId: 7, pointerType: 'touch', isPrimary: true, bubbles: true, cancelable: true, clientX: left + x, clientY: top + y}))
      canvas.setPointerCapture = () => {}
      send('pointerdown', 40, 30)
      for (let i = 1; i < 40; i++) send('pointermove', 40 + 5 * i, 30 + 60 * Math.abs(Math.sin(i / 5)))
      send('pointerup', 240, 60)
    }"""
    await canvas.evaluate(touched)
    assert await canvas.evaluate(INKED) > 1000
    assert await canvas.evaluate("canvas => getComputedStyle(canvas).touchAction") == "none", "drawing does not scroll"
    photo = [{"name": "door.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}]
    await sharp.page.locator("input[type=file]").set_input_files(photo)  # type: ignore[arg-type]
    await valley.delivers("Claire Vasseur")
    await sharp.sees("Merci !")
    proof = (await valley.deal.claire.get(f"/shipments/{valley.first['id']}")).json()["proof"]
    assert proof["photo"] and await dark(house, valley.deal, proof["signature"]) > 1000
    claire = await invite("claire", LAPTOP)
    await claire.goes(f"/shipments/{valley.first['id']}")
    await claire.sees("Reçu par Claire Vasseur")
    await claire.sees_photo(".shipment-signature")
    await claire.sees_photo(".shipment-proof .photo")


async def test_a_delivery_without_signature_has_none(valley: Valley) -> None:
    await valley.opens(valley.first)
    await valley.courier.taps("Livrée")
    await valley.delivers("Claire")
    await valley.courier.sees("Merci !")
    proof = (await valley.deal.claire.get(f"/shipments/{valley.first['id']}")).json()["proof"]
    assert (proof["name"], proof["photo"], proof["signature"]) == ("Claire", None, None)


async def test_a_browser_that_keeps_nothing_says_so(valley: Valley) -> None:
    courier = valley.courier
    await courier.context.add_init_script("indexedDB.open = () => { throw new DOMException('forbidden') }")
    await valley.opens(valley.first)
    valley.no_network()
    courier.page.on("dialog", lambda dialog: dialog.dismiss())
    await courier.taps("Ramassé")
    await courier.sees("Ce navigateur ne garde rien : laissez cette page ouverte")
    await valley.stands(picked_up="kept", in_transit="now")
    await valley.network()
    await valley.stands(picked_up="done")
    assert [scan["status"] for scan in await valley.told(valley.first)] == ["picked_up"]


async def test_what_is_kept_is_bounded_and_an_older_version_stays_whole(valley: Valley) -> None:
    """A kept page finds its own files, also after the hub has others; of many parcels those opened last stay."""
    await valley.opens(valley.first)
    await valley.is_kept(valley.first)
    await valley.courier.page.evaluate("""async () => {
      const pages = await caches.open('anou-courier-pages'), files = await caches.open('anou-courier-files')
      for (let i = 0; i < 45; i++) {
        const headers = {Date: new Date(2020, 0, 1 + i).toUTCString(), 'Content-Type': 'text/html'}
        const text = i == 44 ? '<script src="/static/js/app.aaaaaaaaaa.js">' : ''
        await pages.put(`/c/${String(i).padStart(43, 'A')}?lang=fr`, new Response(text, {headers}))
      }
      for (const name of ['aaaaaaaaaa', 'bbbbbbbbbb']) await files.put(`/static/js/app.${name}.js`, new Response(''))
    }""")
    await valley.opens(valley.second)
    await valley.is_kept(valley.second)
    held = """async () => {
      const paths = async name => (await (await caches.open(name)).keys()).map(({url}) => new URL(url).pathname)
      const parcels = new Set((await paths('anou-courier-pages')).filter(path => path.length == 46))
      const files = await paths('anou-courier-files')
      return [parcels.size, ...['aaaaaaaaaa', 'bbbbbbbbbb'].map(name => files.includes(`/static/js/app.${name}.js`))]
    }"""
    for _ in range(50):
        if await valley.courier.page.evaluate(held) == [40, True, False]:
            break
        await valley.courier.page.wait_for_timeout(100)
    assert await valley.courier.page.evaluate(held) == [40, True, False]
    valley.no_network()
    for shipment in (valley.first, valley.second):
        await valley.opens(shipment)
        await valley.courier.sees("Lyon")

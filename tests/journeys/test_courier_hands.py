"""A courier's hands: a camera or a thumb for the label, a finger that signs."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.house import House, jpeg
from tests.journeys.conftest import Invite
from tests.journeys.people import LAPTOP, PHONE
from tests.journeys.valley import Valley, carried, dark

pytestmark = pytest.mark.timeout(120)
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
CAMERAS = """(() => {
  window.cameras = []
  const open = MediaDevices.prototype.getUserMedia
  MediaDevices.prototype.getUserMedia = async function (wish) {
    const stream = await open.call(this, wish)
    cameras.push(stream)
    return stream
  }
})()"""


@pytest.fixture
async def valley(house: House, invite: Invite) -> Valley:
    return await carried(house, invite)


async def test_the_camera_reads_a_label_where_the_browser_can(valley: Valley) -> None:
    courier, page = valley.courier, valley.courier.page
    await courier.context.grant_permissions(["camera"], origin=valley.house.base)
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


async def test_a_double_tap_opens_one_camera_and_none_stays_on(valley: Valley) -> None:
    courier, page = valley.courier, valley.courier.page
    await courier.context.grant_permissions(["camera"], origin=valley.house.base)
    await courier.context.add_init_script(CAMERA)
    await courier.context.add_init_script(CAMERAS)
    await courier.goes("/c")
    scan, on = page.locator("[data-scan]"), "cameras.flatMap(one => one.getTracks()).filter(one => one.readyState == 'live').length"
    await expect(scan).to_be_visible()
    await scan.evaluate("button => { button.click(); button.click() }")
    await expect(page.locator(".courier-camera")).to_be_visible()
    await page.wait_for_timeout(500)  # for the other, if there is one
    assert await page.evaluate(f"[cameras.length, {on}]") == [1, 1]
    await courier.taps("Fermer")
    assert await page.evaluate(on) == 0
    await scan.evaluate("button => { button.click(); button.closest('parcel-finder').remove() }")
    await page.wait_for_function("() => cameras.length == 2")
    await page.wait_for_function(f"() => {on} == 0")


async def test_a_thumb_types_the_code_elsewhere(valley: Valley) -> None:
    courier, page = valley.courier, valley.courier.page
    await courier.goes("/c")
    assert await page.evaluate("'BarcodeDetector' in window") is False
    await expect(page.locator("[data-scan]")).to_be_hidden()
    await courier.writes("Le code sous le carré de l’étiquette", "000 000 0000")
    await courier.taps("Ouvrir")
    await courier.sees("Aucun colis n’a ce code. Relisez-le.")
    courier.troubles.clear()
    await courier.context.set_offline(True)
    await courier.taps("Ouvrir")
    await courier.sees("Pas de réseau : ce code ne peut pas être cherché")
    await courier.context.set_offline(False)
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
    await sharp.taps("Livré")
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
    await valley.photographs(jpeg())
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
    await valley.courier.taps("Livré")
    await valley.delivers("Claire")
    await valley.courier.sees("Merci !")
    proof = (await valley.deal.claire.get(f"/shipments/{valley.first['id']}")).json()["proof"]
    assert (proof["name"], proof["photo"], proof["signature"]) == ("Claire", None, None)

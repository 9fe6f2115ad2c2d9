"""Photos on a slow phone: whatever was chosen goes with the words, many at once, and the browser holds on to none of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Route, expect

from tests.deals import Deal
from tests.house import House, jpeg
from tests.journeys.people import PATIENCE_MS, Someone

pytestmark = pytest.mark.timeout(90)
Opens = Callable[..., Awaitable[list[Someone]]]
COUNTED = """() => {
  globalThis.held = new Set()
  const {createObjectURL, revokeObjectURL} = URL
  URL.createObjectURL = thing => { const url = createObjectURL.call(URL, thing); held.add(url); return url }
  URL.revokeObjectURL = url => { held.delete(url); revokeObjectURL.call(URL, url) }
}"""


async def chooses(person: Someone, count: int, width: int = 320, height: int = 240) -> None:
    files = [{"name": f"{number}.jpg", "mimeType": "image/jpeg", "buffer": jpeg(width, height)} for number in range(count)]
    await person.page.locator("thread-composer [type=file]").set_input_files(files)  # type: ignore[arg-type]


async def test_a_tap_while_photos_are_being_shrunk(house: House, opens: Opens) -> None:
    """None stays behind, and none is lost: the message waits for them."""
    path = f"/threads/{await house.thread()}"
    claire, fatima = await opens(path, "claire", "fatima")
    slow = await fatima.context.new_cdp_session(fatima.page)
    await slow.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    await fatima.page.get_by_role("textbox", name="Message").fill("three")
    await chooses(fatima, 3, 3000, 2250)
    for _ in range(2):
        await fatima.taps("Envoyer")
    await slow.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    for person in (claire, fatima):
        await person.reads_exactly("three")
        await expect(person.message("three").locator(".message-photos .photo")).to_have_count(3)
    await expect(fatima.page.locator(".composer-photos .photo")).to_have_count(0)


async def test_more_photos_than_a_message_takes(house: House, opens: Opens) -> None:
    """Ten go; the others stay where they are, also when the page is left, and go with the next tap."""
    path = f"/threads/{await house.thread()}"
    claire, fatima = await opens(path, "claire", "fatima")
    left = fatima.page.locator(".composer-photos .photo")
    await chooses(fatima, 13)
    await expect(left).to_have_count(13, timeout=PATIENCE_MS)
    await fatima.says_at_once("ten")
    await expect(left).to_have_count(3)
    await expect(claire.message("ten").locator(".message-photos .photo")).to_have_count(10, timeout=PATIENCE_MS)
    await fatima.goes(path)
    await expect(left).to_have_count(3, timeout=PATIENCE_MS)
    await fatima.says_at_once("three")
    await expect(claire.message("three").locator(".message-photos .photo")).to_have_count(3, timeout=PATIENCE_MS)
    await claire.reads_exactly("ten", "three")
    await fatima.goes(path)
    await fatima.is_live()
    await expect(left).to_have_count(0)


async def test_a_photo_that_was_drawn_is_held_no_longer(house: House, opens: Opens) -> None:
    """A page stays open all day: pictures of the day before yesterday are not in its memory."""
    path = f"/threads/{await house.thread()}"
    (fatima,) = await opens(path, "fatima")
    await fatima.page.evaluate(COUNTED)
    await chooses(fatima, 3)
    previews = fatima.page.locator(".composer-photos .photo")
    await expect(previews).to_have_count(3, timeout=PATIENCE_MS)
    await fatima.touch(previews.first.get_by_role("button"))
    await fatima.says_at_once("two")
    await fatima.sees_state("two", "sent")
    await fatima.sees_photo(".message")
    drawn = "images => images.length === 2 && images.every(image => image.src.startsWith('blob:') && image.naturalWidth > 0)"
    assert await fatima.message("two").locator(".message-photos img").evaluate_all(drawn)
    assert await fatima.page.evaluate("[...held]") == []


@pytest.mark.parametrize(("element", "sign"), [("photo-field", "input[type=hidden]"), ("thread-composer", "img")])
async def test_a_photo_that_was_chosen_before_the_page_had_its_scripts(house: House, fatima: Someone, element: str, sign: str) -> None:
    """The phone shows the form at once, and the line brings the rest when it can."""
    deal = await Deal.begun(house)
    order = await deal.making()
    path = {"photo-field": f"/orders/{order['id']}/progress", "thread-composer": f"/threads/{deal.thread}"}[element]
    come = asyncio.Event()

    async def late(route: Route) -> None:
        await come.wait()
        await route.continue_()

    await fatima.page.route(f"**/{element}*.js", late)
    await fatima.page.goto(fatima.base + path, wait_until="commit")
    chosen = [{"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}]
    await fatima.page.locator(f"{element} input[type=file]").set_input_files(chosen)  # type: ignore[arg-type]
    assert await fatima.page.locator(f"{element}:defined").count() == 0
    come.set()
    await expect(fatima.page.locator(f"{element} .photo {sign}")).to_have_count(1, timeout=PATIENCE_MS)

"""What somebody wrote, against refusals, sign-outs, full phones, forbidden storage and a battery that dies."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest
from playwright.async_api import Dialog, Page, async_playwright, expect

from hub.sessions import COOKIE
from tests.house import House, jpeg
from tests.journeys.conftest import QUIET
from tests.journeys.people import PATIENCE_MS, Someone
from tests.web.test_people import codes

pytestmark = pytest.mark.timeout(90)
Opens = Callable[..., Awaitable[list[Someone]]]
LONG = "é" * 4_001
FORBIDDEN = """IDBFactory.prototype.open = () => { throw new DOMException('forbidden', 'SecurityError') }"""


def box(person: Someone) -> object:
    return person.page.get_by_role("textbox", name="Message")


async def test_a_refused_message_is_edited_and_sent_again(house: House, opens: Opens) -> None:
    """Too long: it says so where it stands, what was typed comes back, and what stood behind it has gone on."""
    path = f"/threads/{await house.thread()}"
    claire, fatima = await opens(path, "claire", "fatima")
    words = box(claire)
    await claire.says_at_once(LONG, "behind it")
    refused = claire.message(LONG[:100])
    await fatima.reads_exactly("behind it")
    await claire.sees_state(LONG[:100], "refused")
    await expect(refused.get_by_role("alert")).to_contain_text("4 000")

    await claire.goes(path)  # it is still there, refused, behind what has gone
    await claire.reads_exactly("behind it", LONG)
    await words.fill("half a ")  # type: ignore[attr-defined]
    await refused.get_by_role("button", name="Modifier").dblclick()
    await expect(words).to_have_value(f"half a \n{LONG}")  # type: ignore[arg-type]
    await claire.goes(path)
    await claire.reads_exactly("behind it")
    await expect(words).to_have_value(f"half a \n{LONG}")  # type: ignore[arg-type]
    await claire.says_at_once("shorter")
    for person in (claire, fatima):
        await person.reads_exactly("behind it", "shorter")
    assert await claire.unsent() == 0


async def test_signed_out_on_another_device(house: House, opens: Opens) -> None:
    """What she writes waits; she signs in again where she is, and it is sent."""
    path = f"/threads/{await house.thread()}"
    claire, fatima = await opens(path, "claire", "fatima")
    (laptop,) = await opens("/me", "claire")
    others = laptop.page.get_by_role("button", name="Retirer")
    while await others.count():
        async with laptop.page.expect_navigation():
            await others.first.click()
    await claire.sees("Vous n’êtes plus connecté")
    await claire.says_at_once("kept until she is back")
    await claire.sees_state("kept until she is back", "waiting")

    await claire.taps("Vous n’êtes plus connecté")
    await claire.arrives(r"/sign-in\?.*")
    await claire.page.locator("[name=contact]").fill("claire@example.org")
    with codes() as found:
        await claire.page.keyboard.press("Enter")
        await claire.page.locator("[name=code]").wait_for()
    await claire.page.locator("[name=code]").fill(found[-1])
    await claire.page.keyboard.press("Enter")
    await claire.arrives(path)
    for person in (claire, fatima):
        await person.reads_exactly("kept until she is back")


async def test_sent_from_whatever_page_is_opened(house: House, opens: Opens) -> None:
    """The conversation was closed without network: the inbox shows that something waits, and sends it."""
    path = f"/threads/{await house.thread()}"
    claire, fatima = await opens(path, "claire", "fatima")
    await fatima.goes("/threads")
    await fatima.is_live()
    tab = await fatima.another_tab(path)
    await fatima.context.set_offline(True)
    await tab.says_at_once("one", "two")
    await tab.sees_state("two", "waiting")
    await tab.page.close()
    await expect(fatima.page.locator("[data-outbox=waiting]")).to_contain_text("2")
    await fatima.context.set_offline(False)
    await claire.reads_exactly("one", "two")
    await expect(fatima.page.locator("[data-outbox=waiting]")).to_be_hidden()


async def test_signing_out_says_what_would_be_forgotten(house: House, opens: Opens) -> None:
    path = f"/threads/{await house.thread()}"
    (fatima,) = await opens(path, "fatima")
    me = await fatima.another_tab("/me")
    await fatima.context.set_offline(True)
    await fatima.says_at_once("not yet")
    await fatima.sees_state("not yet", "waiting")
    await me.taps("Se déconnecter")
    await me.sees("Un message n’est pas encore parti")
    await fatima.context.set_offline(False)
    await fatima.sees_state("not yet", "sent")
    await me.taps("Se déconnecter")
    await me.arrives("/")
    assert await me.page.evaluate("indexedDB.databases().then(all => all.length)") == 0


async def test_signing_out_leaves_nothing_in_other_tabs(house: House, opens: Opens) -> None:
    """What was only begun counts too; once it is to be forgotten, no tab shows the conversation any more."""
    path = f"/threads/{await house.thread()}"
    (fatima,) = await opens(path, "fatima")
    await fatima.says_at_once("between us")
    await fatima.sees_state("between us", "sent")
    await box(fatima).fill("half a sen")  # type: ignore[attr-defined]
    me = await fatima.another_tab("/me")
    await me.taps("Se déconnecter")
    await me.sees("Vous avez commencé un message")
    await fatima.sees("between us")
    await me.taps("Se déconnecter")
    await me.arrives("/")
    await fatima.arrives("/")
    assert await me.page.evaluate("indexedDB.databases().then(all => all.length)") == 0
    assert await me.page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('anou-'))") == []


async def refused_to_leave(page: Page, act: Awaitable[object]) -> bool:
    """Does the browser ask before this page is left? It stays."""
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    page.once("dialog", stay)
    leaving = asyncio.ensure_future(act)
    await asyncio.sleep(0.3)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    page.remove_listener("dialog", stay)
    return asked == ["beforeunload"]


async def test_a_browser_that_keeps_nothing_says_so(house: House, opens: Opens) -> None:
    """Forbidden storage: what is written lives as long as the page, the page says so, and asks before it is left."""
    path = f"/threads/{await house.thread()}"
    claire, fatima = await opens(path, "claire", "fatima")
    await fatima.page.add_init_script(FORBIDDEN)
    await fatima.goes(path)
    await fatima.is_live()
    await fatima.says_at_once("goes at once all the same")
    await claire.reads_exactly("goes at once all the same")

    await fatima.context.set_offline(True)
    await fatima.says_at_once("only here")
    await fatima.sees("gardez cette page ouverte", "ce navigateur ne garde rien")
    assert await refused_to_leave(fatima.page, fatima.page.evaluate("location.reload()"))
    await fatima.context.set_offline(False)
    await claire.reads_exactly("goes at once all the same", "only here")
    await fatima.sees_no("ce navigateur ne garde rien")
    await fatima.goes(path)
    await fatima.reads_exactly("goes at once all the same", "only here")


async def test_a_full_phone(house: House, opens: Opens) -> None:
    """No room for a photo: it goes from memory, is shown as such, and is not lost without a word."""
    path = f"/threads/{await house.thread()}"
    claire, fatima = await opens(path, "claire", "fatima")
    phone = await fatima.context.new_cdp_session(fatima.page)
    await phone.send("Storage.overrideQuotaForOrigin", {"origin": house.base, "quotaSize": 1})
    await fatima.context.set_offline(True)
    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": jpeg(1200, 900)}
    await fatima.page.locator("thread-composer [type=file]").set_input_files([photo])  # type: ignore[arg-type]
    await fatima.page.locator(".composer-photos img").wait_for()
    await fatima.says_at_once("the wool")
    await fatima.sees("gardez cette page ouverte")
    await fatima.context.set_offline(False)
    await claire.sees_photo(".message")
    await fatima.sees_state("the wool", "read")


async def test_the_battery_dies(house: House, opens: Opens, tmp_path: Path) -> None:
    """The whole browser is killed: what waited is sent once, what was being typed is in its field."""
    path = f"/threads/{await house.thread()}"
    (claire,) = await opens(path, "claire")
    async with async_playwright() as playwright:

        async def switched_on() -> Someone:
            context = await playwright.chromium.launch_persistent_context(
                tmp_path, executable_path=shutil.which("chromium"), args=QUIET, locale="fr-FR"
            )
            fatima = Someone("fatima", house.base, context, await context.new_page(), touches=False)
            await context.add_cookies([{"name": COOKIE, "value": await house.token("fatima"), "url": house.base}])
            await fatima.goes(path)
            await fatima.is_live()
            return fatima

        fatima = await switched_on()
        await fatima.says_at_once("before")
        await claire.reads_exactly("before")
        await fatima.context.set_offline(True)
        await fatima.says_at_once("one", "two")
        await fatima.sees_state("two", "waiting")
        await box(fatima).press_sequentially("half a sen")  # type: ignore[attr-defined]
        await asyncio.sleep(0.1)
        dies(tmp_path)
        (tmp_path / "SingletonLock").unlink(missing_ok=True)

        fatima = await switched_on()
        await expect(box(fatima)).to_have_value("half a sen", timeout=PATIENCE_MS)  # type: ignore[arg-type]
        for person in (claire, fatima):
            await person.reads_exactly("before", "one", "two")
        assert fatima.troubles == []
        await fatima.context.close()


def dies(profile: Path) -> None:
    """Every process of the browser with this profile, at once."""
    for process in psutil.process_iter(["cmdline"]):
        if any(str(profile) in word for word in process.info["cmdline"] or ()):
            os.kill(process.pid, signal.SIGKILL)


async def test_a_slow_phone_whose_page_is_left_with_the_tap(house: House, opens: Opens) -> None:
    """The browser has not written it down yet when the page goes: the next page sends it, once, and the box is empty."""
    path = f"/threads/{await house.thread()}"
    claire, fatima = await opens(path, "claire", "fatima")
    slow = await fatima.context.new_cdp_session(fatima.page)
    await slow.send("Emulation.setCPUThrottlingRate", {"rate": 12})
    said = [f"elle {number}" for number in range(5)]
    for words in said:
        await fatima.says_at_once(words)
        await fatima.goes(path)
        await expect(box(fatima)).to_have_value("")  # type: ignore[arg-type]
    await fatima.page.locator("thread-composer:defined").wait_for()  # what is typed before the scripts are there only the browser knows
    await box(fatima).fill("half a sen")  # type: ignore[attr-defined]
    await fatima.goes(path)
    await expect(box(fatima)).to_have_value("half a sen")  # type: ignore[arg-type]
    for person in (claire, fatima):
        await person.reads_exactly(*said)
    assert await fatima.unsent() == 0
    assert await fatima.page.evaluate("Object.keys(localStorage).filter(key => key.includes('-sending-') || key.includes('-draft-'))") == []

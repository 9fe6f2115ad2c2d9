"""Every screen for everybody, on a phone and on a laptop, in every language: it fits, it speaks, it can be used."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from babel.messages.pofile import read_po
from playwright.async_api import Browser, Page, Request

from hub.actions import passports
from hub.config import Config, use
from hub.i18n import RIGHT_TO_LEFT
from hub.sessions import COOKIE
from hub.web.pages import FRONTEND
from models.catalogue import ProductPhoto
from tests.deals import Deal, wish
from tests.house import House, serving
from tests.journeys.people import LAPTOP, PHONE
from tests.services import TestServices
from workers.clock import CLOCK

pytestmark = pytest.mark.timeout(120)
LANGUAGES = ("fr", "ar", "en")
THREAD_PAGE = 60 * 1024  # bytes of HTML, CSS and JS over the wire
FINGER = 44  # CSS pixels
AXE = Path(AXE_FILE_PATH).read_text("utf-8")
NOBODY, COURIER = "nobody", "courier"
EVERYBODY = (NOBODY, COURIER, "claire", "fatima", "ahmed", "khadija")
TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth
  if (document.scrollingElement.scrollWidth <= room) return []
  const out = ({width, left, right}) => width && (right > room + 1 || left < -1)
  return [...document.body.querySelectorAll('*')].filter(one => out(one.getBoundingClientRect()))
    .slice(0, 5).map(one => `${one.localName}.${one.className}`)
}"""
TAPPED = "button, .button, .chip:not(.tag), .choice, .deal, .inbox-row, .places a, summary, select, input:not([type=hidden], [type=file])"
TOO_SMALL = """([tapped, finger]) => [...document.querySelectorAll(tapped)]
  .filter(one => one.checkVisibility({visibilityProperty: true, opacityProperty: true}) && !one.closest('label'))
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([one, box]) => box.width > 1 && (box.height < finger - .5 || box.width < finger - .5))
  .map(([one, box]) => `${one.localName}.${one.className} “${one.innerText.trim().slice(0, 30)}” ${box.width} x ${box.height}`)"""
ROOM = """() => {
  const box = place => document.querySelector(place).getBoundingClientRect()
  const names = [...document.querySelectorAll('.thread-person b, deal-bar .button')].filter(one => one.checkVisibility())
  const cut = one => one.scrollWidth > one.clientWidth + 1 || one.getBoundingClientRect().right > innerWidth
  return {
    letters: getComputedStyle(document.documentElement).fontSize, cut: names.filter(cut).map(one => one.innerText),
    words: box('.composer-words').width / innerWidth, log: box('.log-box').height / innerHeight,
  }
}"""
WORDS = """() => {
  const found = new Set()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const shown = one => !one.parentElement.closest('script, template, code')
  while (walker.nextNode()) if (shown(walker.currentNode)) found.add(walker.currentNode.data.trim())
  for (const one of document.querySelectorAll('[aria-label], [placeholder], [title], [alt]'))
    for (const name of ['aria-label', 'placeholder', 'title', 'alt']) if (one.getAttribute(name)) found.add(one.getAttribute(name).trim())
  return [...found]
}"""


class OneOfMany(Deal):
    """A deal beside others: a bank's reference counts once."""

    async def pay(self, order: dict[str, Any], amount: int, reference: str) -> dict[str, Any]:
        return await super().pay(order, amount, f"{reference} {order['id']}")


@dataclass
class Town:
    """A hub in which something of every kind is going on, and the screens of each person."""

    house: House
    screens: Mapping[str, list[str]]


@pytest.fixture(scope="module")
async def town(services: TestServices, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Served once for all tests of this file, which only look."""
    await services.forget()
    async with services.clone() as url:
        folder = tmp_path_factory.mktemp("town")
        config = use(Config(folder, url, services.redis_url, development=True, passport_key="5e" * 32))
        async with serving(config) as house:
            yield Town(house, await busy(house))


async def busy(house: House) -> dict[str, list[str]]:
    """Conversations and orders at every stage; the paths of everybody's screens."""

    async def deal() -> OneOfMany:
        piece = await house.product(title={"fr": "Hanbel", "en": "Hanbel", "ar": "حنبل"}, one_of_a_kind=False)
        await ProductPhoto.create(product=piece, media_id=await house.photo("fatima", "product"))
        return cast(OneOfMany, await OneOfMany.begun(house, piece))

    talk, wished, offered = await deal(), await deal(), await deal()
    await talk.call("ahmed")
    for client, lang, body in ((talk.claire, "fr", "Bonjour Fatima"), (talk.fatima, "zgh", "Azul " * 40), (talk.claire, "fr", "x" * 300)):
        message = {"kind": "text", "lang": lang, "body": body}
        await talk.post(client, f"/threads/{talk.thread}/messages", message)
    ahmed = await house.client("ahmed")
    await talk.post(ahmed, f"/threads/{talk.thread}/events/3/translations", {"lang": "fr", "text": "Bonjour " * 40})
    await wished.post(wished.claire, f"/threads/{wished.thread}/quote-requests", wish(note="Avant mai", wanted_by="2027-05-01"))
    quote = await offered.offer(colours=["indigo", "ivory"], materials=["wool"], note="Azul")
    await offered.post(offered.claire, f"/quotes/{quote['id']}/counter", {"version": 1, "terms": quote["terms"] | {"making_days": 20}})

    opened, making = await (await deal()).order(), await (going := await deal()).making()
    progress = {"step": "weaving_50", "media": [await house.photo("fatima", "progress")], "note": "ça avance"}
    await going.verb(going.fatima, making, "progress", progress)
    made = await (finished := await deal()).made(await finished.making())
    ready = await (checked := await deal()).inspected()
    await checked.pay(ready, ready["money"]["due"]["amount"], "REST")
    _, waiting = await (await deal()).shipped()
    sent, shipment = await (parcel := await deal()).shipped()
    link = path_of(shipment["courier_link"], house)
    stranger = await house.client()
    for status in ("picked_up", "in_transit"):
        await parcel.post(stranger, f"{link}/checkpoints", {"status": status, "location": "Azilal"})
    _, called_off = await (off := await deal()).shipped()
    await off.post(off.khadija, f"/shipments/{called_off['id']}/checkpoints", {"status": "cancelled"})
    arrived, delivered = await (home := await deal()).shipped()
    away = path_of(delivered["courier_link"], house)
    await home.post(stranger, f"{away}/checkpoints", {"status": "picked_up"})
    await home.post(stranger, f"{away}/proof", {"name": "Claire V."})
    await home.verb(home.claire, arrived, "dispute", {"reason": "Une tache"})

    batch = await earned(home)
    product = (await talk.claire.get(f"/threads/{talk.thread}")).json()["product"]
    piece = product["id"] if isinstance(product, dict) else product
    paper = f"/p/{(await passports.issue(CLOCK, arrived['id']))['certificate']['id']}"
    orders = [f"/orders/{order['id']}" for order in (opened, making, made, ready, sent, arrived)]
    return {
        NOBODY: ["/", "/products", "/products?craft=pottery", f"/products/{piece}", f"/artisans/{(await house.person('fatima')).id}",
                 "/sign-in", "/docs/realtime", paper, "/nothing-here"],
        COURIER: [path_of(waiting["courier_link"], house), link, away, path_of(called_off["courier_link"], house), "/c/", "/c/blank"],
        "claire": ["/threads", f"/threads/{talk.thread}", f"/threads/{offered.thread}", f"/threads/{home.thread}",
                   f"/threads/{parcel.thread}",
                   f"/mentors?thread={talk.thread}", f"/threads/{talk.thread}/request",
                   f"/quotes/{quote['id']}", *orders, f"{orders[0]}/cancel", f"{orders[2]}/dispute",
                   f"/shipments/{shipment['id']}", "/me"],
        "fatima": ["/threads", f"/threads/{talk.thread}", f"/threads/{wished.thread}", f"/threads/{wished.thread}/offer",
                   f"/quotes/{quote['id']}", f"/quotes/{quote['id']}/counter", orders[1],
                   *(f"{orders[1]}/{verb}" for verb in ("progress", "made", "extend", "pause", "cancel")), "/money", paper],
        "ahmed": ["/threads", f"/threads/{talk.thread}"],
        "khadija": ["/board", "/board/journeys", f"/shipments/{shipment['id']}", f"/shipments/{waiting['id']}", f"{orders[0]}/pay",
                    f"{orders[2]}/inspect", f"{orders[3]}/ship", orders[4], f"{orders[5]}/resolve",
                    "/ledger", batch],
    }  # fmt: skip


async def earned(deal: OneOfMany) -> str:
    """Fatima is sent what she was advanced for wool so far; the path of the batch. More is owed since, money goes back, rates are set."""
    await deal.post(deal.khadija, "/ledger/rates", {"currency": "EUR", "rate": "10.8"})
    await deal.post(deal.fatima, "/money/place", {"way": "post", "name": "Fatima", "account": "0612345678"})
    batch = await deal.post(deal.khadija, "/ledger/payouts", {"currency": "EUR"})
    other = await (await OneOfMany.begun(deal.house)).order(description="Taa" + "aa" * 60)  # a word wider than a phone
    await deal.pay(other, 100_000, "TOO MUCH")
    back = await (await OneOfMany.begun(deal.house)).making()
    await deal.verb(deal.khadija, back, "cancel", {"reason": "illness"})
    return f"/ledger/payouts/{batch['id']}"


def path_of(link: str, house: House) -> str:
    """The path of one of our own links."""
    return link.removeprefix(house.base)


@cache
def untranslated(lang: str) -> set[str]:
    """The English words that must not stand on a page in `lang`."""
    if lang == "en":
        return set()
    with (FRONTEND / "locales" / lang / "LC_MESSAGES" / "hub.po").open("rb") as file:
        entries = [entry for entry in read_po(file) if entry.id]
    pairs = [(e.id, e.string) if isinstance(e.id, str) else (e.id[0], e.string[0]) for e in entries]
    translated = {string for _, string in pairs}
    return {msgid for msgid, string in pairs if string != msgid and msgid not in translated}


class Looking:
    """One person's browser, going from screen to screen."""

    def __init__(self, town: Town, page: Page) -> None:
        self.town, self.page, self.faults = town, page, list[str]()
        page.on("console", lambda said: said.type == "error" and "404" not in said.text and self.fault(said.text))
        page.on("pageerror", lambda error: self.fault(str(error)))

    def fault(self, words: str) -> None:
        self.faults.append(f"{self.page.url.removeprefix(self.town.house.base)}: {words}")

    async def open(self, path: str, lang: str) -> None:
        answer = await self.page.goto(f"{self.town.house.base}{path}{'&' if '?' in path else '?'}lang={lang}")
        if not answer or answer.status != (404 if path == "/nothing-here" else 200):
            self.fault(f"answered {answer and answer.status}")

    async def speaks(self, lang: str) -> None:
        """This language only, in its direction."""
        shown = await self.page.evaluate("[document.documentElement.lang, getComputedStyle(document.body).direction]")
        if shown != [lang, "rtl" if lang in RIGHT_TO_LEFT else "ltr"]:
            self.fault(f"wrong language or direction: {shown}")
        if left := untranslated(lang) & set(await self.page.evaluate(WORDS)):
            self.fault(f"not translated: {left}")

    async def fits(self, device: dict[str, Any]) -> None:
        """Nobody has to scroll sideways."""
        await self.page.set_viewport_size(device["viewport"])
        if wide := await self.page.evaluate(TOO_WIDE):
            self.fault(f"wider than {device['viewport']['width']}: {wide}")

    async def is_big_enough(self) -> None:
        """A thumb finds every button."""
        if small := await self.page.evaluate(TOO_SMALL, [TAPPED, FINGER]):
            self.fault(f"too small for a thumb: {small}")

    async def is_accessible(self) -> None:
        """Nothing that axe calls serious."""
        await self.page.evaluate(AXE)
        for fault in await self.page.evaluate("axe.run({resultTypes: ['violations']}).then(found => found.violations)"):
            if fault["impact"] in {"serious", "critical"}:
                where = [(node["target"], node["failureSummary"]) for node in fault["nodes"][:3]]
                self.fault(f"{fault['id']}: {json.dumps(where, ensure_ascii=False)}")


async def looking(town: Town, chromium: Browser, who: str, device: dict[str, Any], **more: Any) -> Looking:
    """The browser of `who`, signed in unless nobody is."""
    context = await chromium.new_context(**device, **more)
    if who in {"claire", "fatima", "ahmed", "khadija"}:
        await context.add_cookies([{"name": COOKIE, "value": await town.house.token(who), "url": town.house.base}])
    return Looking(town, await context.new_page())


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("lang", LANGUAGES)
async def test_every_screen_can_be_used(town: Town, chromium: Browser, who: str, lang: str) -> None:
    """In French by day on a phone, in Arabic by night on a laptop, also for those who listen to it or see little."""
    seen = await looking(town, chromium, who, PHONE, color_scheme="dark" if lang == "ar" else "light", reduced_motion="reduce")
    for path in town.screens[who]:
        await seen.open(path, lang)
        await seen.speaks(lang)
        await seen.fits(PHONE)
        if lang == "fr":
            await seen.is_big_enough()
            await seen.is_accessible()
        await seen.fits(LAPTOP)
        if lang == "ar":
            await seen.is_accessible()
        await seen.page.set_viewport_size(PHONE["viewport"])
    await seen.page.context.close()
    assert not seen.faults, "\n".join(seen.faults)


async def test_a_courier_who_reads_tachelhit(town: Town, chromium: Browser) -> None:
    """By night on a phone, in the fourth language."""
    seen = await looking(town, chromium, COURIER, PHONE, color_scheme="dark", reduced_motion="reduce")
    for path in town.screens[COURIER]:
        await seen.open(path, "zgh")
        await seen.speaks("zgh")
        await seen.fits(PHONE)
        await seen.is_big_enough()
        await seen.is_accessible()
    await seen.page.context.close()
    assert not seen.faults, "\n".join(seen.faults)


async def test_the_conversation_is_light(town: Town, chromium: Browser) -> None:
    seen = await looking(town, chromium, "claire", PHONE)
    arrived: list[Request] = []
    seen.page.on("requestfinished", lambda request: arrived.append(request))
    await seen.open(town.screens["claire"][1], "fr")
    await seen.page.wait_for_load_state("networkidle")
    weighed = [one for one in arrived if one.resource_type in {"document", "stylesheet", "script"}]
    sizes = {one.url.removeprefix(town.house.base): (await one.sizes())["responseBodySize"] for one in weighed}
    await seen.page.context.close()
    assert len(sizes) > 10
    assert sum(sizes.values()) <= THREAD_PAGE, sorted(sizes.items(), key=lambda item: -item[1])


async def test_a_conversation_in_letters_twice_as_large(town: Town, chromium: Browser) -> None:
    """For eyes that need them, on the smallest phone: the names are whole, and there is room to write and to read."""
    seen = await looking(town, chromium, "claire", PHONE)
    letters = await seen.page.context.new_cdp_session(seen.page)
    await letters.send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
    for lang in ("fr", "ar"):
        await seen.open(town.screens["claire"][1], lang)
        await seen.fits(PHONE)
        shown = await seen.page.evaluate(ROOM)
        assert shown["letters"] == "32px"
        assert shown["cut"] == []
        assert shown["words"] > 0.8 and shown["log"] > 0.25, shown
    await seen.page.context.close()
    assert not seen.faults, "\n".join(seen.faults)


@pytest.mark.parametrize("who", ["claire", "fatima"])
async def test_quotes_orders_and_money_in_letters_twice_as_large(town: Town, chromium: Browser, who: str) -> None:
    """On the smallest phone nothing stands beside the screen."""
    seen = await looking(town, chromium, who, PHONE)
    letters = await seen.page.context.new_cdp_session(seen.page)
    await letters.send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
    begun, ended = ("/quotes", "/orders", "/money"), ("/offer", "/request")
    for path in (path for path in town.screens[who] if path.startswith(begun) or path.endswith(ended)):
        await seen.open(path, "fr")
        await seen.fits(PHONE)
    await seen.page.context.close()
    assert not seen.faults, "\n".join(seen.faults)

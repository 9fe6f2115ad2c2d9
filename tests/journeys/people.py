"""A person at a device of their own: a real browser, in which they see words, tap buttons and fill in fields."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import BrowserContext, ConsoleMessage, Error, Locator, Page, expect

from hub.actions import people as accounts
from hub.sessions import COOKIE
from tests.house import House

LIVE_MS = 6_000  # the very last moment at which others see what one has done; on the whole they see it much sooner
PATIENCE_MS = 10_000  # for one's own page
LAPTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 780}, "has_touch": True, "is_mobile": True, "device_scale_factor": 1}
NO_NETWORK = re.compile(
    r"net::ERR_(INTERNET_DISCONNECTED|CONNECTION_REFUSED|NETWORK_IO_SUSPENDED|EMPTY_RESPONSE|CONNECTION_RESET|SOCKET_NOT_CONNECTED|ABORTED)"
    r"|An unknown error occurred when fetching the script\."  # a service worker's
)


ONCE_AND_IN_ORDER = """
addEventListener('DOMContentLoaded', () => {
  const log = document.querySelector('.log')
  if (!log) return
  const look = () => {
    const events = [...log.querySelectorAll('.event')], seqs = events.map(one => +one.dataset.seq || Infinity)
    const cids = events.map(one => one.dataset.cid).filter(Boolean)
    if (new Set(cids).size < cids.length) console.error('drawn twice: ' + log.innerText)
    if (seqs.some((seq, i) => seq < Infinity ? seq <= seqs[i - 1] : false)) console.error('out of order: ' + seqs)
  }
  new MutationObserver(look).observe(log, {childList: true, subtree: true, attributes: true, attributeFilter: ['data-seq', 'data-cid']})
  look()
})"""


@dataclass
class Someone:
    """One person (or a courier nobody knows) before one page. `troubles`: what the browser complained of;
    `waits`: seconds until they saw what they were to see."""

    name: str
    base: str
    context: BrowserContext
    page: Page
    touches: bool
    troubles: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.troubles.append(f"{self.name}: {error}"))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not NO_NETWORK.search(message.text):
            self.troubles.append(f"{self.name} at {self.page.url}: {message.text}")

    # what they do

    async def goes(self, path: str) -> None:
        """Open a page of the hub by its address."""
        await self.page.goto(path if path.startswith("http") else self.base + path)

    async def comes_in(self, house: House) -> None:
        """Sign in by a one-tap link."""
        person = await house.person(self.name)
        await self.goes(f"/sign-in/link/{await accounts.make_link(person)}")
        await self.taps("Entrer")
        await self.arrives("/(threads|board|me)?")

    async def is_known(self, house: House) -> None:
        """Signed in since some other day."""
        await self.context.add_cookies([{"name": COOKIE, "value": await house.token(self.name), "url": self.base}])

    async def arrives(self, path: str) -> str:
        """Wait for a page whose path matches; the path."""
        await self.page.wait_for_url(re.compile(re.escape(self.base) + path + "(#.*)?$"), timeout=PATIENCE_MS)
        return self.page.url.removeprefix(self.base).partition("#")[0]

    async def taps(self, words: str, within: Locator | None = None) -> None:
        """Tap the button, link or fold with these words; the newest one where there are several."""
        place = within or self.page
        named = re.compile(rf"^\s*{re.escape(words)}", re.IGNORECASE)
        buttons = place.get_by_role("button", name=named).or_(place.get_by_role("link", name=named))
        await self.touch(buttons.or_(place.locator("summary", has_text=words)).filter(visible=True).last)

    async def touch(self, thing: Locator) -> None:
        """A finger or a mouse on it."""
        await (thing.tap(timeout=PATIENCE_MS) if self.touches else thing.click(timeout=PATIENCE_MS))

    async def ticks(self, label: str) -> None:
        """Choose, or let go of, a picture or a word among several."""
        await self.touch(self.page.locator("label", has_text=label).filter(visible=True).first)

    async def writes(self, label: str, words: str, within: Locator | None = None) -> None:
        """Fill in the field with this label."""
        await (within or self.page).get_by_label(label, exact=True).filter(visible=True).fill(words, timeout=PATIENCE_MS)

    async def says(self, words: str) -> None:
        """Write a message, letter by letter, and send it."""
        await self.page.get_by_role("textbox", name="Message").press_sequentially(words)
        await self._sends()

    async def says_at_once(self, *said: str) -> None:
        """Several messages, one after the other, faster than anybody types."""
        await self.page.bring_to_front()  # the tab they look at
        box = self.page.get_by_role("textbox", name="Message")
        for words in said:
            await box.fill(words)
            await self._sends()

    async def _sends(self) -> None:
        """A thumb has the button, a keyboard its key."""
        button = self.page.get_by_role("button", name="Envoyer", exact=True)
        await (self.touch(button) if self.touches else self.page.keyboard.press("Enter"))

    async def shows(self, picture: bytes) -> None:
        """Choose a photo from the device, and wait until it has gone up."""
        files = [{"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture}]
        await self.page.locator("photo-field input[type=file]").set_input_files(files)  # type: ignore[arg-type]
        await self.page.locator("photo-field .photo input[type=hidden]").wait_for(state="attached", timeout=PATIENCE_MS)

    # what they see

    def text(self, words: str) -> Locator:
        """The newest place where these words stand on the screen."""
        return self.page.get_by_text(words).filter(visible=True).last

    async def sees(self, *words: str) -> None:
        """All of these stand on the screen, or come in a moment."""
        for one in words:
            begun = time.monotonic()
            await expect(self.text(one), f"{self.name} sees “{one}”").to_be_visible(timeout=LIVE_MS)
            self.waits.append(time.monotonic() - begun)

    async def sees_no(self, *words: str) -> None:
        """None of these stands on the screen, or for a moment more."""
        for one in words:
            await expect(self.page.get_by_text(one).filter(visible=True), f"{self.name} sees no “{one}”").to_have_count(0, timeout=LIVE_MS)

    async def is_live(self) -> None:
        """The page has its line to the hub."""
        await expect(self.page.locator("connection-state[data-state=live]")).to_have_count(1, timeout=PATIENCE_MS)

    async def another_tab(self, path: str) -> Someone:
        """One more page of theirs, in the same browser."""
        tab = Someone(f"{self.name}'s other tab", self.base, self.context, await self.context.new_page(), self.touches, self.troubles)
        await tab.goes(path)
        await tab.is_live()
        return tab

    async def sees_photo(self, within: str) -> None:
        """A photo, really loaded, stands in this part of the screen."""
        drawn = """within => {
          const image = [...document.querySelectorAll(within + ' img')].at(-1) // looked up anew: the part may be redrawn
          image?.scrollIntoView({block: 'center'})
          return image?.complete && image.naturalWidth > 0
        }"""
        await self.page.wait_for_function(drawn, arg=within, timeout=PATIENCE_MS)

    def message(self, words: str) -> Locator:
        """The message that holds these words."""
        return self.page.locator(".event.message", has=self.page.locator(".message-body", has_text=words))

    async def reads_exactly(self, *said: str) -> None:
        """These messages stand in the conversation, in this order, and no other."""
        bodies = self.page.locator(".log .message:not([hidden]) .message-body")
        await expect(bodies, f"what {self.name} reads").to_have_text(list(said), timeout=PATIENCE_MS)

    async def messages(self) -> list[str]:
        """What was said, as it stands on the screen from top to bottom."""
        return [one.strip() for one in await self.page.locator(".log .message-body").all_inner_texts()]

    async def sees_state(self, words: str, state: str) -> None:
        """How far this message of theirs has come."""
        await expect(self.message(words), f"{self.name}: {words}").to_have_attribute("data-state", state, timeout=PATIENCE_MS)

    async def unsent(self) -> int:
        """How many messages this browser still keeps for sending."""
        return int(await self.page.evaluate("import('lib/outbox').then(({outbox}) => outbox().list()).then(all => all.length)"))


@contextlib.asynccontextmanager
async def without_reload(*people: Someone) -> AsyncIterator[None]:
    """What happens inside is seen by these people on the page they have open: it isn't loaded anew."""
    for one in people:
        await one.page.evaluate("window.__here = true")
    yield
    for one in people:
        try:
            here = await one.page.evaluate("window.__here === true")
        except Error:  # it is being loaded just now
            here = False
        assert here, f"{one.name}'s page was loaded anew"

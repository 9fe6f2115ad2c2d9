"""Pictures of the main screens into docs/screens: the real demo hub, a story played in it over HTTP, a real browser.

python tools/screens.py [name ...]      all of them, or only those whose names begin so
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from hub.demo import loom, weave  # noqa: E402

SCREENS = ROOT / "docs" / "screens"
MOST = 250_000  # bytes of one picture
LAPTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 780},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
NIGHT: dict[str, Any] = {"color_scheme": "dark"}
RED_HANBEL = (23, "hanbel")  # seed and style of the piece that the story is about
INDIGO = {"madder": "indigo", "indigo": "blue"}


@contextlib.contextmanager
def demo() -> Iterator[dict[str, Any]]:
    """`anou up --demo` in a folder of its own; the content of its demo.json."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="anou-screens-") as data:
        Path(data).chmod(0o711)  # as root, Postgres runs as somebody else
        command = [sys.executable, "-m", "hub", "up", "--demo", "--port", str(port), "--data", f"{data}/data"]
        hub = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, process_group=0)
        try:
            assert hub.stdout
            if not any(line.startswith("anou: ready") for line in hub.stdout):
                raise SystemExit("anou: the demo did not start")
            yield json.loads(Path(data, "data", "demo.json").read_text())
        finally:
            hub.send_signal(signal.SIGINT)
            hub.wait(30)


@dataclass
class Person:
    """Somebody of the demo, through HTTP."""

    id: str
    link: str
    http: httpx.Client

    def get(self, path: str) -> Any:
        """A thing, as JSON."""
        return self._read(self.http.get(path))

    def does(self, path: str, **body: Any) -> Any:
        """A verb that has to work."""
        return self._read(self.http.post(path, json=body))

    def says(self, thread: str, body: str, lang: str, *media: str) -> int:
        """A message; its number."""
        message = {
            "cid": str(uuid4()),
            "kind": "photo" if media else "text",
            "body": body,
            "lang": lang,
            "media": list(media),
        }
        return int(self.does(f"/threads/{thread}/messages", **message)["seq"])

    def relays(self, thread: str, seq: int, text: str, lang: str) -> None:
        """The same in another language."""
        self.does(f"/threads/{thread}/events/{seq}/translations", lang=lang, text=text)

    def photo(self, picture: Image.Image, purpose: str = "progress") -> str:
        """A photograph, sent; its id."""
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=88)
        return str(
            self._read(
                self.http.post(
                    "/media", files={"file": ("photo.jpg", out.getvalue(), "image/jpeg")}, data={"purpose": purpose}
                )
            )["id"]
        )

    @staticmethod
    def _read(answer: httpx.Response) -> Any:
        if answer.status_code not in (200, 201):
            raise SystemExit(
                f"anou: {answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:300]}"
            )
        return answer.json()


@dataclass
class Story:
    """What is going on in the house, and where it is to be seen. `paths`: screens by name."""

    demo: dict[str, Any]
    people: dict[str, Person] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Person:
        """`story.fatima`, signed in when first asked for."""
        if name.startswith("_") or name not in self.demo["people"]:
            raise AttributeError(name)
        if name not in self.people:
            known, base = self.demo["people"][name], self.demo["base"]
            http = httpx.Client(base_url=base, headers={"Origin": base, "Accept": "application/json"}, timeout=30)
            http.get(known["link"])
            self.people[name] = Person(known["id"], known["link"], http)
        return self.people[name]

    def piece(self, title: str) -> dict[str, Any]:
        """A piece of the shop by how its title begins."""
        for craft in ("", "?craft=textile", "?craft=pottery", "?craft=leather"):
            for item in self.claire.get(f"/products{craft}")["items"]:
                if item["title"].startswith(title):
                    return dict(item)
        raise SystemExit(f"anou: no piece called {title}")

    def asks(self, buyer: Person, piece: dict[str, Any]) -> str:
        """The id of a conversation about it."""
        return str(buyer.does("/threads", artisan=piece["artisan"], product=piece["id"])["id"])


def terms(piece: dict[str, Any], price: int, shipping: int, **more: Any) -> dict[str, Any]:
    """Of one piece, to Lyon."""
    item = {"description": piece["title"], "product": piece["id"], "quantity": 1, "unit_price": price}
    rest = {
        "shipping": shipping,
        "currency": "EUR",
        "making_days": 45,
        "deposit_percent": 30,
        "ship_to": {"country": "FR", "city": "Lyon"},
    }
    names = {"description", "width_cm", "length_cm", "colours", "materials"}
    return (
        rest
        | {k: v for k, v in more.items() if k not in names}
        | {"items": [item | {k: v for k, v in more.items() if k in names}]}
    )


def ordered(story: Story, buyer: Person, artisan: Person, title: str, price: int, shipping: int, **more: Any) -> str:
    """The id of an order of this piece, just opened."""
    piece = story.piece(title)
    thread = story.asks(buyer, piece)
    quote = artisan.does(f"/threads/{thread}/quotes", terms=terms(piece, price, shipping, **more))
    return agreed(buyer, quote)


def agreed(buyer: Person, quote: dict[str, Any]) -> str:
    """Yes to that version; the order's id."""
    return str(
        buyer.does(f"/quotes/{quote['id']}/accept", version=quote["version"], terms_hash=quote["terms_hash"])["order"]
    )


def pays(story: Story, order: str) -> None:
    """The head office records what is due."""
    due = story.khadija.get(f"/orders/{order}")["money"]["due"]
    reference = f"VIR {order[-6:]} {due['amount']}"
    story.khadija.does(
        f"/orders/{order}/payments",
        amount=due["amount"],
        currency=due["currency"],
        reference=reference,
        method="bank_transfer",
    )


def finished(artisan: Person, order: str, picture: Image.Image, **measured: Any) -> None:
    """The artisan has made it."""
    artisan.does(f"/orders/{order}/made", media=[artisan.photo(picture, "finished")], **measured)


def conversation(story: Story) -> str:
    """Claire and Fatima about the red hanbel, with Ahmed between them, up to a changed quote; the quote's id."""
    claire, fatima, ahmed = story.claire, story.fatima, story.ahmed
    piece = story.piece("Hanbel rouge")
    thread = story.asks(claire, piece)
    story.paths |= {"product": f"/products/{piece['id']}", "thread": f"/threads/{thread}"}
    first = claire.says(thread, "Bonjour Fatima ! J’aime beaucoup ce hanbel. Existe-t-il en indigo ?", "fr")
    fatima.does(f"/threads/{thread}/participants", person=ahmed.id)
    ahmed.relays(thread, first, "Azul Fatima! Iɛjb as bahra uḥnbl ad. Is illa s nnilt?", "zgh")
    yes = fatima.says(
        thread,
        "Yah, ad t skrɣ s nnilt. Ha taḍuṭ.",
        "zgh",
        fatima.photo(weave.detail(*RED_HANBEL, 900, 1200, swap=INDIGO), "message"),
    )
    ahmed.relays(thread, yes, "Oui, je le ferai en indigo. Voici la laine.", "fr")
    wish = {
        "description": "Hanbel aux bandes comptées, en indigo",
        "width_cm": 200,
        "length_cm": 300,
        "colours": ["indigo", "ivory"],
        "materials": ["wool"],
    }
    claire.does(
        f"/threads/{thread}/quote-requests",
        product=piece["id"],
        wanted_by="2027-05-01",
        ship_to={"country": "FR", "city": "Lyon"},
        **wish,
    )
    asked = terms(piece, 84_000, 9_000, making_days=60, **wish)
    quote = fatima.does(f"/threads/{thread}/quotes", terms=asked)
    cheaper = terms(piece, 80_000, 9_000, making_days=50, **wish)
    quote = claire.does(f"/quotes/{quote['id']}/counter", version=quote["version"], terms=cheaper)
    met = terms(piece, 82_000, 9_000, making_days=55, **wish)
    fatima.does(f"/quotes/{quote['id']}/counter", version=quote["version"], terms=met)
    story.paths |= {"quote": f"/quotes/{quote['id']}", "maker": f"/quotes/{quote['id']}/revise"}
    return str(quote["id"])


def afterwards(story: Story, thread: str) -> None:
    """A few words below the card."""
    said = story.claire.says(thread, "Merci ! Je mesure encore une fois le salon ce soir.", "fr")
    story.ahmed.relays(thread, said, "Tanmmirt! Ad ḍrɣ i tẓɣrt tadggʷat ad.", "zgh")


def others(story: Story) -> None:
    """What else the head office has on its board, and a parcel on the way."""
    claire, ellen, khadija = story.claire, story.ellen, story.khadija
    ordered(
        story,
        ellen,
        story.rkia,
        "La grenade",
        66_000,
        11_000,
        width_cm=170,
        length_cm=240,
        colours=["madder", "indigo"],
        making_days=70,
    )
    tent = ordered(
        story,
        claire,
        story.itto,
        "Tente de nuit",
        38_000,
        6_000,
        width_cm=140,
        length_cm=200,
        colours=["indigo", "white"],
    )
    pays(story, tent)
    finished(story.itto, tent, weave.rug(26, "hanbel", 900, 1200), width_cm=141, length_cm=199, weight_g=5200)
    pouf = ordered(story, claire, story.naima, "Pouf", 14_500, 2_500)
    pays(story, pouf)
    for title, artisan in (("Tajine", story.driss), ("Trois bols", story.driss)):
        order = ordered(
            story, ellen, artisan, title, 7_200, 3_900, making_days=10, ship_to={"country": "US", "city": "Portland"}
        )
        pays(story, order)
        finished(artisan, order, Image.open(io.BytesIO(photograph(story, title))), weight_g=3400)
        khadija.does(f"/orders/{order}/inspect", passed=True, weight_g=3400)
        if title != "Tajine":
            continue
        pays(story, order)
        booked = khadija.does(
            f"/orders/{order}/shipment",
            carrier="local",
            parcels=[{"length_cm": 40, "width_cm": 40, "height_cm": 45, "weight_g": 4600}],
        )
        story.paths["courier"] = booked["courier_link"].removeprefix(story.demo["base"])
        httpx.post(
            f"{booked['courier_link']}/checkpoints", json={"status": "picked_up", "location": "Safi"},
            headers={"Origin": story.demo["base"], "Accept": "application/json"},
        ).raise_for_status()  # fmt: skip


def photograph(story: Story, title: str) -> bytes:
    """The shop's own photo of this piece."""
    return story.claire.http.get(story.piece(title)["photos"][0]["renditions"]["large"]).content


def on_the_loom(story: Story, quote: str) -> None:
    """Claire accepts; Fatima weaves three quarters of it."""
    shown = story.claire.get(f"/quotes/{quote}")
    order = agreed(story.claire, shown)
    pays(story, order)
    for step, fraction, note in (
        ("warping", 0.0, None),
        ("weaving_25", 0.27, "Nnilt tɣwi."),
        ("weaving_50", 0.52, None),
        ("weaving_75", 0.76, None),
    ):
        picture = loom.progress(*RED_HANBEL, fraction, 900, 1200, swap=INDIGO)
        story.fatima.does(f"/orders/{order}/progress", step=step, media=[story.fatima.photo(picture)], note=note)
    story.paths["order"] = f"/orders/{order}"


@dataclass
class Camera:
    """Takes the pictures that were asked for."""

    browser: Browser
    story: Story
    wanted: tuple[str, ...]

    def take(self, name: str, who: str | None, path: str, device: dict[str, Any], top: str = "", **more: Any) -> None:
        """The screen `path` of `who`; `top`: what to scroll to the top of its scroller first."""
        if self.wanted and not name.startswith(self.wanted):
            return
        context = self.browser.new_context(**device, locale="fr-FR", timezone_id="Europe/Paris", **more)
        page = context.new_page()
        if who:
            page.goto(self.story.demo["people"][who]["link"])
        page.goto(self.story.demo["base"] + path)
        settle(page)
        if top:
            page.locator(top).first.evaluate("one => one.scrollIntoView({block: 'start'})")
            settle(page)
        keep(name, page.screenshot())
        context.close()


def settle(page: Page) -> None:
    """Connected, fonts and pictures of this screen there."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(600)


def keep(name: str, png: bytes) -> None:
    """As few colours as still look right, and never more than MOST bytes."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (256, 192, 128, 96, 64, 48, 32):
        out = io.BytesIO()
        picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG).save(
            out, "PNG", optimize=True
        )
        if out.tell() <= MOST:
            break
        if colours == 64:
            picture = picture.resize((picture.width * 3 // 4, picture.height * 3 // 4), Image.Resampling.LANCZOS)
    SCREENS.mkdir(parents=True, exist_ok=True)
    (SCREENS / f"{name}.png").write_bytes(out.getvalue())
    print(f"{name}.png  {picture.width} x {picture.height}  {out.tell() // 1000} kB")


def main() -> None:
    """Play, and take each picture at its moment."""
    with demo() as known, sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        story = Story(known)
        camera = Camera(browser, story, tuple(sys.argv[1:]))
        camera.take("shop-laptop", None, "/", LAPTOP)
        arabic = next(
            item for item in story.driss.get("/threads")["items"] if "vendredi" in str(item) or "الجمعة" in str(item)
        )
        camera.take("thread-arabic", "driss", f"/threads/{arabic['id']}", PHONE, **NIGHT)
        camera.take("shop-phone", None, "/products", PHONE)
        quote = conversation(story)
        camera.take("product-phone", "claire", story.paths["product"], PHONE)
        camera.take("quote-phone", "claire", story.paths["quote"], PHONE)
        camera.take("thread-laptop", "claire", story.paths["thread"], LAPTOP, top=".quote-card")
        afterwards(story, story.paths["thread"].rpartition("/")[2])
        camera.take("thread-phone", "fatima", story.paths["thread"], PHONE, top=".message")
        others(story)
        camera.take("inbox-phone", "claire", "/threads", PHONE)
        camera.take("courier-phone", None, story.paths["courier"], PHONE)
        on_the_loom(story, quote)
        camera.take("order-phone", "fatima", story.paths["order"], PHONE)
        camera.take("order-laptop", "claire", story.paths["order"], LAPTOP)
        camera.take("board-laptop", "khadija", "/board", LAPTOP)
        browser.close()


if __name__ == "__main__":
    main()

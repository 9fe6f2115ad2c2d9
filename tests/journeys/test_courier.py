"""The courier's phone in a valley without a network: everything counts once, in order, at its true time."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pytest
from PIL import Image
from playwright.async_api import expect

from hub import clock
from hub.config import Config
from tests.house import House, jpeg
from tests.journeys.conftest import Invite
from tests.journeys.lines import Line
from tests.journeys.valley import Valley, carried, dark

pytestmark = pytest.mark.timeout(120)

HURRY = "const real = AbortSignal.timeout; AbortSignal.timeout = time => real.call(AbortSignal, time / 20)"


@pytest.fixture
async def house(database: Config, line: Line) -> AsyncIterator[House]:
    """A hub to which that line leads."""
    async with line.to_a_hub(database) as found:
        yield found


@pytest.fixture
async def valley(house: House, line: Line, invite: Invite) -> Valley:
    return await carried(house, invite, line)


def noisy() -> bytes:
    """A photo of some 100 kB, which no phone makes smaller."""
    out = io.BytesIO()
    Image.effect_noise((320, 320), 90).convert("RGB").save(out, "JPEG", quality=95)
    assert 90_000 < len(out.getvalue()) < 130_000
    return out.getvalue()


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
    await courier.taps("Livré")
    await valley.photographs(b"no picture")
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
    await courier.touch(courier.page.get_by_role("button", name="Enlever"))
    await courier.sees_no("Ce fichier n’est pas une image")
    await courier.taps("Livré")
    await valley.delivers("Claire")
    await courier.sees("Merci !")
    assert [scan["status"] for scan in await valley.told(valley.first)] == ["picked_up", "delivered"]


async def test_a_refused_photo_does_not_cost_the_delivery(valley: Valley, house: House) -> None:
    """Nobody goes back to the door for another picture: name, signature and true time go on without it."""
    courier = valley.courier
    await valley.opens(valley.first)
    await courier.taps("Livré")
    await valley.signs()
    await valley.photographs(b"no picture")
    before = clock.now()
    await valley.delivers("Claire")
    await courier.sees("Ce fichier n’est pas une image")
    courier.troubles.clear()  # the refusal, as the browser's console has it
    after = clock.now()
    await courier.taps("Envoyer sans l’image")
    await courier.sees("Merci !")
    await courier.sees_no("Ce fichier n’est pas une image", "Envoyer sans l’image")
    [delivered] = await valley.told(valley.first)
    assert delivered["status"] == "delivered" and before <= clock.parse(delivered["at"]) <= after
    proof = await valley.proof(valley.first)
    assert proof and (proof["name"], proof["photo"]) == ("Claire", None)
    assert await dark(house, valley.deal, proof["signature"]) > 300


async def test_a_refused_signature_costs_neither_the_photo_nor_the_delivery(valley: Valley) -> None:
    courier = valley.courier
    await valley.opens(valley.first)
    await courier.taps("Livré")
    await courier.page.evaluate("() => { HTMLCanvasElement.prototype.toDataURL = () => 'data:,' + btoa('no picture') }")
    await valley.signs()
    await valley.photographs(jpeg())
    await valley.delivers("Claire")
    await courier.sees("Ce fichier n’est pas une image")
    courier.troubles.clear()
    await courier.taps("Envoyer sans l’image")
    await courier.sees("Merci !")
    proof = await valley.proof(valley.first)
    assert proof and proof["photo"] and proof["signature"] is None


async def test_a_step_refused_for_another_reason_has_no_way_on(valley: Valley) -> None:
    courier = valley.courier
    await valley.opens(valley.first)
    await courier.taps("Livré")
    await courier.page.evaluate("document.querySelector('.courier-deliver [name=name]').maxLength = 1000")
    await valley.photographs(jpeg())
    await valley.delivers("x" * 200)
    await expect(courier.page.get_by_role("button", name="Enlever")).to_be_visible()
    courier.troubles.clear()
    await courier.sees_no("Envoyer sans l’image")


async def test_a_slow_line_is_given_the_time_that_a_photo_takes(valley: Valley) -> None:
    """Twenty times as fast as a valley: 1.5 kB and 20 s there are 30 kB and one here."""
    courier = valley.courier
    await courier.context.add_init_script(HURRY)
    await valley.opens(valley.first)
    await valley.is_kept(valley.first)
    await courier.taps("Livré")
    await valley.photographs(noisy())
    valley.line.pace = 30_000
    await valley.delivers("Claire")
    await valley.stands(delivered="done")
    proof = await valley.proof(valley.first)
    assert proof and proof["photo"]


async def test_who_signs_out_on_a_shared_phone_leaves_a_couriers_steps(valley: Valley, house: House) -> None:
    courier, first = valley.courier, valley.first
    courier.name = "fatima"  # she lends her phone
    await courier.is_known(house)
    await valley.opens(first)
    await valley.is_kept(first)
    valley.no_network()
    await courier.taps("Ramassé")
    await valley.stands(picked_up="kept")
    valley.line.to = house.config.port
    await courier.goes("/me")
    await courier.is_live()
    assert await valley.told(first) == []
    await courier.taps("Se déconnecter")
    await courier.arrives("/")
    assert await courier.page.evaluate("indexedDB.databases().then(all => all.map(one => one.name))") == ["anou-"]
    await valley.opens(first)
    await valley.stands(picked_up="done")
    assert [scan["status"] for scan in await valley.told(first)] == ["picked_up"]


async def test_what_was_renewed_is_forgotten_and_no_other_page_is_kept(valley: Valley) -> None:
    courier, page = valley.courier, valley.courier.page
    await valley.opens(valley.first)
    await valley.is_kept(valley.first)
    await courier.goes("/")
    assert await page.evaluate("navigator.serviceWorker.controller") is None
    await valley.deal.post(valley.deal.khadija, f"/shipments/{valley.first['id']}/link", {})
    await valley.opens(valley.first)
    await courier.sees("Ce lien n’ouvre plus de colis.")
    courier.troubles.clear()
    valley.no_network()
    await valley.opens(valley.first)
    await courier.sees("Pas de réseau. La destination du colis")
    await courier.sees_no("Lyon")
    assert sorted(await page.evaluate("indexedDB.databases().then(all => all.map(one => one.name))")) == ["anou-"]
    with pytest.raises(Exception, match="ERR_"):
        await courier.goes("/products")


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


@pytest.mark.parametrize(("days", "left"), [(50, 40), (80.5, 26)])
async def test_what_is_kept_is_bounded_and_an_older_version_stays_whole(valley: Valley, days: float, left: int) -> None:
    """A kept page finds its own files, also after the hub has others; of many parcels those opened last stay, and no old ones."""
    await valley.opens(valley.first)
    await valley.is_kept(valley.first)
    await valley.courier.page.evaluate("""async days => {
      const pages = await caches.open('anou-courier-pages'), files = await caches.open('anou-courier-files')
      for (let i = 0; i < 45; i++) {
        const headers = {Date: new Date(Date.now() - (days - i) * 86400e3).toUTCString(), 'Content-Type': 'text/html'}
        const text = i == 44 ? '<script src="/static/js/app.aaaaaaaaaa.js">' : ''
        await pages.put(`/c/${String(i).padStart(43, 'A')}?lang=fr`, new Response(text, {headers}))
      }
      for (const name of ['aaaaaaaaaa', 'bbbbbbbbbb']) await files.put(`/static/js/app.${name}.js`, new Response(''))
    }""", days)
    await valley.opens(valley.second)
    await valley.is_kept(valley.second)
    held = """async () => {
      const paths = async name => (await (await caches.open(name)).keys()).map(({url}) => new URL(url).pathname)
      const parcels = new Set((await paths('anou-courier-pages')).filter(path => path.length == 46))
      const files = await paths('anou-courier-files')
      return [parcels.size, ...['aaaaaaaaaa', 'bbbbbbbbbb'].map(name => files.includes(`/static/js/app.${name}.js`))]
    }"""
    for _ in range(50):
        if await valley.courier.page.evaluate(held) == [left, True, False]:
            break
        await valley.courier.page.wait_for_timeout(100)
    assert await valley.courier.page.evaluate(held) == [left, True, False]
    valley.no_network()
    for shipment in (valley.first, valley.second):
        await valley.opens(shipment)
        await valley.courier.sees("Lyon")

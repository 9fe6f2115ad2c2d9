"""What a courier did counts, whatever became of the link, of the network, or of the tab in which it was done."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from hub import clock
from hub.config import Config
from hub.rules import shipments as rules
from tests.house import House
from tests.journeys.conftest import Invite
from tests.journeys.lines import Line
from tests.journeys.people import Someone
from tests.journeys.valley import Valley, carried

pytestmark = pytest.mark.timeout(120)
GONE = "Le lien par lequel cela a été fait n’ouvre plus rien"


@pytest.fixture
async def house(database: Config, line: Line) -> AsyncIterator[House]:
    """A hub to which that line leads."""
    async with line.to_a_hub(database) as found:
        yield found


@pytest.fixture
async def valley(house: House, line: Line, invite: Invite) -> Valley:
    return await carried(house, invite, line)


async def test_what_was_done_by_a_link_that_was_renewed_goes_by_the_new_one(valley: Valley) -> None:
    """With its true time and its proof; until then it stands where a courier without a link begins."""
    courier, first = valley.courier, valley.first
    await valley.opens(first)
    await valley.is_kept(first)
    valley.no_network()
    left = clock.now()
    await courier.taps("Ramassé")
    await courier.taps("Livré")
    await valley.delivers("Voisine de Claire")
    await valley.stands(delivered="kept")
    back = clock.now()
    renewed = await valley.deal.post(valley.deal.khadija, f"/shipments/{first['id']}/link", {})
    assert valley.path(renewed) != valley.path(first)

    await valley.network()
    rows = courier.page.locator(".courier-rest > li")
    await expect(rows).to_have_count(2)
    await expect(rows.filter(has_text=GONE)).to_have_count(2)
    await valley.stands(picked_up="kept", in_transit="kept", delivered="kept")  # done: nothing invites a second tap
    await expect(courier.page.locator(".courier-kept")).to_be_hidden()
    await courier.page.reload()
    await courier.sees("Ce lien n’ouvre plus de colis.", GONE)
    await expect(rows.first).to_contain_text("Lyon")
    await courier.goes("/c/")
    await expect(rows.first).to_contain_text("Ramassé")
    await courier.taps("English")
    await expect(rows.first).to_contain_text("Collected")
    await courier.taps("Français")
    await courier.writes("Le code sous le carré de l’étiquette", renewed["courier_code"])
    assert await valley.told(first) == []
    await courier.taps("Ouvrir")
    await courier.arrives(valley.path(renewed))
    await valley.stands(picked_up="done", delivered="done")
    await courier.sees("Merci !", "Voisine de Claire")
    await expect(rows).to_have_count(0)
    scans = await valley.told(first)
    assert [scan["status"] for scan in scans] == ["picked_up", "delivered"]
    assert all(left <= clock.parse(scan["at"]) <= back for scan in scans), "when it happened"
    assert (await valley.proof(first) or {})["name"] == "Voisine de Claire"
    courier.troubles.clear()  # 404, as the browser's console has it


@pytest.mark.parametrize("renewed", [True, False])
async def test_what_was_too_much_for_a_link_is_still_here(valley: Valley, monkeypatch: pytest.MonkeyPatch, renewed: bool) -> None:
    """Whoever read the label filled it: it goes by a new label, or by the same one on another day."""
    courier, first = valley.courier, valley.first
    await valley.opens(first)
    with monkeypatch.context() as patched:
        patched.setattr(rules, "SCANS_OF_A_LINK", 0)
        await courier.taps("Ramassé")
        await courier.sees("Tant de choses ont été notées de ce colis")
        await courier.page.reload()
        await valley.is_ready()
        await courier.sees("Tant de choses ont été notées de ce colis")
    shipment = await valley.deal.post(valley.deal.khadija, f"/shipments/{first['id']}/link", {}) if renewed else first
    await valley.opens(shipment)
    await valley.stands(picked_up="done")
    await courier.sees_no("Tant de choses")
    assert [scan["status"] for scan in await valley.told(first)] == ["picked_up"]
    courier.troubles.clear()


async def test_another_parcels_link_takes_nothing_along(valley: Valley) -> None:
    await valley.opens(valley.first)
    await valley.is_kept(valley.first)
    valley.no_network()
    await valley.courier.taps("Ramassé")
    await valley.stands(picked_up="kept")
    await valley.deal.post(valley.deal.khadija, f"/shipments/{valley.first['id']}/link", {})
    valley.line.to = valley.house.config.port
    await valley.opens(valley.second)
    await valley.courier.sees(GONE)
    await valley.stands(picked_up="now")
    assert await valley.told(valley.first) == await valley.told(valley.second) == []
    valley.courier.troubles.clear()


async def test_the_page_in_another_tab_learns_that_it_is_sent(valley: Valley) -> None:
    courier = valley.courier
    await valley.opens(valley.first)
    tab = Someone("the other tab", courier.base, courier.context, await courier.context.new_page(), courier.touches, courier.troubles)
    await tab.goes(valley.path(valley.first))
    other = tab.page.locator('[data-step="picked_up"]')
    await expect(other).to_have_attribute("data-state", "now")
    valley.no_network()
    await courier.taps("Ramassé")
    await expect(other).to_have_attribute("data-state", "kept")
    await valley.network()
    await valley.stands(picked_up="done")
    await expect(other).to_have_attribute("data-state", "done")
    await expect(tab.page.locator(".courier-kept")).to_be_hidden()


async def test_no_network_is_said_as_long_as_it_lasts(valley: Valley) -> None:
    await valley.opens(valley.first)
    await valley.courier.context.set_offline(True)
    await valley.courier.sees("Pas de réseau.")
    await valley.courier.context.set_offline(False)
    await valley.courier.sees_no("Pas de réseau.")

"""What is printed, or told to a carrier, has the day it is in the village: there it may be tomorrow already."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hub.actions import labels, passports
from hub.actions.carriers.by_karrio import Karrio
from hub.actions.carriers.terms import Line
from hub.actions.sending import Booking
from hub.rules.sending import Address, Box, Customs
from models.orders import Order
from tests.deals import Deal
from tests.house import House
from workers.clock import CLOCK

LATE = datetime(2026, 7, 15, 23, 30, tzinfo=UTC)  # in Morocco half past midnight
HOME = Address("Anou", "Rue de la Poste 1", "Azilal", "MA")


def test_a_carrier_is_told_the_day_on_which_the_parcel_is_fetched() -> None:
    booking = Booking("dhl", None, None, LATE, LATE, Customs("Kilim", 90_000, "EUR"))
    what = labels.consignment(Karrio(Line("mydhl", sender=HOME)), Order(), booking, [Box(10, 10, 10, 500)], HOME)
    assert what.day == date(2026, 7, 16)


async def test_a_passport_says_on_which_day_it_was_made(house: House) -> None:
    deal = await Deal.begun(house)
    order = await deal.inspected()
    await Order.filter(id=order["id"]).update(making_at=LATE, made_at=LATE, inspected_at=LATE)
    said = (await passports.issue(CLOCK, order["id"]))["certificate"]
    assert (said["begun_on"], said["finished_on"], said["checked_on"]) == ("2026-07-16",) * 3

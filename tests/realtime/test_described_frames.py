"""What really goes over a socket, in a whole story, is what the description says, field by field."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub import clock
from hub.config import Config
from hub.events import KINDS
from realtime import frames, protocol
from tests.deals import Deal, terms, wish
from tests.house import House, serving
from tests.realtime.browser import Browser
from tests.realtime.schemas import Json, Schemas
from workers.orders import remind_orders
from workers.quotes import expire_quotes

QUICK = {"beat_s": 0.5, "grace_s": 0.2, "sweep_s": 0.5, "typing_s": 0.5, "receipts_s": 0.05, "frames_burst": 500}
NOT_YET = {"edited", "removed"}  # nobody can say these yet: see CHANGELOG.md


class Recorded(Browser):
    """A browser that also keeps what it said."""

    def __init__(self, socket: Any) -> None:
        super().__init__(socket)
        self.told: list[Json] = []

    async def tell(self, t: str, **fields: Any) -> None:
        await super().tell(t, **fields)
        self.told.append({"t": t} | {name: str(value) if isinstance(value, UUID) else value for name, value in fields.items()})


@dataclass
class Cast:
    """A hub with quick clocks, its own description, and everybody's browsers."""

    house: House
    document: Json
    browsers: list[Recorded] = field(default_factory=list)

    async def open(self, key: str) -> Recorded:
        browser = await Recorded.open(self.house.config.port, await self.house.token(key))
        self.browsers.append(browser)
        return browser

    async def deal(self) -> Deal:
        return await Deal.begun(self.house, await self.house.product(one_of_a_kind=False))

    def said(self) -> list[Json]:
        """Every frame that the hub has said, pages of events taken apart, too."""
        all_frames = [frame for browser in self.browsers for frame in browser.frames]
        return all_frames + [event for frame in all_frames if frame["t"] == "events" for event in frame["events"]]


@pytest.fixture
async def cast(database: Config) -> AsyncIterator[Cast]:
    """`cast.house` has gone down at the end, so that the goodbyes are heard, too."""
    async with serving(replace(database, **QUICK)) as house:  # type: ignore[arg-type]
        cast = Cast(house, (await (await house.client()).get("/docs/realtime")).json())
        yield cast
    for browser in cast.browsers:
        assert await browser.closed() == protocol.DRAINING
    check(cast)
    assert {frame["t"] for frame in cast.said()} >= {"bye"}


def check(cast: Cast) -> None:
    """Everything said on either side fits its schema, and has no field that is not described."""
    schemas = Schemas(cast.document)
    assert len(cast.said()) > 5
    for side, said in (("client", [frame for browser in cast.browsers for frame in browser.told]), ("hub", cast.said())):
        for frame in said:
            payload = cast.document["components"]["messages"][f"{side}.{frame['t']}"]["payload"]
            assert not schemas.faults(frame, payload), frame
            assert frame.keys() <= schemas.at(payload["$ref"])["properties"].keys(), frame
            if frame["t"] == "event":
                described = schemas.at(cast.document["x-events"][frame["kind"]]["$ref"])["properties"]
                assert frame["data"].keys() <= described.keys(), frame


async def test_a_conversation_with_every_frame(cast: Cast) -> None:
    deal, other = await cast.deal(), await cast.deal()
    thread, unknown = UUID(deal.thread), uuid4()
    claire, fatima, inbox = await cast.open("claire"), await cast.open("fatima"), await cast.open("fatima")
    welcome = await claire.hello({thread: 9, unknown: 0})
    await claire.until("reset", why="ahead")
    await claire.until("reset", why="unknown_thread")
    again = await cast.open("claire")
    await again.hello({thread: 0}, epoch=str(uuid4()))
    await again.until("reset", why="epoch")
    await (await cast.open("claire")).hello({}, epoch=welcome["epoch"])
    await fatima.hello({thread: 0})
    await inbox.hello()
    await claire.until("presence", here=True)

    await claire.tell("focus", thread=thread)
    await claire.tell("focus", thread=None)
    await claire.tell("typing", thread=thread, on=True)
    await fatima.until("typing", on=True)
    await claire.tell("typing", thread=thread, on=False)
    await fatima.until("typing", on=False)
    cid = str(uuid4())
    assert (await claire.ask("send", thread=thread, cid=cid, kind="text", body="Azul", lang="fr"))["dup"] is False
    assert (await claire.ask("send", thread=thread, cid=cid, kind="text", body="Azul"))["dup"] is True
    photo = {"kind": "photo", "media": [await cast.house.photo("claire")], "reply_to": 1}
    assert (await claire.ask("send", ref=7, thread=thread, cid=uuid4(), **photo))["seq"] == 2
    for code, wrong in (("empty", {}), ("too_long", {"body": "x" * 4001}), ("media_missing", {"kind": "photo"})):
        error = await claire.ask("send", **{"thread": thread, "cid": uuid4(), "kind": "text"} | wrong)
        assert error["code"] == code
    await claire.socket.send("no frame at all")
    await claire.until("error", code="bad_frame")
    await inbox.until("head", thread=thread, head=2)
    await fatima.ask("fetch", thread=thread, after=0, limit=10)
    await fatima.ask("fetch", thread=thread, before=2, limit=1)
    assert (await fatima.ask("fetch", thread=unknown, after=0, limit=1))["code"] == "unknown_thread"
    await fatima.tell("got", thread=thread, seq=2)
    await fatima.tell("read", thread=thread, seq=1)
    await claire.until("receipt", got=2, read=1)
    await claire.tell("ping", n="still there?")
    await claire.until("pong")
    await claire.until("beat", within=3)

    _, shipment = await deal.shipped()
    courier = f"/c/{shipment['courier_link'].rpartition('/')[2]}"
    await deal.post(await cast.house.client(), f"{courier}/position", {"lat": 31.96, "lon": -6.57})
    await claire.until("position", shipment=shipment["id"])
    await claire.until("hint")
    await other.call("ahmed")
    check(cast)
    told = {frame["t"] for browser in cast.browsers for frame in browser.told}
    assert told == protocol.TAGS
    assert {frame["t"] for frame in cast.said()} == {str(one.__struct_config__.tag) for one in frames.SERVER_FRAMES} - {"bye"}


async def test_a_deal_with_every_event(cast: Cast) -> None:
    claire = await cast.open("claire")
    deals = [await cast.deal() for _ in range(3)]
    await claire.hello({UUID(deal.thread): 0 for deal in deals})
    whole, refused, given_up = deals

    await whole.call("ahmed")
    ahmed = await cast.house.client("ahmed")
    await whole.post(whole.fatima, f"/threads/{whole.thread}/messages", {"body": "Azul", "lang": "zgh"})
    await whole.post(ahmed, f"/threads/{whole.thread}/events/2/translations", {"lang": "fr", "text": "Bonjour"})
    answer = await whole.claire.delete(f"/threads/{whole.thread}/participants/{cast.house.folk['ahmed'].id}")
    assert answer.status_code == 200
    await whole.post(whole.claire, f"/threads/{whole.thread}/quote-requests", wish(note="Avant mai", wanted_by="2027-05-01"))
    quote = await whole.offer(colours=["indigo"])
    await whole.post(whole.claire, f"/quotes/{quote['id']}/counter", {"version": 1, "terms": terms(making_days=20)})
    quote = await whole.post(whole.claire, f"/quotes/{quote['id']}/revise", {"version": 2, "terms": terms(making_days=25)})
    fourth = await whole.post(whole.fatima, f"/quotes/{quote['id']}/counter", {"version": 3, "terms": terms(unit_price=99_000)})
    order = (await whole.claire.get(f"/orders/{(await whole.accept(fourth))['order']}")).json()
    order = await whole.pay(order, order["money"]["deposit"]["amount"], "DEPOSIT")
    await whole.verb(whole.fatima, order, "progress", {"step": "weaving_50", "note": "ça avance"})
    until = (clock.now() + timedelta(days=60)).date().isoformat()
    await whole.verb(whole.fatima, order, "extend", {"until": until, "reason": "illness"})
    await whole.verb(whole.claire, order, "extend", {"agree": True})
    rest = {"pause_until": (clock.now() + timedelta(days=8)).date().isoformat(), "reason": "feast"}
    await whole.verb(whole.fatima, order, "extend", rest)
    await whole.verb(whole.claire, order, "extend", {"agree": False})
    order = await whole.verb(whole.khadija, await whole.made(order), "inspect", {"passed": True})
    await whole.pay(order, order["money"]["due"]["amount"], "BALANCE")
    booking = {"carrier": "local", "parcels": [{"length_cm": 90, "width_cm": 40, "height_cm": 40, "weight_g": 12_500}]}
    shipment = await whole.verb(whole.khadija, order, "shipment", booking)
    courier, link = await cast.house.client(), f"/c/{shipment['courier_link'].rpartition('/')[2]}"
    await whole.post(courier, f"{link}/checkpoints", {"status": "picked_up", "location": "Azilal", "note": "2 colis"})
    await whole.post(courier, f"{link}/proof", {"name": "Claire"})
    await whole.verb(whole.claire, order, "confirm", {})
    await whole.verb(whole.claire, order, "dispute", {"reason": "Une tache"})
    await whole.verb(whole.khadija, order, "resolve", {"outcome": "partial_refund", "amount": 5_000, "note": "x"})

    for client, verb in ((refused.claire, "decline"), (refused.fatima, "withdraw")):
        await refused.post(client, f"/quotes/{(await refused.offer())['id']}/{verb}", {"version": 1})
    await refused.offer(valid_until=clock.iso(clock.now() + timedelta(hours=1)))
    with clock.shifted(timedelta(hours=1)):
        assert await expire_quotes({}) == 1
    forgotten = await given_up.order()
    with clock.shifted(timedelta(hours=48)):
        assert await remind_orders({}) == 1
    [mistake] = (await given_up.pay(forgotten, 100, "WRONG"))["payments"]
    await given_up.verb(given_up.khadija, forgotten, f"payments/{mistake['id']}/undo", {"reason": "another order's"})
    await given_up.verb(given_up.claire, forgotten, "cancel", {"reason": "changed my mind"})

    await claire.until("event", kind="order.resolved")
    await claire.until("event", kind="order.cancelled")
    assert {frame["kind"] for frame in claire.of("event")} == KINDS.keys() - NOT_YET
    for deal in deals:
        page = await claire.ask("fetch", thread=deal.thread, after=0, limit=200)
        live = {frame["seq"]: frame for frame in claire.of("event", thread=deal.thread)}
        assert page["events"] == [live[seq] for seq in range(1, page["head"] + 1)], "the log and the live event are one"

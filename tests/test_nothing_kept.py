"""Where a courier was is written down nowhere: its digits are looked for in every file of a house that passed it on."""

from __future__ import annotations

import asyncio
import json
import struct
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import asyncpg
import httpx
import pytest
from redis import asyncio as redis

from hub.database import credentials
from tests.deals import Deal
from tests.house import House, jpeg
from tests.realtime.browser import Browser, closing
from tests.test_up import ROOT
from tests.test_up import House as Command

LAT, LON = 31.918273, -6.604519  # near Azilal; no other number of the house has these digits
PLACE, KEPT = "Souk 735421-880317", 12.345678  # what is kept: the search has to find these
pytestmark = pytest.mark.timeout(240)


def forms(number: float) -> dict[str, bytes]:
    """How such a number could lie on a disk: as text, as floating point, as Postgres' decimal digits, in millionths."""
    digits = f"{abs(number):.6f}".partition(".")[2]
    whole, thousands, rest = int(abs(number)), int(digits[:4]), int(digits[4:] + "00")
    return {
        "text": digits.encode(), "double, little": struct.pack("<d", number), "double, big": struct.pack(">d", number),
        "single, little": struct.pack("<f", number), "single, big": struct.pack(">f", number),
        "numeric": struct.pack("<hhh", whole, thousands, rest), "millionths": struct.pack("<i", round(number * 1_000_000)),
        "msgpack or big millionths": struct.pack(">i", round(number * 1_000_000)),
    }


def found(folder: Path, wanted: dict[str, bytes]) -> dict[str, list[str]]:
    """In which files of this folder each of these lies."""
    held: dict[str, list[str]] = {name: [] for name in wanted}
    for path in (one for one in folder.rglob("*") if one.is_file() and not one.is_symlink()):
        content = path.read_bytes()
        for name, bits in wanted.items():
            if bits in content:
                held[name].append(str(path.relative_to(folder)))
    return held


@dataclass
class Served:
    """The people of a demo house that runs somewhere else, as `tests.deals` asks for them."""

    base: str
    people: dict[str, dict[str, str]]
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    async def client(self, key: str = "") -> httpx.AsyncClient:
        """Signed in by their link, or nobody."""
        if key not in self.clients:
            headers = {"Origin": self.base, "Accept": "application/json"}
            self.clients[key] = httpx.AsyncClient(base_url=self.base, headers=headers, verify=False, timeout=30)
            if key:
                await self.clients[key].get(self.people[key]["link"])
        return self.clients[key]

    async def photo(self, key: str, purpose: str) -> str:
        answer = await (await self.client(key)).post("/media", files={"file": ("rug.jpg", jpeg(), "image/jpeg")}, data={"purpose": purpose})
        return str(answer.json()["id"])

    async def leave(self) -> None:
        for client in self.clients.values():
            await client.aclose()


async def shared(house: Served, port: int) -> None:
    """A courier shares where they are, in both ways a page can say it, and wrongly; the buyer sees it."""
    claire, fatima, khadija, courier = [await house.client(key) for key in ("claire", "fatima", "khadija", "")]
    thread = (await claire.post("/threads", json={"artisan": house.people["fatima"]["id"]})).json()["id"]
    _, shipment = await Deal(cast(House, house), thread, claire, fatima, khadija).shipped()
    link = f"/c/{shipment['courier_link'].rpartition('/')[2]}"
    assert (await courier.post(f"{link}/checkpoints", json={"status": "in_transit", "location": PLACE})).status_code == 200
    page = await Browser.open(port, claire.cookies["anou_session"], origin=house.base)
    async with closing(page):
        await page.hello()
        here = {"lat": LAT, "lon": LON, "accuracy_m": 12}
        await courier.post(f"{link}/position", json=here, headers={"Idempotency-Key": "a-position"})
        assert (await page.until("position", shipment=shipment["id"]))["lat"] == LAT
        assert (await courier.post(f"{link}/position", json=here | {"accuracy_m": "wide"})).status_code == 400
        await asyncio.sleep(5.2)
        assert (await courier.post(f"{link}/position", data={"lat": str(LAT), "lon": str(LON)})).json()["passed_on"]
        await page.until("position", lon=LON, count=2)


async def flushed(services: dict[str, str]) -> str:
    """Everything in memory is written to the disk; what the database and Valkey say they hold, as text."""
    database = await asyncpg.connect(**credentials(services["database_url"]))
    told = []
    try:
        await database.execute(f"CREATE TABLE control AS SELECT {KEPT}::float8 AS bits, {KEPT}::numeric AS digits")
        await database.execute("CHECKPOINT")
        for row in await database.fetch("SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'public'"):
            told += [str(one[0]) for one in await database.fetch(f"SELECT t::text FROM {row['name']} t")]
    finally:
        await database.close()
    valkey = redis.Redis.from_url(services["redis_url"])
    try:
        told += [repr(key) for key in await valkey.keys("*")]
        told += [repr(await valkey.get(key)) for key in await valkey.keys("position:*")]
        await valkey.save()
    finally:
        await valkey.aclose()
    return "\n".join(told)


async def test_a_position_is_written_down_nowhere(tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    house = Command(tmp_path / "house")
    try:
        lines = await asyncio.to_thread(house.start, "--demo", ANOU_DEVELOPMENT="1")
        demo = json.loads((house.data / "demo.json").read_text())
        served = Served(demo["base"], demo["people"])
        await shared(served, house.port)
        await served.leave()
        told = await flushed(json.loads((house.data / "services.json").read_text()))
        kept = found(house.data, {"place": PLACE.encode()})["place"]
        assert PLACE in told and any("pg_wal" in path for path in kept) and any("base" in path for path in kept), kept
        control = {name for name, paths in found(house.data, forms(KEPT)).items() if paths}
        assert control >= {"double, little", "numeric"}, "a search that would find them"
        for number in (LAT, LON):
            assert {name: paths for name, paths in found(house.data, forms(number)).items() if paths} == {}
            assert forms(number)["text"].decode() not in told
    finally:
        await asyncio.to_thread(house.stop)
        assert house.process and house.process.stdout and house.process.stderr
        printed = "\n".join(lines) + house.process.stdout.read() + house.process.stderr.read()
        house.end()
    assert "918273" not in printed and "604519" not in printed
    assert found(house.data, {"text": b"31.918273", "and": b"6.604519"}) == {"text": [], "and": []}


FAULT = """
import structlog
from hub.cli import main

def share(lat):
    try:
        raise RuntimeError("a fault of ours")
    except RuntimeError:
        structlog.get_logger("web").exception("server_fault")

main.callback()
share(float("31.9" + "18273"))
"""


def test_a_fault_is_logged_without_the_values_at_hand() -> None:
    logged = subprocess.run([sys.executable, "-c", FAULT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "a fault of ours" in logged.stdout and "in share" in logged.stdout
    assert "918273" not in logged.stdout + logged.stderr

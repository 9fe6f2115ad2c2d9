"""Pictures: what is kept of them, what is no picture at all, and who may look."""

from __future__ import annotations

import io
import struct
import time
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest
from PIL import Image, ImageCms

from hub.actions.media import SIDES, renditions
from hub.errors import Refusal
from hub.unit import services
from models.media import Media
from tests.house import House, jpeg

SECRET = "31.4723N"  # stands wherever a camera could write it
SMALL, LARGE = SIDES["small"], SIDES["large"]


def encoded(picture: Image.Image, kind: str, **save: Any) -> bytes:
    """The file of this picture."""
    out = io.BytesIO()
    picture.save(out, kind, **save)
    return out.getvalue()


def halves(width: int = 64, height: int = 32, mode: str = "RGB") -> Image.Image:
    """Left half red, right half blue: it tells how it was turned."""
    picture = Image.new("RGB", (width, height), "red")
    picture.paste("blue", (width // 2, 0, width, height))
    return picture.convert(mode)


def camera_notes(orientation: int = 1) -> Image.Exif:
    """EXIF as telephones write it: which way is up, and where they were."""
    notes = Image.Exif()
    notes[0x0112] = orientation
    notes[0x010E] = SECRET
    place = notes.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (31.0, 28.0, 20.3), "W", (6.0, 12.0, 1.0)
    return notes


def chunk(kind: bytes, content: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, bits: int, colours: int, rows: bytes, extra: bytes = b"") -> bytes:
    """A PNG with this head, whatever its rows hold."""
    head = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def gif(screen: int, frame: int) -> bytes:
    """A GIF that claims a small screen, and a frame of another size on it."""
    head = b"GIF89a" + struct.pack("<HHBBB", screen, screen, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return head + b"," + struct.pack("<HHHHB", 0, 0, frame, frame, 0) + b"\x02\x02\x44\x01\x00;"


def kept(content: bytes) -> Image.Image:
    """The large rendition of this file."""
    return Image.open(io.BytesIO(renditions(content, 60_000_000).large)).convert("RGB")


def near(colour: Any, wanted: tuple[int, int, int], by: int = 6) -> bool:
    """Is this nearly that colour? WebP is not exact."""
    return all(abs(a - b) <= by for a, b in zip(colour, wanted, strict=True))


async def send(client: httpx.AsyncClient, content: bytes, purpose: str = "message", **more: Any) -> httpx.Response:
    """Send a file as browsers do."""
    return await client.post("/media", files={"file": ("rug.jpg", content, "image/jpeg")}, data={"purpose": purpose}, **more)


# What is kept


async def test_a_picture_is_kept_upright_in_two_sizes_without_a_word_of_the_camera(house: House) -> None:
    claire = await house.client("claire")
    sent = jpeg(3000, 2000, exif=camera_notes(6), comment=SECRET.encode(), xmp=f"<x>{SECRET}</x>".encode())
    assert sent.count(SECRET.encode()) >= 3
    answer = await send(claire, sent)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["width"], told["height"]) == (1067, LARGE)
    assert set(told["renditions"]) == {"small", "large"}
    for name, size in (("small", (320, SMALL)), ("large", (1067, LARGE))):
        shown = await claire.get(told["renditions"][name])
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
        picture = Image.open(io.BytesIO(shown.content))
        assert (picture.format, picture.size) == ("WEBP", size)
        assert not picture.getexif() and not {"exif", "xmp", "icc_profile", "comment"} & {
            name for name, note in picture.info.items() if note
        }
        assert SECRET.encode() not in shown.content
    stored = [file.read_bytes() for file in (house.config.data / "media").rglob("*.webp")]
    assert len(stored) == 2
    assert not any(SECRET.encode() in content or b"Exif" in content for content in stored)


@pytest.mark.parametrize(
    ("orientation", "red"),
    [(1, "left"), (2, "right"), (3, "right"), (4, "left"), (5, "top"), (6, "top"), (7, "bottom"), (8, "bottom"), (0, "left"), (9, "left")],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_way_to_hold_a_camera(kind: str, orientation: int, red: str) -> None:
    picture = kept(encoded(halves(), kind, exif=camera_notes(orientation)))
    width, height = picture.size
    assert (width, height) == ((64, 32) if red in ("left", "right") else (32, 64))
    at = {"left": (4, height // 2), "right": (width - 5, height // 2), "top": (width // 2, 4), "bottom": (width // 2, height - 5)}
    assert near(picture.getpixel(at[red]), (254, 0, 0), 30)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_notes_that_can_not_be_read_are_no_reason_to_refuse() -> None:
    broken = encoded(halves(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x01\x12\xff\xff" * 9)
    assert kept(broken).size == (64, 32)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_formats_that_telephones_and_browsers_make(kind: str) -> None:
    picture = kept(encoded(halves(), kind))
    assert near(picture.getpixel((8, 16)), (254, 0, 0), 12) and near(picture.getpixel((56, 16)), (0, 0, 254), 12)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_what_moves_the_first_frame_is_kept(kind: str) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue")]
    assert near(kept(encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)).getpixel((20, 15)), (254, 0, 0))


def test_two_pictures_in_one_file_of_a_telephone() -> None:
    sent = encoded(halves(), "MPO", save_all=True, append_images=[halves()])
    assert Image.open(io.BytesIO(sent)).format == "MPO"
    assert kept(sent).size == (64, 32)


@pytest.mark.parametrize("mode", ["CMYK", "L", "1", "P", "YCbCr"])
def test_pictures_that_are_not_rgb(mode: str) -> None:
    shade = halves(mode=mode).convert("RGB").getpixel((8, 16))
    kind = "PNG" if mode in ("1", "P") else "JPEG"
    assert near(kept(encoded(halves(mode=mode), kind)).getpixel((8, 16)), shade, 12)


@pytest.mark.parametrize("extra", [b"", chunk(b"tRNS", b"\0\5")])
def test_sixteen_bits_of_grey_keep_their_shades(extra: bytes) -> None:
    picture = kept(png(40, 40, 16, 0, (b"\0" + b"\x40\x00" * 20 + b"\xc0\x00" * 20) * 40, extra))
    assert near(picture.getpixel((8, 20)), (64, 64, 64)) and near(picture.getpixel((32, 20)), (192, 192, 192))


def test_sixteen_bits_of_colour_keep_their_shades() -> None:
    assert near(kept(png(40, 40, 16, 2, (b"\0" + b"\xc0\0\x40\0\x40\0" * 40) * 40)).getpixel((20, 20)), (192, 64, 64))


def test_what_was_transparent_is_white() -> None:
    clear = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    clear.paste((0, 0, 255, 255), (20, 0, 40, 40))
    palette = clear.quantize(8, method=Image.Quantize.FASTOCTREE)
    key = png(40, 40, 8, 2, (b"\0" + b"\1\2\3" * 20 + b"\0\0\xff" * 20) * 40, chunk(b"tRNS", b"\0\1\0\2\0\3"))
    for sent in (encoded(clear, "PNG"), encoded(clear, "WEBP"), encoded(palette, "PNG"), encoded(clear, "GIF"), key):
        picture = kept(sent)
        assert near(picture.getpixel((8, 20)), (255, 255, 255)) and near(picture.getpixel((32, 20)), (0, 0, 254), 12)


def test_colours_are_converted_with_the_profile_that_is_dropped() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    assert near(kept(encoded(halves(), "JPEG", icc_profile=lab.tobytes())).getpixel((8, 16)), (254, 0, 0), 12)  # not this picture's
    assert near(kept(encoded(halves(), "JPEG", icc_profile=b"no profile")).getpixel((8, 16)), (254, 0, 0), 12)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    assert near(kept(encoded(halves(), "JPEG", icc_profile=srgb.tobytes())).getpixel((8, 16)), (254, 0, 0), 12)
    swapped = kept(encoded(halves(), "PNG", icc_profile=bgr_profile()))
    assert near(swapped.getpixel((8, 16)), (0, 0, 255), 12)
    assert not swapped.info.get("icc_profile")


def bgr_profile() -> bytes:
    """sRGB with red and blue changed places: whether it was used can't be overlooked."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for number in range(struct.unpack(">I", profile[128:132])[0]):
        at = 132 + 12 * number
        profile[at : at + 4] = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}.get(bytes(profile[at : at + 4]), profile[at : at + 4])
    return bytes(profile.replace("sRGB".encode("utf-16-be"), "BGRs".encode("utf-16-be")).replace(b"sRGB built-in", b"BGRs built-in"))


@pytest.mark.parametrize(("size", "wanted"), [((1, 1), (1, 1)), ((4000, 1), (LARGE, 1)), ((1, 4000), (1, LARGE)), ((480, 480), (480, 480))])
def test_odd_shapes(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    found = renditions(encoded(Image.new("RGB", size, "red"), "PNG"), 60_000_000)
    assert (found.width, found.height) == wanted
    assert max(Image.open(io.BytesIO(found.small)).size) == min(max(size), SMALL)


# What is no picture


def test_nothing_that_can_be_sent_breaks_the_hub() -> None:
    good = [encoded(halves(), kind, exif=camera_notes(6)) for kind in ("JPEG", "PNG", "WEBP", "AVIF")] + [encoded(halves(), "GIF")]
    for content in (*good, jpeg(100, 100)):
        for damaged in damages(content):
            try:
                renditions(damaged, 60_000_000)
            except Refusal as refusal:
                assert refusal.code in ("not_a_picture", "picture_too_large")


def damages(content: bytes) -> Iterator[bytes]:
    """Broken off, overwritten and shifted at a dozen places."""
    for at in range(0, len(content), max(1, len(content) // 12)):
        yield content[:at]
        yield content[:at] + b"\xff\x00\xff\xff" + content[at + 4 :]
        yield content[:at] + content[at + 3 :]


BAD = {
    "nothing": b"",
    "words": b"this is not a picture at all, whatever its name says\n" * 50,
    "SVG": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a web page": b"<!doctype html><script>alert(1)</script>",
    "PDF": b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF",
    "a zip file": b"PK\x03\x04" + b"\0" * 200,
    "a broken JPEG": jpeg(600, 600)[:3000],
    "a broken PNG": encoded(halves(), "PNG")[:-30],
    "a JPEG's first bytes": b"\xff\xd8\xff\xe0",
    "TIFF": encoded(halves(), "TIFF"),
    "BMP": encoded(halves(), "BMP"),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
}
HUGE = {
    "PNG": png(40_000, 40_000, 8, 0, b"\0" * 1000),
    "PNG just over": png(8_000, 8_000, 8, 0, b"\0" * 1000),
    "PNG beyond all": png(2**31 - 1, 2**31 - 1, 8, 6, b"\0"),
    "GIF": gif(1, 40_000),
    "GIF with an honest screen": gif(40_000, 1),
    "GIF just over": gif(1, 8_000),
}


async def test_what_is_no_picture_is_refused_and_leaves_nothing(house: House) -> None:
    claire = await house.client("claire")
    for name, content in BAD.items():
        answer = await send(claire, content)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "not_a_picture"), name
    assert await nothing_kept(house)


async def test_pictures_of_forty_thousand_pixels_are_refused_fast_and_in_little_memory(house: House) -> None:
    claire = await house.client("claire")
    before = resident()
    for name, content in HUGE.items():
        assert len(content) < 2000
        began = time.monotonic()
        answer = await send(claire, content)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "picture_too_large"), name
        assert time.monotonic() - began < 2
    assert resident() - before < 50  # one of these decoded would be 64 to 1,600
    assert await nothing_kept(house)


def resident() -> float:
    """Megabytes this process holds."""
    with open("/proc/self/statm") as text:
        return int(text.read().split()[1]) * 4096 / 1e6


async def nothing_kept(house: House) -> bool:
    """Neither a row nor a file."""
    return await Media.all().count() == 0 and files(house) == []


def files(house: House) -> list[Path]:
    """What lies in the store."""
    return [file for file in (house.config.data / "media").rglob("*") if file.is_file()]


async def test_a_file_of_too_many_bytes_is_refused(house: House) -> None:
    claire = await house.client("claire")
    for size in (house.config.media_bytes + 1, house.config.media_bytes + 10_000_000):
        answer = await send(claire, b"\xff" * size)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_big")
    assert await nothing_kept(house)


async def test_a_file_that_does_not_say_how_long_it_is(house: House) -> None:
    claire = await house.client("claire")
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'

    async def chunks(content: bytes, times: int) -> Any:
        yield head
        for _ in range(times):
            yield content
        yield b"\r\n--x--\r\n"

    form = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await claire.post("/media", content=chunks(jpeg(), 1), headers=form)).status_code == 201
    answer = await claire.post("/media", content=chunks(b"\xff" * 1_000_000, 22), headers=form)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_big")


async def test_forms_that_bring_no_file(house: House) -> None:
    claire = await house.client("claire")
    good = {"file": ("a.jpg", jpeg(), "image/jpeg")}
    tries = [
        (await claire.post("/media", json={"file": "x"}), 415, "bad_request"),
        (await claire.post("/media", content=jpeg(), headers={"Content-Type": "image/jpeg"}), 415, "bad_request"),
        (await claire.post("/media"), 415, "bad_request"),
        (await claire.post("/media", data={"file": "x"}), 415, "bad_request"),
        (await claire.post("/media", files={"purpose": (None, "message")}), 400, "not_a_picture"),
        (await claire.post("/media", files=[("file", good["file"]), ("file", good["file"])]), 400, "bad_request"),
        (await claire.post("/media", content=b"junk", headers={"Content-Type": "multipart/form-data; boundary=x"}), 400, "bad_request"),
        (await claire.post("/media", content=b"junk", headers={"Content-Type": "multipart/form-data"}), 400, "bad_request"),
    ]
    for answer, status, code in tries:
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    for purpose in ("village", "weapon", "x" * 10_000, "\0", "é"):
        answer = await send(claire, jpeg(), purpose)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_form")
    assert (await send(await house.client(), jpeg())).status_code == 401
    assert await nothing_kept(house)


async def test_a_repeated_upload_is_one_picture_and_each_person_s_own(house: House) -> None:
    claire, ellen = await house.client("claire"), await house.client("ellen")
    key = {"Idempotency-Key": "one"}
    first, again = await send(claire, jpeg(), headers=key), await send(claire, jpeg(), headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = await send(ellen, jpeg(), headers=key)
    assert other.json()["id"] != first.json()["id"]
    assert await Media.all().count() == 2
    assert len(files(house)) == 4  # what the repeated one brought is gone again


@pytest.mark.parametrize(
    ("who", "purpose", "may"),
    [
        ("claire", "product", False), ("claire", "portrait", False), ("fatima", "product", True), ("fatima", "portrait", True),
        ("brahim", "product", True), ("brahim", "portrait", False), ("khadija", "product", True), ("khadija", "portrait", False),
        ("claire", "reference", True),
    ],
)  # fmt: skip
async def test_what_everybody_sees_is_not_for_everybody_to_send(house: House, who: str, purpose: str, may: bool) -> None:
    answer = await send(await house.client(who), jpeg(), purpose)
    assert answer.status_code == (201 if may else 403), answer.text
    assert await nothing_kept(house) is not may


async def test_the_store_is_not_waited_for_in_a_transaction(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an object store does that takes its time: nobody's lock is held meanwhile."""
    open_ones: list[int] = []
    put = obstore.put_async

    async def slowly(*args: Any) -> Any:
        [[count]] = await services().journal.pool.fetch(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"
        )
        open_ones.append(count)
        return await put(*args)

    monkeypatch.setattr(obstore, "put_async", slowly)
    assert (await send(await house.client("claire"), jpeg())).status_code == 201
    assert open_ones == [0, 0]


# Who may look


async def test_a_message_s_picture_is_for_its_thread_from_the_moment_it_is_sent(house: House) -> None:
    thread = await house.thread()
    claire, fatima, ahmed, ellen, khadija, nobody = [
        await house.client(key) for key in ("claire", "fatima", "ahmed", "ellen", "khadija", None)
    ]
    helper = str(house.folk["ahmed"].id)
    await claire.post(f"/threads/{thread}/participants", json={"person": helper})
    photo = await house.photo("claire")

    async def seen() -> list[int]:
        people = (claire, fatima, ahmed, ellen, nobody)
        return [(await person.get(f"/media/{photo}/{name}")).status_code for person in people for name in ("small", "large")]

    assert await seen() == [200, 200] + [404] * 8
    assert (await ellen.post(f"/threads/{thread}/messages", json={"kind": "photo", "media": [photo]})).status_code == 404
    assert (await fatima.post(f"/threads/{thread}/messages", json={"kind": "photo", "media": [photo]})).status_code == 400
    assert await seen() == [200, 200] + [404] * 8
    assert (await claire.post(f"/threads/{thread}/messages", json={"kind": "photo", "media": [photo]})).status_code == 201
    assert await seen() == [200] * 6 + [404] * 4
    assert (await fatima.delete(f"/threads/{thread}/participants/{helper}")).status_code == 200
    assert await seen() == [200] * 4 + [404] * 6
    assert (await khadija.get(f"/media/{photo}/small")).status_code == 200  # the head office settles disputes
    mine = await claire.get(f"/media/{photo}/small")
    assert mine.headers["cache-control"].startswith("private")


async def test_a_product_s_picture_is_for_all_and_kept_for_long(house: House) -> None:
    photo = await house.photo("fatima", "product")
    shown = await (await house.client()).get(f"/media/{photo}/large")
    assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (shown.headers["x-content-type-options"], "set-cookie" in shown.headers) == ("nosniff", False)


async def test_pictures_that_are_not_there(house: House) -> None:
    claire = await house.client("claire")
    photo = await house.photo("claire")
    for path in (f"{uuid.uuid4()}/small", "none/small", "%00/small", f"{photo}/huge", f"{photo}/..%2f..%2fsmall", f"{photo}/small.webp"):
        assert (await claire.get(f"/media/{path}")).status_code == 404
    for file in (house.config.data / "media").rglob("*.webp"):
        file.unlink()
    assert (await claire.get(f"/media/{photo}/small")).status_code == 404

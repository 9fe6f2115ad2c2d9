"""The passport of a piece: what its certificate says, how it is written so that it can be signed, and how it is checked.

A certificate says nothing of the buyer, the price or the conversation: nothing here is given them but as words to leave out.
"""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any

from hub.rules.orders import Size, Stage
from hub.rules.terms.frozen import canonical

KIND = "anou.passport"
VERSION = 1
LARGEST_FILE = 1_000_000
"""Bytes; a certificate has a few thousand."""
PICTURES = frozenset({"progress", "finished", "inspection"})
"""What a picture must have been sent for to be shown in a passport; those of the conversation are not."""
CHECKED = frozenset({Stage.INSPECTED, Stage.SHIPPED, Stage.DELIVERED, Stage.COMPLETED})
"""An order at these stages has a piece that passed its inspection."""
_HEX = re.compile(r"[0-9a-f]+")
_SHORTEST_NAME = 3


class Fault(StrEnum):
    """Why a file is no good certificate."""

    NOT_ONE = "not_one"
    CHANGED = "changed"
    BAD_SIGNATURE = "bad_signature"
    UNKNOWN_KEY = "unknown_key"


class NotOne(ValueError):
    """These bytes are not a certificate; the text says why, in English, for the command line."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo of a passport: `of` is `making` or `finished`; `sha256` (hex) is that of the large picture as it is served."""

    id: str
    of: str
    step: str | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Step:
    step: str  # hub.rules.crafts
    on: date


@dataclass(frozen=True, slots=True)
class Piece:
    """What was made. `title` and `after` are `locale -> text` of the shop: the piece itself, or the one that it follows."""

    craft: str
    pieces: int
    title: dict[str, str] | None
    after: dict[str, str] | None
    materials: tuple[str, ...]
    colours: tuple[str, ...]
    technique: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Maker:
    name: str
    village: str | None
    region: str | None


@dataclass(frozen=True, slots=True)
class Days:
    begun: date | None
    finished: date
    checked: date


@dataclass(frozen=True, slots=True)
class Paper:
    """A certificate as it came in a file, with what is said to have signed it; nothing of it is checked yet."""

    certificate: dict[str, Any]
    sha256: str
    signature: str
    key: str
    public_key: str


def piece(craft: str, items: Sequence[Mapping[str, Any]], product: Mapping[str, Any] | None, *, held: bool,
          unspoken: Sequence[str]) -> Piece:
    """What the terms' first item speaks of, in the shop's words where it means the piece of the shop that it names.

    `product`: that piece (`title`, `width_cm`, `length_cm`, `materials`, `colours`, `technique`). `held`: it was taken out of the
    shop for this order, not made after it. `unspoken`: the buyer's name and city, see `spoken`.
    """
    first, shop = items[0], product or {}
    same = bool(shop) and (held or _same(first, shop))
    ours, others = (shop, first) if same else (first, shop)
    told = {"und": first["technique"]} if first["technique"] and spoken([first["technique"]], unspoken) else None
    techniques = (shop.get("technique"), told) if same else (told, shop.get("technique"))
    title = dict(shop["title"]) if shop else None
    return Piece(
        craft=craft,
        pieces=sum(item["quantity"] for item in items),
        title=title if same else None,
        after=None if same else title,
        materials=spoken(ours.get("materials") or others.get("materials") or (), unspoken),
        colours=spoken(ours.get("colours") or others.get("colours") or (), unspoken),
        technique=techniques[0] or techniques[1],
    )


def _same(item: Mapping[str, Any], shop: Mapping[str, Any]) -> bool:
    """Is it to be like the piece of the shop in every respect that the terms name?"""
    sides = all(item[side] is None or item[side] == shop[side] for side in ("width_cm", "length_cm"))
    return sides and all(not item[names] or set(item[names]) == set(shop[names]) for names in ("materials", "colours"))


def spoken(names: Sequence[str], unspoken: Sequence[str]) -> tuple[str, ...]:
    """Of free words of a deal, those in which no word of `unspoken` stands (words of fewer than 3 letters are not looked for)."""
    hidden = {word for text in unspoken for word in _words(text) if len(word) >= _SHORTEST_NAME}
    return tuple(name for name in names if hidden.isdisjoint(_words(name)))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def certificate(passport: str, url: str, cooperative: str, piece: Piece, maker: Maker, measured: Size, weight_g: int | None,
                days: Days, steps: Sequence[Step], photos: Sequence[Picture]) -> dict[str, Any]:
    """What is signed: dict, list, str, int and None, every field of version 1 always there."""
    about = asdict(piece)
    return {
        "kind": KIND, "version": VERSION, "id": passport, "url": url, "cooperative": cooperative,
        "maker": asdict(maker),
        "piece": about | {"materials": list(piece.materials), "colours": list(piece.colours)},
        "width_cm": measured.width_cm, "length_cm": measured.length_cm, "weight_g": weight_g,
        "begun_on": days.begun.isoformat() if days.begun else None,
        "finished_on": days.finished.isoformat(), "checked_on": days.checked.isoformat(),
        "steps": [{"step": step.step, "on": step.on.isoformat()} for step in steps],
        "photos": [asdict(photo) for photo in photos],
    }


def envelope(written: bytes, signature: str, public_key: str) -> dict[str, Any]:
    """What is handed out: the certificate (`written` in its canonical form) with its digest, its signature and the key."""
    return {
        "certificate": json.loads(written), "sha256": digest(written), "signature": signature,
        "key": key_id(public_key), "public_key": public_key,
    }


def digest(written: bytes) -> str:
    """SHA-256, in hex."""
    return sha256(written).hexdigest()


def key_id(public_key: str) -> str:
    """The short name of a public key (64 hex digits): 16 hex digits of its SHA-256."""
    return sha256(bytes.fromhex(public_key)).hexdigest()[:16]


def read(content: bytes) -> Paper:
    """The certificate in a file. Raises NotOne.

    Strict, so that one file can't be read in two ways: no key twice, no fractions, nothing but the five fields of `envelope`.
    """
    if len(content) > LARGEST_FILE:
        raise NotOne("it is too large")
    try:
        whole = json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_float=_never, parse_constant=_never)
    except (ValueError, RecursionError) as fault:
        raise NotOne("it is not JSON as a hub writes it") from fault
    if not isinstance(whole, dict) or set(whole) != set(Paper.__slots__):
        raise NotOne(f"it has not the fields {', '.join(Paper.__slots__)}")
    said = whole["certificate"]
    if not isinstance(said, dict) or said.get("kind") != KIND:
        raise NotOne("it certifies nothing of ours")
    if said.get("version") != VERSION or isinstance(said["version"], bool):
        raise NotOne("it is of another version")
    for name, length in (("sha256", 64), ("signature", 128), ("key", 16), ("public_key", 64)):
        if not is_hex(whole[name], length):
            raise NotOne(f"its {name} is not {length} hexadecimal digits")
    try:
        canonical(said)
    except UnicodeEncodeError as fault:
        raise NotOne("it has half a character") from fault
    return Paper(**whole)


def is_hex(value: object, length: int) -> bool:
    """Is it so many hexadecimal digits, small ones: the one way in which keys and signatures are written?"""
    return isinstance(value, str) and len(value) == length and _HEX.fullmatch(value) is not None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _never(text: str) -> Any:
    raise ValueError(f"{text} is not a whole number")


def fault(paper: Paper, trusted: Collection[str], verified: Callable[[str, str, bytes], bool]) -> Fault | None:
    """What is wrong with a certificate, None if it is good.

    `trusted` are public keys. `verified(public_key, signature, content)` knows Ed25519. A certificate that is whole, but signed
    with a key that is not among the trusted, is UNKNOWN_KEY: anybody can sign with a key of their own.
    """
    written = canonical(paper.certificate)
    if digest(written) != paper.sha256:
        return Fault.CHANGED
    if key_id(paper.public_key) != paper.key or not verified(paper.public_key, paper.signature, written):
        return Fault.BAD_SIGNATURE
    return None if paper.public_key in trusted else Fault.UNKNOWN_KEY

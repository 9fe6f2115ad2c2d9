"""`anou passport verify`: is this file a certificate of the cooperative's, and what does it say? Without database or network."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from hashlib import file_digest
from pathlib import Path
from typing import Any

from hub.config import Config
from hub.datafolder import known_keys
from hub.i18n import localised
from hub.rules.passports import LARGEST_FILE, Fault, NotOne, Paper, fault, is_hex, read
from hub.signing import BadKey, public_key, verified


class Unreadable(Exception):
    """A file or a key can't be read; the text is one line for people."""


def trusted(given: Sequence[str], config: Config) -> frozenset[str]:
    """The public keys to believe: those given (64 hex digits, or a file as `/p/keys.json`), else that of this house.

    Raises Unreadable.
    """
    if given:
        return frozenset(public for text in given for public in _given(text))
    try:
        private = config.passport_key or known_keys(config.data).get("passport")
        return frozenset({public_key(private)} if private else ())
    except BadKey as error:
        raise Unreadable(str(error)) from error
    except (OSError, ValueError):
        return frozenset()  # somebody else's folder: their key is not ours to read


def examine(path: Path, keys: Collection[str], *, photos: Path | None = None, withdrawn: Path | None = None) -> tuple[bool, str]:
    """Is it good, and what there is to say, for people. Raises Unreadable when there is no such file.

    `photos`: a folder in which the signed pictures are looked for, under whatever names. `withdrawn`: a saved `/p/withdrawn.json`.
    """
    try:
        paper = read(_bytes(path))
    except NotOne as error:
        return False, f"Not a certificate: {error}."
    wrong = fault(paper, keys, verified)
    said, good = [_verdict(paper, wrong, bool(keys))], wrong is None
    if good and withdrawn and (day := _withdrawn(withdrawn).get(paper.certificate["id"])):
        return False, f"Not good: the cooperative withdrew this passport on {_plain(day)[:10]}. Its page says why."
    if good and photos:
        good, words = _pictures(paper, photos)
        said.append(words)
    return good, "\n".join(said)


def _withdrawn(path: Path) -> dict[str, str]:
    try:
        return {str(one["id"]): str(one["at"]) for one in json.loads(_bytes(path))["withdrawn"]}
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"{path} is not a list of withdrawn passports") from error


def _pictures(paper: Paper, folder: Path) -> tuple[bool, str]:
    """Are all pictures that were signed in the folder, to the last bit?"""
    there = {_digest(file) for file in _files(folder)}
    missing = [photo for photo in paper.certificate["photos"] if photo["sha256"] not in there]
    if not missing:
        return True, f"  photos    all {len(paper.certificate['photos'])} in {folder} are those that were signed"
    lost = ", ".join(_plain(f"{photo['of']} {photo['id']}") for photo in missing)
    return False, f"Not good: no file in {folder} is, to the last bit, the signed picture {lost}."


def _files(folder: Path) -> list[Path]:
    try:
        return [file for file in sorted(folder.iterdir()) if file.is_file()]
    except OSError as error:
        raise Unreadable(f"{folder} can't be read: {error.strerror}") from error


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as content:
            return file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise Unreadable(f"{file} can't be read: {error.strerror}") from error


def _verdict(paper: Paper, wrong: Fault | None, known: bool) -> str:
    if wrong is Fault.CHANGED:
        return "Not good: the certificate was changed after it was signed."
    if wrong is Fault.BAD_SIGNATURE:
        return "Not good: the signature is not that of this certificate by the key it names."
    if wrong is Fault.UNKNOWN_KEY:
        why = "it is none of the keys that are trusted here" if known else "no key is known here: name the cooperative's with --key"
        return (
            f"Not proven: the certificate is whole, but whose key {paper.key} is can't be said; {why}.\n"
            f"The public key that the file brings along, for you to compare: {paper.public_key}"
        )
    return "\n".join((f"Good: {_plain(paper.certificate['cooperative'])} signed this with the key {paper.key}.", *_said(paper.certificate)))


def _said(said: dict[str, Any]) -> list[str]:
    piece, maker = said["piece"], said["maker"]
    name = localised(piece["title"], "en") or (f"after {localised(piece['after'], 'en')}" if piece["after"] else piece["craft"])
    size = " x ".join(str(side) for side in (said["width_cm"], said["length_cm"]) if side)
    rows = {
        "piece": name, "pieces": piece["pieces"] if piece["pieces"] > 1 else None,
        "made by": ", ".join(part for part in (maker["name"], maker["village"]) if part),
        "measured": f"{size} cm" if size else None, "weight": f"{said['weight_g'] / 1000:g} kg" if said["weight_g"] else None,
        "of": ", ".join(piece["materials"]), "colours": ", ".join(piece["colours"]), "technique": localised(piece["technique"], "en"),
        "begun": said["begun_on"], "finished": said["finished_on"], "checked": said["checked_on"],
        "photos": len(said["photos"]) or None, "passport": said["url"],
    }
    return [f"  {label:<10}{_plain(str(value))}" for label, value in rows.items() if value]


def _plain(text: str) -> str:
    """One line, with nothing in it that a terminal would obey."""
    return "".join(letter for letter in text if letter.isprintable())


def _given(text: str) -> list[str]:
    if is_hex(text.lower(), 64):
        return [text.lower()]
    try:
        found = json.loads(_bytes(Path(text)))
        public = [key["public_key"] for key in found["keys"]]
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"{text} is neither a public key (64 hexadecimal digits) nor a file of them") from error
    if not all(is_hex(one, 64) for one in public):
        raise Unreadable(f"{text} holds something that is not a public key")
    return public


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise Unreadable(f"{path} can't be read: {error.strerror}") from error

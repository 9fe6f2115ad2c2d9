"""Threads: what a message may be, for how long it may be changed, and how far someone has read."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from hub.rules.refused import Refused

LONGEST_TEXT = 4_000
"""Characters (code points) of a message."""
EDIT_FOR = timedelta(minutes=15)


class Kind(StrEnum):
    TEXT = "text"
    PHOTO = "photo"
    VOICE = "voice"


KINDS: dict[str, Kind] = {kind.value: kind for kind in Kind}
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
MEDIA: dict[Kind, tuple[int, int]] = {
    # kind: fewest and most media
    Kind.TEXT: (0, 10),
    Kind.PHOTO: (1, 10),
    Kind.VOICE: (1, 1),
}

SILENT = frozenset({"joined", "left", "edited", "removed", "translated"})
"""Event kinds that never count as unread."""


class Message(NamedTuple):
    kind: Kind
    body: str
    media: tuple[str, ...]


def storable(text: str) -> bool:
    """No NUL, no lone surrogate: what the database and UTF-8 can hold."""
    return (text.isascii() and "\0" not in text) or UNSTORABLE.search(text) is None


def check_text(body: str) -> str:
    """Someone's words, as they typed them. Raises Refused: `bad_frame` (can't be stored), `too_long`."""
    if not storable(body):
        raise Refused("bad_frame", {"body": "bad_characters"})
    if len(body) > LONGEST_TEXT:
        raise Refused("too_long", {"body": "too_long"})
    return body


def check_message(kind: str, body: str | None, media: list[str] | tuple[str, ...] | None) -> Message:
    """Raises Refused: `bad_frame` (unknown kind, unstorable text), `too_long`, `empty`, `media_missing`,
    `too_many_media`. A body of nothing but white space is empty; photos and voice notes need no words."""
    known = KINDS.get(kind)
    if known is None:
        raise Refused("bad_frame", {"kind": "bad_frame"})
    words, pieces = check_text(body or ""), tuple(media or ())
    fewest, most = MEDIA[known]
    if len(pieces) < fewest:
        raise Refused("media_missing", {"media": "missing"})
    if len(pieces) > most:
        raise Refused("too_many_media", {"media": "too_many"})
    if not pieces and not words.strip():
        raise Refused("empty", {"body": "missing"})
    return Message(known, words, pieces)


def check_edit(*, own: bool, removed: bool, sent_at: datetime, now: datetime) -> None:
    """One's own, not removed, and up to 15 minutes old. Raises Refused: `not_allowed`, `already_removed`,
    `edit_too_late`."""
    _own_and_there(own, removed)
    if now - sent_at > EDIT_FOR:
        raise Refused("edit_too_late")


def check_remove(*, own: bool, removed: bool, has_order: bool) -> None:
    """One's own, at any time until the thread has an order. Raises Refused: `not_allowed`, `already_removed`,
    `kept_for_order`."""
    _own_and_there(own, removed)
    if has_order:
        raise Refused("kept_for_order")


def _own_and_there(own: bool, removed: bool) -> None:
    if not own:
        raise Refused("not_allowed")
    if removed:
        raise Refused("already_removed")


def watermark(current: int, asked: int, head: int) -> int:
    """How far someone has got or read: never backwards, never beyond the thread's head."""
    return max(current, min(asked, head))


def counts_as_unread(kind: str) -> bool:
    """Everything but comings and goings, and changes to what was already there."""
    return kind not in SILENT

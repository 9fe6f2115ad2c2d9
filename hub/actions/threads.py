"""Conversations: opening one, saying something, calling a mentor in, leaving, relaying."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
from tortoise import connections

from hub import access, events
from hub.actions import media as pictures
from hub.errors import Refusal
from hub.ids import new_id, uuid_or_none
from hub.lane import Stored
from hub.rules import threads as rules
from hub.rules.people import Role, may
from hub.rules.refused import Refused
from hub.rules.translations import tongue
from hub.unit import Unit, services, verb
from models.catalogue import Product
from models.people import Person
from models.threads import Participation, Thread
from models.translations import Translation

_encode = msgspec.json.Encoder().encode


@verb
async def open_thread(u: Unit, artisan_id: Any, product_id: Any = None) -> dict[str, Any]:
    """The conversation of this buyer with an artisan about a piece (or about nothing yet): `{id, opened}`.

    The same pair and product have one thread for ever. Raises Refusal `not_found`, `own_product`, `not_allowed`.
    """
    product = await _product(product_id)
    artisan = await Person.get_or_none(id=product.artisan_id if product else uuid_or_none(artisan_id) or UUID(int=0))
    if (
        artisan is None
        or Role.ARTISAN not in artisan.roles
        or (product and artisan_id and uuid_or_none(artisan_id) != artisan.id)
    ):
        raise Refusal("not_found")
    if artisan.id == u.person.id:
        raise Refusal("own_product")
    if not may("open_thread", u.person.roles):
        raise Refusal("not_allowed")
    same: dict[str, Any] = {"buyer_id": u.person.id, "artisan_id": artisan.id, "product_id": product.id if product else None}
    if found := await Thread.get_or_none(**same):
        return {"id": str(found.id), "opened": False}
    rows = await u.connection.execute_query_dict(
        "INSERT INTO thread (id, buyer_id, artisan_id, product_id, last_seq, roster, created_at, moved_at)"
        " VALUES ($1, $2, $3, $4, 0, 1, $5, $5) ON CONFLICT DO NOTHING RETURNING id",
        [new_id(), same["buyer_id"], same["artisan_id"], same["product_id"], u.now],
    )
    if not rows:  # opened in this very instant by another request
        found = await Thread.get(**same)
        return {"id": str(found.id), "opened": False}
    thread_id = rows[0]["id"]
    await Participation.bulk_create(
        [
            Participation(thread_id=thread_id, person_id=u.person.id, role="buyer", joined_at=u.now),
            Participation(thread_id=thread_id, person_id=artisan.id, role="artisan", joined_at=u.now),
        ],
        using_db=u.connection,
    )
    _announce_head(u, thread_id, [u.person.id, artisan.id], 0)
    return {"id": str(thread_id), "opened": True}


async def _product(product_id: Any) -> Product | None:
    if not product_id:
        return None
    found = await Product.get_or_none(id=uuid_or_none(product_id) or UUID(int=0), public=True)
    if found is None:
        raise Refusal("not_found")
    return found


def _announce_head(u: Unit, thread: Any, people: list[UUID], head: int) -> None:
    """Tell people who could not know of this thread that it is theirs now."""
    u.signal(people, {"t": "head", "thread": str(thread), "head": head, "unread": 0}, thread=thread)


async def send(
    person: Person,
    thread: UUID,
    cid: UUID,
    kind: str,
    body: str | None = None,
    media: list[str] | None = None,
    lang: str | None = None,
    reply_to: int | None = None,
) -> Stored:
    """Say something: durable when this returns, once per `cid`. The hot path: no unit, no ORM for plain words.

    Raises Refusal `empty`, `too_long`, `bad_frame`, `media_missing`, `unknown_thread`, `overloaded`, `unavailable`.
    """
    message = _checked(kind, body, media, lang)
    if message.media:
        await _show(person, thread, list(message.media))
    return await services().journal.append(thread, person.id, cid, _written(person, message, lang, reply_to))


def say(
    person: Person,
    author: str,
    thread: str,
    cid: str,
    kind: str,
    body: str | None,
    lang: str | None,
    reply_to: int | None,
    told: Callable[[Stored | Refusal], None],
) -> None:
    """The same for plain words, without waiting: what needs no look at the database is refused here and now.

    Ids are canonical text (`author` is the person's); `told` hears the answer.
    """
    message = _checked(kind, body, None, lang)
    services().journal.submit(thread, author, cid, _written(person, message, lang, reply_to), told)


def _checked(kind: str, body: str | None, media: list[str] | None, lang: str | None) -> rules.Message:
    try:
        message = rules.check_message(kind, body, media)
    except Refused as refused:
        raise Refusal.of(refused) from refused
    if lang is not None and not (lang.isascii() and 2 <= len(lang) <= 8 and lang.replace("-", "").isalnum()):
        raise Refusal("bad_frame", fields={"lang": "unknown"})
    return message


def _written(person: Person, message: rules.Message, lang: str | None, reply_to: int | None) -> bytes:
    """The `data` of the event, as JSON."""
    spoken = lang or (person.reads[0] if person.reads else person.locale)
    body = message.body if message.body.strip() else None
    return _encode(events.Message(kind=message.kind, body=body, media=message.media, lang=spoken, reply_to=reply_to))


async def _show(person: Person, thread: UUID, media: list[str]) -> None:
    """The thread's people may see these pictures from now on."""
    await access.thread(person, thread)
    await pictures.check_own(person, media)
    await connections.get("default").execute_query_dict(  # one statement: a cancelled request leaves no transaction open
        "INSERT INTO media_thread (media_id, thread_id) SELECT unnest($1::uuid[]), $2 ON CONFLICT DO NOTHING", [media, thread]
    )


@verb
async def call(u: Unit, thread_id: Any, person_id: Any, from_now: bool = False) -> dict[str, Any]:
    """Call a mentor into the thread (or, for a steward, enter it oneself), in sight of all.

    Raises Refusal `unknown_thread`, `not_allowed`, `not_a_mentor`.
    """
    called = await Person.get_or_none(id=uuid_or_none(person_id) or UUID(int=0))
    if called and called.id == u.person.id and may("enter_thread", u.person.roles):
        thread = await access.hold_thread(u, uuid_or_none(thread_id) or UUID(int=0))
        role = "steward"
    else:
        seat = await access.lock_thread(u, thread_id)
        if not may("invite", u.person.roles, seat.relation):
            raise Refusal("not_allowed")
        thread, role = seat.thread, "mentor"
        if called is None or Role.MENTOR not in called.roles or called.id in (thread.buyer_id, thread.artisan_id):
            raise Refusal("not_a_mentor")
    if (
        await Participation.filter(thread_id=thread.id, person_id=called.id, left_at=None)
        .using_db(u.connection)
        .exists()
    ):
        return {"id": str(thread.id), "person": str(called.id), "joined": False}
    floor = thread.last_seq if from_now else 0
    await u.connection.execute_query_dict(
        "INSERT INTO participation (thread_id, person_id, role, from_seq, got, read, joined_at) VALUES ($1, $2, $3, $4, 0, 0, $5)"
        " ON CONFLICT (thread_id, person_id) DO UPDATE SET role = $3, from_seq = $4, left_at = NULL, joined_at = $5",
        [thread.id, called.id, role, floor, u.now],
    )
    by = str(u.person.id) if called.id != u.person.id else None
    await u.say(thread.id, events.Joined(person=str(called.id), role=role, called_by=by))
    return {"id": str(thread.id), "person": str(called.id), "joined": True}


@verb
async def leave(u: Unit, thread_id: Any, person_id: Any) -> dict[str, Any]:
    """A helper leaves, or is sent out by one of the two sides. Everything they may see ends then.

    Raises Refusal `unknown_thread`, `not_allowed`, `not_found`.
    """
    seat = await access.lock_thread(u, thread_id)
    own = str(person_id) in ("me", str(u.person.id))
    target = u.person.id if own else uuid_or_none(person_id)
    if not may("leave" if own else "remove_participant", [], seat.relation):
        raise Refusal("not_allowed")
    there = (
        await Participation.filter(thread_id=seat.thread.id, person_id=target, left_at=None)
        .using_db(u.connection)
        .first()
    )
    if there is None:
        raise Refusal("not_found")
    if there.role in ("buyer", "artisan"):
        raise Refusal("not_allowed")
    people = await access.people_of(seat.thread.id)
    await Participation.filter(id=there.id).using_db(u.connection).update(left_at=u.now)
    await u.say(
        seat.thread.id, events.Left(person=str(target), role=there.role, removed_by=None if own else str(u.person.id))
    )
    u.signal([str(target)], {}, thread=seat.thread.id, sort="left")
    u.hint(people, "inbox")
    return {"id": str(seat.thread.id), "person": str(target)}


@verb
async def relay(u: Unit, thread_id: Any, seq: int, lang: Any, text: Any) -> dict[str, Any]:
    """A helper renders one message into another language.

    Saying it again in the same language is a correction: the newest one is shown, the others stay in the record.
    Raises Refusal `unknown_thread`, `not_allowed`, `not_found`, `not_words`, `bad_form`, `empty`, `too_long`.
    """
    seat = await access.lock_thread(u, thread_id)
    if not may("translate", [], seat.relation):
        raise Refusal("not_allowed")
    language = tongue(str(lang or ""))
    if not (language.isascii() and language.isalpha() and 2 <= len(language) <= 3):
        raise Refusal("bad_form", fields={"lang": "unknown"})
    words = rules.check_text(str(text or "").strip())
    if not words:
        raise Refusal("empty", fields={"text": "missing"})
    original = await services().journal.one(seat.thread.id, seq) if 0 < seq <= seat.thread.last_seq else None
    if original is None or seq <= seat.participation.from_seq:
        raise Refusal("not_found")
    if original.kind != "message":
        raise Refusal("not_words")
    await Translation.create(
        using_db=u.connection,
        thread_id=seat.thread.id,
        seq=seq,
        lang=language,
        text=words,
        by_id=u.person.id,
        created_at=u.now,
    )
    stored = await u.say(seat.thread.id, events.Translated(seq=seq, lang=language, text=words))
    return {
        "thread": str(seat.thread.id),
        "seq": seq,
        "lang": language,
        "text": words,
        "by": str(u.person.id),
        "event": stored,
    }


async def mentors_for(person: Person, thread_id: Any) -> list[Person]:
    """Mentors who could be called into this thread: those who read both sides' languages first. Raises `unknown_thread`."""
    seat = await access.thread(person, thread_id)
    sides = await Person.filter(id__in=[seat.thread.buyer_id, seat.thread.artisan_id])
    inside = set(await access.people_of(seat.thread.id))
    found = await Person.filter(roles__contains=["mentor"]).select_related("portrait").limit(100)
    able = [mentor for mentor in found if str(mentor.id) not in inside]
    return sorted(able, key=lambda mentor: (-_bridges(mentor, sides), mentor.name))


def _bridges(mentor: Person, sides: list[Person]) -> int:
    """How many of the two sides this mentor shares a language with."""
    known = {tongue(lang) for lang in (*mentor.reads, *mentor.speaks)}
    return sum(bool(known & {tongue(lang) for lang in side.reads}) for side in sides)

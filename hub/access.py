"""The only doors to records. Each either lets this person in, or answers as if the thing did not exist.

`lock_*` doors lock the thread's row first, then the rest: always the same order. They are for units; the others read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hub.errors import Refusal
from hub.ids import uuid_or_none
from hub.unit import Unit
from models.people import Person
from models.threads import Participation, Thread

RELATIONS = {"buyer": "buyer_side", "artisan": "artisan_side", "mentor": "helper", "steward": "helper"}


@dataclass(frozen=True, slots=True)
class Seat:
    """A thread, and the place a person has in it."""

    thread: Thread
    participation: Participation

    @property
    def role(self) -> str:
        """buyer, artisan, mentor or steward."""
        return str(self.participation.role)

    @property
    def side(self) -> str | None:
        """`buyer` or `artisan` for the two who deal with each other, None for helpers."""
        return self.role if self.role in ("buyer", "artisan") else None

    @property
    def relation(self) -> str:
        """As `hub/rules/people.py` names it."""
        return RELATIONS[self.role]


async def thread(person: Person, thread_id: Any) -> Seat:
    """The thread, for one of its participants. Raises Refusal `unknown_thread`."""
    return await _seat(person.id, uuid_or_none(thread_id))


async def lock_thread(u: Unit, thread_id: Any) -> Seat:
    """The same inside a unit, holding the thread's row until commit."""
    found = uuid_or_none(thread_id)
    if found is None:
        raise Refusal("unknown_thread")
    await hold_thread(u, found)
    return await _seat(u.person.id, found)


async def hold_thread(u: Unit, thread_id: UUID) -> Thread:
    """Lock a thread's row, whoever asks: for verbs that the clock, a carrier or a steward does."""
    row = await Thread.filter(id=thread_id).using_db(u.connection).select_for_update().first()
    if row is None:
        raise Refusal("unknown_thread")
    return row


async def _seat(person: UUID, thread_id: UUID | None) -> Seat:
    if thread_id is None:
        raise Refusal("unknown_thread")
    found = await Participation.filter(thread_id=thread_id, person_id=person, left_at=None).select_related("thread").first()
    if found is None:
        raise Refusal("unknown_thread")
    return Seat(found.thread, found)


async def people_of(thread_id: UUID) -> list[str]:
    """Ids of everyone who is in the thread now."""
    rows = await Participation.filter(thread_id=thread_id, left_at=None).values_list("person_id", flat=True)
    return [str(row) for row in rows]

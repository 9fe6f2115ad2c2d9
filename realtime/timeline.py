"""A followed thread on one node: how far it was passed on, and what is known of it beyond that."""

from __future__ import annotations

from realtime.frames import Out


class Timeline:
    """`last` is the newest event passed on here (-1: not known yet), `known` the newest one heard of."""

    __slots__ = ("followers", "held", "id", "known", "last", "people")

    def __init__(self, thread: str) -> None:
        self.id = thread
        self.last = self.known = -1
        self.followers = 0
        self.people: tuple[str, ...] = ()
        self.held: dict[int, tuple[Out, tuple[str, ...]]] | None = None  # events that came before their turn

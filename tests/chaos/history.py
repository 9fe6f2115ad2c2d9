"""What one client has of one thread: only last + 1 is applied, what came early is held. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple


class Entry(NamedTuple):
    """An event as a client or the database has it; `cid` and `body` are empty where there is none."""

    seq: int
    cid: str
    by: str
    body: str


def entry(event: dict[str, Any]) -> Entry:
    """The `event` frame, as far as it is compared."""
    return Entry(event["seq"], event.get("cid") or "", event["by"] or "", event["data"].get("body") or "")


class History:
    """Events above `floor`, in order. `doubles` and `early` count what came twice, and what came too soon."""

    __slots__ = ("_held", "differs", "doubles", "early", "entries", "floor", "last")

    def __init__(self, floor: int = 0) -> None:
        self.floor = self.last = floor
        self.entries: list[Entry] = []
        self.differs: list[tuple[Entry, Entry]] = []  # one number, told twice with different content
        self.doubles = self.early = 0
        self._held: dict[int, Entry] = {}

    @property
    def gap(self) -> bool:
        """Something came, but the one before it did not."""
        return bool(self._held)

    def take(self, found: Entry) -> bool:
        """Apply it if it is next; was anything applied?"""
        if found.seq <= self.last:
            self.doubles += 1
            if found.seq > self.floor and (known := self.entries[found.seq - self.floor - 1]) != found:
                self.differs.append((known, found))
            return False
        if found.seq > self.last + 1:
            self.early += 1
            self._held[found.seq] = found
            return False
        self._apply(found)
        while self._held and (following := self._held.pop(self.last + 1, None)):
            self._apply(following)
        if self._held:
            self._held = {seq: held for seq, held in self._held.items() if seq > self.last}
        return True

    def _apply(self, found: Entry) -> None:
        self.entries.append(found)
        self.last = found.seq

    def forget(self) -> None:
        """Begin anew."""
        self.entries, self._held, self.last = [], {}, self.floor

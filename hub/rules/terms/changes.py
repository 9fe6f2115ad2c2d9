"""What changed between two versions, term by term, as the card shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ITEM_TERMS = ("description", "product", "width_cm", "length_cm", "colours", "materials", "technique", "attributes",
              "quantity", "unit_price")
TERMS = ("shipping", "currency", "making_days", "deposit_percent", "ship_to", "valid_until", "note", "media")


@dataclass(frozen=True, slots=True)
class Difference:
    """`term` changed from `before` to `after` (plain JSON values, None for nothing); `item_index` from 0, or None for a
    term of the whole quote. An item that came or went is the term 'item', one that is there on one side only."""

    term: str
    item_index: int | None
    before: Any
    after: Any


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Of two frozen versions, in the order of a card: items by their position, then the rest, then the 'total'."""
    found = [difference for index in range(max(len(old["items"]), len(new["items"])))
             for difference in _item(index, _at(old["items"], index), _at(new["items"], index))]
    found += _changed(TERMS, None, old, new)
    return found + _changed(("total",), None, old.get("totals") or {}, new.get("totals") or {})


def _item(index: int, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> list[Difference]:
    if old is None or new is None:
        return [Difference("item", index, old, new)]
    return _changed(ITEM_TERMS, index, old, new)


def _changed(terms: Sequence[str], index: int | None, old: Mapping[str, Any], new: Mapping[str, Any]
             ) -> list[Difference]:
    return [Difference(term, index, old.get(term), new.get(term)) for term in terms if old.get(term) != new.get(term)]


def _at(items: Sequence[Mapping[str, Any]], index: int) -> Mapping[str, Any] | None:
    return items[index] if index < len(items) else None

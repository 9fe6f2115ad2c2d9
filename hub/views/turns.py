"""Whose turn an order is, and which buttons its page shows to whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hub.access import Place
from hub.config import config
from hub.rules import orders as rules
from hub.rules.orders import Actor, Cancel, OrderVerb, Stage
from hub.rules.quotes import Side
from hub.rules.refused import Refused
from models.orders import Order

_NEXT: dict[Stage, tuple[str, str]] = {
    # stage: of whom something is awaited, and what
    Stage.OPENED: ("buyer", "pay"),
    Stage.MAKING: ("artisan", "made"),
    Stage.MADE: ("steward", "inspect"),
    Stage.INSPECTED: ("steward", "ship"),
    Stage.SHIPPED: ("courier", "deliver"),
    Stage.DELIVERED: ("buyer", "confirm"),
}


def awaits(row: Order, due: int) -> dict[str, Any]:
    """`{who, verb}`; both None when nothing is awaited any more."""
    if row.disputed:
        who, verb = "steward", "resolve"
    elif row.cancel_asked:
        who, verb = Side(row.cancel_asked).other.value, "cancel"
    elif row.ask_until:
        who, verb = "buyer", "extend"
    elif row.stage == Stage.INSPECTED and due > 0:
        who, verb = "buyer", "pay"
    elif Stage(row.stage) in _NEXT:
        who, verb = _NEXT[Stage(row.stage)]
    else:
        return {"who": None, "verb": None}
    return {"who": who, "verb": verb}


def your_turn(place: Place, waits: dict[str, Any], buttons: list[str]) -> bool:
    """Is it this person of whom it is awaited? Asking for more time anew is no answer to one's own question."""
    return (place.side or "") == waits["who"] or (waits["verb"] in buttons and waits["verb"] != "extend")


BUTTONS: dict[str, tuple[str, OrderVerb | None]] = {
    # button: the verb of the people's table, the verb of the order's table
    "pay": ("record_payment", None),
    "undo": ("undo_payment", None),
    "check_out": ("check_out", None),
    "progress": ("progress", OrderVerb.PROGRESS),
    "made": ("made", OrderVerb.MADE),
    "extend": ("extend", OrderVerb.EXTEND),
    "pause": ("extend", OrderVerb.EXTEND),
    "inspect": ("inspect", OrderVerb.INSPECT_PASS),
    "ship": ("book_shipment", OrderVerb.SHIP),
    "ship_more": ("book_shipment", None),
    "confirm": ("confirm", OrderVerb.CONFIRM),
    "cancel": ("cancel", OrderVerb.CANCEL),
    "dispute": ("dispute", OrderVerb.DISPUTE),
    "bear": ("bear", None),
    "resolve": ("resolve", OrderVerb.RESOLVE),
}


def may(row: Order, place: Place, due: int, now: datetime) -> list[str]:
    """The buttons this person has right now, in the order of BUTTONS."""
    return [button for button in BUTTONS if _possible(button, row, place, due, now)]


def cancels(row: Order, place: Place, now: datetime) -> str | None:
    """What this person's `cancel` would do: `now` ends the order, `ask` asks the other side; None where there is none."""
    if not _possible("cancel", row, place, 0, now):
        return None
    agreed = bool(place.side and row.cancel_asked == place.side.other)
    return rules.may_cancel(
        Stage(row.stage), side=place.side, steward=True, other_agreed=agreed, promised_by=row.promised_by, today=now.date(), reason="?"
    ).value


def acting(place: Place) -> Actor:
    """In what capacity this person acts on an order: a side before a steward, nobody is a steward of their own order."""
    return Actor(place.side.value) if place.side else Actor.STEWARD


def _possible(button: str, row: Order, place: Place, due: int, now: datetime) -> bool:
    allowed, verb = BUTTONS[button]
    stage = Stage(row.stage)
    if not place.may(allowed):
        return False
    try:
        if verb:
            rules.move(stage, verb, by=acting(place), disputed=row.disputed)
        match button:
            case "pay":
                return due > 0
            case "undo":
                return stage not in rules.ENDED and not row.disputed
            case "check_out":
                return due > 0 and bool(config().stripe_key)
            case "bear":
                return row.disputed and stage is Stage.COMPLETED
            case "ship":
                return due == 0
            case "ship_more":
                return stage is Stage.SHIPPED
            case "extend":
                return bool(row.ask_until) if place.side is Side.BUYER else True
            case "pause":
                return place.side is Side.ARTISAN
            case "dispute":
                rules.check_dispute(stage, completed_at=row.completed_at, now=now, reason="?")
            case "cancel":
                answer = rules.may_cancel(
                    stage, side=place.side, steward=True, promised_by=row.promised_by, today=now.date(), reason="?",
                )
                return answer is Cancel.NOW or row.cancel_asked != place.side
    except Refused:
        return False
    return True

"""Orders: the stages of the making, who moves them, and what each step needs. Money is never a stage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from hub.rules.crafts import steps
from hub.rules.quotes import Side
from hub.rules.refused import Refused

LAPSE_AFTER = timedelta(hours=72)
REMIND_AFTER = timedelta(hours=48)
COMPLETE_AFTER = timedelta(days=14)
DISPUTE_FOR = timedelta(days=30)
PATIENCE = timedelta(days=14)
"""How long past `promised_by` a buyer waits before cancelling alone."""
TOLERANCE_PERCENT = 5


class Stage(StrEnum):
    OPENED = "opened"
    MAKING = "making"
    MADE = "made"
    INSPECTED = "inspected"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


ENDED = (Stage.COMPLETED, Stage.CANCELLED)


class OrderVerb(StrEnum):
    DEPOSIT = "deposit"
    UNDO_DEPOSIT = "undo_deposit"
    REMIND = "remind"
    LAPSE = "lapse"
    PROGRESS = "progress"
    EXTEND = "extend"
    MADE = "made"
    INSPECT_PASS = "inspect_pass"
    INSPECT_FAIL = "inspect_fail"
    SHIP = "ship"
    DELIVER = "deliver"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    DISPUTE = "dispute"
    RESOLVE = "resolve"


class Actor(StrEnum):
    """In what capacity a verb is used; `ledger`, `shipment` and `clock` are the hub's own."""

    BUYER = "buyer"
    ARTISAN = "artisan"
    STEWARD = "steward"
    LEDGER = "ledger"
    SHIPMENT = "shipment"
    CLOCK = "clock"


class Outcome(StrEnum):
    RELEASE = "release"
    PARTIAL_REFUND = "partial_refund"
    REFUND = "refund"


class Cancel(StrEnum):
    """NOW: the order is cancelled. ASK: remember this side's wish until the other side's `cancel` agrees."""

    NOW = "now"
    ASK = "ask"


_S, _V, _A = Stage, OrderVerb, Actor
_PEOPLE = (_A.BUYER, _A.ARTISAN, _A.STEWARD)

MOVES: dict[tuple[Stage, OrderVerb], tuple[tuple[Actor, ...], Stage]] = {
    # stage, verb: by, to
    (_S.OPENED, _V.DEPOSIT): ((_A.LEDGER,), _S.MAKING),
    (_S.OPENED, _V.REMIND): ((_A.CLOCK,), _S.OPENED),
    (_S.OPENED, _V.LAPSE): ((_A.CLOCK,), _S.CANCELLED),
    (_S.OPENED, _V.CANCEL): (_PEOPLE, _S.CANCELLED),
    (_S.MAKING, _V.UNDO_DEPOSIT): ((_A.LEDGER,), _S.OPENED),
    (_S.MAKING, _V.PROGRESS): ((_A.ARTISAN,), _S.MAKING),
    (_S.MAKING, _V.EXTEND): ((_A.ARTISAN, _A.BUYER), _S.MAKING),
    (_S.MAKING, _V.MADE): ((_A.ARTISAN,), _S.MADE),
    (_S.MAKING, _V.CANCEL): (_PEOPLE, _S.CANCELLED),
    (_S.MADE, _V.INSPECT_PASS): ((_A.STEWARD,), _S.INSPECTED),
    (_S.MADE, _V.INSPECT_FAIL): ((_A.STEWARD,), _S.MAKING),
    (_S.INSPECTED, _V.SHIP): ((_A.STEWARD, _A.ARTISAN), _S.SHIPPED),
    (_S.SHIPPED, _V.DELIVER): ((_A.SHIPMENT,), _S.DELIVERED),
    (_S.DELIVERED, _V.CONFIRM): ((_A.BUYER, _A.CLOCK), _S.COMPLETED),
    **{(stage, _V.DISPUTE): ((_A.BUYER,), stage)
       for stage in (_S.MADE, _S.INSPECTED, _S.SHIPPED, _S.DELIVERED, _S.COMPLETED)},
    **{(stage, _V.RESOLVE): ((_A.STEWARD,), stage)
       for stage in (_S.MADE, _S.INSPECTED, _S.SHIPPED, _S.DELIVERED, _S.COMPLETED, _S.MAKING)},
}
"""The table of domain rules for orders. A disputed piece that fails its inspection is disputed while it is mended."""

@dataclass(frozen=True, slots=True)
class Size:
    """Whole centimetres; None where a piece has no such side."""

    width_cm: int | None = None
    length_cm: int | None = None

    def __bool__(self) -> bool:
        return self.width_cm is not None or self.length_cm is not None


def move(stage: Stage, verb: OrderVerb, *, by: Actor, disputed: bool = False) -> Stage:
    """The stage a verb leads to. Raises Refused: `order_moved`, `not_allowed`, `disputed`, `not_disputed`."""
    row = MOVES.get((stage, verb))
    if row is None:
        raise Refused("order_moved")
    who, to = row
    if by not in who:
        raise Refused("not_allowed")
    if disputed and verb in (OrderVerb.CONFIRM, OrderVerb.DISPUTE, OrderVerb.CANCEL):
        raise Refused("disputed")
    if verb is OrderVerb.RESOLVE and not disputed:
        raise Refused("not_disputed")
    return to


def is_the_piece(agreed: Size, colours: Sequence[str], quantity: int, *, piece: Size, piece_colours: Sequence[str]) -> bool:
    """Does an item that names a one-of-a-kind product mean that very piece, rather than "the same, another size"?

    It does unless it says so: more than one, a side that differs, or colours none of which the piece has.
    """
    if quantity != 1 or any(
        want is not None and have is not None and want != have
        for want, have in ((agreed.width_cm, piece.width_cm), (agreed.length_cm, piece.length_cm))
    ):
        return False
    wanted, there = ({colour.strip().casefold() for colour in names} for names in (colours, piece_colours))
    return not wanted or not there or bool(wanted & there)


def check_progress(craft: str, step: str, *, media: int, note: str = "") -> None:
    """A step of this craft, and something to show for it: photos or voice notes (`media` counts them), or words."""
    if step not in steps(craft):
        raise Refused("not_in_this_craft", {"step": "not_in_this_craft"})
    if media < 1 and not note.strip():
        raise Refused("nothing_to_show", {"media": "missing"})


def check_made(agreed: Sequence[Size], measured: Size, *, photos: int, weight_g: int | None) -> None:
    """A finished photo, the weight, and every side that the terms give; whether it fits is for the inspection."""
    if photos < 1:
        raise Refused("photo_needed", {"media": "missing"})
    if not weight_g or weight_g < 0:
        raise Refused("weight_needed", {"weight_g": "missing"})
    missing = {side: "missing" for side in ("width_cm", "length_cm")
               if getattr(measured, side) is None and any(getattr(size, side) is not None for size in agreed)}
    if missing:
        raise Refused("measure_needed", missing)


def size_within_tolerance(agreed: Size, measured: Size, percent: int = TOLERANCE_PERCENT) -> bool:
    """Each agreed side measured and at most `percent` off, either way; exactly `percent` is still within."""
    return all(side_within_tolerance(want, got, percent) for want, got in (
        (agreed.width_cm, measured.width_cm), (agreed.length_cm, measured.length_cm)))


def side_within_tolerance(want: int | None, got: int | None, percent: int = TOLERANCE_PERCENT) -> bool:
    """The same for one side."""
    return want is None or (got is not None and abs(got - want) * 100 <= want * percent)


def check_inspection(*, passed: bool, is_maker: bool, agreed: Sequence[Size], measured: Size, photos: int,
                     weight_g: int | None, reason: str = "") -> None:
    """By a steward who is not the maker. A pass needs photo, weight and a measure within tolerance of one agreed size
    (`measured`, `photos`, `weight_g`: the inspector's, or else what the maker gave); a failure needs its reason.

    Raises Refused: `own_work`, `reason_needed`, `photo_needed`, `weight_needed`, `measure_needed`,
    `size_out_of_tolerance`.
    """
    if is_maker:
        raise Refused("own_work")
    if not passed:
        if not reason.strip():
            raise Refused("reason_needed", {"reason": "missing"})
        return
    check_made(agreed, measured, photos=photos, weight_g=weight_g)
    if agreed and not any(size_within_tolerance(size, measured) for size in agreed):
        raise Refused("size_out_of_tolerance", {"width_cm": "size_out_of_tolerance"})


def check_ship(*, missing: int, parcels: int) -> None:
    """Dispatch needs the balance paid in full (`missing` minor units of the total) and a parcel."""
    if missing > 0:
        raise Refused("balance_missing")
    if parcels < 1:
        raise Refused("parcel_needed", {"parcels": "missing"})


def remind_at(opened_at: datetime) -> datetime:
    return opened_at + REMIND_AFTER


def lapses_at(opened_at: datetime) -> datetime:
    """Without a full deposit by then the order is cancelled."""
    return opened_at + LAPSE_AFTER


def check_remind(opened_at: datetime, now: datetime, deposit_missing: int, *, reminded: bool) -> None:
    """For the clock: once, from 48 hours on while the order has not lapsed. Raises Refused: `not_yet`, `order_moved`."""
    if now < remind_at(opened_at) or deposit_missing <= 0:
        raise Refused("not_yet")
    if reminded or now >= lapses_at(opened_at):
        raise Refused("order_moved")


def check_lapse(opened_at: datetime, now: datetime, deposit_missing: int) -> None:
    """For the clock: raises Refused('not_yet') while it is too early or the deposit is in full."""
    if now < lapses_at(opened_at) or deposit_missing <= 0:
        raise Refused("not_yet")


def completes_at(delivered_at: datetime) -> datetime:
    """When the clock confirms for a silent buyer."""
    return delivered_at + COMPLETE_AFTER


def check_confirm(by: Actor, delivered_at: datetime, now: datetime, *, there: bool = True) -> None:
    """The buyer at any time after delivery; the clock after 14 days, if nothing has turned back since (Refused 'not_yet')."""
    if by is Actor.CLOCK and (not there or now < completes_at(delivered_at)):
        raise Refused("not_yet")


def check_dispute(stage: Stage, *, completed_at: datetime | None, now: datetime, reason: str) -> None:
    """From made until 30 days after completion, with a reason (photos are welcome, not needed)."""
    if stage is Stage.COMPLETED and completed_at is not None and now > completed_at + DISPUTE_FOR:
        raise Refused("dispute_too_late")
    if not reason.strip():
        raise Refused("reason_needed", {"reason": "missing"})


def check_resolution(outcome: Outcome, *, amount: int | None, paid: int, price: int) -> int:
    """What goes back to the buyer, in minor units; `paid` is what they paid and have not had back, `price` what the
    shares still come to.

    `release` refunds nothing and `refund` all; `partial_refund` needs `amount`, above zero, below `paid` and within
    `price`: nobody's share can be less than nothing, and what was paid too much goes back by itself at the end.
    """
    if outcome is Outcome.RELEASE:
        return 0
    if outcome is Outcome.REFUND:
        return paid
    if amount is None or not 0 < amount < paid or amount > price:
        raise Refused("bad_amount", {"amount": "too_small" if not amount or amount < 0 else "too_large"})
    return amount


def after_resolution(stage: Stage, outcome: Outcome) -> Stage:
    """A delivered order is settled by its resolution; before delivery only a full refund ends it; ended stays ended."""
    if stage is Stage.COMPLETED:
        return stage
    if outcome is Outcome.REFUND:
        return Stage.CANCELLED
    return Stage.COMPLETED if stage is Stage.DELIVERED else stage


def may_cancel(stage: Stage, *, side: Side | None, steward: bool, other_agreed: bool = False,
               promised_by: date | None, today: date, reason: str = "") -> Cancel:
    """Who may cancel, and whether at once. `side` counts before `steward`: nobody is a steward of their own order.

    | stage | buyer | artisan | steward |
    | --- | --- | --- | --- |
    | opened | now | now | now, with a reason |
    | making | now if agreed or 14 days late; else ask | now if agreed; else ask | now, with a reason |
    | later | no | no | no |

    Raises Refused: `order_moved`, `not_allowed`, `reason_needed`.
    """
    if (stage, OrderVerb.CANCEL) not in MOVES:
        raise Refused("order_moved")
    if side is None:
        if not steward:
            raise Refused("not_allowed")
        if not reason.strip():
            raise Refused("reason_needed", {"reason": "missing"})
        return Cancel.NOW
    overdue = promised_by is not None and today >= promised_by + PATIENCE
    at_once = stage is Stage.OPENED or other_agreed or (side is Side.BUYER and overdue)
    return Cancel.NOW if at_once else Cancel.ASK

"""The making: progress, more time, finished, and the quality gate."""

from __future__ import annotations

from datetime import date
from typing import Any

from hub import clock, events, jobs
from hub.actions.orders.held import Held, hold
from hub.errors import Refusal
from hub.rules import orders as rules
from hub.rules import promises
from hub.rules.orders import OrderVerb, Size
from hub.rules.quotes import Side
from hub.rules.refused import Refused
from hub.unit import Unit, verb
from models.orders import Progress


@verb
async def progress(u: Unit, order_id: Any, step: str, media: list[str], note: str | None) -> dict[str, Any]:
    """The artisan shows a step of the making. Raises Refusal `not_in_this_craft`, `nothing_to_show`, `media_missing` ..."""
    held = await hold(u, order_id, "progress")
    await held.moves(OrderVerb.PROGRESS)
    rules.check_progress(held.row.craft, step, media=len(media), note=note or "")
    await held.show(media)
    await Progress.create(order_id=held.row.id, step=step, note=note, media=media, at=u.now, using_db=u.connection)
    return await held.says(events.OrderProgress, step=step, media=media, note=note)


@verb
async def ask_extension(u: Unit, order_id: Any, until: date, reason: str | None) -> dict[str, Any]:
    """The artisan asks for more time; asking again replaces what was asked. Raises Refusal `bad_date`, `reason_needed` ..."""
    held = await hold(u, order_id, "extend")
    _only(held, Side.ARTISAN)
    await held.moves(OrderVerb.EXTEND)
    promised = held.row.promised_by or u.now.date()
    held.row.ask_until = promises.extended(promised, until, u.now.date(), reason or "")
    held.row.ask_reason, held.row.ask_pause = reason, None
    return await held.says(events.OrderExtended, until=until.isoformat(), reason=reason)


@verb
async def ask_pause(u: Unit, order_id: Any, start: date | None, end: date, reason: str | None) -> dict[str, Any]:
    """The artisan asks to rest from `start` (today) until `end`; the promise moves by these days once the buyer agrees.

    Asking again replaces what was asked. Raises Refusal `bad_date`, `reason_needed`, `order_moved`, `not_allowed`.
    """
    held = await hold(u, order_id, "extend")
    _only(held, Side.ARTISAN)
    await held.moves(OrderVerb.EXTEND)
    row, today = held.row, u.now.date()
    start = start or today
    row.ask_until = until = promises.paused(row.promised_by or today, start, end, today, reason or "")
    row.ask_reason, row.ask_pause = reason, {"from": start.isoformat(), "until": end.isoformat()}
    return await held.says(events.OrderExtended, until=until.isoformat(), reason=reason, **_rest(row.ask_pause))


@verb
async def answer_extension(u: Unit, order_id: Any, agree: bool, seen: date | None = None) -> dict[str, Any]:
    """The buyer takes the time, or the pause, or does not; `seen` is the day they were asked for, if they say.

    Raises Refusal `order_moved` when nothing was asked, or another day meanwhile.
    """
    held = await hold(u, order_id, "extend")
    _only(held, Side.BUYER)
    await held.moves(OrderVerb.EXTEND)
    row, until = held.row, held.row.ask_until
    async with held.showing():
        if until is None or (seen and seen != until):
            raise Refused("order_moved")
    pause = row.ask_pause
    if agree:
        row.promised_by = until
        row.pause = pause | {"reason": row.ask_reason} if pause else row.pause
    row.ask_until = row.ask_reason = row.ask_pause = None
    return await held.says(
        events.OrderExtended, until=until.isoformat(), state="agreed" if agree else "refused", **_rest(pause)
    )


@verb
async def made(u: Unit, order_id: Any, media: list[str], measured: Size, weight_g: int | None) -> dict[str, Any]:
    """The piece is finished: photographed, measured, weighed. Raises Refusal `photo_needed`, `measure_needed` ..."""
    held = await hold(u, order_id, "made")
    stage = await held.moves(OrderVerb.MADE)
    rules.check_made(held.agreed, measured, photos=len(media), weight_g=weight_g)
    await held.show(media)
    facts = {"width_cm": measured.width_cm, "length_cm": measured.length_cm, "weight_g": weight_g, "media": media}
    held.reaches(stage)
    held.row.finished = facts | {"at": clock.iso(u.now)}
    held.row.inspection = held.row.ask_until = held.row.ask_reason = held.row.ask_pause = None
    held.row.cancel_asked = held.row.cancel_reason = None
    return await held.says(events.OrderMade, **facts)


@verb
async def inspect(
    u: Unit, order_id: Any, passed: bool, measured: Size, weight_g: int | None, reason: str | None, media: list[str]
) -> dict[str, Any]:
    """A steward who is not the maker compares the piece with its terms; a failure names what is to be mended.

    What the inspector did not measure is taken from the maker. Raises Refusal `own_work`, `reason_needed`,
    `size_out_of_tolerance`, `photo_needed`, `weight_needed`, `measure_needed`, `order_moved`.
    """
    held = await hold(u, order_id, "see_order")
    if held.is_maker:
        raise Refusal("own_work")
    held.place.need("inspect")
    stage = await held.moves(OrderVerb.INSPECT_PASS if passed else OrderVerb.INSPECT_FAIL)
    given = held.row.finished or {}
    size = Size(measured.width_cm or given.get("width_cm"), measured.length_cm or given.get("length_cm"))
    rules.check_inspection(
        passed=passed, is_maker=False, agreed=held.agreed, measured=size, photos=len(media) + len(given.get("media", ())),
        weight_g=weight_g or given.get("weight_g"), reason=reason or "",
    )
    await held.show(media)
    if passed:
        held.reaches(stage)
    else:
        held.row.stage = stage.value  # when the making began stays as it was
    held.row.inspection = {
        "passed": passed, "reason": reason, "width_cm": size.width_cm, "length_cm": size.length_cm,
        "weight_g": weight_g or given.get("weight_g"), "media": media, "by": str(u.person.id), "at": clock.iso(u.now),
    }
    if passed:
        u.later(jobs.ISSUE_PASSPORT, order=str(held.row.id))
    return await held.says(events.OrderInspected, passed=passed, reason=reason, media=media)


def _rest(pause: dict[str, Any] | None) -> dict[str, Any]:
    """The days of a pause, as its event carries them."""
    return {"pause_from": pause["from"], "pause_until": pause["until"]} if pause else {}


def _only(held: Held, side: Side) -> None:
    if held.place.side is not side:
        raise Refusal("not_allowed")

"""Orders, as one person sees them: where the making stands, what is awaited, and who gets what."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from hub import access, clock, rows
from hub.access import Place
from hub.rules import ledger as money_rules
from hub.rules import orders as rules
from hub.rules import promises
from hub.rules.crafts import how_far, steps
from hub.rules.orders import Stage
from hub.rules.quotes import Side
from hub.views import ledger, media, passports, rates, shipments
from hub.views.ledger import Sums, money
from hub.views.turns import awaits, cancels, may, your_turn
from models.orders import Dispute, Order, Progress
from models.people import Person
from models.shipments import Shipment

PROGRESS = 100  # steps shown of one order, the newest
MOST_SHIPMENTS = 10  # of one order
MOST_PAYMENTS = 100  # of one order, the newest
MOST_ORDERS = 20  # of one thread, the newest
OF_THREAD = "SELECT * FROM orders WHERE thread_id = $1 ORDER BY opened_at DESC LIMIT $2"
STEPS = """
SELECT s.* FROM unnest($1::uuid[]) AS o (id)
CROSS JOIN LATERAL (SELECT * FROM progress WHERE order_id = o.id ORDER BY at DESC, id DESC LIMIT $2) AS s ORDER BY s.at DESC, s.id DESC
"""
DISPUTES = """
SELECT d.* FROM unnest($1::uuid[]) AS o (id)
CROSS JOIN LATERAL (SELECT * FROM dispute WHERE order_id = o.id ORDER BY at DESC, id DESC LIMIT 1) AS d
"""
SHIPMENTS = """
SELECT s.* FROM unnest($1::uuid[]) AS o (id)
CROSS JOIN LATERAL (SELECT * FROM shipment WHERE order_id = o.id ORDER BY booked_at LIMIT $2) AS s ORDER BY s.booked_at
"""
PAYMENTS = """
SELECT p.id, p.order_id, p.amount, p.method, p.reference, p.at, u.occurred_at AS undone_at, u.note FROM unnest($1::uuid[]) AS o (id)
CROSS JOIN LATERAL (SELECT * FROM payment WHERE order_id = o.id ORDER BY at DESC, id DESC LIMIT $2) AS p
LEFT JOIN transfer u ON u.undoes_id = p.transfer_id ORDER BY p.at, p.id
"""
LAST_SHIPMENTS = """
SELECT DISTINCT ON (order_id) order_id, id, status,
  bool_and(status = 'delivered') FILTER (WHERE status <> 'cancelled') OVER (PARTITION BY order_id) IS TRUE AS there
FROM shipment WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, booked_at DESC
"""
TIMES = {
    Stage.OPENED: "opened_at", Stage.MAKING: "making_at", Stage.MADE: "made_at", Stage.INSPECTED: "inspected_at",
    Stage.SHIPPED: "shipped_at", Stage.DELIVERED: "delivered_at", Stage.COMPLETED: "completed_at",
}
ENDED = rules.ENDED


async def order(row: Order, place: Place, locale: str) -> dict[str, Any]:
    """One order, as this person sees it."""
    return (await many([row], {row.thread_id: place}, locale))[0]


async def of_thread(thread_id: UUID, place: Place, locale: str) -> list[dict[str, Any]]:
    """The thread's orders, newest first."""
    return await many(await rows.models(Order, OF_THREAD, thread_id, MOST_ORDERS), {thread_id: place}, locale)


async def bar_of_thread(thread_id: UUID, place: Place) -> list[dict[str, Any]]:
    """What the bar above a conversation shows of the same orders: where each stands."""
    found = await rows.models(Order, OF_THREAD, thread_id, MOST_ORDERS)
    sums = await ledger.sums([row.id for row in found])
    return [_brief(row, place, sums[row.id]) for row in found]


async def many(found: Sequence[Order], places: Mapping[UUID, Place], locale: str) -> list[dict[str, Any]]:
    """Several orders in a fixed number of queries; `places` by the threads' ids."""
    ids = [row.id for row in found]
    if not ids:
        return []
    sums, steps, troubles, travelling, payments = await asyncio.gather(
        ledger.sums(ids),
        rows.models(Progress, STEPS, ids, PROGRESS),
        rows.models(Dispute, DISPUTES, ids),
        rows.models(Shipment, SHIPMENTS, ids, MOST_SHIPMENTS),
        rows.fetch(PAYMENTS, ids, MOST_PAYMENTS),
    )
    done, disputes = _grouped(steps), _grouped(troubles)
    threads = {row.id: row.thread_id for row in found}
    papers, sent, photos = await asyncio.gather(
        passports.of_orders(ids),
        shipments.many(travelling, {item.id: places[threads[item.order_id]] for item in travelling}, locale),
        media.photos(_media(found, done, disputes)),
    )
    return [
        _order(
            row, places[row.thread_id], sums[row.id], done[row.id], disputes[row.id],
            [item for item in sent if item["order"] == str(row.id)], photos,
        ) | {
            "payments": [_payment(one, row, places[row.thread_id]) for one in payments if one["order_id"] == row.id],
            "passport": papers.get(row.id),
        }
        for row in found
    ]


async def briefly(person: Person, found: Sequence[Order], locale: str) -> list[dict[str, Any]]:
    """What a list shows of orders of any threads: no terms, no pictures, of the journey only where it stands, and whether all
    of it is `there`."""
    ids = [row.id for row in found]
    if not ids:
        return []
    places, sums, last = await asyncio.gather(
        access.places(person, {row.thread_id for row in found}), ledger.sums(ids), rows.fetch(LAST_SHIPMENTS, ids)
    )
    sent = {order_id: shipments.brief(shipment, status, locale) for order_id, shipment, status, _ in last}
    there = {order_id: there for order_id, _, _, there in last}
    return [
        _brief(row, places[row.thread_id], sums[row.id])
        | {"shipments": [sent[row.id]] if row.id in sent else [], "there": there.get(row.id, False)}
        for row in found
    ]


def gate(row: Order) -> list[dict[str, Any]]:
    """Each agreed piece, `{item, sides: [{side, want, got, right}]}`, beside what the maker measured: one size for all."""
    made = row.finished or {}
    return [
        {"item": item, "sides": [_side(side, item[side], made.get(side)) for side in ("width_cm", "length_cm") if item[side]]}
        for item in row.terms["items"]
    ]


def _side(side: str, want: int, got: int | None) -> dict[str, Any]:
    return {"side": side, "want": want, "got": got, "right": rules.side_within_tolerance(want, got)}


def _grouped(of_orders: Sequence[Any]) -> defaultdict[UUID, list[Any]]:
    found: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in of_orders:
        found[row.order_id].append(row)
    return found


def _media(found: Sequence[Order], done: Mapping[UUID, list[Progress]], disputes: Mapping[UUID, list[Dispute]]) -> set[str]:
    # of two sorts of rows the checker sees only what both descend from
    shown: list[Progress | Dispute] = [row for each in (*done.values(), *disputes.values()) for row in each]  # type: ignore[attr-defined]
    wanted = {str(item) for row in shown for item in row.media}
    for row in found:
        wanted |= set((row.finished or {}).get("media", ())) | set((row.inspection or {}).get("media", ())) | set(row.terms["media"])
    return wanted


def _brief(row: Order, place: Place, sums: Sums) -> dict[str, Any]:
    stage = Stage(row.stage)
    due = 0 if stage in ENDED else standing(row, sums).due
    waits, buttons = awaits(row, due), may(row, place, due, clock.now())
    return {
        "id": str(row.id), "thread": str(row.thread_id), "stage": row.stage, "disputed": row.disputed, "title": row.title,
        "promised_by": row.promised_by.isoformat() if row.promised_by else None,
        "late": stage is Stage.MAKING and promises.is_late(row.promised_by, clock.now().date()),
        "money": _money(row, sums, due),
        "awaits": waits, "may": buttons, "your_turn": your_turn(place, waits, buttons),
        "timeline": timeline(row),
    }


def _order(
    row: Order, place: Place, sums: Sums, done: list[Progress], disputes: list[Dispute], sent: list[dict[str, Any]], photos: dict[str, Any]
) -> dict[str, Any]:
    stage = Stage(row.stage)
    last = done[0].step if done else None
    return _brief(row, place, sums) | {
        "quote": str(row.quote_id), "version": row.version, "craft": row.craft,
        "buyer": str(row.buyer_id), "artisan": str(row.artisan_id), "helped_by": str(row.helped_by_id) if row.helped_by_id else None,
        "lapses_at": clock.iso(rules.lapses_at(waits_from(row))) if stage is Stage.OPENED else None,
        "mad": _mad(row, sums) if place.side is Side.ARTISAN else None,
        "display": rates.shown(row.terms, _asked(row, sums)) if place.side is Side.BUYER else None,
        "terms": row.terms, "photos": _shown(row.terms["media"], photos),
        "progress": [
            {"step": step.step, "at": clock.iso(step.at), "photos": _shown(step.media, photos), "note": step.note} for step in done
        ],
        "steps": list(steps(row.craft)), "how_far": how_far(row.craft, last) if last else 0,
        "finished": _with_photos(row.finished, photos), "inspection": _with_photos(row.inspection, photos),
        "shipments": sent,
        "asks": _asks(row), "pause": row.pause,
        "dispute": _dispute(row, disputes[0], photos, place) if disputes else None,
        "cancels": cancels(row, place, clock.now()), "cancel_reason": row.cancel_reason if stage is Stage.CANCELLED else None,
    }


def _asked(row: Order, sums: Sums) -> dict[str, int]:
    due = 0 if Stage(row.stage) in ENDED else standing(row, sums).due
    return {"total": row.total, "deposit": row.deposit, "due": due}


def waits_from(row: Order) -> datetime:
    """Since when its deposit is awaited: since it opened, or since the payment that began its making was undone."""
    return row.waits_from or row.opened_at


def standing(row: Order, sums: Sums) -> money_rules.Standing:
    """Where the order's payments stand. Money given back at a dispute is not asked for again: what was received counts."""
    return money_rules.standing(total=row.total, deposit=row.deposit, paid=sums.received)


def shares(row: Order, sums: Sums) -> money_rules.Shares:
    """The open-book price that was agreed, less what a dispute took of it before the release."""
    agreed = money_rules.Shares(row.artisan_share, row.commission, row.shipping)
    return money_rules.reduced(agreed, sums.reduced) if sums.reduced else agreed


def _money(row: Order, sums: Sums, due: int) -> dict[str, Any]:
    stands = standing(row, sums)
    now = shares(row, sums)
    left = 0 if Stage(row.stage) in ENDED else stands.total_missing
    amounts = {
        "total": row.total, "deposit": row.deposit, "balance": row.total - row.deposit, "paid": sums.paid, "due": due, "left": left,
        "escrow": sums.escrow, "artisan": now.artisan, "cooperative": now.cooperative, "shipping": now.shipping,
        "advanced": sums.advanced, "refunded": sums.refunded, "over": stands.over,
    }
    return {name: money(amount, row.currency) for name, amount in amounts.items()}


def _payment(paid: Record, row: Order, place: Place) -> dict[str, Any]:
    """What arrived; its reference is the head office's and the buyer's. One that was recorded by mistake says why it was undone."""
    return {
        "id": str(paid["id"]), "money": money(paid["amount"], row.currency), "method": paid["method"], "at": clock.iso(paid["at"]),
        "reference": None if place.side is Side.ARTISAN or not (place.side or place.may("see_ledger")) else paid["reference"],
        "undone": {"at": clock.iso(paid["undone_at"]), "reason": paid["note"]} if paid["undone_at"] else None,
    }


def _mad(row: Order, sums: Sums) -> dict[str, Any] | None:
    return ledger.dirhams(shares(row, sums).artisan, row.currency, row.terms["exchange"])


def _shown(ids: Sequence[Any], photos: dict[str, Any]) -> list[dict[str, Any]]:
    return [photos[str(item)] for item in ids if str(item) in photos]


def _with_photos(fact: dict[str, Any] | None, photos: dict[str, Any]) -> dict[str, Any] | None:
    return fact | {"photos": _shown(fact["media"], photos)} if fact else None


def _asks(row: Order) -> dict[str, Any] | None:
    """What one side asked and the other has not answered: more time, a pause (`{from, until}`), or to cancel."""
    if row.cancel_asked:
        return {"verb": "cancel", "by": row.cancel_asked, "reason": row.cancel_reason, "until": None, "pause": None}
    if row.ask_until:
        asked = {"verb": "extend", "by": Side.ARTISAN.value, "reason": row.ask_reason, "until": row.ask_until.isoformat()}
        return asked | {"pause": row.ask_pause}
    return None


def _dispute(row: Order, dispute: Dispute, photos: dict[str, Any], place: Place) -> dict[str, Any]:
    """`bears`, what the artisan agreed to bear, is theirs and the head office's to see."""
    told = dispute.bears is not None and (place.side is Side.ARTISAN or (place.side is None and place.may("see_ledger")))
    return {
        "reason": dispute.reason, "at": clock.iso(dispute.at), "photos": _shown(dispute.media, photos), "outcome": dispute.outcome,
        "amount": money(dispute.amount, row.currency) if dispute.amount is not None else None, "note": dispute.note,
        "resolved_at": clock.iso(dispute.resolved_at) if dispute.resolved_at else None,
        "bears": money(dispute.bears, row.currency) if told else None,
    }


def timeline(row: Order) -> list[dict[str, Any]]:
    """The stages in their order with when each was reached; a cancelled order ends where it was cancelled."""
    reached = [{"stage": stage.value, "at": _iso(getattr(row, name))} for stage, name in TIMES.items()]
    if row.stage != Stage.CANCELLED:
        return reached
    return [*(step for step in reached if step["at"]), {"stage": Stage.CANCELLED.value, "at": _iso(row.cancelled_at)}]


def _iso(moment: datetime | None) -> str | None:
    return clock.iso(moment) if moment else None

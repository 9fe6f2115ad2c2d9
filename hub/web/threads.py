"""Conversations: inbox, thread page, messages without a socket, mentors, relays."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any
from uuid import UUID, uuid5

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub import access, clock
from hub.actions import threads
from hub.errors import Refusal
from hub.ids import new_id, uuid_or_none
from hub.unit import services
from hub.views import orders, people, quotes, shipments
from hub.views import threads as view
from hub.web.base import actor, answer, form, fragment, json, locale, page, person, wants_json

MOST = 200  # events of one answer


async def inbox(request: Request) -> Response:
    """My conversations."""
    who = person(request)
    items = await view.inbox(who)
    await _mark_here(request, items)
    if wants_json(request):
        return json({"items": items})
    return page(request, "threads/index.html", threads=items)


async def _mark_here(request: Request, threads: list[dict[str, Any]]) -> None:
    """Say of the people of these threads who is connected now."""
    here = await _here(request, list({key for thread in threads for key in thread["people"]}))
    for thread in threads:
        for key, somebody in thread["people"].items():
            somebody["here"] = key in here


async def _here(request: Request, ids: list[str] | None = None) -> set[str]:
    """Who of these people is connected now, on any node."""
    return await request.app.state.realtime.here(ids) if ids else set()


async def open_thread(request: Request) -> Response:
    """Ask about a piece."""
    data = await form(request)
    found = await threads.open_thread(actor(request), data.get("artisan"), data.get("product"))
    return answer(request, found, redirect=f"/threads/{found['id']}", status=201 if found["opened"] else 200)


async def thread(request: Request) -> Response:
    """One conversation, with its newest events."""
    who = person(request)
    seat = await access.thread(who, request.path_params["t"])
    if wants_json(request):
        return json(await _shown(request, seat, orders.of_thread(seat.thread.id, access.seated(seat, who), locale(request))))
    shown, events = await asyncio.gather(_around(request, seat), _newest(request, seat))
    await _name_authors(shown, events)
    return page(request, "threads/show.html", thread=shown, events=events, into=view.wanted_languages(shown))


async def _newest(request: Request, seat: access.Seat) -> list[dict[str, Any]]:
    """The newest page of a conversation."""
    who, row, floor = person(request), seat.thread, seat.participation.from_seq
    found = await view.events(await services().journal.before(row.id, row.last_seq + 1, view.SHOWN, floor), who)
    await shipments.cards(found, access.seated(seat, who), locale(request))
    return found


async def _around(request: Request, seat: access.Seat) -> dict[str, Any]:
    """What a page shows of the thread around its events."""
    return await _shown(request, seat, orders.bar_of_thread(seat.thread.id, access.seated(seat, person(request))))


async def _shown(request: Request, seat: access.Seat, made: Awaitable[list[dict[str, Any]]]) -> dict[str, Any]:
    """The thread with its quote and its orders, `made`."""
    who, row = person(request), seat.thread
    shown, quote, found = await asyncio.gather(
        view.thread(row, seat.participation, who), quotes.current(row.id, access.seated(seat, who)), made
    )
    await _mark_here(request, [shown])
    return dict(shown) | {"quote": quote, "orders": found}


async def _name_authors(shown: dict[str, Any], events: list[dict[str, Any]]) -> None:
    """Stewards act on orders without being in the thread; their names are shown all the same."""
    found = await people.faces({event["by"] for event in events if event["by"]} - shown["people"].keys())
    shown["people"] |= {key: face | {"here": False} for key, face in found.items()}


async def events(request: Request) -> Response:
    """A page of events: `after` ascending from there, or the ones just below `before`."""
    seat = await access.thread(person(request), request.path_params["t"])
    query = request.query_params
    limit = _number(query.get("limit"), 50, 1, MOST)
    floor, journal = seat.participation.from_seq, services().journal
    if "before" in query:
        if "after" in query:
            raise Refusal("bad_request")
        found = await journal.before(seat.thread.id, _number(query["before"], 0, 0), limit, floor)
        more = bool(found) and found[0].seq > floor + 1
    else:
        found = await journal.after(seat.thread.id, max(_number(query.get("after"), 0, 0), floor), limit)
        more = bool(found) and found[-1].seq < seat.thread.last_seq
    if "text/html" in request.headers.get("accept", "") and not wants_json(request):
        return await _drawn(request, seat, await view.events(found, person(request)))
    return json({"events": [event.fields() for event in found], "more": more, "head": seat.thread.last_seq})


def _number(text: str | None, default: int, least: int, most: int = 2**62) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Refusal("bad_request")
    return min(max(int(text), least), most)


async def event(request: Request) -> Response:
    """One event, drawn for this viewer."""
    who = person(request)
    seat = await access.thread(who, request.path_params["t"])
    found = await services().journal.one(seat.thread.id, _seq(request))
    if found is None or found.seq <= seat.participation.from_seq:
        raise Refusal("not_found")
    shown = await view.events([found], who)
    if wants_json(request):
        return json(shown[0])
    return await _drawn(request, seat, shown)


def _seq(request: Request) -> int:
    """The event's number in the path. Raises Refusal `not_found` for what can't be one."""
    text = str(request.path_params["seq"])
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Refusal("not_found")
    return int(text)


async def _drawn(request: Request, seat: access.Seat, shown: list[dict[str, Any]]) -> Response:
    cards = shipments.cards(shown, access.seated(seat, person(request)), locale(request))
    around, _ = await asyncio.gather(_around(request, seat), cards)
    await _name_authors(around, shown)
    return fragment(
        request, "threads/events.html", thread=around, events=shown, into=view.wanted_languages(around)
    )


async def deal(request: Request) -> Response:
    """The pinned bar: what is being agreed, or made."""
    seat = await access.thread(person(request), request.path_params["t"])
    return fragment(request, "threads/deal.html", thread=await _around(request, seat))


async def send(request: Request) -> Response:
    """A message without a socket: durable, once per `cid`."""
    who, data = person(request), await form(request)
    seat = await access.thread(who, request.path_params["t"])
    cid = uuid_or_none(data["cid"]) if data.get("cid") else _keyed(request, seat.thread.id)
    if cid is None:
        raise Refusal("bad_frame", fields={"cid": "not_a_uuid"})
    media = data.get("media") or []
    stored = await threads.send(
        who,
        seat.thread.id,
        cid,
        str(data.get("kind") or ("photo" if media else "text")),
        _text(data.get("body")),
        [str(item) for item in (media if isinstance(media, list) else [media])],
        _text(data.get("lang")),
        _whole(data.get("reply_to")),
    )
    told = {
        "thread": str(seat.thread.id),
        "seq": stored.seq,
        "at": clock.iso(stored.at),
        "cid": str(cid),
        "dup": stored.dup,
    }
    return answer(request, told, redirect=f"/threads/{seat.thread.id}#e{stored.seq}", status=200 if stored.dup else 201)


def _keyed(request: Request, thread: UUID) -> UUID:
    """The client id of a request that names none: made of its Idempotency-Key, so that a replay takes effect once."""
    key = request.headers.get("idempotency-key")
    return uuid5(thread, key) if key else new_id()


def _text(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise Refusal("bad_frame")
    return value


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        value = int(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return value
    raise Refusal("bad_frame")


async def mentors(request: Request) -> Response:
    """Who could be called in."""
    who = person(request)
    thread_id = request.query_params.get("thread", "")
    found = await threads.mentors_for(who, thread_id)
    here = await _here(request, [str(row.id) for row in found])
    items = [people.short(row) | {"here": str(row.id) in here} for row in found]
    items.sort(key=lambda item: not item["here"])
    if wants_json(request):
        return json({"items": items})
    return fragment(request, "threads/mentors.html", mentors=items, thread=thread_id)


async def call(request: Request) -> Response:
    """Call somebody into the conversation."""
    data = await form(request)
    told = await threads.call(
        actor(request), request.path_params["t"], data.get("person"), data.get("from_now") in (True, "1", "true", "on")
    )
    return answer(request, told, redirect=f"/threads/{told['id']}", status=201 if told["joined"] else 200)


async def leave(request: Request) -> Response:
    """Leave, or send a helper out."""
    told = await threads.leave(actor(request), request.path_params["t"], request.path_params["person"])
    gone = told["person"] == str(person(request).id)
    return answer(request, told, redirect="/threads" if gone else f"/threads/{told['id']}")


async def relay(request: Request) -> Response:
    """Render somebody's words into another language."""
    data = await form(request)
    told = await threads.relay(
        actor(request), request.path_params["t"], _seq(request), data.get("lang"), data.get("text")
    )
    return answer(request, told, redirect=f"/threads/{told['thread']}#e{told['seq']}", status=201)


routes = [
    Route("/threads", inbox),
    Route("/threads", open_thread, methods=["POST"]),
    Route("/threads/{t}", thread),
    Route("/threads/{t}/events", events),
    Route("/threads/{t}/events/{seq}", event),
    Route("/threads/{t}/deal", deal),
    Route("/threads/{t}/messages", send, methods=["POST"]),
    Route("/threads/{t}/participants", call, methods=["POST"]),
    Route("/threads/{t}/participants/{person}", leave, methods=["DELETE"]),
    Route("/threads/{t}/participants/{person}/leave", leave, methods=["POST"]),
    Route("/threads/{t}/events/{seq}/translations", relay, methods=["POST"]),
    Route("/mentors", mentors),
]

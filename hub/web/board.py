"""The steward's board: what waits for whom, and everything on the way."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.actions.tracking import reports
from hub.errors import Refusal
from hub.rules.people import Role
from hub.views import board, on_the_way
from hub.web.base import actor, answer, locale, person, seen
from models.people import Person


async def show(request: Request) -> Response:
    """What waits for whom."""
    found = await board.board(_steward(request), locale(request))
    return seen(request, found, "board/index.html", board=found)


async def journeys(request: Request) -> Response:
    """Every parcel that travels, what is in trouble first; `?after=` for the page behind."""
    _steward(request)
    after = request.query_params.get("after")
    found = await on_the_way.journeys(after, locale(request))
    return seen(request, found, "board/journeys.html", found=found, first=after is None)


async def again(request: Request) -> Response:
    """A carrier's report that failed too often is tried once more."""
    text = str(request.path_params["r"])
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Refusal("not_found")
    return answer(request, await reports.again(actor(request), int(text)), redirect="/board/journeys")


def _steward(request: Request) -> Person:
    who = person(request)
    if Role.STEWARD not in who.roles:
        raise Refusal("not_allowed")
    return who


routes = [
    Route("/board", show),
    Route("/board/journeys", journeys),
    Route("/board/reports/{r}/again", again, methods=["POST"]),
]

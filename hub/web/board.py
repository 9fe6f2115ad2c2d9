"""The steward's board."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.errors import Refusal
from hub.rules.people import Role
from hub.views import board
from hub.web.base import locale, person, seen


async def show(request: Request) -> Response:
    """What waits for whom."""
    who = person(request)
    if Role.STEWARD not in who.roles:
        raise Refusal("not_allowed")
    found = await board.board(who, locale(request))
    return seen(request, found, "board/index.html", board=found)


routes = [Route("/board", show)]

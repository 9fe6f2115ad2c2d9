"""Whether the hub is alive, the static files, and what the socket speaks."""

from __future__ import annotations

import asyncio

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from hub.database import DOWN
from hub.errors import Refusal
from hub.unit import services
from hub.views import described
from hub.web import pages
from hub.web.base import json, page, wants_json


async def alive(request: Request) -> Response:
    """The process answers."""
    return PlainTextResponse("ok")


async def ready(request: Request) -> Response:
    """Database and bus answer. Without the bus the hub still serves, and says so."""
    try:
        async with asyncio.timeout(2):
            await services().journal.pool.fetch("SELECT 1")
    except (*DOWN, AssertionError) as fault:
        return json({"database": False, "fault": type(fault).__name__}, 503)
    return json({"database": True, "bus": services().bus.healthy})


async def metrics(request: Request) -> Response:
    """For Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def static(request: Request) -> Response:
    """A digest-named file: it never changes, so it is kept for ever."""
    found = pages.assets().get(request.path_params["path"])
    if found is None:
        raise Refusal("not_found")
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if found.gzipped and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.gzipped, media_type=found.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(found.content, media_type=found.media_type, headers=headers)


async def realtime(request: Request) -> Response:
    """The socket `hub.v1`, as AsyncAPI 3 for programs and as a page for those who write them."""
    document = request.app.state.asyncapi  # made by the composition root, which alone knows the sockets
    if wants_json(request):
        return json(document)
    return page(request, "house/realtime.html", described=described.page(document))


routes = [
    Route("/healthz", alive),
    Route("/readyz", ready),
    Route("/metrics", metrics),
    Route("/static/{path:path}", static),
    Route("/docs/realtime", realtime),
]

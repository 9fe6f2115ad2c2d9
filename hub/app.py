"""The composition root: everything that exists is put together here, and nowhere else."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from hub import config as settings
from hub import database, i18n, jobs, unit
from hub.actions import carriers
from hub.bus import Bus
from hub.config import Config
from hub.errors import Refusal
from hub.journal import Journal
from hub.web import pages
from hub.web.middleware import Household
from hub.web.routes import routes
from realtime import Realtime, asyncapi


class Hub(Starlette):
    """The web app. Sockets go past it: they stay for hours, and each layer they came through would stay with them."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] == "/ws":
            await self.state.realtime.endpoint(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create(config: Config) -> Hub:
    """The hub as an ASGI app; it connects to its services when it starts."""
    settings.use(config)
    try:
        carriers.names()  # a slip in their setting is told at once, and not to the first who books
    except ValueError as fault:
        raise SystemExit(f"anou: {fault}") from fault
    i18n.compile_catalogues()
    bus = Bus(config.redis_url, config.node or uuid.uuid4().hex[:12], config.bell_channels)
    journal = Journal(config, bus)
    realtime = Realtime(config, journal, bus)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as leaving:  # in the reverse order, each whatever becomes of the others
            await database.connect(config)
            leaving.push_async_callback(database.close)
            leaving.push_async_callback(jobs.close)
            await journal.start()
            leaving.push_async_callback(journal.stop)
            await bus.start()
            leaving.push_async_callback(bus.stop)
            unit.use(journal, bus)
            leaving.push_async_callback(unit.finished, config.db_timeout)
            await realtime.start()
            leaving.push_async_callback(realtime.stop)
            pages.assets()
            yield

    app = Hub(
        routes=[Route("/ws", realtime.endpoint), *routes],
        middleware=[Middleware(GZipMiddleware, minimum_size=600, compresslevel=6), Middleware(Household)],
        exception_handlers={HTTPException: _refuse},  # type: ignore[dict-item]  # Starlette wants a handler of any Exception
        lifespan=lifespan,
    )
    app.state.realtime = realtime
    app.state.asyncapi = asyncapi.describe(config)
    return app


async def _refuse(request: Request, fault: HTTPException) -> Response:
    """What Starlette refuses itself (no such path or method) is a refusal like any other."""
    raise Refusal(
        {404: "not_found", 405: "method", 413: "too_big"}.get(fault.status_code, "bad_request"),
        status=fault.status_code,
    )

"""Pictures: sending one, and looking at it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.actions import media
from hub.config import config
from hub.errors import Refusal
from hub.rules.media import PUBLIC
from hub.web import forms
from hub.web.base import actor, json, viewer


async def upload(request: Request) -> Response:
    """One file and its purpose; answers with the photo."""
    who = actor(request)
    content, purpose = await received(request)
    return json(await media.add(who, content, purpose), 201)


async def received(request: Request) -> tuple[bytes, str]:
    """The file of a multipart form, and its `purpose`. Raises Refusal `too_big`, `bad_request`, `not_a_picture`."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Refusal("bad_request", status=415)
    async with forms.with_files(request, config().media_bytes) as (form, files):
        content = next(iter(files.values()), None)
        if content is None:
            raise Refusal("not_a_picture", fields={"file": "missing"})
        return content, str(form.get("purpose") or "message")


async def show(request: Request) -> Response:
    """The bytes of one rendition, for those who may see it."""
    rendition = request.path_params["rendition"]
    if rendition not in media.SIDES:
        raise Refusal("not_found")
    found = await media.visible(viewer(request), request.path_params["id"])
    reach = "public" if found.purpose in PUBLIC or viewer(request) is None else "private"
    try:
        content = await media.read(found, rendition)
    except FileNotFoundError as fault:
        raise Refusal("not_found") from fault
    return Response(
        content, media_type="image/webp", headers={"Cache-Control": f"{reach}, max-age=31536000, immutable"}
    )


routes = [Route("/media", upload, methods=["POST"]), Route("/media/{id}/{rendition}", show)]

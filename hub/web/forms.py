"""What a request carries, whichever way it was written: a form, multipart or JSON become one plain dict."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

from hub.errors import Refusal

BODY = 256 * 1024  # bytes of a form or JSON body; pictures go to `POST /media`
FIELDS = 500  # fields of a form
DEPTH = 8  # of `items.0.width_cm`


async def parse(request: Request) -> dict[str, Any]:
    """The request's fields.

    Dotted names (`items.0.width_cm`) become nested objects and lists, a repeated name a list, empty fields are left
    out. Raises Refusal `bad_request` (unreadable), `too_big`.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return _json(await body(request, BODY))
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        if kind != "multipart/form-data":
            await body(request, BODY)
        try:
            async with request.form(max_files=0, max_fields=FIELDS, max_part_size=BODY) as form:
                return nested(form)
        except (MultiPartException, UnicodeDecodeError, ValueError) as fault:
            raise Refusal("bad_request") from fault
        except Exception as fault:
            if isinstance(fault, ClientDisconnect | Refusal):
                raise
            raise Refusal("bad_request") from fault
    if not await body(request, BODY):
        return {}
    raise Refusal("bad_request", status=415)


async def body(request: Request, limit: int) -> bytes:
    """The body, if it has at most `limit` bytes. Raises Refusal `too_big`."""
    if int(request.headers.get("content-length") or 0) > limit:
        raise Refusal("too_big")
    if not hasattr(request, "_body"):
        chunks, size = [], 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise Refusal("too_big")
            chunks.append(chunk)
        request._body = b"".join(chunks)
    return request._body


def _json(raw: bytes) -> dict[str, Any]:
    if not raw:
        return {}
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as fault:
        raise Refusal("bad_request") from fault
    if not isinstance(found, dict):
        raise Refusal("bad_request")
    if b"\\u0000" in raw or not _writable(found):
        raise Refusal("bad_request")
    return found


def _writable(value: Any) -> bool:
    """Can this be stored as text? Lone surrogates and NUL can't."""
    try:
        return b"\x00" not in msgspec.json.encode(value)
    except (UnicodeEncodeError, msgspec.MsgspecError):
        return False


def nested(form: FormData) -> dict[str, Any]:
    """Flat form fields as the nested dict their dotted names describe. Raises Refusal `bad_request`."""
    tree: dict[str, Any] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile) or value == "":
            continue
        if "\x00" in value or "\x00" in name or not _writable(value) or not _writable(name):
            raise Refusal("bad_request")
        parts = name.split(".")
        if len(parts) > DEPTH:
            raise Refusal("bad_request")
        branch = tree
        for part in parts[:-1]:
            branch = branch.setdefault(part, {})
            if not isinstance(branch, dict):
                raise Refusal("bad_request")
        _put(branch, parts[-1], value)
    return {key: _lists(value) for key, value in tree.items()}


def _put(branch: dict[str, Any], name: str, value: str) -> None:
    held = branch.get(name)
    if isinstance(held, dict):
        raise Refusal("bad_request")
    if held is None:
        branch[name] = value
    elif isinstance(held, list):
        held.append(value)
    else:
        branch[name] = [held, value]


def _lists(value: Any) -> Any:
    """Objects whose keys are all numbers are lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(item) for key, item in value.items()}
    if inner and all(key.isdecimal() and len(key) < 4 for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner

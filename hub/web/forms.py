"""What a request carries, whichever way it was written: a form, multipart or JSON become one plain dict."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from starlette.datastructures import FormData, QueryParams, UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from hub.errors import Refusal

BODY = 256 * 1024  # bytes of a form or JSON body; pictures go to `POST /media`
SLACK = 64 * 1024  # bytes that a form may add to its file
FIELDS = 500  # fields of a form
DEPTH = 8  # of `items.0.width_cm`
JSON_DEPTH = 32
LONE = re.compile("[\ud800-\udfff]")  # surrogates


async def parse(request: Request) -> dict[str, Any]:
    """The request's fields.

    Dotted names (`items.0.width_cm`) become nested objects and lists, a repeated name a list, empty fields are left
    out. Raises Refusal `bad_request` (unreadable), `too_big`.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return from_json(await body(request, BODY))
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        async with read(request, BODY, files=0) as found:
            return nested(found)
    if not await body(request, BODY):
        return {}
    raise Refusal("bad_request", status=415)


@asynccontextmanager
async def read(request: Request, most: int, *, files: int) -> AsyncIterator[FormData]:
    """The form of a request of at most `most` bytes. Raises Refusal `bad_request`, `too_big`."""
    try:
        found = await bounded(request, most).form(max_files=files, max_fields=FIELDS, max_part_size=BODY)
    except (Refusal, ClientDisconnect):
        raise
    except Exception as fault:  # a parser's own exceptions, and those of whatever charset the form claims to be in
        raise Refusal("bad_request") from fault
    try:
        yield found
    finally:
        await found.close()


@asynccontextmanager
async def with_files(request: Request, most: int, files: int = 1) -> AsyncIterator[tuple[FormData, dict[str, bytes]]]:
    """The form of a multipart request, and its files by their fields, each of `most` bytes.

    Raises Refusal `bad_request`, `too_big`, which names the files that are.
    """
    async with read(request, files * most + SLACK, files=files) as found:
        contents = {name: await value.read(most + 1) for name, value in found.multi_items() if isinstance(value, UploadFile)}
        if large := [name for name, content in contents.items() if len(content) > most]:
            raise Refusal("too_big", fields=dict.fromkeys(large, "too_big"))
        yield found, contents


async def body(request: Request, limit: int) -> bytes:
    """The body, if it has at most `limit` bytes. Raises Refusal `too_big`."""
    return await bounded(request, limit).body()


def bounded(request: Request, limit: int) -> Request:
    """The same request, which raises Refusal `too_big` once its body turns out to have more than `limit` bytes."""
    if int(request.headers.get("content-length") or 0) > limit:
        raise Refusal("too_big")
    size = 0

    async def receive() -> Message:
        nonlocal size
        message = await request.receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise Refusal("too_big")
        return message

    return Request(request.scope, receive)


def from_json(raw: bytes) -> dict[str, Any]:
    """A JSON object that the database can hold. Raises Refusal `bad_request`."""
    if not raw:
        return {}
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as fault:
        raise Refusal("bad_request") from fault
    if not isinstance(found, dict) or not _storable(found, JSON_DEPTH):
        raise Refusal("bad_request")
    return found


def rewritten(raw: bytes) -> str:
    """A JSON object as the database may keep it: numbers as they were read. One like 1e-200000 fits into no column as it stands."""
    return msgspec.json.encode(from_json(raw)).decode()


def _storable(value: Any, depth: int) -> bool:
    """Can the database hold its texts (no NUL, no lone surrogate) and numbers, and is it not nested deeper than `depth`?

    A fraction beyond what a computer counts with is read as infinite, and such a one is written as none.
    """
    if isinstance(value, str):
        return "\0" not in value and not LONE.search(value)
    if isinstance(value, int):
        return abs(value) < 2**63
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return depth > 0 and all(_storable(part, depth - 1) for pair in value.items() for part in pair)
    return not isinstance(value, list) or (depth > 0 and all(_storable(part, depth - 1) for part in value))


def nested(form: FormData | QueryParams) -> dict[str, Any]:
    """Flat form fields as the nested dict their dotted names describe. Raises Refusal `bad_request`."""
    tree: dict[str, Any] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile) or value == "":
            continue
        parts = name.split(".")
        if len(parts) > DEPTH or not _storable([name, value], 1):
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

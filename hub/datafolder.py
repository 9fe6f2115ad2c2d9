"""What a data folder holds, and who may use it: one supervisor at a time.

    postgres/      the database cluster          keys.json      secrets of this folder, ours alone to read
    valkey/        waiting jobs (append-only)    services.json  while it runs: how further processes join
    logs/          one file per child            anou.lock      held by the one supervisor of this folder
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import msgspec

from hub.children import Account, ChildFailed, account_for

KEYS = {"postgres": 16, "valkey": 16, "carrier": 16, "passport": 32}  # bytes of each secret in keys.json


class Unusable(ChildFailed):
    """The data folder can't be used; the text is one line for people."""


def write_json(path: Path, value: object) -> None:
    """Replace `path` in one step, readable by us alone: readers see the old file or the new one, whole."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Be the one supervisor of this data folder, made if missing. Raises `Unusable` if it can't be written or has one."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = os.open(data / "anou.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unusable(f"the data folder {data} can't be written: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Unusable(f"the data folder {data} is in use by another `anou up`") from None
    try:
        yield
    finally:
        os.close(lock)


def keys(data: Path) -> dict[str, str]:
    """The secrets of this folder, each made once: of its two services, of the demo's carrier, and the key of passports."""
    path = data / "keys.json"
    try:
        there = known_keys(data)
        missing = {name: secrets.token_hex(size) for name, size in KEYS.items() if name not in there}
        if missing:
            data.mkdir(parents=True, exist_ok=True)
            write_json(path, there | missing)
        return there | missing
    except OSError as error:
        raise Unusable(f"the data folder {data} can't be written: {error.strerror}") from error


def known_keys(data: Path) -> dict[str, str]:
    """The same as far as they were made; nothing is made here."""
    try:
        return msgspec.json.decode((data / "keys.json").read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        return {}


def own_folder(data: Path, name: str, program: Path) -> tuple[Path, Account | None]:
    """A service's own folder, belonging to the user that the service runs as."""
    folder = (data / name).resolve()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0 and folder.stat().st_uid == 0 and (owner := data.stat().st_uid):
            os.chown(folder, owner, data.stat().st_gid)
        account = account_for(folder, [program, folder.parent])
        if account:
            os.chown(folder, account.uid, account.gid)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise Unusable(f"the data folder {data} can't be written: {name}/ belongs to someone else")
    except OSError as error:
        raise Unusable(f"the data folder {data} can't be written: {error.strerror}") from error
    return folder, account

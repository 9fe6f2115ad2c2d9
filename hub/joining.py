"""How a process finds the house that it belongs to: by its environment, or by the data folder of a running `anou up`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from hub import datafolder, embedded
from hub.children import ChildFailed
from hub.config import Config, load


class Demo(msgspec.Struct):
    """`demo.state` in the data folder: which database holds a demo, and whether it was filled to the end."""

    epoch: str
    whole: bool


class NotRunning(ChildFailed):
    """There is nothing to join; the text is one line for people."""


def house(data: Path | None, **settings: Any) -> Config:
    """The settings of a process that joins: database and bus from the environment, else from the data folder's."""
    given: dict[str, Any] = {"data": data} if data else {}
    config = load(**given, **{name: value for name, value in settings.items() if value is not None})
    if not (config.database_url and config.redis_url):
        found = embedded.running(config.data)
        if not found:
            raise NotRunning(
                f"nothing runs in the data folder {config.data}: start it with `anou up`, or set DATABASE_URL and REDIS_URL"
            )
        config = replace(
            config,
            database_url=config.database_url or found.database_url,
            redis_url=config.redis_url or found.redis_url,
            passport_key=config.passport_key or datafolder.known_keys(config.data).get("passport", ""),
        )
    return as_demo(config) if demo_state(config.data) else config


def demo_state(data: Path) -> Demo | None:
    """What this data folder says about its demo, if it has one."""
    try:
        return msgspec.json.decode((data / "demo.state").read_bytes(), type=Demo)
    except (OSError, msgspec.MsgspecError):
        return None


def as_demo(config: Config) -> Config:
    """The same house as a place for trying things out: codes in the log, and a carrier whose secret is the folder's own."""
    secrets = {"generic": datafolder.keys(config.data)["carrier"]} | config.carrier_secrets
    return replace(config, demo=True, carrier_secrets=secrets)

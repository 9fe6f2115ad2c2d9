"""Every setting of the hub, read once from the environment, typed and documented.

`ANOU_<NAME>` sets `<name>`; `DATABASE_URL` and `REDIS_URL` go by their usual names. Nothing else in the project reads
the environment.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from hub.rules.ledger import LARGEST_ADVANCE_PERCENT
from hub.rules.payments import LARGEST


@dataclass(frozen=True, slots=True)
class Config:
    # Where things are
    data: Path = Path("data")  # the data folder: embedded services, media, demo.json, services.json
    database_url: str = ""  # postgres://...; empty: the embedded Postgres of the data folder
    redis_url: str = ""  # redis://...; empty: the embedded Valkey of the data folder
    host: str = "127.0.0.1"  # address the hub listens on
    port: int = 8000
    base_url: str = ""  # how people reach the hub, e.g. https://hub.example.org; empty: http://host:port
    origins: tuple[str, ...] = ()  # further origins whose pages may open the socket and send forms
    media_url: str = ""  # object store, e.g. s3://bucket/prefix; empty: the folder `media` of the data folder
    node: str = ""  # name of this node; empty: made up at start

    # The house
    demo: bool = False  # a cooperative for trying things out: codes in the log, one-tap links
    development: bool = False  # codes in the log, templates re-read
    cooperative: str = "Anou"
    map_tiles: str = ""  # a map under the bead, e.g. https://tile.example.org/{z}/{x}/{y}.png; empty: none, and no page asks elsewhere
    map_attribution: str = "© OpenStreetMap"  # whose map it is, as its licence wants it said
    map_attribution_url: str = "https://www.openstreetmap.org/copyright"
    commission_percent: int = 15  # of the goods, frozen into each quote version
    advance_percent: int = 30  # of the artisan's share, for wool, when making starts
    payout_minimum: int = 10_000  # centimes of a dirham, or as much in another currency: less waits for the next payout
    default_locale: str = "fr"

    # Database
    db_pool: int = 10  # connections a process for the ORM
    lane_pool: int = 3  # connections a process for messages; one is at work unless commits take long
    db_timeout: float = 10.0  # seconds a statement may take
    pool_wait: float = 10.0  # seconds to wait for a free connection before `unavailable`

    # Signing in
    code_minutes: int = 10  # how long a one-time code lives
    code_tries: int = 5  # wrong codes before it is void
    codes_per_hour: int = 6  # codes asked for one contact
    link_minutes: int = 24 * 60  # how long a one-tap link lives
    session_days: int = 180

    # The courier's link
    courier_guesses: int = 20  # wrong links or codes from one address in ten minutes
    proxies: tuple[str, ...] = ()  # beside 127.0.0.1: addresses or networks whose `X-Forwarded-For` says who asks

    # Socket (`docs/protocol.md`)
    hello_s: float = 10.0
    beat_s: float = 25.0
    ping_s: float = 25.0  # between two pings of the WebSocket itself, and
    pong_s: float = 20.0  # for their answer
    frame_bytes: int = 64 * 1024
    frames_per_minute: int = 120
    frames_burst: int = 30
    bad_frames: int = 10  # in a minute: the protocol is broken
    connections_per_person: int = 10
    behind_frames: int = 256
    behind_bytes: int = 256 * 1024
    stuck_s: float = 10.0
    recheck_s: float = 300.0  # session and membership are looked at again
    sweep_s: float = 10.0  # heads of watched threads are compared with the database
    grace_s: float = 10.0  # a person who lost the line counts as here for this long
    typing_s: float = 6.0  # "is typing" ends by itself
    typing_every_s: float = 3.0  # and is passed on at most this often
    position_every_s: float = 5.0  # a courier's position is passed on at most this often
    position_silent_s: float = 60.0  # and is no longer shown after this long without a new one
    receipts_s: float = 0.3  # watermarks of this time are written together
    drain_s: float = 8.0  # time over which connections are sent away at shutdown
    bell_channels: int = 16

    # Media
    media_bytes: int = 20 * 1024 * 1024
    media_pixels: int = 60_000_000  # width x height of a picture we are willing to decode

    # Outside parties
    smtp_url: str = ""  # smtp://user:password@host:port; empty: codes go to the log (demo and development only)
    sms_url: str = (
        ""  # a gateway that takes POST {"to", "text"}; empty: codes go to the log (demo and development only)
    )
    mail_from: str = "Anou <bonjour@anou.example>"
    stripe_key: str = ""  # sk_...; empty: nobody pays by card
    stripe_secret: str = ""  # whsec_..., of the endpoint /hooks/payments/stripe
    stripe_url: str = ""  # empty: Stripe's own
    passport_key: str = ""  # 64 hex digits that sign passports; empty: none are issued (`anou up` makes one in its data folder)
    carriers: str = ""  # JSON: {"dhl": {"karrio": "dhl_universal", "settings": {...}}}; empty: no carrier is asked
    carrier_secrets: dict[str, str] = field(default_factory=dict)  # carrier=secret,carrier=secret

    @property
    def base(self) -> str:
        """The address people use, without a slash at the end."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def allowed_origins(self) -> frozenset[str]:
        """Origins whose pages may open the socket and send unsafe requests."""
        own = {self.base}
        if self.demo or self.development:
            own |= {f"http://localhost:{self.port}", f"http://127.0.0.1:{self.port}"}
        return frozenset(own | set(self.origins))

    @property
    def map_origin(self) -> str:
        """Whose pictures the pages may show besides our own; empty without a map."""
        found = urlsplit(self.map_tiles)
        return f"{found.scheme}://{found.netloc}" if found.netloc else ""

    @property
    def codes_in_log(self) -> bool:
        """May a one-time code be shown in the log instead of being sent?"""
        return self.demo or self.development

    def environment(self) -> dict[str, str]:
        """These settings as environment variables, for child processes."""
        return {_variable(f.name): _write(getattr(self, f.name)) for f in fields(self)}


BOUNDS = {"commission_percent": (0, 100), "advance_percent": (0, LARGEST_ADVANCE_PERCENT), "payout_minimum": (0, LARGEST)}
"""What the rules of money can work with: beyond, every payment and every offer would fail."""


def _variable(name: str) -> str:
    return {"database_url": "DATABASE_URL", "redis_url": "REDIS_URL"}.get(name, f"ANOU_{name.upper()}")


def _write(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, dict):
        return ",".join(f"{key}={item}" for key, item in value.items())
    return str(value)


def _read(kind: Any, text: str) -> Any:
    if kind is bool:
        return text.lower() in {"1", "true", "yes", "on"}
    if kind in (int, float, str, Path):
        return kind(text)
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if kind == tuple[str, ...]:
        return tuple(parts)
    return dict(part.split("=", 1) for part in parts)


def load(**overrides: Any) -> Config:
    """The settings of the environment, with `overrides` on top. Raises SystemExit with one clear line on a bad value."""
    hints = get_type_hints(Config)
    values: dict[str, Any] = {}
    for f in fields(Config):
        text = os.environ.get(_variable(f.name))
        if text is None:
            continue
        try:
            values[f.name] = _read(hints[f.name], text)
        except ValueError:
            raise SystemExit(
                f"anou: {_variable(f.name)}={text!r} is not a {getattr(hints[f.name], '__name__', 'list')}"
            ) from None
    return _checked(Config(**(values | overrides)))


def _checked(config: Config) -> Config:
    for name, (low, high) in BOUNDS.items():
        value = getattr(config, name)
        if not low <= value <= high:
            raise SystemExit(f"anou: {_variable(name)}={value} is not between {low} and {high}")
    return config


@cache
def _holder() -> list[Config]:
    return []


def use(config: Config) -> Config:
    """Make `config` the process's settings: called once, at start."""
    _holder()[:] = [config]
    return config


def config() -> Config:
    """The process's settings."""
    held = _holder()
    if not held:
        held.append(load())
    return held[0]

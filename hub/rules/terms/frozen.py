"""What a version keeps for ever: the complete terms as plain JSON, and their fingerprint."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hub.rules.terms.price import totals
from hub.rules.terms.shape import Terms


def frozen(terms: Terms, commission_percent: int | Decimal,
           exchange: Mapping[str, str | int] | None = None,
           display: Mapping[str, str | int] | None = None) -> dict[str, Any]:
    """The canonical dict of a version: every field of Terms (None or empty where not given), `commission_percent`,
    `exchange` and `display` (as given: {currency, rate, at}, the rate as text: into dirhams, and into the currency that
    the buyer thinks in) and `totals`. Versions of before there was a `display` have none. Only dict, list, str, int and None, so
    it comes back from JSON the same. It can be sent again as terms; what the hub added is then ignored.

    (In a template write `terms["items"]`: a dict's own `.items` is a method.) TypeError for a float in a rate.
    """
    if not all(isinstance(value, str | int) for rate in (exchange, display) for value in (rate or {}).values()):
        raise TypeError("an exchange rate is text, never a float")
    plain = asdict(terms)
    for item in plain["items"]:
        item.update(materials=list(item["materials"]), colours=list(item["colours"]))
    return plain | {
        "items": list(plain["items"]),
        "media": list(terms.media),
        "valid_until": written(terms.valid_until),
        "commission_percent": _percent(commission_percent),
        "exchange": dict(exchange) if exchange else None,
        "display": dict(display) if display else None,
        "totals": asdict(totals(terms, commission_percent)),
    }


def terms_hash(frozen_terms: Mapping[str, Any]) -> str:
    """SHA-256, in hex, of canonical JSON: keys sorted, no spaces, UTF-8. Independent of the order of keys."""
    return hashlib.sha256(canonical(frozen_terms)).hexdigest()


def canonical(value: Mapping[str, Any]) -> bytes:
    """The one way to write `value` as JSON: keys sorted, no spaces, UTF-8. UnicodeEncodeError for half a character."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode("utf-8")


def written(moment: datetime) -> str:
    """ISO 8601 in UTC: '2026-05-01T12:00:00Z'."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _percent(percent: int | Decimal) -> int | str:
    return int(percent) if percent == int(percent) else format(Decimal(percent).normalize(), "f")

"""One-tap links for everybody of the demo. Knows nothing of pictures, so that a later start is quick."""

from __future__ import annotations

from typing import Any

from hub.actions import people as accounts
from hub.config import Config
from hub.demo import people
from hub.rules.people import Role
from models.people import Person, SignInLink


async def links(config: Config) -> dict[str, Any]:
    """Fresh one-tap links for everybody of the demo; those of earlier starts stop working."""
    await SignInLink.filter(lasting=True).delete()
    keys = {person.phone or person.email: person.key for person in people.PEOPLE}
    found = {}
    for row in await Person.filter(phone__in=list(keys)) + await Person.filter(email__in=list(keys)):
        role = next((role for role in (Role.STEWARD, Role.MENTOR, *row.roles) if role in row.roles), Role.BUYER)
        link = f"{config.base}/sign-in/link/{await accounts.make_link(row, lasting=True)}"
        found[keys[row.phone or row.email]] = {"role": str(role), "id": str(row.id), "name": row.name, "link": link}
    first = ("claire", "fatima", "ahmed", "khadija")
    ordered = {key: found[key] for key in (*first, *sorted(found)) if key in found}
    return {"base": config.base, "people": ordered, "carrier_secret": config.carrier_secrets.get("generic", "")}

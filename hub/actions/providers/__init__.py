"""Payment providers: by which way money comes, and goes back. They speak to the outside, and know no order and no table."""

from __future__ import annotations

from hub.actions.providers.card import Stripe
from hub.actions.providers.manual import Manual
from hub.actions.providers.terms import Arrived, Bill, Given, Page, Provider, Returned
from hub.config import config
from hub.errors import Refusal

__all__ = ["MANUAL", "Arrived", "Bill", "Given", "Page", "Provider", "Returned", "by_card", "named", "of_method"]

MANUAL: Provider = Manual()


def by_card() -> Provider | None:
    """The provider of whom buyers can pay by themselves, where the house has one."""
    return Stripe(config().stripe_key, config().stripe_secret, config().stripe_url) if config().stripe_key else None


def named(name: str) -> Provider:
    """The provider of this name, if the house has it. Raises Refusal `not_found`."""
    found = MANUAL if name == MANUAL.name else by_card()
    if found is None or found.name != name:
        raise Refusal("not_found")
    return found


def of_method(method: str) -> str:
    """The name of the provider that took a payment of this method: stewards record all but a provider's own."""
    return method if method == Stripe.name else MANUAL.name

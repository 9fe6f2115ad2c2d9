"""Bank transfers, cash and money orders: people bring them, a steward records them, a steward gives them back."""

from __future__ import annotations

from hub.actions.providers.terms import Bill, Given, Page
from hub.errors import Refusal


class Manual:
    """The default, and what Morocco uses."""

    name = "manual"

    async def check_out(self, bill: Bill) -> Page:
        """There is no page to pay on."""
        raise Refusal("no_checkout")

    def heard(self, raw: bytes, signature: str) -> None:
        """Nobody calls."""
        raise Refusal("not_found")

    async def refund(self, refund: str, reference: str, amount: int, currency: str) -> Given | None:
        """A steward's."""
        return None

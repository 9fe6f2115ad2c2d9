"""What happens to a quote: request, offer, counter, revise, accept, decline, withdraw, expire, and the late acceptance."""

from hub.actions.quotes.answering import accept, confirm, decline, withdraw
from hub.actions.quotes.expiring import expire, overdue
from hub.actions.quotes.proposing import counter, offer, request, revise

__all__ = ["accept", "confirm", "counter", "decline", "expire", "offer", "overdue", "request", "revise", "withdraw"]

"""The terms of a quote, from what a person sent to what is frozen, hashed, priced and compared."""

from hub.rules.terms.changes import Difference, differences
from hub.rules.terms.frozen import frozen, terms_hash
from hub.rules.terms.price import Totals, shares, totals
from hub.rules.terms.shape import Item, ShipTo, Terms, parse_terms
from hub.rules.terms.wish import Wish, parse_wish

__all__ = ["Difference", "Item", "ShipTo", "Terms", "Totals", "Wish", "differences", "frozen", "parse_terms",
           "parse_wish", "shares", "terms_hash", "totals"]

"""A small believable cooperative, with pictures woven by our own code."""

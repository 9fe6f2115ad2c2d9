"""HTTP only, one file a noun: parse, action, render. `routes.py` is the URL table."""

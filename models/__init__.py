"""What is stored: columns, constraints and relations, one file a noun. No verbs, no signals."""

MODULES = [
    f"models.{noun}"
    for noun in (
        "house", "people", "media", "catalogue", "threads", "translations", "quotes", "orders", "shipments", "ledger", "passports",
    )
]

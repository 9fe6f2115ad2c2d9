"""Faults on purpose: `anou chaos NAME`. Seeded, and checked at the end against the database; docs/chaos.md."""

"""Pure rules: no await, no database, no clock; state tables and arithmetic, one file a noun."""

"""The rules, table by table, in milliseconds."""

"""17: quotes, orders and money together, against a second statement of their tables that shares no line with the hub's."""

"""Messages to people and programs about orders: one table, one log of what is to be sent and what became of it."""

"""What keeps replies: the records and the protocol, the layout of the SQLite file, its upkeep, Redis for many machines."""

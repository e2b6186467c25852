"""A store in one SQLite file, which several processes share and which survives them."""

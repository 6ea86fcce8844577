"""Payment providers on a port of this machine, for development and tests: they keep books and fail as scripted."""

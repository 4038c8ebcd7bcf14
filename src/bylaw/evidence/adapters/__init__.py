"""One tool, one file: how it is found, started and read."""

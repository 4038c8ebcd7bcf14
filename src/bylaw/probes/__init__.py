"""Runs the backend in a child process and says what happened: probes and their host."""

"""Starts one service in the room of the guard, asks after it, stops it, and says what it saw."""

"""Checking: what in a manuscript contradicts what it said before, with both places."""

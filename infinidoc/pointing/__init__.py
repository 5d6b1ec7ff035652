"""The reader that points: where in a passage the answer to a question begins and ends."""

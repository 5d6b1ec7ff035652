"""A process that keeps the model loaded, and the short way to it."""

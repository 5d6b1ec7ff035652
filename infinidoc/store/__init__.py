"""The library file: SQLite, torch-free, migrated when opened."""

from infinidoc.store.store import Store
from infinidoc.store.vectors import add_vectors, likeness, passage_at

__all__ = ["Store", "add_vectors", "likeness", "passage_at"]

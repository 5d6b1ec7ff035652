"""The library file: SQLite, torch-free, migrated when opened."""

from infinidoc.store.store import Store

__all__ = ["Store"]

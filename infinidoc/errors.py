"""Every error a user can meet: what happened, where, and what to try.

    InfinidocError              exit 1   anything that went wrong
    ├── UsageError              exit 2   the command does not make sense as given
    ├── SourceError             exit 1   a document cannot be opened or read
    ├── LibraryError            exit 1   the library file cannot be used
    │   ├── NotFound            exit 1   no such document, page or chapter in it
    │   └── Busy                exit 1   another process is reading the same document
    ├── ModelError              exit 1   a model cannot be fetched or loaded
    │   └── OfflineError        exit 6   it would need the network but may not
    ├── MismatchError           exit 4   a memory was made by another model or adapter
    └── Interrupted             exit 130 the user stopped it

Messages never carry document text. The command line turns them into one line on
stderr and `exit_code`; nothing else in the package exits.
"""

from __future__ import annotations


class InfinidocError(Exception):
    """An error with a way out: `what` happened, `where`, and what to `hint` at trying."""

    exit_code = 1

    def __init__(self, what: str, *, where: object | None = None, hint: str | None = None) -> None:
        self.what = what
        self.where = None if where is None else str(where)
        self.hint = hint
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.what}{advice}"

    @property
    def told(self) -> str:
        """What happened and what to try, for where the place is said otherwise."""
        return self.what + (f" ({self.hint})" if self.hint else "")


class UsageError(InfinidocError):
    """The command does not make sense as given."""

    exit_code = 2


class SourceError(InfinidocError):
    """A document cannot be opened or read."""


class LibraryError(InfinidocError):
    """The library file cannot be used."""


class NotFound(LibraryError):
    """The library holds no such document, page or chapter."""


class Busy(LibraryError):
    """Another process is reading the same document."""


class ModelError(InfinidocError):
    """A model cannot be fetched or loaded."""


class DeviceLost(ModelError):
    """The device a model computed on does not answer any more."""


class OfflineError(ModelError):
    """The network would be needed, but may not be used."""

    exit_code = 6


class MismatchError(InfinidocError):
    """A memory was made by another model, adapter or format."""

    exit_code = 4


class Interrupted(InfinidocError):
    """The user stopped it; what was committed is kept."""

    exit_code = 130

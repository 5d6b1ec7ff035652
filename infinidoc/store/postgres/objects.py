"""Bytes of memories in an object store, each under its SHA-256: s3://, file://, what fsspec knows.

An object is written once and never changed. Nothing here knows whether a row still names it:
the backend says what may go. Credentials are the environment's (AWS_ACCESS_KEY_ID,
AWS_ENDPOINT_URL and their like), never the library's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from infinidoc.errors import LibraryError

_HELD_BY = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "az": "adlfs"}


class Objects:
    """A folder of an object store."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._system, self._root = _opened(address)

    def put(self, sha256: str, content: bytes) -> None:
        """Keep the bytes; what is whole there already is left alone."""
        with _translated(self.address):
            if self._size(self._place(sha256)) != len(content):
                self._system.pipe_file(self._place(sha256), content)

    def get(self, sha256: str) -> bytes | None:
        """The bytes; None if there are none of this name."""
        with _translated(self.address):
            try:
                return bytes(self._system.cat_file(self._place(sha256)))
            except FileNotFoundError:
                return None

    def remove(self, names: Iterable[str]) -> None:
        """Forget objects; those that are gone already are no matter."""
        with _translated(self.address):
            for name in names:
                with suppress(FileNotFoundError):
                    self._system.rm_file(self._place(name))

    def _size(self, place: str) -> int | None:
        try:
            return int(self._system.info(place)["size"])
        except FileNotFoundError:
            return None

    def _place(self, sha256: str) -> str:
        return f"{self._root}/{sha256[:2]}/{sha256}"


def _opened(address: str) -> tuple[Any, str]:
    """fsspec's file system, and the folder in it."""
    scheme = address.partition("://")[0]
    hint = f"pip install 'infinidoc[objects]' ({_HELD_BY.get(scheme, 'fsspec')})"
    try:
        import fsspec
    except ImportError as error:
        raise LibraryError("an object store needs fsspec", where=address, hint=hint) from error
    options: dict[str, Any] = {"auto_mkdir": True} if scheme == "file" else {}
    options |= {"use_listings_cache": False, "skip_instance_cache": True}
    try:
        system, root = fsspec.url_to_fs(address, **options)
    except ImportError as error:
        what = f"objects of {scheme}:// need another package"
        raise LibraryError(what, where=address, hint=hint) from error
    except ValueError as error:
        hint = "s3://bucket/folder or file:///folder"
        raise LibraryError("no object store is called so", where=address, hint=hint) from error
    return system, root.rstrip("/")


@contextmanager
def _translated(address: str) -> Iterator[None]:
    """Raise LibraryError for what the object store says, each in errors of its own."""
    try:
        yield
    except Exception as error:
        said = error.strerror if isinstance(error, OSError) else None
        what = f"the object store failed: {(said or type(error).__name__).lower()}"
        hint = "check that it can be reached, and the credentials in the environment"
        raise LibraryError(what, where=address, hint=hint) from error

"""A library is its owner's: nobody else reads it, and what is removed is gone from the file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from infinidoc.store import Store
from infinidoc.store.portable import export_document
from tests.test_store import fill

SECRETS = [f"zephyrine{number}quux" for number in range(400)]


def fill_with_secrets(store: Store) -> int:
    document = store.add_document("secret", "text", {"model": "tiny"}, "/s.txt", "e" * 64)
    at = 0
    for number, word in enumerate(SECRETS, 1):
        text = f"The word is {word}, {word} and nothing else.\n" * 4
        page = {"number": number, "chapter": 0, "start": at, "end": at + len(text), "text": text}
        store.add_pages(document, [page])
        passage = {"page": number, "start": at, "end": at + len(text), "text": text}
        store.add_passages(document, [passage])
        at += len(text)
    store.save_summary(document, "short", {"summary": SECRETS[0]})
    store.update_document(document, status="complete", pages=len(SECRETS), characters=at)
    return document


def bytes_of(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "library.db"
    with Store(path) as store:
        document = fill(store)
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
        assert set(modes.values()) == {0o600}, modes
        export_document(store, document, tmp_path / "tale.infinidoc")
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "tale.infinidoc").stat().st_mode & 0o777 == 0o600


def test_what_is_removed_is_in_no_file_and_its_room_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with Store(path) as store:
        fill(store)
        document = fill_with_secrets(store)
        assert b"zephyrine" in bytes_of(path)
        full = len(bytes_of(path))
        store.remove(document)
        assert store.compact()
        left = bytes_of(path)
        assert b"zephyrine" not in left
        assert b"captain" in left
        assert len(left) < full / 2
        assert len(store.search([1], "captain", limit=5)) == 1


def test_what_is_removed_while_another_reads_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with Store(path) as store, Store(path) as other:
        document = fill_with_secrets(store)
        with other.one_state():
            other.documents()
            store.remove(document)
            assert not store.compact()
    with Store(path) as store:
        store.compact()
    assert b"zephyrine" not in bytes_of(path)

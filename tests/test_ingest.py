"""Reading is resumable, appendable and honest about what was read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import infinidoc
from infinidoc import ingest as ingest_module
from infinidoc.errors import LibraryError, MismatchError, NotFound, SourceError, UsageError
from infinidoc.library import Library
from infinidoc.store.verify import verify
from tests import tiny


class Stop(Exception):
    """The power goes."""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Toy sizes: segments of 32 tokens, a commit after every block."""
    from infinidoc import language
    from infinidoc.memory import MemoryConfig

    config = MemoryConfig(segment=32, sinks=2, carried=8)
    monkeypatch.setattr(language.LanguageModel, "config", config)
    monkeypatch.setattr(ingest_module, "COMMIT_SECONDS", 0.0)
    monkeypatch.setattr(ingest_module, "SNAPSHOT_TOKENS", 256)


@pytest.fixture
def library(tiny_model: Path, tmp_path: Path) -> Library:
    return infinidoc.open(tmp_path / "library.db", model=str(tiny_model))


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8", newline="")
    return path


def open_at(folder: Path, name: str, model: Path) -> Library:
    return infinidoc.open(folder / name, model=str(model))


def test_a_document_is_read_whole(library: Library, tmp_path: Path) -> None:
    text = tiny.text(500)
    result = library.ingest(write(tmp_path, "tale.txt", text))
    assert result["status"] == "ingested"
    assert result["tokens_read"] == result["tokens"] == len(text.encode())
    assert result["characters"] == len(text)
    shown = library.show("tale")
    assert shown["memory_bytes"] == result["memory_bytes"]
    assert shown["segments"] == -(-result["tokens"] // 32)
    assert library.store.text(shown["id"], 0, len(text)) == text
    assert all(snapshot["page"] >= 0 for snapshot in shown["snapshots"])


@pytest.mark.parametrize("blocks", [0, 1, 3, 7])
def test_an_interrupted_reading_ends_with_the_same_memory(
    blocks: int, tiny_model: Path, tmp_path: Path
) -> None:
    path = write(tmp_path, "tale.txt", tiny.text(400) + "é🙂 end  \n\n of it\n")
    whole = open_at(tmp_path, "whole.db", tiny_model)
    expected = whole.ingest(path)

    def pull_the_plug(progress: Any, seen: list[int] = []) -> None:  # noqa: B006
        seen.append(1)
        if len(seen) > blocks:
            raise Stop

    stopped = open_at(tmp_path, "stopped.db", tiny_model)
    with pytest.raises(Stop):
        stopped.ingest(path, watch=pull_the_plug)
    stopped.close()
    again = open_at(tmp_path, "stopped.db", tiny_model)
    result = again.ingest(path)
    assert result["status"] == "resumed"
    ours, theirs = again.show("tale"), whole.show("tale")
    for key in ("memory_sha256", "tokens", "segments", "pages", "snapshots"):
        assert ours[key] == theirs[key], key
    assert result["characters"] == expected["characters"]
    assert again.store.segments(ours["id"]) == whole.store.segments(theirs["id"])
    assert list(again.store.pages(ours["id"])) == list(whole.store.pages(theirs["id"]))
    assert len(again.store.passages(ours["id"])) == len(whole.store.passages(theirs["id"]))


def test_a_reading_whose_pages_are_cut_otherwise_begins_anew(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a newer version: its text would be there twice, or not at all."""
    path = write(tmp_path, "tale.txt", tiny.text(900))
    whole = open_at(tmp_path, "whole.db", tiny_model)
    whole.ingest(path)

    def stop(progress: Any) -> None:
        if progress.pages > 1:
            raise Stop

    stopped = open_at(tmp_path, "stopped.db", tiny_model)
    with monkeypatch.context() as older:
        older.setattr("infinidoc.reading.pages.cut_pages.__defaults__", (700,))
        with pytest.raises(Stop):
            stopped.ingest(path, watch=stop)
    stopped.close()
    again = open_at(tmp_path, "stopped.db", tiny_model)
    result = again.ingest(path)
    assert (result["status"], len(again.store.documents())) == ("ingested", 1)
    for key in ("memory_sha256", "tokens", "pages"):
        assert again.show("tale")[key] == whole.show("tale")[key], key


PIECES = st.lists(
    st.sampled_from([tiny.text(60, 1), "\n\n  \n", "x\n", "'\n's\n", "🙂 1 2 3\n", " \n"]),
    min_size=2,
    max_size=5,
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pieces=PIECES)
def test_appending_is_reading_on(
    pieces: list[str], tiny_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """ingest(A + B + ...) is ingest(A), append(B), ...: bit for bit."""
    folder = tmp_path_factory.mktemp("append")
    pieces = ["start of it\n", *pieces]
    pieces = [piece if piece.strip() else piece + "y\n" for piece in pieces]
    whole = open_at(folder, "whole.db", tiny_model)
    whole.ingest(write(folder, "all.txt", "".join(pieces)), name="tale")
    parts = open_at(folder, "parts.db", tiny_model)
    parts.ingest(write(folder, "part.txt", pieces[0]), name="tale")
    for piece in pieces[1:]:
        result = parts.append("tale", write(folder, "part.txt", piece))
        assert result["status"] == "appended"
    assert parts.show("tale")["memory_sha256"] == whole.show("tale")["memory_sha256"]
    assert parts.show("tale")["tokens"] == whole.show("tale")["tokens"]


def test_unchanged_content_is_not_read_again(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path, "tale.txt", tiny.text(50))
    first = library.ingest(path)
    again = library.ingest(path)
    assert again["status"] == "unchanged"
    assert again["id"] == first["id"]
    assert again["tokens"] == first["tokens"]
    moved = library.ingest(path.rename(tmp_path / "moved.txt"))
    assert (moved["status"], moved["id"]) == ("unchanged", first["id"])
    path = tmp_path / "moved.txt"
    forced = library.ingest(path, force=True)
    assert forced["status"] == "ingested"
    assert len(library.list()) == 1


def test_a_changed_file_takes_the_place_of_its_older_self(library: Library, tmp_path: Path) -> None:
    library.ingest(write(tmp_path, "tale.txt", tiny.text(50)))
    result = library.ingest(write(tmp_path, "tale.txt", tiny.text(60)))
    assert (result["document"], result["status"]) == ("tale", "ingested")
    (tmp_path / "other").mkdir()
    other = library.ingest(write(tmp_path / "other", "tale.txt", tiny.text(70)))
    assert other["document"] == "tale-2"


def test_a_copy_is_a_document_of_its_own_that_shares_the_memory(
    library: Library, tmp_path: Path
) -> None:
    path = write(tmp_path, "tale.txt", tiny.text(50))
    first = library.ingest(path)
    copy = write(tmp_path, "copy.txt", tiny.text(50))
    second = library.ingest(copy)
    assert (second["document"], second["status"]) == ("copy", "unchanged")
    assert (second["copied_from"], second["tokens_per_second"]) == ("tale", 0.0)
    assert second["id"] != first["id"]
    digests = {library.show(name)["memory_sha256"] for name in ("tale", "copy")}
    assert len(digests) == 1
    assert library.ingest(copy)["id"] == second["id"]
    write(tmp_path, "copy.txt", tiny.text(60))
    third = library.ingest(copy)
    assert (third["document"], third["replaced"]) == ("copy", True)
    assert library.show("tale")["memory_sha256"] in digests
    assert library.show("copy")["memory_sha256"] not in digests
    assert library.ingest(path)["id"] == first["id"]


def test_an_edited_file_replaces_its_own_document_and_no_other(
    library: Library, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    path = write(tmp_path / "other", "tale.txt", tiny.text(50))
    first = library.ingest(write(tmp_path, "tale.txt", tiny.text(70)))
    assert library.ingest(path)["document"] == "tale-2"
    write(tmp_path / "other", "tale.txt", tiny.text(60))
    result = library.ingest(path, force=True)
    assert (result["document"], result["replaced"]) == ("tale-2", True)
    assert sorted(row["document"] for row in library.list()) == ["tale", "tale-2"]
    assert library.show("tale")["id"] == first["id"]
    library.ingest(path, name="Mill")
    before = library.show("Mill")["memory_sha256"]
    write(tmp_path / "other", "tale.txt", tiny.text(65))
    assert library.ingest(path, name="Mill")["document"] == "Mill"
    assert library.show("Mill")["memory_sha256"] != before
    assert sorted(row["document"] for row in library.list()) == ["Mill", "tale", "tale-2"]


def test_a_file_that_is_spoilt_leaves_its_document(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path, "tale.txt", tiny.text(50))
    first = library.ingest(path)
    path.write_text(" \n\n")
    with pytest.raises(SourceError, match="no text"):
        library.ingest(path)
    assert library.show("tale")["id"] == first["id"]


def test_what_was_read_and_what_was_not_is_listed(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "papers"
    root.mkdir()
    write(root, "a.txt", tiny.text(20))
    write(root, "b.txt", tiny.text(300))
    (root / "c.pdf").write_bytes(b"%PDF-1.7 nothing")
    result = library.ingest(root)
    assert result["status"] == "partial"
    assert [(file["path"], file["pages"] > 0) for file in result["files"]] == [
        ("a.txt", True),
        ("b.txt", True),
        ("c.pdf", True),
    ]
    assert sum(file["characters"] for file in result["files"]) == result["characters"]
    (missing,) = result["unread"]
    assert (missing["path"], missing["place"]) == ("c.pdf", "c.pdf")
    assert "damaged" in missing["problem"]
    shown = library.show("papers")
    assert (shown["files"], shown["unread"]) == (result["files"], result["unread"])


def test_another_model_is_refused_by_name(library: Library, tmp_path: Path) -> None:
    import shutil

    path = write(tmp_path, "tale.txt", tiny.text(50))
    library.ingest(path)
    renamed = tmp_path / "renamed"
    shutil.copytree(library.language.path, renamed)
    library.close()
    other = infinidoc.open(tmp_path / "library.db", model=str(renamed))
    with pytest.raises(MismatchError, match="--force"):
        other.ingest(path)
    with pytest.raises(MismatchError, match="model is tiny, not renamed"):
        other.ask("What?", mode="memory")
    assert other.ask("What?")["notes"] == [
        "tale was read by another model or adapter (tiny): only its text is used"
    ]


def test_two_readings_of_one_document_at_once(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path, "tale.txt", tiny.text(50))
    with library.store.lock("tale"), pytest.raises(LibraryError, match="another process"):
        library.ingest(path)


def test_appending_to_what_is_not_finished_is_refused(library: Library, tmp_path: Path) -> None:
    def stop(progress: Any) -> None:
        raise Stop

    with pytest.raises(Stop):
        library.ingest(write(tmp_path, "tale.txt", tiny.text(200)), watch=stop)
    with pytest.raises(UsageError, match="not read to its end"):
        library.append("tale", write(tmp_path, "more.txt", tiny.text(20)))


def test_an_interrupted_append_is_finished_by_append(library: Library, tmp_path: Path) -> None:
    def stop(progress: Any) -> None:
        raise Stop

    tale = write(tmp_path, "tale.txt", tiny.text(50))
    more = write(tmp_path, "more.txt", tiny.text(200, 5))
    library.ingest(tale)
    with pytest.raises(Stop):
        library.append("tale", more, watch=stop)
    with pytest.raises(UsageError, match="infinidoc append tale"):
        library.ingest(tale)
    with pytest.raises(LibraryError, match="not read to its end"):
        library.ask("Who?")
    assert library.append("tale", more)["status"] == "resumed"
    whole = library.ingest(write(tmp_path, "all.txt", tale.read_text() + more.read_text()))
    assert library.show("tale")["memory_sha256"] == library.show("all")["memory_sha256"]
    assert whole["tokens"] == library.show("tale")["tokens"]


def test_a_name_that_is_asked_for_is_given(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path, "tale.txt", tiny.text(50))
    library.ingest(path)
    assert library.ingest(path, name="again")["document"] == "again"
    assert library.ingest(path, name="again")["status"] == "unchanged"


def test_snapshots_stay_bounded_and_never_know_later_pages(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "SNAPSHOTS", 4)
    result = library.ingest(write(tmp_path, "tale.txt", tiny.text(2000)))
    assert 0 < result["snapshots"] <= 4
    pages = {page["number"]: page for page in library.store.pages_light(result["id"])}
    segments = library.store.segments(result["id"])
    for snapshot in library.show("tale")["snapshots"]:
        read = [s for s in segments if s["token_start"] < snapshot["tokens"]]
        end = read[-1]["end"]
        if snapshot["page"]:
            assert pages[snapshot["page"]]["end"] <= end
        following = pages.get(snapshot["page"] + 1)
        assert following is None or following["end"] > end


def test_nothing_is_asked_of_an_empty_library(library: Library) -> None:
    with pytest.raises(NotFound, match="empty"):
        library.ask("Who?")
    with pytest.raises(NotFound):
        library.show("nothing")


def folder_of_notes(folder: Path, count: int = 20) -> Path:
    notes = folder / "notes"
    notes.mkdir()
    for number in range(count):
        write(notes, f"note{number:02}.txt", f"Note {number}. {tiny.text(8)}\n")
    return notes


def test_what_became_of_the_files_of_a_folder_is_said(library: Library, tmp_path: Path) -> None:
    notes = folder_of_notes(tmp_path)
    library.ingest(notes)
    write(notes, "note03.txt", "It says something else.\n")
    write(notes, "new.txt", "It is new.\n")
    (notes / "note07.txt").unlink()
    (notes / "note11.txt").rename(notes / "note99.txt")
    result = library.ingest(notes)
    assert result["changes"] == {
        "added": ["new.txt"],
        "changed": ["note03.txt"],
        "removed": ["note07.txt"],
        "moved": [{"from": "note11.txt", "to": "note99.txt"}],
        "unchanged": 17,
    }
    assert (result["document"], result["replaced"]) == ("notes", True)
    assert "pages_kept" not in result


def test_of_a_folder_that_has_grown_only_what_is_new_is_read(
    library: Library, tmp_path: Path, tiny_model: Path
) -> None:
    notes = folder_of_notes(tmp_path)
    first = library.ingest(notes)
    write(notes, "zebra.txt", f"The last one. {tiny.text(30)}\n")
    grown = library.ingest(notes)
    assert (grown["pages_kept"], grown["pages"], grown["id"]) == (20, 21, first["id"])
    assert grown["changes"]["added"] == ["zebra.txt"]
    assert grown["tokens_read"] == grown["tokens"] > first["tokens"]
    afresh = open_at(tmp_path, "other.db", tiny_model)
    afresh.ingest(notes)
    digests = {each.show("notes")["memory_sha256"] for each in (library, afresh)}
    assert len(digests) == 1
    assert library.ingest(notes)["status"] == "unchanged"
    assert list(verify(library.store)) == []

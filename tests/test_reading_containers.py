"""Folders and archives: what is read, what is left out, and that it is said."""

from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from infinidoc.errors import SourceError
from infinidoc.isolation import open_isolated
from tests.sources import cell, docx, letter, notebook, read, where, write

# -- rich text and Word -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office.*save it as a PDF"),
        (b"\x89PNG\r\n\x1a\n\0", "a picture.*--ocr"),
        (b"GIF89a\0", "a picture.*PNG or JPEG"),
        (b"(\xb5/\xfd", "zstd archive.*unpack"),
        (b"\x1f\x8b\x08\0", "damaged archive.*get the file again"),
        (b"SQLite format 3\0", "a database"),
    ],
)
def test_known_formats_that_are_not_read_are_named(
    tmp_path: Path, start: bytes, words: str
) -> None:
    with pytest.raises(SourceError, match=words):
        read(write(tmp_path / "thing", start + bytes(range(256))))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["xl/workbook.xml"], "Excel.*CSV"),
        (["ppt/slides.xml"], "PowerPoint.*PDF"),
        (["visio/a.xml"], "Visio drawing.*PDF"),
    ],
)
def test_what_is_packed_is_named(tmp_path: Path, names: list[str], words: str) -> None:
    with zipfile.ZipFile(tmp_path / "thing", "w") as packed:
        for name in names:
            packed.writestr(name, "x")
    with pytest.raises(SourceError, match=words):
        read(tmp_path / "thing")


# -- folders ----------------------------------------------------------------------------------


def test_a_file_reads_the_same_alone_and_in_a_folder(tmp_path: Path) -> None:
    root = tmp_path / "papers"
    write(root / "a.xhtml", "<html><body><p>Ruth <b>Ol</b>sen</p></body></html>")
    write(root / "b.mdown", "# One\n\n```\n# no\n```\n\n# Two\n" + "words\n" * 900)
    write(root / "c.eml", letter("Grüße\n", cte="base64").as_bytes())
    write(root / "d.txt", "Jörg Müßig öffnet die Tür.\n".encode("cp1252") * 9)
    write(root / "e.ipynb", notebook(cell("# T", "markdown"), cell("x = 1")))
    write(root / "f.rtf", r"{\rtf1 wo{\b rds}}")
    write(root / "g.log", "one\n\x1b[31mtwo\x1b[0m\n" + "\0" * 99 + "three\n")
    write(root / "h", "<!doctype html><p>by content</p>")
    docx(root / "i.docx", (None, "Carl Weiss"))
    source, pages = read(root)
    for file in sorted(root.iterdir()):
        alone, own = read(file)
        inside = [page for page in pages if page.path == file.name]
        assert [page.text for page in inside] == [page.text for page in own], file.name
        assert [page.line for page in inside] == [page.line for page in own]
        for warning in alone.warnings:
            assert f"{file.name}: {warning}" in source.warnings
    assert where(next(page for page in pages if page.label == "cell 2")) == "e.ipynb, cell 2"


def test_what_a_folder_leaves_out_is_named(tmp_path: Path) -> None:
    root = tmp_path / "r"
    write(root / "a.txt", "words\n")
    write(root / "img/logo.png", b"\x89PNG\r\n\x1a\n" + bytes(99))
    write(root / "tool.bin", b"\x7fELF\1\2\3\0\0")
    write(root / "blank.py", "\n")
    write(root / "old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99))
    (root / "link").symlink_to(root / "a.txt")
    source, pages = read(root)
    assert "left out 2 binary files: img/logo.png, tool.bin" in source.warnings
    assert "left out 1 empty files: blank.py" in source.warnings
    assert "left out 1 symbolic links: link" in source.warnings
    problems = {page.path: page.problem for page in pages if page.problem}
    assert list(problems) == ["old.doc"]
    assert "save it as a PDF" in (problems["old.doc"] or "")


def test_rules_of_the_folders_above_count(tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    write(tmp_path / ".gitignore", "main.py\n")  # above the repository: none of its business
    write(repo / ".gitignore", "secret_*.py\nbuild/\n/app/own.txt\n*.log\n")
    write(repo / "app/.gitignore", "!keep.log\n")
    for name in ("main.py", "secret_keys.py", "build/out.py", "own.txt", "a.log", "keep.log"):
        write(repo / "app" / name, "x\n")
    subprocess.run(["git", "init", "-q", repo], check=True)
    write(repo / ".git/info/exclude", "extra.txt\n")
    write(repo / "app/extra.txt", "x\n")
    assert [page.path for page in read(repo / "app")[1]] == ["keep.log", "main.py"]
    assert [page.path for page in read(repo / "app/build")[1]] == ["out.py"]  # it was meant
    (repo / ".git").rename(repo / "git")
    assert "secret_keys.py" in [page.path for page in read(repo / "app")[1]]


def repository(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with a secret and a plain file, of a user without settings."""
    monkeypatch.setenv("HOME", str(root / "user"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    write(root / "repo/secret.txt", "x\n")
    write(root / "repo/a.txt", "x\n")
    subprocess.run(["git", "init", "-q", root / "repo"], check=True)
    return root / "repo"


IGNORING = {
    "repo/.gitignore": "\ufeffsecret.txt\n",  # with a byte order mark
    "repo/.git/info/exclude": "!\n[z-a]\nsecret.txt\r\n",  # and patterns that are none
    "user/.config/git/ignore": "secret.txt\n",
    "user/.gitconfig": '[user]\n\tname = x\n[core]\n\tautocrlf\n\texcludesFile = "~/ours" ; all\n',
    "user/.config/git/config": "[Core] ExcludesFile=~/\\\nours\n",
    "repo/.git/config": '[core "x"] excludesfile = a\n[core]\n# b\nexcludesFile = ../user/ours\n',
}


@pytest.mark.parametrize("file", IGNORING)
def test_what_git_ignores_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    repo = repository(tmp_path, monkeypatch)
    write(tmp_path / "user/ours", "secret.*\n")
    write(tmp_path / file, IGNORING[file])
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.txt"],
        cwd=repo, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert listed.stdout.split() == [page.path for page in read(repo)[1]] == ["a.txt"]


def test_the_nearest_rules_of_git_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = repository(tmp_path, monkeypatch)
    write(tmp_path / "user/.config/git/ignore", "*.txt\n")
    write(repo / ".git/info/exclude", "!secret.txt\n")
    assert [page.path for page in read(repo)[1]] == ["secret.txt"]
    write(repo / ".git/config", "[core]\n\texcludesFile =\n")
    assert [page.path for page in read(repo)[1]] == ["a.txt", "secret.txt"]


@pytest.mark.isolated
@pytest.mark.parametrize("link", ["worktree", "submodule"])
def test_a_repository_may_be_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: str
) -> None:
    repo, other = repository(tmp_path, monkeypatch), tmp_path / "other"
    folder = repo / ".git" / ("worktrees/other" if link == "worktree" else "modules/other")
    write(folder / "info/exclude", "a.txt\n" if link == "worktree" else "secret.txt\n")
    if link == "worktree":
        write(folder / "commondir", "../..\n")
        write(repo / ".git/info/exclude", "secret.txt\n")
    write(other / ".git", f"gitdir: {os.path.relpath(folder, other)}\n")
    write(other / "sub/secret.txt", "x\n")
    write(other / "sub/a.txt", "x\n")
    for root in (other, other / "sub"):
        pages = open_isolated(root).pages()
        assert [Path(page.path or "").name for page in pages] == ["a.txt"]


# -- logs -------------------------------------------------------------------------------------


def test_a_damaged_entry_of_an_archive_costs_that_entry(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name in "abc":
            archive.writestr(f"{name}.txt", f"{name} says it. " * 99)
    data = bytearray(path.read_bytes())
    at = data.index(b"b.txt") + 5
    data[at : at + 16] = b"\xff" * 16
    path.write_bytes(data)
    pages = read(path)[1]
    assert {page.path: bool(page.text) for page in pages} == {
        "a.txt": True,
        "b.txt": False,
        "c.txt": True,
    }

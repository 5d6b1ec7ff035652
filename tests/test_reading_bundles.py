"""Archives, packs and several files as one: path and line survive, and nothing escapes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infinidoc.errors import SourceError
from infinidoc.reading import Page, open_source
from infinidoc.reading.bundles import archive
from tests import sources
from tests.sources import docx, read, write
from tests.test_reading_formats import (
    ADOC,
    FB2,
    MAN,
    MDOC,
    RST,
    SRT,
    TEX,
    VTT,
    mobi,
)
from tests.test_reading_office import ODT_BODY, odt


def cited(pages: list[Page], words: str) -> str:
    return sources.cited(next(page for page in pages if words in page.text), words)


# -- the same everywhere ---------------------------------------------------------------------


def every_format(root: Path) -> Path:
    """A folder with a file of each format that needs nothing but the package."""
    import json

    import pymupdf

    from tests.test_reading import make_epub

    root.mkdir(parents=True)
    pdf = pymupdf.open()
    pdf.new_page().insert_text((72, 72), "The dam broke in 1911.")
    pdf.save(root / "a.pdf")
    make_epub(root / "b.epub", ["first", "second"])
    odt(root / "c.odt", ODT_BODY)
    docx(root / "d.docx", ("Heading1", "The vault"), (None, "Carl Weiss"))
    mobi(root / "e.mobi", b"<html><body><h1>One</h1><p>Piet rose.</p></body></html>")
    cell = {"cell_type": "code", "source": "x = 1", "outputs": []}
    mail = "From: a@b.c\nMessage-ID: <1@b.c>\nSubject: Mill\n\nThe mill burns.\n"
    texts = {
        "f.fb2": FB2,
        "g.srt": SRT,
        "h.vtt": VTT,
        "i.csv": "Name,Age\nRuth,44\n",
        "j.json": '[{"a": 1}]',
        "k.jsonl": '{"a": 1}\n',
        "l.rst": RST,
        "m.adoc": ADOC,
        "n.tex": TEX,
        "o.1": MAN,
        "p.1": MDOC,
        "q.rtf": r"{\rtf1 wo{\b rds}}",
        "r.eml": mail,
        "s.mbox": f"From a@b.c Mon Mar 2 10:00:00 2026\n{mail}",
        "t.ipynb": json.dumps({"cells": [cell], "nbformat": 4}),
        "u.html": "<html><body><nav>a</nav><p>Ruth Olsen of Oslo</p></body></html>",
        "v.md": "# One\n\ntext\n\n# Two\n\nmore\n",
        "w.log": "one\n\x1b[31mtwo\x1b[0m\n",
        "x.txt": "Chapter 1\nJörg\n",
        "y.txt": GITINGEST,
    }
    for name, text in texts.items():
        write(root / name, text)
    return root


def packed(root: Path, how: str) -> Path:
    """The folder as an archive."""
    path = root.parent / f"{root.name}.{how}"
    if how == "zip":
        with zipfile.ZipFile(path, "w") as file:
            for each in sorted(root.rglob("*")):
                file.write(each, each.relative_to(root))
    else:
        with tarfile.open(path, "w:gz" if how == "tar.gz" else "w") as tar:
            tar.add(root, ".")
    return path


def labelled(page: Page) -> str | None:
    """The label of a page among several files: its number counts in its own file."""
    stands = page.label or page.path or page.line is not None
    return page.label if stands else f"page {page.number}"


@pytest.mark.parametrize("how", ["folder", "zip", "tar", "tar.gz"])
def test_a_file_reads_the_same_alone_and_in_a_folder_or_archive(tmp_path: Path, how: str) -> None:
    root = every_format(tmp_path / "papers")
    source, pages = read(root if how == "folder" else packed(root, how))
    for file in sorted(root.iterdir()):
        alone, own = read(file)
        inside = [page for page in pages if (page.path or "").split("/")[0] == file.name]
        assert [page.text for page in inside] == [page.text for page in own], file.name
        assert [page.line for page in inside] == [page.line for page in own], file.name
        assert [page.label for page in inside] == [labelled(page) for page in own], file.name
        for warning in alone.warnings:
            assert f"{file.name}: {warning}" in source.warnings
    assert list(open_source(root).pages(3)) == read(root)[1][2:]


# -- packs -----------------------------------------------------------------------------------

RULE = "=" * 48
GITINGEST = (
    f"Directory structure:\n└── mill/\n    └── src/\n\n{RULE}\nFILE: src/a.py\n{RULE}\n"
    f"import os\n\ndef grind():\n    pass\n\n\n{RULE}\nFILE: README.md\n{RULE}\n# Mill\n"
)
MERGED = "This file is a merged representation of the entire codebase.\n\n"
REPOMIX = {
    "xml": MERGED
    + '<files>\nThis section.\n\n<file path="src/a.py">\nimport os\n\ndef grind():\n    pass\n'
    + '</file>\n\n<file path="README.md">\n# Mill\n</file>\n\n</files>\n',
    "plain": MERGED
    + "================\nFile: src/a.py\n================\nimport os\n\ndef grind():\n    pass\n\n"
    + "================\nFile: README.md\n================\n# Mill\n",
    "markdown": MERGED
    + "# Files\n\n## File: src/a.py\n````python\nimport os\n\ndef grind():\n```\n    pass\n````\n\n"
    + "## File: README.md\n````markdown\n# Mill\n````\n",
}
TO_PROMPT = {
    "default": (
        "src/a.py\n---\nimport os\n\ndef grind():\n    pass\n\n---\nREADME.md\n---\n# Mill\n\n---\n"
    ),
    "cxml": (
        '<documents>\n<document index="1">\n<source>src/a.py</source>\n<document_content>\n'
        "import os\n\ndef grind():\n    pass\n</document_content>\n</document>\n"
        '<document index="2">\n<source>README.md</source>\n<document_content>\n# Mill\n'
        "</document_content>\n</document>\n</documents>\n"
    ),
    "markdown": (
        "src/a.py\n```python\nimport os\n\ndef grind():\n    pass\n```\n"
        "README.md\n```\n# Mill\n```\n"
    ),
}


@pytest.mark.parametrize("text", [GITINGEST, *REPOMIX.values(), *TO_PROMPT.values()])
def test_path_and_line_of_a_pack_survive(tmp_path: Path, text: str) -> None:
    source, pages = read(write(tmp_path / "pack.txt", text))
    assert source.kind == "code"
    assert cited(pages, "import os") == "src/a.py:1"
    assert cited(pages, "def grind") == "src/a.py:3"
    assert cited(pages, "# Mill") == "README.md:1"
    assert [page.path for page in pages if page.chapter] == ["src/a.py", "README.md"]
    if text.startswith("This"):
        assert "merged representation" in pages[0].text
        assert pages[0].path is None
    assert all("File: " not in page.text and "FILE: " not in page.text for page in pages)


@pytest.mark.parametrize(
    "text",
    [
        f"A log\n{RULE}\nFILE: none\n{RULE}\n",
        "---\ntitle: x\n---\ntext\n",
        "See a.py\n---\ntext\n\n---\n",
        "<documents>none</documents>",
        "A pack is made by repomix: This file is a merged representation of it.\n",
    ],
)
def test_what_only_talks_of_packs_is_text(tmp_path: Path, text: str) -> None:
    assert read(write(tmp_path / "a.txt", text))[0].kind == "text"


# -- archives --------------------------------------------------------------------------------


def tar_of(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w") as tar:
        for info, data in members:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def named(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.skipif(sys.platform != "linux", reason="other systems know only names of letters")
def test_a_name_that_is_no_utf8_is_written_out(tmp_path: Path) -> None:
    """Old disks and archives have them; no library could keep what has half a character."""
    folder = tmp_path / "old"
    write(folder / os.fsdecode(b"caf\xe9.txt"), "Piet rose.\n")
    write(folder / os.fsdecode(b"\xe9" + b"mpty.txt"), "")
    info = tarfile.TarInfo(os.fsdecode(b"caf\xe9.txt"))
    for path in (folder, tar_of(tmp_path / "old.tar", (info, b"Piet rose.\n"))):
        source, pages = read(path)
        assert [(page.path, page.title) for page in pages] == [(r"caf\udce9.txt",) * 2]
        "".join([source.name, source.location, *source.warnings]).encode()
    assert source.sha256 == read(tmp_path / "old.tar")[0].sha256
    alone, _ = read(next(folder.glob("caf*")))
    assert (alone.name, alone.location) == (r"caf\udce9", f"{folder}/caf\\udce9.txt")
    several = [folder / os.fsdecode(b"caf\xe9.txt"), tmp_path / "old.tar"]
    assert next(iter(open_source(several).pages())).path == r"caf\udce9.txt"


@pytest.mark.parametrize("name", ["../out.txt", "/tmp/out.txt", "a/../../out.txt", "C:\\out.txt"])
@pytest.mark.parametrize("how", ["zip", "tar"])
def test_paths_that_leave_an_archive_are_refused(tmp_path: Path, name: str, how: str) -> None:
    path = tmp_path / f"in/a.{how}"
    path.parent.mkdir()
    if how == "zip":
        with zipfile.ZipFile(path, "w") as file:
            file.writestr(name, "secret")
            file.writestr("b.txt", "words\n")
    else:
        tar_of(path, (named(name), b"secret"), (named("b.txt"), b"words\n"))
    _, pages = read(path)
    assert [page.text for page in pages] == ["words\n", ""]
    assert pages[1].path == name
    assert "leads out of the archive" in (pages[1].problem or "")
    assert not list(tmp_path.rglob("out.txt"))
    assert not Path("/tmp/out.txt").exists()


def test_links_and_devices_of_an_archive_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "secret.txt", "secret")
    path = tar_of(
        tmp_path / "a.tar",
        (named("l", tarfile.SYMTYPE, str(tmp_path)), b""),
        (named("l/secret.txt"), b"words\n"),
        (named("h", tarfile.LNKTYPE, "../secret.txt"), b""),
        (named("d", tarfile.CHRTYPE), b""),
    )
    _, pages = read(path)
    assert [(page.path, page.text) for page in pages if page.text] == [("l/secret.txt", "words\n")]
    assert sorted(page.path or "" for page in pages if page.problem) == ["d", "h", "l"]


def test_archives_have_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.txt", b"x" * 5_000_000)
    path = write(tmp_path / "a.zip", bomb.getvalue())
    monkeypatch.setattr(archive, "LARGEST", 1 << 20)
    with pytest.raises(SourceError, match="more than 1 MB unpacked"):
        read(path)
    with pytest.raises(SourceError, match="more than 1 MB unpacked"):
        read(write(tmp_path / "b.gz", gzip.compress(b"x" * 5_000_000)))
    monkeypatch.setattr(archive, "MOST", 2)
    with pytest.raises(SourceError, match="more than 2 entries"):
        read(tar_of(tmp_path / "c.tar", *((named(f"{n}.txt"), b"x\n") for n in range(3))))


def test_archives_in_archives_end_somewhere(tmp_path: Path) -> None:
    data = b"deep words\n"
    for depth in range(5):
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as file:
            file.writestr("a.txt" if depth == 0 else "in.zip", data)
        data = held.getvalue()
        _, pages = read(write(tmp_path / "a.zip", data))
        if depth < 3:
            assert [page.path for page in pages] == ["in.zip/" * depth + "a.txt"]
            assert pages[0].text == "deep words\n"
        else:
            assert "more than 3 deep" in (pages[0].problem or "")


@pytest.mark.parametrize("press", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_file_is_read_as_the_file(tmp_path: Path, press: Any) -> None:
    source, pages = read(write(tmp_path / "notes.md.gz", press(b"# One\n\ntext\n")))
    assert (source.kind, source.name) == ("markdown", "notes")
    assert (pages[0].title, pages[0].path, pages[0].line) == ("One", None, 1)


def test_damaged_archives_are_refused_in_one_line(tmp_path: Path) -> None:
    good = packed(every_format(tmp_path / "papers"), "tar.gz").read_bytes()
    for data in (good[:900], good[: len(good) // 2], b"\x1f\x8b\x08" + bytes(90)):
        with pytest.raises(SourceError, match="damaged archive"):
            read(write(tmp_path / "b.tgz", data))


# -- several files as one --------------------------------------------------------------------


def test_several_files_are_one_work(tmp_path: Path) -> None:
    one = write(tmp_path / "z.md", "# One\n\nThe dam.\n\n# Two\n\nThe flood.\n")
    two = write(tmp_path / "a.txt", "Carl Weiss.\n")
    three = write(tmp_path / "in/b.txt", "Ruth Olsen.\n").parent
    source = open_source([one, two, three])
    pages = list(source.pages())
    assert (source.name, source.kind) == ("z", "files")
    assert [page.path for page in pages] == ["z.md", "z.md", "a.txt", "in/b.txt"]
    assert [page.number for page in pages] == [1, 2, 3, 4]
    assert [page.title for page in pages if page.chapter] == ["One", "Two", "a.txt", "b.txt"]
    assert list(source.pages(3)) == pages[2:]
    assert open_source([two, one]).sha256 != open_source([one, two]).sha256


def test_an_archive_of_too_many_entries_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST", 3)
    members = [(named(f"{n}.txt"), b"words\n") for n in range(4)]
    assert len(read(tar_of(tmp_path / "a.tar", *members[:3]))[1]) == 3
    with pytest.raises(SourceError, match="more than 3 entries"):
        read(tar_of(tmp_path / "b.tar", *members))


def test_an_entry_below_a_file_costs_that_entry(tmp_path: Path) -> None:
    members = [(named(name), b"words\n") for name in ("a.txt", "a.txt/b.txt", "c.txt")]
    pages = read(tar_of(tmp_path / "a.tar", *members))[1]
    assert [page.path for page in pages if page.text] == ["a.txt", "c.txt"]
    (left,) = [page for page in pages if page.problem]
    assert left.path == "a.txt/b.txt"


def test_a_folder_that_cannot_be_looked_into_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "docs/a.txt", "words\n")
    write(tmp_path / "docs/shut/b.txt", "words\n")
    scan = os.scandir

    def scandir(path: Any) -> Any:
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    source, pages = read(tmp_path / "docs")
    assert [page.path for page in pages] == ["a.txt"]
    assert source.warnings == ["left out 1 unreadable folders: shut"]

"""Chapters of an EPUB, as they are declared and as they are."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from infinidoc.errors import SourceError
from infinidoc.reading import Source, open_source
from tests.sources import made, shown

CONTAINER = '<container><rootfiles><rootfile full-path="O/p.opf"/></rootfiles></container>'


def book(
    path: Path, files: dict[str, str | bytes], items: str, spine: str, package: str = "package"
) -> Source:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER)
        opf = f"<manifest>{items}</manifest><spine>{spine}</spine>"
        archive.writestr("O/p.opf", f"<{package}>{opf}</{package.split()[0]}>")
        for name, content in files.items():
            archive.writestr(name, content)
    return open_source(path)


def chapter(words: str, title: str = "The Book", encoding: str = "utf-8") -> bytes:
    head = f'<?xml version="1.0" encoding="{encoding}"?><html><head><title>{title}</title></head>'
    return f"{head}<body>{words}</body></html>".encode(encoding)


def test_chapters_are_decoded_as_they_declare(tmp_path: Path) -> None:
    encodings = ["utf-8", "windows-1252", "iso-8859-2", "koi8-r", "shift_jis", "utf-16"]
    words = ["Zoë", "Zoë “so”", "Łukasz", "мельник", "粉屋", "Zoë"]
    files: dict[str, str | bytes] = {
        f"O/{n}.html": chapter(f"<p>{word}</p>", encoding=encoding)
        for n, (word, encoding) in enumerate(zip(words, encodings, strict=True))
    }
    items = "".join(f'<item id="c{n}" href="{n}.html"/>' for n in range(len(words)))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(words)))
    source = book(tmp_path / "a.epub", files, items, spine)
    assert [page.text.strip() for page in source.pages()] == words
    assert source.warnings == []


def test_a_chapter_without_declaration_is_guessed(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"O/a.html": "<p>Das Café heißt Müller.</p>".encode("cp1252")}
    source = book(
        tmp_path / "a.epub", files, '<item id="a" href="a.html"/>', '<itemref idref="a"/>'
    )
    assert shown(source) == "Das Café heißt Müller.\n"
    assert source.warnings == ["chapter 1: no UTF-8: read as cp1252, which is a guess"]


def test_the_title_of_a_chapter_is_no_text(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "O/a.html": chapter("<h1>Dawn</h1><p>A heron.</p>", "The Heron"),
        "O/b.html": chapter("<p>Rain.</p>", "The Heron"),
    }
    items = '<item id="a" href="a.html"/><item id="b" href="b.html"/>'
    source = book(tmp_path / "a.epub", files, items, '<itemref idref="a"/><itemref idref="b"/>')
    pages = list(source.pages())
    assert [page.title for page in pages] == ["Dawn", "The Heron"]
    assert [page.text for page in pages] == ["Dawn\n\nA heron.\n", "Rain.\n"]


def test_what_the_spine_names_in_vain_is_said(tmp_path: Path) -> None:
    items = '<item id="a" href="a.html"/><item id="b" href="b.html"/><item href="c.html"/>'
    spine = '<itemref idref="a"/><itemref idref="b"/><itemref idref="x9"/>'
    source = book(tmp_path / "a.epub", {"O/a.html": chapter("a")}, items, spine)
    pages = list(source.pages())
    assert [bool(page.problem) for page in pages] == [False, True, True]
    assert "b.html" in (pages[1].problem or "")
    assert "x9" in (pages[2].problem or "")


@pytest.mark.parametrize(
    "package",
    ["package", 'package xmlns="http://www.idpf.org/2007/opf"', "opf:package", "package dc:x='1'"],
)
def test_packages_with_and_without_namespaces(tmp_path: Path, package: str) -> None:
    item = '<dc:title>A & B</dc:title><item id=" a " href="Teil%201.html#top"/>'
    files: dict[str, str | bytes] = {"O/teil 1.html": chapter("Sven Ruud")}
    source = book(tmp_path / "a.epub", files, item, '<itemref idref="a"/>', package)
    assert shown(source) == "Sven Ruud\n"


def test_a_reference_is_an_address_before_it_is_a_name(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"O/a%20b.html": chapter("as written")}
    item = '<item id="a" href="a%20b.html"/>'
    spine = '<itemref idref="a"/>'
    assert shown(book(tmp_path / "a.epub", files, item, spine)) == "as written\n"
    files["O/a b.html"] = chapter("as meant")
    assert shown(book(tmp_path / "b.epub", files, item, spine)) == "as meant\n"


def test_an_image_in_the_spine_is_named_or_replaced_by_its_fallback(tmp_path: Path) -> None:
    items = (
        '<item id="i" href="i.jpg" media-type="image/jpeg"/>'
        '<item id="j" href="j.jpg" media-type="image/jpeg" fallback="a"/>'
        '<item id="a" href="a.html" media-type="application/xhtml+xml"/>'
    )
    files: dict[str, str | bytes] = {"O/i.jpg": b"\xff\xd8\0", "O/a.html": chapter("words")}
    files["O/j.jpg"] = b"\xff\xd8\0"
    spine = '<itemref idref="i"/><itemref idref="j"/>'
    source = book(tmp_path / "a.epub", files, items, spine)
    assert [page.text for page in source.pages()] == ["", "words\n"]
    assert source.warnings == ["chapter 1 has no text (an image?)"]


def test_an_encrypted_chapter_is_said(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "O/a.html": chapter("words"),
        "O/b.html": b"\x80\x00\x9a" * 99,
        "META-INF/encryption.xml": '<enc:CipherReference URI="O/b.html"/>',
    }
    items = '<item id="a" href="a.html"/><item id="b" href="b.html"/>'
    both = '<itemref idref="a"/><itemref idref="b"/>'
    pages = list(book(tmp_path / "a.epub", files, items, both).pages())
    assert "encrypted" in (pages[1].problem or "")
    with pytest.raises(SourceError, match="encrypted"):
        list(book(tmp_path / "b.epub", files, items, '<itemref idref="b"/>').pages())


def test_a_book_without_container_is_read_and_no_book_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.epub"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("p.opf", '<item id="a" href="a.html"/><itemref idref="a"/>')
        archive.writestr("a.html", chapter("words"))
    assert shown(open_source(path)) == "words\n"
    with pytest.raises(SourceError, match="no EPUB"):
        made(tmp_path / "b.epub", "just text")
    with zipfile.ZipFile(tmp_path / "c.epub", "w") as archive:
        archive.writestr("a.html", chapter("words"))
    with pytest.raises(SourceError, match="no EPUB"):
        open_source(tmp_path / "c.epub")

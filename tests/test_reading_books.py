"""EPUB: the order, the titles and the damage of a book's files."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from infinidoc.errors import SourceError
from infinidoc.reading import Page, Source, epub, open_source

XHTML = "application/xhtml+xml"
NCX = """<ncx><navMap><navPoint><navLabel><text>The {0}</text></navLabel><content src="a.xhtml#x"/>
</navPoint><navPoint><navLabel><text>The Quay</text></navLabel><content src="b.xhtml"/></navPoint>
</navMap></ncx>"""
NAV = """<html xmlns:epub="x"><body><nav epub:type="page-list"><a href="a.xhtml">12</a></nav>
<nav epub:type="toc"><ol><li><a href="a.xhtml">The <i>{0}</i></a></li><li><a href="b.xhtml">The
Quay</a></li></ol></nav></body></html>"""


def book(path: Path, bodies: dict[str, str], more: str = "", spine: bool = True) -> Path:
    """A book of chapters by their names; `more`: items of its list, besides."""
    items = "".join(
        f'<item id="i{number}" href="{name}" media-type="{XHTML}"/>'
        for number, name in enumerate(bodies)
    )
    order = "".join(f'<itemref idref="i{number}"/>' for number in range(len(bodies)))
    opf = f"<package><manifest>{items}{more}</manifest>"
    opf += (f"<spine>{order}</spine>" if spine else "") + "</package>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr("p.opf", opf)
        for name, body in bodies.items():
            archive.writestr(name, f"<html><body>{body}</body></html>")
    return path


def added(path: Path, name: str, content: str) -> Path:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, content)
    return path


def read(path: Path) -> tuple[Source, list[Page]]:
    source = open_source(path)
    return source, list(source.pages())


def test_a_book_without_spine_is_read_as_it_is_listed(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.epub", {"a.xhtml": "<p>One.</p>", "b.xhtml": "<p>Two.</p>"}, "", False
    )
    source, pages = read(path)
    assert [page.text for page in pages] == ["One.\n", "Two.\n"]
    assert source.warnings == ["the book does not say in which order it is read"]


@pytest.mark.parametrize(
    ("item", "table"),
    [
        ('<item id="n" href="n.xml" media-type="application/x-dtbncx+xml"/>', NCX),
        (f'<item id="n" href="n.xml" media-type="{XHTML}" properties="nav"/>', NAV),
    ],
)
def test_the_contents_name_chapters_without_a_heading(
    tmp_path: Path, item: str, table: str
) -> None:
    bodies = {"a.xhtml": "<p>Tar and rope.</p>", "b.xhtml": "<h2>Its own</h2><p>Sails.</p>"}
    path = book(tmp_path / "a.epub", bodies, item)
    added(path, "n.xml", table.format("Chandlery"))
    assert [page.title for page in read(path)[1]] == ["The Chandlery", "Its own"]


def test_a_file_may_begin_several_chapters(tmp_path: Path) -> None:
    body = "<h1>Oars</h1><p>Ash.</p><h1>Sails</h1><p>Flax.</p><h2>Thread</h2><p>Wax.</p>"
    _, (page,) = read(book(tmp_path / "a.epub", {"a.xhtml": body}))
    assert page.title == "Oars\nSails"


def test_a_damaged_file_costs_its_chapter_and_is_named(tmp_path: Path) -> None:
    bodies = {f"{name}.xhtml": f"<p>{name * 40}</p>" * 9 for name in "abc"}
    path = book(tmp_path / "a.epub", bodies)
    data = bytearray(path.read_bytes())
    at = data.index(b"b.xhtml") + 12
    data[at : at + 8] = b"\xff" * 8
    path.write_bytes(data)
    pages = read(path)[1]
    assert [bool(page.text) for page in pages] == [True, False, True]
    assert pages[1].problem == "b.xhtml: damaged, could not be read"


def test_a_chapter_beyond_the_limit_costs_that_chapter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epub, "LARGEST_CHAPTER", 2000)
    bodies = {"a.xhtml": "<p>One.</p>", "b.xhtml": f"<p>{'b' * 5000}</p>", "c.xhtml": "<p>Two.</p>"}
    pages = read(book(tmp_path / "a.epub", bodies))[1]
    assert [page.text.strip() for page in pages] == ["One.", "", "Two."]
    assert pages[1].problem == "b.xhtml: too large to be a chapter, not read"


def test_a_file_that_ends_too_early_is_named(tmp_path: Path) -> None:
    path = book(tmp_path / "a.epub", {"a.xhtml": "<p>One.</p>"})
    data = bytearray(path.read_bytes())
    body = data.index(b"a.xhtml") + len("a.xhtml")
    data[body : body + 5] = b"\x00\xff\xff\x00\x00"  # a stretch of 65,535 bytes follows
    where = data.rindex(b"PK\x01\x02")
    data[where + 20 : where + 24] = (1 << 20).to_bytes(4, "little")  # its compressed size
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"a\.xhtml: damaged"):
        read(path)

"""EPUB: the order, the titles and the damage of a book's files."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest

from infinidoc.errors import SourceError
from infinidoc.reading import Page, epub
from infinidoc.reading.contents import chapters_in
from tests.sources import read

XHTML = "application/xhtml+xml"
NCX = """<ncx><navMap><navPoint><navLabel><text>The {0}</text></navLabel><content src="a.xhtml#x"/>
</navPoint><navPoint><navLabel><text>The Quay</text></navLabel><content src="b.xhtml"/></navPoint>
</navMap></ncx>"""
NAV = """<html xmlns:epub="x"><body><nav epub:type="page-list"><a href="a.xhtml">12</a></nav>
<nav epub:type="toc"><ol><li><a href="a.xhtml">The <i>{0}</i></a></li><li><a href="b.xhtml">The
Quay</a></li></ol></nav></body></html>"""


def book(
    path: Path, bodies: dict[str, str], more: str = "", spine: bool = True, again: str = ""
) -> Path:
    """A book of chapters by their names; `more`: items of its list, besides; `again`: entries of
    its spine, besides."""
    items = "".join(
        f'<item id="i{number}" href="{name}" media-type="{XHTML}"/>'
        for number, name in enumerate(bodies)
    )
    order = "".join(f'<itemref idref="i{number}"/>' for number in range(len(bodies)))
    opf = f"<package><manifest>{items}{more}</manifest>"
    opf += (f"<spine>{order}{again}</spine>" if spine else "") + "</package>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr("p.opf", opf)
        for name, body in bodies.items():
            head = "<head><title>The Book</title></head>"
            archive.writestr(name, f"<html>{head}<body>{body}</body></html>")
    return path


Entries = list[tuple[str, str, "Entries"]]


def in_ncx(entries: Entries) -> str:
    points = (
        f"<navPoint><navLabel><text>{name}</text></navLabel><content src='{href}'/>{in_ncx(below)}"
        "</navPoint>"
        for name, href, below in entries
    )
    return "".join(points)


def in_nav(entries: Entries) -> str:
    items = (
        "<li>"
        + (f"<a href='{href}'>{name}</a>" if href else f"<span>{name}</span>")
        + (in_nav(below) if below else "")
        + "</li>"
        for name, href, below in entries
    )
    return f"<ol>{''.join(items)}</ol>"


def told(path: Path, bodies: dict[str, str], entries: Entries, nav: bool = False) -> Path:
    """A book with a table of contents, and a list of pages that is none."""
    kind = f'{XHTML}" properties="nav' if nav else "application/x-dtbncx+xml"
    item = f'<item id="n" href="n.xml" media-type="{kind}"/>'
    pages = (
        "<pageTarget><navLabel><text>7</text></navLabel><content src='a.xhtml#p7'/></pageTarget>"
    )
    table = (
        f"<html><body><nav epub:type='toc'>{in_nav(entries)}</nav><nav epub:type='page-list'>"
        f"{in_nav([('7', 'a.xhtml#p7', [])])}</nav></body></html>"
        if nav
        else f"<ncx><navMap>{in_ncx(entries)}</navMap><pageList>{pages}</pageList></ncx>"
    )
    return added(book(path, bodies, item), "n.xml", table)


def added(path: Path, name: str, content: str) -> Path:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, content)
    return path


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


@pytest.mark.parametrize(
    ("items", "again"),
    [
        ("", '<itemref idref="i0"/>'),
        ('<item id="x" href="a.xhtml#o1"/><item id="y" href="a.xhtml#o2"/>', "xy"),
        ('<item id="x" href="./A.xhtml"/>', "x"),
    ],
)
def test_a_file_is_read_once_however_often_the_spine_names_it(
    tmp_path: Path, items: str, again: str
) -> None:
    named = again if "<" in again else "".join(f'<itemref idref="{name}"/>' for name in again)
    bodies = {"a.xhtml": "<p>One.</p>", "b.xhtml": "<p>Two.</p>"}
    pages = read(book(tmp_path / "a.epub", bodies, items, again=named))[1]
    assert [page.text for page in pages] == ["One.\n", "Two.\n"]


@pytest.mark.parametrize("nav", [True, False])
def test_a_file_that_the_contents_do_not_name_goes_on_with_the_chapter_before(
    tmp_path: Path, nav: bool
) -> None:
    bodies = {
        "cover.xhtml": "<p>By Ada.</p>",
        "list.xhtml": "<h2>Contents</h2><p>Oars, Sails</p>",
        "a.xhtml": "<p>Oars</p><p>Ash.</p>",
        "b.xhtml": "<p>Larch.</p>",
        "c.xhtml": "<h2>Sails</h2><p>Flax.</p>",
        "d.xhtml": "<h2>Hems</h2><p>Wax.</p>",
    }
    entries: Entries = [("Oars", "a.xhtml", []), ("Sails", "c.xhtml#s", [])]
    pages = read(told(tmp_path / "a.epub", bodies, entries, nav))[1]
    titles = [None, "Contents", "Oars", "Oars", "Sails", "Sails"]
    assert [page.title for page in pages] == titles
    assert [page.number for page in pages if page.chapter] == [3, 5]


def test_contents_of_one_entry_do_not_say_what_the_chapters_are(tmp_path: Path) -> None:
    bodies = {"a.xhtml": "<h1>Oars</h1><p>Ash.</p>", "b.xhtml": "<h1>Sails</h1><p>Flax.</p>"}
    pages = read(told(tmp_path / "a.epub", bodies, [("Start", "a.xhtml", [])]))[1]
    assert [(page.title, page.chapter) for page in pages] == [("Oars", True), ("Sails", True)]


ONE: Entries = [("Oars", "a.xhtml#1", []), ("Sails", "a.xhtml#2", [])]
WITH_SECTIONS: Entries = [
    ("Oars", "a.xhtml", [("Ash", "a.xhtml#1", []), ("Larch", "a.xhtml#2", [])]),
    ("Sails", "b.xhtml", [("Flax", "b.xhtml#1", [])]),
]


@pytest.mark.parametrize("nav", [True, False])
@pytest.mark.parametrize(
    ("entries", "titles"),
    [
        (ONE, ["Oars\nSails", "Sails"]),
        (WITH_SECTIONS, ["Oars", "Sails"]),
        ([("Part", "a.xhtml", ONE), ("Knots", "b.xhtml", [])], ["Part", "Knots"]),
        (
            [("Part", "a.xhtml", [*ONE, ("Knots", "b.xhtml", [])]), ("End", "b.xhtml#9", [])],
            ["Part\nOars\nSails", "Knots\nEnd"],
        ),
        ([("The Boat", "a.xhtml", ONE)], ["The Boat\nOars\nSails", "Sails"]),
        ([("Part", "", ONE), ("Knots", "b.xhtml", [])], ["Oars\nSails", "Knots"]),
        ([("Part", "", WITH_SECTIONS)], ["Oars", "Sails"]),
        ([("Oars", "a.xhtml", []), ("Start", "a.xhtml", []), *ONE], ["Oars\nSails", "Sails"]),
    ],
)
def test_the_contents_say_which_chapters_a_file_begins(
    tmp_path: Path, nav: bool, entries: Entries, titles: list[str]
) -> None:
    bodies = {"a.xhtml": "<p>Ash and flax.</p>", "b.xhtml": "<p>Bends and hitches.</p>"}
    pages = read(told(tmp_path / "a.epub", bodies, entries, nav))[1]
    assert [page.title for page in pages] == titles


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("<h1>1. Oars</h1><p>Ash.</p>", "1. Oars"),
        ("<h1>The Boat</h1><h2>OARS</h2><p>Ash.</p>", "Oars"),
        ("<p>Ash.</p><h2>Larch</h2><p>Pine.</p>", "Oars"),
        ("<h2>Ash</h2><p>Hard.</p><h2>Larch</h2><p>Soft.</p>", "Oars"),
        ("<h4>Ash</h4><p>Hard.</p>", "Oars"),
    ],
)
def test_a_heading_names_the_chapter_of_the_contents_that_it_begins(
    tmp_path: Path, body: str, title: str
) -> None:
    bodies = {"a.xhtml": body, "b.xhtml": "<p>Flax.</p>"}
    entries: Entries = [("Oars", "a.xhtml", []), ("Sails", "b.xhtml", [])]
    pages = read(told(tmp_path / "a.epub", bodies, entries))[1]
    assert [page.title for page in pages] == [title, "Sails"]


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ('<img alt="Oars"/>', "Oars"),
        ('<img alt="Oars"/> <img alt="and [two] sails"/>', "Oars and [two] sails"),
        ('<img alt="a leaf"/> Oars', "[a leaf] Oars"),
        ('<img src="x.png"/>', "The Book"),
    ],
)
def test_a_heading_that_is_an_image_is_called_as_that_is(
    tmp_path: Path, heading: str, title: str
) -> None:
    body = f"<h1>{heading}</h1><p>Ash.</p>"
    (page,) = read(book(tmp_path / "a.epub", {"a.xhtml": body}))[1]
    assert page.title == title


def long(words: str) -> str:
    return f"<p>{words}. </p>" * 700


def titled(pages: list[Page]) -> list[tuple[str | None, bool]]:
    """Titles and whether they begin, of each run of pages that are alike."""
    found = [(page.title, page.chapter) for page in pages]
    return [one for one, before in zip(found, [None, *found], strict=False) if one != before]


@pytest.mark.parametrize(
    ("body", "titles"),
    [
        (f"<h1>Oars</h1>{long('Ash is hard')}", ["Oars"]),
        (long("Ash is hard"), ["The Book"]),
        (f"<h2>Oars</h2>{long('Ash')}<h2>Sails</h2>{long('Flax')}", ["Oars", "Sails"]),
        (f"<p>4</p><h1>Oars</h1>{long('Ash')}<h2>Larch</h2>{long('Pine')}", ["Oars"]),
    ],
)
def test_a_long_file_is_several_pages(tmp_path: Path, body: str, titles: list[str]) -> None:
    bodies = {"a.xhtml": body, "b.xhtml": "<h1>Knots</h1>"}
    pages = read(book(tmp_path / "a.epub", bodies))[1]
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    assert max(len(page.text) for page in pages) <= 3001
    expected = [(title, begins) for title in titles for begins in (True, False)]
    assert titled(pages) == [*expected, ("Knots", True)]
    short = "".join(page.text for page in pages[:-1])
    assert short.count(".") == body.count(".")


def test_a_long_file_is_cut_where_its_chapters_begin(tmp_path: Path) -> None:
    """By the contents: at anchors, with the headings above them; the chapter before goes on."""
    oars = f"<h2>Oars</h2><p id='o'>Of wood.</p>{long('Ash')}"
    sails = f"<div id='s&#233;'><h2>Sails</h2>{long('Flax')}</div>"
    bodies = {"a.xhtml": "<p>Ribs.</p>", "b.xhtml": f"{long('Keel')}{oars}{sails}"}
    bodies["c.xhtml"] = long("Hemp")
    entries: Entries = [("Hull", "a.xhtml", []), ("Oars", "b.xhtml#o", [])]
    entries += [("Sails", "b.xhtml#s%C3%A9", []), ("Flax", "b.xhtml#s%C3%A9", [])]
    pages = read(told(tmp_path / "a.epub", bodies, entries))[1]
    begun = [("Hull", True), ("Hull", False), ("Oars", True), ("Oars", False)]
    assert titled(pages) == [*begun, ("Sails", True), ("Sails", False)]
    starts = [page.text.split("\n")[0] for page in pages if page.chapter]
    assert starts == ["Ribs.", "Oars", "Sails"]


def test_contents_of_any_length_are_read_in_proportion() -> None:
    """A dictionary names each of its words: 20,000 took minutes when each was compared with all."""
    entries = "".join(f'<li><a href="a#{n}">W {n}</a></li>' for n in range(20_000))
    twice = f'<li><a href="a#0">Other</a></li><li><a href="b#0">W 0</a></li>{entries}'
    start = time.process_time()
    found = chapters_in(
        f"<nav><ol>{entries}{twice}</ol></nav>", lambda href: href.partition("#")[0]
    )
    assert time.process_time() - start < 10
    assert [len(found[name]) for name in "ab"] == [20_000, 1]

"""Each format is read as its own readers show it, cited by its own places; the rest is named."""

from __future__ import annotations

import gzip
import re
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

import infinidoc
from infinidoc.errors import SourceError
from infinidoc.labels import place, span
from infinidoc.reading import readers
from infinidoc.reading.man import unescaped
from infinidoc.store.places import pages_meant
from tests import seeds
from tests.sources import cited, read, write

# -- readers of others ------------------------------------------------------------------------

DOCS = Path(infinidoc.__file__).parent / "docs" / "readers.md"


def test_the_example_in_the_docs_is_a_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.S)[0]
    entry = re.findall(r'^(\w+) = "([\w:]+)"$', DOCS.read_text("utf-8"), re.M)[0]
    write(tmp_path / "lib/plays.py", example)
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    found = [EntryPoint(*entry, readers.GROUP), EntryPoint("bad", "no_such:X", readers.GROUP)]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: found)
    readers._others.cache_clear()
    try:
        text = "PLAY The Ledger\nRook enters.\n***\nAct two\nPiet leaves.\n"
        source, pages = read(write(tmp_path / "a/some.play", text))
        inside = read(tmp_path / "a")[1]
    finally:
        monkeypatch.undo()
        readers._others.cache_clear()
    assert (source.kind, source.name) == ("play", "some")
    assert [place(page.number, page.label) for page in pages] == ["act 1", "act 2"]
    assert [page.text for page in inside] == [page.text for page in pages]
    assert place(2, inside[1].label, inside[1].path) == "some.play, act 2"
    assert source.warnings == ["the reader bad could not be loaded (ModuleNotFoundError)"]


def test_readers_are_imported_when_they_are_needed() -> None:
    import subprocess
    import sys

    heavy = "pymupdf pptx mammoth striprtf pysubs2 selectolax markdown_it email".split()
    code = f"import infinidoc.reading, sys; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code]).strip() == b"[]"


# -- how a place is written -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ((3, None), "page 3"),
        ((3, None, None, 81), "page 3, line 81"),
        ((6, "iv"), "page iv (sheet 6)"),
        ((4, "4"), "page 4"),
        ((6, "page 2"), "page 2 (sheet 6)"),
        ((2, "cell 7"), "cell 7"),
        ((2, "slide 7", "a/b.pptx"), "a/b.pptx, slide 7"),
        ((2, "rows 4-90", None, 17), "row 17"),
        ((2, "rows 4-90", "t.csv", 17), "t.csv, row 17"),
        ((2, "0:01:05-0:02:04"), "0:01:05-0:02:04"),
        ((9, "iv", "a.pdf"), "a.pdf, page iv"),
        ((9, None, "src/a.py", 12), "src/a.py:12"),
        ((9, None, "src/a.py"), "src/a.py"),
    ],
)
def test_one_rule_for_how_a_place_is_written(where: tuple[Any, ...], said: str) -> None:
    assert place(*where) == said


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ((1, None), (1, None), "page 1"),
        ((1, None), (4, None), "pages 1-4"),
        ((3, "i"), (7, "3"), "pages i-3 (sheets 3-7)"),
        ((2, "cell 2"), (9, "cell 5"), "cell 2 to cell 5"),
    ],
)
def test_a_span_of_pages(first: Any, last: Any, said: str) -> None:
    assert span(first, last) == said


def test_until_a_row_or_a_time_never_knows_what_is_behind_it() -> None:
    def numbers(labels: list[str], wanted: str) -> list[int]:
        pages = [{"number": n, "label": label, "title": None} for n, label in enumerate(labels, 1)]
        return [page["number"] for page in pages_meant(pages, wanted)]

    rows = ["rows 1-10", "rows 11-40", "row 41"]
    assert [numbers(rows, f"row {n}") for n in (5, 10, 39, 40, 99)] == [[], [1], [1], [2], [3]]
    times = ["0:00:05-0:01:00", "0:01:02-1:02:03"]
    assert [numbers(times, at) for at in ("0:30", "1:00", "1:02:03")] == [[], [1], [2]]


# -- books ------------------------------------------------------------------------------------

FB2 = """<?xml version="1.0" encoding="utf-8"?>
<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"><description><title-info>
<genre>prose</genre><book-title>The Mill</book-title></title-info></description><body>
<section><title><p>Chapter One</p><p>Morning</p></title><p>The miller <emphasis>Piet</emphasis>
rose.<image/></p><poem><stanza><v>First line</v><v>Second line</v></stanza></poem></section>
<section><title><p>Chapter Two</p></title><p>Night fell.</p></section></body>
<body name="notes"><section><p>A note.</p></section></body><binary id="x">AAAA</binary>
</FictionBook>"""


def test_a_fiction_book_is_its_chapters(tmp_path: Path) -> None:
    source, pages = read(write(tmp_path / "a.fb2", FB2))
    assert source.kind == "fb2"
    titles = [page.title for page in pages if page.chapter]
    assert titles == ["The Mill", "Chapter One Morning", "Chapter Two"]
    text = "".join(page.text for page in pages)
    assert "The miller Piet rose." in text
    assert "First line\nSecond line" in text
    assert "A note." in text
    assert "AAAA" not in text
    assert source.warnings == ["1 pictures are not read"]
    encoded = FB2.replace("utf-8", "windows-1251").replace("Piet", "Пётр").encode("cp1251")
    assert "Пётр" in "".join(p.text for p in read(write(tmp_path / "b", encoded))[1])


def mobi(path: Path, text: bytes) -> Path:
    """A Kindle book of one record that is not compressed."""
    return write(path, seeds.mobi(text))


def test_a_kindle_book_is_its_chapters(tmp_path: Path) -> None:
    text = "<html><body><h1>One</h1><p>The miller <b>Piet</b> {}</p><h1>Two</h1><p>Café.</p></body>"
    source, pages = read(mobi(tmp_path / "a.mobi", text.format("rose early. " * 90).encode()))
    assert source.kind == "mobi"
    assert [page.title for page in pages] == ["One", "Two"]
    assert "The miller Piet rose early. rose early." in pages[0].text
    assert pages[1].text.split() == ["Two", "Café."]
    with pytest.raises(SourceError, match="damaged"):
        read(write(tmp_path / "b.mobi", bytes(60) + b"BOOKMOBI" + bytes(40)))


@pytest.mark.parametrize("unclosed", [30, 40, 62])
def test_a_kindle_book_of_more_pages_than_bytes_is_damaged(tmp_path: Path, unclosed: int) -> None:
    with pytest.raises(SourceError, match="more pages than bytes"):
        read(mobi(tmp_path / "a.mobi", b"<html><body>" + b"<h1>One<b>" * unclosed))


# -- what is said, and when -------------------------------------------------------------------

SRT = (
    "1\n00:00:01,500 --> 00:00:03,000\nMove the <i>ledger</i>.\n\n"
    "2\n00:00:03,000 --> 00:00:05,000\nMove the ledger.\n\n"
    "3\n01:10:00,000 --> 01:10:04,000\nRook & son left.\n"
)

VTT = (
    "WEBVTT - talk\n\nNOTE nobody says this\n\n00:01.000 --> 00:04.000\n"
    "<v Ruth Olsen>Flood &amp; fire\n\n00:05.000 --> 00:06.000 align:start\nGone.\n"
)


def test_subtitles_are_cited_by_time(tmp_path: Path) -> None:
    source, pages = read(write(tmp_path / "a.srt", SRT))
    assert source.kind == "subtitles"
    assert [page.text for page in pages] == ["Move the ledger.\n", "Rook & son left.\n"]
    assert [place(p.number, p.label) for p in pages] == ["0:00:01-0:00:05", "1:10:00-1:10:04"]
    (page,) = read(write(tmp_path / "nameless", VTT))[1]
    assert page.text == "Ruth Olsen: Flood & fire\nGone.\n"
    (page,) = read(write(tmp_path / "b.srt", SRT.replace("ledger", "Bücher").encode("cp1252")))[1][
        :1
    ]
    assert "Bücher" in page.text


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x89\0\1" * 900, "binary file"),
        (b"no times at all\n", "damaged subtitles"),
        (b"1\n00:00:01,000 --> soon\nHo\n", "damaged|no text"),
        (b"WEBVTT\n\n", "damaged|no text"),
    ],
)
def test_what_is_no_subtitles_is_said(tmp_path: Path, data: bytes, what: str) -> None:
    with pytest.raises(SourceError, match=what):
        read(write(tmp_path / "a.srt", data))


# -- marked-up text ---------------------------------------------------------------------------

RST = (
    "======\nA Mill\n======\n\nAbout\n-----\nText\n\nDeep\n~~~~\n\nThe end\n-------\n\n"
    ".. include:: b.rst\n"
)

ADOC = "= A Mill\n\n== About\n\n----\n== no\n----\n\n=== Deep\n\n== The end\n\ninclude::b.adoc[]\n"

TEX = (
    "% a paper\n\\documentclass{article}\n\\begin{document}\n\\section{A \\emph{Mill}}\n"
    "\\begin{verbatim}\n\\section{no}\n\\end{verbatim}\n\\subsection{Deep}\n"
    "\\section*[x]{The end \\label{e}}\n\\input{b}\n\\end{document}\n"
)


@pytest.mark.parametrize(
    ("name", "text", "titles", "kind"),
    [
        ("a.rst", RST, ["A Mill", "About", "The end"], "rst"),
        ("a.adoc", ADOC, ["A Mill", "About", "The end"], "asciidoc"),
        ("a.tex", TEX, [None, "A Mill", "The end"], "latex"),
        ("nameless", TEX, [None, "A Mill", "The end"], "latex"),
    ],
)
def test_headings_of_marked_up_text(
    tmp_path: Path, name: str, text: str, titles: list[str], kind: str
) -> None:
    source, pages = read(write(tmp_path / name, text))
    assert source.kind == kind
    assert [page.title for page in pages] == titles
    assert "".join(page.text for page in pages) == text
    (note,) = source.warnings
    assert note.startswith("files that it includes are not read with it: b")


MAN = r""".\" made by hand
.TH MILL 1 2026-03-02
.SH NAME
mill \- grind corn
.SH SYNOPSIS
.B mill
[\fB\-f\fR \fIfile\fR]
.TP
.BR \-q , " \-\-quiet"
Be "quiet" \(em very.
"""

MDOC = r""".\" by hand
.Dd March 2, 2026
.Dt MILL 1
.Os
.Sh NAME
.Nm mill
.Nd grind corn
.Sh SYNOPSIS
.Nm
.Op Fl f Ar file
"""


def test_a_manual_page_is_its_words(tmp_path: Path) -> None:
    source, pages = read(write(tmp_path / "mill.1", MAN))
    assert source.kind == "man"
    assert [page.title for page in pages] == [None, "NAME", "SYNOPSIS"]
    assert pages[1].text == "NAME\nmill - grind corn\n"
    assert pages[2].text == ('SYNOPSIS\nmill\n[-f file]\n\n-q, --quiet\nBe "quiet" — very.\n')
    assert cited(pages[2], "--quiet") == "page 3, line 9"
    _, pages = read(write(tmp_path / "mdoc", MDOC))
    assert pages[-1].text == "SYNOPSIS\nmill\n[-f file]\n"
    _, packed = read(write(tmp_path / "mill.1.gz", gzip.compress(MAN.encode())))
    assert "grind corn" in packed[1].text


@pytest.mark.parametrize(
    ("roff", "words"),
    [
        (r"a\fBb\fR\f[I]c\fP", "abc"),
        (r"\-\-x \e \& \~y", "--x \\   y"),
        (r"na\(:ive \[u00E9] \*(Tm", "nave é "),
        (r"x \" comment", "x "),
    ],
)
def test_escapes_of_roff(roff: str, words: str) -> None:
    assert unescaped(roff) == words


# -- web pages --------------------------------------------------------------------------------


def test_what_stands_around_a_page_is_left_out_and_said(tmp_path: Path) -> None:
    page = (
        "<!doctype html><html><body><nav><a>Home</a> <a>Shop</a></nav><header><h1>Flood</h1>"
        "</header><main><p>The dam broke in 1911 and nobody knew why.</p><aside>Weiss</aside>"
        "</main><footer>All rights <script>x</script></footer></body></html>"
    )
    source, pages = read(write(tmp_path / "a.html", page))
    assert pages[0].text == "Flood\n\nThe dam broke in 1911 and nobody knew why.\n\nWeiss\n"
    assert "4 words of navigation" in source.warnings[0]
    source, pages = read(write(tmp_path / "a.html", page), whole_page=True)
    assert "Shop" in pages[0].text
    assert source.warnings == []
    text = "<html><body><nav><p>Chapters one and two</p></nav></body></html>"
    assert "Chapters" in read(write(tmp_path / "b.html", text))[1][0].text


def test_a_chart_is_its_numbers_and_a_group_its_shapes(tmp_path: Path) -> None:
    pytest.importorskip("pptx")
    pages = read(write(tmp_path / "a.pptx", seeds.seeds("pptx", tmp_path)[0]))[1]
    assert "Sold: East 1.5\n" in pages[1].text, "no number is made up for West"
    assert pages[1].text.startswith("grouped\n")

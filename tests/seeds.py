"""Whole files of each kind that is read, for `tests.fuzz` to change."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import sys
import tarfile
import zipfile
from pathlib import Path

from infinidoc.store import Store
from infinidoc.store.portable import export_document

SAMPLES = Path(__file__).parent.parent / "sample_docs"
HTML = (
    "<html><head><title>T</title></head><body><h1>One</h1><p>Text &amp; more</p><!-- c --></body>"
)
MAIL = "From: a@example.org\nTo: b@example.org\nSubject: =?utf-8?q?S=C3=A9?=\nMIME-Version: 1.0\n"
MAIL += (
    "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html\n\n<p>Hi\n--x--\n"
)
NOTEBOOK = '{"cells": [{"cell_type": "markdown", "metadata": {}, "source": ["# A\\n", "b"]}], '
ROWS = 'name,town\nAnn,Bath\n"B, C","two\nlines"\n' * 9
FB2 = "<?xml version='1.0'?><FictionBook><body><section><title><p>One</p></title><p>Text</p>"
FODT = (
    "<office:document xmlns:office='o' office:mimetype='application/vnd.oasis.opendocument.text'>"
)
NOTEBOOK += '"metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
SVG = "xmlns='http://www.w3.org/2000/svg'"
TEXTS = {
    "txt": "Chapter One\n\nIt was a dark night.\n\nChapter Two\n\nThe captain left.\n" * 9,
    "md": "# One\n\n- a\n  - b\n\n```\ncode\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n" * 5,
    "html": HTML * 5,
    "eml": MAIL,
    "ipynb": NOTEBOOK,
    "csv": ROWS,
    "json": '[{"a": 1, "b": [true, "x\\u00e9"]}, {"c": {"d": null}}]',
    "jsonl": '{"a": 1}\n{"b": "\\u001b[31m"}\nnone\n',
    "srt": "1\n00:00:01,000 --> 00:00:03,000\nOne\n\n2\n00:00:04,000 --> 00:00:05,000\nTwo\n",
    "vtt": "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Ann>One <b>two</b>\n",
    "fb2": f"{FB2}<image/></section></body></FictionBook>",
    "fodt": f"{FODT}<text:h>One</text:h><text:p>Two<text:s text:c='3'/></text:p></office:document>",
    "mbox": f"From a@x.org Mon Mar  2 10:00:00 2026\n{MAIL}\n" * 2,
    "rst": "One\n===\n\ntext\n\nTwo\n===\n\n.. include:: a\n",
    "tex": "\\documentclass{a}\n\\section{One}\nx\n\\begin{verbatim}\n\\section{No}\n",
    "1": ".TH A 1\n.SH NAME\na \\- \\fBb\\fR\n.TP\n.B x\ny\n",
    "rtf": r"{\rtf1\ansi{\fonttbl\f0 A;}\f0\pard One \b bold\b0 \u233?\par Two\par}",
    "adoc": "= One\n\n== Two\n\n----\n== no\n----\n\ninclude::b.adoc[]\n\n|===\n|a |b\n|===\n",
    "svg": f"<svg {SVG}><title>One</title><g><text x='1'>Two<tspan>3</tspan></text></g></svg>",
    "pack": "<documents>\n<document index='1'>\n<source>a.py</source>\n<document_content>\nx = 1\n"
    "</document_content>\n</document>\n</documents>\n".replace("'", '"'),
}

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKED = {
    "odt": {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "META-INF/manifest.xml": "<manifest/>",
        "content.xml": TEXTS["fodt"],
    },
    "docx": {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f"<w:document xmlns:w='{_WORD}'><w:body><w:p><w:r><w:t>One</w:t>"
        "</w:r></w:p></w:body></w:document>",
    },
    "zip": {"a.txt": TEXTS["txt"], "b/c.md": TEXTS["md"], "d.html": HTML},
}


def seeds(reader: str, folder: Path) -> list[bytes]:
    """Whole files of this kind."""
    if reader in TEXTS:
        return [TEXTS[reader].encode(), TEXTS[reader].encode("utf-16")]
    if reader in _PACKED:
        return [packed(_PACKED[reader])]
    if reader in _MADE:
        return _MADE[reader]()
    if reader == "import":
        return [_exported(folder)]
    found = [path.read_bytes() for path in sorted(SAMPLES.rglob(f"*.{reader}"))]
    if not found:
        sys.exit(f"no seed for {reader}: put one into {SAMPLES}")
    return found


def kinds() -> list[str]:
    """What of which there are files, but the exported documents."""
    return [*TEXTS, *_PACKED, *_MADE]


def packed(files: dict[str, bytes] | dict[str, str]) -> bytes:
    """A zip file of these entries, the first as it is, as EPUB asks for its type."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for index, (name, content) in enumerate(files.items()):
            archive.writestr(name, content, None if index else zipfile.ZIP_STORED)
    return whole.getvalue()


def _exported(folder: Path) -> bytes:
    from tests.damage import made

    made(folder / "seed.db")
    with Store(folder / "seed.db") as store:
        export_document(store, 1, folder / "seed")
    return (folder / "seed").read_bytes()


def _pdf() -> list[bytes]:
    import pymupdf

    document = pymupdf.open()
    for number in range(3):
        document.new_page().insert_text((72, 72), f"Page {number} of the tale")
    document.set_toc([[1, "One", 1], [1, "Two", 2]])
    return [document.tobytes(), document.tobytes(deflate=True, use_objstms=1)]


def _picture() -> list[bytes]:
    import pymupdf

    page = pymupdf.open().new_page(width=99, height=30)
    page.insert_text((9, 20), "One")
    return [page.get_pixmap().tobytes(kind) for kind in ("png", "jpeg")]


def _slides() -> list[bytes]:
    """A slide with notes, then a group, a table and a chart; as small as a deck can be."""
    from pptx import Presentation
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "One"
    slide.placeholders[1].text = "a\nb"
    slide.notes_slide.notes_text_frame.text = "Say it."
    shapes = deck.slides.add_slide(deck.slide_layouts[6]).shapes
    shapes.add_group_shape().shapes.add_textbox(0, 0, 9, 9).text_frame.text = "grouped"
    table = shapes.add_table(2, 2, 0, 0, 9, 9).table
    table.cell(0, 0).text = "Year"
    chart = CategoryChartData()
    chart.categories = ["East", "West"]
    chart.add_series("Sold", (1.5, None))
    shapes.add_chart(XL_CHART_TYPE.PIE, 0, 0, 9, 9, chart)
    whole = io.BytesIO()
    deck.save(whole)
    return [whole.getvalue()]


def mobi(text: bytes, compression: int = 1) -> bytes:
    """A Kindle book of one record; 1: `text` is not compressed, 2: as PalmDOC."""
    head = struct.pack(">HHIHHHH", compression, 0, len(text), 1, 4096, 0, 0) + b"MOBI"
    head += struct.pack(">IIII", 232, 2, 65001, 1) + b"\xff" * 200 + bytes(100)
    start = b"Mill".ljust(32, b"\0") + struct.pack(">HHIIIIII", *[0] * 8) + b"BOOKMOBI"
    start += struct.pack(">IIH", 0, 0, 2)
    first = len(start) + 18
    table = struct.pack(">IIII", first, 0, first + len(head), 1)
    return start + table + b"\0\0" + head + text


def _kindle() -> list[bytes]:
    text = HTML.encode() * 3
    return [mobi(text), mobi(text.replace(b" m", b"\xed"), 2)]  # b" m": a space and a letter


def _tar() -> list[bytes]:
    """A tar file with a link, by its three headers."""
    made = []
    for kind in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        whole = io.BytesIO()
        with tarfile.open(fileobj=whole, mode="w", format=kind) as archive:
            for name, text in (("a.txt", TEXTS["txt"]), (f"{'b' * 90}/é.md", TEXTS["md"])):
                entry = tarfile.TarInfo(name)
                entry.size = len(text)
                archive.addfile(entry, io.BytesIO(text.encode()))
            link = tarfile.TarInfo("link")
            link.type, link.linkname = tarfile.SYMTYPE, "a.txt"
            archive.addfile(link)
        made.append(whole.getvalue())
    return made


_MADE = {
    "pdf": _pdf,
    "png": _picture,
    "pptx": _slides,
    "mobi": _kindle,
    "tar": _tar,
    "gz": lambda: [gzip.compress(TEXTS["md"].encode()), *map(gzip.compress, _tar())],
    "bz2": lambda: [bz2.compress(TEXTS["md"].encode())],
    "xz": lambda: [lzma.compress(TEXTS["md"].encode())],
    "epub": lambda: [packed(_epub())],
}


def _epub() -> dict[str, str]:
    box = '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    box += '<rootfile full-path="o.opf" media-type="application/oebps-package+xml"/></rootfiles>'
    opf = '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><manifest>'
    opf += '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
    opf += '<spine><itemref idref="a"/></spine></package>'
    return {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": f"{box}</container>",
        "o.opf": opf,
        "a.xhtml": HTML,
    }

"""Sentences planted in files of every format are cited by where they were planted.

Each file is read alone, in a folder and in an archive, and its pages are cut into passages as the
library keeps them; the place of a sentence is that of the passage that holds it.
"""

from __future__ import annotations

import io
import json
import mailbox
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from infinidoc.labels import place
from infinidoc.page_rows import page_rows
from infinidoc.reading import Page, open_source
from infinidoc.retrieval.evidence import Evidence
from infinidoc.text.titles import titles_in

COUNT = 14  # sentences a file
WORDS = """
    harbour mill river stone winter lantern office ledger water valve engine keeper captain evening
    letter council street garden window market bridge station doctor teacher copper timber cotton
    """.split()


@dataclass(frozen=True)
class Planted:
    """A sentence, and its place as a pattern: alone, and behind the file's path in a folder."""

    sentence: str
    alone: str
    inside: str
    title: str | None = None


def sentence(number: int) -> str:
    return f"The lantern of room {4000 + 37 * number} weighs {9000 + 11 * number} ounces."


def filler(number: int, count: int = 12) -> list[str]:
    """Lines that are like the ones between which something is planted."""
    chance = random.Random(number)
    return [" ".join(chance.choices(WORDS, k=11)).capitalize() + "." for _ in range(count)]


def lined(number: int, line: int) -> Planted:
    return Planted(sentence(number), rf"page \d+, line {line}", rf":{line}")


def named(number: int, label: str, title: str | None = None) -> Planted:
    return Planted(sentence(number), re.escape(label), re.escape(f", {label}"), title)


def paged(number: int, page: str = r"\d+", title: str | None = None) -> Planted:
    return Planted(sentence(number), f"page {page}", f", page {page}", title)


# -- files: each writes one and says where its sentences stand --------------------------------

Maker = Callable[[Path], list[Planted]]


def by_lines(
    heading: Callable[[int], list[str]], begin: tuple[str, ...] = (), end: str = "\n"
) -> Maker:
    def make(path: Path) -> list[Planted]:
        lines, planted = list(begin), []
        for number in range(COUNT):
            lines += [*heading(number), *filler(number), sentence(number)]
            planted.append(lined(number, len(lines)))
            lines += [*filler(number + 100, 5), ""]
        path.write_bytes(end.join([*lines, ""]).encode())
        return planted

    return make


def csv(path: Path) -> list[Planted]:
    rows = ["name;note", *(f'r{n};"{filler(n, 1)[0]}"' for n in range(300))]
    for number in range(COUNT):
        rows[1 + number * 20] = f'x;"{sentence(number)}"'
    path.write_text("\n".join(rows).replace(";", "\t" if path.suffix == ".tsv" else ","), "utf-8")
    return [named(number, f"row {number * 20 + 2}") for number in range(COUNT)]  # 1: the head


def records(path: Path) -> list[Planted]:
    rows = [{"id": n, "note": filler(n, 1)[0]} for n in range(300)]
    for number in range(COUNT):
        rows[number * 20]["note"] = sentence(number)
    told = [json.dumps(row) for row in rows]
    lines = "\n".join(told)
    path.write_text(lines if path.suffix == ".jsonl" else f"[{','.join(told)}]", "utf-8")
    return [named(number, f"row {number * 20 + 1}") for number in range(COUNT)]


def _pdf(labels: str | None) -> bytes:
    import pymupdf

    document = pymupdf.open()
    for number in range(COUNT):
        lines = [*filler(number, 20), sentence(number), *filler(number + 50, 9)]
        document.new_page().insert_text((50, 60), lines, fontsize=8)
    if labels:
        document.set_page_labels([{"startpage": 0, "style": labels, "firstpagenum": 1}])
    return bytes(document.tobytes())


def pdf(path: Path) -> list[Planted]:
    path.write_bytes(_pdf(None))
    return [paged(number, str(number + 1)) for number in range(COUNT)]


ROMAN = "i ii iii iv v vi vii viii ix x xi xii xiii xiv".split()


def labelled_pdf(path: Path) -> list[Planted]:
    path.write_bytes(_pdf("r"))
    planted = []
    for number, label in enumerate(ROMAN):
        alone, inside = rf"page {label} \(sheet {number + 1}\)", f", page {label}"
        planted.append(Planted(sentence(number), alone, inside))
    return planted


def _chapters(paragraph: str, heading: str) -> str:
    told = []
    for number in range(COUNT):
        told.append(heading.format(f"Room {number}"))
        told += [paragraph.format(line) for line in filler(number, 30)]
        told.append(paragraph.format(sentence(number)))
    return "\n".join(told)


def _titled() -> list[Planted]:
    return [paged(number, title=f"Room {number}") for number in range(COUNT)]


def html(path: Path) -> list[Planted]:
    body = _chapters("<p>{}</p>", "<h1>{}</h1>")
    path.write_text(f"<!doctype html><html><head></head><body>{body}</body></html>", "utf-8")
    return _titled()


def rtf(path: Path) -> list[Planted]:
    body = _chapters(r"\pard {}\par", r"\pard {}\par")
    path.write_text(r"{\rtf1\ansi\deff0{\fonttbl{\f0 Arial;}}" + body + "}", "utf-8")
    return [paged(number) for number in range(COUNT)]


def docx(path: Path) -> list[Planted]:
    styled = '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>{}</w:t></w:r></w:p>'
    body = _chapters("<w:p><w:r><w:t>{}</w:t></w:r></w:p>", styled)
    space = "http://schemas.openxmlformats.org"
    types = f'<Types xmlns="{space}/package/2006/content-types"><Default Extension="rels" '
    types += 'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    types += '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats'
    types += '-officedocument.wordprocessingml.document.main+xml"/></Types>'
    relation = f"{space}/officeDocument/2006/relationships/officeDocument"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("[Content_Types].xml", types)
        packed.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{space}/package/2006/relationships"><Relationship Id="r1" '
            f'Type="{relation}" Target="word/document.xml"/></Relationships>',
        )
        packed.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{space}/wordprocessingml/2006/main"><w:body>{body}</w:body>'
            "</w:document>",
        )
    return _titled()


def odt(path: Path) -> list[Planted]:
    body = _chapters("<text:p>{}</text:p>", '<text:h text:outline-level="1">{}</text:h>')
    space = "urn:oasis:names:tc:opendocument:xmlns"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
        packed.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{space}:office:1.0" '
            f'xmlns:text="{space}:text:1.0"><office:body><office:text>{body}</office:text>'
            "</office:body></office:document-content>",
        )
    return _titled()


def fb2(path: Path) -> list[Planted]:
    body = _chapters("<p>{}</p>", "</section><section><title><p>{}</p></title>")
    path.write_text(
        '<?xml version="1.0" encoding="utf-8"?><FictionBook '
        'xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"><body><section>'
        f"<p>Before.</p>{body}</section></body></FictionBook>",
        "utf-8",
    )
    return _titled()


def epub(path: Path) -> list[Planted]:
    items, spine = [], []
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("mimetype", "application/epub+zip")
        packed.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="a.opf"/></rootfiles></container>',
        )
        for number in range(COUNT):
            lines = [*filler(number, 9), sentence(number)]
            told = "".join(f"<p>{line}</p>" for line in lines)
            packed.writestr(
                f"c{number}.xhtml",
                '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>'
                f"<h1>Room {number}</h1>{told}</body></html>",
            )
            kind = "application/xhtml+xml"
            items.append(f'<item id="c{number}" href="c{number}.xhtml" media-type="{kind}"/>')
            spine.append(f'<itemref idref="c{number}"/>')
        packed.writestr(
            "a.opf",
            '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
            f"{''.join(items)}</manifest><spine>{''.join(spine)}</spine></package>",
        )
    return [paged(number, str(number + 1), f"Room {number}") for number in range(COUNT)]


def pptx(path: Path) -> list[Planted]:
    deck = pytest.importorskip("pptx").Presentation()
    for number in range(COUNT):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = f"Room {number}"
        slide.placeholders[1].text = "\n".join([*filler(number, 4), sentence(number)])
    deck.save(path)
    return [named(number, f"slide {number + 1}", f"Room {number}") for number in range(COUNT)]


def notebook(path: Path) -> list[Planted]:
    cells: list[dict[str, object]] = []
    for number in range(COUNT):
        source = "\n".join([*filler(number, 3), sentence(number)])
        cells.append({"cell_type": "markdown", "metadata": {}, "source": source})
        code = {"metadata": {}, "outputs": [], "execution_count": None, "source": "x = 1"}
        cells.append({"cell_type": "code", **code})
    path.write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5}), "utf-8")
    return [named(number, f"cell {2 * number + 1}") for number in range(COUNT)]


def _letter(*lines: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"] = "a@example.org", "Rooms"
    message["Message-ID"] = "<1@example.org>"
    message.set_content("\n".join(lines))
    return message


def eml(path: Path) -> list[Planted]:
    """Each sentence in an attachment of another format."""
    letter = _letter("See what is attached.")
    letter.add_attachment(_pdf(None), maintype="application", subtype="pdf", filename="b.pdf")
    path.write_bytes(letter.as_bytes())
    return [named(n, f"attachment b.pdf, page {n + 1}") for n in range(COUNT)]


def mbox(path: Path) -> list[Planted]:
    box = mailbox.mbox(path)
    planted = []
    for number in range(COUNT):
        if number % 2:
            letter = _letter("See what is attached.")
            letter.add_attachment(
                "\n".join([*filler(number, 40), sentence(number)]), filename="n.txt"
            )
            planted.append(named(number, f"message {number + 1}, attachment n.txt, line 41"))
        else:
            letter = _letter(*filler(number, 3), sentence(number))
            planted.append(named(number, f"message {number + 1}"))
        box.add(letter)
    box.close()
    return planted


def subtitles(path: Path) -> list[Planted]:
    mark = "." if path.suffix == ".vtt" else ","
    told, planted = (["WEBVTT\n"] if mark == "." else []), []
    for number in range(COUNT * 10):
        text = sentence(number // 10) if number % 10 == 5 else filler(number, 1)[0]
        times = [f"00:{s // 60:02}:{s % 60:02}{mark}000" for s in (number * 5, number * 5 + 4)]
        told.append(f"{number + 1}\n{' --> '.join(times)}\n{text}\n")
        if number % 10 == 5:
            planted.append(Planted(text, f"<{number * 5}>", f", <{number * 5}>"))
    path.write_text("\n".join(told), "utf-8")
    return planted


def pack(path: Path) -> list[Planted]:
    told, planted = ["This file is a merged representation of the codebase.\n"], []
    for number in range(COUNT):
        lines = [*filler(number, 9), sentence(number), *filler(number + 9, 3)]
        told.append(f'<file path="src/f{number}.txt">\n' + "\n".join(lines) + "\n</file>\n")
        where = f"src/f{number}.txt:10"
        planted.append(Planted(sentence(number), where, f"/{where}"))
    path.write_text("\n".join(told), "utf-8")
    return planted


def man(path: Path) -> list[Planted]:
    return by_lines(lambda n: [f".SH ROOM {n}"], ('.TH ROOMS 1 "2026"',))(path)


FILES: dict[str, Maker] = {
    "a.txt": by_lines(lambda n: [f"Chapter {n + 1}", ""]),
    "crlf.txt": by_lines(lambda n: [], end="\r\n"),
    "a.log": by_lines(lambda n: ["\x1b[31mERROR\x1b[0m"]),
    "a.md": by_lines(lambda n: [f"# Room {n}", ""]),
    "a.rst": by_lines(lambda n: ["Room", "====", ""]),
    "a.adoc": by_lines(lambda n: [f"== Room {n}", ""]),
    "a.tex": by_lines(lambda n: [rf"\section{{Room {n}}}"], (r"\documentclass{article}",)),
    "a.py": by_lines(lambda n: [f"def room{n}(): '''"], end="\n"),
    "a.1": man,
    "a.csv": csv,
    "a.tsv": csv,
    "a.json": records,
    "a.jsonl": records,
    "a.pdf": pdf,
    "roman.pdf": labelled_pdf,
    "a.html": html,
    "a.rtf": rtf,
    "a.docx": docx,
    "a.odt": odt,
    "a.fb2": fb2,
    "a.epub": epub,
    "a.pptx": pptx,
    "a.ipynb": notebook,
    "a.eml": eml,
    "a.mbox": mbox,
    "a.srt": subtitles,
    "a.vtt": subtitles,
    "pack.txt": pack,
}


def passages(pages: list[Page]) -> Iterator[tuple[Evidence, Page]]:
    start = 0
    for page in pages:
        row, cut = page_rows(page, page.number, start)
        start = row["end"]
        for each in cut:
            found = (each["line"], each["start"], each["end"], each["text"])
            yield Evidence("doc", page.number, page.label, page.path, *found, 0.0), page


def cited(pages: list[Page], words: str) -> tuple[str, Page]:
    """Where words are cited, as an answer would, and their page."""
    for evidence, page in passages(pages):
        if words in evidence.text:
            line = evidence.as_citation(evidence.text.index(words))["line"]
            return place(evidence.page, evidence.label, evidence.path, line), page
    raise AssertionError(f"not read: {words}")


def fits(told: str, wanted: str) -> bool:
    """Whether a place is as wanted; of a time (<65>), whether it lies in the one that is told."""
    second = re.search(r"<(\d+)>", wanted)
    if second is None:
        return re.fullmatch(wanted, told) is not None
    times = re.search(r"(\d+):(\d\d):(\d\d)(?:-(\d+):(\d\d):(\d\d))?$", told)
    if times is None or not re.fullmatch(wanted[: second.start()], told[: times.start()]):
        return False
    h1, m1, s1, h2, m2, s2 = (int(t) if t else None for t in times.groups())
    first = (h1 or 0) * 3600 + (m1 or 0) * 60 + (s1 or 0)
    last = first if s2 is None else (h2 or 0) * 3600 + (m2 or 0) * 60 + s2
    return first <= int(second[1]) <= last


@pytest.mark.parametrize("name", FILES)
def test_what_was_planted_is_cited_by_its_place(name: str, tmp_path: Path) -> None:
    path = tmp_path / "folder" / name
    path.parent.mkdir()
    planted = FILES[name](path)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(path, f"in/{name}")
    (tmp_path / "a.zip").write_bytes(packed.getvalue())
    alone = list(open_source(path).pages())
    folder = list(open_source(path.parent).pages())
    zipped = list(open_source(tmp_path / "a.zip").pages())
    wrong = []
    for each in planted:
        escaped = re.escape(name)
        for pages, wanted in (
            (alone, each.alone),
            (folder, escaped + each.inside),
            (zipped, f"in/{escaped}{each.inside}"),
        ):
            told, page = cited(pages, each.sentence)
            if not fits(told, wanted):
                wrong.append((told, wanted))
            if each.title and each.title not in titles_in(page.title):
                wrong.append((page.title or "no title", each.title))
    assert not wrong


def test_there_are_more_than_two_hundred() -> None:
    assert len(FILES) * COUNT * 3 > 200

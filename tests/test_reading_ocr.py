"""Pages that are pictures are read with --ocr, and say so where they are cited."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pymupdf
import pytest

from infinidoc.errors import SourceError
from infinidoc.labels import place, recognized, span
from infinidoc.reading import open_source
from infinidoc.reading.document import BinaryError
from infinidoc.reading.pdf import ocr
from infinidoc.reading.pdf.layout import lines_of
from infinidoc.reading.pdf.source import DAMAGED
from infinidoc.store.places import pages_meant
from tests.conftest import Outcome

Cli = Callable[..., Outcome]
SAID = "The ferry leaves at seven in winter."
LEFT = "The ship sailed in May with fourteen hands and came back in June."
RIGHT = "The harbour master wrote down every barrel that was carried ashore."
Read = list[tuple[str, str | None, str | None]]


def picture(page: pymupdf.Page) -> bytes:
    return page.get_pixmap(dpi=150).tobytes("png")


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A typed page, a picture of one with two columns, and an empty one."""
    typed = pymupdf.open()
    page = typed.new_page(width=320, height=160)
    page.insert_text((20, 30), SAID, fontsize=12)
    page.insert_textbox((20, 60, 150, 150), LEFT, fontsize=10)
    page.insert_textbox((175, 60, 300, 150), RIGHT, fontsize=10)
    book = pymupdf.open()
    book.new_page().insert_text((72, 72), "A typed page comes first.")
    book.new_page(width=320, height=160).insert_image(page.rect, stream=picture(page))
    book.new_page()
    path = tmp_path_factory.mktemp("scan") / "scan.pdf"
    book.save(path)
    path.with_suffix(".png").write_bytes(picture(page))
    return path


@pytest.fixture(scope="module")
def read(scan: Path) -> Read:
    source = open_source(scan, ocr=True)
    pages = [(page.text, page.label, page.problem) for page in source.pages()]
    assert any("1 of 3 pages were read from a picture (OCR)" in note for note in source.warnings)
    return pages


def test_a_picture_is_read_column_by_column(read: Read) -> None:
    text, label, problem = read[1]
    assert text.startswith(SAID)
    flat = " ".join(text.split())
    assert LEFT.strip() in flat
    assert RIGHT.strip() in flat
    assert flat.index("fourteen") < flat.index("harbour master")
    assert label
    assert label.startswith("2, OCR 9")
    assert problem is None


def test_what_is_typed_or_empty_is_no_picture(
    read: Read,
) -> None:
    assert read[0] == ("A typed page comes first.\n", None, None)
    assert read[2] == ("", None, "no text (a scanned image?)")


def test_it_is_asked_for(scan: Path, tmp_path: Path) -> None:
    pages = list(open_source(scan).pages())
    assert [page.problem for page in pages] == [None, *["no text (a scanned image?)"] * 2]
    with pytest.raises(BinaryError, match="--ocr reads"):
        open_source(scan.with_suffix(".png"))


def test_a_picture_alone_is_a_document(scan: Path) -> None:
    source = open_source(scan.with_suffix(".png"), ocr=True)
    (page,) = source.pages()
    assert (source.kind, page.text.startswith(SAID)) == ("picture", True)


@pytest.mark.isolated
def test_pages_read_later_are_cited_with_how_sure_they_are(
    cli: Cli, scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = cli("ingest", scan, "--json")
    assert (first.code, first.json["status"]) == (3, "partial")
    assert "ingest --ocr reads them" in " ".join(first.json["warnings"])
    again = cli("ingest", scan, "--ocr", "--json")
    assert again.json["document"] == "scan"
    assert len(cli("list", "--json").out.splitlines()) == 1
    asked = cli("ask", "When does the ferry leave in winter?", "--json").json
    evidence = next(each for each in asked["evidence"] if "ferry" in each["text"])
    assert evidence["page"] == 2
    assert "OCR" in evidence["label"]
    shown = cli("ask", "When does the ferry leave in winter?", "--until", "2")
    assert "page 2, OCR 9" in shown.out


def test_without_the_package_it_is_named(scan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ocr._engine.cache_clear()
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    with pytest.raises(SourceError, match=r"infinidoc\[ocr\]"):
        open_source(scan, ocr=True)


def test_a_recognized_page_is_found_by_what_is_printed_on_it() -> None:
    label = recognized(6, "iv", 0.974)
    assert place(6, label) == "page iv (sheet 6), OCR 97 %"
    assert place(3, recognized(3, None, 0.8)) == "page 3, OCR 80 %"
    assert span((3, recognized(3, None, 0.8)), (4, None)) == "pages 3-4"
    pages = [
        {"number": 6, "label": label, "title": None},
        {"number": 7, "label": "v", "title": None},
    ]
    assert pages_meant(pages, "iv") == pages[:1]


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_damaged_picture_is_said_to_be_one(scan: Path, tmp_path: Path, kind: str) -> None:
    whole = pymupdf.Pixmap(scan.with_suffix(".png")).tobytes(kind)
    for data in (whole[:200], whole[:90] + bytes(40) + whole[130:], whole[:33]):
        (tmp_path / "a").write_bytes(data)
        with pytest.raises(SourceError, match=r"damaged|no page has any text"):
            list(open_source(tmp_path / "a", ocr=True).pages())


def test_a_page_that_cannot_be_recognized_costs_that_page(
    scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class RecognizerError(Exception):
        pass

    def fails(picture: bytes) -> None:
        raise RecognizerError

    monkeypatch.setattr(ocr, "_engine", lambda: fails)
    pages = list(open_source(scan, ocr=True).pages())
    assert [page.problem for page in pages][1] == DAMAGED
    assert pages[0].text == "A typed page comes first.\n"


def test_nobody_is_told_what_is_recognized(scan: Path, tmp_path: Path) -> None:
    """onnxruntime keeps a list of what it did, for its maker, in the user's folder."""
    code = "import sys; from infinidoc.reading import open_source\n"
    code += "assert list(open_source(sys.argv[1], ocr=True).pages())"
    there = {**os.environ, "HOME": str(tmp_path)}
    picture = scan.with_suffix(".png")
    subprocess.run([sys.executable, "-c", code, picture], env=there, check=True)
    assert not [path for path in tmp_path.rglob("*") if "onnx" in path.name]


@pytest.mark.parametrize("turn", [90, 180])
def test_a_page_that_was_scanned_turned_is_turned(scan: Path, turn: int) -> None:
    book = pymupdf.open()
    page = book.new_page(width=320, height=160)
    page.insert_image(page.rect, filename=scan.with_suffix(".png"))
    page.set_rotation(turn)
    runs, sure = ocr.recognize(page)
    assert (page.rotation, sure > 0.9) == (turn, True)
    assert " ".join(lines_of(runs)).startswith(SAID)
